"""Results -> warmup.csv: one row per run and place in the invocation, how it compares with the later ones."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model import Journal, Results, RunResult, Value, Warmup
from engine.report.values import bounds, csv_table

FILE = "warmup.csv"
DEFAULT = False

COLUMNS = (
    *("scenario", "run", "iteration", "iterations", "warmup", "relative", "low", "high", "confidence", "differs"),
    *("invocations", "steady_from"),
)


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The series of every run as CSV, in the order of the results."""
    known = ((one, one.warmup) for scenario in results.scenarios for one in scenario.runs if one.warmup)
    return csv_table(COLUMNS, (row for result, found in known for row in _rows(result, found)))


def _rows(result: RunResult, found: Warmup) -> Iterator[tuple[Value, ...]]:
    steady = None if found.settled is None else found.settled + 1
    for place, one, proven in zip(found.places, found.relative, found.proven, strict=True):
        which = (result.run.scenario, result.run.id, place + 1, found.width, place < found.declared)
        yield (*which, *bounds(one), one.confidence, proven, one.count, steady)
