"""`fteng publish`: a result for others to read, without the paths of this machine."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from engine import analysis, journal, report, units
from engine import publish as publishing
from engine.cli import DONE, result, say
from engine.errors import JournalError
from engine.model import Results
from engine.report.published import readme

FORMATS = ("text", "csv")
"""What is written beside the journal; any other report can be made from it."""

README = "README.md"


def publish(arguments: argparse.Namespace) -> int:
    """`fteng publish`: the journal without paths, its reports, and a page that says what they are."""
    source, folder = Path(arguments.result), Path(arguments.output)
    result.check(arguments.output)
    held = journal.read(source)
    if not held.finished and not arguments.partial:
        raise JournalError(
            f"{arguments.result}: is not complete; `fteng run --resume` measures the rest, or publish it as it is "
            "with --partial"
        )
    header, names = publishing.cleaned(held.header)
    with result.whole(folder):
        _make(folder)
        changed = journal.copy(source, folder / journal.FILE, header, names.text)
        copied = journal.read(folder)
        _same_numbers(len(held.invocations), len(copied.invocations), folder)
        results = analysis.analyse(copied)
        files = {report.formats()[name]: report.pieces(name, results, copied) for name in FORMATS}
        for file, pieces in files.items():
            result.write(folder / file, pieces)
        result.write(folder / README, readme(results, folder.resolve().name, _listed(folder, list(files))))
    _tell(folder, results, changed)
    return DONE


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise JournalError(f"{folder}: cannot be made: {error.strerror}; choose another --output") from error


def _same_numbers(before: int, after: int, folder: Path) -> None:
    if before != after:  # every line is checked by its sum already; this is that none is missing
        raise JournalError(f"{folder}: holds {after} of {before} invocations; publish it again")


def _listed(folder: Path, names: list[str]) -> list[tuple[str, str, str]]:
    """Each file, what it is, and its digest where nobody can make it again."""
    words = {"report.txt": "tables, claims and warnings, to read", "report.csv": "one row for each run and metric"}
    return [
        (journal.FILE, "every invocation as it was measured", journal.digest(folder)),
        *((name, words.get(name, "a report"), "") for name in names),
    ]


def _tell(folder: Path, results: Results, changed: int) -> None:
    """What was written, and what of this machine is still in it."""
    size = sum(path.stat().st_size for path in folder.iterdir())
    texts = f"; {units.count(changed, 'text')} of failures cut" if changed else ""
    say(f"published: {folder} ({units.size(size)}{texts}); no number was changed")
    for one in publishing.leftovers(folder / journal.FILE, list(_of_this_machine())):
        say(f"look at it before you publish: {one}")
    if any(scenario.failed for scenario in results.scenarios):
        say("it holds failed invocations, with what they printed; read them in report.txt before you publish")


def _of_this_machine() -> Iterator[str]:
    """Words that nobody else need see: the home folder, the user, the host."""
    with suppress(RuntimeError):
        yield str(Path.home())
    with suppress(OSError, KeyError, ImportError):
        yield getpass.getuser()
    host = os.uname().nodename
    yield from {host, host.partition(".")[0]}
