"""Scaling laws against scipy, published data, closed forms and known truths."""

import math

import numpy as np
import pytest
from scipy.optimize import curve_fit, least_squares

from engine import stats
from engine.stats.scaling import FEWEST, aicc
from engine.stats.usl import FREE, fit_curves
from tests.test_stats import estimate

# SPEC SDM91: users and throughput (Gunther, Guerrilla Capacity Planning, 2007; data `specsdm91` of R's package usl).
USERS = [1, 18, 36, 72, 108, 144, 216]
SDM91 = [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2]
THREADS = np.array([1, 2, 4, 8])


def curve(count, scale, sigma=0.0, kappa=0.0):
    count = np.asarray(count, dtype=float)
    return scale * count / (1 + sigma * (count - 1) + kappa * count * (count - 1))


def measured(sigma, kappa, *, rounds=12, seed=1):
    """Throughputs by a law: an invocation's own speed, and noise of every thread count."""
    generator = np.random.default_rng(seed)
    level = 0.05 * generator.standard_normal((rounds, 1))
    noise = 0.02 * generator.standard_normal((rounds, THREADS.size))
    return curve(THREADS, 1e6, sigma, kappa) * np.exp(level + noise)


def by_law(rates, threads=THREADS, confidence=0.95, seed=0):
    return {fit.law: fit for fit in stats.scaling_fits(rates, threads, confidence, seed)}


class TestKarpFlatt:
    @pytest.mark.parametrize(
        ("speedups", "shares"),
        # Quinn, Parallel Programming in C with MPI and OpenMP, 2004, section 7.6: two programs on 2 to 8 processors.
        [
            ([1.82, 2.50, 3.08, 3.57, 4.00, 4.38, 4.71], [0.1] * 7),
            ([1.87, 2.61, 3.23, 3.73, 4.14, 4.46, 4.71], [0.070, 0.075, 0.080, 0.085, 0.090, 0.095, 0.100]),
        ],
    )
    def test_published_tables(self, speedups, shares):
        found = [stats.karp_flatt(speedup, threads) for threads, speedup in enumerate(speedups, start=2)]
        assert found == pytest.approx(shares, abs=2e-3)  # the speedups have two decimals

    @pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 1.0])
    @pytest.mark.parametrize("threads", [2, 7, 64])
    def test_finds_the_serial_share_of_amdahls_law(self, share, threads):
        assert stats.karp_flatt(1 / (share + (1 - share) / threads), threads) == pytest.approx(share)

    def test_more_than_linear_is_negative_and_a_loss_above_one(self):
        assert stats.karp_flatt(2.2, 2) < 0
        assert stats.karp_flatt(0.5, 2) == 3

    def test_of_an_estimate_has_its_bounds_swapped(self):
        found = stats.karp_flatt(estimate(1.6, 1.8, 2.0), 2)
        assert (found.low, found.value, found.high) == pytest.approx((0, 1 / 9, 0.25))
        assert (found.count, found.confidence) == (10, 0.95)

    def test_the_unknown_stays_unknown(self):
        assert math.isnan(stats.karp_flatt(math.nan, 4))
        found = stats.karp_flatt(estimate(math.nan, 1.8, math.nan), 2)
        assert math.isnan(found.low)
        assert math.isnan(found.high)

    def test_refuses_one_thread_and_no_speedup(self):
        with pytest.raises(ValueError, match="two threads, found 1"):
            stats.karp_flatt(1.0, 1)
        for bad in (0.0, -1.0):
            with pytest.raises(ValueError, match="above zero"):
                stats.karp_flatt(bad, 2)


class TestFit:
    def test_published_data_by_plain_least_squares(self):
        found = fit_curves(SDM91, USERS, "USL", residuals="absolute")
        assert found.scale[0] == pytest.approx(89.995, rel=1e-4)
        assert found.sigma[0] == pytest.approx(0.0277285, rel=1e-4)
        assert found.kappa[0] == pytest.approx(1.04365e-04, rel=1e-4)
        assert math.sqrt((1 - found.sigma[0]) / found.kappa[0]) == pytest.approx(96.5, rel=1e-3)
        # > usl(throughput ~ load, specsdm91, method = "nls") is the same model: scipy agrees to all its digits.
        scipys, _ = curve_fit(curve, USERS, SDM91, p0=(60, 0.01, 1e-4), xtol=1e-12, ftol=1e-12)
        assert (found.scale[0], found.sigma[0], found.kappa[0]) == pytest.approx(tuple(scipys), rel=1e-6)

    def test_published_data_by_the_linear_method_pins_the_model(self):
        # The published 1.705e-02 and 7.892e-05 (R's package usl) fix the scale at X(1): N / C - 1 is linear in both.
        users, beyond = np.array(USERS), np.array(USERS) - 1.0
        left = users / (np.array(SDM91) / SDM91[0]) - 1
        (kappa, both), *_ = np.linalg.lstsq(np.column_stack([beyond**2, beyond]), left)
        assert (both - kappa, kappa) == pytest.approx((0.0170469, 7.8925e-05), rel=1e-4)
        found = fit_curves(curve(users, SDM91[0], both - kappa, kappa), USERS)
        assert (found.scale[0], found.sigma[0], found.kappa[0]) == pytest.approx((64.9, both - kappa, kappa), rel=1e-6)

    def test_the_reports_method_is_least_squares_on_logs(self):
        found = fit_curves(SDM91, USERS)
        scipys, _ = curve_fit(lambda *x: np.log(curve(*x)), USERS, np.log(SDM91), p0=(60, 0.01, 1e-4), xtol=1e-12)
        assert (found.scale[0], found.sigma[0], found.kappa[0]) == pytest.approx(tuple(scipys), rel=1e-6)

    @pytest.mark.parametrize("residuals", ["log", "absolute"])
    @pytest.mark.parametrize("law", list(FREE))
    def test_no_fit_of_scipys_is_better(self, law, residuals):
        generator = np.random.default_rng(7)
        for _ in range(25):
            threads = np.sort(generator.choice(np.arange(1, 65), generator.integers(4, 9), replace=False))
            shape = generator.choice([0, 0.02, 0.3, 0.9, 1]), generator.choice([0, 1e-4, 1e-2, 0.5])
            rates = curve(threads, 1, *shape) * np.exp(
                generator.choice([0.01, 0.3]) * generator.standard_normal(threads.size)
            )
            found = fit_curves(rates, threads, law, residuals)

            def left(curved, rates=rates):
                return np.log(rates / curved) if residuals == "log" else rates - curved

            def scipys(shape, threads=threads, left=left):
                return left(curve(threads, math.exp(shape[0]), *shape[1:]))

            free = FREE[law]
            bounds = ([-np.inf, 0, 0][: free + 1], [np.inf, 1, np.inf][: free + 1])
            starts = [[math.log(rates[0]), 0.01, 1e-4], [math.log(rates[0]), 0.9, 0.5]]
            costs = [
                2 * least_squares(scipys, start[: free + 1], bounds=bounds, xtol=1e-12, ftol=1e-12).cost
                for start in starts
            ]
            assert (left(found(threads)[0]) ** 2).sum() <= min(costs) * (1 + 1e-6) + 1e-12

    def test_many_curves_are_each_fitted_as_if_alone(self):
        rates = measured(0.1, 0.01)
        together = fit_curves(rates, THREADS)
        for row, one in enumerate(rates):
            alone = fit_curves(one, THREADS)
            assert (together.sigma[row], together.kappa[row]) == pytest.approx((alone.sigma[0], alone.kappa[0]))

    @pytest.mark.parametrize("residuals", ["log", "absolute"])
    def test_exact_data_give_the_shape_back_whatever_the_scale_and_order(self, residuals):
        for scale in (1e-9, 1.0, 1e12):
            found = fit_curves(curve([8, 1, 4, 2], scale, 0.2, 0.03), [8, 1, 4, 2], "USL", residuals)
            assert (found.scale[0] / scale, found.sigma[0], found.kappa[0]) == pytest.approx((1, 0.2, 0.03))

    def test_stays_within_its_bounds(self):
        faster = fit_curves([1.0, 2.4, 5.9, 15.0], THREADS)  # more than linear
        assert (faster.sigma[0], faster.kappa[0]) == (0, 0)
        slower = fit_curves([1.0, 0.2, 0.1, 0.05], THREADS)
        assert slower.sigma[0] <= 1
        assert slower.kappa[0] > 1

    @pytest.mark.parametrize(
        ("rates", "threads", "message"),
        [
            ([1.0, 2.0], [1, 2], "at least three thread counts, found 2"),
            ([1.0, 2.0, 3.0], [1, 2, 2], "different whole numbers"),
            ([1.0, 2.0, 3.0], [1, 2, 2.5], "different whole numbers"),
            ([1.0, 2.0, 3.0], [0, 1, 2], "above zero"),
            ([1.0, 2.0, math.nan], [1, 2, 4], "finite numbers, found nan"),
            ([1.0, 2.0, 0.0], [1, 2, 4], "above zero, found 0"),
            ([1.0, 2.0], [1, 2, 4], "expected 3 throughputs"),
            ([], [1, 2, 4], "expected a list"),
        ],
    )
    def test_refuses_what_cannot_be_fitted(self, rates, threads, message):
        for fit in (fit_curves, lambda x, n: stats.scaling_fits(x, n, 0.95)):
            with pytest.raises(ValueError, match=message):
                fit(rates, threads)


class TestAicc:
    def test_closed_form(self):
        # A line through five points: R's AIC(lm) - n (1 + log(2 pi)) + 2 k (k + 1) / (n - k - 1), k = 3.
        assert aicc(10.0, 5, 3) == pytest.approx(5 * math.log(2) + 6 + 24)

    def test_too_many_parameters_are_never_preferred(self):
        assert aicc(1e-9, 4, 3) == math.inf

    def test_one_invocation_counts_scale_shape_and_variance(self):
        found = by_law([SDM91], USERS)
        squares = (np.log(SDM91 / fit_curves(SDM91, USERS)(USERS)) ** 2).sum()
        assert found["USL"].aicc == pytest.approx(7 * math.log(squares / 7) + 8 + 40 / 2)

    def test_every_invocation_counts_a_level(self):
        # > AICc(lm(log(x) ~ factor(round), offset = log(threads))): linear scaling is a linear model.
        rates = measured(0.1, 0.0, rounds=5)
        each = np.log(rates / THREADS)
        squares = ((each - each.mean(axis=1, keepdims=True)) ** 2).sum()
        assert by_law(rates)["linear"].aicc == pytest.approx(20 * math.log(squares / 20) + 12 + 84 / 13)

    @pytest.mark.parametrize(
        ("law", "sigma", "kappa"), [("linear", 0, 0), ("Amdahl", 0.1, 0), ("USL", 0.05, 0.01), ("USL", 1, 0.9)]
    )
    def test_picks_the_true_law(self, law, sigma, kappa):
        picked = [stats.scaling_fits(measured(sigma, kappa, seed=seed), THREADS, 0.95)[0].law for seed in range(40)]
        assert picked.count(law) >= 34

    def test_exact_data_are_given_to_the_law_with_the_fewest_parameters(self):
        for law, shape in (("linear", (0, 0)), ("Amdahl", (0.1, 0)), ("USL", (0.1, 0.01))):
            exact = np.tile(curve(THREADS, 5.0, *shape), (3, 1))
            assert stats.scaling_fits(exact, THREADS, 0.95)[0].law == law


class TestIntervals:
    @pytest.mark.parametrize(("sigma", "kappa", "law"), [(0.1, 0.0, "Amdahl"), (0.05, 0.01, "USL")])
    def test_cover_the_truth(self, sigma, kappa, law):
        peak = math.sqrt((1 - sigma) / kappa) if kappa else None
        covered = []
        for seed in range(120):
            found = by_law(measured(sigma, kappa, seed=seed))[law]
            covered.append(found.sigma.low <= sigma <= found.sigma.high)
            if peak and found.peak:
                covered.append(found.peak.low <= peak <= found.peak.high)
        assert 0.90 <= sum(covered) / len(covered) <= 0.995

    def test_agree_with_the_normal_theory_of_linear_scaling(self):
        # The scale is then a mean of logs over invocations: Student's t on their means.
        rates = measured(0, 0, rounds=30)
        found = by_law(rates)["linear"].scale
        levels = np.log(rates / THREADS).mean(axis=1)
        error = levels.std(ddof=1) / math.sqrt(30)
        assert math.log(found.value) == pytest.approx(levels.mean())
        assert math.log(found.high / found.low) == pytest.approx(2 * 2.045 * error, rel=0.15)

    def test_a_level_that_all_thread_counts_share_widens_no_shape(self):
        rates = curve(THREADS, 1.0, 0.1) * np.array([[1.0], [2.0], [5.0], [0.3], [1.0], [1.1]])
        found = by_law(rates)["Amdahl"]
        assert found.sigma.low == pytest.approx(found.sigma.high, abs=1e-6)
        assert found.scale.high > 2 * found.scale.low

    def test_are_the_same_for_the_same_seed_and_scale_with_the_throughput(self):
        rates = measured(0.05, 0.01)
        one, same, other = (by_law(rates, seed=seed)["USL"] for seed in (3, 3, 4))
        assert one == same
        assert one.sigma != other.sigma
        large = by_law(rates * 1e6, seed=3)["USL"]
        assert (large.sigma.low, large.kappa.high) == pytest.approx((one.sigma.low, one.kappa.high), rel=1e-5)
        assert large.scale.low == pytest.approx(one.scale.low * 1e6)

    def test_are_wider_for_more_confidence_and_hold_the_estimate(self):
        rates = measured(0.05, 0.01)
        narrow, wide = (by_law(rates, confidence=level)["USL"].sigma for level in (0.8, 0.99))
        assert wide.low < narrow.low < narrow.value < narrow.high < wide.high

    @pytest.mark.parametrize("rounds", [1, FEWEST - 1])
    def test_too_few_invocations_have_none(self, rounds):
        found = by_law(measured(0.05, 0.01, rounds=rounds))["USL"]
        assert math.isnan(found.sigma.low)
        assert math.isnan(found.scale.high)
        assert found.sigma.count == rounds

    def test_a_law_without_end_has_no_peak_and_a_loss_peaks_at_one_thread(self):
        assert by_law(measured(0.1, 0))["Amdahl"].peak is None
        assert by_law(measured(0.9, 5))["USL"].peak.value == 1

    def test_all_equal_invocations_have_no_width(self):
        found = by_law(np.tile(curve(THREADS, 3.0, 0.1, 0.02), (6, 1)))["USL"]
        assert (found.sigma.low, found.sigma.high) == pytest.approx((0.1, 0.1), abs=1e-6)
        assert found.misfit == pytest.approx(0, abs=1e-9)

    def test_misfit_is_the_largest_distance_from_the_law(self):
        found = by_law([[1.0, 2.0, 4.0, 4.0]])["linear"]
        assert found.misfit == pytest.approx(2**0.75 - 1)  # the law's 8 * 2 ** -0.25 against 4
