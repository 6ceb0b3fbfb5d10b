"""The exact null distributions of rank statistics, which intervals and p-values are made of."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from engine.stats.sample import Floats

SLACK = 1e-9
"""Relative: a tail that equals the level up to rounding is within it."""


EXACT = 200
"""Pairs up to which the signed-rank distribution is exact: its time grows with their cube, half a second for 1000."""


@lru_cache(maxsize=32)
def signed_rank(count: int) -> Floats:
    """P(W <= k) for k = 0 .. count (count + 1) / 2, Wilcoxon's signed-rank statistic of `count` pairs.

    Every rank is in the sum or not, by a fair coin; of more than `EXACT` pairs by Edgeworth's series.
    """
    return _exactly(count) if count <= EXACT else _nearly(count)


def _exactly(count: int) -> Floats:
    chances = np.ones(1)
    for rank in range(1, count + 1):
        with_rank = np.zeros(chances.size + rank)
        with_rank[: chances.size] += chances / 2
        with_rank[rank:] += chances / 2
        chances = with_rank
    return np.cumsum(chances)


def _nearly(count: int) -> Floats:
    """Edgeworth's series to the fourth cumulant (the third is 0) at k + 1/2: within 2e-6 from 200 pairs on.

    The cumulants are sums over ranks: a coin that counts i has the variance i^2 / 4 and the fourth cumulant -i^4 / 8.
    """
    ranks = np.arange(1.0, count + 1)
    deviation = np.sqrt((ranks**2).sum()) / 2
    excess = -(ranks**4).sum() / 8 / deviation**4
    place = (np.arange(count * (count + 1) // 2 + 1) + 0.5 - ranks.sum() / 2) / deviation
    density = np.exp(-(place**2) / 2) / np.sqrt(2 * np.pi)
    chances = special.ndtr(place) - density * excess / 24 * (place**3 - 3 * place)
    return np.maximum.accumulate(np.clip(chances, 2.0 ** -min(count, 1000), 1.0))


@lru_cache
def rank_sum(count: int, count2: int) -> Floats:
    """P(U <= k) for k = 0 .. count * count2, the Mann-Whitney statistic of samples of these sizes.

    All orders of the two samples are equally likely: the coefficients of the Gaussian binomial, by multiplying with
    (1 - q^(count2 + i)) and dividing by (1 - q^i) for i = 1 .. count, as shares (Andrews, Theory of Partitions, 1976).
    """
    chances = np.ones(1)
    for size in range(1, count + 1):
        wide = np.zeros(chances.size + count2)
        for start in range(size):  # division by 1 - q^size is a running sum with that stride
            wide[start::size] = np.cumsum(_differences(chances, count2 + size, wide.size)[start::size])
        chances = wide * (size / (count2 + size))
    return np.cumsum(chances)


@lru_cache
def uniforms(blocks: int, sizes: tuple[int, ...]) -> Floats:
    """P(S <= k): S sums independent whole numbers, for each block and size one from 0 to the size, all as likely.

    Of one block, size m: how many of m values one more is below. Sizes 1 .. n - 1: Kendall's count for n values, for
    each one's place among those before it is independent of the others' (Kendall 1938).
    """
    chances = np.ones(1)
    for size in sizes * blocks:
        sums = np.cumsum(np.concatenate([chances, np.zeros(size)]))
        sums[size + 1 :] -= sums[: -size - 1].copy()
        chances = np.maximum(sums, 0.0) / (size + 1)
    return np.cumsum(chances)


def critical(distribution: Floats, confidence: float) -> int:
    """Which of the sorted pair values is the interval's lower bound, from 1; 0: too few for the confidence."""
    return int(np.searchsorted(distribution, (1 - confidence) / 2 * (1 + SLACK), side="right"))


def _differences(chances: Floats, step: int, length: int) -> Floats:
    """The coefficients multiplied with 1 - q^step, as many as `length`."""
    found = np.zeros(max(length, chances.size + step))
    found[: chances.size] += chances
    found[step : step + chances.size] -= chances
    return found[:length]
