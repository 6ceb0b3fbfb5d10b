"""Variance components and optimal repetition counts, against published examples, closed forms and simulation."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from engine import stats

# Six targets, four judges: Shrout and Fleiss, Intraclass correlations, Psychological Bulletin 86, 1979, table 2; they
# print ICC(1,1) = .17. R's psych::ICC(sf): ICC1 0.17, 95 % -0.133 to 0.72.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# Strength of the cloth of four looms: Montgomery, Design and Analysis of Experiments, random effects: 1.90 within, 6.96
# between; the intra-class correlation from .39 to .98.
LOOMS = [[98, 97, 99, 96], [91, 90, 93, 92], [96, 95, 97, 95], [95, 96, 99, 98]]
# Insect damage of four wheat varieties, 3, 4, 4 and 2 plots: Milliken and Johnson, Analysis of Messy Data 1, 2nd ed.
# 2009, examples 19.2 and 20.1: n0 = 3.1795, F = 4.79 with 3 and 9 degrees of freedom.
WHEAT = [[3.90, 4.05, 4.25], [3.60, 4.20, 4.05, 3.85], [4.15, 4.60, 4.15, 4.40], [3.35, 3.80]]
# The worked example of two levels of Kalibera and Jones, Rigorous benchmarking in reasonable time, revised version:
# S1^2 = 12.7, S2^2 = 3.6, T1^2 = 12.7, T2^2 = 0.4.
KALIBERA_JONES = [[9, 5, 8, 3], [10, 6, 7, 11], [1, 12, 2, 4]]


def of_logs(rows, confidence=0.95):
    return stats.components([np.exp(np.asarray(row, dtype=float) / 10) for row in rows], confidence)


def variances(estimate):
    """Of numbers that `of_logs` made ten times smaller."""
    return tuple(100 * one**2 for one in (estimate.low, estimate.value, estimate.high))


def table(between, within, groups, size):
    """Invocations with exactly these mean squares."""
    means, inner = np.arange(groups) - (groups - 1) / 2, np.arange(size) - (size - 1) / 2
    means *= math.sqrt(between * (groups - 1) / size / np.sum(means**2))
    inner *= math.sqrt(within * (size - 1) / np.sum(inner**2)) if within else 0.0
    return means[:, np.newaxis] + inner


def drawn(generator, groups, size, between, within):
    levels = generator.normal(scale=between, size=(groups, 1)) if between else np.zeros((groups, 1))
    return np.exp(levels + generator.normal(scale=within, size=(groups, size)))


class TestComponents:
    def test_intraclass_correlation_of_the_published_example(self):
        found = of_logs(SHROUT_FLEISS).correlation
        assert (found.low, found.value, found.high) == pytest.approx((0.0, 0.1657, 0.7226), abs=5e-5)
        assert found.count == 6

    def test_looms(self):
        found = of_logs(LOOMS)
        assert variances(found.within)[1] == pytest.approx(1.90, abs=0.005)
        assert variances(found.between)[1] == pytest.approx(6.96, abs=0.005)
        assert (found.correlation.low, found.correlation.high) == pytest.approx((0.39, 0.98), abs=0.006)

    def test_intervals_of_the_published_example(self):
        # Five workers, three observations each, mean squares 32.0 and 1.6: Milliken and Johnson 2009, example 20.6,
        # print 0.78113 to 4.92767 within, 3.25237 to 87.2449 between and 0.53675 to 0.98323 for the correlation. Their
        # H12 of -8.15882 is not what their formula gives (-1.3141), which makes the upper bound between 87.4969.
        found = of_logs(table(32.0, 1.6, 5, 3))
        assert variances(found.within) == pytest.approx((0.78113, 1.6, 4.92767), rel=1e-5)
        assert variances(found.between) == pytest.approx((3.25237, (32 - 1.6) / 3, 87.4969), rel=1e-5)
        assert variances(found.between)[2] == pytest.approx(87.2449, rel=0.003)
        assert (found.correlation.low, found.correlation.high) == pytest.approx((0.53675, 0.98323), abs=1e-5)

    def test_unequal_numbers_of_iterations(self):
        found = of_logs(WHEAT)
        within = variances(found.within)[1]
        assert within == pytest.approx(sum(np.var(row) * len(row) for row in WHEAT) / 9)
        assert variances(found.between)[1] == pytest.approx((4.79 - 1) * within / 3.1795, rel=0.002)

    def test_kalibera_and_joness_worked_example(self):
        found = of_logs(KALIBERA_JONES)
        assert variances(found.within)[1] == pytest.approx(12.7, abs=0.05)
        assert variances(found.between)[1] == pytest.approx(0.4, abs=0.05)

    def test_within_is_the_pooled_variance_with_its_chi_square_interval(self):
        rows = drawn(np.random.default_rng(3), 8, 5, 0.02, 0.01)
        pooled = np.log(rows).var(axis=1, ddof=1).mean()
        low, high = pooled * 32 / scipy_stats.chi2.ppf([0.95, 0.05], 32)
        found = stats.components(rows, 0.9).within
        assert (found.low, found.value, found.high) == pytest.approx(tuple(np.sqrt([low, pooled, high])))

    def test_without_scatter_within_between_is_the_chi_square_interval_of_the_levels(self):
        levels = np.random.default_rng(4).normal(scale=0.03, size=9)
        found = stats.components(np.exp(np.repeat(levels[:, np.newaxis], 5, axis=1)), 0.95)
        variance = levels.var(ddof=1)
        low, high = variance * 8 / scipy_stats.chi2.ppf([0.975, 0.025], 8)
        between = (found.between.low, found.between.value, found.between.high)
        assert between == pytest.approx(tuple(np.sqrt([low, variance, high])), rel=1e-6)
        assert found.within.value == found.within.high == 0
        assert found.correlation.low == found.correlation.value == 1

    @pytest.mark.parametrize("tail", [0.975, 0.025])
    def test_the_bounds_of_between_reach_zero_where_f_reaches_its_quantile(self, tail):
        quantile = scipy_stats.f.ppf(tail, 7, 32)
        less, more = (of_logs(table(quantile * factor, 1.0, 8, 5)) for factor in (0.999, 1.001))
        bound = "low" if tail > 0.5 else "high"
        assert getattr(less.between, bound) == getattr(less.correlation, bound) == 0
        assert getattr(more.between, bound) > 0
        assert getattr(more.correlation, bound) > 0

    def test_the_analysis_of_variance_is_scipys(self):
        rows = np.log(drawn(np.random.default_rng(5), 10, 4, 0.02, 0.02))
        found = stats.components(np.exp(rows), 0.95)
        ratio = 1 + 4 * (found.between.value / found.within.value) ** 2
        assert ratio == pytest.approx(scipy_stats.f_oneway(*rows).statistic)

    def test_intervals_cover_as_often_as_they_say(self):
        generator, covered = np.random.default_rng(6), np.zeros(3)
        for _ in range(1500):
            found = stats.components(drawn(generator, 10, 5, 0.01, 0.02), 0.95)
            truths = zip((found.between, found.within, found.correlation), (0.01, 0.02, 0.2), strict=True)
            covered += [one.low <= truth <= one.high for one, truth in truths]
        assert np.all(np.abs(covered / 1500 - 0.95) < 0.02), covered / 1500  # 3.5 standard errors

    def test_units_and_the_order_of_invocations_do_not_matter(self):
        rows = drawn(np.random.default_rng(7), 6, 5, 0.05, 0.02)
        found = stats.components(rows, 0.95)
        for other in (rows * 1e-9, rows[::-1]):
            again = stats.components(other, 0.95)
            for name in ("between", "within", "correlation"):
                one, two = getattr(found, name), getattr(again, name)
                assert (one.low, one.value, one.high) == pytest.approx((two.low, two.value, two.high))
            assert again.autocorrelation == pytest.approx(found.autocorrelation)
            assert again.ratios == pytest.approx(found.ratios)

    def test_the_likely_ratios_are_those_of_the_f_interval(self):
        found = stats.components(drawn(np.random.default_rng(8), 9, 5, 0.05, 0.02), 1 - 1 / 19)
        shares = np.array(found.ratios) / (1 + np.array(found.ratios))
        assert (shares[0], shares[-1]) == pytest.approx((found.correlation.low, found.correlation.high))
        assert list(found.ratios) == sorted(found.ratios)

    def test_all_equal(self):
        found = stats.components([[0.1] * 3, [0.1] * 3, [0.1] * 2], 0.95)
        assert found.between.value == found.between.high == found.within.value == found.within.high == 0
        assert math.isnan(found.correlation.value)
        assert math.isnan(found.autocorrelation)
        assert found.ratios == ()

    def test_one_invocation_tells_of_its_iterations_only(self):
        found = stats.components([[1.0, 1.1, 1.3, 1.2]], 0.95)
        assert found.within.value == pytest.approx(np.log([1.0, 1.1, 1.3, 1.2]).std(ddof=1))
        assert found.within.low < found.within.value < found.within.high
        assert math.isnan(found.between.value)
        assert math.isnan(found.correlation.value)
        assert found.ratios == ()

    def test_one_iteration_each_tells_nothing_apart(self):
        found = stats.components([[1.0], [1.1], [1.3]], 0.95)
        assert all(math.isnan(one.value) for one in (found.between, found.within, found.correlation))
        assert math.isnan(found.autocorrelation)
        assert found.ratios == ()

    def test_a_negative_estimate_of_between_is_zero_with_a_bound_above(self):
        found = of_logs(table(0.5, 1.0, 8, 5))
        assert (found.between.low, found.between.value, found.correlation.value) == (0, 0, 0)
        assert found.between.high > 0
        assert found.correlation.high > 0

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            ([], "at least one invocation, found none"),
            ([[1.0, 2.0], []], r"expected a list of numbers for each invocation, found \[\]"),
            ([1.0, 2.0], "expected a list of numbers for each invocation, found 1.0"),
            ([[1.0, math.nan]], "expected finite numbers, found nan"),
            ([[1.0, math.inf]], "expected finite numbers, found inf"),
            ([[1.0, 0.0]], "expected numbers above zero, found 0.0"),
        ],
    )
    def test_refuses_what_is_no_sample(self, bad, message):
        with pytest.raises(ValueError, match=message):
            stats.components(bad, 0.95)

    def test_refuses_a_confidence_that_is_none(self):
        with pytest.raises(ValueError, match="between 0 and 1"):
            stats.components([[1.0, 2.0]], 95)


class TestAutocorrelation:
    @pytest.mark.parametrize("rho", [-0.4, 0.0, 0.5])
    def test_is_that_of_the_process_however_short_its_series(self, rho):
        generator, values = np.random.default_rng(9), []
        for _ in range(800):
            noise = generator.normal(size=6)
            series = [noise[0] / math.sqrt(1 - rho**2)]
            for one in noise[1:]:
                series.append(rho * series[-1] + one)
            values.append(np.exp(0.01 * np.array(series) + generator.normal()))
        assert stats.components(values, 0.95).autocorrelation == pytest.approx(rho, abs=0.1)

    def test_a_seen_value_of_minus_one_by_n_is_none(self):
        # For exchangeable values the expected sums are -(n - 1) / n and n - 1 times the variance.
        rows = [
            [math.exp(one) for one in row] for row in ([1, 2, 4], [1, 4, 2], [2, 1, 4], [2, 4, 1], [4, 1, 2], [4, 2, 1])
        ]
        assert stats.components(rows, 0.95).autocorrelation == pytest.approx(0, abs=1e-6)

    def test_a_trend_is_one_and_alternation_minus_one(self):
        assert stats.components([np.exp([1, 2, 3, 4, 5])] * 2, 0.95).autocorrelation == 1
        assert stats.components([np.exp([1, 2, 1, 2, 1, 2])] * 2, 0.95).autocorrelation == pytest.approx(-1, abs=0.03)

    def test_two_iterations_tell_nothing(self):
        assert math.isnan(stats.components([[1, 2], [2, 1], [1, 3]], 0.95).autocorrelation)


class TestBestIterations:
    def test_published_example(self):
        # The example of libkalibera (tests/test_data.py): T1^2 = 0.72667, T2^2 = 0.26278, T3^2 = 0.7747, costs of
        # 3, 20 and 100: 4.2937 and 1.3023, rounded up to 5 and 2.
        first, second, third = (math.sqrt(one) for one in (0.7266667, 0.262777778, 0.7747))
        assert stats.best_iterations(second, first, stats.Costs(start=20, iteration=3)) == 5
        assert stats.best_iterations(third, second, stats.Costs(start=100, iteration=20)) == 2

    def test_no_other_number_gives_a_narrower_interval_for_the_time(self):
        generator = np.random.default_rng(10)
        for _ in range(200):
            between, within, start, iteration = np.exp(generator.normal(scale=0.7, size=4))
            costs = stats.Costs(start=start, iteration=iteration)
            best = stats.best_iterations(between, within, costs)
            exact = math.sqrt(start / iteration) * within / between
            ratio = [[(between / within) ** 2]]
            changes = [stats.width_change(ratio, costs, of, max(exact, 1e-9)) for of in (best, best + 1, best + 2)]
            assert min(changes) >= 1 - 1e-12
            assert exact <= 1 or best - 1 < exact <= best or best == stats.MOST
            if exact > 1:
                assert changes == sorted(changes)

    def test_only_ratios_matter(self):
        wanted = stats.best_iterations(0.01, 0.03, stats.Costs(start=0.06, iteration=0.02))
        assert wanted == math.ceil(math.sqrt(3) * 3) == 6
        assert stats.best_iterations(0.1, 0.3, stats.Costs(start=60, iteration=20)) == wanted

    def test_its_limits(self):
        costs = stats.Costs(start=1, iteration=1)
        assert stats.best_iterations(0.0, 0.1, costs) == stats.MOST == 50
        assert stats.best_iterations(1e-300, 1e300, costs) == 50
        assert stats.best_iterations(0.1, 0.0, costs) == stats.best_iterations(0.0, 0.0, costs) == 2
        assert stats.best_iterations(0.1, 0.1, stats.Costs(start=0, iteration=1)) == 2

    @pytest.mark.parametrize(("start", "iteration"), [(-1, 1), (1, 0), (math.nan, 1), (1, math.nan), (math.inf, 1)])
    def test_refuses_costs_that_are_none(self, start, iteration):
        with pytest.raises(ValueError, match="costs nothing or more"):
            stats.Costs(start=start, iteration=iteration)

    @pytest.mark.parametrize(("between", "within"), [(-1, 1), (1, math.nan), (math.nan, 1), (1, math.inf)])
    def test_refuses_what_can_be_no_deviation(self, between, within):
        with pytest.raises(ValueError, match="two standard deviations"):
            stats.best_iterations(between, within, stats.Costs(start=1, iteration=1))


class TestBestForAll:
    COSTS = stats.Costs(start=0.07, iteration=0.02)

    @pytest.mark.parametrize("ratio", [0.002, 0.05, 0.3, 1.0, 5.0])
    def test_one_ratio_of_one_run_is_kalibera_and_joness_optimum(self, ratio):
        found = stats.best_for_all([[ratio]], self.COSTS)
        assert abs(found - stats.best_iterations(math.sqrt(ratio), 1.0, self.COSTS)) <= 1

    def test_lies_between_what_the_runs_want_alone(self):
        alone = [stats.best_for_all([[ratio]], self.COSTS) for ratio in (0.01, 1.0)]
        together = stats.best_for_all([[0.01], [1.0]], self.COSTS)
        assert alone[1] < together < alone[0]
        assert stats.best_for_all([[1.0], [0.01], ()], self.COSTS) == together

    def test_its_limits(self):
        assert stats.best_for_all([[0.0]], self.COSTS) == 50
        assert stats.best_for_all([[0.0]], self.COSTS, most=7) == 7
        assert stats.best_for_all([[0.0]], self.COSTS, most=0) == 2
        assert stats.best_for_all([], self.COSTS) == stats.best_for_all([()], self.COSTS) == 2

    @pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
    def test_refuses_what_can_be_no_ratio(self, bad):
        with pytest.raises(ValueError, match="finite ratios of variances"):
            stats.best_for_all([[1.0, bad]], self.COSTS)

    @pytest.mark.parametrize(("correlation", "runs"), [(0.05, 1), (0.2, 1), (0.2, 4)])
    def test_from_a_short_pilot_it_loses_less_than_the_plain_formula(self, correlation, runs):
        generator, losses = np.random.default_rng(11), {"all": 0.0, "plain": 0.0}
        between, within = math.sqrt(correlation), math.sqrt(1 - correlation)
        ratio = [[(between / within) ** 2]]
        ideal = stats.best_iterations(between, within, self.COSTS)
        for _ in range(120):
            pilots = [stats.components(drawn(generator, 4, 10, between, within), 0.95) for _ in range(runs)]
            plain = [stats.best_iterations(p.between.value, p.within.value, self.COSTS) for p in pilots]
            found = {
                "all": stats.best_for_all([pilot.ratios for pilot in pilots], self.COSTS),
                "plain": math.ceil(np.median(plain)),
            }
            for name, number in found.items():
                losses[name] += (stats.width_change(ratio, self.COSTS, number, ideal) - 1) / 120
        assert losses["all"] < 0.12
        assert losses["all"] < 0.7 * losses["plain"]


class TestWidthChange:
    def test_closed_form(self):
        costs = stats.Costs(start=3, iteration=1)
        assert stats.width_change([[0.0]], costs, 5, 1) == pytest.approx(math.sqrt((8 / 5) / 4))
        assert stats.width_change([[0.5]], costs, 2, 2) == 1
        assert stats.width_change([[0.5]], costs, 2, 6) == pytest.approx(1 / stats.width_change([[0.5]], costs, 6, 2))

    def test_is_the_geometric_mean_over_runs_and_ratios(self):
        costs = stats.Costs(start=3, iteration=1)
        each = [stats.width_change([[ratio]], costs, 2, 6) for ratio in (0.1, 0.3, 2.0)]
        together = stats.width_change([[0.1, 0.3], [2.0], ()], costs, 2, 6)
        assert together == pytest.approx((each[0] * each[1]) ** 0.25 * each[2] ** 0.5)

    def test_nothing_known(self):
        assert math.isnan(stats.width_change([()], stats.Costs(start=1, iteration=1), 1, 2))

    @pytest.mark.parametrize(("of", "to"), [(0, 1), (1, math.nan), (-1, 1)])
    def test_refuses_what_is_no_number_of_iterations(self, of, to):
        with pytest.raises(ValueError, match="numbers of iterations above zero"):
            stats.width_change([[1.0]], stats.Costs(start=1, iteration=1), of, to)
