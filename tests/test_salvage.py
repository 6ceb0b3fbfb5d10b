"""A journal that was damaged: every flipped byte is found, and --salvage reads the rest and says what is missing."""

from __future__ import annotations

import csv
import importlib.util
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from engine import analysis, journal, report
from engine.errors import JournalError
from engine.journal.lines import intact
from engine.model import Interpreter

ROOT = Path(__file__).resolve().parent.parent

KERNEL = '''"""Counts its loops."""
PARAMS = {}
def setup(threads): return None
def prepare(shared, index): return [0]
def run(own, loops):
    for _ in range(loops):
        pass
    own[0] += loops
def check(shared, owns, loops):
    assert all(own[0] == loops for own in owns)
'''
SCENARIO = """title: Counting
question: Does it count?
kernel: ./counting.py
interpreters: [3.13]
matrix: {threads: 1}
measure: {invocations: 3, iterations: 2, iteration_time: 1ms, time_limit: 60s, timeout: 20s}
"""


Fteng = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def fteng(inside: Fteng) -> Fteng:
    """The command in a folder, with locks of its own."""

    def call(*words: object, folder: Path, code: int | None = None) -> subprocess.CompletedProcess[str]:
        formats = ("--formats", "csv,iterations,text") if words[0] == "run" else ()
        done = inside(folder, *map(str, words), *formats)
        assert code is None or done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory, default_build: Interpreter, fteng: Fteng) -> Path:
    """A folder with a small scenario, and in `result` what a real run of it wrote."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "counting.py").write_text(KERNEL)
    (folder / "counting.yaml").write_text(SCENARIO)
    fteng("run", "counting.yaml", "--output", "result", "--quiet", "--seed", 1, folder=folder, code=0)
    return folder


@pytest.fixture
def folder(measured: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    shutil.copytree(measured, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def path(folder: Path) -> Path:
    return folder / "result" / journal.FILE


@pytest.fixture(scope="session")
def whole(measured: Path) -> bytes:
    """The journal's bytes."""
    return (measured / "result" / journal.FILE).read_bytes()


def lines_of(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)


def spoilt(text: bytes, place: int) -> bytes:
    """The text with another byte at this place."""
    return text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]


class TestTruncation:
    def test_at_every_byte_of_the_last_line_is_forgiven_and_can_go_on(self, path: Path, whole: bytes) -> None:
        kept = journal.read(path)
        last = len(whole) - len(lines_of(whole)[-1])
        for cut in range(last, len(whole)):
            path.write_bytes(whole[:cut])
            found, writer = journal.reopen(path.parent)
            writer.close()
            assert (found.header, found.stops, found.damage) == (kept.header, kept.stops, ())
            assert found.finished == (cut == len(whole) - 1), "only its newline was missing"
            assert path.read_bytes() == (whole if found.finished else whole[:last])
        assert found.invocations == kept.invocations

    def test_in_an_invocation_loses_that_one_alone(self, path: Path, whole: bytes) -> None:
        kept = journal.read(path)
        before, torn = b"".join(lines_of(whole)[:3]), lines_of(whole)[3]
        for cut in range(0, len(torn) - 1, 7):
            path.write_bytes(before + torn[:cut])
            assert journal.read(path).invocations == kept.invocations[:2]
        path.write_bytes(before + torn[:-1])
        assert journal.read(path).invocations == kept.invocations[:3]

    def test_in_the_header_leaves_nothing_and_says_so(self, path: Path, whole: bytes) -> None:
        for cut in (1, 5, 20, 300, len(lines_of(whole)[0]) - 2):
            path.write_bytes(whole[:cut])
            with pytest.raises(JournalError, match=f"{journal.FILE}:1: "):
                journal.read(path)
            assert journal.read(path, salvage=True).invocations == ()


class TestFlippedBytes:
    def test_no_line_with_any_other_byte_anywhere_has_a_right_checksum(self, whole: bytes) -> None:
        for text in sorted((one[:-1] for one in lines_of(whole)), key=len)[:3]:
            assert intact(text)
            for place, byte in enumerate(text):
                start, end = text[:place], text[place + 1 :]
                assert not any(intact(start + bytes([other]) + end) for other in range(256) if other != byte)

    @pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
    def test_every_one_of_a_whole_journal_is_an_error_with_its_line(self, path: Path, whole: bytes, step: int) -> None:
        """By default every fifth, and every line's end."""
        number = 1
        for place, byte in enumerate(whole):
            if place % step and byte != ord("\n"):
                continue
            path.write_bytes(whole[:place] + bytes([byte ^ (1 << place % 8)]) + whole[place + 1 :])
            with pytest.raises(JournalError, match=f"{journal.FILE}:{number}: .*"):
                journal.read(path)
            number += byte == ord("\n")

    def test_salvage_reads_all_other_lines_and_says_which_one_is_missing(self, path: Path, whole: bytes) -> None:
        kept, start = journal.read(path), 0
        records = list(kept.invocations)
        for number, one in enumerate(lines_of(whole), 1):
            for place in (*range(start, start + len(one) - 1, 11), start + len(one) - 2):
                path.write_bytes(spoilt(whole, place))
                found = journal.read(path, salvage=True)
                assert found.header == kept.header
                assert [text.partition(":")[0] for text in found.damage] == [f"line {number}"]
                missing = records[: number - 2] + records[number - 1 :] if 1 < number < 2 + len(records) else records
                assert found.invocations == missing
            start += len(one)

    def test_a_lost_newline_costs_the_two_lines_that_it_parted(self, path: Path, whole: bytes) -> None:
        records = list(journal.read(path).invocations)
        path.write_bytes(spoilt(whole, sum(map(len, lines_of(whole)[:2])) - 1))
        found = journal.read(path, salvage=True)
        assert found.damage == ("line 2: its checksum does not fit",)
        assert found.invocations == records[2:]

    def test_lines_in_a_row_are_told_of_together(self, path: Path, whole: bytes) -> None:
        lines = [one.replace(b"1", b"2") if number in {1, 2, 4} else one for number, one in enumerate(lines_of(whole))]
        path.write_bytes(b"".join(lines))
        assert journal.read(path, salvage=True).damage == (
            "lines 2 to 3: its checksum does not fit",
            "line 5: its checksum does not fit",
        )


class TestHeader:
    def test_a_damaged_one_is_read_from_its_copy(self, path: Path, whole: bytes) -> None:
        kept = journal.read(path)
        path.write_bytes(spoilt(whole, 100))
        with pytest.raises(JournalError, match=f"{journal.FILE}:1: .*checksum.*--salvage"):
            journal.read(path)
        found = journal.read(path, salvage=True)
        assert found == replace(
            kept, damage=("line 1: its checksum does not fit; the header is the copy in header.json",)
        )

    def test_a_missing_first_line_too_and_what_stands_there_counts(self, path: Path, whole: bytes) -> None:
        kept = journal.read(path)
        records = list(kept.invocations)
        path.write_bytes(b"".join(lines_of(whole)[1:]))
        found = journal.read(path, salvage=True)
        assert (found.header, found.invocations, found.finished) == (kept.header, records, True)

    @pytest.mark.parametrize("copy", [None, b"", b"rubbish", "flipped"])
    def test_without_a_whole_copy_there_is_one_clear_message(
        self, path: Path, whole: bytes, copy: bytes | str | None
    ) -> None:
        path.write_bytes(spoilt(whole, 100))
        spare = path.with_name(journal.SPARE)
        if copy is None:
            spare.unlink()
        else:
            spare.write_bytes(spoilt(spare.read_bytes(), 50) if isinstance(copy, str) else copy)
        with pytest.raises(JournalError, match=r":1: its checksum does not fit; nor can its copy be read"):
            journal.read(path, salvage=True)

    def test_the_copy_is_made_again_where_it_is_missing(self, path: Path) -> None:
        spare = path.with_name(journal.SPARE)
        before = spare.read_bytes()
        spare.unlink()
        journal.reopen(path.parent)[1].close()
        assert spare.read_bytes() == before == lines_of(path.read_bytes())[0]


class TestDoubledLines:
    def test_a_round_counts_once(self, path: Path, whole: bytes) -> None:
        kept, lines = journal.read(path), lines_of(whole)
        for number in range(2, 2 + len(kept.invocations)):
            path.write_bytes(b"".join([*lines, lines[number - 1]]))
            with pytest.raises(JournalError, match=rf":{len(lines) + 1}: .* stands in line {number} already"):
                journal.read(path)
            found = journal.read(path, salvage=True)
            assert found.invocations == kept.invocations
            assert len(found.damage) == 1

    def test_so_it_does_where_the_second_says_something_else(self, path: Path) -> None:
        kept = journal.read(path)
        with journal.Writer(path.parent) as writer:
            writer.append(replace(kept.invocations[-1], rss=1))
        assert journal.read(path, salvage=True).invocations == kept.invocations

    def test_a_second_header_is_damage_and_a_second_end_is_none(self, path: Path, whole: bytes) -> None:
        lines = lines_of(whole)
        path.write_bytes(b"".join([*lines, lines[-1], lines[-2], lines[-1]]))
        assert journal.read(path).finished
        path.write_bytes(b"".join([lines[0], *lines]))
        with pytest.raises(JournalError, match=r":2: .*second header"):
            journal.read(path)

    def test_a_file_that_was_copied_onto_its_own_end_says_all_of_it(self, path: Path, whole: bytes) -> None:
        kept = journal.read(path)
        path.write_bytes(whole * 2)
        assert replace(journal.read(path, salvage=True), damage=(), stops=kept.stops) == kept


class TestMeanwhile:
    """A journal is read twice: to see what is there, and when that is wanted."""

    def test_what_is_appended_is_not_seen(self, path: Path) -> None:
        found = journal.read(path)
        records = list(found.invocations)
        with journal.Writer(path.parent) as writer:
            writer.append(replace(records[-1], round=99))
        assert found.invocations == records
        assert len(journal.read(path).invocations) == len(records) + 1

    def test_a_change_is_an_error_with_the_line(self, path: Path, whole: bytes) -> None:
        found = journal.read(path)
        path.write_bytes(spoilt(whole, sum(map(len, lines_of(whole)[:3])) - 30))
        assert found.invocations[0]
        with pytest.raises(JournalError, match=r":3: the journal was changed while it was read"):
            analysis.analyse(found)

    @pytest.mark.parametrize("how", ["unlink", "shorter", "folder"])
    def test_so_is_a_journal_that_is_gone(self, path: Path, whole: bytes, how: str) -> None:
        found = journal.read(path)
        if how == "shorter":
            path.write_bytes(whole[: len(whole) // 2])
        else:
            path.unlink()
        if how == "folder":
            path.mkdir()
        with pytest.raises(JournalError, match=r"is gone; it was|was changed while|no regular file"):
            "".join(report.pieces("iterations", None, found))

    def test_one_that_is_being_written_is_reported_as_not_complete(self, fteng: Fteng, folder: Path) -> None:
        (folder / "counting.yaml").write_text(SCENARIO.replace("invocations: 3", "invocations: 1000"))
        words = [sys.executable, "-m", "engine", "run", "counting.yaml", "--output", "new", "--quiet"]
        environment = os.environ | {"TMPDIR": str(folder)}
        with subprocess.Popen(words, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as busy:
            try:
                until = time.monotonic() + 60
                while time.monotonic() < until and len(self.written(folder)) < 5:
                    time.sleep(0.02)
                done = fteng("report", "new", folder=folder, code=0)
                rows = fteng("report", "new", "--format", "iterations", folder=folder, code=0).stdout.splitlines()
            finally:
                busy.send_signal(signal.SIGKILL)
        assert "NOT COMPLETE: interrupted, or still being measured" in done.stdout
        assert len(rows) > 2

    def written(self, folder: Path) -> list[bytes]:
        path = folder / "new" / journal.FILE
        return path.read_bytes().splitlines() if path.exists() else []


class TestStrangeFiles:
    def test_an_empty_one(self, path: Path) -> None:
        path.write_bytes(b"")
        for salvage in (False, True):
            with pytest.raises(JournalError, match="is empty"):
                journal.read(path, salvage=salvage)

    @pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
    def test_what_is_no_file_is_not_waited_for(self, fteng: Fteng, path: Path, make: Callable[[Path], None]) -> None:
        path.unlink()
        make(path)
        for words in (["report", "result"], ["report", "result", "--salvage"], ["run", "--resume", "result"]):
            done = fteng(*words, folder=path.parents[1], code=2)
            said = "is no regular file, so no journal; name a result folder of `fteng run`"
            assert done.stderr == f"fteng: result/journal.jsonl: {said}\n"
        with pytest.raises(JournalError, match=r"cannot write|no regular file"):
            journal.Writer(path.parent)

    @pytest.mark.parametrize("start", [b"", b'{"kind":"header","format":3,"version":"'])
    def test_one_endless_line_is_a_short_message(self, fteng: Fteng, path: Path, start: bytes) -> None:
        with path.open("wb") as file:
            file.write(start)
            for _ in range(100):
                file.write(b"x" * (1 << 20))
        for more in ([], ["--salvage"]):
            done = fteng("report", "result", *more, folder=path.parents[1])
            assert done.returncode == (0 if more else 2), "the header has its copy"
            assert len(done.stderr) < 1000

    def test_noise_after_the_header(self, path: Path, whole: bytes) -> None:
        path.write_bytes(lines_of(whole)[0] + os.urandom(1 << 16) + b"\n")
        found = journal.read(path, salvage=True)
        assert found.invocations == ()
        assert all(len(text) < 400 for text in found.damage)


class TestCommand:
    @pytest.fixture
    def damaged(self, path: Path, whole: bytes) -> Path:
        """A result of which the second counted invocation cannot be read."""
        path.write_bytes(spoilt(whole, sum(map(len, lines_of(whole)[:3])) + 200))
        return path.parents[1]

    def test_damage_is_an_error_that_says_what_helps(self, fteng: Fteng, damaged: Path) -> None:
        done = fteng("report", "result", folder=damaged, code=2)
        assert done.stderr.startswith("fteng: result/journal.jsonl:4: this line of the journal is damaged")
        assert "--salvage" in done.stderr
        assert done.stdout == ""
        assert "--salvage" in fteng("compare", "result", "result", folder=damaged, code=2).stderr
        assert "--salvage" in fteng("run", "--resume", "result", folder=damaged, code=2).stderr

    def test_salvage_says_it_first_in_the_text_and_beside_every_format(self, fteng: Fteng, damaged: Path) -> None:
        done = fteng("report", "result", "--salvage", folder=damaged, code=0)
        said = [number for number, text in enumerate(done.stdout.splitlines()) if text.startswith("DAMAGED: ")]
        assert said
        assert said[0] < 6
        assert "line 4: its checksum does not fit" in done.stdout
        for name in ("csv", "iterations", "scorecard"):
            done = fteng("report", "result", "--salvage", "--format", name, folder=damaged, code=0)
            assert done.stderr == "DAMAGED: result: left out: line 4: its checksum does not fit\n"
        rows = fteng("report", "result", "--salvage", "--format", "iterations", folder=damaged).stdout
        assert {row["round"] for row in csv.DictReader(io.StringIO(rows))} == {"1", "3"}

    def test_compare_warns_of_it(self, fteng: Fteng, damaged: Path, measured: Path) -> None:
        done = fteng("compare", measured / "result", "result", "--salvage", folder=damaged, code=0)
        assert "result is damaged" in " ".join(done.stdout.split())
        assert "DAMAGED: result: left out: line 4" in done.stderr

    def test_resume_measures_again_what_was_lost_and_leaves_the_line(
        self, fteng: Fteng, damaged: Path, whole: bytes
    ) -> None:
        path = damaged / "result" / journal.FILE
        before = path.read_bytes()
        done = fteng("run", "--resume", "result", "--salvage", folder=damaged, code=0)
        assert "DAMAGED: " in done.stdout
        assert "NOT COMPLETE" not in done.stdout
        assert path.read_bytes().startswith(before)
        found = journal.read(path, salvage=True)
        assert sorted(one.round for one in found.invocations if one.round) == [1, 2, 3]
        assert found.finished
        with pytest.raises(JournalError, match=":4: "):
            journal.read(path)

    def test_salvage_of_what_is_whole_changes_nothing(self, fteng: Fteng, measured: Path) -> None:
        plain, salvaged = (fteng("report", "result", *more, folder=measured, code=0) for more in ([], ["--salvage"]))
        assert (plain.stdout, plain.stderr) == (salvaged.stdout, salvaged.stderr)

    def test_a_new_result_has_no_damage_to_salvage(self, fteng: Fteng, folder: Path) -> None:
        assert "--resume" in fteng("run", "counting.yaml", "--salvage", folder=folder, code=2).stderr

    @pytest.mark.parametrize("name", ["result/journal.jsonl", "result/header.json"])
    def test_a_report_never_takes_the_place_of_its_journal(self, fteng: Fteng, folder: Path, name: str) -> None:
        before = (folder / name).read_bytes()
        for result in ("result", "result/journal.jsonl"):
            done = fteng("report", result, "--format", "iterations", "--output", name, folder=folder)
            assert (folder / name).read_bytes() == before
            assert done.returncode == 2
            assert "is what the report is made from" in done.stderr


@pytest.fixture(scope="session")
def large() -> ModuleType:
    """The benchmark that makes journals of any size."""
    spec = importlib.util.spec_from_file_location("report_size", ROOT / "tests" / "benchmarks" / "report_size.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PEAK = """import os, sys
silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent), 0)
assert status == 0, status
print(usage.ru_maxrss)
"""


def peak(*words: str) -> int:
    """The most memory that a command took, in bytes.

    A small process starts it: the peak of a child begins with what its parent has (getrusage(2), `ru_maxrss`).
    """
    done = subprocess.run([sys.executable, "-c", PEAK, *words], capture_output=True, text=True, check=True)
    return int(done.stdout) * 1024


class TestSize:
    @pytest.fixture(scope="class")
    @staticmethod
    def results(large: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
        """A small one, and one of many groups: of each group so much is held at once (`engine.analysis.gather`)."""
        home = tmp_path_factory.mktemp("sizes")
        for name, runs, rounds in (("small", 8, 10), ("large", 80, 40)):
            large.write(home / name, large.planned(home, runs, rounds, 150), rounds, 3)
        return [home / "small", home / "large"]

    @pytest.mark.parametrize("name", ["text", "iterations"])
    def test_a_journal_is_reported_in_a_fraction_of_its_size(self, results: list[Path], name: str) -> None:
        sizes = [(result / journal.FILE).stat().st_size for result in results]
        peaks = [peak(sys.executable, "-m", "engine", "report", str(result), "--format", name) for result in results]
        assert sizes[1] > 30 << 20
        assert peaks[1] - peaks[0] < (sizes[1] - sizes[0]) / 2
