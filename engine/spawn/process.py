"""A command -> how it ended and what it wrote: started in a session of its own, killed with all that it started."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine import interrupts
from engine.errors import WorkerError
from engine.spawn import leftovers, threads
from engine.spawn.lifeline import Lifeline
from engine.spawn.output import Streams
from engine.spawn.tool import Tool

STACKS_GRACE = 1.0
"""Seconds a worker has, past its timeout, to write every thread's stack."""
QUIET = 0.1
"""It is done when it has written something and then nothing for so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A command that ended: its exit status (minus the signal's number if one killed it) and what it wrote."""

    returncode: int
    out: str
    err: str
    """The first and the last of it, if it is long."""
    written: int = 0
    """Bytes of stdout, those that were not read included."""
    timed_out: bool = False
    timeout: float | None = None
    """Seconds it had."""
    threads: str = ""
    """What its threads did when the time was up, in words."""
    duration: float = 0.0
    """Seconds."""

    @property
    def signal(self) -> str:
        """The name of the signal that ended it, or ""."""
        if self.returncode >= 0:
            return ""
        with suppress(ValueError):
            return signal.Signals(-self.returncode).name
        return f"signal {-self.returncode}"


def command(
    argv: Sequence[str | Path],
    *,
    stdin: str = "",
    timeout: float | None = None,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
    tool: Tool | None = None,
) -> Finished:
    """Run a command in its own session to its end, or kill its process group at `timeout` seconds.

    `environment` None passes ours on. With `log`, both outputs go to that file instead of the result. With `tool`, the
    command has the file of that tool.
    Raises WorkerError if it cannot be started. On an interrupt the group is killed and the interrupt goes on.
    """
    try:
        with Lifeline() as lifeline:
            words = tool.filled([os.fspath(word) for word in argv]) if tool else argv
            descriptors = (tool.output,) if tool else ()
            return finish(
                words,
                stdin,
                lifeline,
                timeout=timeout,
                cwd=cwd,
                environment=environment,
                log=log,
                descriptors=descriptors,
            )
    except OSError as error:
        raise cannot_start(argv[0], error) from error


def cannot_start(what: str | Path, error: Exception) -> WorkerError:
    """The one message for it."""
    return WorkerError(f"cannot start {what}: {error}")


def finish(
    argv: Sequence[str | Path],
    stdin: str,
    lifeline: Lifeline,
    *,
    timeout: float | None = None,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
    mark: int = 0,
    descriptors: Sequence[int] = (),
    tool: Tool | None = None,
) -> Finished:
    """As `command`, with a lifeline that is there already and whose reading end the child has; `mark` as in leftovers.

    `descriptors` are passed on. `tool` is a profiler around the command or attached to it.
    Raises OSError where there is no room for its input and outputs.
    """
    with Streams(stdin.encode()) as streams:
        began = time.monotonic()
        child: subprocess.Popen[bytes] | None = None
        try:
            with interrupts.held():
                child = _started(
                    (*(tool.around if tool else ()), *argv),
                    streams,
                    (lifeline.reader, *descriptors, *(tool.descriptors if tool else ())),
                    cwd=cwd,
                    environment=environment,
                    log=log,
                )
                lifeline.guard(child.pid)
            if tool:
                tool.attach(child.pid, timeout, environment)
            left = None if timeout is None else max(0.0, timeout - (time.monotonic() - began))
            timed_out, doing = _wait(child, streams, left)
            if tool and not timed_out:
                tool.collect()
        finally:
            if child:
                with interrupts.held():
                    _kill_group(child, mark)
        return Finished(
            returncode=child.returncode,
            out=streams.out_text(),
            err=streams.err_text(),
            written=streams.written(),
            timed_out=timed_out,
            timeout=timeout,
            threads=doing,
            duration=time.monotonic() - began,
        )


def _started(
    argv: Sequence[str | Path],
    streams: Streams,
    descriptors: Sequence[int],
    *,
    cwd: Path | None,
    environment: Mapping[str, str] | None,
    log: IO[bytes] | None,
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [os.fspath(word) for word in argv],
            stdin=streams.request,
            stdout=log or streams.out,
            stderr=log or streams.err,
            cwd=cwd,
            env=None if environment is None else dict(environment),
            start_new_session=True,
            pass_fds=descriptors,
        )
    except (OSError, ValueError) as error:
        raise cannot_start(argv[0], error) from error


def _wait(child: subprocess.Popen[bytes], streams: Streams, timeout: float | None) -> tuple[bool, str]:
    """Wait for the child; at the timeout ask for its stacks. (Whether it timed out, what its threads did then)."""
    if _ended(child, timeout):
        return False, ""
    doing = threads.doing(child.pid)
    before = seen = streams.complained()
    with suppress(ProcessLookupError):
        child.send_signal(signal.SIGUSR1)
        child.send_signal(signal.SIGCONT)  # one that is stopped would not hear of it
    deadline = time.monotonic() + STACKS_GRACE
    while not _ended(child, QUIET) and time.monotonic() < deadline:
        now = streams.complained()
        if now == seen > before:
            break
        seen = now
    return True, doing


def _ended(child: subprocess.Popen[bytes], timeout: float | None) -> bool:
    """Whether the child ends within `timeout` seconds.

    It is the kernel that wakes us, where it can (Linux): `Popen.wait` with a timeout looks every 50 ms, which is a
    tenth of a short invocation.
    """
    try:
        descriptor = os.pidfd_open(child.pid)
    except (AttributeError, OSError):
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True
    try:
        return bool(select.select([descriptor], [], [], timeout)[0])
    finally:
        os.close(descriptor)


def _kill_group(child: subprocess.Popen[bytes], mark: int) -> None:
    """End whatever the child left behind; its session, and so its group, is its own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    leftovers.clear(child.pid, mark)
