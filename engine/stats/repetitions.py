"""Variances and costs become how many iterations to measure in an invocation; knows no interval.

Two-stage sampling: a mean over n invocations of r iterations each has the variance (between^2 + within^2 / r) / n and
costs n (start + r iteration). The r that makes their product least is sqrt(start / iteration * within^2 / between^2):
Cochran, Sampling Techniques, 3rd ed. 1977; Kalibera and Jones, Rigorous benchmarking in reasonable time,
ISMM 2013, who count start as the cost of the upper level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.stats.sample import Floats

LEAST: Final = 2
MOST: Final = 50
"""Iterations per invocation that are ever advised: one alone shows no scatter within, and what 50 leave open is better
asked of another process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Of an invocation before its first kept iteration, and of each iteration, in one unit. ValueError: impossible."""

    start: float
    iteration: float

    def __post_init__(self) -> None:
        if not (0 <= self.start < math.inf and 0 < self.iteration < math.inf):
            raise ValueError(
                "expected a start that costs nothing or more and an iteration that costs something, found "
                f"{self.start} and {self.iteration}"
            )


def best_iterations(between: float, within: float, costs: Costs) -> int:
    """Kalibera and Jones's optimum for two standard deviations, rounded up: `LEAST` to `MOST`.

    It is `MOST` where nothing scatters between invocations. Raises ValueError for what can be no deviation.
    """
    if not (0 <= between < math.inf and 0 <= within < math.inf):
        raise ValueError(f"expected two standard deviations of at least 0, found {between} and {within}")
    if within == 0 or costs.start == 0:
        return LEAST
    wanted = math.sqrt(costs.start / costs.iteration) * within
    return MOST if wanted >= MOST * between else max(LEAST, math.ceil(wanted / between))


def best_for_all(ratios: Sequence[Sequence[float]], costs: Costs, most: int = MOST) -> int:
    """One number of iterations for runs that are measured together and known roughly: `LEAST` to `most`.

    `ratios` has for each run what between^2 / within^2 may be (`Components.ratios`), each as likely as another; `costs`
    are those of all runs together. The answer has the least geometric mean of the widths over runs and ratios. For one
    run and one ratio it is Kalibera and Jones's, to the nearest best integer. Estimated from a few invocations theirs
    is a bad bet: whenever the estimate of between^2 falls below zero it asks for `MOST` (docs/method.md has what either
    loses). Without any ratio: `LEAST`.
    """
    numbers = np.arange(LEAST, max(LEAST, most) + 1, dtype=np.float64)
    return int(numbers[int(np.argmin(_log_widths(ratios, costs, numbers)))])


def width_change(ratios: Sequence[Sequence[float]], costs: Costs, of: float, to: float) -> float:
    """How many times as wide intervals are with `of` iterations per invocation as with `to`, for the same time.

    The geometric mean over runs and ratios, which are as in `best_for_all`. NaN where there are none.
    """
    if not (0 < of < math.inf and 0 < to < math.inf):
        raise ValueError(f"expected two numbers of iterations above zero, found {of} and {to}")
    change = _log_widths(ratios, costs, np.array([of, to], dtype=np.float64))
    return math.exp(change[0] - change[1]) if any(ratios) else math.nan


def _log_widths(ratios: Sequence[Sequence[float]], costs: Costs, numbers: Floats) -> Floats:
    """The mean logarithm of the width for the time spent, up to a constant, for each number of iterations."""
    known = [np.asarray(one, dtype=np.float64) for one in ratios if len(one)]
    if any((one < 0).any() or not np.isfinite(one).all() for one in known):
        raise ValueError("expected finite ratios of variances of at least 0")
    if not known:
        return np.zeros_like(numbers)
    variances = [np.log(one[:, np.newaxis] + 1 / numbers).mean(axis=0) for one in known]
    both = np.mean(variances, axis=0) + np.log(costs.start + numbers * costs.iteration)
    return np.asarray(both / 2, dtype=np.float64)
