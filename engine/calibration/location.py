"""What each location of an invocation's iterations makes of a true speedup of 1, when noise comes in bursts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from engine import stats
from engine.calibration.finding import Finding, blocks
from engine.calibration.noise import ITERATIONS, SLOW
from engine.stats.estimate import pair_means
from engine.stats.sample import Floats

INVOCATIONS = 10
QUIET = 0.02
"""Standard deviation of an undisturbed iteration."""

DISTURBED = {"as on a shared machine": (0.19, 0.51), "as often at both": (0.19, 0.19), "quiet": (0.0, 0.0)}
"""Shares of the iterations that take 1.5 times as long, at one thread and at two; the first as measured (docs)."""

BURSTS = (0.2, 0.5)
"""Correlation of an iteration with the one before it in being disturbed."""


def tenth(values: ArrayLike) -> Floats:
    """The 10 % quantile over the last axis, interpolated."""
    return np.asarray(np.quantile(np.asarray(values), 0.1, axis=-1), dtype=np.float64)


LOCATIONS: Final[Mapping[str, Callable[[ArrayLike], Floats]]] = {
    "median": stats.median,
    "lower quartile": stats.lower_quartile,
    "10 % quantile": tenth,
    "minimum": stats.minimum,
}


def experiment(samples: int, generator: np.random.Generator) -> tuple[Finding, ...]:
    """Bias of the speedup, on average and in the middle, and scatter from one measurement to the next; all relative."""
    found = []
    for name, (one, two) in DISTURBED.items():
        for burst in BURSTS if one else BURSTS[:1]:
            logs: dict[str, list[Floats]] = {method: [] for method in LOCATIONS}
            for size in blocks(samples):
                single, double = _times(one, burst, generator, size), _times(two, burst, generator, size)
                for method, locate in LOCATIONS.items():
                    logs[method].append(np.median(pair_means(locate(single) - locate(double)), axis=-1))
            case = (("disturbed", name), ("bursts", f"{burst:g}" if one else "none"))
            for method, parts in logs.items():
                estimates = np.concatenate(parts)
                figures = {
                    "bias": math.expm1(float(estimates.mean())),
                    "median_bias": math.expm1(float(np.median(estimates))),
                    "scatter": float(estimates.std()),
                }
                found.append(Finding(case=case, method=method, figures=figures))
    return tuple(found)


def _times(share: float, burst: float, generator: np.random.Generator, samples: int) -> Floats:
    size = (samples, INVOCATIONS, ITERATIONS)
    slow, goes_on = generator.random(size) < share, generator.random(size) < burst
    for place in range(1, ITERATIONS):
        slow[..., place] = np.where(goes_on[..., place], slow[..., place - 1], slow[..., place])
    return np.asarray(QUIET * generator.standard_normal(size) + SLOW * slow, dtype=np.float64)
