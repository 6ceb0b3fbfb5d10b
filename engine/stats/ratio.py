"""Two series become the ratio of the first to the second with its interval, on the log scale."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from engine.model import Estimate
from engine.stats.estimate import exp, positive_interval
from engine.stats.sample import confidence_level, positive


def paired_ratio(numerator: ArrayLike, denominator: ArrayLike, confidence: float) -> Estimate:
    """The ratio of values that belong together one to one (same process, same round): drift of the machine cancels.

    It is `positive_interval` of the ratios of the pairs. Raises ValueError for values not above zero and for series of
    different lengths.
    """
    above, below = positive(numerator), positive(denominator)
    if above.shape != below.shape:
        raise ValueError(f"pairs need two series of one length, found {above.size} and {below.size}")
    return positive_interval(above / below, confidence)


def unpaired_ratio(numerator: ArrayLike, denominator: ArrayLike, confidence: float) -> Estimate:
    """The ratio of the geometric means of two independent series, of any lengths: Welch's t interval on the logs.

    Source: B. L. Welch, The generalization of Student's problem, Biometrika 34, 1947.
    `count` is the length of the shorter one; with fewer than two in either, the bounds are NaN.
    """
    above, below = np.log(positive(numerator)), np.log(positive(denominator))
    middle, count = float(above.mean() - below.mean()), min(above.size, below.size)
    confidence_level(confidence)
    if count < 2:
        return Estimate(value=math.exp(middle), low=math.nan, high=math.nan, confidence=confidence, count=count)
    reach = _welch(float(above.var(ddof=1)), above.size, float(below.var(ddof=1)), below.size, confidence)
    low, high = exp(middle - reach), exp(middle + reach)
    return Estimate(value=math.exp(middle), low=low, high=high, confidence=confidence, count=count)


def _welch(variance: float, count: int, variance2: float, count2: int, confidence: float) -> float:
    """The half-width of Welch's interval for a difference of means; scipy's own warns and fails where all are equal."""
    share, share2 = variance / count, variance2 / count2
    if share + share2 == 0:
        return 0.0
    freedom = (share + share2) ** 2 / (share**2 / (count - 1) + share2**2 / (count2 - 1))
    return float(stats.t.ppf(0.5 + confidence / 2, freedom)) * math.sqrt(share + share2)
