"""Journals with known answers, made by hand, become results."""

import dataclasses
import math
import re

import pytest

from engine import stats
from engine.analysis import analyse, widths
from engine.errors import JournalError
from engine.model import (
    Bytecode,
    Claim,
    Failure,
    Group,
    Header,
    Host,
    Interpreter,
    Invocation,
    Iteration,
    Journal,
    Kernel,
    Measure,
    Metric,
    Missing,
    Plan,
    Run,
    Scenario,
    Selector,
    Skip,
    Stop,
    TeamRecord,
)
from engine.model.record import COLUMNS

LOOPS = 1000
OPERATIONS = 2
KERNEL = Kernel(
    name="k",
    path="k.py",
    title="",
    manual="",
    operations=OPERATIONS,
    metrics=(Metric(name="lost_updates", unit="updates"),),
)
MEASURE = Measure(
    invocations_min=10,
    invocations_max=20,
    iterations=5,
    iteration_time=0.02,
    warmup=None,
    precision=0.02,
    confidence=0.95,
    time_limit=300,
    timeout=60,
)
BUILDS = {
    "3.13": Interpreter(spec="3.13", executable="", version="3.13.5"),
    "3.13t": Interpreter(spec="3.13t", executable="", version="3.13.5", free_threaded=True, gil_option=True),
}


def selector(**values):
    return Selector(values=tuple((name, v if isinstance(v, tuple) else (v,)) for name, v in values.items()))


def run(interpreter="3.13t", threads=1, gil="default", kernel="k", **parameters):
    identity = f"{kernel}/{interpreter}/{threads}/{gil}/{parameters}"
    return Run(
        id=identity,
        scenario="s",
        kernel=kernel,
        interpreter=interpreter,
        threads=threads,
        affinity="none",
        gil=gil,
        parameters=tuple(sorted(parameters.items())),
    )


def group(interpreter="3.13t", threads=(1, 2), control=False, **axes):
    runs = tuple(run(interpreter, count, **axes) for count in threads)
    return Group(id=f"group of {runs[0].id}", scenario="s", runs=runs, control=control)


def iteration(threads, wall, *, warmup=False, late=0, shares=None, cpu=None, switches=0):
    """One iteration of `wall` ns: thread i ends at its share of it; the last one starts `late` ns later."""
    shares = shares or [1.0] * threads
    return Iteration(
        warmup=warmup,
        start_ns=(5,) * (threads - 1) + (5 + (late if threads > 1 else 0),),
        end_ns=tuple(5 + round(wall * share) for share in shares),
        cpu_ns=(round(wall if cpu is None else wall * cpu),) * threads,
        voluntary=(switches,) * threads,
        involuntary=(0,) * threads,
        on_cpu=(0,) * threads,
    )


def team(threads, walls, metrics=(), loops=LOOPS, **how):
    kept = tuple(iteration(threads, wall, **how) for wall in walls)
    return TeamRecord(
        threads=threads, loops=loops, iterations=(iteration(threads, 10**9, warmup=True), *kept), metrics=metrics
    )


def invocation(of, number, teams, **facts):
    fields = {"started": "2025-01-01T00:00:00Z", "duration": 4.0, "rss": 2**20, "gil": (False, False, False)}
    fields["bytecode"] = Bytecode(instructions=50, specialized_after=20, names=("BINARY_OP_ADD_INT",))
    return Invocation(group=of.id, round=number, teams=tuple(teams), **{**fields, **facts})


def measured(of, times, rounds=None, **how):
    """One invocation of a group for each number of nanoseconds that one iteration of one thread takes.

    A time is either one number for all thread counts or a mapping from their number.
    """
    rounds = rounds or range(1, len(times) + 1)
    gil = of.runs[0].interpreter == "3.13" or of.runs[0].gil == "on"
    found = []
    for number, time in zip(rounds, times, strict=True):
        each = {r.threads: time[r.threads] if isinstance(time, dict) else time for r in of.runs}
        teams = [team(count, [wall] * 5, **how) for count, wall in each.items()]
        found.append(invocation(of, number, teams, gil=(gil,) * 3))
    return found


def scenario(**changes):
    fields = {"name": "s", "path": "s.yaml", "title": "", "question": "", "kernel": KERNEL, "measure": MEASURE}
    return Scenario(**{**fields, "interpreters": ("3.13", "3.13t"), "matrix": (), **changes})


def journal(groups, invocations, *, asked=None, missing=(), skips=(), stops=(), finished=True, cpus=(0, 1)):
    asked = asked or scenario()
    control = Kernel(name="control", path="", title="", manual="")
    plan = Plan(
        seed=1,
        cpus=cpus,
        scenarios=(asked,),
        interpreters=tuple(BUILDS.values()),
        kernels=(KERNEL, control),
        missing=missing,
        groups=tuple(groups),
        skips=skips,
    )
    header = Header(format=1, version="0", started="", command="", host=Host(), plan=plan)
    return Journal(header=header, invocations=tuple(invocations), stops=tuple(stops), finished=finished)


def judged(groups, invocations, **how):
    return analyse(journal(groups, invocations, **how)).scenarios[0]


def only(result, threads):
    return next(found for found in result.runs if found.run.threads == threads)


def metric(result, name):
    return dict(result.metrics)[name]


class TestNumbers:
    def test_time_is_wall_over_the_operations_of_one_thread_and_throughput_counts_all_threads(self):
        # 4 ms for 1000 loops of 2 operations: 2 µs per operation; two threads do 1000 operations per millisecond.
        result = judged([group()], measured(group(), [4_000_000] * 10))
        two = only(result, 2)
        assert metric(two, "time").value == pytest.approx(2e-6)
        assert metric(two, "throughput").value == pytest.approx(1e6)
        assert (metric(two, "time").low, metric(two, "time").high) == pytest.approx((2e-6, 2e-6))
        assert (two.invocations, two.iterations, two.loops) == (10, 50, LOOPS)

    def test_wall_reaches_from_the_first_start_to_the_last_end(self):
        teams = [team(2, [1_000_000] * 5, late=100_000, shares=[1.0, 1.5])]
        found = only(judged([group()], [invocation(group(), r, teams) for r in (1, 2)]), 2)
        assert metric(found, "time").value == pytest.approx(1.5e-3 / LOOPS / OPERATIONS)
        assert metric(found, "skew").value == pytest.approx(100e-6)

    def test_an_invocation_counts_with_the_lower_quartile_of_its_kept_iterations_and_the_median_is_shown(self):
        walls = [5_000_000, 1_000_000, 4_000_000, 2_000_000, 3_000_000]
        invocations = [invocation(group(threads=(1,)), r, [team(1, walls)]) for r in (1, 2, 3)]
        found = only(judged([group(threads=(1,))], invocations), 1)
        assert metric(found, "time").value == pytest.approx(2e-3 / LOOPS / OPERATIONS)
        assert found.median_time == pytest.approx(3e-3 / LOOPS / OPERATIONS)

    def test_intervals_are_over_invocations_not_iterations(self):
        times = [1_000_000 + 10_000 * step for step in range(10)]
        found = only(judged([group()], measured(group(), times)), 1)
        expected = stats.positive_interval([time * 1e-9 / LOOPS / OPERATIONS for time in times], 0.95)
        assert metric(found, "time") == dataclasses.replace(
            expected,
            **{f: pytest.approx(getattr(expected, f)) for f in ("value", "low", "high")},
        )
        assert metric(found, "time").count == 10
        assert metric(found, "throughput").low == pytest.approx(1 / expected.high)

    def test_behaviour_of_the_threads(self):
        teams = [team(2, [1_000_000] * 5, shares=[1.0, 0.5], cpu=0.75, switches=3)]
        found = only(judged([group()], [invocation(group(), r, teams) for r in (1, 2)]), 2)
        assert metric(found, "fairness").value == pytest.approx(0.9)  # rates 1 and 2: 3^2 / (2 * 5)
        assert metric(found, "cpu").value == pytest.approx(1.5)
        assert metric(found, "switches").value == 6
        assert metric(found, "rss").value == 2**20
        assert metric(found, "specialized").value == pytest.approx(0.4)
        assert found.specialized == ("BINARY_OP_ADD_INT",)

    def test_metrics_come_in_the_order_of_the_model_then_the_kernels_own(self):
        teams = [team(1, [1000] * 5, metrics=(("lost_updates", 3.0),))]
        found = only(judged([group()], [invocation(group(), 1, teams)]), 1)
        names = ["time", "throughput", "fairness", "cpu", "switches", "rss", "specialized", "skew", "lost_updates"]
        assert [name for name, _ in found.metrics] == names
        assert metric(found, "lost_updates").value == 3
        assert math.isnan(metric(found, "lost_updates").low)

    def test_a_share_keeps_its_interval_inside_its_bounds(self):
        of = group(threads=(1,))
        shares = [Bytecode(instructions=100, specialized_after=n) for n in (98, 2)]
        invocations = [
            invocation(of, r, [team(1, [1000] * 5)], bytecode=code) for r, code in enumerate(shares, start=1)
        ]
        found = metric(only(judged([of], invocations), 1), "specialized")
        assert (found.low, found.high) == (0, 1)

    def test_what_is_unknown_is_left_out(self):
        of = group(threads=(1,))
        made = [team(1, [1000] * 5, metrics=(("lost_updates", math.nan),))]
        found = only(judged([of], [invocation(of, 1, made, rss=0, bytecode=Bytecode())]), 1)
        assert not {"rss", "specialized", "lost_updates"} & {name for name, _ in found.metrics}

    def test_pilots_and_failures_never_enter_a_number(self):
        of = group(threads=(1,))
        good = measured(of, [1_000_000] * 3)
        pilot = measured(of, [9_000_000], rounds=[0])
        broken = [
            dataclasses.replace(found, failure=Failure(outcome="gil", message="switched on"))
            for found in measured(of, [7_000_000] * 2, rounds=[4, 5])
        ]
        result = judged([of], pilot + good + broken)
        assert only(result, 1).invocations == 3
        assert metric(only(result, 1), "time").high == pytest.approx(1e-3 / LOOPS / OPERATIONS)
        (failed,) = result.failed
        assert (failed.count, failed.of, failed.failure.outcome) == (2, 6, "gil")
        assert failed.label == "3.13t"

    def test_invocations_with_different_numbers_of_iterations_count_alike(self):
        of = group(threads=(1,))
        invocations = [invocation(of, 1, [team(1, [1000] * 3)]), invocation(of, 2, [team(1, [4000] * 9)])]
        found = only(judged([of], invocations), 1)
        assert metric(found, "time").value == pytest.approx(2000e-9 / LOOPS / OPERATIONS)  # their geometric mean
        assert found.iterations == 12

    def test_a_group_without_numbers_has_no_row(self):
        of = group()
        result = judged([of], [invocation(of, 1, [], failure=Failure(outcome="crashed", message="SIGSEGV"))])
        assert result.runs == ()
        assert result.failed[0].failure.message == "SIGSEGV"

    @pytest.mark.parametrize(
        "damage",
        [
            {"end_ns": (5,)},
            {"start_ns": (10**6,)},
            dict.fromkeys(COLUMNS, (1, 2)),
            dict.fromkeys(COLUMNS, ()),
        ],
        ids=["no time", "back in time", "threads", "empty"],
    )
    def test_an_iteration_that_cannot_be_is_an_error_of_the_journal_that_names_the_run(self, damage):
        of = group(threads=(1,))
        broken = TeamRecord(threads=1, loops=LOOPS, iterations=(dataclasses.replace(iteration(1, 1000), **damage),))
        good = team(1, [1000])
        with pytest.raises(JournalError, match=f"run {re.escape(of.runs[0].id)}: .*cannot be"):
            judged([of], [invocation(of, 1, [good]), invocation(of, 2, [broken])])

    def test_timed_share_counts_warm_up_and_pilots(self):
        of = group(threads=(1,))  # an invocation of 4 s: one warm-up of 1 s and five iterations of 0.2 s
        result = judged([of], measured(of, [200_000_000] * 2, rounds=[0, 1]))
        assert result.timed_share == pytest.approx(0.5)

    def test_an_empty_journal_has_empty_results(self):
        result = judged([group()], [])
        assert (result.runs, result.claims, result.control, result.timed_share) == ((), (), None, 0.0)

    def test_facts_are_handed_on(self):
        skip = Skip(scenario="s", what="3.14t (2 runs)", reason="not found")
        other = Skip(scenario="other", what="", reason="")
        of = group(threads=(1,))
        stop = Stop(group=of.id, reason="precision", invocations=2)
        made = journal([of], measured(of, [1000] * 2), skips=(skip, other), stops=[stop], finished=False)
        results = analyse(made)
        assert results.scenarios[0].skips == (skip,)
        assert results.scenarios[0].runs[0].stop == "precision"
        assert (results.finished, results.location) == (False, "lower quartile")


class TestComparisons:
    def test_speedup_is_taken_inside_each_invocation(self):
        # The machine gets three times slower on the way; inside each process two threads are 1.6 times as fast.
        times = [{1: 1_000_000 * slow, 2: 1_250_000 * slow} for slow in (1, 1.5, 2, 2.5, 3, 3, 3, 3)]
        two = only(judged([group()], measured(group(), times)), 2)
        assert (two.speedup.ratio.low, two.speedup.ratio.high) == pytest.approx((1.6, 1.6))
        assert two.speedup.base == group().runs[0].id
        assert (two.speedup.direction, two.speedup.paired) == ("faster", True)
        assert two.efficiency.value == pytest.approx(0.8)

    def test_speedup_of_one_thread_or_without_it_is_none(self):
        assert only(judged([group()], measured(group(), [1000] * 2)), 1).speedup is None
        alone = group(threads=(2,))
        assert only(judged([alone], measured(alone, [1000] * 2)), 2).efficiency is None

    def test_baseline_is_paired_by_round(self):
        ours, base = group("3.13t", threads=(1,)), group("3.13", threads=(1,))
        drift = [1_000_000 * step for step in (1, 2, 3, 4, 5, 6, 7, 8)]
        invocations = measured(base, drift) + measured(ours, [time * 2 for time in drift[:6]])
        result = judged([ours, base], invocations, asked=scenario(baseline=(("interpreter", "3.13"),)))
        found = {one.run.interpreter: one.against for one in result.runs}
        assert found["3.13"] is None
        assert (found["3.13t"].ratio.low, found["3.13t"].ratio.high) == pytest.approx((2, 2))
        assert (found["3.13t"].ratio.count, found["3.13t"].direction) == (6, "slower")
        assert found["3.13t"].paired

    def test_rounds_that_never_met_are_compared_unpaired(self):
        ours, base = group("3.13t", threads=(1,)), group("3.13", threads=(1,))
        invocations = measured(base, [1000, 1100, 1050]) + measured(ours, [2000, 2200, 2100], rounds=[4, 5, 6])
        result = judged([ours, base], invocations, asked=scenario(baseline=(("interpreter", "3.13"),)))
        found = result.runs[0].against
        assert not found.paired
        assert found.ratio.value == pytest.approx(2)

    def test_baseline_changes_only_what_it_names(self):
        groups = [group(build, (1, 2), padding=p) for build in BUILDS for p in (0, 64)]
        invocations = [i for of in groups for i in measured(of, [1000, 1000])]
        result = judged(groups, invocations, asked=scenario(baseline=(("interpreter", "3.13"), ("padding", 0))))
        bases = {found.run.id: found.against.base for found in result.runs if found.against}
        assert len(bases) == 6
        assert bases[run("3.13t", 2, padding=64).id] == run("3.13", 2, padding=0).id

    def test_a_default_build_is_the_baseline_of_every_setting_of_the_gil(self):
        groups = [group("3.13"), group("3.13t", gil="on"), group("3.13t", gil="off")]
        invocations = [i for of in groups for i in measured(of, [1000, 1000])]
        result = judged(groups, invocations, asked=scenario(baseline=(("interpreter", "3.13"),)))
        assert [found.against.base for found in result.runs if found.against] == [run("3.13").id, run("3.13", 2).id] * 2

    def test_baseline_understands_thread_words_and_types(self):
        of = group("3.13t", (1, 2), flag=1)
        invocations = measured(of, [{1: 1000, 2: 3000}] * 2)
        result = judged([of], invocations, asked=scenario(baseline=(("threads", "cpus"),)))
        assert only(result, 1).against.ratio.value == pytest.approx(1 / 3)
        result = judged([of], invocations, asked=scenario(baseline=(("flag", True),)))
        assert only(result, 1).against is None

    def test_net_is_what_is_left_without_the_overhead_of_the_same_round(self):
        # The machine gets slower on the way, and with it the loop; what the body adds grows likewise.
        loop, body = group(threads=(1,), instruction="loop"), group(threads=(1,), instruction="body")
        drift = [1_000_000 * step for step in (1, 2, 3, 4)]
        invocations = measured(loop, drift) + measured(body, [time * 3 for time in drift[:3]])
        asked = scenario(overhead=(("instruction", "loop"),))
        of_loop, of_body = (dict(one.metrics) for one in judged([loop, body], invocations, asked=asked).runs)
        assert "net" not in of_loop
        nets = [2 * time * 1e-9 / LOOPS / OPERATIONS for time in drift[:3]]
        assert of_body["net"].value == pytest.approx(stats.interval(nets, 0.95).value)
        assert of_body["net"].count == 3
        assert "net" not in dict(judged([loop, body], invocations).runs[1].metrics)

    def test_a_ratio_of_nets_compares_what_two_builds_add_to_their_own_loop(self):
        groups = [group(build, (1,), instruction=name) for build in ("3.13", "3.13t") for name in ("loop", "body")]
        walls = [1_000_000, 1_500_000, 3_000_000, 5_000_000]
        invocations = [i for of, wall in zip(groups, walls, strict=True) for i in measured(of, [wall] * 3)]
        claim = Claim(
            text="four times",
            quantity="net",
            ratio=True,
            of=selector(interpreter="3.13t"),
            to=selector(interpreter="3.13"),
            relation="equals",
            bounds=(4.0,),
        )
        asked = scenario(overhead=(("instruction", "loop"),), claims=(claim,))
        found = judged(groups, invocations, asked=asked).claims[0]
        assert [case.estimate.value for case in found.cases if case.verdict == "supported"] == [pytest.approx(4)]

    def test_control_is_its_speedup_at_most_threads_and_no_row(self):
        control = group("3.13t", (1, 2), kernel="control", control=True)
        invocations = measured(control, [{1: 1000, 2: 1030}] * 6) + measured(group(), [1000] * 6)
        result = judged([group(), control], invocations)
        assert result.control.ratio.value == pytest.approx(2 / 1.03)
        assert {found.run.kernel for found in result.runs} == {"k"}
        assert not any("disturbed" in text for text in result.warnings)


class TestClaims:
    SCALES = Claim(
        text="scales",
        quantity="throughput",
        ratio=True,
        of=selector(threads="cpus"),
        to=selector(threads=1),
        where=selector(gil="off"),
        relation="above",
        bounds=(1.6,),
    )
    LOST = Claim(text="exact", quantity="lost_updates", ratio=False, relation="equals", bounds=(0.0,))

    def verdict(self, claim, groups, invocations, **how):
        changes = {"claims": (claim,), **how.pop("changes", {})}
        return judged(groups, invocations, asked=scenario(**changes), **how).claims[0]

    def scaling(self, *two, claim=SCALES):
        return self.verdict(claim, [group()], measured(group(), [{1: 1000, 2: time} for time in two]))

    def test_supported_refuted_and_inconclusive_go_by_the_whole_interval(self):
        assert self.scaling(*[1050, 1060, 1040, 1050, 1055, 1045]).verdict == "supported"
        assert self.scaling(*[2050, 2060, 2040, 2050, 2055, 2045]).verdict == "refuted"
        assert self.scaling(*[1050, 1460, 1040, 1450, 1055, 1445]).verdict == "inconclusive"
        assert self.scaling(1050).verdict == "inconclusive"

    @pytest.mark.parametrize(
        ("relation", "bounds", "verdict"),
        [
            ("above", (2.0,), "refuted"),
            ("above", (1.999,), "supported"),
            ("below", (2.0,), "refuted"),
            ("below", (2.001,), "supported"),
            ("between", (1.0, 2.0), "supported"),
            ("between", (2.1, 3.0), "refuted"),
            ("equals", (2.09,), "supported"),
            ("equals", (2.2,), "refuted"),
        ],
    )
    def test_relations(self, relation, bounds, verdict):
        claim = dataclasses.replace(self.SCALES, relation=relation, bounds=bounds)
        assert self.scaling(*[1000] * 6, claim=claim).verdict == verdict  # a speedup of exactly 2

    def test_why_is_a_sentence_with_the_numbers(self):
        found = self.scaling(*[1000] * 6)
        assert found.why == "3.13t: 2 threads against 1 thread: [2.00 2.00 2.00] is above 1.60."
        assert found.cases[0].runs == (run(threads=2).id, run(threads=1).id)
        assert "takes two invocations" in self.scaling(1000).why

    def test_one_refuted_case_refutes_the_claim(self):
        groups = [group(padding=0), group(padding=128)]
        invocations = measured(groups[0], [{1: 1000, 2: 3000}] * 6) + measured(groups[1], [{1: 1000, 2: 1000}] * 6)
        found = self.verdict(self.SCALES, groups, invocations)
        assert [case.verdict for case in found.cases] == ["refuted", "supported"]
        assert found.verdict == "refuted"
        assert found.why.endswith("is not above 1.60 (1 of 2 cases).")
        assert "padding 0" in found.why

    def test_a_case_of_many_refutes_only_beyond_what_chance_does_to_so_many(self):
        def judge(count):
            groups = [group("3.13t", (1, 2), size=size) for size in range(count)]
            two = {one.id: [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0] for one in groups}
            two[groups[0].id] = [1.9, 2.1, 2.0, 2.2, 1.8, 2.3, 1.95]  # a speedup of about 1, near the edge
            invocations = [
                invocation(one, number, [team(1, [1000] * 2), team(2, [1000 * two[one.id][number - 1]] * 2)])
                for one in groups
                for number in range(1, 8)
            ]
            sides = {"of": selector(threads=2), "to": selector(threads=1)}
            claim = Claim(text="", quantity="throughput", ratio=True, **sides, relation="above", bounds=(1.1,))
            return judged(groups, invocations, asked=scenario(claims=(claim,))).claims[0]

        assert judge(1).verdict == "refuted"
        assert judge(40).verdict == "inconclusive"

    def test_where_looks_at_the_effective_state_of_the_lock(self):
        groups = [group("3.13"), group("3.13t"), group("3.13t", gil="on")]
        invocations = [i for of in groups for i in measured(of, [1000] * 6)]
        found = self.verdict(self.SCALES, groups, invocations)
        assert [case.runs[0] for case in found.cases] == [run("3.13t", 2).id]

    def test_two_settings_of_the_gil_of_one_build(self):
        groups = [group("3.13"), group("3.13t"), group("3.13t", gil="on")]
        claim = Claim(
            text="",
            quantity="time",
            ratio=True,
            of=selector(interpreter="3.13t", gil="off"),
            to=selector(interpreter="3.13t", gil="on"),
            relation="below",
            bounds=(1.1,),
        )
        invocations = [
            i for of in groups for i in measured(of, [{1: 1000, 2: 1000 if of.runs[0].gil == "on" else 1060}] * 6)
        ]
        found = self.verdict(claim, groups, invocations)
        assert [case.runs for case in found.cases] == [
            (run("3.13t", count).id, run("3.13t", count, gil="on").id) for count in (1, 2)
        ]
        assert found.why == "All 2 cases are below 1.10: estimates from 1 to 1.06."

    def test_the_same_values_on_both_sides_pair_like_with_like(self):
        groups = [group("3.13t", (1, 2), padding=p) for p in (0, 64)]
        invocations = [i for of in groups for i in measured(of, [1000] * 8)]
        both = {"padding": (0, 64)}
        claim = dataclasses.replace(self.SCALES, of=selector(threads=2, **both), to=selector(threads=1, **both))
        found = self.verdict(claim, groups, invocations)
        expected = {(run("3.13t", 2, padding=p).id, run("3.13t", 1, padding=p).id) for p in (0, 64)}
        assert {case.runs for case in found.cases} == expected

    def test_free_threaded_names_the_interpreter(self):
        groups = [group("3.13", threads=(1,)), group("3.13t", threads=(1,))]
        claim = dataclasses.replace(
            self.SCALES,
            quantity="time",
            of=selector(free_threaded=True),
            to=selector(free_threaded=False),
            where=Selector(),
            relation="between",
            bounds=(1.2, 1.6),
        )
        found = self.verdict(claim, groups, measured(groups[0], [1000] * 6) + measured(groups[1], [1400] * 6))
        assert found.verdict == "supported"
        assert found.cases[0].estimate.value == pytest.approx(1.4)
        assert found.cases[0].label == "3.13t against 3.13"

    @pytest.mark.parametrize(
        ("lost", "verdict"), [([0, 0, 0], "supported"), ([0, 0, 1], "refuted"), ([0], "supported")]
    )
    def test_equals_of_a_metric_is_exact_in_every_invocation(self, lost, verdict):
        of = group(threads=(1,))
        invocations = [
            invocation(of, r, [team(1, [1000] * 5, metrics=(("lost_updates", float(n)),))])
            for r, n in enumerate(lost, start=1)
        ]
        assert self.verdict(self.LOST, [of], invocations).verdict == verdict

    def test_a_metric_above_zero(self):
        of = group(threads=(2,))
        claim = dataclasses.replace(self.LOST, relation="above")
        made = [invocation(of, r, [team(2, [1000] * 5, metrics=(("lost_updates", 100.0 + r),))]) for r in range(1, 8)]
        found = self.verdict(claim, [of], made)
        assert found.verdict == "supported"
        assert "updates" in found.why

    def test_a_ratio_with_a_zero_divisor_is_inconclusive_and_says_so(self):
        made = [
            invocation(
                group(), r, [team(count, [1000] * 5, metrics=(("lost_updates", count - 1.0),)) for count in (1, 2)]
            )
            for r in (1, 2, 3)
        ]
        claim = dataclasses.replace(self.SCALES, quantity="lost_updates")
        found = self.verdict(claim, [group()], made)
        assert found.verdict == "inconclusive"
        assert "divisor is 0" in found.why

    def test_a_ratio_with_a_zero_dividend_stays_on_the_linear_scale(self):
        made = [
            invocation(
                group(), r, [team(count, [1000] * 5, metrics=(("lost_updates", 2.0 - count),)) for count in (1, 2)]
            )
            for r in (1, 2, 3)
        ]
        claim = dataclasses.replace(self.SCALES, quantity="lost_updates", relation="below", bounds=(0.1,))
        found = self.verdict(claim, [group()], made)
        assert (found.verdict, found.cases[0].estimate.value) == ("supported", 0)

    def test_not_tested_says_which_interpreter_is_missing(self):
        of = group("3.13")
        missing = Missing(spec="3.13t", reason="not found", hint="")
        found = self.verdict(self.SCALES, [of], measured(of, [1000] * 3), missing=(missing,))
        assert found.verdict == "not tested"
        assert found.why.endswith("missing: 3.13t.")
        assert "No run of this plan" in self.verdict(self.SCALES, [of], measured(of, [1000] * 3)).why

    def test_not_tested_where_nothing_at_all_was_planned(self):
        assert self.verdict(self.SCALES, [], []).verdict == "not tested"

    def test_runs_that_gave_no_number_leave_a_claim_open(self):
        groups = [group(padding=0), group(padding=128)]
        assert self.verdict(self.SCALES, groups, []).why.startswith("The runs it speaks of gave no such number")
        found = self.verdict(self.SCALES, groups, measured(groups[0], [1000] * 6))
        assert found.verdict == "inconclusive"
        assert found.why == "1 of 2 cases gave no number; the others are above 1.60."


class TestAdvice:
    def flags(self, *teams, count=6, of=None, cpus=(0, 1), **facts):
        of = of or group(threads=tuple(made.threads for made in teams))
        result = judged([of], [invocation(of, r, teams, **facts) for r in range(1, count + 1)], cpus=cpus)
        return result.runs[-1].flags, " ".join(result.warnings)

    def test_a_quiet_measurement_has_nothing_to_say(self):
        assert self.flags(team(1, [10**6] * 5), team(2, [10**6] * 5)) == ((), "")

    def test_flags_tell_what_weakens_a_number(self):
        assert self.flags(team(1, [10**6] * 5), count=4)[0] == ("few",)
        assert self.flags(team(4, [10**6] * 5))[0] == ("oversubscribed",)
        assert self.flags(team(2, [10**6] * 5, late=20_000))[0] == ("skewed",)
        assert self.flags(team(2, [10**6] * 5, late=5_000))[0] == ()
        assert self.flags(team(2, [10**6] * 5, shares=[1.0, 0.5]))[0] == ("unfair",)
        assert self.flags(team(1, [10**6] * 5, cpu=0.5))[0] == ("waiting",)
        assert self.flags(team(1, [10**6] * 2 + [2 * 10**6] * 3))[0] == ("noisy", "warming")

    def test_skew_means_nothing_under_a_gil(self):
        made = team(2, [10**6] * 5, late=20_000)
        flags, warnings = self.flags(made, of=group("3.13", threads=(2,)), gil=(True,) * 3)
        assert flags == ()
        assert "No run had the GIL off" in warnings

    def test_an_interval_wider_than_the_precision_is_told(self):
        of = group(threads=(1,))
        result = judged([of], measured(of, [1000, 1200, 1100, 1300, 1000, 1150]))
        assert result.runs[0].flags == ("wide",)
        assert result.warnings[0].startswith("3.13t: an interval is wider")

    def test_a_build_without_specialization_is_told(self):
        _, warnings = self.flags(team(1, [1000] * 5), bytecode=Bytecode(instructions=9))
        assert "3.13t specialised no bytecode" in warnings

    @pytest.mark.parametrize(("two", "told"), [(1300, True), (1050, False)])
    def test_a_control_that_does_not_scale_is_told(self, two, told):
        control = group("3.13t", (1, 2), kernel="control", control=True)
        result = judged([control], measured(control, [{1: 1000, 2: two}] * 6))
        assert any("Machine disturbed" in text for text in result.warnings) is told
        assert result.disturbed == float(told)

    @pytest.mark.parametrize(("bad", "told"), [(1, False), (2, True)])
    def test_a_machine_disturbed_in_a_tenth_of_the_rounds_is_told(self, bad, told):
        control = group("3.13t", (1, 2), kernel="control", control=True)
        rounds = [{1: 1000, 2: 1900}] * bad + [{1: 1000, 2: 1010}] * (10 - bad)
        result = judged([control], measured(control, rounds))
        assert result.disturbed == bad / 10
        assert any("Machine disturbed" in text for text in result.warnings) is told

    @pytest.mark.parametrize(("two", "told"), [(1900, True), (1010, False)])
    def test_a_claim_that_fails_on_a_disturbed_machine_says_so(self, two, told):
        of, control = group("3.13t", (1, 2)), group("3.13t", (1, 2), kernel="control", control=True)
        claim = Claim(
            text="it scales",
            quantity="throughput",
            ratio=True,
            of=Selector(values=(("threads", (2,)),)),
            to=Selector(values=(("threads", (1,)),)),
            relation="above",
            bounds=(1.5,),
        )
        invocations = measured(of, [{1: 1000, 2: 1900}] * 6) + measured(control, [{1: 1000, 2: two}] * 6)
        (found,) = judged([of, control], invocations, asked=scenario(claims=(claim,))).claims
        assert found.verdict == "refuted"
        assert ("Meanwhile the machine was disturbed" in found.why) is told

    def test_many_runs_are_told_in_few_words(self):
        groups = [group(threads=(1,), padding=p) for p in range(5)]
        quiet, few = measured(groups[0], [1000] * 9), [i for of in groups[1:] for i in measured(of, [1000] * 2)]
        (warning,) = judged(groups, quiet + few).warnings
        assert warning.startswith("3.13t, padding 1; 3.13t, padding 2 and 2 more: fewer than 6 invocations")


class TestWidths:
    def test_is_the_widest_of_times_and_ratios(self):
        wide = [1000, 1100, 1000, 1100, 1000, 1100]
        steady = widths(scenario(), [group()], measured(group(), [{1: t, 2: t} for t in wide]))
        found = stats.relative_half_width(stats.positive_interval(wide, 0.95))
        assert steady == {group().id: pytest.approx(found)}
        crossed = widths(scenario(), [group()], measured(group(), [{1: t, 2: 2100 - t} for t in wide]))
        ratios = stats.positive_interval([t / (2100 - t) for t in wide], 0.95)
        assert crossed == {group().id: pytest.approx(stats.relative_half_width(ratios))}

    def test_equal_invocations_have_no_width(self):
        assert widths(scenario(), [group()], measured(group(), [1000] * 3)) == {group().id: 0}

    @pytest.mark.parametrize("rounds", [[], [1], [0, 1]])
    def test_is_infinite_below_two_counted_invocations(self, rounds):
        made = measured(group(), [1000] * len(rounds), rounds=rounds) if rounds else []
        assert widths(scenario(), [group()], made) == {group().id: math.inf}

    def test_a_ratio_to_the_baseline_counts_for_both_groups(self):
        steady, wild = group("3.13", (1,)), group("3.13t", (1,))
        made = measured(steady, [1000] * 6) + measured(wild, [1000, 1500] * 3)
        apart = widths(scenario(), [steady, wild], made)
        assert apart[steady.id] == 0
        together = widths(scenario(baseline=(("interpreter", "3.13"),)), [steady, wild], made)
        assert together[steady.id] == together[wild.id] == pytest.approx(apart[wild.id])
        assert apart[wild.id] > 0.1

    def test_a_run_that_never_worked_keeps_its_baseline_not_waiting(self):
        good, bad = group("3.13", (1,)), group("3.13t", (1,))
        found = widths(scenario(baseline=(("interpreter", "3.13"),)), [good, bad], measured(good, [1000] * 6))
        assert found == {good.id: 0, bad.id: math.inf}

    def test_agrees_with_the_intervals_of_the_results(self):
        times = [{1: 1000 + 7 * n, 2: 1300 - 11 * n} for n in range(8)]
        made = measured(group(), times)
        two = only(judged([group()], made), 2)
        estimates = [metric(two, "time"), two.speedup.ratio, metric(only(judged([group()], made), 1), "time")]
        expected = max(map(stats.relative_half_width, estimates))
        assert widths(scenario(), [group()], made)[group().id] == pytest.approx(expected)
