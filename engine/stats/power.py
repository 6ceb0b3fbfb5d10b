"""Ratios of identical code to itself become the smallest difference that so much scatter lets be shown.

No shape of the noise is assumed. Ratios are drawn anew from those that were measured (B. Efron, Bootstrap methods, Ann.
Statist. 7, 1979), as many as a comparison would have pairs, and each draw gets the very interval that a comparison
gets. Identical code has a true ratio of 1 and its two sides may be swapped, so each ratio counts with its inverse.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from engine.stats.comparison import MARGIN
from engine.stats.estimate import bounds, exp
from engine.stats.sample import Floats, confidence_level, positive

POWER: Final = 0.8
"""The chance of being shown that makes a difference one that can be shown (J. Cohen, Statistical Power Analysis for the
Behavioral Sciences, 1988)."""

COUNTS: Final = (5, 6, 7, 8, 9, 10, 12, 14, 17, 20, 25, 30, 35, 40, 50, 60, 80, 100)
"""Numbers of pairs that are tried; in such steps, for the answer is no more exact."""

FEWEST: Final = 5
"""Fewer ratios than these say nothing of their scatter."""

DRAWS = 600
PART = 200
"""Draws at a time: of 100 pairs they have a million means of pairs."""


class NullScatter:
    """What comparisons show where pairs scatter as these ratios of identical code do."""

    def __init__(self, ratios: ArrayLike, confidence: float, *, margin: float = MARGIN) -> None:
        """Raises ValueError for ratios not above zero and a confidence that is none.

        Of fewer ratios than FEWEST every answer is NaN or None.
        """
        self.logs, self.confidence, self.margin = np.log(positive(ratios)), confidence_level(confidence), margin
        self._known: dict[int, tuple[Floats, Floats]] = {}

    @property
    def size(self) -> float:
        """The root mean square of the logs, whose true mean is 0: how far two sides lie apart, 0.02 is two percent."""
        return math.sqrt(float(np.mean(self.logs**2)))

    def detectable(self, count: int) -> float:
        """The true ratio above 1 that `count` pairs show to exceed the margin, with the chance POWER."""
        if self.logs.size < FEWEST:
            return math.nan
        lows, _ = self._ends(count)
        # An interval moves with the true ratio, so that needs to lie as far above the margin as the interval reaches.
        return exp(math.log1p(self.margin) + float(np.quantile(-lows, POWER)))

    def chance_of_same(self, count: int) -> float:
        """The chance that `count` pairs of identical code are shown to be the same within the margin."""
        if self.logs.size < FEWEST:
            return math.nan
        lows, highs = self._ends(count)
        reach = math.log1p(self.margin)
        return float(((lows >= -reach) & (highs <= reach)).mean())

    def pairs_to_show(self, ratio: float) -> int | None:
        """The fewest of COUNTS pairs that show a true ratio above 1; None: more than the most of them, or unknown."""
        return _fewest(lambda count: self.detectable(count) <= ratio)

    def pairs_to_show_same(self) -> int | None:
        """The fewest of COUNTS pairs that show identical code to be the same, with the chance POWER; None as above."""
        return _fewest(lambda count: self.chance_of_same(count) >= POWER)

    def _ends(self, count: int) -> tuple[Floats, Floats]:
        """The ends, on the log scale, of the intervals of DRAWS comparisons, the same ones every time."""
        if count < 2:
            raise ValueError(f"expected at least 2 pairs, found {count}")
        if count not in self._known:
            generator = np.random.default_rng(count)
            either = np.concatenate([self.logs, -self.logs])
            parts = [bounds(generator.choice(either, (PART, count)), self.confidence) for _ in range(DRAWS // PART)]
            lows, highs = (np.concatenate(ends) for ends in zip(*parts, strict=True))
            self._known[count] = lows, highs
        return self._known[count]


def _fewest(enough: Callable[[int], bool]) -> int | None:
    """The first of COUNTS that is enough, where more pairs always tell more."""
    place = bisect_left(COUNTS, True, key=enough)
    return COUNTS[place] if place < len(COUNTS) else None
