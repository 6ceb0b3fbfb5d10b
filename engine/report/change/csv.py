"""Changes -> CSV: one row for each run, plain numbers in seconds and ratios (docs/compare.md)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model import Changes, Estimate, GateResult, RunChange, Value
from engine.report.change.rows import MOVED
from engine.report.values import bounds, csv_table, parameter_columns

BEFORE = ("scenario", "run", "interpreter", "gil", "threads", "affinity", "switch_interval")
AFTER = (
    *("before", "before_low", "before_high", "before_invocations"),
    *("after", "after_low", "after_high", "after_invocations"),
    *("ratio", "ratio_low", "ratio_high", "confidence", "verdict", "p", "effect", "family", "notes", "failed_gates"),
)
"""The columns before and after those of the kernels' parameters."""


def render(changes: Changes, gates: Sequence[GateResult], *, doubt: bool, only_changed: bool) -> str:
    """A header, then the rows in the order of the plan."""
    rows = [row for row in changes.rows if not only_changed or row.comparison.direction in MOVED]
    parameters = sorted({name for row in changes.rows for name, _ in row.run.parameters})
    columns = (*BEFORE, *parameter_columns(parameters, (*BEFORE, *AFTER)), *AFTER)
    failed = (";".join(_failed(row, gates, doubt=doubt)) for row in rows)
    cells = ((*_identity(row, parameters), *_numbers(row), said) for row, said in zip(rows, failed, strict=True))
    return csv_table(columns, cells)


def _identity(row: RunChange, parameters: Sequence[str]) -> tuple[Value, ...]:
    run, own = row.run, dict(row.run.parameters)
    words = (run.scenario, run.id, run.interpreter, run.gil, run.threads, run.affinity, run.switch_interval)
    return (*words, *map(own.get, parameters))


def _numbers(row: RunChange) -> tuple[Value, ...]:
    found = row.comparison
    said = (found.direction, found.p, found.effect, found.family, ";".join(row.notes))
    return (*_time(row.before), *_time(row.after), *bounds(found.ratio), found.ratio.confidence, *said)


def _time(estimate: Estimate) -> tuple[Value, ...]:
    return (*bounds(estimate), estimate.count)


def _failed(row: RunChange, gates: Sequence[GateResult], *, doubt: bool) -> list[str]:
    """The gates that this row fails."""
    return [
        one.gate.text
        for one in gates
        if row.run.id in {case.run for case in (*one.failed, *(one.doubtful if doubt else ()))}
    ]
