"""Histories of sessions, steady and with a step of known size: what is marked in them, by the engine and by others."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from engine import stats
from engine.calibration.finding import Finding
from engine.stats.levels import LEVEL, SHORTEST
from engine.stats.sample import Floats

LENGTHS: Final = (10, 30, 100)
SCATTER: Final = 0.05
"""Between sessions: the standard deviation of the log, about what a shared machine has (docs/method.md)."""
NEAR: Final = 2
"""Places from the true one that still count as found there."""
SLOWER: Final = math.log(1.2)
"""Of a state of the machine that lasts some sessions."""
LATEST: Final = 5
"""Sessions since a late step."""
PERMUTATIONS: Final = 199
FEWER: Final = 50
"""Samples to one history."""
SHARE: Final = 0.2
"""Of the histories, for the other methods."""


def _correlated(memory: float, generator: np.random.Generator, samples: int, length: int) -> Floats:
    noise = generator.standard_normal((samples, length))
    for place in range(1, length):
        noise[:, place] = memory * noise[:, place - 1] + math.sqrt(1 - memory**2) * noise[:, place]
    return SCATTER * noise


def _normal(generator: np.random.Generator, samples: int, length: int) -> Floats:
    return SCATTER * generator.standard_normal((samples, length))


def _heavy(generator: np.random.Generator, samples: int, length: int) -> Floats:
    return SCATTER * generator.standard_t(2.5, (samples, length)) / math.sqrt(2.5 / 0.5)


def _states(generator: np.random.Generator, samples: int, length: int) -> Floats:
    """A fifth of the time 1.2 times slower, for about three sessions on end."""
    slow = np.zeros((samples, length), dtype=bool)
    slow[:, 0] = generator.random(samples) < 0.2
    for place in range(1, length):
        drawn = generator.random(samples)
        slow[:, place] = np.where(slow[:, place - 1], drawn < 2 / 3, drawn < 1 / 12)
    return 0.6 * _normal(generator, samples, length) + SLOWER * slow


def _drifting(slower: float, generator: np.random.Generator, samples: int, length: int) -> Floats:
    return _normal(generator, samples, length) + math.log(slower) * np.linspace(0, 1, length)


Noise = Callable[[np.random.Generator, int, int], Floats]
STEADY: Final[Mapping[str, Noise]] = {
    "normal": _normal,
    "heavy-tailed": _heavy,
    "correlated, 0.3": partial(_correlated, 0.3),
    "correlated, 0.5": partial(_correlated, 0.5),
    "slow states": _states,
    "drift 5 %": partial(_drifting, 1.05),
    "drift 10 %": partial(_drifting, 1.1),
}
"""Log of what each session says, without any step. Heavy-tailed: t with 2.5 degrees of freedom."""

STEPS: Final = (0.05, 0.1, 0.2)


def _halfway(length: int) -> tuple[int, ...]:
    return (length // 2,)


def _late(length: int) -> tuple[int, ...]:
    return (length - LATEST,)


def _taken_back(length: int) -> tuple[int, ...]:
    return length // 3, 2 * length // 3


PLACES: Final[Mapping[str, Callable[[int], tuple[int, ...]]]] = {
    "halfway": _halfway,
    "five sessions ago": _late,
    "taken back": _taken_back,
}
"""Where the level goes up, and where it comes down again."""

Found = tuple[int, ...]
"""Places of changes."""


def by_energy(series: Floats, generator: np.random.Generator) -> Found:
    """The first change of E-divisive (Matteson and James, JASA 109, 2014; exponent 1), by permutation."""
    distances = np.abs(series[:, np.newaxis] - series)
    value, place = _energy(distances)
    orders = generator.permuted(np.tile(np.arange(series.size), (PERMUTATIONS, 1)), axis=1)
    beyond = sum(_energy(distances[np.ix_(order, order)])[0] >= value - 1e-12 for order in orders)
    return (place,) if (1 + beyond) / (1 + PERMUTATIONS) <= LEVEL else ()


def by_pruning(series: Floats, _: np.random.Generator) -> Found:
    """Least squares with a penalty of 3 log n for each change (PELT: Killick, Fearnhead and Eckley, JASA 107, 2012).

    The scatter is that of neighbours' differences, by the median. Found as PELT finds it, without its pruning.
    """
    scatter = float(np.median(np.abs(np.diff(series)))) / (0.6745 * math.sqrt(2))
    penalty = 3 * math.log(series.size) * scatter**2
    sums, squares = (np.concatenate([[0.0], np.cumsum(series**power)]) for power in (1, 2))
    best, last = [-penalty], [0]
    for end in range(1, series.size + 1):
        start = np.arange(max(1, end - SHORTEST + 1))
        cost = squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / (end - start)
        total = np.array(best)[start] + cost + penalty
        best.append(float(total.min()) if end >= SHORTEST else math.inf)
        last.append(int(total.argmin()))
    places, end = [], last[-1]
    while end:
        places.append(end)
        end = last[end]
    return tuple(places)


def _energy(distances: Floats) -> tuple[float, int]:
    """The largest scaled divergence of two parts, and where the second begins."""
    length = len(distances)
    corner = np.cumsum(np.cumsum(distances, axis=0), axis=1)
    first = np.arange(SHORTEST, length - SHORTEST + 1)
    second = length - first
    own = corner[first - 1, first - 1]
    both = corner[first - 1, -1] - own
    others = corner[-1, -1] - own - 2 * both
    apart = 2 * both / (first * second) - own / (first * (first - 1)) - others / (second * (second - 1))
    scaled = first * second / length * apart
    return float(scaled.max()), int(first[scaled.argmax()])


OTHERS: Final[Mapping[str, Callable[[Floats, np.random.Generator], Found]]] = {
    "E-divisive": by_energy,
    "PELT, BIC": by_pruning,
}


def experiment(
    samples: int, generator: np.random.Generator, *, lengths: Collection[int] = LENGTHS
) -> tuple[Finding, ...]:
    """Share of histories with any change marked; of those with a step, also how well it is placed and told."""
    found, samples = [], max(1, samples // FEWER)
    for length in lengths:
        for name, noise in STEADY.items():
            series = noise(generator, samples, length)
            found += _tried((("history", name), ("step", "none")), series, (), 0.0, generator)
        for name in ("normal", "heavy-tailed", "correlated, 0.3"):
            for step in STEPS:
                for where, places in PLACES.items():
                    if where != "five sessions ago" or length > 2 * LATEST:
                        series = STEADY[name](generator, samples, length)
                        up, down = (*places(length), length)[:2]
                        series[:, up:down] += math.log1p(step)
                        case = (("history", name), ("step", f"{step:.0%} {where}"))
                        found += _tried(case, series, places(length), step, generator)
    return tuple(found)


def _tried(
    case: tuple[tuple[str, str], ...], series: Floats, places: Found, step: float, generator: np.random.Generator
) -> list[Finding]:
    """What each method makes of the histories; of ratios the engine alone tells."""
    case = (("sessions", str(series.shape[1])), *case)
    said = [stats.steps(np.exp(one)) for one in series]
    figures = _marked([tuple(one.place for one in each.changes) for each in said], places)
    figures["drifting"] = sum(one.course == "drifting" for one in said) / len(said)
    ratios = [one.ratio for each in said for one in each.changes if places and abs(one.place - places[0]) <= NEAR]
    if ratios:
        figures["held"] = sum(one.low <= 1 + step <= one.high for one in ratios) / len(ratios)
    found = [Finding(case=case, method="fteng", figures=figures)]
    for name, method in OTHERS.items():
        chosen = series[: max(1, round(SHARE * len(series)))]
        figures = _marked([method(one, generator) for one in chosen], places)
        found.append(Finding(case=case, method=name, figures=figures))
    return found


def _marked(found: Sequence[Found], places: Found) -> dict[str, float]:
    """How many have a mark, and of those with a step how many near its place."""
    figures = {"marked": sum(map(bool, found)) / len(found)}
    near = [any(abs(one - places[0]) <= NEAR for one in each) for each in found if each and places]
    return figures | ({"placed": sum(near) / len(near)} if near else {})
