"""Folders of results -> a site: reads what is new, keeps what is not, says what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from engine import __version__, analysis, figure, journal, report
from engine.dashboard import found, index, pages
from engine.dashboard.entry import Entry, entry
from engine.dashboard.histories import histories
from engine.dashboard.index import Left
from engine.dashboard.site import Site, source
from engine.errors import EngineError, JournalError, visible
from engine.model import Journal, Results

REPORT = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What became of the folders."""

    results: int
    left: tuple[Left, ...]
    made: int
    """Pages that were made; the others were taken over."""
    kept: int
    changes: int
    histories: int


def build(
    folders: Sequence[Path], output: Path, *, again: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Built:
    """Write the dashboard of all results below the folders. `tell` is given a line for each report that is made.

    Raises EngineError where there is no result at all, or nothing may be written.
    """
    site = Site(output, again=again)
    places = found.find(folders)
    if not places:
        raise EngineError(
            f"{', '.join(map(str, folders))}: no result of `fteng run` in there (a folder with {journal.FILE}); "
            "measure one, or name another folder"
        )
    with site.staged():
        entries, left = _entries(places, site, tell)
        if not entries:
            told = "; ".join(f"{visible(one.folder)}: {one.reason}" for one in left[:SHOWN])
            raise EngineError(f"none of the results can be read: {told}")
        lines = histories(entries)
        pages.write(site, entries, left, lines)
        site.write(".nojekyll", "", ())  # GitHub Pages then serves the files as they are
        site.write(index.FILE, "", index.text(entries, left, lines, site.files))
    return Built(
        results=len(entries),
        left=tuple(left),
        made=site.made,
        kept=len(site.files) - site.made,
        changes=sum(len(one.changes) for one in lines),
        histories=len(lines),
    )


SHOWN = 3
"""Results that cannot be read, where there is no other."""


def _entries(places: Sequence[found.Found], site: Site, tell: Callable[[str], None]) -> tuple[list[Entry], list[Left]]:
    """What is kept of each result, its report written; and the folders that are left out."""
    entries: dict[str, Entry] = {}
    left: list[Left] = []
    taken = {one.name.lower() for one in site.earlier.entries.values()}
    for number, one in enumerate(places, 1):
        try:
            digest = journal.digest(one.path)
            if digest in entries:
                left.append(Left(folder=one.shown, reason=f"the same result as {entries[digest].folder}"))
                continue
            entries[digest] = _entry(one, digest, taken, site, partial(_told, tell, f"{number}/{len(places)} "))
        except (JournalError, OSError) as error:
            if isinstance(error, OSError) and error.filename != str(one.path / journal.FILE):
                raise
            reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            left.append(Left(folder=one.shown, reason=visible(reason.replace(str(one.path), one.shown))))
    return list(entries.values()), left


def _entry(one: found.Found, digest: str, taken: set[str], site: Site, tell: Callable[[str], None]) -> Entry:
    """What is kept of a result, from the earlier dashboard where that has it."""
    known = site.earlier.entries.get(digest)
    made_from = source(digest, __version__, figure.available())
    if known:
        known = replace(known, folder=one.shown)
        if site.kept(pages.report_path(known), made_from):
            return known
    tell(one.shown)
    kept = journal.read(one.path)
    results = analysis.analyse(kept)
    made = entry(known.name if known else found.name(one, taken), one.shown, digest, kept, results)
    site.write(pages.report_path(made), made_from, _pieces(results, kept))
    return made


def _told(tell: Callable[[str], None], before: str, text: str) -> None:
    tell(f"report {before}{text}")


def _pieces(results: Results, kept: Journal) -> Iterator[str]:
    yield from report.pieces("html", results, kept)
