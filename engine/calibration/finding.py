"""What an experiment found: for each case and method its figures; and how coverage is counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from engine.stats.sample import Floats

CONFIDENCE: Final = 0.95
"""Of every interval that is tried."""

BLOCK: Final = 2000
"""Samples that are worked on at once, for the sake of memory."""

POPULATION: Final = 1_000_000
"""Invocations that a true value is found from; its error is far below any interval's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One method in one case."""

    case: tuple[tuple[str, str], ...]
    """Name of a column and its value."""
    method: str
    figures: Mapping[str, float]
    """Shares (coverage, error, power), relative sizes (half_width, bias, scatter, rmse), counts (invocations)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that an experiment found."""

    experiment: str
    samples: int
    seed: int
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Tally:
    """Counts how often intervals on the log scale hold the truth, and how wide they are."""

    held: int = 0
    widths: list[Floats] = field(default_factory=list)

    def add(self, low: Floats, high: Floats, truth: float) -> None:
        """Intervals of as many samples, and the one true value of all of them."""
        self.held += int(((low <= truth) & (truth <= high)).sum())
        self.widths.append(np.asarray(high - low))

    def figures(self) -> dict[str, float]:
        """`coverage` as a share and `half_width`, the median, relative."""
        widths = np.concatenate(self.widths)
        return {"coverage": self.held / widths.size, "half_width": math.expm1(float(np.median(widths)) / 2)}


def blocks(samples: int) -> Iterator[int]:
    """Sizes of blocks that make up the samples."""
    for start in range(0, samples, BLOCK):
        yield min(BLOCK, samples - start)
