"""A version that is missing -> an installed interpreter: by uv, else from source; says why each way failed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import EngineError, InterpreterError
from engine.interpreter.build import build, last_words, log_path
from engine.interpreter.debian import fetch_source
from engine.interpreter.search import find_version, own_folder
from engine.interpreter.wanted import Wanted, is_path, parse
from engine.model import Interpreter
from engine.spawn import command

UV_TIMEOUT = 600.0
"""Seconds for uv to download and unpack some 30 MB."""

UV_LIMITS = {"UV_HTTP_TIMEOUT": "30", "UV_HTTP_RETRIES": "1", "UV_NO_PROGRESS": "1"}
"""Without a network uv then gives up within seconds; what the user has set himself stays."""

PACKAGES = "build-essential libssl-dev zlib1g-dev libbz2-dev liblzma-dev libffi-dev libsqlite3-dev libreadline-dev"

Say = Callable[[str], None]
Way = Callable[[], Interpreter]


def install(spec: str, *, source: str | None = None, optimized: bool = False, say: Say) -> Interpreter:
    """Install the version that `spec` names; one that is there already is returned as it is.

    The ways are `uv python install`, then a build of Debian's source package; with `source` (a tarball or an unpacked
    tree of CPython) only a build of that. `optimized` asks for profile-guided and link-time optimisation. `say` is told
    each step in a line. Raises InterpreterError if the spec is none or every way failed.
    """
    if is_path(spec):
        raise InterpreterError(f'{spec!r} is a path; what can be installed is a version, such as "3.13t"')
    wanted = parse(spec)
    with _one_at_a_time(wanted, say):
        if source is None and (there := _present(wanted, optimized)):
            say(f"{spec} is already here: {there.executable}")
            return there
        return _first_that_works(wanted, _ways(wanted, source, optimized, say), say)


def _ways(wanted: Wanted, source: str | None, optimized: bool, say: Say) -> Mapping[str, Way]:
    if source is not None:
        path = Path(source).expanduser()
        return {f"--source {source}": partial(build, path, wanted, optimized=optimized, say=say)}
    return {
        "uv python install": partial(_by_uv, wanted, optimized),
        "Debian's source package": partial(_by_debian, wanted, optimized, say),
    }


def _first_that_works(wanted: Wanted, ways: Mapping[str, Way], say: Say) -> Interpreter:
    failures = []
    for name, way in ways.items():
        say(f"installing {wanted.spec}: {name}")
        try:
            interpreter = way()
        except EngineError as error:
            failures.append(f"{name}: {error}")
            say(f"this way failed: {error}")
        else:
            say(f"{wanted.spec} is {interpreter.executable}")
            return replace(interpreter, spec=wanted.spec)
    log = log_path(wanted)
    advice = [f"A build needs these (Debian's names): {PACKAGES}"]
    if log.exists():
        advice.insert(0, f"The log of the last build: {log}")
    raise InterpreterError("\n  ".join([f"{wanted.spec} could not be installed", *failures, *advice]))


def _by_uv(wanted: Wanted, optimized: bool) -> Interpreter:
    """Let uv fetch a prebuilt one, into its own folder."""
    finished = command(
        [_uv(), "python", "install", wanted.spec], timeout=UV_TIMEOUT, environment={**UV_LIMITS, **os.environ}
    )
    if finished.timed_out:
        raise InterpreterError(f"uv was not done after {UV_TIMEOUT:.0f} s")
    if finished.returncode:
        raise InterpreterError(f"uv said: {last_words(finished.err)}")
    there = _present(wanted, optimized)
    if there is None:
        raise InterpreterError(f"uv reported success, but no {wanted.spec} as asked for is found")
    return there


def _uv() -> str:
    """The uv on PATH, else the one that came as a Python package. Raises InterpreterError."""
    if found := shutil.which("uv"):
        return found
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - an optional dependency

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError) as error:
        raise InterpreterError("there is no uv (pip install uv, or see https://docs.astral.sh/uv/)") from error


def _by_debian(wanted: Wanted, optimized: bool, say: Say) -> Interpreter:
    with tempfile.TemporaryDirectory(prefix="fteng-apt-") as folder:
        tarball = fetch_source(wanted, Path(folder))
        say(f"apt fetched {tarball.name}")
        return build(tarball, wanted, optimized=optimized, say=say)


def _present(wanted: Wanted, optimized: bool) -> Interpreter | None:
    return find_version(wanted, lambda one: not one.debug and (one.optimized or not optimized))


@contextmanager
def _one_at_a_time(wanted: Wanted, say: Say) -> Iterator[None]:
    """Two installations of one version wait for each other."""
    name = ".{}.{}{}.lock".format(*wanted.minor, "t" * wanted.free_threaded)
    try:
        own_folder().mkdir(parents=True, exist_ok=True)
        lock = FileLock(own_folder() / name)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say(f"another installation of {wanted.spec} is running; waiting for it")
            lock.acquire()
    except OSError as error:
        raise InterpreterError(f"{own_folder()} cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
