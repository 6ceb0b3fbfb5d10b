"""Throughputs over threads become scaling laws with intervals, the likeliest first; knows no runs and no machine.

A law is fitted to the logs of the throughputs, with a scale of its own for every invocation, because throughputs
scatter by a share of their size and an invocation that is slow is slow at every thread count. For complete rounds that
is the same as fitting it to the geometric means over invocations. `usl` has the laws and the fit.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Final, overload

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from engine.model import Estimate, Law, ScalingFit
from engine.stats.sample import Floats, confidence_level, positive
from engine.stats.usl import FREE, Curves, fit_curves, thread_counts

RESAMPLES: Final = 1000
"""Of the bootstrap: their own noise is then below a tenth of the width of an interval."""

FEWEST: Final = 5
"""Invocations that an interval needs; of fewer there are not enough different resamples, and it would be too narrow."""

ROUNDING: Final = 1e-9
"""Residuals smaller than this share are rounding, and no law is better for it."""


@overload
def karp_flatt(speedup: float, threads: int) -> float: ...
@overload
def karp_flatt(speedup: Estimate, threads: int) -> Estimate: ...
def karp_flatt(speedup: float | Estimate, threads: int) -> float | Estimate:
    """The serial share that a speedup implies: (1/S - 1/N) / (1 - 1/N) (Karp and Flatt, CACM 33(5), 1990).

    0 for a speedup of N, 1 for none, above 1 for a loss; negative for more than N. NaN stays NaN.
    Raises ValueError for one thread, where it says nothing, and for a speedup that is not above zero.
    """
    if threads < 2:
        raise ValueError(f"a serial share needs at least two threads, found {threads}")
    if isinstance(speedup, Estimate):
        value, low, high = (karp_flatt(one, threads) for one in (speedup.value, speedup.high, speedup.low))
        return dataclasses.replace(speedup, value=value, low=low, high=high)
    if speedup <= 0:
        raise ValueError(f"expected a speedup above zero, found {speedup}")
    return (1 / speedup - 1 / threads) / (1 - 1 / threads)


def scaling_fits(rates: ArrayLike, threads: ArrayLike, confidence: float, seed: int = 0) -> tuple[ScalingFit, ...]:
    """All three laws fitted to throughputs, a row for each invocation and a column for each of `threads`.

    The first has the lowest AICc; of laws that tie, the one with fewer parameters. Intervals are by a bootstrap over
    invocations, the same for the same seed; NaN for fewer than `FEWEST`. Raises ValueError as `fit_curves` does.
    """
    count = thread_counts(threads)
    logs = np.log(np.atleast_2d(positive(rates)))
    confidence_level(confidence)
    means = logs.mean(axis=0, keepdims=True)
    samples = _resampled(logs, seed)
    fits = []
    for law, free in FREE.items():
        curve = fit_curves(np.exp(means), count, law)
        off = logs - np.log(curve(count))
        off -= off.mean(axis=1, keepdims=True)
        score = aicc(float((off**2).sum()), off.size, len(logs) + free + 1)
        others = fit_curves(np.exp(samples), count, law) if samples.size else None
        misfit = float(np.expm1(np.abs(means - np.log(curve(count))).max()))
        fits.append(_fit(law, curve, others, score=score, misfit=misfit, confidence=confidence, count=len(logs)))
    return tuple(sorted(fits, key=lambda fit: fit.aicc))


def aicc(squares: float, count: int, parameters: int) -> float:
    """Akaike's criterion for least squares, corrected for few points (Hurvich and Tsai, Biometrika 76, 1989).

    `squares` is the residual sum of squares of `count` points, `parameters` counts the variance too. Infinite where
    there are too few points for so many parameters.
    """
    left = count - parameters - 1
    if left <= 0:
        return math.inf
    spread = max(squares / count, ROUNDING**2)
    return count * math.log(spread) + 2 * parameters + 2 * parameters * (parameters + 1) / left


def _resampled(logs: Floats, seed: int) -> Floats:
    """The means over invocations drawn with replacement, whole rows: a row for each resample, none of too few."""
    rows = len(logs)
    if rows < FEWEST:
        return np.empty((0, logs.shape[1]))
    drawn = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLES)
    return np.asarray(drawn @ logs / rows)


def _fit(
    law: Law, curve: Curves, others: Curves | None, *, score: float, misfit: float, confidence: float, count: int
) -> ScalingFit:
    def estimate(values: Floats, resampled: Floats | None) -> Estimate:
        low, high = _bounds(float(values[0]), resampled, confidence, count)
        return Estimate(value=float(values[0]), low=low, high=high, confidence=confidence, count=count)

    peak = estimate(_peak(curve), _peak(others) if others else None)
    return ScalingFit(
        law=law,
        scale=estimate(curve.scale, others.scale if others else None),
        sigma=estimate(curve.sigma, others.sigma if others else None),
        kappa=estimate(curve.kappa, others.kappa if others else None),
        peak=peak if math.isfinite(peak.value) else None,
        aicc=score,
        misfit=misfit,
    )


def _peak(curves: Curves) -> Floats:
    """N_max = sqrt((1 - sigma) / kappa), at least 1; infinite where kappa is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.sqrt((1 - curves.sigma) / curves.kappa)
    return np.where(curves.kappa > 0, np.maximum(most, 1.0), np.inf)


def _bounds(value: float, resampled: Floats | None, confidence: float, count: int) -> tuple[float, float]:
    """The expanded percentile interval, which has Student's t for few invocations (Hesterberg, Am. Stat. 69, 2015)."""
    if resampled is None:
        return math.nan, math.nan
    reach = math.sqrt(count / (count - 1)) * float(stats.t.ppf(0.5 + confidence / 2, count - 1))
    place = max(0, math.floor(float(stats.norm.sf(reach)) * (RESAMPLES + 1)) - 1)
    ordered = np.sort(resampled)
    return min(value, float(ordered[place])), max(value, float(ordered[-1 - place]))
