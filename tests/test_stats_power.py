"""The smallest difference that scatter lets be shown, against Student's power, simulation and closed forms."""

import math

import numpy as np
import pytest
from scipy import optimize
from scipy import stats as scipy_stats

from engine import stats
from engine.stats.power import COUNTS, FEWEST, POWER, NullScatter

SIGMA = 0.02
NORMAL = np.exp(SIGMA * scipy_stats.norm.ppf((np.arange(400) + 0.5) / 400))
"""As many ratios as say all of a normal distribution of their logs."""


def bursts(generator, *shape):
    """Logs of ratios of two sides, each disturbed (x1.5) in a fifth of its invocations."""
    sides = [generator.normal(0, 0.02, shape) + math.log(1.5) * (generator.random(shape) < 0.2) for _ in range(2)]
    return sides[0] - sides[1]


def student(count, power=0.8, confidence=0.95):
    """R's power.t.test(n = count, sd = 1, power = power, type = "one.sample")$delta, by the noncentral t."""
    edge = scipy_stats.t.ppf(0.5 + confidence / 2, count - 1)
    return optimize.brentq(lambda shift: scipy_stats.nct.sf(edge, count - 1, shift * math.sqrt(count)) - power, 0.01, 9)


def test_the_reference_is_the_published_one():
    # Cohen 1988, and every power calculator: 34 pairs for d = 0.5 at 80 % (R: n = 33.36713).
    assert student(34) < 0.5 < student(33)
    assert student(20) == pytest.approx(0.6604, abs=1e-4)


@pytest.mark.parametrize("count", [10, 20, 40, 100])
def test_normal_noise_needs_what_student_needs_and_a_little_more(count):
    # Ranks are 3 / pi as efficient as Student's t on normal noise: 2.3 % larger differences (Pitman; Hollander 2014).
    found = math.log(NullScatter(NORMAL, 0.95, margin=0).detectable(count)) / SIGMA
    assert found == pytest.approx(student(count) * math.sqrt(math.pi / 3), rel=0.06)


def test_pairs_to_show_are_those_of_the_published_table():
    noise = NullScatter(NORMAL, 0.95, margin=0)
    assert noise.pairs_to_show(math.exp(0.5 * SIGMA)) in {35, 40}  # 34 with Student's t
    assert noise.pairs_to_show(math.exp(1.0 * SIGMA)) in {10, 12}  # 10 with Student's t


@pytest.mark.parametrize("noise", ["normal", "bursts"])
@pytest.mark.parametrize("count", [6, 10, 20])
def test_what_can_be_shown_is_called_different_in_four_of_five_comparisons(noise, count):
    generator = np.random.default_rng(count)
    draw = bursts if noise == "bursts" else lambda generator, *shape: generator.normal(0, 0.03, shape)
    ratio = NullScatter(np.exp(draw(generator, 4000)), 0.95).detectable(count)
    said = []
    for logs in draw(generator, 400, count):
        found = stats.compared(ratio * np.exp(logs), np.ones(count), 0.95, paired=True)
        said.append(stats.direction(found.ratio, found.p))
    assert set(said) <= {"slower", "inconclusive", "same"}
    assert said.count("slower") / len(said) == pytest.approx(POWER, abs=0.08)


@pytest.mark.parametrize("count", [20, 50])
def test_the_chance_of_same_is_that_of_comparisons(count):
    generator = np.random.default_rng(count)
    noise = generator.normal(0, 0.02, 4000)
    said = []
    for logs in generator.normal(0, 0.02, (400, count)):
        found = stats.compared(np.exp(logs), np.ones(count), 0.95, paired=True)
        said.append(stats.direction(found.ratio, found.p) == "same")
    assert NullScatter(np.exp(noise), 0.95).chance_of_same(count) == pytest.approx(np.mean(said), abs=0.09)


class TestInvariants:
    ratios = np.exp(np.random.default_rng(7).normal(0, 0.02, 20))

    def test_more_pairs_show_less(self):
        noise = NullScatter(self.ratios, 0.95)
        found = [noise.detectable(count) for count in (6, 10, 20, 40, 80)]
        assert found == sorted(found, reverse=True)
        assert noise.chance_of_same(10) < noise.chance_of_same(80)

    def test_it_does_not_matter_which_side_is_which(self):
        assert NullScatter(self.ratios, 0.95).detectable(10) == pytest.approx(
            NullScatter(1 / self.ratios, 0.95).detectable(10), rel=0.01
        )

    def test_the_margin_comes_on_top(self):
        bare = NullScatter(self.ratios, 0.95, margin=0).detectable(10)
        assert NullScatter(self.ratios, 0.95, margin=0.05).detectable(10) == pytest.approx(1.05 * bare)

    def test_more_confidence_shows_less(self):
        assert NullScatter(self.ratios, 0.99).detectable(20) > NullScatter(self.ratios, 0.95).detectable(20)

    def test_twice_the_scatter_shows_half_as_much(self):
        once, twice = (NullScatter(self.ratios**power, 0.95, margin=0).detectable(10) for power in (1, 2))
        assert math.log(twice) == pytest.approx(2 * math.log(once))

    def test_a_difference_within_the_margin_is_never_shown(self):
        assert NullScatter(self.ratios, 0.95).pairs_to_show(1.009) is None

    def test_the_same_ratios_give_the_same_answer(self):
        assert NullScatter(self.ratios, 0.95).detectable(10) == NullScatter(self.ratios, 0.95).detectable(10)

    def test_size_is_the_root_mean_square(self):
        assert NullScatter(np.exp([0.03, -0.04]), 0.95).size == pytest.approx(math.sqrt((9 + 16) / 2) / 100)


class TestDegenerate:
    def test_equal_sides_show_all_beyond_the_margin(self):
        noise = NullScatter([1.0] * 10, 0.95)
        assert noise.size == 0
        assert noise.detectable(10) == pytest.approx(1.01)
        assert noise.chance_of_same(5) == 1
        assert noise.pairs_to_show_same() == COUNTS[0]

    @pytest.mark.parametrize("count", [1, FEWEST - 1])
    def test_few_ratios_say_nothing(self, count):
        noise = NullScatter([1.1] * count, 0.95)
        assert math.isnan(noise.detectable(10))
        assert math.isnan(noise.chance_of_same(10))
        assert noise.pairs_to_show(1.5) is None
        assert noise.pairs_to_show_same() is None

    @pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan, math.inf])
    def test_what_is_no_ratio_is_refused(self, wrong):
        with pytest.raises(ValueError, match="expected"):
            NullScatter([1.0, 1.1, wrong], 0.95)

    def test_no_ratios_no_confidence_and_no_pairs_are_refused(self):
        with pytest.raises(ValueError, match="expected a list"):
            NullScatter([], 0.95)
        with pytest.raises(ValueError, match="confidence"):
            NullScatter([1.0], 1.0)
        with pytest.raises(ValueError, match="at least 2 pairs"):
            NullScatter([1.0] * 5, 0.95).detectable(1)
