"""The rates of several threads become one number for how evenly they got on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.stats.sample import Floats, finite


def jain(rates: ArrayLike) -> Floats:
    """Jain's fairness index over the last axis: 1 if all rates are equal, 1/n if one of n threads does everything.

    (sum x)^2 / (n sum x^2); where all are zero nobody is favoured and it is 1. Raises ValueError for negative rates.
    Source: R. Jain, D. Chiu, W. Hawe, A Quantitative Measure of Fairness and Discrimination for Resource Allocation in
    Shared Computer Systems, DEC TR-301, 1984 (arXiv:cs/9809099).
    """
    array = finite(rates)
    if (array < 0).any():
        raise ValueError(f"expected rates of at least zero, found {array.min()}")
    largest = array.max(axis=-1, keepdims=True)
    # Scaled, so that squares neither overflow nor vanish.
    scaled = np.divide(array, largest, out=np.ones_like(array), where=largest > 0)
    return np.asarray(scaled.sum(axis=-1) ** 2 / (array.shape[-1] * (scaled**2).sum(axis=-1)), dtype=np.float64)
