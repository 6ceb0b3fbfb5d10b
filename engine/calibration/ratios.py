"""How often each interval of the ratio of two independent series holds the truth: unequal numbers, unequal noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Final

import numpy as np

from engine.calibration.candidates import RATIO_CANDIDATES, bounds_of_pairs
from engine.calibration.finding import POPULATION, Finding, Tally, blocks
from engine.calibration.noise import SHAPES, Shape, located, pseudo_median

CORRELATION = 0.3
COUNTS = ((5, 5), (10, 10), (20, 20), (30, 30), (5, 30), (30, 5), (10, 30), (30, 10), (10, 40), (40, 10))

PAIRED: Final = "pairs, signed ranks"


def _noisier(name: str) -> Shape:
    return dataclasses.replace(SHAPES[name], scatter=3 * SHAPES[name].scatter)


def _slow(share: float) -> Shape:
    return dataclasses.replace(SHAPES["bimodal"], slow=share)


CASES: Final = {
    "normal": (SHAPES["normal"], SHAPES["normal"]),
    "normal, first x3": (_noisier("normal"), SHAPES["normal"]),
    "skewed": (SHAPES["skewed"], SHAPES["skewed"]),
    "skewed, first x3": (_noisier("skewed"), SHAPES["skewed"]),
    "heavy-tailed": (SHAPES["heavy-tailed"], SHAPES["heavy-tailed"]),
    "heavy-tailed, first x3": (_noisier("heavy-tailed"), SHAPES["heavy-tailed"]),
    "bimodal, 20 % slow": (_slow(0.2), _slow(0.2)),
    "bimodal, 40 % and none": (_slow(0.4), _slow(0.0)),
    "bimodal, 51 % and 19 %": (_slow(0.51), _slow(0.19)),
}
"""The noise of the first series and of the second."""


def experiment(
    samples: int,
    generator: np.random.Generator,
    *,
    cases: Collection[str] = tuple(CASES),
    population: int = POPULATION,
) -> tuple[Finding, ...]:
    """Every candidate in every pair of noises; paired ratios beside them, where there are as many of both."""
    found = []
    for name in cases:
        first, second = CASES[name]
        whole, whole2 = (located(shape, CORRELATION, generator, (1, population))[0] for shape in (first, second))
        truths = {method: candidate.truth(whole, whole2) for method, candidate in RATIO_CANDIDATES.items()}
        truths[PAIRED] = pseudo_median(whole - whole2)
        for count, count2 in COUNTS:
            tallies = {method: Tally() for method in truths if method != PAIRED or count == count2}
            for size in blocks(samples):
                above = located(first, CORRELATION, generator, (size, count))
                below = located(second, CORRELATION, generator, (size, count2))
                for method, candidate in RATIO_CANDIDATES.items():
                    some = candidate.samples(size)
                    ends = candidate.interval(above[:some], below[:some], generator)
                    tallies[method].add(*ends, truths[method])
                if count == count2:
                    tallies[PAIRED].add(*bounds_of_pairs(above, below), truths[PAIRED])
            case = (("noise", name), ("invocations", f"{count}/{count2}"))
            found += [Finding(case=case, method=m, figures=tally.figures()) for m, tally in tallies.items()]
    return tuple(found)
