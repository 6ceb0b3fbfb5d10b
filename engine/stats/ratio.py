"""Two series become the ratio of the first to the second with its interval, on the log scale."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.model import Estimate
from engine.stats.estimate import exp, positive_interval
from engine.stats.sample import Floats, confidence_level, positive
from engine.stats.shift import differences, shift_bounds


def paired_ratio(numerator: ArrayLike, denominator: ArrayLike, confidence: float) -> Estimate:
    """The ratio of values that belong together one to one (same process, same round): drift of the machine cancels.

    It is `positive_interval` of the ratios of the pairs. Raises ValueError for values not above zero and for series of
    different lengths.
    """
    above, below = pairs(numerator, denominator)
    return positive_interval(above / below, confidence)


def unpaired_ratio(numerator: ArrayLike, denominator: ArrayLike, confidence: float) -> Estimate:
    """The ratio of two independent series, of any lengths: the median of the ratios of all pairs, one of each.

    Its interval is `shift_bounds` of the logs: neither series needs to scatter as the other does.
    `count` is the length of the shorter one; with fewer than two in either, the bounds are NaN.
    """
    above, below = np.log(positive(numerator)), np.log(positive(denominator))
    confidence_level(confidence)
    low, high = shift_bounds(above, below, confidence)
    return Estimate(
        value=math.exp(float(np.median(differences(above, below)))),
        low=exp(float(low)),
        high=exp(float(high)),
        confidence=confidence,
        count=min(above.size, below.size),
    )


def pairs(numerator: ArrayLike, denominator: ArrayLike) -> tuple[Floats, Floats]:
    """Both as positive arrays of one length; ValueError otherwise."""
    above, below = positive(numerator), positive(denominator)
    if above.shape != below.shape:
        raise ValueError(f"pairs need two series of one length, found {above.size} and {below.size}")
    return above, below
