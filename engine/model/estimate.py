"""A number with its interval, and two numbers held against each other: what all results are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Direction = Literal["faster", "slower", "same", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its confidence interval. `low` and `high` are NaN where there are too few invocations."""

    value: float
    low: float
    high: float
    confidence: float
    count: int
    """Invocations, or pairs of them for a ratio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run's ratio to its base and what it means. A time ratio below 1 is faster."""

    base: str
    """Id of the run it is compared with."""
    ratio: Estimate
    direction: Direction
    """What it means, corrected for the family of comparisons it is read among."""
    paired: bool
    p: float = math.nan
    """Of the hypothesis that the true ratio lies elsewhere than its estimate (below, within or above the margin around
    1), corrected for the family; above 1 - confidence nothing is concluded. NaN: too few invocations."""
    effect: float = math.nan
    """Probability of superiority: the share of pairs in which this run's time (for a speedup its rate) is the larger,
    equal ones counted half. 0.5 is no effect."""
    family: int = 1
    """How many comparisons it was corrected for."""
