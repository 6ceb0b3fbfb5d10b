"""Selector x run -> does it match; the meaning of thread words and of `gil` in one place."""

from __future__ import annotations

import re

from engine.model import Interpreter, Pairs, Run, Selector, Value

THREAD_WORD = re.compile(r"cpus(?:(?P<operator>[/*])(?P<operand>[1-9][0-9]*))?")


def thread_count(word: int | str, cpus: int) -> int:
    """The number of threads that `word` means on `cpus` CPUs, at least 1.

    Raises ValueError for a text that is no thread word (`cpus`, `cpus/2`, `cpus*2`).
    """
    if isinstance(word, int):
        return word
    found = THREAD_WORD.fullmatch(word)
    if not found:
        raise ValueError(f"{word!r} is no thread word")
    operand = int(found["operand"] or 1)
    return max(1, cpus // operand if found["operator"] == "/" else cpus * operand)


def same(one: Value, other: Value) -> bool:
    """Equal, and not merely because True is 1 and 1.0 is 1."""
    return type(one) is type(other) and bool(one == other)


def gil_enabled(run: Run, interpreter: Interpreter) -> bool:
    """The state of the lock that this run asks for: `default` means off on a free-threaded build."""
    return not interpreter.free_threaded or run.gil == "on"


def matches(selector: Selector, run: Run, interpreter: Interpreter, cpus: int) -> bool:
    """Whether the run has, for every axis the selector names, one of the values named.

    A name that is no axis of the run matches nothing.
    """
    return all(any(_is(name, value, run, interpreter, cpus) for value in values) for name, values in selector.values)


def pairs_match(pairs: Pairs, run: Run, interpreter: Interpreter, cpus: int) -> bool:
    """`matches` for a mapping of single values, as `baseline` and `include` have them."""
    return matches(Selector(values=tuple((name, (value,)) for name, value in pairs)), run, interpreter, cpus)


def _is(name: str, value: Value, run: Run, interpreter: Interpreter, cpus: int) -> bool:
    match name:
        case "threads":
            return thread_count(value, cpus) == run.threads
        case "gil":
            effective = "on" if gil_enabled(run, interpreter) else "off"
            return value in (run.gil, effective)
        case "free_threaded":
            return bool(value) == interpreter.free_threaded
        case _:
            try:
                found = run.axis(name)
            except KeyError:
                return False
            return same(found, value)
