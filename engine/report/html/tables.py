"""Cells and columns of the text report -> tables of a page: intervals taken apart, cells that name a row first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.report.layout import Column
from engine.report.text.rows import Rows

INTERVAL = re.compile(r"\[ *(\S+) +(\S+) +(\S+) *\] *(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell; without an `estimate` it is `rest` alone."""

    before: str = ""
    """The lower end: "[1.93"."""
    estimate: str = ""
    after: str = ""
    """The upper end: "1.97]"."""
    rest: str = ""
    """A unit or a word behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The head of a column."""

    header: str
    unit: str = ""
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The cells of a row; `first` of a part that is set off from the rows above."""

    cells: tuple[Cell, ...]
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption; the first `heads` cells of a row say what it is about."""

    caption: str
    columns: tuple[Heading, ...]
    rows: tuple[Row, ...]
    heads: int = 1
    wrap: bool = False
    """Cells hold prose, and may be broken."""


def runs_table(found: Rows, caption: str) -> Table:
    """The runs of a scenario, in the columns of the text report."""
    axes, numbers = ([item for item in items if item.shown] for items in (found.axes, found.numbers))
    headings = tuple(Heading(header=item.name, unit=item.unit, right=item.right) for item in (*axes, *numbers))
    columns = [[Cell(rest=one) for one in item.cells] for item in axes]
    columns += [list(map(cell, item.cells)) for item in numbers]
    return _table(caption, headings, columns, found.gaps, len(axes))


def column_table(columns: Sequence[Column], caption: str, *, heads: int = 1, gaps: Iterable[int] = ()) -> Table:
    """Columns as they are laid out in the text."""
    headings = tuple(Heading(header=_one_line(one.header), right=one.right) for one in columns)
    cells = [list(map(cell if place >= heads else _word, one.cells)) for place, one in enumerate(columns)]
    return _table(caption, headings, cells, gaps, heads)


def cell(text: str) -> Cell:
    """A cell, its interval taken apart: "[1.93 1.95 1.97] faster"."""
    found = INTERVAL.fullmatch(text.strip())
    if not found:
        return Cell(rest=text.strip())
    low, value, high, rest = found.groups()
    return Cell(before=f"[{low}", estimate=value, after=f"{high}]", rest=rest)


def _word(text: str) -> Cell:
    return Cell(rest=text)


def _one_line(header: str) -> str:
    """A header without the line breaks and hyphens that a narrow column of text needs."""
    return header.replace("-\n", "").replace("\n/", "/").replace("\n", " ")


def _table(
    caption: str, headings: tuple[Heading, ...], columns: Sequence[Sequence[Cell]], gaps: Iterable[int], heads: int
) -> Table:
    starts = set(gaps)
    lines = enumerate(zip(*columns, strict=True))
    rows = tuple(Row(cells=cells, first=number in starts) for number, cells in lines)
    return Table(caption=caption, columns=headings, rows=rows, heads=heads)
