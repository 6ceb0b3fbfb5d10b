"""Records <-> JSON lines: append-only, locked, fsynced; knows no statistics.

Format history: 1 (0.1.0) one JSON object a line with a `kind`: `header` first, then `invocation` and `stop` in the
order of time, `end` when nothing is left to measure. 2 (0.1.0) the iterations of a team are one list for each number
that an iteration has, all iterations and their threads one after the other: half the size, read in half the time.
In format 1 they were a list of mappings, as a worker tells them. Lines of both are read, whatever the header says, for
a result of format 1 may be resumed.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import filelock

from engine.errors import JournalError
from engine.model import Header, Invocation, Journal, Stop
from engine.serial import from_plain, to_plain

FORMAT = 2
READABLE = (1, 2)
FILE = "journal.jsonl"

_KINDS: dict[str, type[Header | Invocation | Stop]] = {"header": Header, "invocation": Invocation, "stop": Stop}


class Writer:
    """The one writer of a journal. A context manager; every line is on the disk when `append` returns."""

    def __init__(self, folder: Path) -> None:
        """Open `folder`'s journal for appending. Raises JournalError where another process writes it."""
        self.folder = folder
        self._path = folder / FILE
        self._lock = filelock.FileLock(folder / ".lock", timeout=0)
        try:
            self._lock.acquire()
            self._file = self._path.open("ab", buffering=0)
        except filelock.Timeout:
            raise JournalError(f"{folder}: another fteng is writing this result") from None
        except OSError as error:
            raise JournalError(f"{self._path}: cannot write: {error.strerror}; choose another --output") from error

    def append(self, record: Header | Invocation | Stop) -> None:
        """Write one record. Raises JournalError where the disk refuses; the lines before stay whole."""
        kind = next(name for name, type_ in _KINDS.items() if isinstance(record, type_))
        self._write({"kind": kind, **to_plain(record)})

    def finish(self) -> None:
        """Say that nothing is left to measure."""
        self._write({"kind": "end"})

    def _write(self, line: dict[str, Any]) -> None:
        """Write a whole line or none: after a failure the file is cut back to where it was."""
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        end = self._file.seek(0, os.SEEK_END)
        try:
            while text:
                text = text[self._file.write(text) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(end)
            raise JournalError(f"{self._path}: cannot write: {error.strerror}; the lines before are kept") from error

    def close(self) -> None:
        """Let another process write."""
        self._file.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def create(folder: Path, header: Header) -> Writer:
    """Make a new result folder with a journal that starts with `header`. Raises JournalError if it cannot be made."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise JournalError(
            f"{folder}: exists already; fteng never overwrites a result, choose another --output"
        ) from None
    except OSError as error:
        raise JournalError(f"{folder}: cannot be made: {error.strerror}; choose another --output") from error
    writer = Writer(folder)
    writer.append(header)
    return writer


def reopen(folder: Path) -> tuple[Journal, Writer]:
    """What a result folder holds, and a writer that goes on; a torn last line is cut off first."""
    writer = Writer(folder)
    try:
        journal = read(folder)
        path = folder / FILE
        text = path.read_bytes()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            os.truncate(path, whole)
    except BaseException:
        writer.close()
        raise
    return journal, writer


def read(folder: Path) -> Journal:
    """The journal of a result folder (or a journal file itself).

    A torn last line (a kill in the middle of a write) is forgiven; any other damage raises JournalError with its line.
    """
    path = folder / FILE if folder.is_dir() else folder
    with _no_collector():
        records = list(_records(path))
    if not records or not isinstance(records[0], Header):
        raise JournalError(f"{path}:1: a journal starts with its header; this is no result of fteng")
    return Journal(
        header=records[0],
        invocations=tuple(record for record in records if isinstance(record, Invocation)),
        stops=tuple(record for record in records if isinstance(record, Stop)),
        finished="end" in records,
    )


@contextmanager
def _no_collector() -> Iterator[None]:
    """Records have no cycles, and the collector would walk all that were read again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _records(path: Path) -> Iterator[Header | Invocation | Stop | str]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                yield _record(path, number, line)
    except FileNotFoundError:
        raise JournalError(f"{path.parent}: holds no {FILE}; name a result folder of `fteng run`") from None
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error


def _record(path: Path, number: int, line: bytes) -> Header | Invocation | Stop | str:
    try:
        data = json.loads(line)
        kind = data.pop("kind")
        if kind == "end":
            return "end"
        if kind == "header" and data.get("format") not in READABLE:
            known = " and ".join(map(str, READABLE))
            raise JournalError(f"{path}:{number}: journal format {data.get('format')}; this fteng reads {known}")
        return from_plain(data, _KINDS[kind])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JournalError(f"{path}:{number}: this line of the journal is damaged: {error}") from error
