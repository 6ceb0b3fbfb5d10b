"""Made-up measurements with a known truth -> how far the engine's numbers can be trusted; knows no files and no words.

`noise` (what is made up), `candidates` (intervals that compete), `finding` (what is found); and an experiment each in
`intervals`, `stopping`, `location`, `ratios`, `family`, `drift`, `steps`. docs/method.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from engine.calibration import drift, family, intervals, location, ratios, steps, stopping
from engine.calibration.finding import Finding, Outcome

__all__ = ["EXPERIMENTS", "Finding", "Outcome", "run"]

EXPERIMENTS: Final[Mapping[str, Callable[[int, np.random.Generator], tuple[Finding, ...]]]] = {
    "intervals": intervals.experiment,
    "stopping": stopping.experiment,
    "location": location.experiment,
    "ratios": ratios.experiment,
    "family": family.experiment,
    "drift": drift.experiment,
    "steps": steps.experiment,
}


def run(experiment: str, samples: int, seed: int) -> Outcome:
    """One experiment. The same samples and seed give the same figures, whatever else is run."""
    generator = np.random.default_rng([seed, list(EXPERIMENTS).index(experiment)])
    return Outcome(
        experiment=experiment, samples=samples, seed=seed, findings=EXPERIMENTS[experiment](samples, generator)
    )
