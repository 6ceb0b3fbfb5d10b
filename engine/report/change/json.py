"""Changes -> JSON: everything that the other formats say, with the value of every invocation (docs/compare.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from engine.model import Changes, GateResult, RunChange, Side
from engine.report.change.rows import DIRECTIONS, MOVED
from engine.report.json import run_object
from engine.report.values import json_text
from engine.serial import to_plain

FORMAT = 1


def render(changes: Changes, gates: Sequence[GateResult], *, doubt: bool, only_changed: bool) -> str:
    """One object; NaN (not known) is null, seconds and ratios are plain numbers."""
    counted = Counter(row.comparison.direction for row in changes.rows)
    rows = [row for row in changes.rows if not only_changed or row.comparison.direction in MOVED]
    counts = {str(direction): counted[direction] for direction in DIRECTIONS}
    document: dict[str, Any] = {
        "fteng_compare": FORMAT,
        "before": _side(changes.before),
        "after": _side(changes.after),
        "confidence": changes.confidence,
        "summary": {**counts, "of": len(changes.rows)},
        "overall": to_plain(changes.overall),
        "control": to_plain(changes.control) if changes.control else None,
        "gates": [{"passed": not (one.failed or (doubt and one.doubtful)), **to_plain(one)} for one in gates],
        "warnings": list(changes.warnings),
        "rows": list(map(_row, rows)),
        **{name: to_plain(getattr(changes, name)) for name in ("uncompared", "only_before", "only_after", "claims")},
    }
    return json_text(document)


def _side(side: Side) -> dict[str, Any]:
    return {**to_plain(side), "host": dict(side.host.facts)}


def _row(row: RunChange) -> dict[str, Any]:
    return {**to_plain(row), "run": run_object(row.run)}
