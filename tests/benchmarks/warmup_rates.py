"""How often is warm-up found where there is none, and where there is some? Simulated, seeded.

    python tests/benchmarks/warmup_rates.py --samples 2000

Six iterations an invocation, the first of them declared as warm-up. Prints in percent of the runs, for several kinds
and sizes of noise within invocations and numbers of invocations:
- flat: anything was called unsteady where nothing is;
- 5 %: the first iteration x1.3 and the first kept one x1.05; found is that this is the last that differs (`warmup: 2`);
- trend: each iteration 1 % slower than the one before; found is that it is unsettled, the rest is warming or nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine import stats

Floats = NDArray[np.float64]
PLACES = 6
SLOW = np.log(1.5)
BETWEEN = 0.03
"""Standard deviation of the invocations' levels; no answer depends on it."""


def normal(random: np.random.Generator, count: int, scatter: float) -> Floats:
    """Independent iterations."""
    return random.normal(0, scatter, (count, PLACES))


def skewed(random: np.random.Generator, count: int, scatter: float) -> Floats:
    """A floor and an exponential excess."""
    return random.exponential(scatter, (count, PLACES))


def bimodal(random: np.random.Generator, count: int, scatter: float) -> Floats:
    """One iteration in five takes 1.5 times as long."""
    return normal(random, count, scatter) + SLOW * (random.random((count, PLACES)) < 0.2)


def bursts(random: np.random.Generator, count: int, scatter: float) -> Floats:
    """The same, but a disturbed iteration is followed by a disturbed one (correlation 0.5)."""
    states = random.random((count, PLACES)) < 0.2
    for place in range(1, PLACES):
        states[:, place] = np.where(random.random(count) < 0.5, states[:, place - 1], states[:, place])
    return normal(random, count, scatter) + SLOW * states


def correlated(random: np.random.Generator, count: int, scatter: float) -> Floats:
    """An autoregressive series, lag 1: 0.5."""
    series = normal(random, count, scatter)
    for place in range(1, PLACES):
        series[:, place] = 0.5 * series[:, place - 1] + np.sqrt(0.75) * series[:, place]
    return series


NOISES = (normal, skewed, bimodal, bursts, correlated)
FLAT = np.zeros(PLACES)
KEPT_SLOW = np.log([1.3, 1.05, 1, 1, 1, 1])
TREND = np.log(1.01) * np.arange(PLACES)


def rate(
    noise: Callable[[np.random.Generator, int, float], Floats],
    shape: Floats,
    found: Callable[[stats.Settling], bool],
    *,
    samples: int,
    invocations: int,
    scatter: float,
    seed: int = 1,
) -> float:
    """The share of so many simulated runs of which `found` is true."""
    random = np.random.default_rng(seed)
    hits = 0
    for _ in range(samples):
        logs = noise(random, invocations, scatter) + random.normal(0, BETWEEN, (invocations, 1)) + shape
        hits += found(stats.settling(np.exp(logs), 0.95, kept=1))
    return hits / samples


def unsteady(one: stats.Settling) -> bool:
    """Anything is said against a series."""
    return one.settled != 0


def second_place(one: stats.Settling) -> bool:
    """Steady from the third iteration on."""
    return one.settled == 2


def unsettled(one: stats.Settling) -> bool:
    """No steady state."""
    return one.settled is None


CASES = (("flat", FLAT, unsteady), ("5 %", KEPT_SLOW, second_place), ("trend", TREND, unsettled))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--samples", type=int, default=2000)
    samples = parser.parse_args().samples
    counts, scatters = (6, 10, 20, 40), (0.01, 0.02, 0.05, 0.3)
    for name, shape, found in CASES:
        print(f"{name:22}" + "".join(f"{scatter:>12.0%} scatter     " for scatter in scatters))
        print(f"{'invocations':22}" + "".join(f"{count:6}" for _ in scatters for count in counts))
        for noise in NOISES:
            rates = [
                rate(noise, shape, found, samples=samples, invocations=count, scatter=scatter)
                for scatter in scatters
                for count in counts
            ]
            print(f"{noise.__name__:22}" + "".join(f"{100 * one:6.1f}" for one in rates), flush=True)


if __name__ == "__main__":
    main()
