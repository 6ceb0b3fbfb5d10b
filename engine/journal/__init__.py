"""Records <-> JSON lines: append-only, locked, fsynced, checked; knows no statistics.

`lines` (a record and its line), `scan` (a whole file, once through), `records` (invocations, read when they are
wanted), `writer` (the end of the file), `copies` (a journal for others to read).

Format history: 1 (0.1.0) one JSON object a line with a `kind`: `header` first, then `invocation` and `stop` in the
order of time, `end` when nothing is left to measure. 2 (0.1.0) the iterations of a team are one list for each number
that an iteration has, all iterations and their threads one after the other: half the size, read in half the time.
In format 1 they were a list of mappings, as a worker tells them. 3 (0.1.0) every line ends with its checksum, and
`header.json` is a copy of the first. Lines of all three are read: a result that was begun in format 1 or 2 keeps its
header when it is resumed, and goes on in lines of format 3. 4 (0.1.0) a line may be a `profile`; only what was measured
with `--profile detailed` is of this format, all else stays 3.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from engine.journal.copies import copy, digest
from engine.journal.lines import FORMAT, PROFILED, READABLE, format_of
from engine.journal.records import journal_file, opened
from engine.journal.scan import SPARE, scan
from engine.journal.writer import FILE, Writer, create, keep_spare
from engine.model import Journal

__all__ = [
    "FILE",
    "FORMAT",
    "PROFILED",
    "READABLE",
    "SPARE",
    "Writer",
    "copy",
    "create",
    "digest",
    "format_of",
    "read",
    "reopen",
]


def read(result: Path, *, salvage: bool = False) -> Journal:
    """The journal of a result folder (or a journal file itself), as far as it is written now.

    The invocations stay in the file and are read from it when they are asked for. A torn last line (a kill in the
    middle of a write) is forgiven; any other damage raises JournalError with its line, or with `salvage` leaves that
    line out and says so in `damage`.
    """
    return scan(journal_file(result, FILE), salvage=salvage).journal


def reopen(folder: Path, *, salvage: bool = False) -> tuple[Journal, Writer]:
    """What a result folder holds, and a writer that goes on; a torn last line is cut off first.

    With `salvage`, damaged lines stay where they are, and what they held is to be measured again: groups that stopped
    with more invocations than can be read have not stopped.
    """
    with opened(journal_file(folder, FILE)):  # before there is a lock: a folder of something else stays as it is
        pass
    writer = Writer(folder)
    try:
        found = scan(folder / FILE, salvage=salvage)
        writer.mend(found.end, newline=found.open)
        keep_spare(folder, found.journal.header)
    except BaseException:
        writer.close()
        raise
    return (_unfinished(found.journal) if found.journal.damage else found.journal), writer


def _unfinished(journal: Journal) -> Journal:
    """The journal without the stops of groups of which an invocation was lost."""
    good = Counter(one.group for one in journal.invocations if one.round > 0 and one.failure is None)
    stops = tuple(stop for stop in journal.stops if good[stop.group] >= stop.invocations)
    whole = stops == journal.stops and journal.header.plan.profile != "detailed"  # a profile may be what was lost
    return replace(journal, stops=stops, finished=journal.finished and whole)
