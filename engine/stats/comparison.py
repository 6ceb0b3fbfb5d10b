"""Two series become a comparison: ratio, p, effect size; many of them share one error rate (Holm)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from engine.model import Direction, Estimate
from engine.stats.estimate import center_p
from engine.stats.ratio import paired_ratio, pairs, unpaired_ratio
from engine.stats.sample import Floats, positive
from engine.stats.shift import differences, shift_p

MARGIN: Final = 0.01
"""Ratios nearer to 1 than this are the same for all practical purposes; on most machines layout alone moves more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What two series say of their ratio."""

    ratio: Estimate
    p: float
    """Of the hypothesis that the true ratio does not lie where its estimate does: below, within or above the margin
    around 1. NaN: too few values."""
    effect: float
    """Probability of superiority: the share of pairs in which the first is the larger, equal ones counted half
    (A of Vargha and Delaney 2000; for matched pairs PS_dep of Grissom and Kim 2012). 0.5 is no effect."""


def compared(
    numerator: ArrayLike, denominator: ArrayLike, confidence: float, *, paired: bool, margin: float = MARGIN
) -> Compared:
    """Compare two positive series, matched one by one or independent. Raises ValueError as the ratios do."""
    if margin < 0:
        raise ValueError(f"expected a margin of at least 0, found {margin}")
    if paired:
        above, below = pairs(numerator, denominator)
        ratio, logs = paired_ratio(above, below, confidence), np.log(above / below)
        p = region_p(lambda edge: center_p(logs, edge), math.log(ratio.value), margin)
        return Compared(ratio=ratio, p=p, effect=_superior(logs))
    above, below = np.log(positive(numerator)), np.log(positive(denominator))
    ratio = unpaired_ratio(numerator, denominator, confidence)
    p = region_p(lambda edge: shift_p(above, below, edge), math.log(ratio.value), margin)
    return Compared(ratio=ratio, p=p, effect=_superior(differences(above, below)))


def holm(chances: Sequence[float]) -> list[float]:
    """p-values corrected so that the chance of any wrong rejection among them stays at the level: Holm's step-down.

    S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 1979. NaN stays NaN and
    counts for nothing. Raises ValueError for what is no probability.
    """
    known = sorted((p, place) for place, p in enumerate(chances) if not math.isnan(p))
    if any(not 0 <= p <= 1 for p, _ in known):
        raise ValueError(f"expected probabilities, found {next(p for p, _ in known if not 0 <= p <= 1)}")
    corrected, highest = [math.nan] * len(chances), 0.0
    for number, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - number)))
        corrected[place] = highest
    return corrected


def direction(ratio: Estimate, p: float, *, rate: bool = False, margin: float = MARGIN) -> Direction:
    """What a ratio says at its confidence, given its (corrected) p: same within the margin around 1, or faster, slower.

    `same` is a test of equivalence (Schuirmann 1987), and `faster` and `slower` ask for a difference larger than the
    margin, not merely for one that is not zero: the three share out all ratios, so that one of them is proven where the
    other two are rejected (Finner and Strassburger 2002). Uncorrected, a direction is proven exactly where the whole
    interval lies there; else it is inconclusive. A ratio of times is faster below 1; of rates (`rate`) above 1.
    """
    if math.isnan(p) or p > 1 - ratio.confidence + 1e-12:
        return "inconclusive"
    reach = math.log1p(margin)
    shift = math.log(ratio.value)
    if abs(shift) <= reach:
        return "same"
    return "faster" if (shift > 0) == rate else "slower"


def region_p(chance: Callable[[float], float], shift: float, margin: float) -> float:
    """The larger p of the edges that part the region of a shift (a log ratio) from the others; `chance` gives each."""
    reach = math.log1p(margin)
    if abs(shift) <= reach:
        return max(chance(-reach), chance(reach))
    return chance(math.copysign(reach, shift))


def _superior(logs: Floats) -> float:
    return float(((logs > 0).sum() + (logs == 0).sum() / 2) / logs.size)
