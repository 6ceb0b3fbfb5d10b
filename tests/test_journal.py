"""The journal: what is written is what is read, and damage is named by its line."""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from engine import journal, plan, report
from engine.errors import JournalError
from engine.model import (
    Bytecode,
    Failure,
    Header,
    Host,
    Interpreter,
    Invocation,
    Iteration,
    Missing,
    Scenario,
    Stop,
    TeamRecord,
)
from engine.serial import to_plain

OLDER = Path(__file__).parent / "data" / "journal"

ITERATION = Iteration(
    warmup=False,
    start_ns=(1, 2),
    end_ns=(11, 12),
    cpu_ns=(9, 9),
    voluntary=(0, 1),
    involuntary=(2, 3),
    on_cpu=(0, 1),
)
GROUP = "g"
"""The group of the plan."""
GOOD = Invocation(
    group=GROUP,
    round=1,
    started="2026-01-01T00:00:00.000+00:00",
    duration=0.25,
    teams=(TeamRecord(threads=2, loops=10, iterations=(ITERATION,), metrics=(("lost_updates", 0.5),)),),
    gil=(False, False, False),
    rss=1 << 24,
    bytecode=Bytecode(instructions=3, specialized_after=2, names=("BINARY_OP_ADD_INT",)),
    switch_interval=0.005,
)
BAD = Invocation(
    group=GROUP,
    round=2,
    started="2026-01-01T00:00:01.000+00:00",
    duration=0.1,
    failure=Failure(outcome="crashed", message="died of SIGSEGV", detail="Fatal Python error: \u00e9"),
)
AGAIN = replace(GOOD, round=3)
STOP = Stop(group=GROUP, reason="maximum", invocations=1)


@pytest.fixture
def header(scenario: Callable[..., Scenario]) -> Header:
    interpreters: dict[str, Interpreter | Missing] = {
        "3.13": Interpreter(spec="3.13", executable="/usr/bin/python3.13", version="3.13.0"),
        "3.14t": Missing(spec="3.14t", reason="not found", hint="fteng interpreters install 3.14t"),
    }
    one = scenario(
        interpreters=("3.13", "3.14t"), matrix={"affinity": ("none", ((0,), (1,))), "padding": (0, 1.5, True, None)}
    )
    planned = plan.make([one], interpreters, (0, 1), 1)
    planned = replace(planned, groups=(replace(planned.groups[0], id=GROUP), *planned.groups[1:]))
    return Header(
        format=journal.FORMAT, version="0", started="2026-01-01", command="fteng run", host=Host(), plan=planned
    )


@pytest.fixture
def folder(tmp_path: Path, header: Header) -> Path:
    """A finished result."""
    path = tmp_path / "result"
    with journal.create(path, header) as writer:
        for record in (GOOD, BAD, STOP):
            writer.append(record)
        writer.finish()
    return path


def test_what_is_written_is_read_back_whole(folder: Path, header: Header) -> None:
    kept = journal.read(folder)
    assert kept.header == header
    assert kept.invocations == (GOOD, BAD)
    assert kept.stops == (STOP,)
    assert kept.finished


def test_the_journal_file_itself_can_be_named(folder: Path) -> None:
    assert journal.read(folder / journal.FILE) == journal.read(folder)


def test_a_line_torn_at_any_byte_is_forgiven(folder: Path, header: Header) -> None:
    path = folder / journal.FILE
    text = path.read_bytes()
    last = text.rindex(b"\n", 0, len(text) - 1) + 1
    for cut in range(last, len(text) - 1):
        path.write_bytes(text[:cut])
        kept = journal.read(folder)
        assert (kept.header, kept.invocations, kept.finished) == (header, (GOOD, BAD), False)


def test_a_resumed_journal_loses_its_torn_line_and_goes_on(folder: Path) -> None:
    path = folder / journal.FILE
    path.write_bytes(path.read_bytes()[:-5])
    kept, writer = journal.reopen(folder)
    assert not kept.finished
    with writer:
        writer.append(AGAIN)
        writer.finish()
    assert journal.read(folder).invocations == (GOOD, BAD, AGAIN)
    assert journal.read(folder).finished


def test_a_last_line_that_lacks_nothing_but_its_newline_counts_and_gets_it(folder: Path) -> None:
    path = folder / journal.FILE
    text = path.read_bytes()
    path.write_bytes(text[:-1])
    assert journal.read(folder).finished
    kept, writer = journal.reopen(folder)
    writer.close()
    assert kept.finished
    assert path.read_bytes() == text


def sealed(data: bytes) -> bytes:
    """A line with a right checksum, whatever it says, made as the docs tell it."""
    body = data.rstrip()[:-1]
    return body + (b"," if len(body) > 1 else b"") + b'"crc32":"%08x"}' % zlib.crc32(body + b"," * (len(body) < 2))


def with_line(folder: Path, number: int, line: bytes) -> None:
    """Put other bytes in the place of a line."""
    path = folder / journal.FILE
    lines = path.read_bytes().split(b"\n")
    lines[number - 1] = line
    path.write_bytes(b"\n".join(lines))


def test_every_line_ends_with_the_crc32_of_what_is_before_it(folder: Path) -> None:
    lines = (folder / journal.FILE).read_bytes().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["header", "invocation", "invocation", "stop", "end"]
    for line in lines:
        body, _, end = line.rpartition(b',"crc32":')
        assert end == b'"%08x"}' % zlib.crc32(body)


@pytest.mark.parametrize(
    ("line", "damage", "said"),
    [
        (2, b"{}", "checksum"),
        (3, b"not json at all", "checksum"),
        (4, b"[1, 2]", "checksum"),
        (5, b'{"kind":"end"}', "checksum"),
        (2, sealed(b'{"king":"end"}'), "kind"),
        (3, sealed(b'{"kind":"invocation","round":1}'), "group"),
        (3, sealed(b'{"kind":"novelty"}'), "novelty"),
        (4, sealed(b'{"kind":"invocation",x}'), "no JSON"),
        (2, sealed(b'{"kind":"header"}'), "format"),
    ],
)
def test_damage_in_the_middle_is_an_error_with_its_line(folder: Path, line: int, damage: bytes, said: str) -> None:
    with_line(folder, line, damage)
    with pytest.raises(JournalError, match=f"{journal.FILE}:{line}: .*damaged: .*{said}.*--salvage"):
        journal.read(folder)


@pytest.mark.parametrize("record", [replace(GOOD, group="other"), replace(STOP, group="other")])
def test_a_group_that_is_not_planned_is_damage(folder: Path, record: Invocation | Stop) -> None:
    with journal.Writer(folder) as writer:
        writer.append(record)
    with pytest.raises(JournalError, match=r":6: .*'other' is not in the plan"):
        journal.read(folder)
    assert journal.read(folder, salvage=True).damage == (
        "line 6: its group 'other' is not in the plan of this journal",
    )


def _in_format_1(invocation: Invocation) -> dict[str, Any]:
    """The line of an invocation as format 1 had it."""
    return {"kind": "invocation", **asdict(invocation, dict_factory=_with_rows)}


def _with_rows(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(fields)
    if "loops" in named:
        named["iterations"] = [{name: value for name, value in asdict(ITERATION).items() if name != "speed_ns"}]
    return named


def _changed(line: dict[str, Any], name: str, value: object) -> bytes:
    """The line of an invocation with one thing of its first iterations replaced, or left out."""
    iterations = line["teams"][0]["iterations"]
    found = iterations[0] if isinstance(iterations, list) else iterations
    if value is None:
        del found[name]
    else:
        found[name] = value
    return json.dumps(line).encode()


@pytest.mark.parametrize("format_", [1, 2])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("cpu_ns", value) for value in (None, [1], [1, 2, 3], [1, 2.5], [1, "2"], [1, 1 << 63], [1, None])),
        *(("cpu_ns", value) for value in (7, "12", {"a": 1}, [])),
        *(("warmup", value) for value in (None, 2, "yes", [2], [0, 0, 0], [True, 2])),
    ],
)
def test_an_iteration_that_is_no_whole_numbers_for_every_thread_is_damage(
    folder: Path, header: Header, format_: int, name: str, value: object
) -> None:
    line = _in_format_1(GOOD) if format_ == 1 else json.loads((folder / journal.FILE).read_bytes().split(b"\n")[1])
    line.pop("crc32", None)
    line = _changed(line, name, value)
    old = json.dumps({"kind": "header", **to_plain(replace(header, format=format_))}).encode()
    (folder / journal.FILE).write_bytes(old + b"\n" + line + b"\n")
    with pytest.raises(JournalError, match=f"{journal.FILE}:2: .*damaged: .+"):
        journal.read(folder)
    with_line(folder, 2, sealed(line))
    with pytest.raises(JournalError, match=f"{journal.FILE}:2: .+"):
        list(journal.read(folder).invocations)
    assert len(journal.read(folder, salvage=True).damage) == 1


@pytest.mark.parametrize("format_", [1, 2])
def test_results_of_older_versions_are_read(format_: int) -> None:
    """Journals that those versions wrote, and the iterations that they themselves reported of them."""
    kept = journal.read(OLDER / f"format{format_}.jsonl")
    assert kept.header.format == format_
    assert kept.finished
    assert len(kept.invocations) == 14
    now = list(csv.DictReader("".join(report.render("iterations", None, kept)).splitlines()))
    then = list(csv.DictReader((OLDER / f"format{format_}.csv").read_text().splitlines()))
    assert [{name: row[name] for name in then[0]} for row in now] == then


@pytest.mark.parametrize("format_", [1, 2])
def test_a_result_of_an_older_version_goes_on_in_the_new_format(tmp_path: Path, format_: int) -> None:
    old = (OLDER / f"format{format_}.jsonl").read_bytes().splitlines(keepends=True)
    path = tmp_path / journal.FILE
    path.write_bytes(b"".join(old[:-1]) + old[-1][:-1])
    kept, writer = journal.reopen(tmp_path)
    more = replace(kept.invocations[-1], round=77)
    with writer:
        writer.append(more)
    assert path.read_bytes().splitlines(keepends=True)[: len(old)] == old
    assert journal.read(tmp_path).header.format == format_
    assert journal.read(tmp_path).invocations == (*kept.invocations, more)
    with path.open("ab") as file:
        file.write(old[-2])
    with pytest.raises(JournalError, match=f":{len(old) + 2}: .*no checksum"):
        journal.read(tmp_path)


def test_another_format_is_refused_by_its_number(folder: Path) -> None:
    first = (folder / journal.FILE).read_bytes().split(b"\n")[0].replace(b'"format":3', b'"format":99', 1)
    for line in (sealed(first[:-20] + b"}"), first[:-20] + b"}"):
        with_line(folder, 1, line)
        for salvage in (False, True):
            with pytest.raises(JournalError, match="journal format 99; this fteng reads 1, 2, 3 and 4"):
                journal.read(folder, salvage=salvage)


def test_a_folder_that_is_no_result_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=f"holds no {journal.FILE}"):
        journal.read(tmp_path)
    (tmp_path / journal.FILE).write_text("")
    with pytest.raises(JournalError, match="starts with its header"):
        journal.read(tmp_path)


def test_a_result_is_never_overwritten(folder: Path, header: Header) -> None:
    before = (folder / journal.FILE).read_bytes()
    with pytest.raises(JournalError, match="never overwrites"):
        journal.create(folder, header)
    assert (folder / journal.FILE).read_bytes() == before


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path: Path, header: Header) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be made: Not a directory; choose another --output"):
        journal.create(tmp_path / "file" / "result", header)


def test_two_writers_of_one_result_are_refused(folder: Path) -> None:
    first = journal.Writer(folder)
    with pytest.raises(JournalError, match="another fteng is writing"):
        journal.Writer(folder)
    first.close()
    journal.Writer(folder).close()


def test_every_line_is_on_the_disk_when_append_returns(tmp_path: Path, header: Header) -> None:
    folder = tmp_path / "result"
    with journal.create(folder, header) as writer:
        writer.append(GOOD)
        seen = (folder / journal.FILE).read_bytes().splitlines()
    assert [json.loads(line)["kind"] for line in seen] == ["header", "invocation"]


def test_a_full_disk_is_one_message_and_keeps_what_was_written(folder: Path) -> None:
    """A limit on the size of files stands for the full disk: the same write fails, at the same place."""
    import resource
    import signal

    size = (folder / journal.FILE).stat().st_size
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer = journal.Writer(folder)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
        with pytest.raises(JournalError, match="cannot write: File too large"):
            writer.append(GOOD)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
        writer.close()
    assert journal.read(folder).invocations == (GOOD, BAD)
