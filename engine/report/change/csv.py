"""Changes -> CSV: one row for each run, plain numbers in seconds and ratios (docs/compare.md)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from engine.model import Changes, Estimate, GateResult, RunChange, Value
from engine.report.cells import csv_text, csv_value
from engine.report.change.rows import MOVED

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
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    taken = (*BEFORE, *AFTER)
    writer.writerow([*BEFORE, *(csv_text(f"parameter_{p}" if p in taken else p) for p in parameters), *AFTER])
    for row in rows:
        failed = ";".join(_failed(row, gates, doubt=doubt))
        writer.writerow([csv_value(value) for value in (*_identity(row, parameters), *_numbers(row), failed)])
    return out.getvalue()


def _identity(row: RunChange, parameters: Sequence[str]) -> tuple[Value, ...]:
    run, own = row.run, dict(row.run.parameters)
    words = (run.scenario, run.id, run.interpreter, run.gil, run.threads, run.affinity, run.switch_interval)
    return (*words, *map(own.get, parameters))


def _numbers(row: RunChange) -> tuple[Value, ...]:
    found = row.comparison
    said = (found.direction, found.p, found.effect, found.family, ";".join(row.notes))
    return (*_time(row.before), *_time(row.after), *_bounds(found.ratio), found.ratio.confidence, *said)


def _time(estimate: Estimate) -> tuple[Value, ...]:
    return (*_bounds(estimate), estimate.count)


def _bounds(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high


def _failed(row: RunChange, gates: Sequence[GateResult], *, doubt: bool) -> list[str]:
    """The gates that this row fails."""
    return [
        one.gate.text
        for one in gates
        if row.run.id in {case.run for case in (*one.failed, *(one.doubtful if doubt else ()))}
    ]
