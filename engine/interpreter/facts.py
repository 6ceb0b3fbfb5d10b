"""A path -> the facts of that interpreter, asked of itself by engine/child/probe.py and kept in a cache on disk.

Knows nothing of which interpreter is wanted. The cache only saves time: what is unreadable, torn or not ours in it is
asked again, and a folder that cannot be written is done without.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from engine import resources
from engine.errors import InterpreterError, WorkerError
from engine.interpreter.wanted import OLDEST, release_key
from engine.model import Interpreter
from engine.spawn import ask, command, worker_environment

PATIENCE = 10.0
"""Seconds that a candidate has to answer: a healthy one takes a few hundredths, a slow disk a second or two."""

PROBE = resources.child("probe")
NAMES = ("spec", "executable")
KINDS = {"str": str, "bool": bool}


def interpreter_at(path: Path, spec: str) -> Interpreter:
    """The interpreter at `path`, which is called `spec`.

    A symbolic link stays as it is, since a virtual environment is one. Raises InterpreterError if there is nothing, no
    Python, one that is older than 3.9, or another implementation than CPython.
    """
    expanded = os.path.expanduser(path)  # noqa: PTH111 - Path's own raises for an unknown ~user
    path = Path(os.path.abspath(expanded))  # noqa: PTH100 - resolve() would leave a virtual environment
    if os.path.isdir(path):  # noqa: PTH112 - Path's own raises for a name that is too long
        path /= "bin/python"
    if not os.path.exists(path):  # noqa: PTH110
        raise InterpreterError(f"{spec}: there is no such file; give the path of a Python, such as .venv/bin/python")
    if not os.access(path, os.X_OK):
        raise InterpreterError(f"{spec}: is not executable; give the path of a Python, such as .venv/bin/python")
    known = _cached(path) or _asked(path, spec)
    interpreter = Interpreter(spec=spec, executable=str(path), **known)
    if interpreter.implementation != "CPython":
        raise InterpreterError(f"{spec}: is {interpreter.implementation} {interpreter.version}; fteng measures CPython")
    if release_key(interpreter.version)[:2] < OLDEST:
        raise InterpreterError(f"{spec}: is Python {interpreter.version}; fteng measures CPython 3.9 and newer")
    return interpreter


def _asked(path: Path, spec: str) -> dict[str, Any]:
    """The facts, from the interpreter itself; kept for the next time. Raises InterpreterError if it gives none."""
    try:
        facts, finished = ask(str(path), PROBE, {}, timeout=PATIENCE)
    except WorkerError as error:
        raise InterpreterError(f"{spec}: {error}") from error
    if finished.timed_out:
        raise InterpreterError(f"{spec}: gave no answer within {PATIENCE:.0f} s; is it a Python?")
    if facts is None or not _are_facts(facts):
        raise InterpreterError(f"{spec}: {_why_no_python(path)}")
    _keep(path, facts)
    return facts


def _why_no_python(path: Path) -> str:
    """What is wrong with an executable that could not run the probe: Python 2 does not know `-I`."""
    with suppress(WorkerError):
        finished = command([path, "-V"], timeout=PATIENCE, environment=worker_environment())
        if found := re.match(r"Python (\d[\w.+]*)", finished.out + finished.err):
            version = found[1]
            old = version.startswith(("2.", "3.0.", "3.1.", "3.2.", "3.3.", "3.4.", "3.5."))
            return f"is Python {version}; " + ("fteng measures CPython 3.9 and newer" if old else "it is broken")
    return "is no Python; give the path of one, such as .venv/bin/python"


def _are_facts(facts: Any) -> bool:
    """Whether these are all the facts of an interpreter, each of its type."""
    wanted = {field.name: KINDS[str(field.type)] for field in fields(Interpreter) if field.name not in NAMES}
    if not isinstance(facts, dict) or facts.keys() != wanted.keys():
        return False
    return all(type(facts[name]) is kind for name, kind in wanted.items()) and bool(
        re.match(r"\d+\.\d+", facts["version"])
    )


def _entry(path: Path) -> Path:
    """The cache file of this path, as the file behind it now is.

    A link and its target are two entries: one may lie in a virtual environment. Raises OSError.
    """
    real = path.resolve(strict=True)
    status = real.stat()
    key = "\0".join((_probe_digest(), str(path), str(real), str(status.st_size), str(status.st_mtime_ns)))
    return (
        resources.cache_folder()
        / "facts"
        / (hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest() + ".json")
    )


def _cached(path: Path) -> dict[str, Any] | None:
    try:
        facts = json.loads(_entry(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return facts if _are_facts(facts) else None


def _keep(path: Path, facts: dict[str, Any]) -> None:
    """Write the entry whole or not at all: it appears under its name only when it is complete."""
    with suppress(OSError):
        entry = _entry(path)
        entry.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=entry.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(facts, file)
            Path(temporary).replace(entry)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


@cache
def _probe_digest() -> str:
    return hashlib.sha256(PROBE.read_bytes()).hexdigest()
