"""The series of iterations, made by hand and by real workers, through journal records to flags, words and CSV."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import analysis, plan, report, runner, topology
from engine.errors import JournalError
from engine.model import (
    Group,
    Header,
    Host,
    Interpreter,
    Invocation,
    Iteration,
    Journal,
    Kernel,
    Plan,
    Results,
    Run,
    RunResult,
    Scenario,
    TeamRecord,
)
from engine.report.text.warmup import warmup_text
from tests.test_analysis import BUILDS, MEASURE

KERNELS = Path(__file__).parent / "data" / "kernels"
BUILD = BUILDS["3.13t"]
KERNEL = Kernel(name="k", path="k.py", title="", manual="", operations=2)
ASKED = Scenario(
    name="s",
    path="s.yaml",
    title="",
    question="",
    kernel=KERNEL,
    measure=MEASURE,
    interpreters=("3.13t",),
    matrix=(("threads", (1, 2)), ("gil", ("default",))),
)
RUNS = tuple(
    Run(
        id=f"run {n}",
        scenario="s",
        kernel="k",
        interpreter="3.13t",
        threads=n,
        affinity="none",
        gil="default",
        parameters=(),
    )
    for n in (1, 2)
)
GROUP = Group(id="g", scenario="s", runs=RUNS)

WARM = (1.3, 1.05, 1, 1, 1, 1)
STEADY = (1.3, 1, 1, 1, 1, 1)
CREEPING = (1, 1.03, 1.06, 1.09, 1.12, 1.15)


def iteration(threads: int, seconds: float, *, warmup: bool) -> Iteration:
    many = (1,) * threads
    ends = tuple(round(seconds * 1e9) - thread for thread in range(threads))
    return Iteration(
        warmup=warmup,
        start_ns=(0,) * threads,
        end_ns=ends,
        cpu_ns=ends,
        voluntary=many,
        involuntary=many,
        on_cpu=many,
    )


def invocation(number: int, shapes: Sequence[Sequence[float]], warmups: int, random: np.random.Generator) -> Invocation:
    """One process in which run n takes 20 ms x `shapes[n]` by place, with 1 % of noise."""
    teams = []
    for threads, shape in enumerate(shapes, start=1):
        noise = np.exp(random.normal(0, 0.01, len(shape)))
        walls = [0.02 * factor * by for factor, by in zip(shape, noise, strict=True)]
        made = tuple(iteration(threads, wall, warmup=place < warmups) for place, wall in enumerate(walls))
        teams.append(TeamRecord(threads=threads, loops=1000, iterations=made))
    return Invocation(group="g", round=number, started="", duration=1.0, teams=tuple(teams), gil=(False,) * 3)


def journal(invocations: Sequence[Invocation]) -> Journal:
    asked = Plan(
        seed=1,
        cpus=(0, 1),
        scenarios=(ASKED,),
        interpreters=(BUILD,),
        kernels=(KERNEL,),
        missing=(),
        groups=(GROUP,),
        skips=(),
    )
    header = Header(format=1, version="0", started="", command="", host=Host(), plan=asked)
    return Journal(header=header, invocations=tuple(invocations), finished=True)


def kept(*shapes: Sequence[float], count: int = 12, warmups: int = 1) -> Journal:
    random = np.random.default_rng(1)
    return journal([invocation(number, shapes, warmups, random) for number in range(1, count + 1)])


def judged(*shapes: Sequence[float], **how: int) -> Results:
    return analysis.analyse(kept(*shapes, **how))


def only(results: Results, threads: int = 1) -> RunResult:
    return next(found for found in results.scenarios[0].runs if found.run.threads == threads)


def text(results: Results) -> str:
    return warmup_text(results.scenarios[0])


class TestFlags:
    def test_a_kept_iteration_that_differs_is_warming_and_says_how_many_to_leave_out(self) -> None:
        found = only(judged(WARM))
        assert found.warmup is not None
        assert (found.warmup.declared, found.warmup.settled) == (1, 2)
        assert found.flags == ("warming",)
        assert "measure.warmup" in " ".join(judged(WARM).scenarios[0].warnings)
        assert "steady with warmup: 2" in text(judged(WARM))

    def test_the_declared_warm_up_may_differ_as_it_likes(self) -> None:
        found = only(judged(STEADY))
        assert found.warmup is not None
        assert (found.warmup.settled, found.warmup.proven[0], found.flags) == (1, True, ())
        assert only(judged((1.3, 1.05, 1, 1, 1, 1), warmups=2)).flags == ()

    def test_without_any_warm_up_the_first_one_counts(self) -> None:
        assert only(judged(STEADY, warmups=0)).flags == ("warming",)

    def test_a_trend_is_unsettled(self) -> None:
        found = only(judged(CREEPING))
        assert found.warmup is not None
        assert (found.warmup.known, found.warmup.settled, found.flags) == (True, None, ("unsettled",))

    def test_each_thread_count_has_its_own(self) -> None:
        results = judged(STEADY, CREEPING)
        assert [only(results, threads).flags for threads in (1, 2)] == [(), ("unsettled",)]

    @pytest.mark.parametrize("how", [{"count": 5}, {"count": 1}])
    def test_too_few_invocations_say_nothing(self, how: dict[str, int]) -> None:
        found = only(judged(WARM, **how))
        assert found.warmup is not None
        assert not found.warmup.known
        assert not {"warming", "unsettled"} & {*found.flags}

    def test_neither_do_two_iterations(self) -> None:
        found = only(judged((2, 1)))
        assert found.warmup is not None
        assert not found.warmup.known


class TestSeries:
    def test_ratios_are_to_the_later_iterations(self) -> None:
        found = only(judged(STEADY)).warmup
        assert found is not None
        assert [round(one.value, 1) for one in found.relative] == [1.3, 1, 1, 1, 1, 1]
        assert {one.count for one in found.relative} == {12}
        assert found.places == (0, 1, 2, 3, 4, 5)

    def test_of_different_lengths_the_common_beginning_counts(self) -> None:
        random = np.random.default_rng(2)
        made = [invocation(number, [WARM[: 5 + number % 2]], 1, random) for number in range(1, 13)]
        found = only(analysis.analyse(journal(made))).warmup
        assert found is not None
        assert (len(found.relative), found.settled) == (5, 2)

    def test_a_long_series_is_looked_at_in_batches(self) -> None:
        results = judged([1.2] * 21 + [1.0] * 40)
        found = only(results).warmup
        assert found is not None
        assert (found.width, found.first, found.declared) == (3, 1, 1)
        assert found.places[:3] == (1, 4, 7)
        assert found.settled in {19, 22}
        shown = text(results)
        assert one_line(shown).startswith("Warm-up: no run was steady before its first kept one.")
        assert re.search(r"iterations (17 to 19|20 to 22): \[1\.\d+ 1\.\d+ 1\.\d+\]; steady with warmup: ", shown)

    def test_an_iteration_that_cannot_be_is_an_error_of_the_journal(self) -> None:
        good = kept(STEADY)
        first = good.invocations[0]
        never = iteration(1, 0.0, warmup=True)
        team = replace(first.teams[0], iterations=(never, *tuple(first.teams[0].iterations)[1:]))
        bad = replace(good, invocations=(replace(first, teams=(team,)), *good.invocations[1:]))
        with pytest.raises(JournalError, match="an iteration that cannot be"):
            analysis.analyse(bad)


def one_line(shown: str) -> str:
    """Without line breaks and indents."""
    return " ".join(shown.split())


class TestText:
    def test_where_all_is_well_it_is_one_sentence(self) -> None:
        shown = one_line(text(judged(STEADY, STEADY)))
        assert shown == (
            "Warm-up: the first iteration took x1.30 of the time of those after it; 2 runs were steady before the "
            "first kept one."
        )

    def test_a_run_that_is_late_shows_its_series_and_what_is_proven(self) -> None:
        shown = text(judged(WARM, STEADY))
        assert "1 of 2 runs was steady before the first kept one." in one_line(shown)
        (line,) = [line for line in shown.splitlines() if "threads 1" in line]
        assert "1.30* | 1.05* 1.00  1.00  1.00  1" in line
        assert "iteration 2: [1.0" in line

    def test_a_trend_shows_its_change_with_an_interval(self) -> None:
        results = judged((1, 1.008, 1.016, 1.024, 1.032, 1.04), count=6)
        found = only(results)
        assert found.warmup is not None
        assert found.flags[-1] == "unsettled"
        assert found.warmup.drift is not None
        assert 1.01 < found.warmup.drift.low < 1.04 < found.warmup.drift.high
        assert re.search(
            r"last / iteration 2: \[1\.\d+ 1\.0\d+ 1\.\d+\]; no steady state$", text(results), re.MULTILINE
        )

    def test_too_few_are_told_in_a_line(self) -> None:
        assert text(judged(WARM, count=3)) == "Warm-up: too few invocations or iterations to tell when it ends."

    def test_results_without_a_series_say_nothing(self) -> None:
        (scenario,) = judged(WARM).scenarios
        assert warmup_text(replace(scenario, runs=tuple(replace(one, warmup=None) for one in scenario.runs))) == ""

    def test_the_report_has_it_and_the_notes_have_the_flag(self) -> None:
        shown = report.render("text", judged(WARM, STEADY), kept(WARM, STEADY))
        assert "\nWarm-up: " in shown
        assert "warming: kept iterations contain warm-up" in shown


class TestCsv:
    def rows(self, results: Results) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(report.render("warmup", results, kept(WARM))), strict=True))

    def test_every_place_of_every_run_has_a_row(self) -> None:
        results = judged(WARM, CREEPING)
        rows = self.rows(results)
        assert [(row["run"], row["iteration"]) for row in rows] == [
            (run.id, str(place)) for run in RUNS for place in range(1, 7)
        ]
        found = only(results).warmup
        assert found is not None
        for row, one, proven in zip(rows, found.relative, found.proven, strict=False):
            assert float(row["relative"]) == one.value
            assert (float(row["low"]), float(row["high"])) == (one.low, one.high)
            assert row["differs"] == str(proven).lower()
            assert (row["scenario"], row["invocations"], row["confidence"]) == ("s", "12", "0.95")
        assert [row["warmup"] for row in rows[:3]] == ["true", "false", "false"]
        assert {row["steady_from"] for row in rows[:6]} == {"3"}
        assert {row["steady_from"] for row in rows[6:]} == {""}

    def test_unknown_bounds_are_empty(self) -> None:
        rows = self.rows(judged(WARM, count=1))
        assert {row["low"] for row in rows} == {""}
        assert math.isclose(float(rows[0]["relative"]), 1.3, rel_tol=0.1)

    def test_every_column_is_documented(self) -> None:
        header = next(csv.reader(io.StringIO(report.render("warmup", judged(WARM), kept(WARM)))))
        documented = (KERNELS.parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
        documented = documented[documented.index("### `warmup.csv`") :]
        assert [column for column in header if f"| `{column}` |" not in documented] == []


@pytest.mark.real
@pytest.mark.parametrize("kernel", ["warming", "creeping"])
def test_real_workers_warm_up_and_are_told_of(
    kernel: str, scenario: Callable[..., Scenario], either: Interpreter
) -> None:
    one = scenario(
        source=(KERNELS / f"{kernel}.py").read_text(encoding="utf-8"),
        matrix={"threads": (1,)},
        interpreters=(either.spec,),
        measure={"invocations_min": 10, "invocations_max": 10, "iterations": 7},
    )
    asked = plan.make([one], {either.spec: either}, topology.read().ids, seed=1)
    records = list(runner.run(asked, topology.read(), analysis.widths))
    header = Header(format=1, version="0", started="", command="", host=Host(), plan=asked)
    made = tuple(record for record in records if isinstance(record, Invocation))
    found = only(analysis.analyse(Journal(header=header, invocations=made, finished=True)))
    assert found.warmup is not None
    assert found.invocations == 10
    if kernel == "warming":  # three of its iterations do twice the work, and one of these was declared as warm-up
        assert found.warmup.proven[2]
        assert found.warmup.settled is not None
        assert found.warmup.settled >= 3
        assert "warming" in found.flags
        assert found.warmup.relative[2].high > 1.5
    else:
        assert found.warmup.settled is None
        assert "unsettled" in found.flags
