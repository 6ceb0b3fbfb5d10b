"""A series over time becomes its levels: where it changes, by how much, or that it is too short to say.

One value for each session, of which nothing is known but its order: how far sessions lie apart is many times what the
interval of one says, so intervals do not weigh here. On the log scale, seen from the median in robust standard
deviations (Rousseeuw and Croux 1993), a session further away than 3 counts as 3 (Huber 1964): one that went wrong is no
change, and a step at the end, which ranks hardly see, is.

Two statistics: the largest t of what lies before one change (Sen and Srivastava, Ann. Stat. 3, 1975; Worsley, JASA 74,
1979), and the largest F of three levels, which sees a change that was taken back as circular binary segmentation does
(Olshen, Venkatraman, Lucito and Wigler, Biostatistics 5, 2004). Each is made smaller by the autocorrelation that its
levels leave, and the less likely one decides. What chance makes of that is seen from permutations of the very series,
as in E-divisive (Matteson and James, JASA 109, 2014; Daly et al., arXiv:2003.00584). Where the whole says nothing, its
halves are asked (Kovacs et al., Seeded binary segmentation, Biometrika 110, 2023), for many levels look correlated
from afar. Then each level is looked at alike. docs/decisions/0022-dashboard.md has the simulation that chose this.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from engine.model import ChangePoint, Steps
from engine.stats.ratio import unpaired_ratio
from engine.stats.sample import Floats, positive

LEVEL: Final = 0.01
"""Of finding anything in a series that does not change."""
FEWEST: Final = 10
"""Values from which on permutations can say anything at that level: 2 / C(10, 5) = 0.8 %, 2 / C(9, 4) = 1.6 %."""
SHORTEST: Final = 3
"""Values of a level."""
MOST: Final = 200
"""Values that are looked at, the latest ones."""
FARTHEST: Final = 3.0
"""Robust standard deviations from the median that a value counts for at most."""
DRAWS: Final = 1999
"""Of normal series, for a first look."""
PERMUTATIONS: Final = 1999
"""Of a series whose first look is not beyond doubt."""
DOUBT: Final = 0.1
"""p of the first look above which permutations would change nothing."""
SEED: Final = 20101
CONFIDENCE: Final = 0.95
STRONGEST: Final = 0.9
"""Autocorrelation that is allowed for at most."""
SLACK: Final = 1e-9
"""So that rounding decides nothing."""

Places = NDArray[np.intp]


def steps(values: ArrayLike) -> Steps:
    """The levels of a series of positive values in the order of time, one for each session.

    Raises ValueError for values that are not positive.
    """
    series = positive(values)
    if series.size < FEWEST:
        return Steps(course="too few")
    skipped = max(0, series.size - MOST)
    found = _search(series[skipped:])
    if not found and _drifts(_scores(series[skipped:])):
        return Steps(course="drifting")
    kept = _proven(series, {skipped + place: p for place, p in found.items()}, skipped)
    return Steps(course="changed" if kept else "steady", changes=kept)


def _proven(series: Floats, found: dict[int, float], first: int) -> tuple[ChangePoint, ...]:
    """The changes whose ratio is not 1; where one is left out, what lies before and after it is one level."""
    while True:
        edges = [first, *sorted(found), series.size]
        levels = [series[one:other] for one, other in pairwise(edges)]
        changes = tuple(
            ChangePoint(place=place, ratio=unpaired_ratio(after, before, CONFIDENCE), p=found[place])
            for place, (before, after) in zip(edges[1:-1], pairwise(levels), strict=True)
        )
        unproven = [one for one in changes if one.ratio.low <= 1 <= one.ratio.high]
        if not unproven:
            return changes
        del found[min(unproven, key=lambda one: abs(math.log(one.ratio.value))).place]


def _search(series: Floats) -> dict[int, float]:
    """The places of changes and their p. Where a line tells more, there is none."""
    found: dict[int, float] = {}
    pieces = [(0, series.size)]
    while pieces:
        start, end = pieces.pop()
        for begin, stop, level in _windows(start, end):
            values = _scores(series[begin:stop])
            p, ways = _best(values)
            if p <= level:
                cuts = next((way for way in ways if not _line_is_better(values, way)), None)
                if cuts:
                    found |= {begin + cut: p for cut in cuts}
                    pieces += pairwise([start, *(begin + cut for cut in cuts), end])
                break
    return found


def _windows(start: int, end: int) -> Iterator[tuple[int, int, float]]:
    """What of a piece is looked at, and at which level: the whole, then halves that overlap by a half."""
    length = end - start
    if length < 2 * FEWEST:
        if length >= FEWEST:
            yield start, end, LEVEL
        return
    yield start, end, LEVEL / 2
    half = (length + 1) // 2
    for begin in (start, start + (length - half) // 2, end - half):
        yield begin, begin + half, LEVEL / 6


def _scores(series: Floats) -> Floats:
    """Logs from their median, in robust standard deviations, none further than `FARTHEST`."""
    logs = np.log(series)
    logs -= np.median(logs)
    spread = 1.4826 * float(np.median(np.abs(logs))) or float(logs.std()) or 1.0
    return np.asarray(np.clip(logs / spread, -FARTHEST, FARTHEST))


def _best(values: Floats) -> tuple[float, list[list[int]]]:
    """The p of the best way to part a series, and where each way does that is proven; fewer cuts first.

    What one cut leaves is looked at alike, so a second one is proven too.
    """
    seen = _split(values[np.newaxis])
    null = _normal_null(_ladder(values.size))
    if null.p(seen) <= DOUBT:
        generator = np.random.default_rng([SEED, values.size])
        null = _null(generator.permuted(np.tile(values, (PERMUTATIONS, 1)), axis=1))
    alone = null.ps(seen)[:, 0]
    ways = zip((seen.place, seen.segment[0]), alone <= max(LEVEL, alone.min()), strict=True)
    return null.p(seen), [[int(cut) for cut in way if 0 < cut < values.size] for way, proven in ways if proven]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """Of many series the best way into two levels, and the best level between two others."""

    sizes: Floats
    """Both statistics of each (statistics, series), made smaller by the autocorrelation that is left."""
    place: Places
    segment: Places
    """Begin and end of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Null:
    """What chance makes of the statistics."""

    sizes: Floats
    """The statistics, each sorted."""
    smallest: Floats
    """The smaller p of the two, sorted."""

    def ps(self, seen: _Split) -> Floats:
        """Of each statistic of each series."""
        return _shares_above(self.sizes, seen.sizes)

    def p(self, seen: _Split) -> float:
        """Of both together, of one series: how many have one that is as unlikely."""
        best = float(self.ps(seen).min())
        return float(1 + np.searchsorted(self.smallest, best + SLACK, side="right")) / (1 + self.smallest.size)


def _null(series: Floats) -> _Null:
    drawn = _split(series).sizes
    ordered = np.sort(drawn, axis=1)
    return _Null(sizes=ordered, smallest=np.sort(_shares_above(ordered, drawn).min(axis=0)))


@lru_cache(maxsize=64)
def _normal_null(length: int) -> _Null:
    return _null(np.random.default_rng([SEED, length]).standard_normal((DRAWS, length)))


def _shares_above(null: Floats, seen: Floats) -> Floats:
    """Of each statistic how many of the null are as large."""
    count = null.shape[1]
    below = [np.searchsorted(one, each - SLACK, side="left") for one, each in zip(null, seen, strict=True)]
    return np.asarray((1 + count - np.array(below)) / (1 + count), dtype=np.float64)


def _ladder(length: int) -> int:
    """The length of the series that a first look draws: that one, or above 30 up to a tenth more."""
    rung = min(length, 30)
    while rung < length:
        rung = math.ceil(rung * 1.1)
    return rung


def _split(series: Floats) -> _Split:
    """Both statistics of many series (series, values)."""
    count, length = series.shape
    centered = series - series.mean(axis=1, keepdims=True)
    spread = np.maximum(centered.std(axis=1), SLACK)[:, np.newaxis]
    sums = np.concatenate([np.zeros((count, 1)), np.cumsum(centered, axis=1)], axis=1) / spread
    sums[:, -1] = 0.0

    places = np.arange(SHORTEST, length - SHORTEST + 1)
    alone = sums[:, places] ** 2 * (length / (places * (length - places)))
    best = alone.argmax(axis=1)
    place, once = places[best], alone[np.arange(count), best]
    begin, end, twice = _between_two(sums)

    once = _against_rest(once, length, 2) * _deflation(*_without_levels(centered, np.zeros_like(place), place))
    twice = _against_rest(twice, length, 3) * _deflation(*_without_levels(centered, begin, end))
    return _Split(sizes=np.stack([once, twice]), place=place, segment=np.stack([begin, end], axis=1))


def _between_two(sums: Floats) -> tuple[Places, Places, Floats]:
    """Where the level between two changes that explains most begins and ends, and the squares between the levels.

    `sums` are those before each place. What lies before and after the level is empty or a level itself. All begins at
    once, for one length of the level after the other.
    """
    count, length = sums.shape[0], sums.shape[1] - 1
    at = np.arange(length + 1)
    before, after = sums**2 / np.maximum(at, 1), sums**2 / np.maximum(length - at, 1)
    before[:, 1:SHORTEST] = after[:, length - SHORTEST + 1 : length] = -math.inf
    begin, end = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=np.intp)
    most, rows = np.full(count, -math.inf), np.arange(count)
    for inside in range(SHORTEST, length):
        found = (sums[:, inside:] - sums[:, :-inside]) ** 2
        found /= inside
        found += before[:, :-inside]
        found += after[:, inside:]
        where = found.argmax(axis=1)
        value = found[rows, where]
        better = value > most
        most[better], begin[better], end[better] = value[better], where[better], where[better] + inside
    return begin, end, most


def _against_rest(between: Floats, length: int, levels: int) -> Floats:
    """The root of F: the variance between levels, of a total of `length`, by what they leave.

    Held against the total instead, no step however clear would be large enough to be made smaller by a half.
    """
    left = np.maximum(length - between, SLACK)
    return np.asarray(np.sqrt(between / left * (length - levels) / (levels - 1)))


def _without_levels(centered: Floats, begin: Places, end: Places) -> tuple[Floats, Places]:
    """What up to three levels leave of each series, and how many levels those are."""
    at = np.arange(centered.shape[1])
    inside = (at >= begin[:, np.newaxis]) & (at < end[:, np.newaxis])
    after = at >= end[:, np.newaxis]
    left, levels = centered.copy(), np.zeros(len(centered), dtype=np.intp)
    for level in (inside, after, ~(inside | after)):
        size = level.sum(axis=1)
        levels += size > 0
        left -= level * ((centered * level).sum(axis=1) / np.maximum(size, 1))[:, np.newaxis]
    return left, levels


def _deflation(left: Floats, parameters: Places) -> Floats:
    """What autocorrelation leaves of a standardised sum: sqrt((1 - r) / (1 + r)), the long-run variance of AR(1).

    r is the lag-1 autocorrelation of what a fit leaves, taken as 0 where it is negative. Each parameter that is fitted
    takes 1/n off it, and 3/n of itself are lost beside (Kendall, Biometrika 41, 1954; Marriott and Pope, ibid.).
    """
    seen = (left[:, 1:] * left[:, :-1]).sum(axis=1) / np.maximum((left**2).sum(axis=1), SLACK)
    correlation = np.clip(seen + (parameters + 3 * seen) / left.shape[1], 0.0, STRONGEST)
    return np.asarray(np.sqrt((1 - correlation) / (1 + correlation)))


def _drifts(values: Floats) -> bool:
    """Whether a line has a slope, by Student's t made smaller by the autocorrelation that it leaves."""
    left = _without_line(values)
    told, rest = float(((values - values.mean() - left) ** 2).sum()), float((left**2).sum())
    t = math.sqrt(told / max(rest, SLACK) * (values.size - 2)) * float(_deflation(left[np.newaxis], np.array([2]))[0])
    return 2 * float(special.stdtr(values.size - 2, -t)) <= LEVEL


def _without_line(values: Floats) -> Floats:
    """What the straight line of least squares leaves."""
    at = np.arange(values.size) - (values.size - 1) / 2
    centered = values - values.mean()
    return np.asarray(centered - (at @ centered) / (at @ at) * at)


def _line_is_better(values: Floats, cuts: list[int]) -> bool:
    """Whether a straight line tells more of the series than levels do."""
    return _criterion(_without_line(values), 2) <= _misfit(values, cuts)


def _misfit(values: Floats, cuts: list[int]) -> float:
    """What levels leave; they have their heights and the places between them."""
    left = np.concatenate([part - part.mean() for part in np.split(values, cuts)])
    return _criterion(left, 2 * len(cuts) + 1)


def _criterion(left: Floats, parameters: int) -> float:
    """Schwarz's criterion (BIC, Ann. Stat. 6, 1978) of normal errors."""
    return left.size * math.log(max(float((left**2).mean()), SLACK)) + parameters * math.log(left.size)
