"""The scorecard: its means against scipy and closed forms, what it compares, and the sentences made of it."""

import csv
import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as scipy_stats

from engine import report, stats
from engine.analysis import analyse
from engine.model import Claim, ClaimResult, Group, Header, Host, Interpreter, Journal, Kernel, Plan, Run, Selector
from engine.report.layout import WIDTH
from engine.report.sentences import explanation, sentences
from tests.test_analysis import KERNEL, MEASURE, measured, scenario

BUILDS = {
    "3.12": Interpreter(spec="3.12", executable="a", version="3.12.1", compiler="GCC 12"),
    "3.13": Interpreter(spec="3.13", executable="b", version="3.13.5", compiler="GCC 12"),
    "3.13t": Interpreter(
        spec="3.13t", executable="c", version="3.13.5", free_threaded=True, gil_option=True, compiler="GCC 12"
    ),
    "3.14": Interpreter(spec="3.14", executable="d", version="3.14.0", compiler="GCC 12"),
    "3.14t": Interpreter(
        spec="3.14t", executable="e", version="3.14.0", free_threaded=True, gil_option=True, compiler="GCC 12"
    ),
}
MS = 1_000_000
ON_313 = (("interpreter", "3.13"),)


def group(
    spec, name="s", *, threads=(1, 2), gil="default", affinity="none", kernel="k", interval="default", **parameters
):
    """The runs of one build and pattern in a scenario of this name."""
    runs = tuple(
        Run(
            id=f"{name} {kernel} {spec} {count} {gil} {affinity} {interval} {parameters}",
            scenario=name,
            kernel=kernel,
            interpreter=spec,
            threads=count,
            affinity=affinity,
            gil=gil,
            switch_interval=interval,
            parameters=tuple(sorted(parameters.items())),
        )
        for count in threads
    )
    return Group(id=f"group of {runs[0].id}", scenario=name, runs=runs, control=kernel == "control")


def results(*columns, baseline=ON_313, cpus=(0, 1), measure=MEASURE, **scenarios):
    """Results of groups and their times in milliseconds: one for each round, a number or by threads.

    A time t at T threads is one of T times the work: with t the same for all thread counts the speedup is T.
    """
    groups, invocations = [], []
    for of, times, *how in columns:
        in_ns = [{k: v * MS for k, v in time.items()} if isinstance(time, dict) else time * MS for time in times]
        gil = not BUILDS[of.runs[0].interpreter].free_threaded or of.runs[0].gil == "on"
        groups.append(of)
        invocations += [dataclasses.replace(one, gil=(gil,) * 3) for one in measured(of, in_ns, **dict(*how))]
    names = dict.fromkeys(of.scenario for of in groups)
    used = {of.runs[0].interpreter for of in groups}
    asked = tuple(
        scenario(**{"name": name, "baseline": baseline, "measure": measure, **scenarios.get(name, {})})
        for name in names
    )
    plan = Plan(
        seed=1,
        cpus=cpus,
        scenarios=asked,
        interpreters=tuple(one for spec, one in BUILDS.items() if spec in used),
        kernels=(KERNEL, Kernel(name="control", path="", title="", manual="")),
        missing=(),
        groups=tuple(groups),
        skips=(),
    )
    header = Header(format=1, version="0", started="", command="", host=Host(), plan=plan)
    return analyse(Journal(header=header, invocations=tuple(invocations), finished=True))


def card(*columns, **how):
    return results(*columns, **how).scorecard


def names(build):
    return build.interpreter, build.gil


def bounds(estimate):
    return estimate.low, estimate.value, estimate.high


def told(found):
    return sentences(found.scorecard, found.interpreters)


def text(found):
    return report.render("text", found, None)


def flat(shown):
    return " ".join(shown.split())


def members(logs, strata=None):
    """Members from a row of logarithms each, by round."""
    strata = strata or ["s"] * len(logs)
    return [
        stats.Member(
            value=math.exp(np.mean(row)), stratum=stratum, errors=dict(enumerate(stats.error_shares(row).tolist()))
        )
        for row, stratum in zip(logs, strata, strict=True)
    ]


def noise(*shape, seed=1, scale=0.1):
    return np.random.default_rng(seed).normal(scale=scale, size=shape)


class TestGeometricMean:
    def test_is_scipys_with_the_same_weights(self):
        values, strata = [1.2, 0.7, 3.0, 2.5], ["a", "a", "a", "b"]
        pairs = zip(values, strata, strict=True)
        found = stats.geometric_mean([stats.Member(value=v, stratum=s, errors={}) for v, s in pairs], 0.9)
        assert found.value == pytest.approx(scipy_stats.gmean(values, weights=[1 / 6, 1 / 6, 1 / 6, 1 / 2]))
        assert (found.count, found.confidence) == (4, 0.9)

    def test_strata_weigh_the_same_and_members_of_one_too(self):
        assert stats.equal_weights(["a", "b", "a", "a"]) == pytest.approx([1 / 6, 1 / 2, 1 / 6, 1 / 6])
        assert stats.equal_weights([]) == []

    def test_members_measured_at_the_same_moments_are_students_interval_of_the_moments_means(self):
        logs = noise(5, 8)
        found = stats.geometric_mean(members(logs), 0.95)
        expected = scipy_stats.ttest_1samp(logs.mean(axis=0), 0).confidence_interval(0.95)
        assert (math.log(found.low), math.log(found.high)) == pytest.approx((expected.low, expected.high))

    def test_strata_are_independent_of_each_other_as_in_welchs_interval(self):
        one, other = noise(6), noise(9, seed=2, scale=0.3)
        found = stats.geometric_mean(members([one, other], ["a", "b"]), 0.9)
        expected = scipy_stats.ttest_ind(one, -other, equal_var=False).confidence_interval(0.9)
        assert (math.log(found.low), math.log(found.high)) == pytest.approx((expected.low / 2, expected.high / 2))

    def test_the_squares_of_the_shares_are_the_variance_of_the_mean(self):
        values = noise(7)
        assert math.fsum(stats.error_shares(values) ** 2) == pytest.approx(scipy_stats.sem(values) ** 2)
        assert math.fsum(stats.error_shares(values)) == pytest.approx(0)

    def test_is_the_mirror_of_the_mean_of_the_inverses_and_scales(self):
        # The reason to take the geometric mean: which build is called the base makes no difference (Fleming, Wallace).
        logs = noise(4, 6) + 0.5
        found, mirrored = stats.geometric_mean(members(logs), 0.95), stats.geometric_mean(members(-logs), 0.95)
        assert bounds(found) == pytest.approx((1 / mirrored.high, 1 / mirrored.value, 1 / mirrored.low))
        doubled = stats.geometric_mean(members(logs + math.log(2)), 0.95)
        assert bounds(doubled) == pytest.approx([2 * bound for bound in bounds(found)])

    def test_without_noise_has_no_width(self):
        found = stats.geometric_mean(members([[0.7] * 5, [0.1] * 3], ["a", "b"]), 0.95)
        assert found.low == found.value == found.high == pytest.approx(math.exp(0.4))

    def test_a_member_that_does_not_know_its_error_leaves_the_bounds_open(self):
        unsure = stats.Member(value=2.0, stratum="s", errors={})
        found = stats.geometric_mean([*members([[0.1, 0.2]]), unsure], 0.95)
        assert found.value == pytest.approx(math.sqrt(2 * math.exp(0.15)))
        assert math.isnan(found.low)
        assert math.isnan(found.high)

    @pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
    def test_refuses_what_is_no_ratio(self, value):
        with pytest.raises(ValueError, match="expected"):
            stats.geometric_mean([stats.Member(value=value, stratum="s", errors={})], 0.95)

    def test_refuses_none_and_no_confidence(self):
        with pytest.raises(ValueError, match="expected a list"):
            stats.geometric_mean([], 0.95)
        with pytest.raises(ValueError, match="confidence"):
            stats.geometric_mean(members([[0.1, 0.2]]), 95)

    @pytest.mark.parametrize(("values", "message"), [([1.0], "two values"), ([1.0, math.nan], "finite"), ([], "list")])
    def test_an_error_needs_two_finite_values(self, values, message):
        with pytest.raises(ValueError, match=message):
            stats.error_shares(values)

    @pytest.mark.parametrize("rounds", [(8,) * 6, (8, 5, 8, 5, 8, 5)], ids=["complete", "some stopped earlier"])
    def test_covers_where_a_round_disturbs_all_members_and_independent_errors_would_not(self, rounds):
        # 30 % of the variance is of the round; the truth is 0. Errors taken for independent cover 82 %.
        generator, trials, covered, naive = np.random.default_rng(3), 1500, 0, 0
        for _ in range(trials):
            common = math.sqrt(0.3) * generator.standard_normal(8)
            logs = [0.05 * (common + math.sqrt(0.7) * generator.standard_normal(8))[:count] for count in rounds]
            found = stats.geometric_mean(members(logs), 0.95)
            covered += found.low <= 1 <= found.high
            apart = [
                dataclasses.replace(one, errors={(number, key): share for key, share in one.errors.items()})
                for number, one in enumerate(members(logs))
            ]
            alone = stats.geometric_mean(apart, 0.95)
            naive += alone.low <= 1 <= alone.high
        assert 0.93 <= covered / trials <= 0.97
        assert naive / trials < 0.90


class TestQuantiles:
    SHARES = (0, 0.1, 0.25, 0.5, 0.75, 1)

    def test_of_equal_weights_are_numpys(self):
        values = noise(11)
        expected = np.quantile(values, self.SHARES, method="inverted_cdf")
        assert stats.quantiles(values, [3.0] * 11, self.SHARES) == pytest.approx(list(expected))

    def test_a_weight_counts_like_so_many_equal_values(self):
        values, times = [4.0, 1.0, 3.0, 2.0], [1, 5, 2, 3]
        expected = np.quantile(np.repeat(values, times), self.SHARES, method="inverted_cdf")
        assert stats.quantiles(values, times, self.SHARES) == list(expected)

    def test_of_one_value_are_that(self):
        assert stats.quantiles([7.0], [0.1], (0.25, 0.5, 0.75)) == [7.0] * 3

    @pytest.mark.parametrize(
        ("values", "weights", "shares", "message"),
        [
            ([], [], (0.5,), "list"),
            ([1.0, math.nan], [1, 1], (0.5,), "finite"),
            ([1.0, 2.0], [1, 0], (0.5,), "above zero"),
            ([1.0, 2.0], [1], (0.5,), "a weight for each value, found 2 and 1"),
            ([1.0], [1], (1.5,), "between 0 and 1"),
        ],
    )
    def test_refuses(self, values, weights, shares, message):
        with pytest.raises(ValueError, match=message):
            stats.quantiles(values, weights, shares)


class TestCost:
    def test_is_the_ratio_of_times_in_each_round_whatever_the_machine_does_meanwhile(self):
        drift = [1, 2, 3, 5, 8, 13]
        found = card((group("3.13"), drift), (group("3.13t"), [1.5 * one for one in drift]))
        (cost,) = found.costs
        assert (names(cost.build), names(cost.base)) == (("3.13t", False), ("3.13", True))
        assert bounds(cost.summary.mean) == pytest.approx((1.5, 1.5, 1.5))
        assert names(found.base) == ("3.13", True)

    def test_a_scenario_with_many_patterns_weighs_no_more_than_one_with_a_single_one(self):
        columns = [
            (group(spec, "many", n=n), [time] * 6) for n in range(4) for spec, time in (("3.13", 1), ("3.13t", 2))
        ]
        columns += [(group("3.13", "single"), [1] * 6), (group("3.13t", "single"), [8] * 6)]
        summary = card(*columns).costs[0].summary
        assert summary.mean.value == pytest.approx(4)  # sqrt(2 * 8); alike by pattern it were 2.64
        assert (summary.mean.count, summary.scenarios, summary.left_out) == (5, 2, 0)
        assert summary.quartiles == pytest.approx((2, 2, 8))
        assert (summary.lowest.scenario, summary.highest.scenario) == ("many", "single")

    def test_patterns_stand_from_the_cheapest_to_the_dearest_under_what_sets_them_apart(self):
        columns = [(group("3.13", n=n), [1] * 6) for n in (1, 2, 3)]
        columns += [(group("3.13t", n=n), [time] * 6) for n, time in ((1, 2), (2, 0.5), (3, 1))]
        patterns = card(*columns).costs[0].summary.patterns
        assert [one.label for one in patterns] == ["n 2", "n 3", "n 1"]
        assert [one.comparison.direction for one in patterns] == ["faster", "same", "slower"]
        assert {one.comparison.family for one in patterns} == {3}

    def test_directions_are_corrected_over_all_scenarios(self):
        times = [1.012, 1.08, 1.02, 1.1, 1.03, 1.05, 1.015]  # all beyond the margin: p = 2 / 2^7, not below 0.05 / 10

        def directions(*names):
            columns = [(group(*of), found) for name in names for of, found in self.pair(name, times)]
            summary = card(*columns).costs[0].summary
            return {one.comparison.direction for one in summary.patterns}

        assert directions("a") == {"slower"}
        assert directions(*"abcdefghij") == {"inconclusive"}

    def pair(self, name, times):
        return (("3.13", name), [1] * len(times)), (("3.13t", name), times)

    def test_the_mean_of_one_pattern_is_its_own_interval(self):
        times = [1.0, 1.1, 1.3, 1.2, 1.05, 1.4, 1.15]
        found = results((group("3.13"), [1] * 7), (group("3.13t"), times))
        ratio = next(one.against.ratio for one in found.scenarios[0].runs if one.against and one.run.threads == 1)
        (cost,) = found.scorecard.costs
        assert bounds(cost.summary.mean) == bounds(ratio)
        assert cost.summary.mean.count == 1

    def test_only_like_is_held_against_like(self):
        base = (group("3.13", n=1), [1] * 6)
        for other in (
            group("3.13t", n=2),
            group("3.13t", n=1.0),
            group("3.13t", n=1, affinity="spread"),
            group("3.13t", n=1, interval="1ms"),
            group("3.13t", "another", n=1),
            group("3.13t", threads=(2,), n=1),
        ):
            assert card(base, (other, [2] * 6)).costs == ()

    def test_the_base_is_the_interpreter_that_most_scenarios_name(self):
        columns = [(group(spec, name), [1] * 6) for name in "abc" for spec in ("3.12", "3.13", "3.13t")]
        named = {"c": {"baseline": (("interpreter", "3.12"),)}}
        assert names(card(*columns, **named).base) == ("3.13", True)
        named["b"] = named["c"]
        found = card(*columns, **named)
        assert names(found.base) == ("3.12", True)
        pairs = [(names(one.build), names(one.base)) for one in found.costs]
        assert pairs == [
            (("3.13", True), ("3.12", True)),
            (("3.13t", False), ("3.12", True)),
            (("3.13t", False), ("3.13", True)),  # and against the default build of its own version
        ]

    def test_without_a_named_baseline_a_build_is_held_against_the_default_one_of_its_version(self):
        columns = [(group(spec), [time] * 6) for spec, time in (("3.13", 1), ("3.14", 3), ("3.13t", 2), ("3.14t", 4.5))]
        found = card(*columns, baseline=(("n", 1),))
        assert found.base is None
        values = [(one.build.interpreter, one.base.interpreter, one.summary.mean.value) for one in found.costs]
        assert values == [("3.13t", "3.13", pytest.approx(2)), ("3.14t", "3.14", pytest.approx(1.5))]

    def test_a_build_without_any_is_held_against_itself_with_its_gil_on(self):
        found = card((group("3.13t"), [3] * 6), (group("3.13t", gil="on"), [2] * 6))
        assert [(names(one.build), names(one.base)) for one in found.costs] == [(("3.13t", False), ("3.13t", True))]
        assert found.costs[0].summary.mean.value == pytest.approx(1.5)

    def test_free_threaded_builds_are_compared_in_the_same_state_of_the_gil_only(self):
        columns = [(group("3.13t"), [1] * 6), (group("3.14t"), [2] * 6), (group("3.14t", gil="on"), [3] * 6)]
        found = card(*columns, baseline=(("interpreter", "3.13t"),))
        assert names(found.base) == ("3.13t", False)
        assert [(names(one.build), names(one.base)) for one in found.costs] == [(("3.14t", False), ("3.13t", False))]

    def test_nothing_comparable_has_no_cost(self):
        found = card((group("3.12"), [1] * 6), (group("3.13"), [2] * 6), baseline=())
        assert (found.base, found.costs, found.gains) == (None, (), ())
        assert len(found.speedups) == 2

    def test_a_state_of_the_gil_reached_by_two_settings_counts_once(self):
        columns = [(group("3.13"), [1] * 6), (group("3.13t"), [2] * 6), (group("3.13t", gil="off"), [4] * 6)]
        (cost,) = card(*columns).costs
        assert (cost.summary.mean.value, cost.summary.mean.count) == (pytest.approx(2), 1)

    def test_patterns_of_one_invocation_are_left_out_and_counted(self):
        columns = [(group("3.13", n=1), [1] * 6), (group("3.13t", n=1), [2] * 6)]
        columns += [(group("3.13", n=2), [1]), (group("3.13t", n=2), [8])]
        summary = card(*columns).costs[0].summary
        assert (summary.mean.value, summary.left_out, len(summary.patterns)) == (pytest.approx(2), 1, 1)
        alone = card(*columns[2:]).costs[0].summary
        assert (alone.mean.value, alone.left_out) == (pytest.approx(8), 0)
        assert math.isnan(alone.mean.low)

    def test_rounds_that_never_met_are_compared_unpaired(self):
        late = {"rounds": range(11, 17)}
        columns = [(group("3.13", n=n), [1, 1.1, 1.05, 1.02, 1.08, 1.03]) for n in (1, 2)]
        columns += [(group("3.13t", n=n), [2, 2.2, 2.1, 2.04, 2.16, 2.06], late) for n in (1, 2)]
        summary = card(*columns).costs[0].summary
        assert not summary.patterns[0].comparison.paired
        assert summary.mean.value == pytest.approx(2)
        assert summary.mean.low < 2 < summary.mean.high


class TestSpeedup:
    def classes(self, *speedups, noise=(1, 1, 1, 1, 1, 1)):
        columns = [
            (group("3.13t", n=number), [{1: 1, 2: 2 / speedup * factor} for factor in noise])
            for number, speedup in enumerate(speedups)
        ]
        (found,) = card(*columns).speedups
        return found

    def test_is_counted_by_how_far_it_scales(self):
        found = self.classes(1.9, 1.6001, 1.3, 1.005, 0.97, 0.3)
        assert (found.threads, found.scaling, found.some, found.none) == (2, 2, 1, 3)
        assert [one.label for one in found.slower] == ["n 5", "n 4"]
        assert found.summary.mean.value == pytest.approx(scipy_stats.gmean([1.9, 1.6001, 1.3, 1.005, 0.97, 0.3]))

    def test_what_is_not_known_well_enough_is_none_of_these(self):
        found = self.classes(1.6, 1.0, noise=(0.7, 0.9, 1, 1, 1.2, 1.5))
        assert (found.scaling, found.some, found.none, found.slower) == (0, 0, 0, ())

    def test_best_and_worst_are_those_that_surely_are(self):
        columns = [
            (group("3.13t", n=n), [{1: 1, 2: 2 / speedup * factor} for factor in factors])
            for n, speedup, factors in (
                (1, 1.9, [1] * 6),
                (2, 1.95, [0.6, 0.8, 1, 1, 1.3, 1.6]),
                (3, 0.5, [1] * 6),
                (4, 0.4, [0.2, 0.6, 1, 1, 1.6, 5]),
            )
        ]
        summary = card(*columns).speedups[0].summary
        assert [one.label for one in (summary.lowest, summary.highest)] == ["n 3", "n 1"]
        assert [one.label for one in summary.patterns] == ["n 4", "n 3", "n 1", "n 2"]

    def test_only_threads_that_had_a_cpu_each_count(self):
        found = card((group("3.13t", threads=(1, 2, 4, 8)), [1] * 6), cpus=(0, 1, 2, 3))
        assert [(one.threads, one.summary.mean.value) for one in found.speedups] == [
            (2, pytest.approx(2)),
            (4, pytest.approx(4)),
        ]

    def test_gain_is_the_work_of_many_threads_against_the_others_one(self):
        base = {1: 1.0, 2: 2.0}
        ours = {1: 1.5, 2: 1.6}  # two threads do 2 / 1.6 of what one of the base does
        found = card((group("3.13"), [base] * 6), (group("3.13t"), [ours] * 6))
        (gain,) = found.gains
        assert (names(gain.build), names(gain.base), gain.threads) == (("3.13t", False), ("3.13", True), 2)
        assert bounds(gain.summary.mean) == pytest.approx((1.25, 1.25, 1.25))
        cost, speedup = found.costs[0].summary.mean.value, found.speedups[1].summary.mean.value
        assert gain.summary.mean.value == pytest.approx(speedup / cost)


class TestMachine:
    def control(self, name, *speedups):
        return group("3.13", name, kernel="control"), [{1: 1, 2: 2 / one} for one in speedups]

    def test_says_what_it_could_give_and_how_often_it_did_not(self):
        found = results(
            *((group("3.13t", name), [1] * 6) for name in "ab"),
            self.control("a", *[2.0] * 6),
            self.control("b", *[2.0] * 3, *[1.0] * 3),
        )
        (machine,) = found.scorecard.machine
        assert (machine.threads, machine.summary.scenarios, machine.doubtful) == (2, 2, 1)
        assert machine.disturbed == pytest.approx(0.25)
        assert [one.doubtful for one in found.scenarios] == [False, True]
        (sentence,) = [one for one in told(found) if one.startswith("The machine")]
        assert "In 25 % of the rounds it had not a CPU for each of them (disturbed in 1 of 2 scenarios)" in sentence

    def test_a_refuted_claim_of_a_disturbed_scenario_carries_the_remark(self):
        claim = Claim(
            text="It scales", quantity="throughput", ratio=True, of=Selector(), relation="above", bounds=(1.6,)
        )
        columns = [(group("3.13t", name), [{1: 1, 2: 2}] * 6) for name in "ab"]
        columns += [self.control("a", *[2.0] * 6), self.control("b", *[1.0] * 6)]
        found = results(*columns)
        judged = ClaimResult(claim=claim, verdict="refuted", why="")
        scenarios = tuple(dataclasses.replace(one, claims=(judged,)) for one in found.scenarios)
        shown = text(dataclasses.replace(found, scenarios=scenarios))
        assert "  - refuted: a: It scales\n" in shown
        assert "  - refuted: b: It scales (machine disturbed meanwhile: see the warnings of that scenario)\n" in shown


class TestSentences:
    TIMES = ((1.2, 1.25), (1.3, 1.5), (1.4, 2.0), (1.5, 4.0))  # one thread and two: speedups 1.92, 1.73, 1.4, 0.75

    def two_builds(self, **how):
        columns = []
        for n, (one, two) in enumerate(self.TIMES):
            columns.append((group("3.13", n=n), [{1: 1, 2: 2}] * 6))
            columns.append((group("3.13t", n=n), [{1: one, 2: two}] * 6))
        return results(*columns, **how)

    def test_of_two_builds_tell_cost_scaling_what_to_avoid_and_what_is_left(self):
        cost, speedup, slower, gain, with_gil, rests = told(self.two_builds())
        assert cost == (
            "3.13t (GIL off): one thread takes [1.35 1.35 1.35] times as long as one of 3.13, over 4 patterns, half of "
            "which lie between 1.20 and 1.40. Corrected for 4 comparisons, 0 are faster, 4 slower, 0 the same, 0 "
            "unclear. Best: [1.20 1.20 1.20] s, n 0. Worst: [1.50 1.50 1.50] s, n 3."
        )
        assert speedup == (
            "3.13t (GIL off): 2 threads do [1.37 1.37 1.37] times the work of its one thread, over 4 patterns, half of "
            "which lie between 0.750 and 1.73. 2 of 4 patterns scale (at least 1.6, 80 % of 2 threads), 1 gain less, 1 "
            "nothing, 0 cannot be told. Best: [1.92 1.92 1.92] s, n 0. Worst: [0.750 0.750 0.750] s, n 3."
        )
        assert slower == (
            "3.13t (GIL off): slower with 2 threads than with one, by the interval, is 1 of 4 patterns (corrected for "
            "4 comparisons: 1): [0.750 0.750 0.750] s, n 3."
        )
        assert gain == (
            "3.13t (GIL off): 2 threads do [1.02 1.02 1.02] times the work of one thread of 3.13, over 4 patterns, "
            "half of which lie between 0.500 and 1.33. More in 2 of them, less in 1, unclear in 1."
        )
        assert with_gil == (
            "Work of 2 threads with the GIL on, against one: 3.13 [1.00 1.00 1.00] (4 patterns). Best: [1.00 1.00 "
            "1.00] s, n 3."
        )
        assert rests == (
            "The builds compared were built alike (GCC 12, without PGO and LTO): 3.13 is 3.13.5, 3.13t is 3.13.5."
        )

    def test_the_figures_of_the_sentences_are_geometric_means(self):
        found = self.two_builds().scorecard
        ones, twos = zip(*self.TIMES, strict=True)
        assert found.costs[0].summary.mean.value == pytest.approx(scipy_stats.gmean(ones))
        assert found.gains[0].summary.mean.value == pytest.approx(2 / scipy_stats.gmean(twos))

    def test_of_one_build_and_scenario_is_one_short_sentence(self):
        assert told(results((group("3.13"), [{1: 1, 2: 2}] * 6), baseline=())) == [
            "3.13: 2 threads do [1.00 1.00 1.00] times the work of its one thread (s)."
        ]

    def test_of_one_build_and_one_thread_are_none(self):
        found = results((group("3.13t", threads=(1,)), [1] * 6))
        assert told(found) == []
        assert "Scorecard\n=========\n\nscenario" in text(found)
        assert explanation(found.scorecard) == ""

    def test_of_nothing_are_none(self):
        found = results((group("3.13"), []))
        assert (found.scorecard.costs, found.scorecard.speedups, told(found)) == ((), (), [])
        assert "No run gave numbers." in text(found)

    def test_builds_that_were_made_differently_are_told_apart(self, monkeypatch):
        other = dataclasses.replace(BUILDS["3.13"], optimized=True, lto=True, compiler="GCC 14")
        monkeypatch.setitem(BUILDS, "3.13", other)
        assert told(self.two_builds())[-1] == (
            "The builds compared were not built alike, and the ratios between them hold that too: 3.13 is 3.13.5 (GCC "
            "14, with PGO and LTO), 3.13t is 3.13.5 (GCC 12, without PGO and LTO)."
        )

    def test_a_build_that_specialises_nothing_is_named(self):
        found = self.two_builds()
        card = dataclasses.replace(found.scorecard, unspecialized=("3.13t",))
        assert "3.13t specialised no bytecode (PEP 659)" in sentences(card, found.interpreters)[-1]
        assert found.scorecard.unspecialized == ()

    @pytest.mark.parametrize(
        ("times", "said"),
        [
            ({1: 1.5, 2: 1.2, 4: 1.3}, "On average it is more from 2 threads on."),
            ({1: 1.5, 2: 2.5, 4: 2.0}, "On average it is more from 4 threads on."),
            ({1: 1.5, 2: 2.5, 4: 5.0}, "On average it is less with each of these."),
            ({1: 1.5, 2: 1.2, 4: 5.0}, "From how many on it is more on average cannot be told."),
        ],
    )
    def test_break_even_is_told_of_the_thread_counts_that_were_measured(self, times, said):
        columns = [(group("3.13", n=n), [1] * 6) for n in (1, 2)]
        columns += [(group("3.13t", threads=(1, 2, 4), n=n), [times] * 6) for n in (1, 2)]
        (sentence,) = [
            one for one in told(results(*columns, cpus=(0, 1, 2, 3))) if "times the work of one thread" in one
        ]
        assert sentence.endswith(said)
        assert sentence.startswith("3.13t (GIL off), times the work of one thread of 3.13: 2 threads [")

    def test_long_lists_name_the_surest_and_count_the_rest(self):
        columns = [(group("3.13t", n=n), [{1: 1, 2: 2.5 + n / 10}] * 6) for n in range(9)]
        (slower,) = [one for one in told(results(*columns)) if "slower with" in one]
        assert "are 9 of 9 patterns" in slower
        assert slower.endswith("s, n 4; and 4 more.")
        assert slower.index("s, n 8") < slower.index("s, n 7")

    def test_builds_with_a_gil_share_their_sentences(self):
        times = {"3.12": 2, "3.13": 1, "3.13t": 3, "3.14": 4}
        columns = [(group(spec, n=n), [time] * 6) for n in (1, 2) for spec, time in times.items()]
        columns += [(group("3.13t", gil="on", n=n), [2.5] * 6) for n in (1, 2)]
        said = told(results(*columns))
        (costs,) = [one for one in said if one.startswith("Time of one thread")]
        assert costs == (
            "Time of one thread, against one of 3.13: 3.12 [2.00 2.00 2.00] (2 patterns), 3.13t (GIL on) "
            "[2.50 2.50 2.50] (2 patterns), 3.14 [4.00 4.00 4.00] (2 patterns)."
        )
        assert sum(one.startswith("Work of 2 threads with the GIL on") for one in said) == 1
        assert len(said) <= 8

    def test_stand_first_in_the_report_and_keep_its_width(self):
        shown = text(self.two_builds())
        chapter = shown[shown.index("Scorecard\n") :]
        assert all(flat(one) in flat(chapter) for one in told(self.two_builds()))
        assert chapter.index("times as long as") < chapter.index("A pattern is") < chapter.index("scenario  python")
        assert max(map(len, chapter.splitlines())) <= WIDTH

    def test_claims_and_failures_beyond_twenty_are_counted(self):
        claim = Claim(text="It scales", quantity="time", ratio=True, of=Selector(), relation="above", bounds=(1.6,))
        judged = ClaimResult(claim=claim, verdict="refuted", why="")
        found = self.two_builds()
        scenarios = (dataclasses.replace(found.scenarios[0], claims=(judged,) * 23),)
        shown = text(dataclasses.replace(found, scenarios=scenarios))
        assert shown.count("  - refuted: s: It scales\n") == 20
        assert "  - and 3 more" in shown


class TestCsv:
    def rows(self, found):
        return list(csv.DictReader(io.StringIO(report.render("scorecard", found, None))))

    def test_has_every_mean_and_its_patterns(self):
        found = TestSentences().two_builds()
        rows = self.rows(found)
        assert [row["quantity"] for row in rows] == ["cost"] * 5 + ["speedup"] * 10 + ["gain"] * 5
        mean, *patterns = rows[:5]
        summary = found.scorecard.costs[0].summary
        assert [float(mean[name]) for name in ("low", "ratio", "high")] == list(bounds(summary.mean))
        assert (mean["scenario"], mean["patterns"], mean["verdict"]) == ("", "4", "")
        assert [float(row["ratio"]) for row in patterns] == pytest.approx([1.2, 1.3, 1.4, 1.5])
        assert tuple(patterns[0][name] for name in ("pattern", "verdict", "patterns")) == ("n 0", "slower", "")
        assert {(row["interpreter"], row["gil"], row["base_interpreter"]) for row in rows[:5]} == {
            ("3.13t", "off", "3.13")
        }

    def test_the_control_has_no_build(self):
        control = group("3.13", kernel="control"), [{1: 1, 2: 1}] * 6
        rows = self.rows(results((group("3.13"), [1] * 6), control))
        assert [(row["quantity"], row["interpreter"], row["threads"]) for row in rows][-1] == ("control", "", "2")

    def test_every_column_is_documented(self):
        header = next(csv.reader(io.StringIO(report.render("scorecard", TestSentences().two_builds(), None))))
        documented = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")
        documented = documented[documented.index("### `scorecard.csv`") :]
        assert [column for column in header if f"| `{column}` |" not in documented] == []
