"""How often does a gate over runs that sit exactly on its edge raise a false alarm, by numbers of invocations?

    python tests/benchmarks/gate_rates.py [--repeats 100] [--seed 9]

Each comparison has 166 rows whose true ratio is 1.05, held against `slower>5%`: any alarm is false. Printed: the share
of comparisons with one, which should be at most 5 %. Simulated, invocations before / after.
"""

from __future__ import annotations

import argparse

import numpy as np

from engine import stats
from engine.units import percent

ROWS, EDGE = 166, 0.05
COUNTS = ((10, 10), (10, 20), (10, 40), (30, 5), (5, 30))


def times(kind: str, generator: np.random.Generator, count: int) -> np.ndarray:
    """Times around 1 of every row: log-normal of 5 %, or a fifth of them half as slow again."""
    logs = generator.standard_normal((ROWS, count))
    if kind == "log-normal":
        return np.exp(0.05 * logs)
    return np.exp(0.02 * logs) * np.where(generator.random((ROWS, count)) < 0.2, 1.5, 1.0)


def alarm(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether any row is called slower by more than the gate allows, corrected for all."""
    found = [
        stats.compared(row, base, 0.95, paired=False, margin=EDGE) for base, row in zip(before, after, strict=True)
    ]
    chances = stats.holm([one.p for one in found])
    said = (stats.direction(one.ratio, p, margin=EDGE) for one, p in zip(found, chances, strict=True))
    return "slower" in set(said)


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--seed", type=int, default=9)
    arguments = parser.parse_args()
    generator = np.random.default_rng(arguments.seed)
    for before, after in COUNTS:
        for kind in ("log-normal", "bimodal"):
            alarms = [
                alarm(times(kind, generator, before), (1 + EDGE) * times(kind, generator, after))
                for _ in range(arguments.repeats)
            ]
            print(f"{before:2} / {after:2}  {kind:10}  {percent(sum(alarms) / len(alarms))}", flush=True)


if __name__ == "__main__":
    main()
