"""Changes -> plain text: warnings first, a table for each scenario, gates and the summary last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.model import Changes, GateResult
from engine.report.cells import plain
from engine.report.change import rows
from engine.report.layout import bullets, heading, paragraph, table


def render(changes: Changes, gates: Sequence[GateResult], *, doubt: bool, only_changed: bool) -> str:
    """The whole comparison; prose is at most 118 characters wide."""
    tables = [
        f"{heading(title)}\n{table(rows.columns(found), '  ')}"
        for title, found in rows.shown_rows(changes, only_changed=only_changed)
    ]
    blocks = [
        _head(changes),
        _listed("Warnings", map(plain, changes.warnings), "! "),
        *tables,
        rows.hidden(changes) if only_changed else "",
        _listed("Not compared", rows.not_compared(changes)),
        _listed("Claims with another verdict", map(rows.claim, changes.claims)),
        _gates(changes, gates, doubt=doubt),
        "\n".join([rows.summary(changes), paragraph(rows.overall(changes), indent="")]),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _head(changes: Changes) -> str:
    sides = (("before  ", changes.before), ("after   ", changes.after))
    return "\n".join(
        [
            heading("Time after against time before", "="),
            *(paragraph(rows.side(one), first, " " * len(first)) for first, one in sides),
            "",
            paragraph(rows.legend(changes), indent=""),
        ]
    )


def _gates(changes: Changes, gates: Sequence[GateResult], *, doubt: bool) -> str:
    lines = list(rows.gate_lines(changes, gates, doubt=doubt))
    return "\n".join(["Gates", *(f"  {line}" for line in lines)]) if lines else ""


def _listed(title: str, texts: Iterable[str], mark: str = "- ") -> str:
    lines = bullets(texts, mark)
    return "\n".join([title, *lines]) if lines else ""
