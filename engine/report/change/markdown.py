"""Changes -> Markdown for a pull request: the summary first, then warnings, gates and a table for each scenario."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model import Changes, GateResult
from engine.report.change import rows
from engine.report.gfm import inert, listed, table

__all__ = ["inert", "render"]


def render(changes: Changes, gates: Sequence[GateResult], *, doubt: bool, only_changed: bool) -> str:
    """The comparison in GitHub's Markdown."""
    sides = [
        f"- {name}: {inert(rows.side(one))}" for name, one in (("before", changes.before), ("after", changes.after))
    ]
    tables = [
        f"#### {inert(title)}\n\n{table(rows.columns(found), rows.MOVED)}"
        for title, found in rows.shown_rows(changes, only_changed=only_changed)
    ]
    blocks = [
        f"### {rows.summary(changes)}",
        rows.overall(changes),
        "\n".join(sides),
        listed("Warnings", changes.warnings),
        _gates(changes, gates, doubt=doubt),
        *tables,
        rows.hidden(changes) if only_changed else "",
        listed("Not compared", rows.not_compared(changes)),
        listed("Claims with another verdict", map(rows.claim, changes.claims)),
        f"<sub>{inert(rows.legend(changes))}</sub>",
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _gates(changes: Changes, gates: Sequence[GateResult], *, doubt: bool) -> str:
    """One item for each gate, those that fail it under it."""
    lines = [
        f"{indent}- {inert(line.strip())}"
        for line in rows.gate_lines(changes, gates, doubt=doubt)
        for indent in ["  " if line.startswith(" ") else ""]
    ]
    return "\n".join(["**Gates**", "", *lines]) if lines else ""
