"""A version -> the tarball of its source from Debian, fetched by apt; needs no root, leaves the system's apt alone.

It comes from the archives that the system's apt already uses, mirrors included, in other releases of Debian. apt keeps
its lists and files in a folder of ours, and checks the signature of the archive and, through it, the tarball. The
tarball is CPython's own; Debian's patches are not applied.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.errors import InterpreterError
from engine.interpreter.build import last_words
from engine.interpreter.wanted import Wanted
from engine.spawn import Finished, command

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
RELEASE_FILE = re.compile(r"'(?P<archive>\S+)/dists/[^/']+/InRelease' ")
"""In the list of what `apt-get update` would fetch: each archive has such a file."""

SUITES = {(3, 9): "bullseye", (3, 11): "bookworm", (3, 13): "trixie"}
"""The releases of Debian whose own Python this is."""

NEWEST_SUITES = ("trixie", "sid")
APT_TIMEOUT = 600.0
ARCHIVES = 3
"""So many of the system's archives are asked."""


def fetch_source(wanted: Wanted, folder: Path) -> Path:
    """The source tarball of the version that is wanted, put into `folder`.

    Raises InterpreterError, in one line, where apt or the key of the archive is missing, or no suite has this version.
    """
    if shutil.which("apt-get") is None:
        raise InterpreterError("there is no apt-get; this way is for Debian and its relatives")
    if not KEYRING.exists():
        raise InterpreterError(
            f"{KEYRING} is missing, and unsigned source is not built (apt-get install debian-archive-keyring)"
        )
    failures: dict[str, str] = {}
    for number, archive in enumerate(_archives()):
        for suite in _suites(wanted):
            try:
                return _fetch_from(archive, suite, wanted, folder / f"{number}-{suite}")
            except InterpreterError as error:
                failures.setdefault(suite, f"{suite}: {error}")
    raise InterpreterError("; ".join(failures.values()))


def _archives() -> tuple[str, ...]:
    """The archives that the system's apt uses, those named like Debian's own first; without those of security fixes."""
    listed = command(["apt-get", "-o", "Debug::NoLocking=1", "--print-uris", "update"], timeout=APT_TIMEOUT).out
    found = dict.fromkeys(match["archive"] for match in RELEASE_FILE.finditer(listed))
    archives = sorted((one for one in found if "security" not in one), key=lambda one: not one.endswith("/debian"))
    if not archives:
        raise InterpreterError("apt has no archive to ask (its list of sources is empty)")
    return tuple(archives[:ARCHIVES])


def _suites(wanted: Wanted) -> Iterator[str]:
    own = SUITES.get(wanted.minor)
    yield from dict.fromkeys((own, *NEWEST_SUITES) if own else NEWEST_SUITES)


def _fetch_from(archive: str, suite: str, wanted: Wanted, folder: Path) -> Path:
    package = "python{}.{}".format(*wanted.minor)
    for name in ("state/lists/partial", "cache/archives/partial", "etc", "src"):
        (folder / name).mkdir(parents=True)
    (folder / "etc/sources.list").write_text(f"deb-src [signed-by={KEYRING}] {archive} {suite} main\n", "utf-8")
    _apt(folder, "update")
    _apt(folder, "source", "--download-only", package)
    tarballs = sorted(path for path in (folder / "src").glob("*.orig.tar.*") if path.suffix != ".asc")
    if len(tarballs) != 1:
        raise InterpreterError(f"{package} came with {len(tarballs)} source tarballs instead of one")
    version = tarballs[0].name.split("_")[1].split(".orig")[0].replace("~", "")
    if wanted.release and version != wanted.release:
        raise InterpreterError(f"it has {version}, not {wanted.release}")
    return tarballs[0]


def _apt(folder: Path, *words: str) -> Finished:
    options = {
        "Dir::State": folder / "state",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "etc/sources.list",
        "Dir::Etc::sourceparts": "-",
        "APT::Update::Error-Mode": "any",  # a list that could not be fetched is a failure, not a warning
        "Acquire::Retries": "1",
        "Acquire::http::Timeout": "30",
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    finished = command(["apt-get", *given, *words], timeout=APT_TIMEOUT, cwd=folder / "src")
    if finished.timed_out:
        raise InterpreterError(f"apt-get {words[0]} was not done after {APT_TIMEOUT:.0f} s")
    if finished.returncode:
        raise InterpreterError(f"apt-get {words[0]} failed: {last_words(finished.err)}")
    return finished
