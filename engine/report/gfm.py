"""Words -> Markdown of GitHub that shows them as they are: sentences, lists, tables, folds. Knows no results."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from engine.report.cells import plain
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


def inert(text: str) -> str:
    """The text as it is, inert: what has a meaning is escaped, what calls somebody is cut by a word joiner."""
    shown = SPECIAL.sub(lambda found: found[1] or "\\" + found[2], plain(text))
    return BULLET.sub(r"\1\\", _uncalled(shown))


def inert_html(text: str) -> str:
    """The same where Markdown stands inside a line of HTML, in which a backslash escapes nothing (GFM 4.6)."""
    return _uncalled(html.escape(plain(text)))


def table(columns: Sequence[Column], strong: Iterable[str] = ()) -> str:
    """A table of cells as they are; of the column "verdict", those among `strong` stand out."""
    headers = [inert(column.header.replace("\n", " ")) for column in columns]
    sides = ["---:" if column.right else "---" for column in columns]
    bold = frozenset(strong)
    cells = zip(*([_cell(column, cell, bold) for cell in column.cells] for column in columns), strict=True)
    return "\n".join(f"| {' | '.join(line)} |" for line in (headers, sides, *cells))


def listed(title: str, texts: Iterable[str]) -> str:
    """A bold line and an item for each text; "" for none."""
    lines = [f"- {inert(text)}" for text in texts]
    return "\n".join([f"**{title}**", "", *lines]) if lines else ""


def folded(summary: str, content: str) -> str:
    """Content that opens when its summary is clicked."""
    return f"<details><summary>{inert_html(summary)}</summary>\n\n{content}\n\n</details>"


def _cell(column: Column, text: str, strong: frozenset[str]) -> str:
    """A cell without the blanks that align plain text."""
    if column.header == "verdict" and text in strong:
        return f"**{inert(text)}**"
    return inert(re.sub(r" +\]", "]", re.sub(r"\[ +", "[", re.sub(" +", " ", text))))


def _uncalled(text: str) -> str:
    return CALL.sub(lambda found: found[0] + CUT, text)
