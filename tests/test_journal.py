"""The journal: what is written is what is read, and damage is named by its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from engine import journal, plan
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

ITERATION = Iteration(
    warmup=False,
    start_ns=(1, 2),
    end_ns=(11, 12),
    cpu_ns=(9, 9),
    voluntary=(0, 1),
    involuntary=(2, 3),
    on_cpu=(0, 1),
)
GOOD = Invocation(
    group="g",
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
    group="g",
    round=2,
    started="2026-01-01T00:00:01.000+00:00",
    duration=0.1,
    failure=Failure(outcome="crashed", message="died of SIGSEGV", detail="Fatal Python error: \u00e9"),
)
STOP = Stop(group="g", reason="maximum", invocations=1)


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
    return Header(format=2, version="0", started="2026-01-01", command="fteng run", host=Host(), plan=planned)


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
        writer.append(BAD)
        writer.finish()
    assert journal.read(folder).invocations == (GOOD, BAD, BAD)
    assert journal.read(folder).finished


@pytest.mark.parametrize(
    ("line", "damage", "said"),
    [
        (2, b"{}", "kind"),
        (3, b'{"kind": "invocation"}', "group"),
        (2, b"not json at all", "damaged"),
        (4, b"[1, 2]", "damaged"),
        (3, b'{"kind": "novelty"}', "novelty"),
    ],
)
def test_damage_in_the_middle_is_an_error_with_its_line(folder: Path, line: int, damage: bytes, said: str) -> None:
    path = folder / journal.FILE
    lines = path.read_bytes().split(b"\n")
    lines[line - 1] = damage
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(JournalError, match=f"{journal.FILE}:{line}: .*{said}"):
        journal.read(folder)


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


def test_format_1_is_read_and_may_go_on_in_format_2(folder: Path) -> None:
    path = folder / journal.FILE
    header, good, *rest = path.read_bytes().split(b"\n")
    old = json.dumps(_in_format_1(GOOD)).encode()
    assert b'"iterations": [{"warmup": false, "start_ns": [1, 2]' in old
    path.write_bytes(b"\n".join([header.replace(b'"format":2', b'"format":1', 1), old, good, *rest]))
    assert journal.read(folder).header.format == 1
    assert journal.read(folder).invocations == (GOOD, GOOD, BAD)


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
    folder: Path, format_: int, name: str, value: object
) -> None:
    path = folder / journal.FILE
    lines = path.read_bytes().split(b"\n")
    line = _in_format_1(GOOD) if format_ == 1 else json.loads(lines[1])
    lines[1] = _changed(line, name, value)
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(JournalError, match=f"{journal.FILE}:2: .*damaged: .+"):
        journal.read(folder)


def test_reading_leaves_the_garbage_collector_as_it_was(folder: Path, tmp_path: Path) -> None:
    import gc

    assert gc.isenabled()
    journal.read(folder)
    assert gc.isenabled()
    with pytest.raises(JournalError):
        journal.read(tmp_path / "nowhere")
    assert gc.isenabled()
    gc.disable()
    try:
        journal.read(folder)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_another_format_is_refused_by_its_number(folder: Path) -> None:
    path = folder / journal.FILE
    path.write_bytes(path.read_bytes().replace(b'"format":2', b'"format":99', 1))
    with pytest.raises(JournalError, match="journal format 99; this fteng reads 1 and 2"):
        journal.read(folder)


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
