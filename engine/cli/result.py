"""The folder of a result: how it is named, what is written into it, what becomes of it when something goes wrong."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from engine import interrupts, journal, naming
from engine.cli import say, say_damage
from engine.errors import EngineError, JournalError
from engine.model import Header, Journal, Scenario

OURS = (journal.FILE, "header.json", ".lock", "instruments.json")
"""What a result folder may hold before anything is measured."""


def check(asked: str | None) -> None:
    """Refuse a folder that cannot be made before anything is planned, waited for or measured. Raises JournalError."""
    folder = Path(asked or "reports/new")
    if os.path.lexists(folder):
        raise JournalError(f"{folder}: exists already; fteng never overwrites a result, choose another --output")
    above = next(one for one in folder.absolute().parents if os.path.lexists(one))
    if not above.is_dir():
        raise JournalError(f"{folder}: cannot be made: {above} is no folder; choose another --output")
    if not os.access(above, os.W_OK | os.X_OK):
        raise JournalError(f"{folder}: cannot be made: {above} cannot be written to; choose another --output")


def folder_for(asked: str | None, name: str) -> Path:
    """The folder for a new result: the one asked for, or one of this name that no other has."""
    if asked:
        return Path(asked)
    stem = f"{datetime.now(UTC).astimezone():%Y%m%d-%H%M%S}-{name.replace('/', '-')}"
    return Path("reports", naming.free(stem, lambda one: Path("reports", one).exists()))


def name_of(chosen: Sequence[Scenario]) -> str:
    """One scenario's own name, or the folder that all have in common."""
    names = {one.name for one in chosen}
    folders = {name.rpartition("/")[0] for name in names}
    return names.pop() if len(names) == 1 else (folders.pop() if len(folders) == 1 else "") or "scenarios"


@contextmanager
def new(folder: Path, header: Header, command: str) -> Iterator[journal.Writer]:
    """A new result folder whose journal starts with `header`, held as by `keeping`.

    It is removed again if the block ends with an exception before anything was measured. Raises JournalError.
    """
    free = not os.path.lexists(folder)
    try:
        with interrupts.held():
            writer = journal.create(folder, header)
        with keeping(writer, command):
            yield writer
    except BaseException as error:
        with interrupts.held():
            if free and os.path.lexists(folder) and not measured(folder):
                _remove(folder)
                error.add_note("nothing was measured yet, and no result is left behind")
        raise


@contextmanager
def whole(folder: Path) -> Iterator[None]:
    """A folder that is taken away again if the block, in which it is made, ends with an exception."""
    ours = not os.path.lexists(folder)
    try:
        yield
    except BaseException:
        if ours:
            with interrupts.held():
                shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def keeping(writer: journal.Writer, command: str) -> Iterator[None]:
    """Hold the result folder. Whatever ends the block with an exception, its notes say what is kept and how to go on.

    `command` is `fteng run` or the like.
    """
    onward = f"to go on: {again(command, writer.folder)}"
    interrupts.last_words(onward)
    try:
        with writer:
            yield
    except BaseException as error:
        if measured(writer.folder):
            error.add_note(f"what was measured is kept in {writer.folder}; {onward}")
        raise


def opened(arguments: argparse.Namespace) -> tuple[Journal, tuple[Path, ...]]:
    """The journal that a command is about, its damage told, and the files that it may lie in. Raises JournalError."""
    path = Path(arguments.result)
    kept = journal.read(path, salvage=arguments.salvage)
    say_damage(kept, arguments.result)
    return kept, (path, *(place / name for place in (path, path.parent) for name in (journal.FILE, journal.SPARE)))


def refuse(path: Path, made_from: Iterable[Path], what: str) -> None:
    """Do not write over what a report, figure or export (`what`) is made from. Raises EngineError, OSError."""
    if path.exists() and any(kept.exists() and path.samefile(kept) for kept in made_from):
        raise EngineError(f"{path}: is what the {what} is made from; choose another --output")


def measured(folder: Path) -> bool:
    """Whether there is a journal that holds more than its header."""
    with suppress(OSError), (folder / journal.FILE).open("rb") as file:
        return sum(line.endswith(b"\n") for line in islice(file, 2)) == 2
    return False


def write(path: Path, content: str | bytes | Iterable[str]) -> None:
    """Write a whole file, or nothing: a text, its pieces, or bytes. Raises JournalError where the disk refuses."""
    new = path.with_name(f".{path.name}.new")
    pieces = [content] if isinstance(content, (str, bytes)) else content
    try:
        try:
            new.unlink(missing_ok=True)  # of a kill; a link that somebody put there is not followed
            with new.open("xb") as file:
                for piece in pieces:
                    file.write(piece if isinstance(piece, bytes) else piece.encode("utf-8", "backslashreplace"))
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except BaseException:
            with suppress(OSError):
                new.unlink()
            raise
    except OSError as error:
        raise JournalError(f"{path}: cannot be written: {error.strerror}; the journal is kept") from error


def write_all(folder: Path, files: Mapping[str, str | Iterable[str]]) -> tuple[str, ...]:
    """Write reports, file name -> text or its pieces; those that the disk took. What it did not take is said once."""
    whole = []
    for name, text in files.items():
        try:
            write(folder / name, text)
        except JournalError as error:
            say(f"fteng: {error}")
            break
        whole.append(name)
    return tuple(whole)


def next_steps(folder: Path, files: Sequence[str], *, fast: Sequence[str]) -> str:
    """What can be done with a result, each with its command; `fast` are the words of one that was `--fast`."""
    page = next((name for name in files if name.endswith(".html")), "")
    place = _place(folder)
    steps = {
        "look": f"open {folder / page} in a browser" if page else "",
        "again": f"fteng report {place}",
        "compare": f"fteng compare {place} ANOTHER",
        "narrower": f"{shell('fteng', *(word for word in fast if word != '--fast'))}   (this one was --fast)"
        if fast
        else "",
    }
    return "\n".join(f"  {name + ':':9} {how}" for name, how in steps.items() if how)


def to_go_on(command: str, folder: Path, ended: str) -> str:
    """How to go on with a result whose measurement `ended` too early, or whose reports could not be written."""
    when = "" if ended == "interrupted" else " when that is mended"
    return f"{ended or 'measured, but not reported'}; to go on{when}: {again(command, folder)}"


def again(command: str, folder: Path) -> str:
    """The command line that goes on with a result."""
    return f"{command} --resume {_place(folder)}"


def _place(folder: Path) -> str:
    """A folder as a word of a command line."""
    place = str(folder)
    return shell(f"./{place}" if place.startswith("-") else place)


def shell(*words: str) -> str:
    """A command line; a word that would not show as it is in the `$'...'` of bash, ksh and zsh."""
    return " ".join(map(_shell_word, words))


def _shell_word(text: str) -> str:
    if text.isprintable():
        return shlex.quote(text)
    plain = f"{string.ascii_letters}{string.digits}/._-".encode()
    return "$'" + "".join(chr(one) if one in plain else f"\\x{one:02x}" for one in os.fsencode(text)) + "'"


def _remove(folder: Path) -> None:
    """Take away a folder that holds no measurement."""
    with suppress(OSError):
        for name in OURS:
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()
