"""What a child reads and writes: files in memory, of which only as much is read back as is kept.

Files and not pipes: a child that writes a gigabyte, or leaves a grandchild with its outputs open, can then block
neither itself nor us. In memory (memfd_create(2)) and not in a temporary folder, which may be full or read-only, and
whose disk would be at work while something is measured.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from typing import IO, Self

OUT_LIMIT = 64 << 20
"""Bytes of a child's output that are read. A reply of an ordinary run has some 10 kB, one of 2000 iterations of 256
threads 43 MB."""

EDGE = 16 << 10
"""Bytes that are kept of either end of a long stderr: what an interpreter warns of comes first, why it died last."""


class Streams:
    """stdin, stdout and stderr of one child; a context manager. Raises OSError where there is no place for them."""

    def __init__(self, stdin: bytes) -> None:
        with ExitStack() as opened:
            self.request, self.out, self.err = (opened.enter_context(file(name)) for name in ("in", "out", "err"))
            self.request.write(stdin)
            self.request.seek(0)
            self._opened = opened.pop_all()

    def written(self) -> int:
        """Bytes of stdout so far."""
        return os.fstat(self.out.fileno()).st_size

    def complained(self) -> int:
        """Bytes of stderr so far."""
        return os.fstat(self.err.fileno()).st_size

    def out_text(self) -> str:
        """What was written to stdout, at most OUT_LIMIT bytes of it."""
        return _decoded(os.pread(self.out.fileno(), OUT_LIMIT, 0))

    def err_text(self) -> str:
        """What was written to stderr; of much, the first and the last EDGE bytes."""
        descriptor, size = self.err.fileno(), self.complained()
        if size <= 2 * EDGE:
            return _decoded(os.pread(descriptor, 2 * EDGE, 0))
        head, end = os.pread(descriptor, EDGE, 0), os.pread(descriptor, EDGE, size - EDGE)
        return f"{_decoded(head)}\n... {size - 2 * EDGE} bytes are left out here ...\n{_decoded(end)}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()


def file(name: str) -> IO[bytes]:
    """A new file that nobody else sees; in memory where the system has such files."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create(f"fteng-{name}"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")
