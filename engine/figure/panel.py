"""Values -> places on a sheet: scales, their ticks, grids, legends, panels side by side; knows no result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.figure.style import SMALL, Tone, tone

if TYPE_CHECKING:
    from engine.figure.sheet import Sheet

LINE: Final = 11.0
"""Points from one line of text to the next."""
NEAR: Final = 3.0
"""Largest over smallest value up to which a logarithmic scale has ticks at even steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where on a sheet a value lies, along one direction."""

    low: float
    high: float
    start: float
    """The point of `low`; in points of the sheet, as `end`."""
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The point of a value; of one beyond an end, that end."""
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """It lies between the ends."""
        return self.low <= value <= self.high

    def ticks(self, most: int = 5) -> tuple[float, ...]:
        """A few round values between the ends."""
        from matplotlib.ticker import MaxNLocator

        if self.log and self.high > NEAR * self.low:
            found = _decades(self.low, self.high, most)
        else:
            found = [float(one) for one in MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(self.low, self.high)]
        slack = 1e-9 * (abs(self.low) + abs(self.high))
        return tuple(0.0 if abs(one) < slack else one for one in found if self.low - slack <= one <= self.high + slack)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a line of a panel looks: a tone, and filled marks or not."""

    tone: Tone
    filled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a panel is: the edges of what is plotted, in points."""

    left: float
    top: float
    right: float
    bottom: float


def look(number: int) -> Look:
    """Of the line of this number: from the seventh on the tones come again, with marks that are not filled."""
    return Look(tone=tone(number), filled=number % 12 < 6)


def number(value: float) -> str:
    """A tick in figures."""
    return f"{value:g}"


def spread(middles: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as can be to those wanted, in their order, so far apart that labels there do not touch."""
    order = sorted(range(len(middles)), key=lambda place: middles[place])
    found = [middles[place] for place in order]
    for place in range(1, len(found)):
        found[place] = max(found[place], found[place - 1] + gap)
    excess = max(0.0, found[-1] - high) if found else 0.0
    for place in range(len(found) - 1, -1, -1):
        limit = (high if place == len(found) - 1 else found[place + 1] - gap) if excess else found[place]
        found[place] = max(low + place * gap, min(found[place], limit))
    return [found[order.index(place)] for place in range(len(middles))]


def stretched(low: float, high: float, bounds: Sequence[float], least: float) -> tuple[float, float]:
    """A range of ratios that also holds the bounds of their intervals, where these are not far wider than it is.

    It grows to either side by its own factor at most, or by `least` if that is more.
    """
    reach = max(high / low, least)
    return max(min([*bounds, low]), low / reach), min(max([*bounds, high]), high * reach)


def grid(sheet: Sheet, place: Place, ups: Iterable[float] = (), acrosses: Iterable[float] = ()) -> None:
    """Thin lines through a panel: `ups` at these x, `acrosses` at these y."""
    lines = [((x, place.top), (x, place.bottom)) for x in ups]
    lines += [((place.left, y), (place.right, y)) for y in acrosses]
    sheet.lines(lines, "grid", 0.7)


def legend_height(sheet_width: float, widths: Sequence[float]) -> float:
    """What a legend needs whose entries are so wide."""
    return LINE * 1.3 * len(_rows(sheet_width, widths))


def legend(sheet: Sheet, left: float, top: float, entries: Sequence[tuple[str, Look]]) -> None:
    """A sample of each line with its name, in as many rows as it takes."""
    widths = [entry_width(sheet, name) for name, _ in entries]
    for row, members in enumerate(_rows(sheet.width - left, widths)):
        x, y = left, top + LINE * 1.3 * row + LINE / 2
        for member in members:
            name, how = entries[member]
            sheet.lines([((x, y), (x + 22, y))], how.tone.colour, 1.6, dash=how.tone.dash)
            sheet.marks([(x + 11, y)], how.tone.mark, how.tone.colour, filled=how.filled)
            sheet.centred(x + 27, y, name, size=SMALL)
            x += widths[member]


def entry_width(sheet: Sheet, name: str) -> float:
    """Of an entry of a legend, with the gap after it."""
    return sheet.width_of(name, SMALL) + 42


def columns_for(count: int, width: float, least: float, most: int = 4) -> int:
    """How many panels stand side by side so that the rows are even and none is narrower than `least`."""
    columns = max(1, min(count, most, int(width // least)))
    return math.ceil(count / math.ceil(count / columns)) if count else 1


def axis_title(sheet: Sheet, text: str, middle: float, bottom: float) -> None:
    """Under the ticks of a panel."""
    sheet.text(middle, bottom, text, colour="muted", size=SMALL, anchor="middle")


def notes_height(notes: Sequence[str]) -> float:
    """What the notes at the foot of a figure need."""
    return LINE * len(notes) + 4 if notes else 0.0


def notes(sheet: Sheet, texts: Sequence[str]) -> None:
    """At the foot of a figure, a line each: how to read it, what was left out."""
    for number, text in enumerate(reversed(texts)):
        bottom = sheet.height - 4 - LINE * number
        sheet.text(2, bottom, sheet.fit(text, sheet.width - 4, SMALL), colour="muted", size=SMALL)


def _rows(width: float, widths: Sequence[float]) -> list[list[int]]:
    rows: list[list[int]] = [[]]
    used = 0.0
    for place, wide in enumerate(widths):
        if rows[-1] and used + wide > width:
            rows.append([])
            used = 0.0
        rows[-1].append(place)
        used += wide
    return rows


def _decades(low: float, high: float, most: int) -> list[float]:
    """As many steps of each power of ten as there is room for; of many powers every so manieth."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1, 1.5, 2, 3, 4, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        found = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        inside = [one for one in found if low <= one <= high]
        if len(inside) <= most + 1:
            return inside
    stride = math.ceil(len(inside) / most)
    return [one for one in inside if round(math.log10(one)) % stride == 0]
