"""Results -> warmup.csv: one row per run and place in the invocation, how it compares with the later ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from engine.model import Journal, Results, RunResult, Value, Warmup
from engine.report.cells import csv_value

FILE = "warmup.csv"
DEFAULT = False

COLUMNS = (
    *("scenario", "run", "iteration", "iterations", "warmup", "relative", "low", "high", "confidence", "differs"),
    *("invocations", "steady_from"),
)


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The series of every run as CSV, in the order of the results."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for scenario in results.scenarios:
        for result in scenario.runs:
            if result.warmup:
                writer.writerows(map(csv_value, row) for row in _rows(result, result.warmup))
    return out.getvalue()


def _rows(result: RunResult, found: Warmup) -> Iterator[tuple[Value, ...]]:
    steady = None if found.settled is None else found.settled + 1
    for place, one, proven in zip(found.places, found.relative, found.proven, strict=True):
        which = (result.run.scenario, result.run.id, place + 1, found.width, place < found.declared)
        yield (*which, one.value, one.low, one.high, one.confidence, proven, one.count, steady)
