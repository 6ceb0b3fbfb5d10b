"""Results -> profile.csv: what extra invocations showed of each run, and what could not be told (docs/profiles.md)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model import Journal, Results, RunProfile, ScenarioResult, Value
from engine.report.values import csv_table

FILE = "profile.csv"
DEFAULT = False

COLUMNS = ("scenario", "run", "label", "kind", "name", "value", "unit", "source")


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """A row for each reading, each hot function with its share, and each sentence on what is lacking."""
    return csv_table(COLUMNS, (row for scenario in results.scenarios for row in _rows(scenario)))


def _rows(result: ScenarioResult) -> Iterator[tuple[Value, ...]]:
    scenario = result.scenario.name
    for one in result.profiles:
        yield from ((scenario, one.run, one.label, *rest) for rest in _of(one))
    yield from ((scenario, None, None, "untold", said, None, None, None) for said in result.unprofiled)


def _of(one: RunProfile) -> Iterator[tuple[Value, ...]]:
    for found in one.readings:
        yield "reading", found.name, found.value, found.unit, found.source
    for name, share in one.hot:
        yield "function", name, share, None, None
