"""A scenario with two varied axes -> tables of ratios with colours, intervals and what is not clear."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from engine import units
from engine.analysis.labels import threads
from engine.figure import panel
from engine.figure.rows import Row, arrange, clean, distinct, title_of
from engine.figure.style import SMALL, WORDS
from engine.model import Comparison, ScenarioResult, Trace

if TYPE_CHECKING:
    from engine.figure.sheet import Point, Sheet

MOST_PANELS: Final = 12
MOST_ROWS, MOST_COLUMNS = 12, 10
CELL, TITLE, HEADER, FOOT, GAP = 25.0, 15.0, 13.0, 30.0, 10.0
"""Points: height of a cell, of the name of a panel, of the names of columns, below all, between panels."""
WIDE = 480.0
"""Of a figure from which on what it shows and the scale of its shades stand side by side."""
WIDEST, NARROWEST = 92.0, 46.0
"""Of a cell."""
FILLED: Final = 0.5
"""Share of the cells of good tables that hold a run, and of the runs that are in a table of both axes."""
TINY: Final = 6.5
"""Size of the text of intervals."""
BOUNDS: Final = (1.01, 1.15, 1.5)
"""How many times 1 a ratio, or its inverse, is at least for the first, second and third shade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One run."""

    row: Row
    found: Comparison | None
    """None: it is what others are compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One panel, with the rows and columns that hold a run."""

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    """By row and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where tables stand: the first of each line of them, room for the names of rows, width of a cell."""

    starts: tuple[int, ...]
    names: float
    cell: float
    wide: float
    """Of a table with the gap after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap:
    """The figure."""

    title: str
    summary: str
    tables: tuple[Table, ...]
    corner: str
    """What the columns are."""
    what: str
    rate: bool
    notes: tuple[str, ...]

    def height(self, width: float) -> float:
        """As `Picture`."""
        return sum(self._heights(self._layout(width))) + self._foot(width)

    def _foot(self, width: float) -> float:
        return (FOOT if width >= WIDE else FOOT + 16) + panel.notes_height(self.notes)

    def _layout(self, width: float) -> Layout:
        most = max(len(table.columns) for table in self.tables)
        longest = max(len(word) for table in self.tables for word in (*table.rows, self.corner))
        names = min(0.57 * SMALL * longest + 10, 0.3 * width)
        count = len(self.tables)
        side = max(1, min(count, int((width + GAP) // (names + NARROWEST * most + GAP))))
        side = math.ceil(count / math.ceil(count / side))
        wide = (width + GAP) / side
        cell = min(WIDEST, (wide - GAP - names) / most)
        return Layout(starts=tuple(range(0, count, side)), names=names, cell=cell, wide=names + cell * most + GAP)

    def _heights(self, layout: Layout) -> list[float]:
        """Of each line of tables."""
        title = TITLE if len(self.tables) > 1 else 0
        side = layout.starts[1] if len(layout.starts) > 1 else len(self.tables)
        tallest = [max(len(table.rows) for table in self.tables[start : start + side]) for start in layout.starts]
        return [title + HEADER + CELL * rows + GAP for rows in tallest]

    def paint(self, sheet: Sheet) -> None:
        """As `Picture`."""
        layout, foot = self._layout(sheet.width), self._foot(sheet.width)
        heights = self._heights(layout)
        stretch = (sheet.height - foot) / sum(heights)
        top = 0.0
        for start, end, high in zip(layout.starts, (*layout.starts[1:], len(self.tables)), heights, strict=True):
            for place, table in enumerate(self.tables[start:end]):
                self._draw(sheet, table, (place * layout.wide, top), layout, stretch * CELL)
            top += stretch * high
        self._legend(sheet, sheet.height - foot + 10)
        panel.notes(sheet, self.notes)

    def _draw(self, sheet: Sheet, table: Table, corner: Point, layout: Layout, high: float) -> None:
        (left, top), cell = corner, layout.cell
        start = left + layout.names
        if len(self.tables) > 1:
            name = sheet.fit(table.name, layout.wide - GAP, SMALL, bold=True)
            sheet.text(left + 2, top + 10, name, size=SMALL, bold=True)
            top += TITLE
        middles = [start + (number + 0.5) * cell for number in range(len(table.columns))]
        head = sheet.fit(self.corner, layout.names - 8, SMALL)
        sheet.text(start - 6, top + 9, head, size=SMALL, anchor="end", colour="muted")
        for middle, name in zip(middles, table.columns, strict=True):
            sheet.text(middle, top + 9, sheet.fit(name, cell - 3, SMALL), size=SMALL, anchor="middle")
        top += HEADER
        for line, row in enumerate(table.rows):
            y = top + line * high
            sheet.centred(start - 6, y + high / 2, sheet.fit(row, layout.names - 8, SMALL), size=SMALL, anchor="end")
            for middle, column in zip(middles, table.columns, strict=True):
                one, half = table.cells.get((row, column)), cell / 2 - 1
                if one:
                    shade = _shade(one.found, rate=self.rate)
                    sheet.box((middle - half, y + 1), (middle + half, y + high - 1), shade)
                self._words(sheet, one, (middle, y), cell, high)

    @staticmethod
    def _words(sheet: Sheet, one: Cell | None, place: Point, cell: float, high: float) -> None:
        """The ratio over its interval; in brackets where the verdict is not clear."""
        middle, top = place
        if one is None or one.found is None:
            text = "base" if one else "\N{EN DASH}"
            sheet.centred(middle, top + high / 2, text, size=SMALL, colour="muted", anchor="middle")
            return
        text, small = units.quantity(one.found.ratio.value), _interval(one.found)
        text = f"({text})" if one.found.direction == "inconclusive" else text
        up = high / 2 - 5 if small else high / 2
        sheet.centred(middle, top + up, text, anchor="middle", bold=one.found.direction in {"faster", "slower"})
        small = sheet.fit(small, cell - 2, TINY)
        sheet.centred(middle, top + high / 2 + 6, small, size=TINY, anchor="middle")

    def _legend(self, sheet: Sheet, top: float) -> None:
        """What is shown, and what the shades mean."""
        sheet.text(2, top + 8, self.what, colour="muted", size=SMALL)
        left, right = ("slower", "faster") if self.rate else ("faster", "slower")
        top += 0 if sheet.width >= WIDE else 16
        low, high = (_WORSE, _BETTER) if self.rate else (_BETTER, _WORSE)
        roles = [*reversed(low), "even", *high]
        edges = [1 / bound for bound in reversed(BOUNDS)] + list(BOUNDS)
        step, x = 26.0, sheet.width - 26.0 * len(roles) - sheet.width_of(right, SMALL) - 8
        sheet.text(x - 4, top + 8, left, colour="muted", size=SMALL, anchor="end")
        for number, role in enumerate(roles):
            sheet.box((x + number * step, top), (x + (number + 1) * step - 1, top + 10), role)
        for number, edge in enumerate(edges):
            sheet.text(
                x + (number + 1) * step,
                top + 18,
                panel.number(round(edge, 2)),
                colour="muted",
                size=TINY,
                anchor="middle",
            )
        sheet.text(x + step * len(roles) + 3, top + 8, right, colour="muted", size=SMALL)


_BETTER: Final = ("less1", "less2", "less3")
_WORSE: Final = ("more1", "more2", "more3")


def picture(scenario: ScenarioResult, _: Mapping[str, Trace]) -> Heatmap | str:
    """The figure, or why there is none."""
    rows = arrange(scenario)
    against = any(row.result.against for row in rows)
    if not against:
        rows = tuple(row for row in rows if row.result.speedup)
    cells = [Cell(row=row, found=row.result.against if against else row.result.speedup) for row in rows]
    names = _dimensions(rows)
    if names is None:
        return "no two axes have two values each with ratios to show"
    down, along, others = names
    heads = {name: distinct(_word(row, name) for row in rows) for name in (down, along)}
    found: dict[str, dict[tuple[str, str], Cell]] = {}
    for one in cells:
        title = ", ".join(_word(one.row, name) for name in others)
        found.setdefault(title, {})[_word(one.row, down), _word(one.row, along)] = one
    kept = {title: held for title, held in found.items() if any(one.found for one in held.values())}
    notes = _notes(kept, heads[down], heads[along])
    what = "time against the baseline (ratio)" if against else "speedup over one thread (ratio)"
    tables = [_table(title, held, heads[down], heads[along], along) for title, held in kept.items()]
    return Heatmap(
        title=title_of(scenario, f"{what}, {_axis(down)} by {_axis(along)}"),
        summary=_summary([one for one in cells if one.found], what, down, along, notes),
        tables=tuple(tables[:MOST_PANELS]),
        corner=_axis(along) if along else "",
        what=f"{what}; in brackets: unclear",
        rate=not against,
        notes=notes,
    )


def _table(
    name: str, held: Mapping[tuple[str, str], Cell], down: Sequence[str], across: Sequence[str], along: str
) -> Table:
    """The rows and columns of one panel in their order; over a column the bare value, for its axis is said beside."""
    rows = tuple(row for row in down if any(row == one for one, _ in held))[:MOST_ROWS]
    columns = tuple(column for column in across if any(column == one for _, one in held))[:MOST_COLUMNS]
    short = {column: column.removeprefix(f"{_axis(along)} ") for column in columns}
    cells = {(row, short[column]): one for (row, column), one in held.items() if column in short}
    return Table(name=name, rows=rows, columns=tuple(short.values()), cells=cells)


def _dimensions(rows: Sequence[Row]) -> tuple[str, str, tuple[str, ...]] | None:
    """What stands down, what along, and what makes panels: two axes of the kernel, or the build and one of them.

    What has more values stands along.
    """
    if not rows:
        return None
    names = ("", *(name for name, _ in rows[0].axes), "threads")
    values = {name: [_word(row, name) for row in rows] for name in names}
    varied = [name for name in names if len(set(values[name])) > 1]

    def rank(pair: tuple[str, str]) -> tuple[bool, bool, int]:
        """Tables with both axes in them, mostly filled, come first; then the kernel's axes, then few panels."""
        others = zip(*(values[name] for name in varied if name not in pair), strict=True)
        panels: dict[tuple[str, ...], set[tuple[str, str]]] = {}
        for cell in zip(values[pair[0]], values[pair[1]], list(others) or [()] * len(rows), strict=True):
            panels.setdefault(cell[2], set()).add(cell[:2])
        sizes = [(len({one for one, _ in held}), len({one for _, one in held}), len(held)) for held in panels.values()]
        room = sum(down * along for down, along, _ in sizes)
        whole = sum(held for down, along, held in sizes if min(down, along) > 1)
        return min(whole, len(rows) * len(rows) / room) < FILLED * len(rows), "" in pair, len(panels)

    pairs = [pair for pair in combinations(varied, 2) if "threads" not in pair]
    if not pairs:
        return None
    best = min(pairs, key=rank)
    down, along = sorted(best, key=lambda name: (len(set(values[name])), name != ""))
    return down, along, tuple(name for name in varied if name not in {down, along})


def _word(row: Row, name: str) -> str:
    """The value of one dimension: "" is the build."""
    if not name:
        return row.build
    return threads(row.threads) if name == "threads" else dict(row.axes)[name]


def _axis(name: str) -> str:
    """As the words of its values call it."""
    return clean(name.replace("_", " ") if name == "switch_interval" else name) or "build"


def _shade(found: Comparison | None, *, rate: bool) -> str:
    """Better and worse have their own colour; what is the same or not clear has none."""
    if found is None or found.direction not in {"faster", "slower"} or found.ratio.value <= 0:
        return "even"
    steps = sum(max(found.ratio.value, 1 / found.ratio.value) >= bound for bound in BOUNDS)
    better = (found.ratio.value > 1) == rate
    return (_BETTER if better else _WORSE)[steps - 1] if steps else "even"


def _interval(found: Comparison) -> str:
    ratio = found.ratio
    if math.isnan(ratio.low):
        return ""
    chosen = units.interval_scale(ratio.low, ratio.value, ratio.high)
    return f"{chosen.text(ratio.low)} \N{EN DASH} {chosen.text(ratio.high)}"


def _notes(kept: Mapping[str, object], down: Sequence[str], along: Sequence[str]) -> tuple[str, ...]:
    lost = [
        units.count(count - most, noun)
        for count, most, noun in (
            (len(kept), MOST_PANELS, "panel"),
            (len(down), MOST_ROWS, "row"),
            (len(along), MOST_COLUMNS, "column"),
        )
        if count > most
    ]
    return (f"Left out, the last ones: {', '.join(lost)}; all are in the table.",) if lost else ()


def _summary(cells: Sequence[Cell], what: str, down: str, along: str, notes: Sequence[str]) -> str:
    known = [(one.row, one.found) for one in cells if one.found]
    low, high = (pick(known, key=lambda one: one[1].ratio.value) for pick in (min, max))
    unclear = sum(found.direction == "inconclusive" for _, found in known)
    ends = [
        f"{name} {row.name}, {units.interval(found.ratio.low, found.ratio.value, found.ratio.high)} "
        f"{WORDS.get(found.direction, found.direction)}"
        for name, (row, found) in (("lowest:", low), ("highest:", high))
    ]
    told = f"{what[0].upper()}{what[1:]}, {_axis(down)} by {_axis(along)}, {units.count(len(known), 'run')}"
    return " ".join([f"{told}: {'; '.join(ends)}. {unclear} of them are unclear.", *notes])
