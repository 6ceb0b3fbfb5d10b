"""How often a report of many comparisons of identical programs calls any of them faster or slower."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from engine import stats
from engine.calibration.finding import CONFIDENCE, Finding
from engine.calibration.noise import SHAPES, located
from engine.model import Direction
from engine.stats.sample import Floats

COMPARISONS, INVOCATIONS, CORRELATION = 166, 10, 0.3
MARGINS = (stats.MARGIN, 0.0)
"""The engine's; and none, which is the honest test of p-values and correction, for a margin alone makes errors rare."""

NOISES = tuple(name for name in SHAPES if name != "log-normal")
"""Log-normal is normal on the log scale, but for its size."""

FEWER = 20
"""Samples to one family of comparisons."""

TRUE = (1.05, 1.1)
"""Ratios that are no error, one at a time put in the place of one of the identical pairs."""


@dataclass(slots=True)
class _Score:
    """Counts of families: wrong with and without correction, and the true differences that were seen."""

    corrected: int = 0
    uncorrected: int = 0
    single: int = 0
    seen: dict[float, int] = field(default_factory=lambda: dict.fromkeys(TRUE, 0))


def experiment(
    samples: int, generator: np.random.Generator, *, noises: Collection[str] = NOISES
) -> tuple[Finding, ...]:
    """Error of a family (any comparison wrong), with and without correction, of one comparison; and power."""
    families = max(1, samples // FEWER)
    found = []
    for name in noises:
        shape = SHAPES[name]
        scores = {(margin, paired): _Score() for margin in MARGINS for paired in (True, False)}
        for _ in range(families):
            above, below = np.split(located(shape, CORRELATION, generator, (2 * COMPARISONS, INVOCATIONS)), 2)
            for (margin, paired), score in scores.items():
                _judge(np.exp(above), np.exp(below), score, margin=margin, paired=paired)
        for (margin, paired), score in scores.items():
            figures = {
                "error": score.corrected / families,
                "uncorrected": score.uncorrected / families,
                "single": score.single / families / COMPARISONS,
            } | {f"power {ratio - 1:.0%}": score.seen[ratio] / families for ratio in TRUE}
            case = (("noise", name), ("margin", f"{margin:.0%}"))
            found.append(Finding(case=case, method="paired" if paired else "unpaired", figures=figures))
    return tuple(found)


def _judge(above: Floats, below: Floats, score: _Score, *, margin: float, paired: bool) -> None:
    """One report, judged as the engine does it."""
    said = [
        stats.compared(one, other, CONFIDENCE, paired=paired, margin=margin)
        for one, other in zip(above, below, strict=True)
    ]
    chances = [one.p for one in said]
    wrong = sum(_differs(stats.direction(one.ratio, one.p, margin=margin)) for one in said)
    score.single += wrong
    score.uncorrected += wrong > 0
    score.corrected += any(
        _differs(stats.direction(one.ratio, p, margin=margin)) for one, p in zip(said, stats.holm(chances), strict=True)
    )
    for ratio in TRUE:
        true = stats.compared(ratio * above[0], below[0], CONFIDENCE, paired=paired, margin=margin)
        p = stats.holm([true.p, *chances[1:]])[0]
        score.seen[ratio] += stats.direction(true.ratio, p, margin=margin) == "slower"


def _differs(said: Direction) -> bool:
    return said in {"faster", "slower"}
