"""Selector x run -> does it match; the meaning of thread words and of `gil` in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from engine.model import Interpreter, Run, Selector, Value

MOST_THREADS = 4096
"""Threads that a run may have; schema.json says so of numbers, a plan of words like cpus*5000."""

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


def identity(value: Value) -> tuple[type, Value]:
    """What two values have in common where they are the `same`: for sets, which are faster than to try each."""
    return type(value), value


def gil_enabled(run: Run, interpreter: Interpreter) -> bool:
    """The state of the lock that this run asks for: `default` means off on a free-threaded build."""
    return not interpreter.free_threaded or run.gil == "on"


class Index:
    """What selectors mean of some runs, found without trying each run.

    A selector means the runs that have, for every axis it names, one of the values named; a name that is no axis of a
    run means none.
    """

    def __init__(self, runs: Sequence[Run], interpreters: Mapping[str, Interpreter], cpus: int) -> None:
        """`interpreters` has those of the runs by their spec."""
        self._runs, self._interpreters, self._cpus = runs, interpreters, cpus
        self._axes: dict[str, dict[tuple[type, Value], set[int]]] = {}

    def chosen(self, selectors: Iterable[Selector]) -> list[Run]:
        """The runs that all of these selectors mean, in their order."""
        return [self._runs[place] for place in sorted(set.intersection(*map(self.places, selectors)))]

    def places(self, selector: Selector) -> set[int]:
        """The places of the runs that a selector means."""
        having = [self._having(name, values) for name, values in selector.values]
        return set.intersection(*having) if having else set(range(len(self._runs)))

    def _having(self, name: str, values: Iterable[Value]) -> set[int]:
        """The places of the runs that have one of these values on an axis."""
        if name not in self._axes:
            self._axes[name] = self._by_value(name)
        known = self._axes[name]
        return set().union(*(known.get(identity(_meant(name, value, self._cpus)), ()) for value in values))

    def _by_value(self, name: str) -> dict[tuple[type, Value], set[int]]:
        found: dict[tuple[type, Value], set[int]] = {}
        for place, run in enumerate(self._runs):
            for value in _found(name, run, self._interpreters[run.interpreter]):
                found.setdefault(identity(value), set()).add(place)
        return found


def _meant(name: str, value: Value, cpus: int) -> Value:
    """A selector's value as runs have it."""
    match name:
        case "threads":
            return thread_count(value, cpus)
        case "free_threaded":
            return bool(value)
        case _:
            return value


def _found(name: str, run: Run, interpreter: Interpreter) -> tuple[Value, ...]:
    """What a run has under the name that a selector uses; of `gil` both the setting and the effective state."""
    match name:
        case "gil":
            return run.gil, "on" if gil_enabled(run, interpreter) else "off"
        case "free_threaded":
            return (interpreter.free_threaded,)
        case _:
            try:
                return (run.axis(name),)
            except KeyError:
                return ()
