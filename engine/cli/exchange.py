"""`fteng export` and `fteng import`: results for other tools, and those of other tools as results."""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from engine import __version__, journal
from engine.cli import DONE, notice, put, result, say
from engine.errors import EngineError
from engine.model import Header

if TYPE_CHECKING:
    from engine.importing import Imported

PACKED = ".gz"


def export(arguments: argparse.Namespace) -> int:
    """`fteng export`: files of a result for another tool."""
    from engine import analysis
    from engine import export as targets

    wishes = targets.Wishes(
        pythons=tuple(arguments.python), equalize=arguments.equalize, per_invocation=arguments.per_invocation
    )
    targets.check(arguments.to, wishes)
    kept, made_from = result.opened(arguments)
    made = targets.export(arguments.to, analysis.analyse(kept), kept, wishes)
    places = _places([file.name for file in made.files], arguments.output, arguments.to)
    for line in made.notices:
        say(line)
    for file, place in zip(made.files, places, strict=True):
        if place and place.suffix == PACKED:
            _packed(place, "".join(file.pieces), made_from)
        else:
            put(file.pieces, str(place) if place else None, made_from)
    if arguments.output:
        notice(f"written: {', '.join(map(str, places))}")
    return DONE


def _places(names: list[str], output: str | None, target: str) -> list[Path | None]:
    """Where each file goes; None is stdout. Raises EngineError where that cannot be, before anything is written."""
    if output is None:
        if len(names) > 1:
            one = ", or take one of them with --python" if target == "pyperf" else ""
            made = f"--to {target} makes {len(names)} files ({', '.join(names)})"
            raise EngineError(f"{made}: name a folder for them with --output{one}")
        return [None]
    path = Path(output)
    if path.suffix == PACKED and target != "pyperf":
        raise EngineError(f"{output}: only pyperf reads packed files; leave out {PACKED}")
    if len(names) == 1 and not output.endswith("/") and not path.is_dir():
        return [path]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(f"{output}: is no folder that can be written to: {error.strerror}") from error
    return [path / name for name in names]


def _packed(path: Path, text: str, made_from: Iterable[Path]) -> None:
    """Write a whole file with gzip, the same bytes for the same text, or nothing."""
    try:
        result.refuse(path, made_from, "export")
        result.write(path.resolve() if path.is_symlink() else path, gzip.compress(text.encode(), mtime=0))
    except OSError as error:
        raise EngineError(f"{path}: cannot be written: {error.strerror}") from error


def import_(arguments: argparse.Namespace) -> int:
    """`fteng import`: a file of pyperf as a new result."""
    from engine import importing, units

    result.check(arguments.output)
    path = Path(arguments.file)
    suite = importing.read(path)
    found = importing.imported(suite, arguments.name)
    folder = result.folder_for(arguments.output, f"imported-{path.name.partition('.')[0] or 'pyperf'}")
    _write(folder, found)
    values = sum(len(process.values) for one in suite.benchmarks for process in one.processes)
    processes = sum(len(one.processes) for one in suite.benchmarks)
    said = (units.count(len(suite.benchmarks), "benchmark"), units.count(processes, "process", "processes"))
    notice(f"imported {said[0]} ({said[1]}, {units.count(values, 'value')})")
    for name, why in suite.skipped:
        notice(f"left out: {name}: {why}")
    say(f"result: {folder} ({journal.FILE})")
    return DONE


def _write(folder: Path, found: Imported) -> None:
    """A new result folder with a whole journal, or none. Raises JournalError."""
    header = Header(
        format=journal.FORMAT,
        version=__version__,
        started=found.started,
        command=result.shell("fteng", *sys.argv[1:]),
        host=found.host,
        plan=found.plan,
    )
    with result.whole(folder), journal.create(folder, header) as writer:
        writer.append_all((*found.invocations, *found.stops))
        writer.finish()
