"""Standard streams that cannot spoil a command: a reader that went away or a full disk costs the output, no result."""

from __future__ import annotations

import io
import os
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

GONE = (BrokenPipeError, ConnectionResetError)
"""The reader went away, as `head` does: no fault."""


class _Output(io.FileIO):
    """A descriptor whose writes never fail; the first error is kept, and what comes after it is dropped."""

    lost: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """How much was written; all of it where the output is lost."""
        while self.lost is None:
            try:
                written = super().write(data)
            except OSError as error:
                self.lost = error
            else:
                if written is not None:
                    return written
                select.select([], [self], [])  # another program made the descriptor non-blocking
        return memoryview(data).nbytes


def secure() -> _Output:
    """Make stdout and stderr safe to print to, and return what stdout is printed to.

    A closed descriptor is opened on /dev/null first: the next file would get its number, and a stray word of a library
    would end up in the journal.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    out = _Output(1, "w", closefd=False)
    sys.stdout = _text(out, sys.stdout, line_buffering=os.isatty(1))
    sys.stderr = _text(_Output(2, "w", closefd=False), sys.stderr, line_buffering=True)
    return out


def fault(out: _Output) -> str:
    """What kept the rest of the output from being written, or "" (also where its reader went away)."""
    sys.stdout.flush()
    lost = out.lost
    return "" if lost is None or isinstance(lost, GONE) else f"the output cannot be written: {lost.strerror}"


def _text(output: _Output, before: object, *, line_buffering: bool) -> io.TextIOWrapper:
    """The text stream, in the encoding of the one before; a letter that it lacks is escaped, and stops nothing."""
    return io.TextIOWrapper(
        io.BufferedWriter(output),
        encoding=getattr(before, "encoding", None) or "utf-8",
        errors="backslashreplace",
        line_buffering=line_buffering,
    )
