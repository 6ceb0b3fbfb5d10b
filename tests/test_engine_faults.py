"""What becomes of a measurement when its engine is interrupted, starved of disk, killed, or not alone: real processes.

Faults that chance would meet too seldom (a signal between two halves of a write) come from tests/data/preload/faults.c.
"""

from __future__ import annotations

import csv
import fcntl
import json
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import host
from engine.model import Interpreter

KERNEL = '''"""Counts its loops."""
from itertools import repeat
PARAMS = {"work": {"type": "integer", "minimum": 0, "default": 0, "description": "which group"}}
def setup(threads, *, work): return None
def prepare(shared, index): return [0]
def run(own, loops):
    for _ in repeat(None, loops):
        pass
    own[0] += loops
def check(shared, owns, loops):
    assert all(own[0] == loops for own in owns)
'''

SCENARIO = """title: Counting
question: Does it count?
kernel: ./counting.py
interpreters: [3.13]
matrix: {threads: 1, work: [0, 1]}
measure: {invocations: 2, iterations: 1, iteration_time: 2ms, warmup: 1, time_limit: 5m, timeout: 60s}
"""

LONG = ("--invocations", "500", "--precision", "0.001%")
"""Words of a run that does not end by itself while a test looks at it."""

NO_FAULT = ("Traceback", "This is a bug")


@dataclass
class Engine:
    """`fteng` in a folder of its own; its workers are known by the TMPDIR that they inherit."""

    folder: Path
    inside: Callable[..., subprocess.CompletedProcess[str]]

    def start(self, *words: str, prefix: tuple[str, ...] = (), **how: object) -> subprocess.Popen[str]:
        """The running command."""
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | how
        environment = os.environ | {"TMPDIR": str(self.locks)} | dict(how.pop("env", {}))  # type: ignore[call-overload]
        command = [*prefix, sys.executable, "-m", "engine", *self.plain(words)]
        return subprocess.Popen(command, cwd=self.folder, env=environment, **how)  # type: ignore[call-overload,no-any-return]

    def run(self, *words: str, **how: object) -> subprocess.CompletedProcess[str]:
        """The command at its end: of this process, unless it is told `how` a process of its own is."""
        if not how:
            return self.inside(self.folder, *self.plain(words))
        with self.start(*words, **how) as started:
            out, err = started.communicate(timeout=180)
        return subprocess.CompletedProcess(started.args, started.returncode, out or "", err or "")

    def refused(self, *words: str) -> str:
        """The one line of a command that ends with exit 2."""
        done = self.inside(self.folder, *words)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        (line,) = done.stderr.splitlines()
        return line

    @staticmethod
    def plain(words: tuple[str, ...]) -> tuple[str, ...]:
        """A run without the page, which takes a second to draw."""
        return (*words, *(("--formats", "csv,iterations,text") if words[0] == "run" else ()))

    @property
    def locks(self) -> Path:
        return self.folder / "locks"

    def processes(self) -> list[int]:
        """Every process that this engine and its workers are."""
        mark = f"TMPDIR={self.locks}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                alive = "State:\tZ" not in (path / "status").read_text()
                if alive and mark in (path / "environ").read_bytes().split(b"\0"):
                    found.append(int(path.name))
        return found

    def gone(self) -> bool:
        """Whether nothing of it is left, or vanishes soon."""
        return until(lambda: not self.processes(), 20)


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it becomes true in time; a test waits for what happens, and asserts no duration."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def lines(result: Path) -> list[bytes]:
    """The whole lines of a journal."""
    path = result / "journal.jsonl"
    return [line for line in path.read_bytes().splitlines(keepends=True) if line[-1:] == b"\n"] if path.exists() else []


def invocations(result: Path) -> list[tuple[str, int]]:
    """Group and round of every invocation that is kept."""
    records = [json.loads(line) for line in lines(result)]
    return [(one["group"], one["round"]) for one in records if one["kind"] == "invocation"]


def table(result: Path) -> set[tuple[str, str]]:
    """Run and metric of each row of the summary."""
    with (result / "report.csv").open(encoding="utf-8", newline="") as file:
        return {(row["run"], row["metric"]) for row in csv.DictReader(file)}


def is_torn(result: Path) -> bool:
    """Whether a part of a line is at the end of the journal."""
    return (result / "journal.jsonl").read_bytes()[-1:] not in {b"", b"\n"}


def is_tidy(result: Path) -> bool:
    """Whether nothing unfinished lies in a result folder, and its journal is whole."""
    return (
        not list(result.glob("*.new")) + list(result.glob(".*.new"))
        and (result / "journal.jsonl").read_bytes()[-1:] == b"\n"
    )


@pytest.fixture
def engine(tmp_path: Path, inside: Callable[..., subprocess.CompletedProcess[str]]) -> Engine:
    """The command in a folder with one small scenario and its kernel; locks that no other fteng waits at."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "counting.py").write_text(KERNEL)
    (tmp_path / "counting.yaml").write_text(SCENARIO)
    return Engine(tmp_path, inside)


@pytest.fixture(scope="session")
def preload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of faults, compiled."""
    if not (compiler := shutil.which("gcc") or shutil.which("cc")):
        pytest.skip("no C compiler here")
    library = tmp_path_factory.mktemp("preload") / "faults.so"
    source = Path(__file__).parent / "data" / "preload" / "faults.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestSignals:
    def test_a_worker_that_hangs_is_ended_and_an_empty_result_is_no_result(self, engine: Engine) -> None:
        slow = engine.folder / "counting.py"
        slow.write_text(KERNEL.replace("return None", "import time; time.sleep(600)"))
        with engine.start("run", "counting.yaml", "-o", "out") as run:
            assert until(lambda: len(engine.processes()) > 1)
            run.send_signal(signal.SIGINT)
            _, errors = run.communicate(timeout=60)
        assert run.returncode == 130
        assert errors.splitlines() == ["fteng: interrupted", "nothing was measured yet, and no result is left behind"]
        assert not (engine.folder / "out").exists()
        assert engine.gone()

    @pytest.mark.parametrize(
        ("at", "by"), [("write", signal.SIGINT), ("write", signal.SIGHUP), ("fsync", signal.SIGTERM)]
    )
    def test_a_line_that_is_being_written_is_written(
        self, engine: Engine, preload: Path, at: str, by: signal.Signals
    ) -> None:
        fault = {"LD_PRELOAD": str(preload), "FAULT": at, "FAULT_AT": "6", "FAULT_SIGNAL": str(by.value)}
        done = engine.run("run", "counting.yaml", "--quiet", "-o", "out", env=fault)
        assert done.returncode == 130, done.stderr
        assert len(lines(engine.folder / "out")) == 6
        assert is_tidy(engine.folder / "out")
        assert "interrupted; to go on: fteng run --resume out" in done.stderr
        assert "NOT COMPLETE" in (engine.folder / "out" / "report.txt").read_text()
        assert engine.gone()

    def test_a_second_one_while_the_reports_are_written_ends_at_once(self, engine: Engine, preload: Path) -> None:
        """The first comes in the middle of the run, the second as the second report reaches the disk."""
        fault = {
            "LD_PRELOAD": str(preload),
            "FAULT": "report",
            "FAULT_AT": "2",
            "FAULT_SIGNAL": "2",
            "FAULT_PAUSE": "300",
        }
        result = engine.folder / "out"
        with engine.start("run", "counting.yaml", *LONG, "-o", "out", env=fault) as run:
            assert until(lambda: len(lines(result)) >= 4)
            run.send_signal(signal.SIGINT)
            out, errors = run.communicate(timeout=60)
        assert run.returncode == 130
        assert out == ""
        assert errors.splitlines()[-2:] == [
            "fteng: interrupted",
            "what was measured is kept in out; to go on: fteng run --resume out",
        ]
        assert not any(fault in errors for fault in NO_FAULT)
        assert is_tidy(result)
        assert {path.name for path in result.glob("*.[ct]*")} == {"report.csv"}, "the second was not finished"
        assert engine.gone()

    def test_any_moment_before_the_first_invocation_is_clean(self, engine: Engine) -> None:
        moments = random.Random(5)
        for number in range(4):
            name = f"out{number}"
            with engine.start("run", "counting.yaml", *LONG, "--quiet", "-o", name) as run:
                assert until(lambda pid=run.pid: takes_signals(pid))  # type: ignore[misc]
                time.sleep(moments.uniform(0, 1.2))
                run.send_signal(moments.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP]))
                _, errors = run.communicate(timeout=60)
            assert run.returncode == 130, errors
            assert not any(fault in errors for fault in NO_FAULT), errors
            result = engine.folder / name
            assert len(lines(result)) > 1 if result.exists() else "fteng: interrupted" in errors
        assert engine.gone()

    def test_one_that_waits_for_the_host_can_be_ended(self, engine: Engine) -> None:
        with host.measuring(False, pytest.fail, engine.locks), engine.start("run", "counting.yaml") as run:
            assert run.stderr is not None
            said = run.stderr.readline()
            run.send_signal(signal.SIGTERM)
            _, errors = run.communicate(timeout=60)
        assert f"another fteng (process {os.getpid()}) is measuring on this machine; waiting" in said
        assert (run.returncode, errors) == (130, "fteng: interrupted\n")
        assert not (engine.folder / "reports").exists()

    def test_a_closed_terminal_loses_no_report(self, engine: Engine) -> None:
        """The engine leads a session on a real terminal; closing it sends SIGHUP, and every word to it is an error."""
        ours, theirs = pty.openpty()
        result = engine.folder / "out"
        run = engine.start(
            *("run", "counting.yaml", *LONG, "-o", "out"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        assert until(lambda: len(lines(result)) >= 4)
        os.close(ours)
        assert run.wait(60) == 130
        assert "NOT COMPLETE" in (result / "report.txt").read_text()
        assert is_tidy(result)
        assert engine.gone()

    def test_what_the_caller_ignores_is_ignored(self, engine: Engine) -> None:
        """`nohup` is a program that ignores SIGHUP and becomes another."""
        with engine.start("run", "counting.yaml", "--quiet", "-o", "out", prefix=("nohup",)) as run:
            assert until(lambda: len(lines(engine.folder / "out")) > 1)
            run.send_signal(signal.SIGHUP)
            run.communicate(timeout=60)
        assert run.returncode == 0

    def test_a_stopped_engine_goes_on(self, engine: Engine) -> None:
        """Ctrl-Z and fg; in a process group of its own, for an orphaned group is not stopped (setpgid(2))."""
        with engine.start("run", "counting.yaml", "--quiet", "-o", "out", process_group=0) as run:
            assert until(lambda: len(lines(engine.folder / "out")) > 1)
            os.killpg(run.pid, signal.SIGTSTP)
            assert until(lambda: status(run.pid, "State").startswith("T"))
            before = lines(engine.folder / "out")
            time.sleep(0.5)
            assert lines(engine.folder / "out") == before
            os.killpg(run.pid, signal.SIGCONT)
            _, errors = run.communicate(timeout=60)
        assert run.returncode == 0, errors
        assert json.loads(lines(engine.folder / "out")[-1])["kind"] == "end"


def status(pid: int, name: str) -> str:
    """A line of proc_pid_status(5)."""
    text = Path(f"/proc/{pid}/status").read_text()
    return re.search(rf"^{name}:\s*(.*)$", text, re.MULTILINE)[1]  # type: ignore[index]


def takes_signals(pid: int) -> bool:
    """Whether a process has a handler for SIGTERM by now."""
    return bool(int(status(pid, "SigCgt"), 16) >> signal.SIGTERM - 1 & 1)


HANGS = """
import time
from engine import interrupts
with interrupts.taken():
    interrupts.last_words("to go on: again")
    try:
        print("ready", flush=True)
        time.sleep(60)
    finally:
        print("unwinding", flush=True)
        time.sleep(60)
"""

SWALLOWED = """
import time
from engine import interrupts
class Noisy:
    def __del__(self):
        print("ready", flush=True)
        time.sleep(60)
with interrupts.taken():
    Noisy()
    try:
        interrupts.check()
    except KeyboardInterrupt:
        print("caught", flush=True)
"""


def test_a_third_signal_ends_what_hangs_while_it_ends() -> None:
    with python(HANGS) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "unwinding\n"
        for _ in range(2):
            time.sleep(0.3)
            child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
    assert (child.returncode, errors) == (130, "fteng: ended at once; to go on: again\n")


def test_a_signal_that_a_finalizer_swallows_is_not_forgotten() -> None:
    with python(SWALLOWED) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGTERM)
        out, errors = child.communicate(timeout=30)
    assert out == "caught\n"
    assert "Exception ignored in" in errors


def python(program: str) -> subprocess.Popen[str]:
    """A program of a few lines in this Python."""
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=0
    )


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
def test_an_interpreter_that_vanishes_ends_a_measurement_that_can_go_on(
    engine: Engine, default_build: Interpreter
) -> None:
    link, result = engine.folder / "python", engine.folder / "out"
    link.symlink_to(default_build.executable)
    with engine.start("run", "counting.yaml", *LONG, "--python", "./python", "--quiet", "-o", "out") as run:
        assert until(lambda: len(lines(result)) > 3)
        link.unlink()
        _, errors = run.communicate(timeout=60)
    assert run.returncode == 130
    assert errors.splitlines()[0].startswith(f"fteng: cannot start {link}: ")
    assert errors.splitlines()[-1] == "stopped; to go on when that is mended: fteng run --resume out"
    assert "NOT COMPLETE" in (result / "report.txt").read_text()
    assert is_tidy(result)


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestOutput:
    """A report that cannot be printed is still a report."""

    def test_a_reader_that_goes_away_costs_no_result(self, engine: Engine) -> None:
        read, write = os.pipe()
        os.close(read)
        done = engine.run("run", "counting.yaml", "--invocations", "1", "-o", "out", stdout=write)
        os.close(write)
        assert (done.returncode, done.stderr) == (
            0,
            "result: out (journal.jsonl, report.csv, iterations.csv, report.txt)\n",
        )
        assert "Does it count?" in (engine.folder / "out" / "report.txt").read_text()

        for closing in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
            command = f"{sys.executable} -m engine run --resume out --formats text {closing}"
            shell = subprocess.run(
                ["sh", "-c", command], cwd=engine.folder, capture_output=True, text=True, check=False
            )
            assert shell.returncode == 0, shell
        with Path("/dev/full").open("w") as full:
            for words in (("run", "--resume", "out"), ("list", "kernels")):
                done = engine.run(*words, stdout=full)
                assert done.returncode == 2
                assert done.stderr.endswith("fteng: the output cannot be written: No space left on device\n")
        assert is_tidy(engine.folder / "out")


@dataclass(frozen=True)
class Disk:
    """A real file system of limited size."""

    path: Path

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.path], check=True)

    def fill(self) -> Path:
        """Leave no byte."""
        filler = self.path / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        return filler

    def leave(self, room: int) -> None:
        """Leave so many bytes."""
        filler = self.fill()
        os.truncate(filler, filler.stat().st_size - room)


def pages(size: int) -> int:
    """What a file takes of a tmpfs, in bytes."""
    return -(-size // 4096) * 4096


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Disk]:
    """A tmpfs of 64 KiB. Who is not root becomes so in a user namespace of his own, and the test runs there."""
    if os.geteuid() != 0:
        inside = ["unshare", "-rm", sys.executable, "-m", "pytest", "-q", request.node.nodeid]
        if not shutil.which("unshare") or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
            pytest.skip("only root can mount a small tmpfs, and user namespaces (unshare -rm) are not allowed here")
        subprocess.run(inside, cwd=request.config.rootpath, check=True)
        pytest.skip("passed in a user namespace (unshare -rm)")
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", path], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    yield Disk(path)
    subprocess.run(["umount", "--lazy", path], check=True)


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestDisk:
    def test_a_full_disk_stops_and_keeps_and_goes_on_when_there_is_room(self, engine: Engine, disk: Disk) -> None:
        whole = engine.folder / "whole"
        words = ("run", "counting.yaml", "--invocations", "8", "--precision", "0.001%", "--seed", "4")
        assert engine.run(*words, "--quiet", "-o", "whole").returncode == 0
        cut = disk.path / "cut"
        header, *rest = map(len, lines(whole))
        disk.leave(2 * pages(header) + pages(sum(rest) // 2))
        done = engine.run(*words, "-o", str(cut))
        assert done.returncode == 130, done.stderr
        first, *_, last = done.stderr.splitlines()
        assert first == f"fteng: {cut}/journal.jsonl: cannot write: No space left on device; the lines before are kept"
        assert last == f"stopped; to go on when that is mended: fteng run --resume {cut}"
        assert len(done.stderr.splitlines()) <= 4
        assert not any(fault in done.stderr for fault in NO_FAULT)
        assert "Does it count?" in done.stdout
        assert "NOT COMPLETE" in done.stdout
        assert is_tidy(cut)
        kept = lines(cut)
        assert 4 < len(kept) < len(lines(whole))

        again = engine.run("run", "--resume", str(cut))
        assert again.returncode == 130, "there is still no room"
        assert lines(cut) == kept
        disk.remount("size=4m")
        assert engine.run("run", "--resume", str(cut), "--quiet").returncode == 0
        assert lines(cut)[: len(kept)] == kept
        assert table(cut) == table(whole)
        assert Counter(invocations(cut)) == Counter(invocations(whole))

    def test_reports_that_find_no_room_are_said_and_printed(self, engine: Engine, disk: Disk) -> None:
        result = disk.path / "out"
        assert engine.run("run", "counting.yaml", "--invocations", "1", "--quiet", "-o", str(result)).returncode == 0
        journal, text = lines(result), (result / "report.txt").read_text()
        for name in ("report.csv", "iterations.csv", "report.txt"):
            (result / name).unlink()
        filler = disk.fill()
        done = engine.run("run", "--resume", str(result))
        assert done.returncode == 130
        assert done.stdout.rstrip() == text.rstrip()
        assert "cannot be written: No space left on device; the journal is kept" in done.stderr
        assert f"measured, but not reported; to go on when that is mended: fteng run --resume {result}" in done.stderr
        assert lines(result) == journal
        assert is_tidy(result)
        filler.unlink()
        assert engine.run("run", "--resume", str(result), "--quiet").returncode == 0
        assert (result / "report.txt").read_text() == text

    def test_no_room_at_all_leaves_no_result_behind(self, engine: Engine, disk: Disk) -> None:
        disk.fill()
        done = engine.run("run", "counting.yaml", "-o", str(disk.path / "deep" / "out"))
        assert done.returncode == 2
        assert "No space left on device" in done.stderr
        assert not any(fault in done.stderr for fault in NO_FAULT)
        assert not (disk.path / "deep" / "out").exists()

    def test_no_room_for_temporary_files_is_one_message(self, engine: Engine, disk: Disk) -> None:
        """Where workers leave their answers."""
        done = engine.run("run", "counting.yaml", "--quiet", "-o", "out", env={"TMPDIR": str(disk.path)})
        assert done.returncode == 0, "enough room"
        disk.fill()
        done = engine.run("run", "counting.yaml", "--quiet", "-o", "full", env={"TMPDIR": str(disk.path)})
        assert not any(fault in done.stderr for fault in NO_FAULT), done.stderr

    def test_a_folder_that_is_read_only(self, engine: Engine, disk: Disk) -> None:
        cut, full = disk.path / "cut", disk.path / "full"
        assert engine.run("run", "counting.yaml", "--invocations", "1", "--quiet", "-o", str(full)).returncode == 0
        cut.mkdir()
        (cut / "journal.jsonl").write_bytes(b"".join(lines(full)[:4]))
        disk.remount("ro")
        assert engine.refused("run", "counting.yaml", "-o", str(disk.path / "new")) == (
            f"fteng: {disk.path}/new: cannot be made: {disk.path} cannot be written to; choose another --output"
        )
        for result in (cut, full):
            assert "Read-only file system" in engine.refused("run", "--resume", str(result))
        disk.remount("rw")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("counting.yaml/out", "counting.yaml is no folder"),
        ("counting.yaml", "exists already"),
        ("dangling", "exists already"),
        ("dangling/out", "dangling is no folder"),
        ("x" * 300, "File name too long"),
        ("closed/out", "closed cannot be written to"),
    ],
)
@pytest.mark.usefixtures("default_build")
def test_an_output_that_cannot_be_is_refused_before_anything_is_measured(
    engine: Engine, output: str, said: str
) -> None:
    (engine.folder / "dangling").symlink_to("nowhere")
    (engine.folder / "closed").mkdir(mode=0o555)
    if output.startswith("closed") and os.access(engine.folder / "closed", os.W_OK):
        pytest.skip("root may write anywhere; the read-only mount is a test of its own")
    assert said in engine.refused("run", "counting.yaml", "-o", output)
    assert not (engine.folder / "nowhere").exists()


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
@pytest.mark.parametrize("name", [pytest.param("a\nb", marks=pytest.mark.slow), "été 'quoted' $HOME \udcff"])
def test_an_odd_name_of_a_result_is_a_name_like_any(engine: Engine, name: str) -> None:
    result = engine.folder / name
    with engine.start("run", "counting.yaml", *LONG, "--quiet", f"--output={name}") as run:
        assert until(lambda: len(lines(result)) > 1)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert not any(fault in errors for fault in NO_FAULT), errors
    command = errors[errors.index("to go on: ") + len("to go on: ") :].strip()
    assert command.startswith("fteng run --resume ")
    kept = lines(result)
    (engine.folder / "counting.py").write_text(KERNEL + "\n")  # the answer tells that the folder was found
    pasted = command.replace("fteng", f"{sys.executable} -m engine", 1)
    again = subprocess.run(
        ["bash", "-c", pasted],
        cwd=engine.folder,
        capture_output=True,
        check=False,
        env=os.environ | {"TMPDIR": str(engine.locks)},
    )
    assert again.returncode == 2
    assert b"the kernel counting has changed" in again.stderr
    assert lines(result) == kept


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestTwoEngines:
    def test_one_result_has_one_engine_and_the_second_is_told_at_once(self, engine: Engine) -> None:
        result = engine.folder / "out"
        with engine.start("run", "counting.yaml", *LONG, "--quiet", "-o", "out") as first:
            assert until(lambda: len(lines(result)) > 3)
            second = engine.run("run", "--resume", "out")  # without --no-wait: it is the result that is taken
            assert (second.returncode, second.stdout) == (2, "")
            assert second.stderr == "fteng: out: another fteng is writing this result\n"
            before = len(lines(result))
            assert until(lambda: len(lines(result)) > before), "the first goes on"
            first.kill()
            first.communicate()
        with engine.start("run", "--resume", "out", "--quiet") as third:
            before = len(lines(result))
            assert until(lambda: len(lines(result)) > before), "a killed engine leaves no lock"
            third.send_signal(signal.SIGINT)
            third.communicate(timeout=60)
        assert third.returncode == 130

    def test_one_host_has_one_engine_and_the_second_waits_for_its_end_however_it_ends(self, engine: Engine) -> None:
        with engine.start("run", "counting.yaml", *LONG, "--quiet", "-o", "first") as first:
            assert until(lambda: len(lines(engine.folder / "first")) > 2)
            refused = engine.run("run", "counting.yaml", "--no-wait", "-o", "refused")
            said = f"another fteng (process {first.pid}) is measuring on this machine; wait"
            assert (refused.returncode, refused.stderr) == (2, f"fteng: {said} for its end\n")
            with engine.start("run", "counting.yaml", "--invocations", "1", "-o", "second") as second:
                assert second.stderr is not None
                assert second.stderr.readline() == f"{said}ing for its end\n"
                assert not (engine.folder / "second").exists()
                first.kill()
                _, errors = second.communicate(timeout=120)
            first.communicate()
        assert second.returncode == 0, errors
        assert not (engine.folder / "refused").exists()

    @pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "folder", "another's", "stale"])
    def test_whatever_has_the_name_of_the_lock_is_left_alone(self, engine: Engine, kind: str) -> None:
        lock, target = engine.locks / "fteng-measuring.lock", engine.folder / "target"
        target.write_text("precious")
        if kind == "link":
            lock.symlink_to(target)
            lock.with_suffix(".json").symlink_to(target)
        elif kind == "dangling link":
            lock.symlink_to(engine.folder / "nowhere")
        elif kind == "pipe":
            os.mkfifo(lock)
        elif kind == "folder":
            lock.mkdir()
        elif kind == "another's":
            lock.write_text("")
            lock.chmod(0o444)
            if os.access(lock, os.W_OK):
                pytest.skip("root may write to every file")
        else:
            lock.write_text("")
            os.mkfifo(lock.with_suffix(".json"))
        words = ("run", "counting.yaml", "--invocations", "1", "--quiet", "-o", "out")
        if kind == "stale":
            done = engine.run(*words)
            assert done.returncode == 0, done.stderr
        else:
            line = engine.refused(*words)
            assert f"{lock} cannot be locked: " in line
            assert "remove it" in line
            assert not (engine.folder / "out").exists()
        assert target.read_text() == "precious"
        assert not (engine.folder / "nowhere").exists()


BROKEN = """
import sys
import {room}
def broken(*_, **__): raise LookupError("a bug")
{room}.{function} = broken
from engine.cli import main
main(sys.argv[1:])
"""


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
@pytest.mark.parametrize(("room", "function"), [("engine.analysis", "analyse"), ("engine.report.csv", "render")])
def test_a_bug_after_measuring_says_what_is_kept(engine: Engine, room: str, function: str) -> None:
    """A fault put into the real program: none is known that could be used."""
    program = BROKEN.format(room=room, function=function)
    words = ("run", "counting.yaml", "--invocations", "1", "--quiet", "-o", "out", "--formats", "csv,text")
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=engine.folder,
        env=os.environ | {"TMPDIR": str(engine.locks)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 70
    assert "This is a bug in fteng" in done.stderr
    assert "LookupError: a bug" in done.stderr
    assert done.stderr.rstrip().endswith("what was measured is kept in out; to go on: fteng run --resume out")
    assert is_tidy(engine.folder / "out")
    assert engine.run("run", "--resume", "out", "--quiet").returncode == 0
    assert (engine.folder / "out" / "report.txt").exists()


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestResume:
    def test_what_it_goes_on_with_and_what_not(self, engine: Engine, default_build: Interpreter) -> None:
        """One result, cut off, and everything that may have become of what it was begun with."""
        python = engine.folder / "python"
        python.symlink_to(default_build.executable)
        words = ("run", "counting.yaml", "--python", "./python", "--invocations", "2", "--seed", "1")
        assert engine.run(*words, "--quiet", "-o", "out").returncode == 0
        result = engine.folder / "out"
        whole = lines(result)

        complete = engine.run("run", "--resume", "out")
        assert complete.returncode == 0
        assert complete.stderr.startswith("out: complete already, nothing is left to measure\nresult: out (")
        assert "Does it count?" in complete.stdout

        (result / "journal.jsonl").write_bytes(b"".join(whole[:5]))
        for more in ("counting.yaml", "--fast", "-p work=1", "--seed 0"):
            word = "SCENARIO" if more == "counting.yaml" else more.split()[0]
            said = engine.refused("run", "--resume", "out", *more.split())
            assert said == f"fteng: --resume goes on with what was asked for then; leave out {word}"

        python.unlink()
        self.refused(engine, f"the interpreter ./python is not at {python} (seen from here)")
        python.write_text("#!/bin/sh\nexit 1\n")
        python.chmod(0o755)
        self.refused(engine, "the interpreter ./python can no longer be loaded: ")
        python.unlink()
        python.symlink_to(sys.executable)
        self.refused(engine, "the interpreter ./python has changed")
        python.unlink()
        python.symlink_to(default_build.executable)
        kernel = engine.folder / "counting.py"
        kernel.write_text("def broken(")
        self.refused(engine, "the kernel counting can no longer be loaded: ")
        kernel.write_text(KERNEL)

        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) > 1:
            try:
                os.sched_setaffinity(0, cpus[:1])
                self.refused(engine, f"it was planned for CPUs {cpus[0]}", f", and CPU {cpus[0]} can be used now")
            finally:
                os.sched_setaffinity(0, cpus)
        assert lines(result) == whole[:5]
        assert engine.run("run", "--resume", "out", "--quiet").returncode == 0
        assert Counter(invocations(result)) == Counter(
            (one["group"], one["round"]) for one in map(json.loads, whole) if one["kind"] == "invocation"
        )

    @staticmethod
    def refused(engine: Engine, *why: str) -> None:
        line = engine.refused("run", "--resume", "out")
        assert line.startswith("fteng: out: cannot go on: ")
        assert line.endswith("; start a new result instead")
        assert all(reason in line for reason in why), line

    @pytest.mark.parametrize("kind", ["absent", "empty", "file", "pipe", "foreign", "torn"])
    def test_what_is_no_result_is_told_and_left_as_it_is(self, engine: Engine, kind: str) -> None:
        place = engine.folder / "place"
        if kind == "file":
            place.write_text("")
        elif kind != "absent":
            place.mkdir()
        if kind == "pipe":
            os.mkfifo(place / "journal.jsonl")
        elif kind == "foreign":
            (place / "journal.jsonl").write_text('{"kind": "header"}\n')
        elif kind == "torn":
            (place / "journal.jsonl").write_text('{"kind":"header","form')
        before = sorted(place.iterdir()) if place.is_dir() else []
        said = engine.refused("run", "--resume", "place")
        assert "place" in said
        assert ("place: nothing was measured" in said) == (kind == "torn")
        assert [path for path in (sorted(place.iterdir()) if place.is_dir() else []) if path.name != ".lock"] == before


@pytest.mark.real
def test_a_killed_engine_takes_its_worker_along(engine: Engine, either: Interpreter) -> None:
    slow = engine.folder / "counting.py"
    slow.write_text(KERNEL.replace("return None", "import time; time.sleep(600)"))
    with engine.start("run", "counting.yaml", "--python", either.executable, "-o", "out") as run:
        assert until(lambda: len(engine.processes()) > 1)
        run.kill()
        run.communicate()
    assert engine.gone()


KILLED = """title: Counting
question: Does it count?
kernel: ./counting.py
interpreters: [3.13, 3.13t]
matrix: {threads: [1, 2], work: [0, 1]}
measure: {invocations: 3, iterations: 2, iteration_time: 2ms, warmup: 1, time_limit: 10m, timeout: 60s}
"""


@pytest.mark.real
@pytest.mark.usefixtures("default_build", "free_threaded")
@pytest.mark.parametrize(
    ("kills", "seed"), [(5, 1), pytest.param(50, 2, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def test_nothing_is_lost_however_often_the_engine_is_killed(
    engine: Engine, preload: Path, kills: int, seed: int, record_property: Callable[[str, object], None]
) -> None:
    """Chains of `fteng run`, SIGKILL, `--resume`, SIGKILL, ... each run to its end and held against an undisturbed run.

    Every third kill is in the middle of a write of the journal, so that it really leaves a part of a line.
    """
    (engine.folder / "counting.yaml").write_text(KILLED)
    assert engine.run("run", "counting.yaml", "--seed", "7", "--quiet", "-o", "whole").returncode == 0
    whole = engine.folder / "whole"
    random_ = random.Random(seed)
    made, torn, kept_at_kills, chain = 0, 0, [], 0
    while made < kills:
        chain += 1
        name = f"chain{chain}"
        result, resume, before = engine.folder / name, False, []
        for _ in range(min(random_.randint(4, 9), kills - made)):
            words = ("--resume", name) if resume else ("counting.yaml", "--seed", "7", "-o", name)
            fault = {}
            if tearing := made % 3 == 2:
                fault = {"FAULT": "torn", "FAULT_AT": str(random_.randint(1 + (not resume), 5))}
                fault |= {"LD_PRELOAD": str(preload), "FAULT_SEED": str(random_.randrange(1000))}
            with engine.start("run", *words, "--quiet", env=fault) as run:
                with suppress(subprocess.TimeoutExpired):
                    run.wait(60 if tearing else random_.uniform(0.2, 3))
                run.kill()
                _, errors = run.communicate()
            assert run.returncode in {-signal.SIGKILL, 0}, errors
            whole_lines = lines(result)
            assert whole_lines[: len(before)] == before, "a line that was written stays as it was"
            kept_at_kills.append(len(invocations(result)))
            made += run.returncode != 0
            torn += tearing and run.returncode != 0 and is_torn(result)
            assert engine.gone(), "no worker outlives its engine"
            before, resume = whole_lines, bool(whole_lines)
            if not resume:
                shutil.rmtree(result, ignore_errors=True)  # killed before there was anything: nothing to go on with
            if run.returncode == 0:
                break
        words = ("--resume", name) if resume else ("counting.yaml", "--seed", "7", "-o", name)
        done = engine.run("run", *words, "--quiet")
        assert done.returncode == 0, done.stderr
        assert lines(result)[: len(before)] == before
        assert Counter(invocations(result)) == Counter(invocations(whole))
        assert table(result) == table(whole)
        assert json.loads(lines(result)[-1])["kind"] == "end"
        assert is_tidy(result)
    assert torn > 0
    figures = f"{made} kills in {chain} chains, {torn} left a torn line, kept before each: {kept_at_kills}, lost: 0"
    record_property("kills", figures)
    sys.stdout.write(f"{figures}\n")  # pytest -s shows it
