"""The text of an interpreter in a scenario -> which ones it means; looks at no disk and starts no process."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.errors import InterpreterError
from engine.model import Interpreter

OLDEST = (3, 9)
"""The worker and the kernels are valid from this version on."""

FIRST_FREE_THREADED = (3, 13)

VERSION = re.compile(r"(?P<minor>\d+\.\d+)(?P<rest>\.\d+(?:(?:a|b|rc)\d+)?)?(?P<t>t?)")
NUMBERS = re.compile(r"\d+")
FORMS = (
    'a version ("3.13", "3.13.5"), a free-threaded one ("3.13t", "3.13.5t") or a path ("./python", "~/venv/bin/python")'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A version that is asked for."""

    spec: str
    minor: tuple[int, int]
    release: str
    """The whole version where the patch level is asked for too, else ""."""
    free_threaded: bool

    def matches(self, interpreter: Interpreter) -> bool:
        """Whether this interpreter is one that is meant: "3.13" never means a free-threaded build."""
        version = interpreter.version
        same = version == self.release if self.release else release_key(version)[:2] == self.minor
        return same and interpreter.free_threaded == self.free_threaded


def is_path(spec: str) -> bool:
    """Whether the text names a file rather than a version."""
    return "/" in spec or spec.startswith("~")


def parse(spec: str) -> Wanted:
    """The version that `spec` asks for. Raises InterpreterError for a text that is none, or one fteng cannot use."""
    found = VERSION.fullmatch(spec)
    if not found:
        raise InterpreterError(f"{spec!r} names no interpreter; give {FORMS}")
    major, minor = map(int, found["minor"].split("."))
    if (major, minor) < OLDEST:
        raise InterpreterError(f"{spec!r} is too old: fteng measures CPython 3.9 and newer")
    if found["t"] and (major, minor) < FIRST_FREE_THREADED:
        raise InterpreterError(f"{spec!r} does not exist: CPython has free-threaded builds from 3.13 on")
    release = found["minor"] + found["rest"] if found["rest"] else ""
    return Wanted(spec=spec, minor=(major, minor), release=release, free_threaded=bool(found["t"]))


def release_key(version: str) -> tuple[int, ...]:
    """A version as numbers that sort: 3.14.0rc1 before 3.14.0. At least major, minor, patch."""
    major, minor, *rest = map(int, NUMBERS.findall(version))
    stage = next((number for number, mark in enumerate(("a", "b", "rc")) if mark in version), 3)
    return (major, minor, rest[0] if rest else 0, stage, *rest[1:])
