"""One request -> one child -> one reply: argv, environment, timeout, kill, stderr tail; the only `import subprocess`.

Knows nothing of scenarios or numbers. Input and output go through unnamed files, not pipes: a child that writes a
gigabyte, or leaves a grandchild with the pipe open, can then block neither itself nor us.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engine import interrupts
from engine.errors import WorkerError

PASSED_ON = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR", "TZ")
"""The environment of a worker: these, where they are set, and nothing else. LD_LIBRARY_PATH is among them because an
interpreter built as a shared library may not start without it; LD_PRELOAD is not, for it puts other code into the
process than its interpreter's (another malloc, say)."""

UNHEARD = (
    *("PYTHON_GIL", "PYTHON_JIT", "PYTHON_TLBC", "PYTHONDEVMODE", "PYTHONHASHSEED", "PYTHONMALLOC", "PYTHONOPTIMIZE"),
    "LD_PRELOAD",
)
"""Variables that would change what is measured, if workers heard of them."""

TAIL = 4000
"""Characters of stderr that are kept."""

STACKS_GRACE = 1.0
"""Seconds a worker has, past its timeout, to write every thread's stack."""

LAYOUT_SPAN = 4096
"""A variable of random length up to this many bytes moves the stack of each worker (Mytkowicz et al., ASPLOS 2009)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A command that ended: its exit status (minus the signal's number if one killed it) and what it wrote."""

    returncode: int
    out: str
    err: str
    timed_out: bool = False
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
) -> Finished:
    """Run a command in its own session to its end, or kill its process group at `timeout` seconds.

    `environment` None passes ours on. With `log`, both outputs go to that file instead of the result.
    Raises WorkerError if it cannot be started. On an interrupt the group is killed and the interrupt goes on.
    """
    with _files() as (request, out, err):
        request.write(stdin.encode())
        request.seek(0)
        began = time.monotonic()
        child: subprocess.Popen[bytes] | None = None
        try:
            with interrupts.held():  # between the fork and the name `child` nobody could kill it
                child = subprocess.Popen(
                    [os.fspath(word) for word in argv],
                    stdin=request,
                    stdout=log or out,
                    stderr=log or err,
                    cwd=cwd,
                    env=None if environment is None else dict(environment),
                    start_new_session=True,
                )
            timed_out = _wait(child, timeout)
        except (OSError, ValueError) as error:
            raise WorkerError(f"cannot start {argv[0]}: {error}") from error
        finally:
            if child:
                with interrupts.held():
                    _kill_group(child)
        return Finished(
            returncode=child.returncode,
            out=_text(out),
            err=_text(err),
            timed_out=timed_out,
            duration=time.monotonic() - began,
        )


def ask(
    executable: str,
    program: Path,
    request: Mapping[str, Any],
    *,
    options: Sequence[str] = (),
    timeout: float,
) -> tuple[dict[str, Any] | None, Finished]:
    """Give one worker one request; its reply, or None when it died or answered nonsense, and how it ended.

    `options` are the interpreter's own (`-X gil=1`). Raises WorkerError if the interpreter cannot be started.
    """
    finished = command(
        [executable, "-I", "-B", *options, program],
        stdin=json.dumps(request),
        timeout=timeout,
        environment=worker_environment(),
    )
    if finished.timed_out or finished.returncode < 0:
        return None, finished
    try:
        reply = json.loads(finished.out)
    except (ValueError, RecursionError):
        return None, finished
    return (reply if isinstance(reply, dict) else None), finished


def worker_environment() -> dict[str, str]:
    """The allow-listed environment of a worker, with a variable of random length that varies the memory layout."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {"FTENG_LAYOUT": "x" * random.randrange(LAYOUT_SPAN)}


def unheard() -> tuple[str, ...]:
    """The variables that are set here, would change what is measured, and are kept from workers."""
    return tuple(name for name in UNHEARD if os.environ.get(name))


def tail(text: str) -> str:
    """The last lines of a long output."""
    return text if len(text) <= TAIL else "..." + text[-TAIL:]


@contextmanager
def _files() -> Iterator[tuple[IO[bytes], IO[bytes], IO[bytes]]]:
    """Unnamed files for what a child reads and writes. Raises WorkerError where there is no room for them."""
    try:
        with tempfile.TemporaryFile() as request, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            yield request, out, err
    except OSError as error:
        raise WorkerError(f"no temporary file can be written: {error.strerror or error}") from error


def _wait(child: subprocess.Popen[bytes], timeout: float | None) -> bool:
    """Wait for the child; at the timeout ask for its stacks. True if it timed out."""
    if _ended(child, timeout):
        return False
    with suppress(ProcessLookupError):
        child.send_signal(signal.SIGUSR1)
    _ended(child, STACKS_GRACE)
    return True


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


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End whatever the child left behind; its session, and so its group, is its own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
