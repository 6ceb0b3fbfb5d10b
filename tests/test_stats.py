"""Every statistic against something outside: scipy, a published table or example, a closed form."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from engine import stats
from engine.model import Estimate
from engine.stats.ranks import critical, signed_rank

# Nine patients' depression scores before and after: Hollander and Wolfe, Nonparametric Statistical Methods, 1973,
# section 3; the example of R's ?wilcox.test.
BEFORE = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
AFTER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
BAD = [[], [1.0, math.nan], [math.inf, 1.0], 3.0]


def estimate(low: float, value: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, confidence=0.95, count=10)


def sample(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(sigma=0.3, size=count)


class TestLocation:
    def test_agrees_with_the_standard_library(self):
        import statistics

        values = list(sample(11))
        assert stats.median(values) == statistics.median(values)
        assert stats.minimum(values) == min(values)
        assert stats.lower_quartile(values) == pytest.approx(statistics.quantiles(values, n=4, method="inclusive")[0])

    def test_lower_quartile_of_five_is_the_second_smallest(self):
        assert stats.lower_quartile([5, 1, 4, 2, 3]) == 2

    @pytest.mark.parametrize("location", [stats.median, stats.lower_quartile, stats.minimum])
    def test_scales_with_its_values_and_ignores_their_order(self, location):
        values = sample(7)
        assert location(values * 1000) == pytest.approx(location(values) * 1000)
        assert location(values[::-1]) == location(values)
        assert location([3.0]) == 3.0

    @pytest.mark.parametrize("bad", BAD)
    def test_refuses_what_is_no_sample(self, bad):
        with pytest.raises(ValueError, match="expected"):
            stats.LOCATION(bad)


class TestInterval:
    def test_published_example(self):
        found = stats.interval(np.subtract(BEFORE, AFTER), 0.95)
        assert (found.low, found.value, found.high) == pytest.approx((0.010, 0.460, 0.786))
        assert found.count == 9

    def test_critical_values_are_those_of_the_published_table(self):
        # Critical values of Wilcoxon's T, two-sided 5 %, as textbooks print them.
        table = {6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 11: 10, 12: 13, 13: 17, 14: 21, 15: 25, 16: 29, 17: 34, 18: 40, 19: 46}
        table |= {20: 52, 21: 58, 22: 65, 23: 73, 24: 81, 25: 89}
        assert {count: critical(signed_rank(count), 0.95) - 1 for count in table} == table
        assert critical(signed_rank(5), 0.95) == 0

    @pytest.mark.parametrize("count", [6, 10, 17, 30])
    def test_holds_exactly_the_centers_that_scipys_signed_rank_test_accepts(self, count):
        values = np.log(sample(count, seed=count))
        found = stats.interval(values, 0.95)
        for bound, inwards in ((found.low, 1e-9), (found.high, -1e-9)):
            assert scipy_stats.wilcoxon(values - bound - inwards, method="exact").pvalue > 0.05
            assert scipy_stats.wilcoxon(values - bound + inwards, method="exact").pvalue <= 0.05

    @pytest.mark.parametrize("count", [201, 300])
    def test_many_values_are_held_to_a_series_that_is_as_good_as_exact(self, count):
        values = np.log(sample(count, seed=count))
        for shift in (0.003, 0.02, 0.04):
            statistic, exact = scipy_stats.wilcoxon(values - np.median(values) - shift, method="exact")
            assert 2 * signed_rank(count)[int(statistic)] == pytest.approx(exact, abs=4e-6)
        tail = signed_rank(count)[: critical(signed_rank(count), 0.9)]
        assert 0 < tail[0] < 1e-50
        assert (np.diff(tail) >= 0).all()

    def test_estimate_is_the_median_of_the_means_of_pairs(self):
        assert stats.interval([1, 2, 4], 0.95).value == 2.25  # of 1, 1.5, 2, 2.5, 3, 4

    @pytest.mark.parametrize("count", [2, 3, 4, 5])
    def test_few_values_get_students_interval_and_at_least_their_range(self, count):
        values = sample(count)
        found = stats.interval(values, 0.95)
        student = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.95)
        assert found.low == pytest.approx(min(student.low, values.min()))
        assert found.high == pytest.approx(max(student.high, values.max()))

    def test_log_scale_is_the_exponential_of_the_logs(self):
        values = sample(12)
        linear, positive = stats.interval(np.log(values), 0.9), stats.positive_interval(values, 0.9)
        assert math.log(positive.value) == pytest.approx(linear.value)
        assert (math.log(positive.low), math.log(positive.high)) == pytest.approx((linear.low, linear.high))

    @pytest.mark.parametrize("method", [stats.interval, stats.positive_interval])
    @pytest.mark.parametrize("count", [3, 10])
    def test_scales_with_its_values_and_ignores_their_order(self, method, count):
        values = sample(count)
        found, scaled, reversed_ = method(values, 0.95), method(values * 1e-9, 0.95), method(values[::-1], 0.95)
        assert (scaled.low, scaled.value, scaled.high) == pytest.approx(
            (found.low * 1e-9, found.value * 1e-9, found.high * 1e-9)
        )
        assert (reversed_.low, reversed_.value, reversed_.high) == pytest.approx((found.low, found.value, found.high))

    def test_positive_interval_of_reciprocals_is_the_reciprocal_interval(self):
        values = sample(10)
        found, inverse = stats.positive_interval(values, 0.95), stats.positive_interval(1 / values, 0.95)
        assert (1 / inverse.high, 1 / inverse.value, 1 / inverse.low) == pytest.approx(
            (found.low, found.value, found.high)
        )

    @pytest.mark.parametrize("method", [stats.interval, stats.positive_interval])
    @pytest.mark.parametrize("count", [2, 5, 10])
    def test_equal_values_have_an_interval_of_no_width(self, method, count):
        found = method([0.1] * count, 0.95)
        assert found.low == found.value == found.high == 0.1

    @pytest.mark.parametrize("method", [stats.interval, stats.positive_interval])
    def test_one_value_has_no_interval(self, method):
        found = method([2.0], 0.95)
        assert found.value == pytest.approx(2.0)
        assert math.isnan(found.low)
        assert math.isnan(found.high)
        assert found.count == 1

    def test_linear_interval_takes_zeros(self):
        found = stats.interval([0.0] * 9 + [5.0], 0.95)
        assert (found.low, found.value) == (0.0, 0.0)

    @pytest.mark.parametrize("bad", BAD)
    def test_refuses_what_is_no_sample(self, bad):
        with pytest.raises(ValueError, match="expected"):
            stats.interval(bad, 0.95)

    @pytest.mark.parametrize("bad", [[1.0, 0.0], [-1.0, 2.0]])
    def test_log_scale_refuses_zero_and_below(self, bad):
        with pytest.raises(ValueError, match="above zero"):
            stats.positive_interval(bad, 0.95)

    @pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
    def test_refuses_a_confidence_that_is_none(self, confidence):
        with pytest.raises(ValueError, match="between 0 and 1"):
            stats.interval([1, 2], confidence)

    def test_two_values_far_apart_have_an_endless_interval_instead_of_an_overflow(self):
        assert stats.positive_interval([1e-99, 1e99], 0.95).high == math.inf


class TestHalfWidth:
    def test_closed_form(self):
        assert stats.relative_half_width(estimate(1 / 1.02, 1, 1.02)) == pytest.approx(0.02)
        assert stats.relative_half_width(estimate(5, 5, 5)) == 0

    @pytest.mark.parametrize("bounds", [(math.nan, math.nan), (0, 1), (1, math.inf)])
    def test_unknown_is_infinite(self, bounds):
        assert stats.relative_half_width(estimate(bounds[0], 1, bounds[1])) == math.inf


def noise(kind: str, generator: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Times around 1, as in docs/method.md."""
    match kind:
        case "normal":
            return 1 + 0.05 * generator.standard_normal(size)
        case "log-normal":
            return np.exp(0.15 * generator.standard_normal(size))
        case "bimodal":
            return np.exp(0.03 * generator.standard_normal(size)) * np.where(generator.random(size) < 0.2, 1.5, 1.0)
        case _:
            return np.exp(0.03 * generator.standard_t(2.5, size))


@pytest.mark.parametrize("kind", ["normal", "log-normal", "bimodal", "heavy-tailed"])
@pytest.mark.parametrize("count", [5, 10, 30])
def test_interval_covers_the_truth_as_often_as_it_says(kind, count):
    generator = np.random.default_rng(7)
    first, second = noise(kind, generator, (2, 1_000_000))
    truth = math.exp(float(np.median((np.log(first) + np.log(second)) / 2)))
    intervals = [stats.positive_interval(values, 0.95) for values in noise(kind, generator, (2000, count))]
    covered = sum(found.low <= truth <= found.high for found in intervals) / 2000
    band = 0.015  # three standard errors of 2000 trials at 95 %
    assert covered > 0.95 - band
    if count > 5:  # with few values it promises at least its level
        assert covered < 0.95 + band


class TestFairness:
    def test_closed_forms(self):
        assert stats.jain([5, 5, 5]) == pytest.approx(1)
        assert stats.jain([7, 0, 0, 0]) == pytest.approx(1 / 4)
        assert stats.jain([2, 1]) == pytest.approx(0.9)  # 3^2 / (2 * 5)
        assert stats.jain([0, 0]) == 1

    def test_k_of_n_served_alike_is_k_over_n(self):
        # Jain, Chiu and Hawe 1984: the property the index was made for.
        assert stats.jain([1] * 3 + [0] * 7) == pytest.approx(0.3)

    def test_agrees_with_the_coefficient_of_variation(self):
        rates = sample(9)  # the index is 1 / (1 + CV^2)
        assert stats.jain(rates) == pytest.approx(1 / (1 + scipy_stats.variation(rates) ** 2))

    def test_works_along_the_last_axis_and_ignores_scale(self):
        rates = np.array([[1.0, 2.0], [3.0, 3.0]])
        assert stats.jain(rates * 1e200) == pytest.approx([0.9, 1.0])

    @pytest.mark.parametrize("bad", [*BAD, [-1.0, 2.0]])
    def test_refuses_what_are_no_rates(self, bad):
        with pytest.raises(ValueError, match="expected"):
            stats.jain(bad)
