"""Results kept under a name: `reports/baselines/NAME/journal.jsonl`, a copy of a journal; knows no statistics.

A name that is taken is given to the new result, and the older one is kept as NAME~1, NAME~2, ... (the highest number is
the latest): nothing that was measured is ever lost, and no run is compared with a mixture of two.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from pathlib import Path

from engine import journal, naming
from engine.errors import EngineError

FOLDER = Path("reports", "baselines")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
KEPT = re.compile(rf"({NAME.pattern})(~\d+)?", re.ASCII)


def named(name: str) -> str:
    """The name, if a baseline may be saved under it. Raises EngineError otherwise."""
    if not NAME.fullmatch(name):
        raise EngineError(
            f"a baseline cannot be called {name!r}: letters, digits and . _ - are accepted, a letter or digit first, "
            "at most 100 of them"
        )
    return name


def find(name: str, folder: Path = FOLDER) -> Path:
    """The journal of a baseline. Raises EngineError with the known ones where there is none of this name."""
    path = folder / name / journal.FILE
    if KEPT.fullmatch(name) and path.is_file():
        return path
    known = names(folder)
    if not known:
        raise EngineError(f"there is no baseline {name!r}, nor any other; save one with --save-baseline {_near(name)}")
    near = naming.nearest(name, known)
    hint = f"did you mean {near}? " if near else ""
    raise EngineError(f"there is no baseline {name!r}; {hint}known are {', '.join(known)}")


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Every baseline, older ones under their own names, sorted."""
    try:
        found = [path.name for path in folder.iterdir() if (path / journal.FILE).is_file()]
    except OSError:
        return ()
    return tuple(sorted(name for name in found if KEPT.fullmatch(name)))


def save(name: str, result: Path, folder: Path = FOLDER) -> str:
    """Keep the journal of a result folder (or a journal file) as baseline `name`; what was done, in words.

    The name never holds half a journal. Raises EngineError for a name that may not be, and where the disk refuses.
    """
    place = folder / named(name)
    source = result / journal.FILE if result.is_dir() else result
    try:
        place.mkdir(parents=True, exist_ok=True)
        target = place / journal.FILE
        if target.exists() and target.samefile(source):
            return f"baseline {name} is this result already"
        older = _keep_older(target, name, folder) if target.exists() else ""
        _copy(source, target)
    except OSError as error:
        raise EngineError(f"baseline {name} cannot be saved: {error}") from error
    return f"baseline {name} saved" + (f"; the one before is now {older}" if older else "")


def _keep_older(target: Path, name: str, folder: Path) -> str:
    """Copy what holds the name to the next number; that it can be made only once keeps two fteng apart."""
    taken = [int(one.rpartition("~")[2]) for one in names(folder) if one.startswith(f"{name}~")]
    number = max(taken, default=0) + 1
    while True:
        older = f"{name}~{number}"
        try:
            (folder / older).mkdir()
        except FileExistsError:
            number += 1
        else:
            _copy(target, folder / older / journal.FILE)
            return older


def _copy(source: Path, target: Path) -> None:
    """The whole file under its new name, or nothing; with the permissions of any new file."""
    temporary = target.with_name(f".{secrets.token_hex(8)}.new")
    try:
        with temporary.open("xb") as file, source.open("rb") as read:
            shutil.copyfileobj(read, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _near(name: str) -> str:
    """The name, or one that may be."""
    return name if NAME.fullmatch(name) else "NAME"
