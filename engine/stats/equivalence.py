"""An interval of a ratio becomes faster, slower, same or inconclusive."""

from __future__ import annotations

from typing import Final

from engine.model import Direction, Estimate

MARGIN: Final = 0.01
"""Ratios nearer to 1 than this are the same for all practical purposes; on most machines layout alone moves more."""


def direction(ratio: Estimate, *, rate: bool = False, margin: float = MARGIN) -> Direction:
    """What the whole interval agrees on: within the margin around 1 it is the same, beyond it faster or slower.

    `same` is the test of equivalence by interval inclusion (Schuirmann 1987; two one-sided tests at half of
    1 - confidence each, stricter than needed); `faster` and `slower` ask for a difference larger than the margin, not
    merely for one that is not zero. An interval that crosses an edge, or is unknown, is inconclusive. A ratio of times
    is faster below 1; of rates (`rate`) above 1. Raises ValueError for a negative margin.
    """
    if margin < 0:
        raise ValueError(f"expected a margin of at least 0, found {margin}")
    upper = 1 + margin
    lower = 1 / upper
    if lower <= ratio.low and ratio.high <= upper:
        return "same"
    if ratio.high < lower:
        return "slower" if rate else "faster"
    if ratio.low > upper:
        return "faster" if rate else "slower"
    return "inconclusive"
