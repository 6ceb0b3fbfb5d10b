"""Simulated measurements with a known truth: the noise, the candidates, and what the engine's own methods promise."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from engine import calibration, stats
from engine.calibration import candidates, drift, family, intervals, location, noise, ratios, stopping
from engine.calibration.finding import Finding
from engine.cli import DONE, USAGE, outcome
from engine.report.calibration import calibration_text
from engine.runner import SPARE
from engine.stats.shift import differences
from tests.test_stats_comparison import EARLY, TERM

SMALL = 50_000
"""Invocations to find a true value from, where speed matters more."""


def seeded(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def figures(findings: tuple[Finding, ...], method: str, **case: str) -> dict[str, float]:
    (found,) = [one for one in findings if one.method == method and case.items() <= dict(one.case).items()]
    return dict(found.figures)


class TestNoise:
    @pytest.mark.parametrize("name", ["normal", "log-normal", "skewed", "heavy-tailed"])
    @pytest.mark.parametrize("correlation", noise.CORRELATIONS)
    def test_has_the_scatter_and_the_intra_class_correlation_asked_for(self, name, correlation):
        shape = noise.SHAPES[name]
        times = noise.log_times(shape, correlation, seeded(), (1, 200_000, 5))[0]
        slack = 0.3 if name == "heavy-tailed" else 0.02  # its variance is hardly finite
        assert times.std() == pytest.approx(shape.scatter, rel=slack)
        # One-way analysis of variance (Fisher 1925): the share of the variance that lies between invocations.
        within = times.var(axis=1, ddof=1).mean()
        between = times.mean(axis=1).var(ddof=1) - within / 5
        assert between / (between + within) == pytest.approx(correlation, abs=slack)

    def test_autocorrelated_iterations_remember_the_one_before(self):
        times = noise.log_times(noise.SHAPES["autocorrelated"], 0.0, seeded(), (1, 100_000, 5))[0]
        assert np.corrcoef(times[:, 2], times[:, 3])[0, 1] == pytest.approx(0.5, abs=0.02)
        assert np.corrcoef(times[:, 1], times[:, 3])[0, 1] == pytest.approx(0.25, abs=0.02)

    @pytest.mark.parametrize("correlation", noise.CORRELATIONS)
    def test_bimodal_iterations_are_slow_as_often_and_as_much_together_as_asked_for(self, correlation):
        quiet = dataclasses.replace(noise.SHAPES["bimodal"], scatter=0.0)
        times = noise.log_times(quiet, correlation, seeded(), (1, 200_000, 5))[0]
        assert set(np.unique(times)) == {0.0, math.log(1.5)}
        assert (times > 0).mean() == pytest.approx(0.2, abs=0.005)
        assert np.corrcoef(times[:, 0], times[:, 4])[0, 1] == pytest.approx(correlation, abs=0.01)

    def test_pseudo_median_of_a_symmetric_population_is_its_center(self):
        assert noise.pseudo_median(3 + seeded().standard_normal(1_000_000)) == pytest.approx(3, abs=0.005)


class TestCandidates:
    def test_ours_is_the_engines(self):
        times = noise.log_times(noise.SHAPES["skewed"], 0.3, seeded(), (20, 12, 5))
        low, high = candidates.CANDIDATES[candidates.OURS].interval(times, seeded())
        for sample, bottom, top in zip(times, low, high, strict=True):
            found = stats.positive_interval(stats.LOCATION(np.exp(sample)), 0.95)
            assert (bottom, top) == pytest.approx((math.log(found.low), math.log(found.high)), abs=1e-9)

    def test_our_ratio_is_the_engines(self):
        above, below = seeded().standard_normal((10, 7)), seeded(2).standard_normal((10, 12))
        low, high = candidates.RATIO_CANDIDATES[candidates.OUR_RATIO].interval(above, below, seeded())
        for one, other, bottom, top in zip(above, below, low, high, strict=True):
            found = stats.unpaired_ratio(np.exp(one), np.exp(other), 0.95)
            assert (bottom, top) == pytest.approx((math.log(found.low), math.log(found.high)), abs=1e-9)

    def test_student_is_scipys(self):
        values = seeded().standard_normal((3, 8))
        low, high = candidates.student(values)
        found = scipy_stats.ttest_1samp(values, 0, axis=1).confidence_interval(0.95)
        assert np.array([low, high]) == pytest.approx(np.array([found.low, found.high]))

    @pytest.mark.parametrize(("count", "ranks"), [(5, (1, 5)), (10, (2, 9)), (20, (6, 15)), (30, (10, 21))])
    def test_order_statistics_are_the_published_ranks(self, count, ranks):
        # Hollander, Wolfe and Chicken 2014, 3.6, by the binomial distribution; of five values only the range is left.
        low, high = candidates.order_statistics(np.arange(1.0, count + 1))
        assert (low, high) == ranks

    def test_mann_whitney_is_the_published_example(self):
        low, high = candidates.mann_whitney(np.array(TERM), np.array(EARLY))
        assert (low, high) == pytest.approx((-0.15, 0.76))

    @pytest.mark.parametrize(("count", "other"), [(5, 30), (12, 12), (30, 20)])
    def test_mann_whitney_holds_exactly_the_shifts_that_scipys_test_accepts(self, count, other):
        above, below = seeded(2).standard_normal(count), 3 * seeded(3).standard_normal(other)
        low, high = candidates.mann_whitney(above, below)
        for bound, inwards in ((low, 1e-9), (high, -1e-9)):
            for shift, accepted in ((bound + inwards, True), (bound - inwards, False)):
                p = scipy_stats.mannwhitneyu(above - shift, below, method="exact").pvalue
                assert (p > 0.05) == accepted

    def test_two_level_bootstrap_is_as_wide_as_the_variance_of_both_levels(self):
        # Var of a resampled mean of means: between / n as seen, plus within / (5 n), which it counts a second time.
        times = noise.log_times(noise.SHAPES["normal"], 0.6, seeded(), (40, 30, 5))
        low, high = candidates.two_level(times, seeded())
        seen = times.mean(axis=2).var(axis=1) / 30 + times.var(axis=2).mean(axis=1) / 150
        assert (high - low).mean() == pytest.approx(2 * 1.96 * np.sqrt(seen).mean(), rel=0.03)


class TestIntervals:
    def test_closed_forms(self):
        found = intervals.experiment(
            4000,
            seeded(),
            noises=("normal",),
            methods=("pooled t", "Student t", "median, order statistics"),
            population=1_000_000,
        )
        error = 4 * math.sqrt(0.05 * 0.95 / 4000)
        for correlation in ("0", "0.3", "0.6"):
            case = {"correlation": correlation, "invocations": "30"}
            assert figures(found, "Student t", **case)["coverage"] == pytest.approx(0.95, abs=error)
            # Pooling takes 5 iterations for 5 independent ones: its error is too small by the root of the design
            # effect 1 + 4 ICC (Kish 1965).
            reach = 1.96 / math.sqrt(1 + 4 * float(correlation))
            expected = 2 * scipy_stats.norm.cdf(reach) - 1
            assert figures(found, "pooled t", **case)["coverage"] == pytest.approx(expected, abs=0.03)
        exact = 1 - 2 * scipy_stats.binom.cdf(1, 10, 0.5)
        for correlation in ("0", "0.6"):
            case = {"correlation": correlation, "invocations": "10"}
            assert figures(found, "median, order statistics", **case)["coverage"] == pytest.approx(exact, abs=error)

    def test_every_candidate_gives_sane_figures(self):
        found = intervals.experiment(64, seeded(), noises=("bimodal",), population=SMALL)
        assert len(found) == 3 * 4 * len(candidates.CANDIDATES)
        assert all(0 <= one.figures["coverage"] <= 1 and 0 < one.figures["half_width"] < 1 for one in found)

    @pytest.mark.slow
    def test_ours_holds_the_truth_in_93_to_97_percent_in_every_noise_and_pooling_does_not(self):
        found = intervals.experiment(10_000, seeded(3), methods=("pooled t", candidates.OURS))
        shares = {one.case: one.figures["coverage"] for one in found if one.method == candidates.OURS}
        assert len(shares) == 6 * 3 * 4
        for case, share in shares.items():
            highest = 0.975 if ("invocations", "5") in case else 0.97  # with so few it promises at least its level
            assert 0.93 <= share <= highest, case
        pooled = [one for one in found if one.method == "pooled t" and ("correlation", "0.6") in one.case]
        assert all(one.figures["coverage"] < 0.75 for one in pooled)


class TestStopping:
    def test_the_engines_rule_is_the_runners(self):
        # As `runner` does it: after each invocation from the tenth on, by the width without the last two.
        shape = dataclasses.replace(noise.SHAPES["normal"], scatter=0.06)
        values = noise.located(shape, 0.0, seeded(), (40, 40))
        low, high = stopping._checks(values, lambda some: candidates.bounds(some, 0.95))
        spent = stopping._stop(low, high, stopping.RULES[stopping.ENGINE], stopping.Tally(), 0.0)
        expected = 0
        for sample in np.exp(values):
            widths = (
                stats.relative_half_width(stats.positive_interval(sample[: count - SPARE], 0.95))
                for count in range(10, 41)
            )
            expected += next((count for count, width in enumerate(widths, 10) if width <= 0.02), 40)
        assert 40 * 10 < spent < 40 * 40
        assert spent == expected

    @pytest.mark.parametrize(
        ("rule", "stops"),
        [
            (stopping.AT_ONCE, 11),
            ("checks at 10, 14, 20, 28, 40", 14),
            ("twice in a row", 14),
            ("one more", 12),
            ("two more", 13),
            ("without the last one", 10),
            (stopping.ENGINE, 11),
            ("never (40)", 40),
        ],
    )
    def test_rules(self, rule, stops):
        narrow = np.zeros((33, 1), dtype=bool)
        narrow[[count - 8 for count in (9, 11, 13, 14)]] = True
        done = stopping.RULES[rule](narrow)
        done[-1] = True
        assert done.argmax() + 8 == stops

    def test_a_small_run_gives_sane_figures(self):
        found = stopping.experiment(50, seeded(), noises=("normal",), population=SMALL)
        for scatter in ("4%", "6%", "8%"):
            case = {"correlation": "0.3", "scatter": scatter}
            counts = [figures(found, rule, **case)["invocations"] for rule in (stopping.AT_ONCE, "two more")]
            assert 10 <= counts[0] < counts[1] <= 40
            assert counts[0] <= figures(found, stopping.ENGINE, **case)["invocations"] <= counts[1]
        assert figures(found, "never (40)", **case)["invocations"] == 40

    @pytest.mark.slow
    @pytest.mark.timeout(1200)
    def test_stopping_leaves_ours_in_the_band(self):
        found = stopping.experiment(20_000, seeded(3))
        chance = 2 * math.sqrt(0.93 * 0.07 / 20_000)  # the worst noise lies near the edge
        shares = {one.case: one.figures["coverage"] for one in found if one.method == stopping.ENGINE}
        assert len(shares) == 5 * 3 * 3
        assert {case: share for case, share in shares.items() if not 0.93 - chance <= share <= 0.97} == {}


class TestLocation:
    def test_one_sided_noise_biases_the_median_most_and_the_minimum_least(self):
        found = location.experiment(4000, seeded())
        case = {"disturbed": "as on a shared machine", "bursts": "0.2"}
        biases = [abs(figures(found, method, **case)["bias"]) for method in location.LOCATIONS]
        assert biases == sorted(biases, reverse=True)
        assert biases[0] > 0.1
        assert biases[-1] < 0.02

    def test_nothing_biases_where_both_are_disturbed_alike(self):
        found = location.experiment(4000, seeded())
        for method in location.LOCATIONS:
            for name in ("as often at both", "quiet"):
                some = [one for one in found if one.method == method and ("disturbed", name) in one.case]
                for one in some:
                    assert abs(one.figures["bias"]) < 5 * one.figures["scatter"] / math.sqrt(4000)


class TestRatios:
    def test_ours_holds_the_truth_where_the_rank_sum_test_does_not(self):
        found = ratios.experiment(2000, seeded(), cases=("normal, first x3",))
        case = {"invocations": "5/30"}
        assert figures(found, "median ratio, Mann-Whitney", **case)["coverage"] < 0.88
        assert 0.94 < figures(found, candidates.OUR_RATIO, **case)["coverage"] < 0.985

    @pytest.mark.slow
    def test_ours_never_holds_the_truth_in_less_than_93_percent(self):
        found = ratios.experiment(4000, seeded(3))
        ours = {one.case: one.figures["coverage"] for one in found if one.method == candidates.OUR_RATIO}
        assert len(ours) == len(ratios.CASES) * len(ratios.COUNTS)
        assert min(ours.values()) >= 0.93
        ten = [share for case, share in ours.items() if "5" not in dict(case)["invocations"].split("/")]
        assert max(ten) <= 0.98


class TestFamily:
    def test_a_small_run_gives_sane_figures(self):
        found = family.experiment(3 * family.FEWER, seeded(), noises=("normal",))
        assert len(found) == 2 * 2
        for one in found:
            assert one.figures["error"] <= one.figures["uncorrected"]
            assert one.figures["single"] <= one.figures["uncorrected"]
            assert 0 <= one.figures["power 5%"] <= one.figures["power 10%"] <= 1
        assert figures(found, "paired", margin="0%")["single"] == pytest.approx(0.05, abs=0.04)

    @pytest.mark.slow
    @pytest.mark.timeout(1200)
    def test_no_more_than_6_percent_of_the_families_are_wrong(self):
        found = family.experiment(200 * family.FEWER, seeded(3))
        chance = 3 * math.sqrt(0.05 * 0.95 / 200)
        for one in found:
            # Without a margin the bound is 5 % itself, and 200 families tell it only so well.
            assert one.figures["error"] <= (0.05 + chance if ("margin", "0%") in one.case else 0.06)
        assert all(one.figures["uncorrected"] > 0.9 for one in found if ("margin", "0%") in one.case)


class TestDrift:
    def test_pairs_do_not_see_a_drift_that_moves_blocks_by_as_much_as_it_must(self):
        found = drift.experiment(1000, seeded())
        case = {"drift": "10 % slower by the end", "true ratio": "1.00"}
        blocks, paired = (figures(found, method, **case) for method in (drift.BLOCKS, drift.PAIRED))
        # The middles of the two blocks lie 20 of 39 steps apart.
        assert blocks["bias"] == pytest.approx(1.1 ** (-20 / 39) - 1, abs=0.002)
        assert blocks["coverage"] < 0.1
        assert abs(paired["bias"]) < 0.002
        assert paired["coverage"] == pytest.approx(0.95, abs=0.025)

    @pytest.mark.parametrize("name", ["random walk, 2 % a step", "bursts x1.5"])
    @pytest.mark.parametrize("ratio", ["1.00", "1.05"])
    def test_pairs_err_less_than_blocks_and_hold_the_truth_more_often(self, name, ratio):
        found = drift.experiment(1000, seeded(2))
        case = {"drift": name, "true ratio": ratio}
        blocks, paired = (figures(found, method, **case) for method in (drift.BLOCKS, drift.PAIRED))
        assert paired["rmse"] < blocks["rmse"] / 4
        assert paired["coverage"] > 0.93 > blocks["coverage"]

    def test_without_drift_both_are_right(self):
        found = drift.experiment(1000, seeded())
        for method in (drift.PAIRED, drift.UNPAIRED, drift.BLOCKS):
            assert figures(found, method, drift="none", **{"true ratio": "1.05"})["coverage"] > 0.93

    def test_bursts_last_as_long_as_they_say(self):
        state = drift._bursts(seeded(), 500, 400)
        assert set(np.unique(state)) == {0.0, math.log(1.5)}
        assert (state > 0).mean() == pytest.approx(0.5, abs=0.03)
        for row in state:
            lasts = np.diff(np.flatnonzero(np.diff(row)))
            assert lasts.min() >= drift.SHORTEST
            assert lasts.max() <= drift.LONGEST


class TestRun:
    def test_the_same_seed_gives_the_same_figures_and_another_seed_others(self):
        assert calibration.run("drift", 50, 7) == calibration.run("drift", 50, 7)
        assert calibration.run("drift", 50, 7).findings != calibration.run("drift", 50, 8).findings

    def test_samples_beyond_one_block_are_all_counted(self):
        found = calibration.run("drift", 2003, 1)
        share = found.findings[0].figures["coverage"] * 2003
        assert share == pytest.approx(round(share))

    def test_command_prints_the_same_tables_again_and_says_how_long_it_took(self, capsys):
        asked = ["calibrate", "--experiment", "drift", "--experiment", "location", "--samples", "50"]
        assert outcome(asked) == DONE
        first = capsys.readouterr()
        assert first.out.index("The location of an invocation") < first.out.index("A machine that drifts")
        assert first.err.splitlines()[0].startswith("location: ")
        assert outcome([*asked, "--seed", "1"]) == DONE
        assert capsys.readouterr().out == first.out
        assert outcome([*asked, "--seed", "2"]) == DONE
        assert capsys.readouterr().out != first.out

    def test_command_knows_every_experiment(self, capsys):
        with pytest.raises(SystemExit):
            outcome(["calibrate", "--experiment", "none"])
        said = capsys.readouterr().err
        assert all(repr(name) in said or name in said for name in calibration.EXPERIMENTS)

    def test_command_refuses_what_makes_no_sense(self, capsys):
        assert outcome(["calibrate", "--samples", "0"]) == USAGE
        assert "fteng: --samples: expected" in capsys.readouterr().err
        with pytest.raises(SystemExit):
            outcome(["calibrate", "--seed", "-1"])
        assert "fteng calibrate: argument --seed: expected" in capsys.readouterr().err


class TestText:
    def outcome(self, **shares: float) -> calibration.Outcome:
        found = [
            Finding(
                case=(("noise", "normal"), ("correlation", "0"), ("invocations", count)),
                method=method,
                figures={"coverage": share, "half_width": 0.02 if method == candidates.OURS else 0.04},
            )
            for count in ("5", "10")
            for method, share in (("pooled t", shares["pooled"]), (candidates.OURS, shares["ours"]))
        ]
        return calibration.Outcome(experiment="intervals", samples=2000, seed=1, findings=tuple(found))

    def test_marks_what_is_outside_the_band(self):
        said = calibration_text(self.outcome(pooled=0.705, ours=0.95))
        assert "70.5*(4.0)" in said
        assert "95.0 (2.0)" in said
        assert "2,000 samples, seed 1." in said

    def test_counts_over_all_cases(self):
        lines = calibration_text(self.outcome(pooled=0.705, ours=0.93)).splitlines()
        assert " ".join(lines[-2].split()) == "pooled t 70.5 to 70.5, 0 of 1 70.5 to 70.5, 0 of 1 2.00"
        assert lines[-1].split()[-1] == "1.00"
        assert "1 of 1" in lines[-1]


def test_differences_are_all_of_them():
    assert list(differences(np.array([3.0, 1.0]), np.array([1.0, 0.0]))) == [0, 1, 2, 3]
