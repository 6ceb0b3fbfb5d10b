"""Made-up measurements whose truth is known: log times of iterations in invocations; knows no statistic.

The model has two levels: iteration j of invocation i takes log time B_i + W_ij. The intra-class correlation is the
share of the variance that lies between invocations (in B).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import stats
from engine.stats.sample import Floats

SLOW: Final = math.log(1.5)
"""How much longer a disturbed iteration takes, on the log scale (on shared machines x1.3 to x1.9)."""

ITERATIONS: Final = 5
"""Kept in an invocation, as scenarios do by default."""

Draw = Callable[[np.random.Generator, tuple[int, ...]], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What noise looks like: each level a standardised variate, scaled to its share of the variance."""

    draw: Draw
    """Variates of mean 0 and standard deviation 1."""
    scatter: float
    """Standard deviation of one iteration's log time, both levels together and without slow ones."""
    slow: float = 0.0
    """Share of the iterations that take 1.5 times as long."""
    memory: float = 0.0
    """Lag-1 autocorrelation of the iterations within an invocation (AR(1))."""


def _normal(generator: np.random.Generator, size: tuple[int, ...]) -> Floats:
    return generator.standard_normal(size)


def _heavy(generator: np.random.Generator, size: tuple[int, ...]) -> Floats:
    return generator.standard_t(2.5, size) / math.sqrt(2.5 / 0.5)


def _skewed(generator: np.random.Generator, size: tuple[int, ...]) -> Floats:
    """A floor and a log-normal excess over it, as timings have it; skewness 3.7."""
    variance = 0.8**2
    mean, deviation = math.exp(variance / 2), math.sqrt((math.exp(variance) - 1) * math.exp(variance))
    return (np.exp(0.8 * generator.standard_normal(size)) - mean) / deviation


SHAPES: Final[Mapping[str, Shape]] = {
    "normal": Shape(draw=_normal, scatter=0.05),
    "log-normal": Shape(draw=_normal, scatter=0.15),
    "skewed": Shape(draw=_skewed, scatter=0.05),
    "bimodal": Shape(draw=_normal, scatter=0.03, slow=0.2),
    "heavy-tailed": Shape(draw=_heavy, scatter=0.05),
    "autocorrelated": Shape(draw=_normal, scatter=0.05, memory=0.5),
}
"""Log-normal: the time is, so its log is normal and wide. Skewed: the log time itself is a floor plus a log-normal
excess. Bimodal: one-sided, a share of iterations at x1.5, some of it whole invocations. Heavy-tailed: t with 2.5
degrees of freedom."""

CORRELATIONS: Final = (0.0, 0.3, 0.6)
"""Intra-class ones that are tried."""


def log_times(shape: Shape, correlation: float, generator: np.random.Generator, size: tuple[int, int, int]) -> Floats:
    """Log times of (samples, invocations, iterations) around 0."""
    between, within = math.sqrt(correlation), math.sqrt(1 - correlation)
    noise = within * _series(shape, generator, size)
    noise += between * shape.draw(generator, (*size[:2], 1))
    noise *= shape.scatter
    if shape.slow:
        noise += SLOW * _disturbed(shape.slow, correlation, generator, size)
    return noise


def located(
    shape: Shape,
    correlation: float,
    generator: np.random.Generator,
    size: tuple[int, int],
    iterations: int = ITERATIONS,
) -> Floats:
    """The values of (samples, invocations), each the location of its iterations that the engine uses."""
    return stats.LOCATION(log_times(shape, correlation, generator, (*size, iterations)))


def pseudo_median(population: Floats) -> float:
    """The median of the mean of two values drawn from a population in no order."""
    half = population.size // 2
    return float(np.median(population[:half] + population[half : 2 * half])) / 2


def _disturbed(
    share: float, correlation: float, generator: np.random.Generator, size: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Which iterations are slow: `share` of them, and any two of one invocation with this correlation.

    Each takes the state of its invocation with probability sqrt(correlation), else a state of its own.
    """
    invocation = generator.random((*size[:-1], 1)) < share
    own = generator.random(size) < share
    return np.where(generator.random(size) < math.sqrt(correlation), invocation, own)


def _series(shape: Shape, generator: np.random.Generator, size: tuple[int, int, int]) -> Floats:
    values = shape.draw(generator, size)
    fresh = math.sqrt(1 - shape.memory**2)
    for place in range(1, size[2] if shape.memory else 0):
        values[..., place] = shape.memory * values[..., place - 1] + fresh * values[..., place]
    return values
