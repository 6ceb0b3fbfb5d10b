"""CPython's source (a tarball or an unpacked tree) -> an installation in fteng's own folder; downloads nothing.

The installation is made under another name and gets its own by one rename, after it has answered: what an interrupted
build leaves never looks installed. The source tree itself is not written to.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

from engine import resources
from engine.errors import InterpreterError
from engine.interpreter.facts import interpreter_at
from engine.interpreter.search import executable_in, own_folder
from engine.interpreter.wanted import Wanted
from engine.model import Interpreter
from engine.spawn import command

BUILD_TIMEOUT = 3 * 3600.0
"""Seconds for one step; profile-guided optimisation takes most of an hour on a small machine."""

PYTHON_VERSION = re.compile(r'#define\s+PY_VERSION\s+"([\w.]+)\+?"')
TELLING = re.compile(r"\berror\b|failed|cannot|not found|no such", re.IGNORECASE)
NOT_OURS = ("DESTDIR", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
"""Variables that would lead the build astray, such as those of a `make` that started fteng."""


def build(source: Path, wanted: Wanted, *, optimized: bool, say: Callable[[str], None]) -> Interpreter:
    """Build the version that is wanted from its source, or return the one that was built before.

    `optimized` adds profile-guided and link-time optimisation. Raises InterpreterError, in one line, if the source is
    none, is of another version, or a step of the build fails.
    """
    workshop = resources.cache_folder() / "builds" / wanted.spec
    shutil.rmtree(workshop, ignore_errors=True)
    try:
        workshop.mkdir(parents=True)
        tree = _unpacked(source, workshop)
        version = _version_of(tree)
        if not _is_wanted(version, wanted):
            raise InterpreterError(f"{source.name} is the source of CPython {version}, not of {wanted.spec}")
        home = own_folder() / (version + "t" * wanted.free_threaded + "-optimized" * optimized)
        if home.exists():
            return _installed(home, wanted, say)
        return _made(tree, workshop, home, wanted, optimized=optimized, say=say)
    except OSError as error:
        raise InterpreterError(str(error)) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def log_path(wanted: Wanted) -> Path:
    """Where everything that the last build of this version wrote is kept."""
    return resources.cache_folder() / "builds" / f"{wanted.spec}.log"


def last_words(text: str) -> str:
    """The line in which a tool says what is wrong: the last one that speaks of an error, else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    own = [line for line in lines if not line.startswith(("make:", "make["))]  # make only repeats that a tool failed
    telling = [line for line in own if TELLING.search(line)]
    return (telling or own or lines or ["it said nothing"])[-1][:300]


def _made(
    tree: Path, workshop: Path, home: Path, wanted: Wanted, *, optimized: bool, say: Callable[[str], None]
) -> Interpreter:
    staging = home.parent / f".{home.name}"
    shutil.rmtree(staging, ignore_errors=True)
    work, jobs = workshop / "build", len(os.sched_getaffinity(0))
    work.mkdir()
    log_path(wanted).unlink(missing_ok=True)
    profiled = ["--enable-optimizations", "--with-lto"]  # trains on the tests, so these must be there
    options = ["--disable-gil"] * wanted.free_threaded + (profiled if optimized else ["--disable-test-modules"])
    duration = "this may take an hour" if optimized else "a few minutes"
    try:
        say(f"configuring {home.name}; the log is {log_path(wanted)}")
        _step([tree / "configure", f"--prefix={home}", *options], work, wanted)
        say(f"building with {jobs} jobs, {duration}")
        _step(["make", f"-j{jobs}"], work, wanted)
        say(f"installing into {home}")
        _install(work, staging, wanted, say)
        made = staging / home.relative_to("/")
        _answering(made, wanted)
        made.rename(home)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return _answering(home, wanted)


def _install(work: Path, staging: Path, wanted: Wanted, say: Callable[[str], None]) -> None:
    """`make install`; without pip where pip cannot be put in (it needs zlib), since fteng needs none."""
    try:
        _step(["make", "install", f"DESTDIR={staging}"], work, wanted)
    except InterpreterError as error:
        say(f"installing again without pip ({error})")
        _step(["make", "install", f"DESTDIR={staging}", "ENSUREPIP=no"], work, wanted)


def _step(argv: Sequence[str | Path], work: Path, wanted: Wanted) -> None:
    """One command of the build, its output added to the log. Raises InterpreterError with its last words."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    with log_path(wanted).open("ab") as log:
        began = log.tell()
        finished = command(argv, timeout=BUILD_TIMEOUT, cwd=work, environment=environment, log=log)
    name = " ".join([Path(argv[0]).name, *(str(word) for word in argv[1:] if word == "install")])
    if finished.timed_out:
        raise InterpreterError(f"{name} was not done after {BUILD_TIMEOUT / 3600:.0f} hours")
    if finished.returncode:
        with log_path(wanted).open("rb") as written:
            written.seek(began)
            said = written.read().decode("utf-8", "replace")
        raise InterpreterError(f"{name} failed: {last_words(said)}")


def _unpacked(source: Path, workshop: Path) -> Path:
    """The source tree: `source` itself, or what its tarball holds. Raises InterpreterError if it is neither."""
    if not source.exists():
        raise InterpreterError(f"{source}: there is no such file")
    if source.is_dir():
        return source.absolute()
    if not hasattr(tarfile, "data_filter"):
        raise InterpreterError("this Python cannot unpack safely (3.11.4 and newer can); unpack the tarball yourself")
    try:
        with tarfile.open(source) as archive:
            archive.extractall(workshop, filter="data")
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise InterpreterError(f"{source.name} cannot be unpacked: {last_words(str(error))}") from error
    trees = [path for path in workshop.iterdir() if path.is_dir()]
    if len(trees) != 1:
        raise InterpreterError(f"{source.name} holds {len(trees)} folders where a source tarball of CPython holds one")
    return trees[0]


def _version_of(tree: Path) -> str:
    """The version of CPython that a tree holds, by the header that the build itself reads."""
    try:
        header = (tree / "Include" / "patchlevel.h").read_text("utf-8", "replace")
    except OSError:
        header = ""
    found = PYTHON_VERSION.search(header)
    if not found or not (tree / "configure").is_file():
        raise InterpreterError(f"{tree.name} is not the source of a CPython (no configure, or no Include/patchlevel.h)")
    return found[1]


def _is_wanted(version: str, wanted: Wanted) -> bool:
    minor = tuple(map(int, version.split(".")[:2]))
    return version == wanted.release if wanted.release else minor == wanted.minor


def _installed(home: Path, wanted: Wanted, say: Callable[[str], None]) -> Interpreter:
    """The installation of an earlier build. Raises InterpreterError if it does not work."""
    try:
        interpreter = _answering(home, wanted)
    except InterpreterError as error:
        raise InterpreterError(f"{home} is in the way ({error}); remove it and try again") from error
    say(f"{home.name} was built before; remove {home} to build it anew")
    return interpreter


def _answering(home: Path, wanted: Wanted) -> Interpreter:
    """The interpreter installed in `home`, if it is what was wanted."""
    executable = executable_in(home)
    if executable is None:
        raise InterpreterError(f"the installation in {home} has no bin/python3")
    interpreter = interpreter_at(executable, wanted.spec)
    if not wanted.matches(interpreter):
        kind = "free-threaded " if interpreter.free_threaded else ""
        raise InterpreterError(f"what was installed is a {kind}CPython {interpreter.version}, not {wanted.spec}")
    return interpreter
