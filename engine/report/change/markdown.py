"""Changes -> Markdown for a pull request: the summary first, then warnings, gates and a table for each scenario."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engine.model import Changes, GateResult
from engine.report.cells import plain
from engine.report.change import rows
from engine.report.layout import Column

INTERVAL = r"\[[-+\d.,e?]+ [-+\d.,e?]+ [-+\d.,e?]+\](?![\[(:])"
"""Three numbers: no link, and better read in the source without backslashes."""
SPECIAL = re.compile(rf"({INTERVAL})|([\\`*_<>|&~$#\[\]])")
"""What Markdown would not show as it is, in a cell or a sentence: code, emphasis, HTML, links, images, mathematics."""
BULLET = re.compile(r"^(\d{1,9}(?=[.)](?: |$))|(?=[-+=]))")
"""What would begin a list or underline a heading, at the start of a line."""
CALL = re.compile(r"[@#](?=\w)|:(?=//)|\bwww(?=\.)|\bGH-(?=\d)", re.IGNORECASE)
"""What GitHub makes a mention, a reference or a link of, backslash or not (GFM 6.9, "Autolinks (extension)")."""
CUT = "\N{WORD JOINER}"


def render(changes: Changes, gates: Sequence[GateResult], *, doubt: bool, only_changed: bool) -> str:
    """The comparison in GitHub's Markdown."""
    sides = [
        f"- {name}: {_plain(rows.side(one))}" for name, one in (("before", changes.before), ("after", changes.after))
    ]
    tables = [
        f"#### {_plain(title)}\n\n{_table(rows.columns(found))}"
        for title, found in rows.shown_rows(changes, only_changed=only_changed)
    ]
    blocks = [
        f"### {rows.summary(changes)}",
        rows.overall(changes),
        "\n".join(sides),
        _listed("Warnings", changes.warnings),
        _gates(changes, gates, doubt=doubt),
        *tables,
        rows.hidden(changes) if only_changed else "",
        _listed("Not compared", rows.not_compared(changes)),
        _listed("Claims with another verdict", map(rows.claim, changes.claims)),
        f"<sub>{_plain(rows.legend(changes))}</sub>",
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _table(columns: Sequence[Column]) -> str:
    headers = [column.header.replace("\n", " ") for column in columns]
    sides = ["---:" if column.right else "---" for column in columns]
    cells = zip(*([_cell(column, cell) for cell in column.cells] for column in columns), strict=True)
    return "\n".join(f"| {' | '.join(line)} |" for line in (headers, sides, *cells))


def _cell(column: Column, text: str) -> str:
    """A cell without the blanks that align plain text; what changed stands out."""
    if column.header == "verdict" and text in rows.MOVED:
        return f"**{text}**"
    return _plain(re.sub(r" *\] *", "]", re.sub(r"\[ *", "[", re.sub(" +", " ", text))))


def _gates(changes: Changes, gates: Sequence[GateResult], *, doubt: bool) -> str:
    """One item for each gate, those that fail it under it."""
    lines = [
        f"{indent}- {_plain(line.strip())}"
        for line in rows.gate_lines(changes, gates, doubt=doubt)
        for indent in ["  " if line.startswith(" ") else ""]
    ]
    return "\n".join(["**Gates**", "", *lines]) if lines else ""


def _listed(title: str, texts: Iterable[str]) -> str:
    lines = [f"- {_plain(text)}" for text in texts]
    return "\n".join([f"**{title}**", "", *lines]) if lines else ""


def _plain(text: str) -> str:
    """The text as it is, inert: what has a meaning is escaped, what calls somebody is cut by a word joiner."""
    shown = SPECIAL.sub(lambda found: found[1] or "\\" + found[2], plain(text))
    shown = CALL.sub(lambda found: found[0] + CUT, shown)
    return BULLET.sub(r"\1\\", shown)
