"""What lies between two sessions, against scipy, closed forms and simulation."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from engine import stats
from engine.model import Estimate, Sessions


def ratio(log, error):
    """A ratio with a normal 95 % interval of that standard error."""
    reach = 1.959963985 * error
    low, value, high = (math.exp(log + by) for by in (-reach, 0.0, reach))
    return Estimate(value=value, low=low, high=high, confidence=0.95, count=10)


def ratios(logs, error=1e-9):
    return [ratio(float(log), error) for log in logs]


def judged(rows, scatter):
    """The directions of rows of 10 against 10 values that allow for their sessions, corrected."""
    found = [stats.compared(after, before, 0.95, paired=False) for before, after in rows]
    apart = stats.sessions_apart([one.ratio for one in found]) if scatter else None
    kept = [stats.allowed(one, apart) for one in found]
    return [stats.direction(one.ratio, p) for one, p in zip(kept, stats.holm([one.p for one in kept]), strict=True)]


def sessions(generator, *, rows=8, shift=0.03, own=0.01, changed=0, by=0.3):
    """Two sessions of 10 invocations: a shift of all rows, one of each row, and noise of 2 % between invocations."""
    common = shift * generator.standard_normal()
    made = []
    for row in range(rows):
        level = common + own * generator.standard_normal() + (by if row < changed else 0.0)
        before, after = np.exp(0.02 * generator.standard_normal((2, 10)))
        made.append((before, after * math.exp(level)))
    return made


class TestScatter:
    def test_of_exact_ratios_is_scipys_median_deviation_from_no_change(self):
        logs = np.random.default_rng(1).normal(scale=0.05, size=31)
        found = stats.sessions_apart(ratios(logs))
        expected = scipy_stats.median_abs_deviation(logs, center=lambda values, axis: 0.0 * values[0], scale="normal")
        assert found.scatter == pytest.approx(expected, rel=1e-6)
        assert found.freedom == pytest.approx(0.37 * 30)

    def test_is_recovered_beside_the_error_of_the_rows(self):
        logs = np.random.default_rng(2).normal(scale=math.hypot(0.03, 0.04), size=2001)
        assert stats.sessions_apart(ratios(logs, 0.04)).scatter == pytest.approx(0.03, rel=0.1)

    def test_is_nothing_where_the_errors_explain_the_rows(self):
        assert stats.sessions_apart(ratios([0.01, -0.02, 0.015, 0.0, -0.01, 0.02], 0.05)).scatter == 0

    def test_a_minority_that_really_changed_does_not_count(self):
        logs = [0.001, -0.002, 0.001, 0.0, -0.001, 0.002, -0.001, 0.5, 0.7, -0.6]
        assert stats.sessions_apart(ratios(logs)).scatter < 0.005

    def test_a_shift_of_all_rows_counts(self):
        assert stats.sessions_apart(ratios([0.1] * 9)).scatter == pytest.approx(0.1 / 0.67449, rel=1e-4)

    def test_is_not_known_of_few_rows_or_without_intervals(self):
        assert stats.sessions_apart(ratios([0.1] * 5)) is None
        endless = Estimate(value=1.0, low=0.0, high=math.inf, confidence=0.95, count=2)
        assert stats.sessions_apart([*ratios([0.1] * 5), endless]) is None
        assert stats.sessions_apart([]) is None

    def test_swapping_the_sides_changes_nothing(self):
        logs = np.random.default_rng(3).normal(scale=0.05, size=9)
        assert stats.sessions_apart(ratios(logs, 0.02)).scatter == pytest.approx(
            stats.sessions_apart(ratios(-logs, 0.02)).scatter
        )


class TestAllowed:
    def test_half_widths_add_as_squares_on_the_log_scale(self):
        found = stats.allowed_ratio(ratio(0.1, 0.03), Sessions(scatter=0.04, freedom=1e9))
        assert (math.log(found.low), math.log(found.high)) == pytest.approx(
            (0.1 - 1.96 * 0.05, 0.1 + 1.96 * 0.05), abs=1e-4
        )

    def test_p_is_students_of_both_scatters(self):
        generator = np.random.default_rng(4)
        before, after = np.exp(0.001 * generator.standard_normal((2, 10)))
        alone = stats.compared(1.1 * after, before, 0.95, paired=False, margin=0)
        found = stats.allowed(alone, Sessions(scatter=0.05, freedom=7), margin=0)
        error = math.log(alone.ratio.high / alone.ratio.low) / 2 / 1.959963985
        away = math.log(alone.ratio.value) / math.hypot(error, 0.05)
        assert found.p == pytest.approx(2 * scipy_stats.t.sf(away, 7), rel=1e-6)
        assert found.p > alone.p

    @pytest.mark.parametrize("nothing", [None, Sessions(scatter=0.0, freedom=3.0)])
    def test_nothing_to_allow_for_changes_nothing(self, nothing):
        alone = stats.compared([1.0, 1.1, 1.2], [1.0, 1.05, 1.1], 0.95, paired=False)
        assert stats.allowed(alone, nothing) == alone

    def test_degenerate_ratios_stay_as_they_are(self):
        endless = Estimate(value=1.0, low=0.0, high=math.inf, confidence=0.95, count=2)
        assert stats.allowed_ratio(endless, Sessions(scatter=0.1, freedom=3.0)) == endless


class TestVerdicts:
    def test_two_sessions_of_the_same_code_are_seldom_called_different(self):
        generator = np.random.default_rng(5)
        families = [sessions(generator) for _ in range(300)]
        wrong = {
            how: sum(bool({"faster", "slower"} & {*judged(one, how)}) for one in families) for how in (True, False)
        }
        assert wrong[True] / 300 <= 0.05
        assert wrong[False] / 300 > 0.3  # what the allowance is for

    def test_what_really_changed_is_still_found(self):
        generator = np.random.default_rng(6)
        found = [judged(sessions(generator, rows=20, shift=0.01, changed=1), scatter=True)[0] for _ in range(100)]
        assert found.count("slower") >= 80
