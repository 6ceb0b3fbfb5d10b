"""Results -> variance.csv: one row per run, where its scatter comes from and what an invocation of it costs."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model import Journal, Results, ScenarioResult, Value
from engine.report.values import bounds, csv_table

FILE = "variance.csv"
DEFAULT = False

COLUMNS = (
    *("scenario", "run", "between", "between_low", "between_high", "within", "within_low", "within_high"),
    *("correlation", "correlation_low", "correlation_high", "confidence", "autocorrelation"),
    *("invocations", "iterations", "start", "iteration", "kept", "best"),
)


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The runs whose variance is known, in the order of the results."""
    return csv_table(COLUMNS, (row for scenario in results.scenarios for row in _rows(scenario)))


def _rows(scenario: ScenarioResult) -> Iterator[tuple[Value, ...]]:
    for result in scenario.runs:
        if found := result.variance:
            estimates = (*bounds(found.between), *bounds(found.within), *bounds(found.correlation))
            counts = (found.between.confidence, found.autocorrelation, result.invocations, result.iterations)
            costs = (found.start_seconds, found.iteration_seconds, scenario.kept, found.best)
            yield (result.run.scenario, result.run.id, *estimates, *counts, *costs)
