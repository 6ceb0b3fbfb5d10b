"""Iterations in invocations become what scatters between and within them, with intervals.

The one-way random-effects model on the log scale: log(time) = level + invocation + iteration, with the components of
the analysis of variance (Searle, Casella and McCulloch, Variance Components, 1992). Kalibera and Jones
(Rigorous benchmarking in reasonable time, ISMM 2013) call the within variance T1^2 and the between variance T2^2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from engine.model import Estimate
from engine.stats.estimate import unknown
from engine.stats.sample import Floats, confidence_level, positive

QUANTILES = (np.arange(19) + 0.5) / 19
"""Equal shares of what a ratio of variances may be."""

GRID = np.linspace(-1 + 1e-6, 1 - 1e-6, 801)
"""Autocorrelations that are looked among."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Standard deviations on the log scale, where 0.02 is two percent; NaN where there is too little to tell."""

    between: Estimate
    """Of one invocation's level from another's. A negative estimate of its square is shown as 0."""
    within: Estimate
    """Of an iteration from the level of its invocation."""
    correlation: Estimate
    """Intra-class: the share of the variance that lies between invocations."""
    autocorrelation: float
    """Of neighbouring iterations of one invocation; NaN for fewer than three."""
    ratios: tuple[float, ...]
    """What between^2 / within^2 may be: its quantiles by the F interval at every confidence, each as likely as another.
    Empty where nothing is known, or nothing scatters within."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Squares:
    """The table of the analysis of variance."""

    between: float
    """Mean square between invocations."""
    within: float
    above: int
    """Degrees of freedom of the first."""
    below: int
    size: float
    """Iterations per invocation; of unequal ones n0, which makes the expected mean squares right."""


def components(invocations: Sequence[ArrayLike], confidence: float) -> Components:
    """The components of times above zero, one sequence for each invocation, in time order.

    Intervals assume normal logs: of `within` by chi-square (exact), of `correlation` by F (exact where all invocations
    have as many iterations; Searle 1971, Shrout and Fleiss 1979), of `between` by the modified large-sample method
    (Burdick and Graybill, Confidence Intervals on Variance Components, 1992), which has 0 as its lower
    bound exactly where the F interval has. Unequal numbers of iterations: n0 in place of their number (approximate).
    Correlated iterations: what those of one invocation have in common counts as between.
    Raises ValueError for no invocation, an empty one, NaN, infinity and what is not above zero.
    """
    confidence_level(confidence)
    logs = _Logs(invocations)
    table = logs.squares()
    if table.below < 1:
        nothing = unknown(confidence, logs.sizes.size)
        return Components(between=nothing, within=nothing, correlation=nothing, autocorrelation=math.nan, ratios=())
    return Components(
        between=_between(table, confidence),
        within=_within(table, confidence),
        correlation=_correlation(table, confidence),
        autocorrelation=logs.autocorrelation(),
        ratios=_ratios(table),
    )


class _Logs:
    """The logs of all invocations, one after the other, as deviations from the mean of their invocation."""

    def __init__(self, invocations: Sequence[ArrayLike]) -> None:
        if not len(invocations):
            raise ValueError("expected at least one invocation, found none")
        arrays = [np.asarray(one, dtype=np.float64) for one in invocations]
        for one in arrays:
            if one.ndim != 1 or not one.size:
                raise ValueError(f"expected a list of numbers for each invocation, found {one.tolist()}")
        logs = np.log(positive(np.concatenate(arrays)))
        self.sizes = np.array([one.size for one in arrays])
        starts = np.cumsum(self.sizes) - self.sizes
        self.mean, self.means = float(logs.mean()), np.add.reduceat(logs, starts) / self.sizes
        self.place = np.repeat(np.arange(self.sizes.size), self.sizes)
        equal = np.maximum.reduceat(logs, starts) == np.minimum.reduceat(logs, starts)
        # Rounding must not make scatter of what has none.
        self.deviations = np.where(equal[self.place], 0.0, logs - self.means[self.place])
        self.flat = bool(np.all(logs == logs[0]))

    def squares(self) -> _Squares:
        """The table of the analysis of variance."""
        total, count = int(self.sizes.sum()), int(self.sizes.size)
        above, below = count - 1, total - count
        between = 0.0 if self.flat else float(np.sum(self.sizes * (self.means - self.mean) ** 2))
        return _Squares(
            between=between / above if above else math.nan,
            within=float(self.deviations @ self.deviations) / below if below else math.nan,
            above=above,
            below=below,
            size=(total - float(self.sizes @ self.sizes) / total) / above if above else float(total),
        )

    def autocorrelation(self) -> float:
        """At lag 1, of iterations around the mean of their invocation, over all invocations together.

        Taking off the mean of a short series makes it too small (-1/n where there is none; Kendall, Biometrika 41,
        1954). So: that of the first-order autoregressive process of which one expects what is seen.
        """
        scattered = np.bincount(self.place, weights=self.deviations**2)
        told = (self.sizes > 2) & (scattered > 0)
        if not told.any():
            return math.nan
        products = np.where(self.place[1:] == self.place[:-1], self.deviations[1:] * self.deviations[:-1], 0.0)
        seen = float(products[told[self.place[1:]]].sum() / scattered[told].sum())
        sizes, counts = np.unique(self.sizes[told], return_counts=True)
        lagged, squares = sum(
            (_expected(int(size)) * int(number) for size, number in zip(sizes, counts, strict=True)),
            start=np.zeros((2, GRID.size)),
        )
        expected = lagged / squares
        if not expected[0] < seen < expected[-1]:
            return math.copysign(1.0, seen - float(expected[GRID.size // 2]))
        return float(np.interp(seen, expected, GRID))


def _within(table: _Squares, confidence: float) -> Estimate:
    least, most = _chi_square(table.below, confidence)
    return _deviation(table.within, table.within / most, table.within / least, confidence, table.above + 1)


def _between(table: _Squares, confidence: float) -> Estimate:
    """The modified large-sample interval (Burdick and Graybill 1992)."""
    if not table.above:
        return unknown(confidence, 1)
    least, most = _f(table.above, table.below, confidence)
    bounds = [_chi_square(freedom, confidence) for freedom in (table.above, table.below)]
    down, up = [1 - 1 / one[1] for one in bounds], [1 / one[0] - 1 for one in bounds]
    mixed_low = ((most - 1) ** 2 - (down[0] * most) ** 2 - up[1] ** 2) / most
    mixed_high = ((1 - least) ** 2 - (up[0] * least) ** 2 - down[1] ** 2) / least
    big, small = table.between, table.within
    below_it = (down[0] * big) ** 2 + (up[1] * small) ** 2 + mixed_low * big * small
    above_it = (up[0] * big) ** 2 + (down[1] * small) ** 2 + mixed_high * big * small
    found = (big - small, big - small - math.sqrt(max(0.0, below_it)), big - small + math.sqrt(max(0.0, above_it)))
    value, low, high = (one / table.size for one in found)
    return _deviation(value, low, high, confidence, table.above + 1)


@lru_cache
def _chi_square(freedom: int, confidence: float) -> tuple[float, float]:
    """The quantiles of chi-square / freedom that enclose so much of it."""
    tail = (1 - confidence) / 2
    return float(stats.chi2.ppf(tail, freedom)) / freedom, float(stats.chi2.ppf(1 - tail, freedom)) / freedom


@lru_cache
def _f(above: int, below: int, confidence: float) -> tuple[float, float]:
    """The quantiles of F that enclose so much of it."""
    tail = (1 - confidence) / 2
    return float(stats.f.ppf(tail, above, below)), float(stats.f.ppf(1 - tail, above, below))


@lru_cache
def _f_quantiles(above: int, below: int) -> Floats:
    return np.asarray(stats.f.ppf(QUANTILES, above, below), dtype=np.float64)


def _deviation(value: float, low: float, high: float, confidence: float, count: int) -> Estimate:
    """A standard deviation from a variance; what is negative is 0."""
    value, low, high = (math.sqrt(max(0.0, one)) for one in (value, low, high))
    return Estimate(value=value, low=low, high=high, confidence=confidence, count=count)


def _correlation(table: _Squares, confidence: float) -> Estimate:
    if not table.above or table.between == table.within == 0:
        return unknown(confidence, table.above + 1)
    least, most = _f(table.above, table.below, confidence)
    value, low, high = (_share(table, quantile) for quantile in (1.0, most, least))
    return Estimate(value=value, low=low, high=high, confidence=confidence, count=table.above + 1)


def _share(table: _Squares, quantile: float) -> float:
    """The intra-class correlation for which F would be `quantile` times what it is expected to be."""
    scaled = table.within * quantile
    return max(0.0, (table.between - scaled) / (table.between + (table.size - 1) * scaled))


def _ratios(table: _Squares) -> tuple[float, ...]:
    if not table.above or table.within == 0:
        return ()
    found = (table.between / table.within / _f_quantiles(table.above, table.below) - 1) / table.size
    return tuple(float(one) for one in np.maximum(found, 0.0)[::-1])


@lru_cache
def _expected(size: int) -> Floats:
    """For each autocorrelation of the grid, what `size` values of the process are expected to have around their mean.

    Two rows: the sum of the products of neighbours, the sum of squares.
    """
    powers = np.cumsum(GRID[:, np.newaxis] ** np.arange(size), axis=1)
    rows = powers + powers[:, ::-1] - 1  # sums of the rows of the correlation matrix
    whole = rows.sum(axis=1)
    products = (size - 1) * (GRID + whole / size**2) - (2 * whole - rows[:, 0] - rows[:, -1]) / size
    return np.stack([products, size - whole / size])
