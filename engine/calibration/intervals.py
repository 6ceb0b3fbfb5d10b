"""How often each interval of one series holds the truth, and how wide it is, at fixed numbers of invocations."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from engine.calibration.candidates import CANDIDATES
from engine.calibration.finding import POPULATION, Finding, Tally, blocks
from engine.calibration.noise import CORRELATIONS, ITERATIONS, SHAPES, log_times

INVOCATIONS = (5, 10, 20, 30)


def experiment(
    samples: int,
    generator: np.random.Generator,
    *,
    noises: Collection[str] = tuple(SHAPES),
    methods: Collection[str] = tuple(CANDIDATES),
    population: int = POPULATION,
) -> tuple[Finding, ...]:
    """Every candidate in every noise, each against the true value of what it estimates."""
    candidates = {method: CANDIDATES[method] for method in methods}
    found = []
    for name in noises:
        shape = SHAPES[name]
        for correlation in CORRELATIONS:
            every = log_times(shape, correlation, generator, (1, population, ITERATIONS))[0]
            truths = {method: candidate.truth(every) for method, candidate in candidates.items()}
            for count in INVOCATIONS:
                tallies = {method: Tally() for method in candidates}
                for size in blocks(samples):
                    times = log_times(shape, correlation, generator, (size, count, ITERATIONS))
                    for method, candidate in candidates.items():
                        some = times[: candidate.samples(size)]
                        tallies[method].add(*candidate.interval(some, generator), truths[method])
                case = (("noise", name), ("correlation", f"{correlation:g}"), ("invocations", str(count)))
                found += [Finding(case=case, method=m, figures=tally.figures()) for m, tally in tallies.items()]
    return tuple(found)
