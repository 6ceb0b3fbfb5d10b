"""Ratios, their p-values, effect sizes and verdicts, against scipy, published examples and closed forms."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from engine import stats
from engine.stats.ranks import rank_sum, signed_rank
from engine.stats.shift import _count_variance, _uniform_freedom, shift_bounds, shift_p
from tests.test_stats import AFTER, BEFORE, estimate, noise, sample

# Permeability constants of human chorioamnion at term and at 12 to 26 weeks: Hollander and Wolfe, Nonparametric
# Statistical Methods, 1973, section 4; R's ?wilcox.test:
#   > wilcox.test(x, y, conf.int = TRUE)
#   W = 35, p-value = 0.2544; 95 percent confidence interval: -0.15 0.76; difference in location 0.305
TERM = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
EARLY = [1.15, 0.88, 0.90, 0.74, 1.21]


class TestRatio:
    def test_paired_is_the_interval_of_the_ratios_of_pairs(self):
        # The published example again, on the log scale: exp of values, ratio of exps.
        found = stats.paired_ratio(np.exp(BEFORE), np.exp(AFTER), 0.95)
        assert (found.low, found.value, found.high) == pytest.approx(tuple(np.exp([0.010, 0.460, 0.786])))

    def test_paired_cancels_what_both_share(self):
        drift = np.linspace(1, 3, 10)
        found = stats.paired_ratio(2 * drift, drift, 0.95)
        assert found.low == found.value == found.high == 2

    def test_paired_refuses_series_of_different_lengths(self):
        with pytest.raises(ValueError, match="one length, found 2 and 3"):
            stats.paired_ratio([1, 2], [1, 2, 3], 0.95)

    def test_unpaired_is_the_published_example(self):
        found = stats.unpaired_ratio(np.exp(TERM), np.exp(EARLY), 0.95)
        assert (found.low, found.value, found.high) == pytest.approx(tuple(np.exp([-0.15, 0.305, 0.76])))
        assert found.count == 5

    def test_unpaired_ends_where_scipys_rank_test_does_if_both_scatter_alike(self):
        above, below = np.log(sample(80, seed=2)), np.log(sample(60, seed=3))
        found = stats.unpaired_ratio(np.exp(above), np.exp(below), 0.95)
        for bound in (math.log(found.low), math.log(found.high)):
            assert scipy_stats.mannwhitneyu(above - bound, below).pvalue == pytest.approx(0.05, abs=0.01)

    @pytest.mark.parametrize("paired_counts", [(5, 30), (30, 5), (10, 10)])
    def test_unpaired_holds_the_truth_where_one_scatters_more(self, paired_counts):
        generator = np.random.default_rng(17)
        above, below = (generator.standard_normal((4000, count)) for count in paired_counts)
        low, high = shift_bounds(3 * above, below, 0.95)
        assert 0.945 < ((low <= 0) & (high >= 0)).mean() < 0.98

    def test_too_few_for_ranks_get_welchs_interval_and_at_least_their_range(self):
        above, below = sample(3, seed=2), sample(3, seed=3) ** 2
        found = stats.unpaired_ratio(above, below, 0.95)
        welch = scipy_stats.ttest_ind(np.log(above), np.log(below), equal_var=False).confidence_interval(0.95)
        assert found.low == pytest.approx(min(math.exp(welch.low), above.min() / below.max()))
        assert found.high == pytest.approx(max(math.exp(welch.high), above.max() / below.min()))

    @pytest.mark.parametrize("ratio", [stats.paired_ratio, stats.unpaired_ratio])
    def test_swapping_the_series_inverts_the_ratio(self, ratio):
        above, below = sample(8, seed=2), sample(8, seed=3)
        found, inverse = ratio(above, below, 0.95), ratio(below, above, 0.95)
        assert (found.low, found.value, found.high) == pytest.approx(
            (1 / inverse.high, 1 / inverse.value, 1 / inverse.low)
        )

    @pytest.mark.parametrize("ratio", [stats.paired_ratio, stats.unpaired_ratio])
    def test_degenerate_series(self, ratio):
        one = ratio([4.0], [2.0], 0.95)
        assert one.value == pytest.approx(2)
        assert math.isnan(one.low)
        equal = ratio([4.0, 4.0], [2.0, 2.0], 0.95)
        assert (equal.low, equal.value, equal.high) == pytest.approx((2, 2, 2))
        with pytest.raises(ValueError, match="above zero"):
            ratio([1.0, 0.0], [1.0, 1.0], 0.95)


class TestRanks:
    @pytest.mark.parametrize("sizes", [(3, 4), (1, 7), (5, 30), (20, 20)])
    def test_rank_sum_gives_scipys_exact_p(self, sizes):
        distribution = rank_sum(*sizes)
        assert distribution.size == sizes[0] * sizes[1] + 1
        below, above = np.arange(sizes[0]) - 0.5, np.arange(sizes[1]) * 1.0
        u = sum((below > value).sum() for value in above)
        p = scipy_stats.mannwhitneyu(below, above, alternative="less", method="exact").pvalue
        assert distribution[u] == pytest.approx(p)

    @pytest.mark.parametrize("distribution", [signed_rank(12), rank_sum(7, 9)])
    def test_are_distributions_symmetric_about_their_middle(self, distribution):
        chances = np.diff(distribution, prepend=0)
        assert distribution[-1] == pytest.approx(1)
        assert chances == pytest.approx(chances[::-1])


class TestShift:
    def test_variance_of_the_count_is_that_of_the_rank_sum_test_where_both_are_alike(self):
        # n m (n + m + 1) / 12, Mann and Whitney 1947.
        generator = np.random.default_rng(4)
        above, below = generator.random((20_000, 7, 1)), generator.random((20_000, 1, 12))
        variance, _ = _count_variance((above > below) * 1.0)
        assert variance.mean() == pytest.approx(7 * 12 * (7 + 12 + 1) / 12, rel=0.01)

    def test_variance_of_the_count_is_right_where_one_scatters_more(self):
        generator = np.random.default_rng(4)
        above, below = 5 * generator.standard_normal((50_000, 6, 1)), generator.standard_normal((50_000, 1, 12))
        higher = (above > below) * 1.0
        assert _count_variance(higher)[0].mean() == pytest.approx(higher.sum(axis=(1, 2)).var(), rel=0.02)

    @pytest.mark.parametrize("count", [3, 10, 30])
    def test_freedom_is_that_of_the_variance_of_even_values(self, count):
        variances = np.random.default_rng(6).random((200_000, count)).var(axis=1, ddof=1)
        assert 2 / _uniform_freedom(count) == pytest.approx(variances.var() / variances.mean() ** 2, rel=0.02)

    def test_many_samples_at_once_are_each_by_itself(self):
        generator = np.random.default_rng(8)
        above, below = generator.standard_normal((20, 6)), generator.standard_normal((20, 9))
        low, high = shift_bounds(above, below, 0.95)
        each = [shift_bounds(one, other, 0.95) for one, other in zip(above, below, strict=True)]
        assert list(zip(low, high, strict=True)) == each

    def test_ties_widen_nothing(self):
        low, high = shift_bounds(np.full(8, 2.0), np.full(9, 1.0), 0.95)
        assert (low, high) == (1.0, 1.0)
        assert shift_p(np.full(8, 2.0), np.full(9, 1.0), 1.0) == 1


class TestP:
    """Of the region: with a margin of 0 and a ratio beyond it, the usual p of the hypothesis that the ratio is 1."""

    def test_of_pairs_is_the_published_one(self):
        # > wilcox.test(x, y, paired = TRUE): V = 40, p-value = 0.03906
        found = stats.compared(np.exp(BEFORE), np.exp(AFTER), 0.95, paired=True, margin=0)
        assert found.p == pytest.approx(0.03906, abs=1e-5)

    @pytest.mark.parametrize("shift", [0.2, 0.4, 0.6])
    def test_of_independent_series_is_scipys_where_one_scatters_more(self, shift):
        generator = np.random.default_rng(2)
        above, below = 3 * generator.standard_normal(300), generator.standard_normal(400)
        p = scipy_stats.brunnermunzel(above + shift, below).pvalue
        assert shift_p(above + shift, below, 0.0) == pytest.approx(p, rel=0.1, abs=1e-3)

    @pytest.mark.parametrize("count", [3, 8, 12])
    def test_goes_on_with_students_where_ranks_have_said_all(self, count):
        above = 2 + 0.001 * np.arange(count)
        found = stats.compared(above, np.ones(count), 0.95, paired=True, margin=0)
        assert found.p == pytest.approx(scipy_stats.ttest_1samp(np.log(above), 0).pvalue)
        apart = stats.compared(above, np.ones(count) + 0.01 * np.arange(count), 0.95, paired=False, margin=0)
        welch = scipy_stats.ttest_ind(np.log(above), np.log(1 + 0.01 * np.arange(count)), equal_var=False)
        assert apart.p == pytest.approx(welch.pvalue)

    @pytest.mark.parametrize("paired", [True, False])
    @pytest.mark.parametrize("count", [4, 7, 15])
    def test_is_below_the_level_exactly_where_the_interval_lies_in_one_region(self, paired, count):
        generator = np.random.default_rng(count)
        for scatter, shift in ((0.002, 0.0), (0.01, 0.02), (0.05, 0.05), (0.001, 0.02), (0.005, -0.03)):
            above = np.exp(shift + scatter * generator.standard_normal(count))
            below = np.exp(scatter * generator.standard_normal(count))
            found = stats.compared(above, below, 0.95, paired=paired)
            edges = [1 / 1.01, 1.01]
            crossed = any(found.ratio.low <= edge <= found.ratio.high for edge in edges)
            assert (found.p > 0.05) == crossed

    @pytest.mark.parametrize("paired", [True, False])
    def test_degenerate_series(self, paired):
        assert math.isnan(stats.compared([2.0], [1.0], 0.95, paired=paired).p)
        equal = stats.compared([2.0, 2.0], [2.0, 2.0], 0.95, paired=paired)
        assert (equal.p, equal.effect) == (0, 0.5)
        apart = stats.compared([3.0, 3.0], [2.0, 2.0], 0.95, paired=paired)
        assert (apart.p, apart.effect) == (0, 1)
        for bad in ([1.0, math.nan], [1.0, 0.0], []):
            with pytest.raises(ValueError, match="expected"):
                stats.compared(bad, [1.0, 1.0], 0.95, paired=paired)
        with pytest.raises(ValueError, match="margin"):
            stats.compared([1.0, 2.0], [1.0, 2.0], 0.95, paired=paired, margin=-0.1)


class TestEffect:
    def test_independent_series_is_the_rank_test_over_its_largest(self):
        found = stats.compared(np.exp(TERM), np.exp(EARLY), 0.95, paired=False)
        assert found.effect == pytest.approx(scipy_stats.mannwhitneyu(TERM, EARLY).statistic / 50)

    def test_pairs_counts_the_pairs(self):
        assert stats.compared([2, 2, 3, 1], [1, 2, 1, 2], 0.95, paired=True).effect == (2 + 0.5) / 4

    @pytest.mark.parametrize("paired", [True, False])
    def test_swapping_gives_the_other_share(self, paired):
        above, below = sample(9, seed=5), sample(9, seed=6)
        found = stats.compared(above, below, 0.95, paired=paired)
        other = stats.compared(below, above, 0.95, paired=paired)
        assert found.effect == pytest.approx(1 - other.effect)
        assert found.p == pytest.approx(other.p)


class TestHolm:
    def test_published_example(self):
        # R: > p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")   [1] 0.05 0.08 0.09 0.09 0.09
        assert stats.holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])

    def test_keeps_the_places_and_leaves_the_unknown_out(self):
        assert stats.holm([0.04, math.nan, 0.01])[::2] == pytest.approx([0.04, 0.02])
        assert math.isnan(stats.holm([0.04, math.nan])[1])
        assert stats.holm([]) == []
        assert stats.holm([0.03]) == [0.03]

    def test_never_less_than_the_false_discovery_rate(self):
        chances = np.random.default_rng(3).random(40) ** 3
        assert (np.array(stats.holm(list(chances))) >= scipy_stats.false_discovery_control(chances) - 1e-12).all()

    def test_refuses_what_is_no_probability(self):
        with pytest.raises(ValueError, match=r"probabilities, found 1\.5"):
            stats.holm([0.1, 1.5])


class TestDirection:
    @pytest.mark.parametrize(
        ("value", "p", "says"),
        [
            (0.9, 0.01, "faster"),
            (1.1, 0.05, "slower"),
            (1.005, 0.05, "same"),
            (0.995, 0.01, "same"),
            (0.9, 0.06, "inconclusive"),
            (1.0, 0.2, "inconclusive"),
            (1.1, math.nan, "inconclusive"),
        ],
    )
    def test_of_a_ratio_of_times(self, value, p, says):
        assert stats.direction(estimate(math.nan, value, math.nan), p) == says

    @pytest.mark.parametrize(("value", "says"), [(1.8, "faster"), (0.5, "slower"), (1, "same")])
    def test_of_a_ratio_of_rates(self, value, says):
        assert stats.direction(estimate(math.nan, value, math.nan), 0.01, rate=True) == says

    def test_margin_is_the_callers(self):
        assert stats.direction(estimate(1.02, 1.03, 1.04), 0.01, margin=0.05) == "same"

    @pytest.mark.parametrize("paired", [True, False])
    def test_identical_programs_are_seldom_told_apart(self, paired):
        generator = np.random.default_rng(11)
        said = []
        for _ in range(1000):
            above, below = (noise("bimodal", generator, (10,)) for _ in range(2))
            found = stats.compared(above, below, 0.95, paired=paired)
            said.append(stats.direction(found.ratio, found.p))
        assert (said.count("faster") + said.count("slower")) / 1000 <= 0.05
