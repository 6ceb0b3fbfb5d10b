"""Processes that a child started and that outlive it: found, killed and waited for, also those that left its group.

The engine makes itself their reaper (PR_SET_CHILD_SUBREAPER, prctl(2)): whatever loses its parent becomes its child, so
that one call of waitid(2) tells whether anything is left at all. What is left is known by a mark that no `exec`, no
new session and no empty environment takes off: the hard limit on the size of a file, which each worker is given with
some bytes of its own at the end, and which every process has from its parent. Nothing without the mark is touched.

Where the system has no reaper, what left the process group stays.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

FILE_LIMIT = 256 << 20
"""Bytes that a worker may write to one file, its outputs among them (RLIMIT_FSIZE; the next write fails with EFBIG)."""

MARKS = 1 << 20
"""A mark is one of so many numbers of bytes that are added to FILE_LIMIT."""

PATIENCE = 5.0
"""Seconds that killed processes have to be gone; only what the system cannot end, or we may not, takes longer."""

PR_SET_CHILD_SUBREAPER = 36


def mark() -> int:
    """A limit on the size of a file, in bytes, that only the processes of one worker have."""
    return FILE_LIMIT + random.SystemRandom().randrange(1, MARKS)


@cache
def adopt() -> bool:
    """From now on descendants that lose their parent become ours; False where the system has no such thing."""
    import ctypes  # noqa: PLC0415 - only who starts workers needs it

    try:
        return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (AttributeError, OSError, TypeError):
        return False


def clear(group: int, mark: int) -> None:
    """Wait for what was killed of a process group, then kill and wait for what bears the mark (0: nothing does)."""
    deadline = time.monotonic() + PATIENCE
    _reap(-group, deadline)
    while mark and _any_children() and time.monotonic() < deadline:
        found = [pid for pid in _children() if _marked(pid, mark)]
        if not found:
            return
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in found:
            _reap(pid, deadline)


def _reap(which: int, deadline: float) -> None:
    """Wait for a child, or for all of a group, as waitpid(2) names them."""
    pause = 0.0
    while time.monotonic() < deadline:
        try:
            ended, _ = os.waitpid(which, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            time.sleep(pause)
            pause = min(0.01, pause + 0.0005)


def _any_children() -> bool:
    """Whether this process has a child, alive or not waited for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except (AttributeError, ChildProcessError):
        return False
    return True


def _children() -> Iterator[int]:
    """The processes whose parent is this one: field 4 of proc_pid_stat(5). Few systems have a list of them."""
    own = os.getpid()
    for name in os.listdir("/proc"):  # noqa: PTH208 - a thousand names, after many a worker
        if name.isdecimal():
            with suppress(OSError, IndexError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                if int(file.read().rpartition(b")")[2].split()[1]) == own:
                    yield int(name)


def _marked(pid: int, mark: int) -> bool:
    try:
        return resource.prlimit(pid, resource.RLIMIT_FSIZE)[1] == mark
    except (AttributeError, OSError):
        return False
