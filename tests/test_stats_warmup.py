"""Where the steady state begins: closed forms, scipy, enumeration, invariances and rates."""

import itertools
import math
import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as reference

from engine import stats
from engine.stats.ranks import critical, uniforms

RATES = runpy.run_path(str(Path(__file__).parent / "benchmarks" / "warmup_rates.py"))


def noisy(shape, invocations=12, scatter=0.01, seed=1):
    """Times that follow `shape` by place, with normal noise and a level of their own for each invocation."""
    random = np.random.default_rng(seed)
    levels = random.normal(0, 0.2, (invocations, 1))
    return np.array(shape) * np.exp(levels + random.normal(0, scatter, (invocations, len(shape))))


WARMING = noisy([1.3, 1.06, 1, 1, 1, 1])


class TestNullDistributions:
    def test_one_block_is_uniform(self):
        assert uniforms(1, (4,)) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])

    @pytest.mark.parametrize("values", [2, 3, 5, 8])
    def test_sizes_up_to_n_less_one_are_kendalls_count(self, values):
        total = values * (values - 1) // 2
        for swaps in range(values - 1):  # so many pairs in the wrong order, made with one value
            order = [*range(1, swaps + 1), 0, *range(swaps + 1, values)]
            p = reference.kendalltau(range(values), order, method="exact").pvalue
            assert min(1.0, 2 * uniforms(1, tuple(range(1, values)))[min(swaps, total - swaps)]) == pytest.approx(p)

    def test_blocks_agree_with_every_order_of_three_values_in_three_invocations(self):
        counts = [sum(first > later for later in rest) for first, *rest in itertools.permutations(range(3))]
        sums = [sum(three) for three in itertools.product(counts, repeat=3)]
        shares = [np.mean([total <= k for total in sums]) for k in range(7)]
        assert uniforms(3, (2,)) == pytest.approx(shares)

    def test_every_distribution_is_symmetric_and_sums_to_one(self):
        found = uniforms(40, (1, 2, 3, 4, 5))
        assert found[-1] == pytest.approx(1)
        assert found[:-1] + found[::-1][1:] == pytest.approx(np.ones(found.size - 1))


class TestPlaces:
    def test_all_invocations_agreeing_has_the_p_of_a_closed_form(self):
        # The first of 6 is slower than the 5 others in all of 6 invocations: 2 / 6^6, the smallest of 5 p-values.
        found = stats.settling(noisy([1.5, 1, 1, 1, 1, 1], invocations=6, scatter=0.001), 0.95)
        assert found.p[0] == pytest.approx(5 * 2 / 6**6)
        assert found.proven == (True, False, False, False, False, False)
        assert found.settled == 1

    def test_of_two_places_it_is_the_sign_test_and_the_interval_of_the_median(self):
        times = noisy([1.1, 1.0], invocations=15, scatter=0.05)
        ratios = np.sort(times[:, 0] / times[:, 1])
        found = stats.settling(times, 0.95)
        assert found.relative[0].value == pytest.approx(np.median(ratios))
        # Sign test, n = 15, 95 %: the 4th smallest to the 4th largest (Conover 1999, table A3: x = 3 has 0.0176).
        assert (found.relative[0].low, found.relative[0].high) == pytest.approx((ratios[3], ratios[-4]))
        above = int((ratios > 1.01).sum())
        assert found.p[0] == pytest.approx(reference.binomtest(above, 15).pvalue)
        test = reference.quantile_test(ratios, q=1.01, p=0.5)
        assert found.p[0] == pytest.approx(test.pvalue)

    def test_the_p_is_that_of_all_orders_of_the_iterations(self):
        times = noisy([1.02, 1, 1], invocations=3, scatter=0.02, seed=5)
        observed = abs(self.slower(times) - 3)
        orders = [list(order) for order in itertools.permutations(range(3))]
        shuffled = [
            self.slower(np.array([row[order] for row, order in zip(times, three, strict=True)]))
            for three in itertools.product(orders, repeat=3)
        ]
        exact = np.mean([abs(count - 3) >= observed for count in shuffled])
        last = reference.binomtest(int((times[:, 1] > times[:, 2]).sum()), 3).pvalue
        assert 0.05 < exact < 0.5
        assert stats.settling(times, 0.95, margin=0).p[:2] == pytest.approx(stats.holm([exact, last]))

    @staticmethod
    def slower(times):
        """In how many pairs the first place is the slower one."""
        return int((times[:, [0]] > times[:, 1:]).sum())

    def test_a_place_stands_as_the_median_of_its_differences_to_all_later_ones(self):
        found = stats.settling(WARMING, 0.95)
        for place in range(5):
            pairs = np.log(WARMING[:, [place]] / WARMING[:, place + 1 :])
            assert found.relative[place].value == pytest.approx(math.exp(np.median(pairs)))
            assert found.relative[place].low < found.relative[place].value < found.relative[place].high

    def test_the_last_two_are_held_against_each_other(self):
        relative = stats.settling(WARMING, 0.95).relative
        assert relative[5].value == pytest.approx(1 / relative[4].value)
        assert (relative[5].low, relative[5].high) == pytest.approx((1 / relative[4].high, 1 / relative[4].low))

    def test_intervals_hold_the_truth_as_often_as_they_say(self):
        random, inside = np.random.default_rng(3), 0
        for _ in range(400):
            times = np.exp(random.exponential(0.1, (10, 6))) * [1.2, 1, 1, 1, 1, 1]
            one = stats.settling(times, 0.95).relative[0]
            inside += one.low <= 1.2 <= one.high
        assert 0.93 <= inside / 400 <= 0.99  # at least 95 %, and its standard error is 1 %

    def test_correlated_iterations_widen_the_interval(self):
        random = np.random.default_rng(4)
        walk = np.exp(np.cumsum(random.normal(0, 0.05, (20, 6)), axis=1))
        mixed = np.array([random.permutation(row) for row in walk])
        pairs = np.sort(np.log(walk[:, [0]] / walk[:, 1:]), axis=None)
        rank = critical(uniforms(20, (5,)), 0.95)
        found, apart = stats.settling(walk, 0.95).relative[0], stats.settling(mixed, 0.95).relative[0]
        assert math.log(found.low) < pairs[rank - 1]
        assert math.log(found.high) > pairs[-rank]
        assert math.log(apart.high / apart.low) < math.log(found.high / found.low)


class TestDrift:
    def test_in_one_invocation_it_is_theil_and_sens_slope(self):
        times = noisy([1, 1.02, 1.04, 1.06, 1.08], invocations=1, scatter=0.01)
        slope = reference.theilslopes(np.log(times[0]), range(5)).slope
        assert stats.settling(times, 0.95).drift.value == pytest.approx(math.exp(4 * slope))

    def test_it_agrees_with_pages_test_for_trends(self):
        for seed, step in enumerate((0, 0, 0.01, 0.02, 0.05, -0.02)):
            times = noisy(1 + step * np.arange(4), invocations=12, scatter=0.01, seed=seed)
            page = min(reference.page_trend_test(times * sign).pvalue for sign in (1, -1))
            assert not 0.005 < page < 0.05, "the two tests are not the same and may differ there"
            assert (page < 0.025) == (step != 0)
            drift = stats.settling(times, 0.95, margin=0).drift
            assert (not drift.low <= 1 <= drift.high) == (step != 0)

    def test_its_interval_is_kendalls_exact_test_inverted(self):
        times = noisy([1, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07], invocations=1, scatter=0.01, seed=2)
        drift = stats.settling(times, 0.95).drift
        places, logs = np.arange(8), np.log(times[0])
        for bound, outside in ((drift.low, -1e-9), (drift.high, 1e-9)):
            beyond = logs - (math.log(bound) + outside) / 7 * places
            within = logs - (math.log(bound) - outside) / 7 * places
            assert reference.kendalltau(places, beyond, method="exact").pvalue <= 0.05
            assert reference.kendalltau(places, within, method="exact").pvalue > 0.05

    def test_a_trend_to_the_end_is_no_steady_state(self):
        for step in (0.03, -0.03):
            found = stats.settling(noisy(1 + step * np.arange(6)), 0.95)
            assert found.known
            assert found.settled is None

    def test_declared_warm_up_is_no_part_of_it(self):
        times = noisy([1.03, 1.0, 1.0, 1.0], invocations=6, scatter=0.05, seed=11)
        with_it, without = stats.settling(times, 0.95), stats.settling(times, 0.95, kept=1)
        assert with_it.start == without.start == 0, "no place is proven, so that the declared one decides"
        assert without.drift == stats.settling(times[:, 1:], 0.95).drift
        assert with_it.drift.value < without.drift.value

    def test_a_trend_too_small_for_any_place_is_seen_in_all_of_them(self):
        found = stats.settling(noisy(1 + 0.008 * np.arange(6), invocations=8, scatter=0.012, seed=3), 0.95)
        assert found.drifts
        assert found.drift.low > 1.01
        assert found.settled is None


class TestVerdict:
    def test_it_is_steady_after_the_last_place_that_differs(self):
        found = stats.settling(WARMING, 0.95)
        assert found.proven == (True, True, False, False, False, False)
        assert (found.start, found.settled, found.known, found.drifts) == (2, 2, True, False)

    def test_a_first_iteration_that_is_faster_is_none_of_the_steady_ones_either(self):
        assert stats.settling(noisy([0.9, 1, 1, 1, 1, 1]), 0.95).settled == 1

    def test_within_the_margin_nothing_is_said(self):
        times = noisy([1.008, 1, 1, 1, 1, 1], invocations=30, scatter=0.001)
        found = stats.settling(times, 0.95)
        assert found.relative[0].low > 1
        assert found.settled == 0
        assert stats.settling(times, 0.95, margin=0).settled == 1

    def test_too_few_steady_iterations_are_no_steady_state(self):
        assert stats.settling(noisy([1.1, 1.1, 1.1, 1.1, 1, 1]), 0.95).settled is None
        assert stats.settling(noisy([1.1, 1.1, 1.1, 1, 1, 1]), 0.95).settled == 3
        assert stats.settling(noisy([1.2, 1.1, 1, 1]), 0.95).settled == 2
        assert stats.settling(noisy([1.2, 1.2, 1.1, 1]), 0.95).settled is None
        assert stats.settling(noisy([1.1, 1, 1]), 0.95).settled == 1
        assert stats.settling(noisy([1.2, 1.1, 1]), 0.95).settled is None


class TestInvariances:
    def test_levels_of_invocations_and_the_unit_do_not_matter(self):
        levels = np.random.default_rng(9).uniform(1e-9, 1e3, (12, 1))
        same(stats.settling(WARMING, 0.95), stats.settling(WARMING * levels, 0.95))

    def test_neither_does_the_order_of_the_invocations(self):
        same(stats.settling(WARMING, 0.95), stats.settling(WARMING[::-1], 0.95))

    def test_rates_are_the_mirror_of_times(self):
        times, rates = stats.settling(WARMING, 0.95), stats.settling(1 / WARMING, 0.95)
        assert (times.settled, times.proven, times.p) == (rates.settled, rates.proven, pytest.approx(rates.p))
        assert [1 / one.value for one in rates.relative] == pytest.approx([one.value for one in times.relative])
        assert [1 / one.low for one in rates.relative] == pytest.approx([one.high for one in times.relative])

    @pytest.mark.parametrize("place", range(6))
    def test_a_burst_in_one_invocation_changes_no_verdict(self, place):
        for times in (noisy([1.0] * 6), WARMING):
            disturbed = times.copy()
            disturbed[4, place:] *= 20
            found = stats.settling(disturbed, 0.95)
            assert found.proven == stats.settling(times, 0.95).proven
            assert found.settled == stats.settling(times, 0.95).settled


def same(one, other):
    assert one.proven == other.proven
    assert one.settled == other.settled
    assert one.p == pytest.approx(other.p)
    for first, second in zip((*one.relative, one.drift), (*other.relative, other.drift), strict=True):
        assert (first.value, first.low, first.high) == pytest.approx((second.value, second.low, second.high))


class TestDegenerate:
    def test_one_invocation_is_too_few_and_has_no_bounds(self):
        found = stats.settling([[1.5, 1, 1, 1]], 0.95)
        assert not found.known
        assert found.settled is None
        assert found.relative[0].value == pytest.approx(1.5)
        assert math.isnan(found.relative[2].low)

    @pytest.mark.parametrize(("invocations", "places"), [(5, 6), (6, 2), (6, 1), (1, 1)])
    def test_too_few_are_unknown_however_they_look(self, invocations, places):
        found = stats.settling(noisy([3.0, *[1.0] * (places - 1)], invocations=invocations), 0.95)
        assert (found.known, found.settled, any(found.proven)) == (False, None, False)
        assert len(found.relative) == len(found.proven) == len(found.p) == places

    def test_one_place_stands_against_nothing(self):
        (only,) = stats.settling([[2.0], [3.0]], 0.95).relative
        assert (only.value, only.count) == (1.0, 2)
        assert math.isnan(only.low)

    def test_equal_times_are_steady_from_the_first_with_intervals_of_no_width(self):
        found = stats.settling(np.full((8, 5), 3e-9), 0.95)
        assert found.settled == 0
        assert {(one.low, one.value, one.high) for one in (*found.relative, found.drift)} == {(1.0, 1.0, 1.0)}

    @pytest.mark.parametrize(
        ("times", "message"),
        [
            ([[1.0, math.nan]], "expected finite numbers, found nan"),
            ([[1.0, 0.0]], "expected numbers above zero, found 0.0"),
            ([1.0, 2.0], "one row of times for each invocation, found 1 dimensions"),
            ([[]], "expected a list of numbers"),
        ],
    )
    def test_what_are_no_times_is_refused(self, times, message):
        for function in (lambda: stats.settling(times, 0.95), lambda: stats.batches(times)):
            with pytest.raises(ValueError, match=message):
                function()

    def test_so_are_a_confidence_and_a_margin_that_cannot_be(self):
        with pytest.raises(ValueError, match="confidence between 0 and 1, found 95"):
            stats.settling(WARMING, 95)
        with pytest.raises(ValueError, match="margin of at least 0, found -1"):
            stats.settling(WARMING, 0.95, margin=-1)


class TestBatches:
    def test_short_series_stay_as_they_are(self):
        times, width, first = stats.batches(np.ones((3, 30)), 1)
        assert (times.shape, width, first) == ((3, 30), 1, 0)

    def test_long_ones_become_means_that_begin_where_the_kept_ones_do(self):
        times, width, first = stats.batches(np.arange(1, 101).reshape(1, 100), 5)
        assert (width, first) == (4, 1)
        assert times.shape == (1, 24)
        assert times[0, :2] == pytest.approx([3.5, 7.5])  # means of 2 to 5 and of 6 to 9; 98 to 100 fill none

    @pytest.mark.parametrize("count", [1, 2, 29, 31, 59, 60, 61, 1000])
    def test_whatever_their_length_a_batch_begins_at_the_start(self, count):
        for start in (0, 1, count // 2, count - 1):
            times, width, first = stats.batches(np.ones((2, count)), start)
            assert 1 <= times.shape[1] <= 30
            assert (start - first) % width == 0

    def test_warm_up_of_a_long_series_is_found(self):
        times, width, first = stats.batches(noisy([1.2] * 11 + [1.0] * 90), 1)
        found = stats.settling(times, 0.95)
        assert found.settled is not None
        assert 9 <= first + width * found.settled <= 13


class TestRates:
    """Small samples with a fixed seed: the table of docs/method.md is `tests/benchmarks/warmup_rates.py`."""

    @pytest.mark.parametrize("noise", RATES["NOISES"], ids=lambda noise: noise.__name__)
    @pytest.mark.parametrize("scatter", [0.03, 0.3])
    def test_flat_series_are_seldom_called_unsteady(self, noise, scatter):
        how = {"samples": 400, "invocations": 10, "scatter": scatter}
        # Of 400 at a true rate of 5 % more than 30 would be found by chance in 1 of 500 repetitions.
        assert RATES["rate"](noise, RATES["FLAT"], RATES["unsteady"], **how) <= 30 / 400

    def test_a_first_kept_iteration_5_percent_slow_is_found(self):
        how = {"samples": 100, "invocations": 10, "scatter": 0.02}
        assert RATES["rate"](RATES["normal"], RATES["KEPT_SLOW"], RATES["second_place"], **how) >= 0.9

    def test_a_trend_is_called_unsettled_or_at_least_warming(self):
        how = {"samples": 100, "invocations": 20, "scatter": 0.02}
        assert RATES["rate"](RATES["normal"], RATES["TREND"], RATES["unsettled"], **how) >= 0.6
        said = RATES["rate"](RATES["normal"], RATES["TREND"], lambda one: one.settled in {None, 2, 3}, **how)
        assert said >= 0.9

    @pytest.mark.slow
    @pytest.mark.parametrize("noise", RATES["NOISES"], ids=lambda noise: noise.__name__)
    @pytest.mark.parametrize("invocations", [6, 10, 20, 40])
    def test_the_chance_of_a_false_flag_is_at_most_5_percent(self, noise, invocations):
        for scatter in (0.01, 0.05, 0.3):
            how = {"samples": 3000, "invocations": invocations, "scatter": scatter}
            # 1.2 % are three standard errors of a true 5 %.
            assert RATES["rate"](noise, RATES["FLAT"], RATES["unsteady"], **how) <= 0.062
