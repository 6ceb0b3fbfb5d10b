"""Results -> variance.csv: one row per run, where its scatter comes from and what an invocation of it costs."""

from __future__ import annotations

import csv
import io

from engine.model import Estimate, Journal, Results, Value
from engine.report.cells import csv_value

FILE = "variance.csv"
DEFAULT = False

COLUMNS = (
    *("scenario", "run", "between", "between_low", "between_high", "within", "within_low", "within_high"),
    *("correlation", "correlation_low", "correlation_high", "confidence", "autocorrelation"),
    *("invocations", "iterations", "start", "iteration", "kept", "best"),
)


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The runs whose variance is known, in the order of the results."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for scenario in results.scenarios:
        for result in scenario.runs:
            if found := result.variance:
                estimates = (*_three(found.between), *_three(found.within), *_three(found.correlation))
                counts = (found.between.confidence, found.autocorrelation, result.invocations, result.iterations)
                costs = (found.start_seconds, found.iteration_seconds, scenario.kept, found.best)
                row: tuple[Value, ...] = (result.run.scenario, result.run.id, *estimates, *counts, *costs)
                writer.writerow(map(csv_value, row))
    return out.getvalue()


def _three(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high
