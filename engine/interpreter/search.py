"""Specs -> interpreters of this machine: fteng's own folder, pyenv, then whatever python-discovery finds.

Says what is missing; installs nothing.
"""

from __future__ import annotations

import io
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import platformdirs

from engine import resources
from engine.errors import InterpreterError
from engine.interpreter.facts import interpreter_at
from engine.interpreter.wanted import Wanted, is_path, parse, release_key
from engine.model import Interpreter, Missing
from engine.spawn import PASSED_ON

EXECUTABLE = re.compile(r"python3(\.\d+t?)?")

STORES = ("ASDF_DATA_DIR", "MISE_DATA_DIR", "PYENV_ROOT", "PYENV_VERSION", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME")
"""Variables that say where other programs keep interpreters, beside those that a worker gets."""

PROBES = 4
"""Candidates asked at the same time."""

logging.getLogger("python_discovery").addHandler(logging.NullHandler())  # a candidate that fails is no warning of ours


def find(specs: Sequence[str]) -> tuple[tuple[Interpreter, ...], tuple[Missing, ...]]:
    """The interpreters that `specs` name, in their order, each spec once, and those this machine lacks.

    Of several that match, fteng's own come first, then the newest patch level. Raises InterpreterError, a line
    for each text that is no spec and each path that is no CPython of 3.9 or newer: a wrong path is a mistake, a missing
    version is not.
    """
    specs = tuple(dict.fromkeys(specs))
    with ThreadPoolExecutor(PROBES) as pool:
        answers = list(pool.map(_named, specs))
    if faults := [answer for answer in answers if isinstance(answer, InterpreterError)]:
        raise InterpreterError("\n".join(map(str, faults)))
    named = {spec: answer for spec, answer in zip(specs, answers, strict=True) if not isinstance(answer, Exception)}
    versions = _ranked() if any(isinstance(answer, Wanted) for answer in answers) else ()
    found, missing = [], []
    for spec, version in named.items():
        if isinstance(version, Interpreter):
            found.append(version)
        elif best := _best(version, versions):
            found.append(replace(best, spec=spec))
        else:
            missing.append(_missing(version, versions))
    return tuple(found), tuple(missing)


def every() -> tuple[Interpreter, ...]:
    """All interpreters that can be found, each once, sorted by version.

    Each is called by the shortest spec that `find` answers with just this one: "3.13t", else "3.13.5t", else its path.
    """
    versions = _ranked()
    named = [replace(interpreter, spec=_shortest_spec(interpreter, versions)) for interpreter in versions]
    return tuple(sorted(named, key=lambda one: (release_key(one.version), one.free_threaded, one.spec)))


def find_version(wanted: Wanted, accept: Callable[[Interpreter], bool]) -> Interpreter | None:
    """The interpreter to prefer among those that are wanted and accepted, or None."""
    return next((replace(one, spec=wanted.spec) for one in _ranked() if wanted.matches(one) and accept(one)), None)


def own_folder() -> Path:
    """Where fteng puts the interpreters that it builds; the variable FTENG_INTERPRETERS names another place."""
    chosen = os.environ.get("FTENG_INTERPRETERS")
    return (
        Path(chosen).expanduser().absolute() if chosen else Path(platformdirs.user_data_dir("fteng")) / "interpreters"
    )


def executable_in(home: Path) -> Path | None:
    """The Python of an installation: the most exactly named one (`python3.13t` before `python3`), or None."""
    try:
        names = [path for path in (home / "bin").iterdir() if EXECUTABLE.fullmatch(path.name) and path.is_file()]
    except OSError:
        return None
    return max(names, key=lambda path: (len(path.name), path.name), default=None)


def _ranked() -> tuple[Interpreter, ...]:
    """Every usable interpreter by real path, the one to prefer first."""
    own, others = list(_installations(own_folder())), [*_pyenv(), *_discovered()]
    with ThreadPoolExecutor(PROBES) as pool:
        answers = list(pool.map(_usable, [*own, *others]))
    ranked: dict[Path, tuple[tuple[object, ...], Interpreter]] = {}
    for place, interpreter in enumerate(answers):
        if interpreter is not None:
            rank = _rank(interpreter, place < len(own), place)
            ranked.setdefault(Path(interpreter.executable).resolve(), (rank, interpreter))
    return tuple(interpreter for _, interpreter in sorted(ranked.values(), key=lambda pair: pair[0]))


def _rank(interpreter: Interpreter, own: bool, place: int) -> tuple[object, ...]:
    newest = tuple(-number for number in release_key(interpreter.version))
    return (not own, interpreter.debug, newest, not interpreter.optimized, place)


def _named(spec: str) -> Wanted | Interpreter | InterpreterError:
    """The version that a spec asks for, or the interpreter at its path, or what is wrong with it."""
    try:
        return interpreter_at(Path(spec), spec) if is_path(spec) else parse(spec)
    except InterpreterError as error:
        return error


def _usable(path: Path) -> Interpreter | None:
    """The interpreter at `path`; None for a broken, old or foreign one, which nobody asked for by name."""
    try:
        return interpreter_at(path, str(path))
    except InterpreterError:
        return None


def _best(wanted: Wanted, ranked: Iterable[Interpreter]) -> Interpreter | None:
    return next(filter(wanted.matches, ranked), None)


def _shortest_spec(interpreter: Interpreter, ranked: tuple[Interpreter, ...]) -> str:
    mark = "t" if interpreter.free_threaded else ""
    minor = ".".join(interpreter.version.split(".")[:2])
    for spec in (minor + mark, interpreter.version + mark):
        if _best(parse(spec), ranked) is interpreter:
            return spec
    return interpreter.executable


def _missing(wanted: Wanted, ranked: Iterable[Interpreter]) -> Missing:
    near = sorted(
        {one.version + "t" * one.free_threaded for one in ranked if release_key(one.version)[:2] == wanted.minor}
    )
    kind = "free-threaded CPython" if wanted.free_threaded else "CPython"
    reason = f"no {kind} {wanted.spec} on this machine" + (f" (there is {', '.join(near)})" if near else "")
    return Missing(spec=wanted.spec, reason=reason, hint=f"fteng interpreters install {wanted.spec}")


def _installations(folder: Path) -> Iterator[Path]:
    """The Pythons of the installations in a folder; a name with a dot in front is one that is still being made."""
    try:
        homes = sorted(home for home in folder.iterdir() if not home.name.startswith("."))
    except OSError:
        return
    yield from filter(None, map(executable_in, homes))


def _pyenv() -> Iterator[Path]:
    """Every version in pyenv: its shims on PATH only show the active one."""
    yield from _installations(_pyenv_root() / "versions")


def _pyenv_root() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()


def _is_shims(folder: Path) -> bool:
    """Whether a folder on PATH is pyenv's folder of shims, whose versions are beside it."""
    return folder.name == "shims" and (folder.parent / "versions").is_dir()


def _discovered() -> list[Path]:
    """What python-discovery finds: the running Python, PATH, uv's folder; of a virtual environment its base.

    pyenv's shims are left out: each is a shell script, and asking them all takes seconds. It starts the candidates
    without `-I`, so they get an environment in which no variable can make them run or write something of its own.
    """
    from python_discovery import DiskCache, iter_interpreters  # noqa: PLC0415 - only needed when versions are asked for

    folders = [
        folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder and not _is_shims(Path(folder))
    ]
    environment = {
        **{name: os.environ[name] for name in (*PASSED_ON, *STORES) if name in os.environ},
        "PATH": os.pathsep.join(folders),
        "PY_DISCOVERY_TIMEOUT": "5",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }
    with redirect_stdout(io.StringIO()):  # it passes on what a candidate prints while starting
        try:
            found = list(iter_interpreters(cache=DiskCache(resources.cache_folder() / "discovery"), env=environment))
        except OSError:  # the cache's folder cannot be written
            found = list(iter_interpreters(env=environment))
    return [Path(path) for one in found if (path := one.system_executable or one.executable)]
