"""Words of a command line -> the scenario files they mean: files, folders, globs, shipped names. Reads no file."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from engine import resources
from engine.errors import Problem, ScenarioError
from engine.schema import did_you_mean

SHIPPED = "scenarios"
"""The folder of shipped scenarios, as a checkout has it."""

SUFFIXES = (".yaml", ".yml")

MISTAKEN = {
    ".jsonl": ("is a journal, not a scenario", "`fteng report` shows what it holds"),
    ".py": (
        "is Python, not a scenario",
        "a scenario names its kernel, as in `kernel: ./mine.py`; `fteng new scenario mine` writes one to start from",
    ),
}
"""Suffixes of what is no scenario -> what it is, and what to do with it."""

STARS = re.compile(r"\*\*+")


def find(words: Sequence[str]) -> tuple[Path, ...]:
    """The files, each once, in the order of the words; the files of a folder by name.

    Raises ScenarioError with every word that means nothing, or a folder without scenarios.
    """
    found: dict[str, Path] = {}
    problems: list[Problem] = []
    for word in words:
        try:
            for path in _meant(word):
                found.setdefault(_real(path), path)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return tuple(found.values())


def same_file(one: str, other: str) -> bool:
    """Whether two paths lead to one file."""
    return _real(Path(one)) == _real(Path(other))


def name_of(path: Path) -> str:
    """What a scenario is called: its path below the nearest folder `scenarios`, without suffix, else its stem."""
    *folders, file = Path(os.path.abspath(path)).parts  # noqa: PTH100 - links keep the name they are called by
    below: list[str] = []
    if SHIPPED in folders:
        below = folders[len(folders) - folders[::-1].index(SHIPPED) :]
    return "/".join([*below, Path(file).stem])


def _real(path: Path) -> str:
    return os.path.realpath(path)  # Path.resolve raises for a link to itself


def _meant(word: str) -> list[Path]:
    path = Path(os.path.expanduser(word))  # noqa: PTH111 - Path's own raises for an unknown ~user
    for place in _places(path):
        if os.path.exists(place):  # noqa: PTH110 - Path's own raises for a name that is too long
            return _inside(place, word)
        if matches := _matching(place):
            return [file for match in matches for file in _inside(match, str(match))]
    if glob.has_magic(word):
        raise _problem(word, "the pattern matches no file", "check it, and the folder you are in")
    return _shipped(word)


def _places(path: Path) -> Iterator[Path]:
    """The path itself, then what it is of the shipped scenarios, which it names as a checkout has them."""
    yield path
    if path.parts[:1] == (SHIPPED,) and ".." not in path.parts:
        yield resources.scenarios().joinpath(*path.parts[1:])


def _matching(pattern: Path) -> list[Path]:
    """What a pattern matches. `**` goes into no linked folder: with `glob.glob`, a circle of links multiplies."""
    parts = pattern.parts
    fixed = next((index for index, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    folder, rest = Path(*parts[:fixed]), [part if part == "**" else STARS.sub("*", part) for part in parts[fixed:]]
    if not rest:
        return []
    try:
        return sorted(_visible(folder, folder.glob("/".join(rest))))
    except (OSError, ValueError):  # a name that is too long, or holds a null character
        return []


def _shipped(word: str) -> list[Path]:
    """A name as `fteng list scenarios` shows it, or a folder of such names."""
    home = resources.scenarios()
    name = word.strip("/")
    if name and ".." not in Path(name).parts:
        for path in (home / f"{name}.yaml", home / name):
            if os.path.exists(path):  # noqa: PTH110
                return _inside(path, word)
    names = [name_of(path) for path in _files(home)]
    hint = did_you_mean(word, names, "`fteng list scenarios` lists the shipped ones")
    raise _problem(word, "there is no such file, folder or shipped scenario", hint)


def _inside(path: Path, word: str) -> list[Path]:
    if not path.is_dir():
        if path.suffix in MISTAKEN:
            raise _problem(word, *MISTAKEN[path.suffix])
        return [path]
    files = _files(path)
    if not files and (path / "journal.jsonl").is_file():
        raise _problem(word, "is a result, not a folder of scenarios", "`fteng report` shows it again")
    if not files:
        raise _problem(word, "the folder has no scenarios", f"they are files that end in {' or '.join(SUFFIXES)}")
    return files


def _files(folder: Path) -> list[Path]:
    return sorted(_visible(folder, (path for suffix in SUFFIXES for path in folder.rglob(f"*{suffix}"))))


def _visible(folder: Path, paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _problem(word: str, message: str, hint: str) -> ScenarioError:
    return ScenarioError([Problem(file=word, message=message, hint=hint)])
