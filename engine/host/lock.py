"""The one place that a host has for measuring: a lock that all its users share. Reads nothing of the machine."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import EngineError

POLL = 0.5
"""Seconds between two looks at a lock that another holds: a look takes CPU time from what is being measured."""
LONGEST = 200
"""Bytes that are read of what may be anybody's file."""
REMEDY = "remove it, have its owner remove it, or set TMPDIR to another folder"


@contextmanager
def measuring(wait: bool, say: Callable[[str], None], folder: Path | None = None) -> Iterator[None]:
    """Hold the one place that this host has for measuring; all its users share it.

    With `wait`, `say` is told once whom it waits for; without, raises EngineError if somebody measures already.
    `folder` is where the lock lies: by default the temporary folder of the system. There anybody may have put anything
    under its name: a link is not followed, a pipe not waited for. Raises EngineError for those, too.
    """
    path = (folder or _temporary()) / "fteng-measuring.lock"
    _refuse_others(path)
    lock = _lock(path)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                raise EngineError(f"{_holder(path)} is measuring on this machine; wait for its end") from None
            say(f"{_holder(path)} is measuring on this machine; waiting for its end")
            lock.acquire(poll_interval=POLL)
    except OSError as error:
        raise EngineError(f"{path} cannot be locked: {error.strerror or error}; {REMEDY}") from error
    try:
        _sign(path, json.dumps({"pid": os.getpid()}))
        yield
    finally:
        _sign(path, "")
        lock.release()


def _temporary() -> Path:
    """The temporary folder of the system."""
    try:
        return Path(tempfile.gettempdir())
    except OSError as error:
        raise EngineError(f"there is no folder for the lock of this machine: {error.strerror}; set TMPDIR") from error


def _lock(path: Path) -> FileLock:
    """A lock that every user can take: created writable for all, whatever the umask."""
    return FileLock(path, mode=0o666)


def _refuse_others(path: Path) -> None:
    """Raise EngineError where the lock's name is taken by something that is no file."""
    with suppress(OSError):
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
            raise EngineError(f"{path} cannot be locked: it is {kind}; {REMEDY}")


def _sign(path: Path, text: str) -> None:
    """Say who holds the lock, in a file beside it (some filelocks empty the lock's own when they try it).

    In a folder of all users the kernel may refuse to "create" a file that is another user's, so one that is there is
    only opened. What is no file, or has another name too, is left alone.
    """
    beside = path.with_suffix(".json")
    with suppress(OSError):
        flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | (0 if beside.exists() else os.O_CREAT)
        descriptor = os.open(beside, flags, 0o666)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
                os.ftruncate(descriptor, 0)
                file.write(text)
                with suppress(PermissionError):
                    os.fchmod(descriptor, 0o666)


def _holder(path: Path) -> str:
    """Who holds the lock, in words; its number only where such a process can be."""
    with suppress(OSError, ValueError, KeyError, TypeError, OverflowError):
        descriptor = os.open(path.with_suffix(".json"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            number = int(json.loads(file.read(LONGEST))["pid"])
        with suppress(PermissionError):
            os.kill(number, 0)
        return f"another fteng (process {number})"
    return "another fteng"
