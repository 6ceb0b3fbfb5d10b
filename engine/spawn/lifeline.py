"""A pipe by which the system kills a child's process group when the engine dies, whatever kills the engine.

Only the engine has the writing end. On the reading end, whose open file description the child shares, the engine asks
for a signal when it changes (O_ASYNC), for SIGKILL as that signal (F_SETSIG), and for the child's process group as the
receiver (F_SETOWN): fcntl(2), "Managing signals". When the engine's descriptors are closed at its death, the pipe loses
its last writer, and the signal is sent (`pipe_release`, fs/pipe.c of Linux). It reaches a group that is stopped, or
deep in C. The engine keeps a reading end too, for a child may close its own.

Where the system has no F_SETSIG there is no such signal; the child can still see by the pipe whether the engine lives.
"""

from __future__ import annotations

import fcntl
import os
import signal
from contextlib import suppress
from typing import Self


class Lifeline:
    """One child's; a context manager. Raises OSError where no descriptor is left."""

    def __init__(self) -> None:
        # The reading end has the lower number. At the death of a process Linux gives files up in the reverse of the
        # order in which it lets go of descriptors (`task_work_run`), so that the writing end goes first.
        self.reader, self._writer = os.pipe()
        os.set_blocking(self.reader, False)

    def guard(self, group: int) -> None:
        """From now on this process group does not outlive the engine."""
        if hasattr(fcntl, "F_SETSIG"):
            with suppress(OSError):
                fcntl.fcntl(self.reader, fcntl.F_SETSIG, signal.SIGKILL)
                fcntl.fcntl(self.reader, fcntl.F_SETOWN, -group)
                fcntl.fcntl(self.reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)

    def close(self) -> None:
        """Give the descriptors back; what is still alive of the group is killed."""
        os.close(self._writer)
        os.close(self.reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
