"""`index.json`: what a dashboard holds, for programs and for the next time; read and written, no page made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import __version__, serial
from engine.dashboard.entry import Entry, Level
from engine.errors import EngineError
from engine.model import History

FILE = "index.json"
MADE_BY = "fteng dashboard"
FORMAT = 1
"""Another one: everything is made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file of a dashboard."""

    source: str
    """Digest of what it is made from."""
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A folder with a journal that is no part of the dashboard, and why."""

    folder: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a dashboard held before."""

    files: Mapping[str, Made] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)
    """By digest of the journal; none where another fteng made it."""


def read(folder: Path) -> Earlier | None:
    """What the dashboard in a folder holds; None where none is. Raises EngineError where it cannot be read."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EngineError(f"{folder / FILE}: cannot be read: {error.strerror}") from error
    except ValueError:
        return None
    if not isinstance(told, dict) or told.get("made_by") != MADE_BY or not isinstance(told.get("files"), dict):
        return None
    try:
        files = {str(path): serial.from_plain(made, Made) for path, made in told["files"].items()}
        if told.get("format") != FORMAT or told.get("version") != __version__:
            return Earlier(files=files)
        entries = [serial.from_plain(one, Entry) for one in told["results"]]
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{folder / FILE}: is damaged; remove the folder, it can be made again") from error
    return Earlier(files=files, entries={one.digest: one for one in entries})


def text(
    entries: Iterable[Entry], left: Iterable[Left], found: Sequence[History], files: Mapping[str, Made]
) -> Iterable[str]:
    """The file, in pieces; the same results give the same bytes."""
    document = {
        "made_by": MADE_BY,
        "format": FORMAT,
        "version": __version__,
        "results": serial.to_plain(tuple(entries)),
        "left_out": serial.to_plain(tuple(left)),
        "histories": [_history(one) for one in found],
        "files": {path: serial.to_plain(made) for path, made in sorted(files.items())},
    }
    yield from json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).iterencode(document)
    yield "\n"


def _history(one: History) -> dict[str, Any]:
    """A history without what its results say already."""
    return {
        "scenario": one.scenario,
        "run": one.run,
        "label": one.label,
        "quantity": one.quantity,
        "host": one.host,
        "build": one.build,
        "control": one.control,
        "course": one.course,
        "points": [
            {
                "result": point.result,
                "started": point.started,
                **serial.to_plain(Level.of(point.estimate)),
                "new": list(point.marks),
                "breaks": point.breaks,
            }
            for point in one.points
        ],
        "changes": [
            {"place": change.place, "result": one.points[change.place].result, "p": change.p}
            | {"ratio": serial.to_plain(Level.of(change.ratio))}
            for change in one.changes
        ],
    }
