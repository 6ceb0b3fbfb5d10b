"""Records -> the end of a journal: one writer at a time, whole lines only, each on the disk before the next."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import filelock

from engine.errors import JournalError
from engine.journal.lines import line
from engine.journal.scan import SPARE
from engine.model import Header, Invocation, Profile, Stop

FILE = "journal.jsonl"

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
"""A FIFO that nobody reads is an error then, and is not waited for (open(2))."""


class Writer:
    """The one writer of a journal. A context manager; every line is on the disk when `append` returns."""

    def __init__(self, folder: Path) -> None:
        """Open `folder`'s journal for appending. Raises JournalError where another process writes it."""
        self.folder = folder
        self._path = folder / FILE
        self._lock = filelock.FileLock(folder / ".lock", timeout=0)
        self._cut: int | None = None
        """Where the file is to be cut back to, if a line that failed could not be taken away."""
        try:
            self._lock.acquire()
            self._file = os.fdopen(os.open(self._path, _FLAGS, 0o666), "ab", buffering=0)
        except filelock.Timeout:
            raise JournalError(f"{folder}: another fteng is writing this result") from None
        except OSError as error:
            self._lock.release()
            raise JournalError(f"{self._path}: cannot write: {error.strerror}; choose another --output") from error
        if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            self.close()
            raise JournalError(f"{self._path}: is no regular file, so no journal; choose another --output")

    def append(self, record: Header | Invocation | Stop | Profile) -> None:
        """Write one record. Raises JournalError where the disk refuses; the lines before stay whole."""
        self._write(line(record))

    def append_all(self, records: Iterable[Invocation | Stop]) -> None:
        """Write several records at once, all of them or none."""
        self._write(b"".join(map(line, records)))

    def finish(self) -> None:
        """Say that nothing is left to measure."""
        self._write(line("end"))

    def mend(self, end: int, *, newline: bool) -> None:
        """Cut off what comes after byte `end`, or write the newline that is missing there."""
        try:
            os.ftruncate(self._file.fileno(), end)
        except OSError as error:
            raise self._refused(error) from error
        self._write(b"\n" if newline else b"")

    def _write(self, text: bytes) -> None:
        """Write all of it or nothing: after a failure the file is cut back to where it was."""
        end = None
        try:
            if self._cut is not None:
                os.ftruncate(self._file.fileno(), self._cut)
                self._cut = None
            end = self._file.seek(0, os.SEEK_END)
            while text:
                text = text[self._file.write(text) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            if end is not None:
                self._cut = end
                with suppress(OSError):
                    os.ftruncate(self._file.fileno(), end)
                    self._cut = None
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> JournalError:
        return JournalError(f"{self._path}: cannot write: {error.strerror}; the lines before are kept")

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
    try:
        writer.append(header)
        keep_spare(folder, header)
    except BaseException:
        writer.close()
        raise
    return writer


def keep_spare(folder: Path, header: Header) -> None:
    """Write the copy of a header that `--salvage` falls back to, if there is none. Raises JournalError.

    The names in the folder, and its own, are put on the disk too: fsync(2) of a file does not do that.
    """
    path = folder / SPARE
    try:
        with path.open("xb") as file:
            file.write(line(header))
            file.flush()
            os.fsync(file.fileno())
        for place in (folder, folder.parent):
            _sync(place)
    except FileExistsError:
        return
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise JournalError(f"{path}: cannot write: {error.strerror}; the journal is kept") from error


def _sync(folder: Path) -> None:
    """Put the names in a folder on the disk, where its file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
