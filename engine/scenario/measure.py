"""`measure` of a draft -> Measure: durations become seconds, percentages fractions, sizes bytes; all has to agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.document import Keys
from engine.durations import seconds
from engine.model import Measure
from engine.scenario.draft import Draft

LIMITS = {
    "iteration_time": (1e-3, 60.0, "1ms to 60s"),
    "time_limit": (1e-3, 604800.0, "at most 168h"),
    "timeout": (1e-3, 604800.0, "at most 168h"),
    "confidence": (0.5, 0.9999, "50% to 99.99%"),
    "memory_limit": (64 << 20, 1 << 50, "64MiB to 1024TiB"),
}
"""What a pattern of the schema cannot say: lowest, highest, both in words."""

BYTES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}

FEWEST = 2
"""Iterations that `auto` comes to at least."""


def measure(draft: Draft) -> Measure | None:
    """How the scenario is measured, or None where `measure` holds a fault."""
    fields = _fields(draft)
    if not draft.sound("measure"):
        return None
    found = Measure(**fields)
    _agree(draft, found)
    return found


def changed(draft: Draft, base: Measure) -> Measure:
    """`base` with what the draft says of it."""
    found = replace(base, **_fields(draft, base))
    _agree(draft, found)
    return found


def fraction(value: float | str) -> float:
    """A share that the schema lets pass: "2%", or a fraction."""
    return float(value.rstrip("% ")) / 100 if isinstance(value, str) else float(value)


def _number_or_auto(value: int | str) -> int | None:
    return None if value == "auto" else int(value)


def _bytes_or_auto(value: int | str) -> int | None:
    if isinstance(value, str):
        return None if value == "auto" else round(float(value[:-3]) * BYTES[value[-3:]])
    return value


READ: dict[str, Callable[[Any], float | int | None]] = {
    "iterations": _number_or_auto,
    "iteration_time": seconds,
    "warmup": _number_or_auto,
    "precision": fraction,
    "confidence": fraction,
    "time_limit": seconds,
    "timeout": seconds,
    "memory_limit": _bytes_or_auto,
}


def _fields(draft: Draft, base: Measure | None = None) -> dict[str, Any]:
    """The fields of Measure that the draft has, those with faults left out; `base` completes parts of one."""
    if not isinstance(draft.data.get("measure"), dict):
        return {}
    fields: dict[str, Any] = {}
    for name in draft.names(("measure",)):
        keys = ("measure", name)
        if name == "invocations":
            fields["invocations_min"], fields["invocations_max"] = _invocations(draft, keys, base)
        elif name in READ:
            fields[name] = READ[name](draft.at(keys))
            _within(draft, keys, fields[name])
    return fields


def _within(draft: Draft, keys: Keys, value: float | None) -> None:
    low, high, words = LIMITS.get(str(keys[-1]), (None, None, ""))
    if low is not None and high is not None and value is not None and not low <= value <= high:
        draft.report(keys, f"expected {words}, found {draft.document.texts.get(keys, value)}")


def _invocations(draft: Draft, keys: Keys, base: Measure | None) -> tuple[int, int]:
    """(min, max). Where only one is written, the other's default (or that of `base`) gives way to it."""
    found = draft.at(keys)
    if not isinstance(found, dict):
        return found, found
    if base:
        found = {"min": base.invocations_min, "max": base.invocations_max, **found}
    low, high = found["min"], found["max"]
    if (*keys, "min") not in draft.document.texts:
        low = min(low, high)
    if (*keys, "max") not in draft.document.texts:
        high = max(low, high)
    if low > high:
        draft.report((*keys, "min"), f"min {low} is above max {high}", f"write min: {high} and max: {low}")
    return low, high


def _agree(draft: Draft, found: Measure) -> None:
    """An invocation that its own timeout kills gives no numbers."""
    iterations = FEWEST if found.iterations is None else found.iterations
    if iterations * found.iteration_time >= found.timeout:
        message = f"{iterations} iterations of {found.iteration_time:g}s do not fit into {found.timeout:g}s"
        draft.report(("measure", "timeout"), message, "raise timeout, or lower iterations or iteration_time")
