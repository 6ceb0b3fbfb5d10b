"""The levels of a series over sessions: steps that are there are found and told, others are not made up."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from engine import stats
from engine.calibration import steps
from engine.stats.levels import FEWEST, LEVEL, MOST, SHORTEST, _best, _between_two, _scores


def history(length: int, *, seed: int = 1, scatter: float = 0.03) -> np.ndarray:
    return np.exp(scatter * np.random.default_rng(seed).standard_normal(length)) * 1e-8


class TestSteps:
    def test_a_step_is_found_where_it_is_with_its_ratio(self):
        series = history(30)
        series[18:] *= 1.2
        found = stats.steps(series)
        assert found.course == "changed"
        assert [one.place for one in found.changes] == [18]
        (change,) = found.changes
        assert change.ratio.low < 1.2 < change.ratio.high
        assert change.ratio.low > 1.1
        assert change.ratio.count == 12
        assert change.p <= LEVEL
        direct = stats.unpaired_ratio(series[18:], series[:18], 0.95)
        assert change.ratio == direct

    def test_a_step_and_its_fix_are_two_changes(self):
        series = history(40, seed=4)
        series[13:27] *= 1.2
        found = stats.steps(series)
        assert [one.place for one in found.changes] == [13, 27]
        assert found.changes[0].ratio.value == pytest.approx(1 / found.changes[1].ratio.value, rel=0.03)

    def test_three_levels_of_a_staircase_are_told_one_by_one(self):
        series = history(60, seed=2)
        series[20:] *= 1.15
        series[40:] *= 1.15
        assert [one.place for one in stats.steps(series).changes] == [20, 40]

    def test_the_latest_three_sessions_are_enough_for_a_large_step(self):
        series = history(40, seed=3)
        series[-3:] *= 1.3
        assert [one.place for one in stats.steps(series).changes] == [37]

    def test_one_or_two_sessions_that_went_wrong_are_no_change(self):
        series = history(40, seed=3)
        series[17] *= 5
        series[-1] *= 5
        assert stats.steps(series).course == "steady"

    def test_a_clear_step_is_seen_however_few_sessions_make_its_levels_look_correlated(self):
        series = [1.0, 1.03, 1.08, 0.97, 0.97, 0.92, 0.99, 1.42, 1.47, 1.38, 1.38, 1.36, 1.35, 1.44]
        (change,) = stats.steps(series).changes
        assert change.place == 7
        assert change.ratio.low < 1.4 < change.ratio.high

    def test_a_line_is_a_drift_and_gets_no_mark(self):
        series = history(60, seed=5, scatter=0.02) * np.exp(np.linspace(0, 0.3, 60))
        found = stats.steps(series)
        assert found.course == "drifting"
        assert found.changes == ()

    @pytest.mark.parametrize("length", [1, 2, FEWEST - 1])
    def test_few_sessions_say_nothing_however_clear_they_look(self, length):
        series = np.where(np.arange(length) < length // 2, 1.0, 2.0)
        assert stats.steps(series).course == "too few"

    def test_ten_sessions_are_enough_where_they_part_in_the_middle(self):
        series = history(10)
        series[5:] *= 1.6
        assert [one.place for one in stats.steps(series).changes] == [5]
        assert 2 / math.comb(FEWEST, FEWEST // 2) <= LEVEL < 2 / math.comb(FEWEST - 1, FEWEST // 2)

    def test_equal_values_are_steady(self):
        assert stats.steps(np.full(20, 3.0)).course == "steady"

    def test_two_levels_without_any_scatter_are_found(self):
        assert [one.place for one in stats.steps([1.0] * 12 + [2.0] * 9).changes] == [12]

    def test_of_a_long_history_the_latest_part_is_looked_at(self):
        series = history(MOST + 50)
        series[20:] *= 2
        series[MOST:] *= 1.3
        assert [one.place for one in stats.steps(series).changes] == [MOST]

    @pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
    def test_what_is_no_positive_number_is_refused(self, value):
        with pytest.raises(ValueError, match="expected"):
            stats.steps([1.0] * 20 + [value])

    def test_the_same_series_gives_the_same_answer_and_its_unit_does_not_matter(self):
        series = history(25, seed=8)
        series[15:] *= 1.1
        once, again, scaled = stats.steps(series), stats.steps(series), stats.steps(series * 1e6)
        assert once == again
        assert [one.place for one in scaled.changes] == [one.place for one in once.changes]


class TestStatistics:
    def test_two_changes_are_sought_over_all_places_that_leave_levels_of_a_length(self):
        length = 11
        for series in np.random.default_rng(6).standard_normal((20, length)):
            centered = (series - series.mean()) / series.std()

            def between(cuts, series=centered):
                parts = [part for part in np.split(series, cuts) if part.size]
                return sum(part.sum() ** 2 / part.size for part in parts)

            wanted = max(
                ((begin, end) for begin, end in itertools.combinations(range(length + 1), 2)
                 if all(size == 0 or size >= SHORTEST for size in (begin, length - end))
                 and SHORTEST <= end - begin < length),
                key=between,
            )  # fmt: skip
            begin, end, most = _between_two(np.concatenate([[0.0], np.cumsum(centered)])[np.newaxis])
            assert most[0] == pytest.approx(between(wanted))
            assert between((begin[0], end[0])) == pytest.approx(most[0])

    def test_the_place_is_that_of_the_largest_t_by_scipy(self):
        """Without autocorrelation the statistic orders places as Student's t of two parts does."""
        from scipy import stats as outside

        series = history(24, seed=11)
        series[9:] *= 1.25
        values = _scores(series)
        ts = {
            at: abs(outside.ttest_ind(values[:at], values[at:]).statistic) for at in range(SHORTEST, 24 - SHORTEST + 1)
        }
        assert _best(values)[1][0] == [max(ts, key=lambda at: ts[at])]

    def test_p_of_white_noise_is_no_smaller_than_it_says(self):
        generator = np.random.default_rng(3)
        ps = [_best(_scores(np.exp(generator.standard_normal(20))))[0] for _ in range(300)]
        for level in (0.05, 0.2, 0.5):
            assert np.mean([p <= level for p in ps]) <= level + 3 * math.sqrt(level / 300)


class TestExperiment:
    def test_it_knows_steady_histories_from_such_with_a_step(self):
        found = steps.experiment(250, np.random.default_rng(1), lengths=(20,))
        marked = {
            (dict(one.case)["history"], dict(one.case)["step"], one.method): one.figures["marked"] for one in found
        }
        assert marked["normal", "none", "fteng"] == 0
        assert marked["normal", "20% halfway", "fteng"] == 1
        assert {one.method for one in found} == {"fteng", "E-divisive", "PELT, BIC"}
        assert all(0 <= share <= 1 for share in marked.values())
