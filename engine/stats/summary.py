"""Many ratios become one: a weighted geometric mean with the interval of its measurement, and quantiles."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from engine.model import Estimate
from engine.stats.estimate import exp
from engine.stats.sample import Floats, confidence_level, finite, positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One ratio of many."""

    value: float
    stratum: Hashable
    """What it belongs to: strata weigh the same, and so do the members of one. They are independent of each other."""
    errors: Mapping[Hashable, float]
    """What each moment of measuring contributes to the error of its logarithm: their sum of squares is its variance.
    Members of one stratum share their moments, so their errors add up there. Empty: unknown."""


def error_shares(logs: ArrayLike) -> Floats:
    """What each of the values contributes to the error of their mean; the squares add up to its variance, s^2 / n.

    Raises ValueError for fewer than two values, NaN and infinity.
    """
    array = finite(logs)
    if array.size < 2:
        raise ValueError(f"an error needs two values or more, found {array.size}")
    return np.asarray((array - array.mean()) / math.sqrt(array.size * (array.size - 1)), dtype=np.float64)


def equal_weights(strata: Sequence[Hashable]) -> list[float]:
    """A weight for each member, given its stratum: strata weigh the same, so do the members of one; their sum is 1."""
    sizes = Counter(strata)
    return [1 / (len(sizes) * sizes[one]) for one in strata]


def geometric_mean(members: Sequence[Member], confidence: float) -> Estimate:
    """The geometric mean of the ratios by `equal_weights`; `count` is their number.

    Of ratios it is the only mean that does not depend on which of two is called the base (P. J. Fleming and
    J. J. Wallace, How not to lie with statistics, CACM 29, 1986). The interval holds for these members, measured
    again; it says nothing of other ones. The error of each moment is that of all members measured then together
    (cluster-robust: K.-Y. Liang and S. L. Zeger, Biometrika 73, 1986), for what disturbs a machine disturbs many;
    Student's t has the degrees of freedom of F. E. Satterthwaite (Biometrics Bulletin 2, 1946). Where a member does
    not know its errors the bounds are NaN. Raises ValueError for no members and for values not above zero.
    """
    confidence_level(confidence)
    weights = equal_weights([one.stratum for one in members])
    center = float(np.dot(weights, np.log(positive([one.value for one in members]))))
    reach = _reach(members, weights, confidence)
    bounds = (exp(center - reach), exp(center + reach))
    return Estimate(value=exp(center), low=bounds[0], high=bounds[1], confidence=confidence, count=len(members))


def quantiles(values: ArrayLike, weights: ArrayLike, shares: Sequence[float]) -> list[float]:
    """For each share the smallest value at or below which so much of the weight lies (the inverted distribution).

    Raises ValueError for weights that are not above zero or not as many as values, and for shares outside 0 to 1.
    """
    array, weight = finite(values), positive(weights)
    if array.shape != weight.shape:
        raise ValueError(f"expected a weight for each value, found {array.size} and {weight.size}")
    if any(not 0 <= share <= 1 for share in shares):
        raise ValueError(f"expected shares between 0 and 1, found {list(shares)}")
    order = np.argsort(array, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    places = np.searchsorted(reached, np.asarray(shares) - 1e-12)
    return [float(array[order][min(int(place), array.size - 1)]) for place in places]


def _reach(members: Sequence[Member], weights: Sequence[float], confidence: float) -> float:
    """The half-width of the interval on the log scale."""
    if not all(one.errors for one in members):
        return math.nan
    together: dict[Hashable, dict[Hashable, float]] = defaultdict(lambda: defaultdict(float))
    freedom: dict[Hashable, list[tuple[float, int]]] = defaultdict(list)
    for one, weight in zip(members, weights, strict=True):
        for moment, error in one.errors.items():
            together[one.stratum][moment] += weight * error
        freedom[one.stratum].append((math.fsum(error**2 for error in one.errors.values()), len(one.errors) - 1))
    variances = {name: math.fsum(error**2 for error in moments.values()) for name, moments in together.items()}
    total = math.fsum(variances.values())
    if total == 0:
        return 0.0
    degrees = total**2 / math.fsum(one**2 / _degrees(freedom[name]) for name, one in variances.items())
    return float(stats.t.ppf(0.5 + confidence / 2, degrees)) * math.sqrt(total)


def _degrees(members: Sequence[tuple[float, int]]) -> float:
    """The degrees of freedom of a stratum: those of its members, each by its share of their variance."""
    total = math.fsum(variance for variance, _ in members)
    if total == 0:
        return float(max(degrees for _, degrees in members))
    return math.fsum(variance * degrees for variance, degrees in members) / total
