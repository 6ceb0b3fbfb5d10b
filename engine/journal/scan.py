"""A journal's file, read once from its beginning to its end -> what it holds, where, and which lines are damaged.

Of an invocation only its group, its round and its place are kept: a journal of a gigabyte is not held.
"""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import JournalError
from engine.journal.lines import CHECKED, OtherFormat, header, intact, parsed
from engine.journal.records import Index, Records, opened
from engine.model import Header, Invocation, Journal, Profile, Stop

SPARE = "header.json"
"""A copy of a journal's first line, beside it: without its header, nothing of a journal means anything."""

LONGEST = 1 << 30
"""Bytes of a line. 1,000 iterations of 1,000 threads take 200 MB: what is longer than this is no line of a journal."""

MOST = 300
"""Characters of a reason: a line may have a thousand faults."""

SAVES = "with --salvage `fteng report` leaves it out and says so, and `fteng run --resume` measures it again"

BEGINNING = b'{"kind":"header",'
"""How a journal begins."""

_START = re.compile(rb'\{"kind":"invocation","group":"([0-9a-zA-Z]+)","round":(\d{1,9}),')
"""How an invocation begins as it is written; what is written otherwise is read whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a journal's file holds, and how to go on with it."""

    journal: Journal
    end: int
    """Bytes up to the end of the last line that may stay; a torn one comes after."""
    open: bool
    """The newline of that last line is still to be written."""


def scan(path: Path, *, salvage: bool) -> Scan:
    """Read the file as it is now; what is appended meanwhile is not seen.

    Raises JournalError for the first damaged line; with `salvage` only where there is no header at all.
    """
    return _Scanner(path, salvage=salvage).scan()


class _Scanner:
    def __init__(self, path: Path, *, salvage: bool) -> None:
        self.path, self.salvage = path, salvage
        self.index = Index()
        self.rounds: dict[str, array[int]] = {}
        self.stops: list[Stop] = []
        self.profiles: dict[tuple[str, str], tuple[int, Profile]] = {}
        """By run and kind: the line it stands in, and what it says."""
        self.finished = False
        self.damage: list[tuple[int, str]] = []
        self.checked = False
        """From here on every line has a checksum. A result of an older format gets them when it is resumed."""
        self.known: set[str] = set()
        self.end, self.open = 0, False

    def scan(self) -> Scan:
        with opened(self.path) as descriptor:
            found: Header | None = None
            for number, offset, line in lines(self.path, descriptor):
                text, self.open = line.removesuffix(b"\n"), not line.endswith(b"\n")
                self.end = offset + len(line)
                if found is None:
                    found = self._first(text)
                elif self.open:
                    self._last(number, offset, text)
                else:
                    self._line(number, offset, text)
        if found is None:
            raise JournalError(f"{self.path}: is empty: a journal starts with its header; this is no result of fteng")
        doubled, places = self._leave_out_doubles(), range(len(self.index.numbers))
        journal = Journal(
            header=found,
            invocations=Records(
                self.path, self.index, [place for place in places if place not in doubled] if doubled else places
            ),
            stops=tuple(self.stops),
            profiles=tuple(profile for _, profile in self.profiles.values()),
            finished=self.finished,
            damage=tuple(_in_words(sorted(self.damage))),
        )
        return Scan(journal=journal, end=self.end, open=self.open)

    def _fault(self, number: int, reason: str) -> None:
        """Note that a line is left out. Raises JournalError unless that is wanted."""
        reason = reason if len(reason) <= MOST else f"{reason[:MOST]}..."
        if not self.salvage:
            raise JournalError(f"{self.path}:{number}: this line of the journal is damaged: {reason}; {SAVES}")
        self.damage.append((number, reason))

    def _first(self, text: bytes) -> Header:
        """The header, or its spare copy."""
        try:
            found = header(text)
        except OtherFormat as error:
            raise JournalError(f"{self.path}:1: {error}") from error
        except ValueError as error:
            begun = self.open and BEGINNING.startswith(text[: len(BEGINNING)])
            if begun and not self.path.with_name(SPARE).exists():
                raise JournalError(
                    f"{self.path.parent}: nothing was measured, for its engine was killed as it began; remove the "
                    "folder, or choose another"
                ) from error
            self._fault(1, str(error))
            found = self._spare(str(error))
            self.damage[-1] = (1, f"{error}; the header is the copy in {SPARE}")
        self.checked = found.format >= CHECKED
        self.known = {group.id for group in found.plan.groups}
        if self.damage and intact(text):  # no header, but whole: the first line is gone
            self._line(1, 0, text)
        return found

    def _spare(self, reason: str) -> Header:
        path = self.path.with_name(SPARE)
        try:
            with opened(path) as descriptor:
                return header(os.pread(descriptor, LONGEST, 0).removesuffix(b"\n"))
        except (JournalError, ValueError) as error:
            raise JournalError(
                f"{self.path}:1: {reason}; nor can its copy be read ({error}), and without the plan that stands there "
                "nothing else of a journal means anything"
            ) from error

    def _line(self, number: int, offset: int, text: bytes) -> None:
        """Take what a line says."""
        fits = intact(text)
        if fits is False or (fits is None and self.checked):
            self._fault(number, "its checksum does not fit" if fits is False else "it has no checksum")
            return
        self.checked = self.checked or bool(fits)
        start = None if self.salvage else _START.match(text)  # what else is wrong then shows when it is read
        if fits and start:
            self._invocation(start[1].decode(), int(start[2]), number, offset, text)
            return
        try:
            record = parsed(text)
        except ValueError as error:
            self._fault(number, str(error))
            return
        if isinstance(record, Invocation):
            self._invocation(record.group, record.round, number, offset, text)
        elif isinstance(record, Stop):
            if self._planned(record.group, number):
                self.stops.append(record)
                self.finished = False
        elif isinstance(record, Profile):
            self._profile(record, number)
        elif isinstance(record, Header):
            self._fault(number, "it is a second header")
        else:
            self.finished = True

    def _last(self, number: int, offset: int, text: bytes) -> None:
        """Take what the last line says, which has no newline: a whole one counts, a torn one never was written."""
        fits = intact(text)
        if fits or (fits is None and not self.checked and _readable(text)):
            self._line(number, offset, text)
        elif fits is False or intact(text[:-1]):
            self._fault(number, "its checksum does not fit" if fits is False else "its newline is something else")
        else:
            self.end, self.open = offset, False

    def _invocation(self, group: str, round_: int, number: int, offset: int, text: bytes) -> None:
        if self._planned(group, number):
            self.finished = False  # a damaged result goes on after its end
            self.index.add(group, number, offset, text)
            self.rounds.setdefault(group, array("q")).append(round_)

    def _profile(self, record: Profile, number: int) -> None:
        """Of two of one run and kind the first counts."""
        if self._planned(record.group, number):
            self.finished = False
            first, _ = self.profiles.setdefault((record.run, record.how), (number, record))
            if first != number:
                self._fault(number, f"this profile of run {record.run[:40]} stands in line {first} already")

    def _planned(self, group: str, number: int) -> bool:
        if group not in self.known:
            self._fault(number, f"its group {group[:40]!r} is not in the plan of this journal")
        return group in self.known

    def _leave_out_doubles(self) -> set[int]:
        """Of the records of one round of a group the first counts; a group may have several pilots, each only once."""
        index, doubled = self.index, set[int]()
        for group, places in index.groups.items():
            keys = [
                round_ or -1 - index.checks[place] for place, round_ in zip(places, self.rounds[group], strict=True)
            ]
            if len(set(keys)) < len(keys):
                lines: dict[int, int] = {}
                for place, key in zip(places, keys, strict=True):
                    number = index.numbers[place]
                    if lines.setdefault(key, number) != number:
                        what = f"round {key}" if key > 0 else "this pilot"
                        self._fault(number, f"{what} of group {group} stands in line {lines[key]} already")
                        doubled.add(place)
                index.groups[group] = array("q", (place for place in places if place not in doubled))
        return doubled


def lines(path: Path, descriptor: int) -> Iterator[tuple[int, int, bytes]]:
    """Every line up to where the file ends now: its number, where it begins, its bytes with the newline."""
    size, offset, number = os.fstat(descriptor).st_size, 0, 0
    with os.fdopen(descriptor, "rb", buffering=1 << 16, closefd=False) as file:
        while offset < size:
            line = file.readline(min(size - offset, LONGEST))
            number += 1
            if not line:
                return
            if len(line) == LONGEST:
                raise JournalError(f"{path}:{number}: a line of more than {LONGEST >> 30} GiB; this is no journal")
            yield number, offset, line
            offset += len(line)


def _readable(text: bytes) -> bool:
    try:
        parsed(text)
    except ValueError:
        return False
    return True


def _in_words(damage: list[tuple[int, str]]) -> Iterator[str]:
    """One sentence for each damaged line; for lines that follow one another and have the same fault, one for all."""
    place = 0
    while place < len(damage):
        first, reason = damage[place]
        last = first
        while place + 1 < len(damage) and damage[place + 1] == (last + 1, reason):
            place, last = place + 1, last + 1
        place += 1
        yield f"line {first}: {reason}" if first == last else f"lines {first} to {last}: {reason}"
