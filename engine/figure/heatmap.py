"""A scenario with two varied axes -> tables of ratios with colours, intervals and what is not clear."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from engine import units
from engine.figure import panel
from engine.figure.rows import Row, arrange, distinct, threads, title_of
from engine.figure.style import SMALL, WORDS
from engine.model import Comparison, ScenarioResult, Trace

if TYPE_CHECKING:
    from engine.figure.sheet import Point, Sheet

MOST_PANELS: Final = 12
MOST_ROWS, MOST_COLUMNS = 12, 10
CELL, TITLE, HEADER, FOOT = 25.0, 15.0, 13.0, 30.0
"""Points: height of a cell, of the name of a panel, of the names of columns, below all."""
WIDEST, NARROWEST = 92.0, 46.0
"""Of a cell."""
FILLED: Final = 0.6
"""Share of the cells of a good table that hold a run."""
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
    """One panel."""

    name: str
    cells: Mapping[tuple[str, str], Cell]
    """By the words of its row and its column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap:
    """The figure."""

    title: str
    summary: str
    tables: tuple[Table, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    what: str
    rate: bool
    notes: tuple[str, ...]

    def height(self, width: float) -> float:
        """As `Picture`."""
        _, lines, _, _ = self._layout(width)
        return lines * self._table() + FOOT + panel.notes_height(self.notes)

    def _table(self) -> float:
        return (TITLE if len(self.tables) > 1 else 0) + HEADER + CELL * len(self.rows) + 10

    def _layout(self, width: float) -> tuple[int, int, float, float]:
        """Panels side by side, lines of them, room for the names of rows, width of a cell."""
        names = min(0.55 * SMALL * max(map(len, self.rows)) + 10, 0.3 * width)
        most = max(1, int((width + 10) // (names + NARROWEST * len(self.columns) + 10)))
        side = min(len(self.tables), most)
        side = math.ceil(len(self.tables) / math.ceil(len(self.tables) / side))
        cell = min(WIDEST, ((width + 10) / side - 10 - names) / len(self.columns))
        return side, math.ceil(len(self.tables) / side), names, cell

    def paint(self, sheet: Sheet) -> None:
        """As `Picture`."""
        side, lines, names, cell = self._layout(sheet.width)
        foot = FOOT + panel.notes_height(self.notes)
        each = (sheet.height - foot) / lines
        wide = names + cell * len(self.columns) + 10
        for number, table in enumerate(self.tables):
            left, top = (number % side) * wide, (number // side) * each
            self._draw(sheet, table, left, top, names=names, cell=cell, high=each / self._table() * CELL)
        self._legend(sheet, sheet.height - foot + 10)
        panel.notes(sheet, self.notes)

    def _draw(
        self, sheet: Sheet, table: Table, left: float, top: float, *, names: float, cell: float, high: float
    ) -> None:
        if len(self.tables) > 1:
            room = names + cell * len(self.columns)
            sheet.text(left + 2, top + 10, sheet.fit(table.name, room, SMALL, bold=True), size=SMALL, bold=True)
            top += TITLE
        for number, name in enumerate(self.columns):
            middle = left + names + (number + 0.5) * cell
            sheet.text(middle, top + 9, sheet.fit(name, cell - 3, SMALL), size=SMALL, anchor="middle")
        top += HEADER
        fills: dict[str, list[list[tuple[float, float]]]] = {}
        for line, row in enumerate(self.rows):
            y = top + line * high
            right = left + names - 6
            sheet.centred(right, y + high / 2, sheet.fit(row, names - 8, SMALL), size=SMALL, anchor="end")
            for number, column in enumerate(self.columns):
                x = left + names + number * cell
                one = table.cells.get((row, column))
                box = [(x + 1, y + 1), (x + cell - 1, y + 1), (x + cell - 1, y + high - 1), (x + 1, y + high - 1)]
                if one:
                    fills.setdefault(_shade(one.found, rate=self.rate), []).append(box)
        for colour, boxes in fills.items():
            sheet.areas(boxes, colour)
        for line, row in enumerate(self.rows):
            for number, column in enumerate(self.columns):
                place = (left + names + (number + 0.5) * cell, top + line * high)
                self._words(sheet, table.cells.get((row, column)), place, cell, high)

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
    return Heatmap(
        title=title_of(scenario, f"{what}, {_axis(down)} by {_axis(along)}"),
        summary=_summary([one for one in cells if one.found], what, down, along, notes),
        tables=tuple(Table(name=title, cells=held) for title, held in list(kept.items())[:MOST_PANELS]),
        rows=heads[down][:MOST_ROWS],
        columns=heads[along][:MOST_COLUMNS],
        what=f"{what}; in brackets: unclear",
        rate=not against,
        notes=notes,
    )


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
        """Tables that are mostly filled come first, then those of the kernel's axes, then large ones."""
        others = [values[name] for name in varied if name not in pair]
        panels = len(set(zip(*others, strict=True))) if others else 1
        size = len(set(values[pair[0]])) * len(set(values[pair[1]]))
        return len(rows) < FILLED * panels * size, "" in pair, -size

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
    return name or "build"


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
