"""Files and folders of the user: paths, results, baselines."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli import latest
from engine.cli.latest import JOURNAL, MOST

if TYPE_CHECKING:
    from engine.cli.completion.words import Found

END = b'{"kind":"end"'
"""How the last line of a journal begins that is complete."""


def listing(place: str | Path) -> list[str]:
    """The names in a folder, sorted; none where it cannot be read."""
    try:
        with os.scandir(place) as found:
            return sorted(entry.name for entry, _ in zip(found, range(MOST), strict=False))
    except OSError:
        return []


def entries(prefix: str, wanted: Callable[[str], bool] = lambda _: True) -> Found:
    """Paths that begin like this: folders, with a slash, and files whose name is wanted."""
    folder, name = os.path.split(prefix)
    place = Path(folder).expanduser()
    found = {}
    for entry in listing(place):
        if entry.startswith(name) and (name.startswith(".") or not entry.startswith(".")):
            is_folder = (place / entry).is_dir()
            if is_folder or wanted(entry):
                found[f"{prefix[: len(prefix) - len(name)]}{entry}{'/' * is_folder}"] = ""
    return found


def files(prefix: str, _: argparse.Namespace) -> Found:
    """Any file or folder."""
    return entries(prefix)


def inside(prefix: str, _: argparse.Namespace) -> Found:
    """Any folder."""
    return entries(prefix, lambda _: False)


def results(prefix: str, _: argparse.Namespace) -> Found:
    """The results below reports/, the latest first, and those that lie here; else any folder or journal."""
    found = entries(prefix, lambda name: name.endswith(".jsonl"))
    here = (path.rstrip("/") for path in found if Path(path, JOURNAL).expanduser().is_file())
    kept = {path: "a result" for path in (*latest.results(), *here) if path.startswith(prefix)}
    return kept or found


def unfinished(prefix: str, _: argparse.Namespace) -> Found:
    """The results that can be gone on with, the latest first; any folder if there is none."""
    open_ones = [path for path in latest.results() if path.startswith(prefix) and not _complete(path)]
    return dict.fromkeys(open_ones, "not complete") or entries(prefix, lambda _: False)


def baselines(_: str, __: argparse.Namespace) -> Found:
    """The saved baselines."""
    from engine import baseline

    return dict.fromkeys(baseline.names(), "a baseline")


def _complete(path: str) -> bool:
    with Path(path, JOURNAL).open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 100))
        return file.read().rstrip(b"\n").rpartition(b"\n")[2].startswith(END)
