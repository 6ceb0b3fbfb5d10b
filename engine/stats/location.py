"""The iterations of one invocation become its one value; `LOCATION` is the one in use, for the reason given there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from engine.stats.sample import finite


def median(values: ArrayLike) -> float:
    """The middle value: "as seen"."""
    return float(np.median(finite(values)))


def lower_quartile(values: ArrayLike) -> float:
    """The 25 % quantile, interpolated linearly (type 7 of Hyndman and Fan 1996): of five values the second smallest."""
    return float(np.quantile(finite(values), 0.25))


def minimum(values: ArrayLike) -> float:
    """The smallest value (Chen and Revels 2016, arXiv:1608.04295)."""
    return float(np.min(finite(values)))


LOCATION: Final[Callable[[ArrayLike], float]] = lower_quartile
LOCATION_NAME: Final = "lower quartile"
"""Noise on a shared machine only adds, comes in bursts and hits two threads more often than one: where it disturbs 19 %
of the iterations at one thread and 51 % at two, the median shows a speedup 17 % too small, the lower quartile 3 %. The
minimum is less biased still but flatters contended code, whose fastest iteration is the one in which the threads
happened not to meet (docs/method.md has the figures)."""
