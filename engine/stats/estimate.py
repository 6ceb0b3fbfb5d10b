"""One value per invocation becomes an estimate with its confidence interval, on the linear or the log scale.

The estimate is the pseudo-median (Hodges and Lehmann 1963): the median of the means of all pairs, a value with itself
included. Its interval is the one of Wilcoxon's signed-rank test inverted (Hollander, Wolfe and Chicken, Nonparametric
Statistical Methods, 3rd ed. 2014, section 3.3): exact for every symmetric distribution, and near its level for the
one-sided bimodal noise of shared machines, where Student's t is not (docs/method.md has the simulation).
"""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from engine.model import Estimate
from engine.stats.ranks import critical, signed_rank
from engine.stats.sample import Floats, confidence_level, finite, positive


def interval(values: ArrayLike, confidence: float) -> Estimate:
    """The pseudo-median of values that may be zero or negative, with its interval. All equal: an interval of no width.

    Fewer than two values leave the bounds NaN. Raises ValueError for no value, NaN and infinity.
    """
    array = finite(values)
    confidence_level(confidence)
    means = pair_means(array)
    low, high = _bounds(array, means, confidence)
    middle = float(means[(means.size - 1) // 2] + means[means.size // 2]) / 2  # np.median would sort them once more
    return Estimate(value=middle, low=float(low), high=float(high), confidence=confidence, count=array.size)


def positive_interval(values: ArrayLike, confidence: float) -> Estimate:
    """The same on the log scale, for what multiplies: times, rates, sizes and ratios.

    Raises ValueError for values that are not above zero.
    """
    array = positive(values)
    logs = interval(np.log(array), confidence)
    if np.all(array == array[0]) and array.size > 1:
        value = float(array[0])  # exp(log(x)) is not always x, and equal values must stay equal to the last bit
        return dataclasses.replace(logs, value=value, low=value, high=value)
    return dataclasses.replace(logs, value=math.exp(logs.value), low=math.exp(logs.low), high=exp(logs.high))


def center_p(values: ArrayLike, center: float) -> float:
    """Two-sided p of the hypothesis that the values scatter around `center`; NaN for fewer than two values.

    It is 1 - the confidence of the widest interval of `interval` that still has the center outside: by the signed
    ranks, and where all values lie on one side of the center, so that these have said all they can (a p of 2 / 2^n),
    Student's t says how far beyond. Without it no comparison of 10 invocations could stand among more than 25.
    """
    array = finite(values)
    if array.size < 2:
        return math.nan
    means = pair_means(array)
    beyond = min(int((means <= center).sum()), int((means >= center).sum()))
    ranks = min(1.0, 2 * float(signed_rank(array.size)[min(beyond, means.size // 2)]))
    if beyond:
        return ranks
    return min(ranks, _student_p(array, center))


def relative_half_width(estimate: Estimate) -> float:
    """How far a positive interval reaches from its middle on the log scale, as a share: 0.02 is two percent.

    Infinite where the interval is unknown or reaches zero.
    """
    if not 0.0 < estimate.low <= estimate.high:
        return math.inf
    return exp(math.log(estimate.high / estimate.low) / 2) - 1 if math.isfinite(estimate.high) else math.inf


def unknown(confidence: float, count: int = 0) -> Estimate:
    """An estimate of nothing: all NaN."""
    return Estimate(value=math.nan, low=math.nan, high=math.nan, confidence=confidence, count=count)


def bounds(array: Floats, confidence: float) -> tuple[Floats, Floats]:
    """The interval of `interval`, low and high, of each sample along the last axis."""
    return _bounds(array, pair_means(array), confidence)


def pair_means(array: Floats) -> Floats:
    """The means of all pairs (Walsh averages) along the last axis, sorted: n (n + 1) / 2 of them."""
    first, second = _pairs(array.shape[-1])
    return np.sort((array[..., first] + array[..., second]) / 2)


def _bounds(array: Floats, means: Floats, confidence: float) -> tuple[Floats, Floats]:
    count = array.shape[-1]
    if count < 2:
        nothing = np.full(array.shape[:-1], math.nan)
        return nothing, nothing
    rank = critical(signed_rank(count), confidence)
    if not rank:
        return _few(array, confidence)
    return means[..., rank - 1], means[..., -rank]


@lru_cache
def _pairs(count: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], np.ndarray[tuple[int], np.dtype[np.intp]]]:
    first, second = np.triu_indices(count)
    return first, second


def _few(array: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Too few values for ranks (fewer than 6 at 95 %): Student's t, and never less than the whole range of the values.

    Either alone fails on few values: t where one of them is far out, the range because two values hold the truth in
    only half of all cases.
    """
    count = array.shape[-1]
    center, error = array.mean(axis=-1), array.std(axis=-1, ddof=1) / math.sqrt(count)
    reach = special.stdtrit(count - 1, 0.5 + confidence / 2) * error
    return np.minimum(center - reach, array.min(axis=-1)), np.maximum(center + reach, array.max(axis=-1))


def _student_p(array: Floats, center: float) -> float:
    error = float(array.std(ddof=1)) / math.sqrt(array.size)
    away = abs(float(array.mean()) - center)
    return float(2 * special.stdtr(array.size - 1, -away / error)) if error > 0 else float(away == 0)


def exp(power: float) -> float:
    """exp, which is infinite where it would overflow: two values far apart have a very wide interval."""
    return math.inf if power > 709 else math.exp(power)
