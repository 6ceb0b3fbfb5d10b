"""Numbers become an array that statistics may trust, or one clear ValueError; knows no statistic."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def finite(values: ArrayLike) -> Floats:
    """The values as an array of one dimension or more; ValueError where there are none or one is NaN or infinite."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"expected a list of numbers, found {values!r}")
    if not np.isfinite(array).all():
        raise ValueError(f"expected finite numbers, found {array[~np.isfinite(array)][0]}")
    return array


def positive(values: ArrayLike) -> Floats:
    """The same, for what must be above zero: times, rates, sizes, and whatever goes to the log scale."""
    array = finite(values)
    if (array <= 0).any():
        raise ValueError(f"expected numbers above zero, found {array[array <= 0][0]}")
    return array


def confidence_level(confidence: float) -> float:
    """The confidence, which must lie between 0 and 1; ValueError otherwise."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"expected a confidence between 0 and 1, found {confidence}")
    return confidence
