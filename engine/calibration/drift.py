"""A machine that drifts: the same two programs in interleaved rounds, paired, and in blocks one after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from engine.calibration.candidates import bounds_of_pairs
from engine.calibration.finding import CONFIDENCE, Finding, Tally, blocks
from engine.calibration.noise import SLOW
from engine.stats.estimate import pair_means
from engine.stats.sample import Floats
from engine.stats.shift import differences, shift_bounds

ROUNDS = 20
OWN = 0.03
"""Standard deviation of an invocation, whatever the machine does."""

TRUE = (1.0, 1.05)
SHORTEST, LONGEST = 10, 60
"""Invocations that a state of the machine lasts, in bursts."""


def _none(_: np.random.Generator, samples: int, length: int) -> Floats:
    return np.zeros((samples, length))


def _linear(_: np.random.Generator, samples: int, length: int) -> Floats:
    return np.tile(math.log(1.1) * np.linspace(0, 1, length), (samples, 1))


def _walk(generator: np.random.Generator, samples: int, length: int) -> Floats:
    return np.cumsum(0.02 * generator.standard_normal((samples, length)), axis=1)


def _bursts(generator: np.random.Generator, samples: int, length: int) -> Floats:
    """Fast and slow by turns, the first state cut short at random."""
    lasts = generator.integers(SHORTEST, LONGEST + 1, size=(samples, length // SHORTEST + 2))
    lasts[:, 0] = generator.integers(1, lasts[:, 0] + 1)
    changes = (np.cumsum(lasts, axis=1)[:, :, np.newaxis] <= np.arange(length)).sum(axis=1)
    return np.asarray(SLOW * ((changes + generator.integers(2, size=(samples, 1))) % 2), dtype=np.float64)


DRIFTS: Final[Mapping[str, Callable[[np.random.Generator, int, int], Floats]]] = {
    "none": _none,
    "10 % slower by the end": _linear,
    "random walk, 2 % a step": _walk,
    "bursts x1.5": _bursts,
}
"""Log of the machine's slowness at each invocation of a session."""

PAIRED: Final = "interleaved, paired"
UNPAIRED: Final = "interleaved, unpaired"
BLOCKS: Final = "blocks, unpaired"


def experiment(samples: int, generator: np.random.Generator) -> tuple[Finding, ...]:
    """Bias, root mean square error and coverage of the ratio, from the same noise in either order."""
    found = []
    for name, machine in DRIFTS.items():
        for ratio in TRUE:
            truth, tallies = math.log(ratio), {method: Tally() for method in (PAIRED, UNPAIRED, BLOCKS)}
            errors: dict[str, list[Floats]] = {method: [] for method in tallies}
            for size in blocks(samples):
                state = machine(generator, size, 2 * ROUNDS)
                own, own2 = OWN * generator.standard_normal((2, size, ROUNDS))
                first = generator.integers(2, size=(size, ROUNDS))
                places = 2 * np.arange(ROUNDS)
                above = truth + own + np.take_along_axis(state, places + first, axis=1)
                below = own2 + np.take_along_axis(state, places + 1 - first, axis=1)
                errors[PAIRED].append(np.median(pair_means(above - below), axis=-1) - truth)
                tallies[PAIRED].add(*bounds_of_pairs(above, below), truth)
                _unpaired(above, below, truth, errors[UNPAIRED], tallies[UNPAIRED])
                above, below = truth + own + state[:, :ROUNDS], own2 + state[:, ROUNDS:]
                _unpaired(above, below, truth, errors[BLOCKS], tallies[BLOCKS])
            case = (("drift", name), ("true ratio", f"{ratio:.2f}"))
            for method, tally in tallies.items():
                logs = np.concatenate(errors[method])
                figures = {"bias": math.expm1(float(logs.mean())), "rmse": float(np.sqrt((logs**2).mean()))}
                found.append(Finding(case=case, method=method, figures=figures | tally.figures()))
    return tuple(found)


def _unpaired(above: Floats, below: Floats, truth: float, errors: list[Floats], tally: Tally) -> None:
    errors.append(np.median(differences(above, below), axis=-1) - truth)
    tally.add(*shift_bounds(above, below, CONFIDENCE), truth)
