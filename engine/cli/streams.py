"""Standard streams that cannot spoil a command: a reader that went away or a full disk costs the output, no result."""

from __future__ import annotations

import io
import os
import sys

GONE = (BrokenPipeError, ConnectionResetError)
"""The reader went away, as `head` does: no fault."""


class _Output(io.TextIOWrapper):
    """A text stream whose writes never fail; the first error is kept, and what comes after it goes to /dev/null.

    It catches errors here, not in a raw stream below: a signal that is handled between the write of such a stream and
    its return would have the same bytes written twice.
    """

    lost: OSError | None = None

    def write(self, text: str, /) -> int:
        """How many letters were written, or dropped."""
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        """Write what is left, or drop it."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        if self.lost is None:
            self.lost = error
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


def secure() -> _Output:
    """Make stdout and stderr safe to print to, and return stdout.

    A closed descriptor is opened on /dev/null first: the next file would get its number, and a stray word of a library
    would end up in the journal.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = out = _text(1, sys.stdout, line_buffering=os.isatty(1))
    sys.stderr = _text(2, sys.stderr, line_buffering=True)
    return out


def fault(out: _Output) -> str:
    """What kept the rest of the output from being written, or "" (also where its reader went away)."""
    out.flush()
    lost = out.lost
    return "" if lost is None or isinstance(lost, GONE) else f"the output cannot be written: {lost.strerror}"


def spent() -> bool:
    """Nothing more of what is printed will be read or kept."""
    return getattr(sys.stdout, "lost", None) is not None


def _text(descriptor: int, before: object, *, line_buffering: bool) -> _Output:
    """The text stream, in the encoding of the one before; a letter that it lacks is escaped, and stops nothing."""
    return _Output(
        io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False)),
        encoding=getattr(before, "encoding", None) or "utf-8",
        errors="backslashreplace",
        line_buffering=line_buffering,
    )
