"""A scenario file under examination: what it says, which parts of it are sound, and every fault found so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine.document import Document, Keys
from engine.errors import Problem
from engine.model import Kernel
from engine.schema import Fault


class Draft:
    """Collects faults, so that a file's reader sees all of them at once; a part with a fault is examined no further."""

    def __init__(self, document: Document, data: Any, faults: Sequence[Fault], kernel: Kernel | None = None) -> None:
        self.document = document
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        self.kernel = kernel
        """None where it cannot be loaded: then nothing can be said of its parameters."""
        self.problems: list[Problem] = [fault.problem for fault in faults]
        self._faulty = {fault.keys for fault in faults}
        self._around = {keys[:length] for keys in self._faulty for length in range(len(keys) + 1)}

    def sound(self, *keys: str | int) -> bool:
        """Whether the schema found no fault at `keys`, below, or in what is around them."""
        return keys not in self._around and not any(keys[:length] in self._faulty for length in range(len(keys)))

    def at(self, keys: Keys) -> Any:
        """The value at `keys`."""
        value: Any = self.data
        for key in keys:
            value = value[key]
        return value

    def items(self, key: str) -> Iterator[Keys]:
        """The keys of each item of a list at the top, if it is one."""
        found = self.data.get(key)
        for index in range(len(found) if isinstance(found, list) else 0):
            yield (key, index)

    def names(self, keys: Keys) -> Iterator[str]:
        """The sound keys of the mapping at `keys`, in their order; none where there is no mapping."""
        found = self.at(keys)
        for name in found if isinstance(found, dict) else ():
            if self.sound(*keys, name):
                yield name

    def report(self, keys: Keys, message: str, hint: str = "", *, at_key: bool = False) -> None:
        """A fault of the value at `keys`, or of its key."""
        self.problems.append(self.document.problem(keys, message, hint, at_key=at_key))
