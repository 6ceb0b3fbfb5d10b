"""Times by invocation and place become the place from which an invocation is steady; knows no run and no second.

One invocation is too short to find a change point in; but there are many, and all warm up alike. So each place is
looked at across the invocations (P. D. Welch, The statistical analysis of simulation results, 1983), always against the
later places of the same invocation: what differs from process to process cancels. The test counts in how many pairs the
place is the slower one. In an invocation whose steady iterations might have come in any order, whatever their noise
(bursts included), this count is a sum of independent uniform numbers, one for each invocation: Mann and Whitney's test
in blocks (P. van Elteren, Bull. Int. Stat. Inst. 37, 1960), its shift the median of all these differences (Hodges and
Lehmann 1963). A drift is Kendall's count in blocks (Hirsch, Slack and Smith, Water Resour. Res. 18, 1982). Correlated
iterations make the invocations' counts scatter more than that; how much (the design effect, Kish 1965) is measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from engine.model import Estimate
from engine.stats.comparison import MARGIN, holm
from engine.stats.estimate import exp
from engine.stats.ranks import critical, uniforms
from engine.stats.sample import Floats, confidence_level, positive

INVOCATIONS: Final = 6
"""Fewer are too few to tell: at 95 % not even all of them agreeing would be proof for one pair of places."""
ITERATIONS: Final = 3
"""Fewer have no beginning, middle and end."""
LEFT: Final = 3
"""So many, and in short series half of all but at least two, must be alike at the end to be called a steady state."""
PLACES: Final = 30
"""Longer series are looked at in this many batches of consecutive iterations, or fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What the invocations say of the places, which count from 0."""

    relative: tuple[Estimate, ...]
    """Each place against those after it in its invocation; the last one against the one before."""
    p: tuple[float, ...]
    """Of the hypothesis that it differs by the margin at most, corrected for the number of places (Holm)."""
    proven: tuple[bool, ...]
    """It differs by more than the margin."""
    drift: Estimate
    """The last place against the first of those from `start` and `kept` on, by a line (on logs) through all of them."""
    drifts: bool
    """That is proven to be more than the margin."""
    start: int
    """The place after the last proven one."""
    settled: int | None
    """`start`, if from there on nothing drifts; None: no steady state was reached, or `known` is false."""
    known: bool
    """There were enough invocations and places."""


def batches(times: ArrayLike, start: int = 0) -> tuple[Floats, int, int]:
    """(times, width, first): `width` consecutive iterations of each invocation as one, by their mean.

    There are `PLACES` batches at most; what one took is what one longer iteration would have taken. They begin at
    `first`, so that one of them begins at `start`; what is before it and what does not fill the last one is left out.
    Raises ValueError for times that are not positive numbers in two dimensions.
    """
    array = _matrix(times)
    width = -(-array.shape[1] // PLACES)
    first = start % width
    count = (array.shape[1] - first) // width
    cut = array[:, first : first + count * width]
    return cut.reshape(array.shape[0], count, width).mean(axis=2), width, first


def settling(times: ArrayLike, confidence: float, kept: int = 0, margin: float = MARGIN) -> Settling:
    """Where in an invocation the steady state begins: after the last place proven to differ by more than the margin.

    `times` has a row for each invocation, all of one length. Nobody asks of the places before `kept` that they be
    steady: these are declared warm-up, and no part of a drift. The chance of finding anything in series that are steady
    is at most 1 - confidence, half of it for the places and half for the drift. Raises ValueError for times that are
    not positive numbers in two dimensions, and for a confidence or margin that cannot be.
    """
    array = np.log(_matrix(times))
    confidence_level(confidence)
    if margin < 0:
        raise ValueError(f"expected a margin of at least 0, found {margin}")
    count, level, reach = array.shape[1], (1 - confidence) / 2, math.log1p(margin)
    shifts = [_Shift(array[:, [k]] - array[:, k + 1 :], (count - 1 - k,)) for k in range(count - 1)]
    relative = [shift.estimate(confidence) for shift in shifts]
    relative.append(_mirrored(relative[-1]) if relative else _alone(array.shape[0], confidence))
    known = array.shape[0] >= INVOCATIONS and count >= ITERATIONS
    chances = holm([shift.beyond_p(reach) for shift in shifts])
    proven = [known and p <= level for p in chances]
    start = max((place + 1 for place, found in enumerate(proven) if found), default=0)
    tail = _drift(array[:, max(start, kept) :])
    drifts = known and tail is not None and tail.beyond_p(reach) <= level
    steady = count - start >= min(LEFT, max(2, count // 2)) and not drifts
    return Settling(
        relative=tuple(relative),
        p=(*chances, chances[-1] if chances else math.nan),
        proven=(*proven, bool(proven) and proven[-1]),
        drift=tail.estimate(confidence) if tail else _alone(array.shape[0], confidence),
        drifts=drifts,
        start=start,
        settled=start if known and steady else None,
        known=known,
    )


class _Shift:
    """Differences within invocations, one row for each, that scatter around one shift.

    `sizes`: where the shift is right, those of a row that lie below it are as many as the sum of uniform numbers from 0
    to each of these.
    """

    def __init__(self, differences: Floats, sizes: tuple[int, ...]) -> None:
        self.rows, self.sizes = differences, sizes
        self.sorted = np.sort(differences, axis=None)
        self.null = uniforms(differences.shape[0], sizes)
        size = self.sorted.size
        self.value = float(self.sorted[size // 2] + self.sorted[(size - 1) // 2]) / 2

    def beyond_p(self, reach: float) -> float:
        """Two-sided p of the hypothesis that the shift lies within `reach` of 0; 1 where its estimate does."""
        if abs(self.value) <= reach:
            return 1.0
        edge = math.copysign(reach, self.value)
        size = self.sorted.size
        below = int(np.searchsorted(self.sorted, edge, side="right"))
        above = size - int(np.searchsorted(self.sorted, edge, side="left"))
        away = size / 2 - min(below, above)
        rank = math.ceil(size / 2 - max(away, 0.0) / self._stretch(edge) - 1e-9)
        return min(1.0, 2 * float(self.null[rank]))

    def estimate(self, confidence: float) -> Estimate:
        """The shift with its interval, as a ratio; without bounds where there are too few for the confidence."""
        low = high = math.nan
        rank = critical(self.null, confidence)
        if rank:
            lower, upper = self._rank(rank, -1), self._rank(rank, 1)
            low = exp(float(self.sorted[lower - 1])) if lower else math.nan
            high = exp(float(self.sorted[-upper])) if upper else math.nan
        return Estimate(value=exp(self.value), low=low, high=high, confidence=confidence, count=self.rows.shape[0])

    def _rank(self, rank: int, side: int) -> int:
        """Which of the sorted differences from its end is the bound, given the one without correlation; 0: none."""
        bound = self.sorted[rank - 1] if side < 0 else self.sorted[-rank]
        half = self.sorted.size / 2
        return max(0, math.floor(half - (half - rank + 1) * self._stretch(float(bound)) + 1e-9) + 1)

    def _stretch(self, shift: float) -> float:
        """How much more the rows' counts scatter around their mean than independent iterations would; at least 1."""
        if self.rows.shape[0] < 2:
            return 1.0
        counts = np.sign(self.rows - shift).sum(axis=1)
        expected = sum(size * (size + 2) for size in self.sizes) / 3
        squares = float(counts @ counts) - float(counts.sum()) ** 2 / counts.size  # exact: they are whole numbers
        return math.sqrt(max(1.0, squares / (counts.size - 1) / expected))


def _drift(tail: Floats) -> _Shift | None:
    """The change from the first to the last place, by the slopes of all pairs; None for too few places."""
    count = tail.shape[1]
    if count < ITERATIONS:
        return None
    first, second = _places(count)
    slopes = (tail[:, second] - tail[:, first]) / (second - first)
    return _Shift(slopes * (count - 1), tuple(range(1, count)))


@lru_cache
def _places(count: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """All pairs of places, the earlier one first."""
    first, second = np.triu_indices(count, 1)
    return first, second


def _mirrored(of: Estimate) -> Estimate:
    return Estimate(value=1 / of.value, low=1 / of.high, high=1 / of.low, confidence=of.confidence, count=of.count)


def _alone(count: int, confidence: float) -> Estimate:
    """Of what there is nothing to compare with."""
    return Estimate(value=1.0, low=math.nan, high=math.nan, confidence=confidence, count=count)


def _matrix(times: ArrayLike) -> Floats:
    array = positive(times)
    if array.ndim != 2:
        raise ValueError(f"expected one row of times for each invocation, found {array.ndim} dimensions")
    return array
