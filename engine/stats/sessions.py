"""Ratios between two sessions become how far sessions lie apart, and comparisons that allow for it.

Invocations tell how they scatter within a session. That the whole machine was faster or slower for minutes (its clock,
its neighbours) is in every ratio between two sessions, and no invocation shows it. Many rows together do: if most of
them did not really change, their ratios scatter more than their intervals say by just that much.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from engine.model import Estimate, Sessions
from engine.stats.comparison import MARGIN, Compared, region_p

FEWEST = 6
"""Rows from which on their scatter says anything."""
EFFICIENCY = 0.37
"""Of a median deviation against a standard deviation, for normal noise (Rousseeuw and Croux 1993): so many of the
degrees of freedom are left."""


def sessions_apart(ratios: Sequence[Estimate]) -> Sessions | None:
    """The scatter that makes the middle squared deviation of the log ratios from 0 what chance would make it.

    The empirical null of many comparisons (Efron, Large-scale simultaneous hypothesis testing, JASA 99, 2004) with its
    center held at 0, so that a shift that all rows have in common widens their intervals and is not taken off them;
    solved as Paule and Mandel (1982) do, with a median where they have a mean: fewer than half of the rows may really
    have changed without being taken for scatter. None for fewer than 6 ratios with an interval.
    """
    known = [one for one in ratios if math.isfinite(_error(one))]
    if len(known) < FEWEST:
        return None
    logs = np.array([math.log(one.value) for one in known])
    errors = np.array([_error(one) for one in known])
    expected = float(special.chdtri(1, 0.5))
    low, high = 0.0, 2 * float(np.abs(logs).max()) + 1e-12

    def excess(scatter: float) -> float:
        with np.errstate(divide="ignore", invalid="ignore"):
            squares = np.nan_to_num(logs**2 / (errors**2 + scatter**2), nan=0.0)
        return float(np.median(squares)) - expected

    if excess(0.0) > 0:
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    else:
        high = 0.0
    return Sessions(scatter=high, freedom=max(1.0, EFFICIENCY * (len(known) - 1)))


def allowed(found: Compared, sessions: Sessions | None, *, margin: float = MARGIN) -> Compared:
    """The comparison with what lies between sessions: a wider interval, and no p below that of both scatters together.

    The latter is Student's t.
    """
    if sessions is None or sessions.scatter == 0:
        return found
    ratio = allowed_ratio(found.ratio, sessions)
    shift, both = math.log(found.ratio.value), math.hypot(_error(found.ratio), sessions.scatter)
    p = region_p(lambda edge: 2 * float(special.stdtr(sessions.freedom, -abs(shift - edge) / both)), shift, margin)
    return dataclasses.replace(found, ratio=ratio, p=max(found.p, p))


def allowed_ratio(ratio: Estimate, sessions: Sessions | None) -> Estimate:
    """The ratio with an interval that holds what lies between sessions: half-widths add as squares on the log scale."""
    if sessions is None or sessions.scatter == 0 or not math.isfinite(_error(ratio)):
        return ratio
    reach = float(special.stdtrit(sessions.freedom, 0.5 + ratio.confidence / 2)) * sessions.scatter
    down = math.hypot(math.log(ratio.value / ratio.low), reach)
    up = math.hypot(math.log(ratio.high / ratio.value), reach)
    return dataclasses.replace(ratio, low=ratio.value * math.exp(-down), high=ratio.value * math.exp(up))


def _error(ratio: Estimate) -> float:
    """The standard error that a normal interval as wide as this one on the log scale would have."""
    if not (ratio.low > 0 and math.isfinite(ratio.high)):
        return math.inf
    return math.log(ratio.high / ratio.low) / 2 / float(special.ndtri(0.5 + ratio.confidence / 2))
