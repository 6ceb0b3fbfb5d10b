"""Folders -> the journals below them, each once, with its digest; reads none of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import journal, naming
from engine.errors import EngineError

UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A result folder."""

    path: Path
    shown: str
    """Where it is, below the folder that was asked for and with its name."""


def find(folders: Sequence[Path]) -> tuple[Found, ...]:
    """The result folders in and below these folders, each once. Raises EngineError for a folder that is not there."""
    seen: dict[Path, Found] = {}
    for folder in folders:
        if not folder.is_dir():
            what = "is no folder" if folder.exists() else "is not there"
            raise EngineError(f"{folder}: {what}; name a folder that holds results of `fteng run`")
        for path in _below(folder):
            seen.setdefault(path.resolve(), Found(path=path, shown=_shown(folder, path)))
    return tuple(sorted(seen.values(), key=lambda one: one.shown))


def name(one: Found, taken: set[str]) -> str:
    """What a result is called in the dashboard: the letters of its folder that are safe in any address."""
    stem = UNSAFE.sub("-", one.shown).strip("-.")[-LONGEST:].lstrip("-.") or "result"
    found = naming.free(stem, lambda name: name.lower() in taken)
    taken.add(found.lower())
    return found


def _below(folder: Path) -> Iterator[Path]:
    """Links are not followed into folders: they may lead anywhere, and round in a circle."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        if journal.FILE in files:
            yield Path(place)


def _shown(folder: Path, path: Path) -> str:
    below = path.relative_to(folder)
    return str(below) if below.parts else folder.resolve().name
