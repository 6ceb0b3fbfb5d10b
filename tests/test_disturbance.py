"""Journals whose disturbance is known become flags, words and remarks: each its own, and none where there was none."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine import report
from engine.analysis import analyse, changes
from engine.analysis.contamination import LOWEST, Surroundings, fast
from engine.analysis.disturbance import LESSONS
from engine.analysis.selfcheck import selfcheck
from engine.analysis.selfcheck.twins import TWIN
from engine.analysis.series import by_group
from engine.model import (
    Claim,
    Contamination,
    Group,
    Header,
    Host,
    Interpreter,
    Invocation,
    Iteration,
    Journal,
    Kernel,
    Measure,
    Plan,
    Results,
    Run,
    Scenario,
    Selector,
    TeamRecord,
)

LOOPS, WALL, ROUNDS, KEPT = 1000, 20_000_000, 12, 5
PROBE = {"3.13": 5200, "3.13t": 3900}
SCATTER = (1.0, 0.98, 1.03, 0.95, 1.06, 1.01, 0.99, 1.1, 0.93, 1.02, 1.0)
"""Of the probe in the fast state, as seen on a quiet machine."""
QUIET = Contamination(busy=0.005, stolen=0.0, throttled=0.0)
KERNEL = Kernel(name="k", path="k.py", title="", manual="")
BUILDS = (
    Interpreter(spec="3.13", executable="/opt/3.13", version="3.13.5"),
    Interpreter(spec="3.13t", executable="/opt/3.13t", version="3.13.5", free_threaded=True, gil_option=True),
)
MEASURE = Measure(
    invocations_min=10,
    invocations_max=20,
    iterations=KEPT,
    iteration_time=0.02,
    warmup=1,
    precision=0.02,
    confidence=0.95,
    time_limit=300,
    timeout=60,
)
FASTER = Claim(
    text="Padding helps",
    quantity="time",
    ratio=True,
    of=Selector(values=(("padding", (64,)),)),
    to=Selector(values=(("padding", (0,)),)),
    relation="below",
    bounds=(1.2,),
)
COUNTED = Claim(text="Nothing is lost", quantity="lost", ratio=False, relation="equals", bounds=(0.0,))

Slowness = Callable[[Run, int], float]
"""How many times as slow the CPUs of a run are in a round."""


def steady(run: Run, number: int) -> float:
    return 1.0


def runs(spec: str, padding: int, counts: tuple[int, ...]) -> tuple[Run, ...]:
    return tuple(
        Run(
            id=f"{spec}/{padding}/{count}",
            scenario="s",
            kernel="k",
            interpreter=spec,
            threads=count,
            affinity="none",
            gil="default",
            parameters=(("padding", padding),),
        )
        for count in counts
    )


def iterations(run: Run, number: int, slowness: float, *, probed: bool) -> tuple[Iteration, ...]:
    """The warm-up one and the kept ones; the probe of the last thread is the slowest."""
    found = []
    for place in range(KEPT + 1):
        scatter = SCATTER[(place + 7 * number + 3 * run.threads) % len(SCATTER)]
        speed = round(PROBE[run.interpreter.removesuffix(TWIN)] * scatter * slowness)
        late = round(WALL * (1 + 0.001 * ((place + number) % 5)) * slowness)
        same = (0,) * run.threads
        speeds = tuple(speed - (50 if thread < run.threads - 1 else 0) for thread in range(run.threads))
        found.append(
            Iteration(
                warmup=place == 0,
                start_ns=same,
                end_ns=(late,) * run.threads,
                cpu_ns=(late,) * run.threads,
                voluntary=same,
                involuntary=same,
                on_cpu=same,
                speed_ns=speeds if probed else (),
            )
        )
    return tuple(found)


def journal(
    slowness: Slowness = steady,
    *,
    met: Contamination = QUIET,
    probed: bool = True,
    specs: tuple[str, ...] = ("3.13", "3.13t"),
    counts: tuple[int, ...] = (1, 2),
    cpus: int = 2,
    duration: float = 0.5,
    baseline: tuple[tuple[str, Any], ...] = (("padding", 0),),
    claims: tuple[Claim, ...] = (),
    builds: tuple[Interpreter, ...] = BUILDS,
    started: str = "2026-11-24T10:00:00+00:00",
) -> Journal:
    """Every interpreter with and without padding; both take the same."""
    groups = [Group(id=f"{s}/{p}", scenario="s", runs=runs(s, p, counts)) for s in specs for p in (0, 64)]
    scenario = Scenario(
        name="s",
        path="s.yaml",
        title="",
        question="",
        kernel=KERNEL,
        interpreters=specs,
        matrix=(("padding", (0, 64)), ("threads", counts)),
        baseline=baseline,
        measure=MEASURE,
        claims=claims,
    )
    invocations = [
        Invocation(
            group=group.id,
            round=number,
            started="",
            duration=duration,
            contamination=met,
            gil=("t" not in group.runs[0].interpreter,) * 3,
            teams=tuple(
                TeamRecord(
                    threads=run.threads,
                    loops=LOOPS,
                    iterations=iterations(run, number, slowness(run, number), probed=probed),
                    metrics=(("lost", 0.0),),
                )
                for run in group.runs
            ),
        )
        for number in range(1, ROUNDS + 1)
        for group in groups
    ]
    plan = Plan(
        seed=1,
        cpus=tuple(range(cpus)),
        scenarios=(scenario,),
        interpreters=builds,
        kernels=(KERNEL,),
        missing=(),
        groups=tuple(groups),
        skips=(),
    )
    header = Header(format=1, version="0.1.0", started=started, command="fteng run s.yaml", host=Host(), plan=plan)
    return Journal(header=header, invocations=tuple(invocations), finished=True)


def raised(results: Results) -> dict[str, set[str]]:
    """Run -> the flags of this module that it has; runs without one are left out."""
    found = {one.run.id: set(one.flags) & LESSONS.keys() for one in results.scenarios[0].runs}
    return {run: flags for run, flags in found.items() if flags}


def every(flag: str, results: Results) -> dict[str, set[str]]:
    return {one.run.id: {flag} for one in results.scenarios[0].runs}


def machine(found: Journal) -> str:
    """The paragraph of the report about the machine, on one line; "" where there is none."""
    text = report.render("text", analyse(found), found)
    (line,) = re.findall(r"^Machine: [^!]*?\.\n\n", text, re.MULTILINE) or [""]
    return " ".join(line.split())


def warned(results: Results, flag: str) -> bool:
    return any(LESSONS[flag][2] in text for text in results.scenarios[0].warnings)


def turns(run: Run, number: int) -> float:
    """Slow in three rounds of twelve, whatever runs."""
    return 1.55 if number in {3, 4, 5} else 1.0


class TestFlags:
    def test_a_quiet_machine_raises_none_and_the_report_says_how_quiet_it_was(self) -> None:
        found = journal()
        assert raised(analyse(found)) == {}
        assert machine(found) == (
            "Machine: others used 0.01 CPUs, steal 0 %, throttled 0 %, CPUs slow in 0 % of the iterations, "
            "0 forced context switches in an iteration."
        )

    def test_an_old_journal_says_nothing_and_not_nought(self) -> None:
        found = journal(met=Contamination(), probed=False)
        results = analyse(found)
        assert raised(results) == {}
        assert machine(found) == ""
        told = results.scenarios[0].conditions
        assert told is not None
        assert (told.busy, told.stolen, told.throttled, told.slow, told.slowness) == (None,) * 5
        assert {one.conditions.speedup for one in results.scenarios[0].runs if one.conditions} == {None}

    @pytest.mark.parametrize(
        ("met", "flag", "words"),
        [
            (replace(QUIET, busy=0.075), "disturbed", "others used 0.15 CPUs"),
            (replace(QUIET, stolen=0.015), "stolen", "steal 1.5 %"),
            (replace(QUIET, throttled=0.2), "throttled", "throttled 20 %"),
        ],
    )
    def test_what_others_took_raises_its_flag_on_every_run_and_no_other(
        self, met: Contamination, flag: str, words: str
    ) -> None:
        found = journal(met=met)
        results = analyse(found)
        assert raised(results) == every(flag, results)
        assert warned(results, flag)
        assert words in machine(found)

    def test_each_limit_is_one(self) -> None:
        met = Contamination(busy=0.049, stolen=0.0099, throttled=0.0099)
        assert raised(analyse(journal(met=met))) == {}

    def test_on_a_large_machine_little_work_of_others_still_lacks_where_every_cpu_is_wanted(self) -> None:
        results = analyse(journal(met=replace(QUIET, busy=0.2), cpus=16, counts=(1, 15, 16), specs=("3.13t",)))
        assert raised(results) == {"3.13t/0/16": {"disturbed"}, "3.13t/64/16": {"disturbed"}}

    def test_sums_over_less_than_a_second_are_not_told(self) -> None:
        found = journal(met=Contamination(busy=0.01, stolen=0.01, throttled=0.01), duration=0.02)
        assert raised(analyse(found)) == {}
        assert machine(found).startswith("Machine: CPUs slow in 0 %")

    def test_a_tick_that_came_too_late_is_no_negative_work(self) -> None:
        assert "others used 0 CPUs" in machine(journal(met=replace(QUIET, busy=-0.01)))

    def test_a_phase_that_hits_all_alike_slows_and_is_not_uneven(self) -> None:
        found = journal(turns)
        results = analyse(found)
        assert raised(results) == every("slowed", results)
        assert warned(results, "slowed")
        assert "CPUs slow in 25 % of the iterations (1.55 times as slow then)" in machine(found)

    def test_one_slow_round_of_twelve_is_shown_and_not_flagged(self) -> None:
        found = journal(lambda run, number: 1.6 if number == 7 else 1.0)
        assert raised(analyse(found)) == {}
        assert "CPUs slow in 8.3 % of the iterations (1.60 times" in machine(found)

    def test_most_of_a_result_may_be_slow_and_the_fast_state_is_still_found(self) -> None:
        results = analyse(journal(lambda run, number: 1.0 if number == 9 else 1.6))
        assert raised(results) == every("slowed", results)
        told = results.scenarios[0].conditions
        assert told is not None
        assert told.slow == pytest.approx(11 / 12)

    def test_sides_that_met_different_speed_are_uneven(self) -> None:
        results = analyse(journal(lambda run, _: 1.15 if dict(run.parameters)["padding"] else 1.0))
        assert raised(results) == {run: {"uneven"} for run in every("", results) if "/64/" in run}
        assert warned(results, "uneven")

    def test_the_probes_of_two_interpreters_are_each_taken_by_their_own_fast_state(self) -> None:
        versions = (("interpreter", "3.13"),)
        assert raised(analyse(journal(baseline=versions))) == {}
        late = analyse(journal(lambda run, n: 1.5 if run.interpreter == "3.13t" and n > 2 else 1.0, baseline=versions))
        assert raised(late) == {run: {"slowed", "uneven"} for run in every("", late) if run.startswith("3.13t")}

    def test_cpus_that_are_slower_together_are_shared_without_a_gil_and_uneven_with_one(self) -> None:
        results = analyse(journal(lambda run, _: 1.4 if run.threads == 2 else 1.0))
        assert raised(results) == {
            "3.13/0/2": {"uneven"},
            "3.13/64/2": {"uneven"},
            "3.13t/0/2": {"shared"},
            "3.13t/64/2": {"shared"},
        }
        assert warned(results, "shared")

    def test_more_threads_than_cpus_have_no_probe_and_are_judged_by_the_rest(self) -> None:
        found = journal(met=replace(QUIET, busy=0.04), counts=(3,), probed=False)
        assert raised(analyse(found)) == {}, "where threads take turns anyway, a lacking CPU says nothing"

    def test_the_csv_has_the_flags(self) -> None:
        found = journal(turns)
        rows = list(csv.DictReader(io.StringIO(report.render("csv", analyse(found), found))))
        assert {"slowed" in row["flags"].split(";") for row in rows} == {True}


class TestNumbers:
    def test_no_number_is_changed_by_what_is_said_of_the_machine(self) -> None:
        told, untold = analyse(journal(turns)), analyse(journal(turns, met=Contamination(), probed=False))
        for with_, without in zip(told.scenarios[0].runs, untold.scenarios[0].runs, strict=True):
            assert repr(replace(with_, flags=(), conditions=None)) == repr(replace(without, flags=(), conditions=None))

    def test_the_fast_state_is_the_middle_of_the_values_near_the_lowest(self) -> None:
        assert self.fast({900: 4, 1000: 50, 1100: 20, 1600: 900}) == 1000
        assert self.fast({1600: 96, 1000: 3}) == 1600, f"fewer than {LOWEST:.0%} are no state"
        assert self.fast({700: 1}) == 700

    def fast(self, counts: dict[int, int]) -> float:
        return fast(np.repeat([*counts], [*counts.values()]).astype(np.uintc))

    def test_the_ratio_of_two_runs_is_that_of_their_probes_by_round(self) -> None:
        found = journal(lambda run, _: 1.2 if dict(run.parameters)["padding"] else 1.0)
        groups = found.header.plan.groups
        surroundings = Surroundings(groups, by_group(found), 2)
        ratio = surroundings.ratio(groups[1].runs[0], groups[0].runs[0])
        assert ratio is not None
        assert (ratio.value, ratio.confidence) == (pytest.approx(1.2, rel=1e-3), 0.99)


class TestClaims:
    def why(self, found: Journal, claim: int = 0) -> tuple[str, str]:
        result = analyse(found).scenarios[0].claims[claim]
        return result.verdict, result.why

    def test_a_verdict_stands_and_has_a_remark(self) -> None:
        calm = self.why(journal(claims=(FASTER,)))
        verdict, why = self.why(journal(turns, claims=(FASTER,)))
        assert (calm[0], verdict) == ("supported", "supported")
        assert "Meanwhile" not in calm[1]
        assert why.endswith(" Meanwhile the CPUs were slow by turns (see Warnings): that may be the reason.")

    def test_sides_of_a_claim_that_met_different_speed_are_told(self) -> None:
        uneven = journal(lambda run, _: 1.3 if dict(run.parameters)["padding"] else 1.0, claims=(FASTER,), baseline=())
        verdict, why = self.why(uneven)
        assert verdict == "refuted"
        assert "the two sides met CPUs of different speed" in why

    def test_what_is_counted_and_not_timed_has_none(self) -> None:
        assert "Meanwhile" not in self.why(journal(turns, claims=(FASTER, COUNTED)), 1)[1]


class TestSelfCheck:
    def said(self, slowness: Slowness) -> list[str]:
        twins = tuple(replace(BUILDS[1], spec=spec) for spec in ("3.13t", "3.13t" + TWIN))
        found = journal(slowness, specs=tuple(one.spec for one in twins), builds=twins)
        return [text for text in selfcheck(found, ()).warnings if "slow by turns" in text]

    def test_slow_phases_are_a_warning(self) -> None:
        (text,) = self.said(turns)
        assert "in up to 25 % of the iterations" in text
        assert "up to 1.55 times as long" in text

    def test_a_steady_machine_has_none(self) -> None:
        assert self.said(steady) == []


class TestSessions:
    LATER = "2026-11-25T10:00:00+00:00"

    def said(self, before: Journal, after: Journal) -> list[str]:
        return [text for text in changes(before, after).warnings if "session's CPUs" in text]

    def test_the_later_session_was_slower_and_the_earlier_one_if_turned_round(self) -> None:
        calm, slow = journal(), journal(lambda run, _: 1.31, started=self.LATER)
        found = self.said(calm, slow)
        assert [text.split(" of 3.13")[1][:1] for text in found] == [" ", "t"], "one for each interpreter"
        assert all(text.startswith("The later session's CPUs were [1.") and "(not corrected)" in text for text in found)
        (numbers,) = re.findall(r"\[(\S+) (\S+) (\S+)\]", found[0])
        assert float(numbers[1]) == pytest.approx(1.31, rel=0.01)
        turned = self.said(slow, replace(calm, header=replace(calm.header, started=self.LATER)))
        assert all(text.startswith("The earlier session's CPUs were [1.") for text in turned)
        assert len(turned) == 2

    @pytest.mark.parametrize("slower", [1.0, 1.08])
    def test_the_same_state_is_not_told(self, slower: float) -> None:
        assert self.said(journal(), journal(lambda run, _: slower, started=self.LATER)) == []

    def test_another_executable_has_another_probe(self) -> None:
        moved = tuple(replace(one, executable="/elsewhere") for one in BUILDS)
        assert self.said(journal(), journal(lambda run, _: 1.5, builds=moved, started=self.LATER)) == []

    def test_what_others_took_on_one_side_is_told_of_both(self) -> None:
        hogged = journal(met=Contamination(busy=0.3, stolen=0.05, throttled=None), started=self.LATER)
        told = " ".join(changes(journal(), hogged).warnings)
        assert "Other programs used 0.01 CPUs before, 0.6 after" in told
        assert "took 0 % of the CPUs' time (steal) before, 5 % after" in told
        assert "quota" not in told
        old = journal(met=Contamination())
        assert "Other programs used an unknown number of CPUs before, 0.6 after" in " ".join(
            changes(old, hogged).warnings
        )
        assert "Other programs" not in " ".join(changes(journal(), replace(journal(), finished=True)).warnings)

    def test_an_old_result_cannot_tell(self) -> None:
        old = journal(probed=False)
        assert self.said(old, journal(lambda run, _: 1.5, started=self.LATER)) == []
