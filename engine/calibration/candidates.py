"""Intervals that compete: iterations of many samples -> low and high of each, at once, on the log scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import stats as scipy_stats

from engine import stats
from engine.calibration.finding import CONFIDENCE
from engine.calibration.noise import pseudo_median
from engine.stats.estimate import bounds
from engine.stats.ranks import critical, rank_sum
from engine.stats.sample import Floats
from engine.stats.shift import differences, shift_bounds, welch_bounds

RESAMPLES: Final = 999
"""Of a bootstrap, as is usual for bounds at 95 % (Davison and Hinkley 1997)."""

Interval = tuple[Floats, Floats]
Method = Literal["percentile", "BCa"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A method for one series, with what it means to hold."""

    interval: Callable[[Floats, np.random.Generator], Interval]
    """Of log times (samples, invocations, iterations)."""
    truth: Callable[[Floats], float]
    """The quantity it estimates, of a population (invocations, iterations)."""
    share: float = 1.0
    """Of the samples, for the slow ones."""

    def samples(self, size: int) -> int:
        """How many of a block it is tried on."""
        return max(1, round(self.share * size))


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioCandidate:
    """A method for the ratio of two independent series."""

    interval: Callable[[Floats, Floats, np.random.Generator], Interval]
    """Of values (samples, invocations) on the log scale."""
    truth: Callable[[Floats, Floats], float]
    """The quantity it estimates, of two populations of values."""
    share: float = 1.0
    """Of the samples, for the slow ones."""

    def samples(self, size: int) -> int:
        """How many of a block it is tried on."""
        return max(1, round(self.share * size))


def student(values: Floats) -> Interval:
    """Student's t along the last axis."""
    count = values.shape[-1]
    center, error = values.mean(axis=-1), values.std(axis=-1, ddof=1) / math.sqrt(count)
    reach = scipy_stats.t.ppf(0.5 + CONFIDENCE / 2, count - 1) * error
    return center - reach, center + reach


def order_statistics(values: Floats) -> Interval:
    """The median's exact interval between two of the values; all of them where even that holds too little."""
    count = values.shape[-1]
    rank = critical(scipy_stats.binom.cdf(np.arange(count), count, 0.5), CONFIDENCE)
    ordered = np.sort(values, axis=-1)
    return ordered[..., max(rank, 1) - 1], ordered[..., -max(rank, 1)]


def bootstrap(values: Floats, generator: np.random.Generator, method: Method) -> Interval:
    """The bootstrap of the mean, by scipy."""
    found = scipy_stats.bootstrap(
        (values,),
        _mean,
        axis=-1,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=50,
        method=method,
        confidence_level=CONFIDENCE,
        random_state=generator,
    ).confidence_interval
    return np.asarray(found.low), np.asarray(found.high)


def two_level(times: Floats, generator: np.random.Generator) -> Interval:
    """The bootstrap of the mean that draws invocations and, within each, iterations (Kalibera and Jones 2013)."""
    samples, count, iterations = times.shape
    rows = np.arange(samples)[:, np.newaxis, np.newaxis]
    means = np.empty((RESAMPLES, samples))
    for one in range(RESAMPLES):
        drawn = generator.integers(count, size=(samples, count, 1))
        means[one] = times[rows, drawn, generator.integers(iterations, size=times.shape)].mean(axis=(1, 2))
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return low, high


def mann_whitney(above: Floats, below: Floats) -> Interval:
    """The rank sum test inverted: exact where both series scatter alike (Hodges and Lehmann 1963)."""
    shifts = differences(above, below)
    rank = critical(rank_sum(above.shape[-1], below.shape[-1]), CONFIDENCE)
    return shifts[..., rank - 1], shifts[..., -rank]


def bounds_of_pairs(above: Floats, below: Floats) -> Interval:
    """The engine's interval of values that belong together one to one."""
    return bounds(above - below, CONFIDENCE)


def two_bootstrap(above: Floats, below: Floats, generator: np.random.Generator) -> Interval:
    """The percentile bootstrap of the difference of means, by scipy."""
    found = scipy_stats.bootstrap(
        (above, below),
        lambda one, other, axis: _mean(one, axis) - _mean(other, axis),
        axis=-1,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=50,
        method="percentile",
        confidence_level=CONFIDENCE,
        random_state=generator,
    ).confidence_interval
    return np.asarray(found.low), np.asarray(found.high)


def _mean(values: Floats, axis: int = -1) -> Floats:
    return np.asarray(values.mean(axis=axis))


def _mean_of_values(population: Floats) -> float:
    return float(stats.LOCATION(population).mean())


def _difference_of_means(above: Floats, below: Floats) -> float:
    return float(above.mean() - below.mean())


def _median_difference(above: Floats, below: Floats) -> float:
    return float(np.median(above - below))


OURS: Final = "pseudo-median, signed ranks"

CANDIDATES: Final[Mapping[str, Candidate]] = {
    "pooled t": Candidate(
        interval=lambda times, _: student(times.reshape(times.shape[0], -1)), truth=lambda found: float(found.mean())
    ),
    "Student t": Candidate(interval=lambda times, _: student(stats.LOCATION(times)), truth=_mean_of_values),
    "bootstrap, percentile": Candidate(
        interval=lambda times, generator: bootstrap(stats.LOCATION(times), generator, "percentile"),
        truth=_mean_of_values,
        share=0.25,
    ),
    "bootstrap, BCa": Candidate(
        interval=lambda times, generator: bootstrap(stats.LOCATION(times), generator, "BCa"),
        truth=_mean_of_values,
        share=0.25,
    ),
    "bootstrap, two-level": Candidate(interval=two_level, truth=lambda found: float(found.mean()), share=0.125),
    "median, order statistics": Candidate(
        interval=lambda times, _: order_statistics(stats.LOCATION(times)),
        truth=lambda found: float(np.median(stats.LOCATION(found))),
    ),
    OURS: Candidate(
        interval=lambda times, _: bounds(stats.LOCATION(times), CONFIDENCE),
        truth=lambda found: pseudo_median(stats.LOCATION(found)),
    ),
}

OUR_RATIO: Final = "median ratio, Brunner-Munzel"

RATIO_CANDIDATES: Final[Mapping[str, RatioCandidate]] = {
    "bootstrap, percentile": RatioCandidate(interval=two_bootstrap, truth=_difference_of_means, share=0.25),
    "Welch t": RatioCandidate(
        interval=lambda above, below, _: welch_bounds(above, below, CONFIDENCE), truth=_difference_of_means
    ),
    "median ratio, Mann-Whitney": RatioCandidate(
        interval=lambda above, below, _: mann_whitney(above, below), truth=_median_difference
    ),
    OUR_RATIO: RatioCandidate(
        interval=lambda above, below, _: shift_bounds(above, below, CONFIDENCE), truth=_median_difference
    ),
}
