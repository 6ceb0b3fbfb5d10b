"""Throughputs over threads become the curve that is nearest to them, many curves at once. Knows no interval.

The curve is the universal scalability law, X(N) = scale N / (1 + sigma (N - 1) + kappa N (N - 1)) (Gunther, Guerrilla
Capacity Planning, 2007), with Amdahl's law (kappa = 0) and linear scaling (both 0) as special cases. It is fitted by
non-linear least squares with all three free: Levenberg and Marquardt's method (Marquardt 1963) within 0 <= sigma <= 1,
0 <= kappa, the scale always at its best (variable projection, Golub and Pereyra 1973). A bootstrap needs thousands of
such fits, so all of them take each step together; tests hold them against scipy's, which makes one at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from engine.model import Law
from engine.stats.sample import Floats, positive

Residuals = Literal["log", "absolute"]

FREE: Final[dict[Law, int]] = {"linear": 0, "Amdahl": 1, "USL": 2}
"""Parameters of the shape (sigma, kappa) that each law may choose."""

STEPS: Final = 100
"""At most; from the grid five to fifteen are enough."""

ENOUGH: Final = 1e-9
"""A fit is found when its next step would be shorter than this."""

_GRID: Final = np.array(
    [
        (sigma, kappa)
        for sigma in (0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0)
        for kappa in (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.2, 1.0, 5.0)
    ]
)
"""Shapes to start from: whichever of them is nearest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Fitted curves, one item for each."""

    scale: Floats
    sigma: Floats
    kappa: Floats

    def __call__(self, threads: ArrayLike) -> Floats:
        """Their throughputs, one row for each curve."""
        count = np.asarray(threads, dtype=np.float64)
        return np.asarray(self.scale[:, np.newaxis] * count / _shape(self.sigma, self.kappa, count).T)


def fit_curves(rates: ArrayLike, threads: ArrayLike, law: Law = "USL", residuals: Residuals = "log") -> Curves:
    """Fit a law to every row of `rates`, which has a column for each of `threads`.

    `log`: the sum of squares of log(X / X(N)) is least: right where all rates scatter by the same share. `absolute`:
    that of X - X(N), as R's package usl and most published examples do it.
    Raises ValueError for fewer than three different thread counts and for rates that are not above zero.
    """
    count = thread_counts(threads)
    found = np.atleast_2d(positive(rates))
    if found.ndim != 2 or found.shape[1] != count.size:
        raise ValueError(f"expected {count.size} throughputs in each row, found an array of shape {found.shape}")
    size = found.mean(axis=1, keepdims=True)  # neither tiny nor huge numbers are squared
    problem = _Problem((found / size).T.copy(), count, absolute=residuals == "absolute")
    sigma, kappa = problem.solved(FREE[law])
    return Curves(scale=problem.scale(_shape(sigma, kappa, count)) * size[:, 0], sigma=sigma, kappa=kappa)


def thread_counts(threads: ArrayLike) -> Floats:
    """At least three different whole numbers of threads, as floats; ValueError otherwise."""
    count = positive(threads)
    if count.ndim != 1 or (count != np.round(count)).any() or np.unique(count).size != count.size:
        raise ValueError(f"expected different whole numbers of threads, found {count.tolist()}")
    if count.size < 3:
        raise ValueError(f"a scaling law needs at least three thread counts, found {count.size}")
    return count


def _shape(sigma: Floats, kappa: Floats, count: Floats) -> Floats:
    """1 + sigma (N - 1) + kappa N (N - 1): a row for each of `count`, a column for each curve."""
    return 1 + np.multiply.outer(count - 1, sigma) + np.multiply.outer(count * (count - 1), kappa)


class _Problem:
    """Rates to be fitted: a row for each of `count`, a column for each curve, so that sums run over whole rows."""

    def __init__(self, rates: Floats, count: Floats, *, absolute: bool) -> None:
        self.rates, self.count, self.absolute = rates, count, absolute
        self.threads = count[:, np.newaxis]
        self.each = np.log(rates / self.threads)

    def scale(self, shape: Floats) -> Floats:
        """The best scale of each curve, given its shape."""
        if self.absolute:
            curve = self.threads / shape
            return np.asarray((self.rates * curve).sum(axis=0) / (curve**2).sum(axis=0))
        return np.asarray(np.exp((self.each + np.log(shape)).mean(axis=0)))

    def solved(self, free: int) -> tuple[Floats, Floats]:
        """Sigma and kappa of each curve. A step that makes a fit worse is taken back and repeated shorter."""
        sigma, kappa = self._start(free)
        if not free:
            return sigma, kappa
        damping = np.full(sigma.size, 1e-3)
        left, slopes = self._state(sigma, kappa)
        for _ in range(STEPS):
            steps = _step(left, slopes, damping, (sigma, kappa), free)
            moved = np.clip(sigma + steps[0], 0, 1), np.maximum(kappa + steps[1], 0)
            left_there, slopes_there = self._state(*moved)
            here, there, hoped = (
                _square(rest) for rest in (left, left_there, left - slopes[0] * steps[0] - slopes[1] * steps[1])
            )
            better = there <= here
            sigma, kappa = np.where(better, moved[0], sigma), np.where(better, moved[1], kappa)
            left, slopes = np.where(better, left_there, left), np.where(better, slopes_there, slopes)
            bends = here - there < (here - hoped) / 2  # the straight line was a poor guide
            damping = np.clip(np.where(bends, damping * 5, damping / 5), 1e-12, 1e12)
            if (abs(steps[0]) <= ENOUGH).all() and (abs(steps[1]) <= ENOUGH * (kappa + 1e-3)).all():
                break
        return sigma, kappa

    def _start(self, free: int) -> tuple[Floats, Floats]:
        """The nearest shape of the grid, by logs: their sums of squares need no more than one product of matrices."""
        grid = _GRID[_GRID[:, 1] == 0] if free < 2 else _GRID
        grid = grid if free else grid[:1]
        curves = -np.log(_shape(grid[:, 0], grid[:, 1], self.count))
        curves -= curves.mean(axis=0)
        nearest = np.argmin((curves**2).sum(axis=0)[:, np.newaxis] - 2 * curves.T @ self.each, axis=0)
        return grid[nearest, 0], grid[nearest, 1]

    def _state(self, sigma: Floats, kappa: Floats) -> tuple[Floats, Floats]:
        """What is left of each rate, and the slopes of its curve by sigma and kappa while the scale follows."""
        shape = _shape(sigma, kappa, self.count)
        if self.absolute:
            weight = self.scale(shape) * self.threads / shape
            left = self.rates - weight
        else:
            left, weight = self.each + np.log(shape), np.ones_like(shape)
            left -= left.mean(axis=0)
        slopes = np.array([(1 - self.threads) * weight / shape, self.threads * (1 - self.threads) * weight / shape])
        along = (slopes * weight).sum(axis=1, keepdims=True) / (weight**2).sum(axis=0)
        return left, slopes - along * weight


def _square(left: Floats) -> Floats:
    return np.asarray((left**2).sum(axis=0))


def _step(left: Floats, slopes: Floats, damping: Floats, at: tuple[Floats, Floats], free: int) -> tuple[Floats, Floats]:
    """From a shape, the damped step that lowers the linearised sum of squares most, within the bounds of both.

    Its minimum over a box of two dimensions lies inside or on an edge, so the best of four points is exact.
    """
    tiny = np.finfo(np.float64).tiny
    least, most, lowest = -at[0], 1 - at[0], -at[1]
    curved = _square(slopes[0]) * (1 + damping) + tiny, _square(slopes[1]) * (1 + damping) + tiny
    mixed, pull = np.asarray((slopes[0] * slopes[1]).sum(axis=0)), np.asarray((slopes * left).sum(axis=1))
    if free < 2:
        return np.clip(pull[0] / curved[0], least, most), np.zeros_like(mixed)

    def kappa_at(sigma: Floats) -> Floats:
        return np.asarray(np.maximum((pull[1] - mixed * sigma) / curved[1], lowest))

    def rise(sigma: Floats, kappa: Floats) -> Floats:
        quadratic = curved[0] * sigma**2 / 2 + curved[1] * kappa**2 / 2 + mixed * sigma * kappa
        return np.asarray(quadratic - pull[0] * sigma - pull[1] * kappa)

    inside = (pull[0] * curved[1] - pull[1] * mixed) / np.maximum(curved[0] * curved[1] - mixed**2, tiny)
    inside = np.clip(inside, least, most)
    edge = np.clip((pull[0] - mixed * lowest) / curved[0], least, most)
    sigmas = np.array([inside, least, most, edge])
    kappas = np.array([kappa_at(inside), kappa_at(least), kappa_at(most), lowest])
    best = np.argmin([rise(*point) for point in zip(sigmas, kappas, strict=True)], axis=0)
    columns = np.arange(best.size)
    return sigmas[best, columns], kappas[best, columns]
