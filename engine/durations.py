"""Durations as files and command lines write them: "20ms" <-> seconds. What a reader is shown is `units`'s."""

from __future__ import annotations

import re
from decimal import Decimal

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
WRITTEN = re.compile(r"(?P<number>[0-9.]+) ?(?P<unit>us|ms|s|m|h)")


def seconds(value: float | str) -> float:
    """A duration in seconds: "20ms", "1.5 s", or a number of seconds already.

    Raises ValueError for a text that is no duration.
    """
    if not isinstance(value, str):
        return float(value)
    found = WRITTEN.fullmatch(value)
    if not found:
        raise ValueError(f"{value!r} is no duration")
    return float(found["number"]) * SECONDS[found["unit"]]


def written(value: float | str) -> str:
    """The one way to write a duration, in us, ms or s, so that 0.5ms and 500us are the same text."""
    found = seconds(value)
    unit = next((unit for unit in ("s", "ms") if found >= SECONDS[unit] * (1 - 1e-9)), "us")
    return f"{Decimal(f'{found / SECONDS[unit]:.9g}'):f}{unit}"
