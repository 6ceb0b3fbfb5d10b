"""A page of the manual -> text for a terminal, wrapped to its width; knows no command by name."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator

from engine.cli.arguments.grammar import Grammar
from engine.cli.arguments.manual import Rows, Section, manual

WIDEST = 120
"""Columns of the longest line, however wide the terminal is; longer lines are hard to read."""
NARROWEST = 40

LEFT = 22
"""Columns of what stands left; what is longer has its explanation below it."""


def shown(command: Grammar) -> str:
    """The page of a command, as wide as the terminal (or as COLUMNS says), at most 120 columns."""
    width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))
    page = manual(command)
    blocks = ["\n".join(f"{'usage:' if not number else '':6} {one}" for number, one in enumerate(page.usage))]
    blocks += ["\n".join(_wrapped(one, width)) for one in page.description]
    blocks += ["\n".join(_section(one, width)) for one in page.sections]
    return "\n\n".join(blocks) + "\n"


def _section(one: Section, width: int) -> Iterator[str]:
    if not any(right for _, right in one.rows):
        yield from _wrapped(f"{one.title}: {', '.join(left for left, _ in one.rows)}", width, "", "  ")
        return
    yield from _wrapped(f"{one.title}: {one.text}".rstrip(" "), width)
    yield from _rows(one.rows, width)


def _rows(rows: Rows, width: int) -> Iterator[str]:
    longest = max((len(left) for left, _ in rows if len(left) <= LEFT), default=2)
    beside = " " * (2 + longest + 2)
    for left, right in rows:
        if len(left) > longest:
            yield f"  {left}"
            yield from _wrapped(right, width, beside, beside)
        else:
            yield from _wrapped(right, width, f"  {left:{longest}}  ", beside)


def _wrapped(text: str, width: int, first: str = "", later: str | None = None) -> list[str]:
    later = first if later is None else later
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    ) or [first.rstrip()]
