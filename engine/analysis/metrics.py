"""The values of one metric of a run -> its estimate: on which scale, and within which bounds."""

from __future__ import annotations

import dataclasses
import math

from engine import stats
from engine.analysis.comparison import inverted
from engine.analysis.series import Series
from engine.model import Estimate

BOUNDS = {"fairness": (0.0, 1.0), "specialized": (0.0, 1.0)} | dict.fromkeys(
    ("cpu", "switches", "page_faults", "major_faults", "skew"), (0.0, math.inf)
)
"""What a metric cannot leave, so neither may its interval."""

ON_LOGS = ("time", "rss")
"""Metrics that multiply; throughput is made from time."""


def estimates(one: Series, confidence: float) -> dict[str, Estimate]:
    """Every metric of a run with its interval over invocations, time and throughput first."""
    return {name: estimate(one, name, confidence) for name in dict.fromkeys(("time", "throughput", *one.metrics))}


def estimate(one: Series, name: str, confidence: float) -> Estimate:
    """One metric of a run with its interval over invocations."""
    if name == "throughput":
        return inverted(estimate(one, "time", confidence), one.run.threads)
    values = list(one.metrics[name].values())
    if name in ON_LOGS:
        return stats.positive_interval(values, confidence)
    found = stats.interval(values, confidence)
    least, most = BOUNDS.get(name, (-math.inf, math.inf))
    return dataclasses.replace(found, low=max(found.low, least), high=min(found.high, most))
