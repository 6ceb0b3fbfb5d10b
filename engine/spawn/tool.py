"""A profiler around one worker, or attached to it: its words, the switch between the two, and what it wrote.

`around`: the tool is started and starts the worker (`perf stat ... -- PYTHON worker.py`); both are of one process
group, which the lifeline ends. The worker switches it through two pipes, as `--control fd:...` of perf-stat(1) says.
`attached`: the tool is told the worker's process id and started when the worker asks for it; it is of a group of its
own, with a lifeline of its own.

What it writes goes to a file in memory: nothing is left where it is killed. Where there are no such files, to an
unnamed temporary one.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any, Self

from engine import interrupts
from engine.spawn.lifeline import Lifeline
from engine.spawn.output import Streams, file

READY = 10.0
"""Seconds that a tool has to attach itself."""
WRITING = 15.0
"""Seconds that it has to write what it found, once the worker has ended."""
OUTPUT_LIMIT = 16 << 20
"""Bytes of it that are read."""
APART = 0.01


class Tool:
    """One use of a profiler; a context manager. Raises OSError where there is no room for its files.

    In `words`, `{output}` is the path of the file that it is to write, `{descriptor}` the number of its descriptor,
    `{control}` the two descriptors of the switch, and `{pid}` the worker.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        attached: bool = False,
        ready: str = "",
        each: bool = True,
        switched: bool = True,
    ) -> None:
        """`ready` is what an attached tool says when it is; `each`: it is switched for each iteration, if at all."""
        self.switched = switched
        self._words, self._attached, self._ready, self._each = words, attached, ready, each
        self._ends: set[int] = set()
        self._child: subprocess.Popen[bytes] | None = None
        self.said = ""
        """What an attached tool wrote to its stdout and stderr."""
        self.failed = False
        """It could not be attached."""
        with ExitStack() as opened:
            self._output = opened.enter_context(file("tool"))
            self._asked, self._asks = ends = self._pipe(opened)
            self._answered, self._answers = others = self._pipe(opened)
            self._ends = {*ends, *others}
            self._streams = opened.enter_context(Streams(b"")) if attached else None
            self._lifeline = opened.enter_context(Lifeline()) if attached else None
            self._opened = opened.pop_all()

    @property
    def around(self) -> tuple[str, ...]:
        """The words before the worker's own."""
        return () if self._attached else self.filled()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Those that the worker has, and the tool around it."""
        tools = () if self._attached else (self._asked, self._answers, self.output)
        return (self._asks, self._answered, *tools)

    def control(self) -> Mapping[str, Any]:
        """What the worker is told of the switch; the descriptors that are not its own it closes."""
        tools = [] if self._attached else [self._asked, self._answers, self.output]
        return {"out": self._asks, "in": self._answered, "each": self._each, "close": tools}

    def attach(self, worker: int, timeout: float | None, environment: Mapping[str, str] | None) -> None:
        """The worker has started: wait until it asks for the tool, start that, and answer.

        Of a tool around it we only give up our ends of the switch, so that each of the two sees when the other is gone.
        """
        if not self._attached:
            self._let_go(self._ends)
            return
        self._let_go({self._asks, self._answered})
        asked, _, _ = select.select([self._asked], [], [], timeout)
        if asked and os.read(self._asked, 64):  # nothing to read: the worker has ended
            self._start(worker, environment)
            with suppress(BrokenPipeError):
                os.write(self._answers, b"ack\n")

    def _let_go(self, descriptors: Iterable[int]) -> None:
        for descriptor in tuple(descriptors):
            if descriptor in self._ends:
                self._ends.discard(descriptor)
                os.close(descriptor)

    def _start(self, worker: int, environment: Mapping[str, str] | None) -> None:
        if not self._streams or not self._lifeline:
            return
        try:
            with interrupts.held():
                self._child = subprocess.Popen(
                    self.filled(worker=worker),
                    stdin=self._streams.request,
                    stdout=self._streams.err,
                    stderr=self._streams.err,
                    env=environment,
                    start_new_session=True,
                    pass_fds=(self._lifeline.reader, self.output),
                )
                self._lifeline.guard(self._child.pid)
        except (OSError, ValueError) as error:
            self.said, self.failed = str(error), True
            return
        deadline = time.monotonic() + READY
        while self._ready not in self._streams.err_text() and self._child.poll() is None:
            if time.monotonic() > deadline:
                break
            time.sleep(APART)
        self.failed = self._ready not in self._streams.err_text()

    def collect(self) -> None:
        """The worker has ended: wait until an attached tool has written what it found."""
        if self._child and self._streams:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(WRITING)
            self.said = self._streams.err_text()

    def text(self) -> str:
        """What the tool wrote."""
        return os.pread(self.output, OUTPUT_LIMIT, 0).decode("utf-8", "replace")

    def size(self) -> int:
        """Bytes that it wrote."""
        return os.fstat(self.output).st_size

    def close(self) -> None:
        """End what is still alive of an attached tool, and give the descriptors back."""
        with interrupts.held():
            if self._child:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._child.pid, signal.SIGKILL)
                self._child.wait()
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def output(self) -> int:
        """The descriptor of its file."""
        return self._output.fileno()

    def filled(self, words: Sequence[str] = (), worker: int = 0) -> tuple[str, ...]:
        """Its words, or others, with what they stand for."""
        output = self.output
        values = {
            "{output}": f"/proc/self/fd/{output}",
            "{descriptor}": str(output),
            "{control}": f"fd:{self._asked},{self._answers}",
            "{pid}": str(worker),
        }
        return tuple(values.get(word, word) for word in words or self._words)

    def _pipe(self, opened: ExitStack) -> tuple[int, int]:
        ends = os.pipe()
        opened.callback(lambda: self._let_go(ends))
        return ends
