"""Two series become the ratio of the first to the second with its interval, on the log scale."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from engine.model import Estimate
from engine.stats.estimate import exp, positive_interval
from engine.stats.ranks import critical, rank_sum
from engine.stats.sample import Floats, confidence_level, positive


def paired_ratio(numerator: ArrayLike, denominator: ArrayLike, confidence: float) -> Estimate:
    """The ratio of values that belong together one to one (same process, same round): drift of the machine cancels.

    It is `positive_interval` of the ratios of the pairs. Raises ValueError for values not above zero and for series of
    different lengths.
    """
    above, below = pairs(numerator, denominator)
    return positive_interval(above / below, confidence)


def unpaired_ratio(numerator: ArrayLike, denominator: ArrayLike, confidence: float) -> Estimate:
    """The ratio of two independent series, of any lengths: the median of the ratios of all pairs, one of each.

    Its interval is that of the Mann-Whitney test inverted, on the logs (Hodges and Lehmann 1963; Hollander, Wolfe and
    Chicken 2014, section 4.3): exact where both scatter alike, whatever the shape. Too few values for ranks: Welch's t
    interval (Biometrika 34, 1947), and never less than the range of all pairs.
    `count` is the length of the shorter one; with fewer than two in either, the bounds are NaN.
    """
    above, below = np.log(positive(numerator)), np.log(positive(denominator))
    confidence_level(confidence)
    shifts, count = differences(above, below), min(above.size, below.size)
    found = Estimate(
        value=math.exp(float(np.median(shifts))), low=math.nan, high=math.nan, confidence=confidence, count=count
    )
    if count < 2:
        return found
    rank = critical(rank_sum(above.size, below.size), confidence)
    low, high = float(shifts[rank - 1]), float(shifts[-rank])
    if not rank:
        middle = float(above.mean() - below.mean())
        error, freedom = welch(above, below)
        reach = float(stats.t.ppf(0.5 + confidence / 2, freedom)) * error
        low, high = min(middle - reach, float(shifts[0])), max(middle + reach, float(shifts[-1]))
    return dataclasses.replace(found, low=exp(low), high=exp(high))


def pairs(numerator: ArrayLike, denominator: ArrayLike) -> tuple[Floats, Floats]:
    """Both as positive arrays of one length; ValueError otherwise."""
    above, below = positive(numerator), positive(denominator)
    if above.shape != below.shape:
        raise ValueError(f"pairs need two series of one length, found {above.size} and {below.size}")
    return above, below


def differences(above: Floats, below: Floats) -> Floats:
    """Every value of the first less every value of the second, sorted."""
    return np.sort((above[:, np.newaxis] - below).ravel())


def welch(above: Floats, below: Floats) -> tuple[float, float]:
    """The standard error of the difference of two means and its degrees of freedom; 0 and 1 where all are equal.

    scipy's own interval warns and fails there.
    """
    share, share2 = float(above.var(ddof=1)) / above.size, float(below.var(ddof=1)) / below.size
    if share + share2 == 0:
        return 0.0, 1.0
    freedom = (share + share2) ** 2 / (share**2 / (above.size - 1) + share2**2 / (below.size - 1))
    return math.sqrt(share + share2), freedom
