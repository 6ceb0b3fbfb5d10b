"""The invocations of a journal, read from its file when they are asked for; only where they stand is held."""

from __future__ import annotations

import os
import stat
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import SupportsIndex, overload

from engine.errors import JournalError, NoResultError
from engine.journal.lines import parsed
from engine.model import Invocation, Invocations

NO_JOURNALS = {
    ".csv": "a report",
    ".html": "a report",
    ".py": "a kernel perhaps",
    ".txt": "a text",
    ".yaml": "a scenario: `fteng run` measures it",
    ".yml": "a scenario: `fteng run` measures it",
}
"""What a file with this suffix is taken for, where a result is wanted."""


class Index:
    """Where each invocation stands in the file, and what its line must be: 36 bytes for one."""

    def __init__(self) -> None:
        self.numbers, self.offsets, self.lengths = array("q"), array("q"), array("q")
        """Of the lines, from 1; and in bytes, without the newline."""
        self.checks = array("I")
        """CRC-32 of the whole line: that it is still the same when it is read again."""
        self.groups: dict[str, array[int]] = {}
        """Id of a group -> the places of its invocations in these arrays."""

    def add(self, group: str, number: int, offset: int, text: bytes) -> None:
        """Note the next one."""
        self.groups.setdefault(group, array("q")).append(len(self.numbers))
        self.numbers.append(number)
        self.offsets.append(offset)
        self.lengths.append(len(text))
        self.checks.append(zlib.crc32(text))


class Records(Invocations):
    """The invocations at some places of an index, in the order of the file. Each is read anew whenever it is wanted.

    Reading raises JournalError where the file is gone, or no longer what it was when the index was made. What was
    appended since then is not seen.
    """

    def __init__(self, path: Path, index: Index, places: Sequence[int]) -> None:
        self._path, self._index, self._places = path, index, places

    def of(self, group: str) -> Records:
        """Those of one group."""
        return Records(self._path, self._index, self._index.groups.get(group, ()))

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Invocation]:
        yield from self._read(self._places)

    @overload
    def __getitem__(self, place: SupportsIndex) -> Invocation: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Invocation, ...]: ...

    def __getitem__(self, place: SupportsIndex | slice) -> Invocation | tuple[Invocation, ...]:
        if isinstance(place, slice):
            return tuple(self._read(self._places[place]))
        return next(self._read([self._places[range(len(self))[place]]]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == its for one, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _read(self, places: Sequence[int]) -> Iterator[Invocation]:
        if not places:
            return
        index = self._index
        with opened(self._path, absent=f"{self._path}: is gone; it was there when reading began") as descriptor:
            for place in places:
                text = os.pread(descriptor, index.lengths[place], index.offsets[place])
                yield self._record(text, index.numbers[place], index.checks[place])

    def _record(self, text: bytes, number: int, check: int) -> Invocation:
        where = f"{self._path}:{number}"
        if zlib.crc32(text) != check:
            raise JournalError(f"{where}: the journal was changed while it was read; start again")
        try:
            found = parsed(text)
        except ValueError as error:
            raise JournalError(f"{where}: this line is whole, but does not fit: {error}") from error
        if not isinstance(found, Invocation):
            raise TypeError(found)
        return found


def journal_file(result: Path, name: str) -> Path:
    """The journal of a result folder; of anything else, that itself. Raises JournalError where there is neither."""
    try:
        if stat.S_ISDIR(result.stat().st_mode):
            return result / name
    except (FileNotFoundError, NotADirectoryError):
        raise NoResultError(f"{result}: there is no such result; name a folder of `fteng run`, or its {name}") from None
    except OSError as error:
        raise JournalError(f"{result}: cannot be read: {error.strerror}") from error
    if result.suffix in NO_JOURNALS:
        raise NoResultError(f"{result}: is no result, but {NO_JOURNALS[result.suffix]}; name a folder of `fteng run`")
    return result


@contextmanager
def opened(path: Path, absent: str = "") -> Iterator[int]:
    """A descriptor of a regular file. Raises JournalError, also where the disk fails later; `absent` if there is none.

    A FIFO without a writer would be waited for (open(2)), so nothing is waited for.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise JournalError(f"{path}: is no regular file, so no journal; name a result folder of `fteng run`")
            yield descriptor
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        if absent:
            raise JournalError(absent) from None
        raise NoResultError(f"{path.parent}: holds no {path.name}; name a result folder of `fteng run`") from None
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error
