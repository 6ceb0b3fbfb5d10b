"""Numbers to text for a reader: the only rounding in the house; knows no noun of the model.

Three significant digits, one unit for numbers that stand together, and "?" for what is not known (NaN).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

UNKNOWN = "?"
DIGITS = 3
SPAN = 1e4
"""Numbers further apart than this factor are not forced into one unit."""

LADDERS: dict[str, tuple[tuple[float, str], ...]] = {
    "s": ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s")),
    "B": ((1.0, "B"), (2.0**10, "KiB"), (2.0**20, "MiB"), (2.0**30, "GiB"), (2.0**40, "TiB")),
    "1/s": ((1.0, "/s"), (1e3, "k/s"), (1e6, "M/s"), (1e9, "G/s")),
}
"""The sizes a unit of the model is shown in, smallest first; any other unit is shown as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One unit and one number of decimals, for all the numbers of a column or an interval."""

    divisor: float = 1.0
    symbol: str = ""
    decimals: int = 0

    def text(self, value: float) -> str:
        """The bare number; the symbol is said once, elsewhere."""
        return _fixed(value / self.divisor, self.decimals)

    def interval(self, low: float, value: float, high: float) -> str:
        """`[low value high]` without the symbol."""
        return f"[{self.text(low)} {self.text(value)} {self.text(high)}]"


def scale(values: Iterable[float], unit: str = "", digits: int = DIGITS) -> Scale:
    """The scale on which the smallest of the values (by size, without 0 and NaN) has `digits` significant digits."""
    sizes = [abs(value) for value in values if math.isfinite(value) and value != 0]
    if not sizes:
        return Scale(symbol=unit)
    divisor, symbol = _rung(min(sizes), unit, digits)
    return Scale(divisor=divisor, symbol=symbol, decimals=_decimals(min(sizes) / divisor, digits))


def one_scale(values: Iterable[float], unit: str = "", digits: int = DIGITS) -> Scale | None:
    """The scale for a whole column, or None where the values lie too far apart for one unit."""
    sizes = [abs(value) for value in values if math.isfinite(value) and value != 0]
    return scale(sizes, unit, digits) if not sizes or max(sizes) <= SPAN * min(sizes) else None


def interval_scale(low: float, value: float, high: float, unit: str = "") -> Scale:
    """The scale of one interval: three digits of the estimate, or up to five where fewer would hide its width."""
    chosen = scale([value], unit)
    for digits in range(DIGITS, DIGITS + 3):
        chosen = scale([value], unit, digits)
        if len({chosen.text(bound) for bound in (low, value, high)}) > 1 or low == high:
            break
    return chosen


def interval(low: float, value: float, high: float, unit: str = "") -> str:
    """`[low value high]` with one common unit behind it: "[12.1 12.3 12.5] ns"."""
    if math.isnan(value):
        return UNKNOWN
    chosen = interval_scale(low, value, high, unit)
    return _with_symbol(chosen.interval(low, value, high), chosen.symbol)


def quantity(value: float, unit: str = "") -> str:
    """A number in its unit ("s", "B", "1/s", or any other word): "12.3 ns", "4.00 MiB", "1.93"."""
    if math.isnan(value):
        return UNKNOWN
    if unit in {"", "B"} and float(value).is_integer() and abs(value) < 1024:
        return _with_symbol(f"{value:.0f}", unit)
    chosen = scale([value], unit)
    return _with_symbol(chosen.text(value), chosen.symbol)


def duration(seconds: float) -> str:
    """A measured time with three significant digits: "12.3 ns", "4.56 ms"."""
    return quantity(seconds, "s")


def long_duration(seconds: float) -> str:
    """A time somebody waits for, in whole seconds, largest two units: "8 s", "2 min 10 s", "1 h 5 min"."""
    if not math.isfinite(seconds):
        return UNKNOWN
    whole = max(0, round(seconds))
    for size, name, smaller, lesser in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {lesser}" if rest else "")
    return f"{whole} s"


def size(count: float) -> str:
    """Bytes in binary multiples: "512 B", "4.00 MiB"."""
    return quantity(count, "B")


def significant(value: float, digits: int = 6) -> float:
    """The number itself with so many significant digits, for a format that shows it as it gets it."""
    return float(f"{value:.{digits}g}")


def ratio(value: float) -> str:
    """A factor: "x1.93"."""
    return UNKNOWN if math.isnan(value) else f"x{scale([value]).text(value)}"


def percent(fraction: float) -> str:
    """A share: 0.95 is "95 %", 0.025 is "2.5 %"."""
    if not math.isfinite(fraction):
        return UNKNOWN
    return f"{float(f'{100 * fraction:.{DIGITS}g}'):g} %"


def count(number: int, noun: str = "", plural: str = "") -> str:
    """A whole number with its noun, in the plural where it belongs: "1 run", "12,345 runs"."""
    word = noun if number == 1 else (plural or noun + "s") if noun else ""
    return f"{number:,} {word}".rstrip()


def ranges(numbers: Iterable[int]) -> str:
    """Whole numbers in their order, three and more neighbours as a range: "0, 1", "0-7, 12"."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    return ", ".join(f"{one[0]}-{one[-1]}" if len(one) > 2 else ", ".join(map(str, one)) for one in spans)


def _rung(size: float, unit: str, digits: int) -> tuple[float, str]:
    """The largest step of the unit's ladder in which `size`, as it will be shown, is not below 1; or its lowest."""
    steps = LADDERS.get(unit, ((1.0, unit),))
    return next((step for step in reversed(steps) if _significant(size / step[0], digits) >= 1), steps[0])


def _significant(value: float, digits: int) -> float:
    """The value as it will be shown: 999.9 ns becomes 1000 ns, and so 1.00 µs."""
    return float(f"{value:.{digits - 1}e}")


def _decimals(value: float, digits: int) -> int:
    """Decimals that give a positive value so many significant digits."""
    return max(0, digits - 1 - math.floor(math.log10(_significant(value, digits))))


def _fixed(value: float, decimals: int) -> str:
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    plain = abs(value) < 1e7 and decimals < 7
    return f"{value + 0.0:.{decimals}f}" if plain else f"{value:.{DIGITS - 1}e}"


def _with_symbol(text: str, symbol: str) -> str:
    return f"{text} {symbol}" if symbol else text
