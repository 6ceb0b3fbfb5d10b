"""Every fault of a worker, injected for real: one failure is recorded, all else completes, no process is left."""

from __future__ import annotations

import json
import os
import random
import re
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import journal, resources, spawn
from engine.model import Interpreter, Invocation
from engine.request import request, team
from engine.runner import PATIENCE

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc"),
]

SAMPLE = runpy.run_path(str(Path(__file__).parent / "data" / "faults" / "sample.py"))
FAULTS: dict[str, tuple[str, str, str]] = SAMPLE["FAULTS"]
HANGING: tuple[str, ...] = SAMPLE["HANGING"]
WAITING = tuple(
    name for name, (_, message, _) in FAULTS.items() if "were waiting" in message or "it was stopped" in message
)
"""Faults that do nothing until their time is up."""


def processes(folder: Path) -> dict[int, str]:
    """The processes that have this folder in their arguments or their environment, without dead ones: pid -> state."""
    found = {}
    for place in Path("/proc").iterdir():
        with suppress(OSError, IndexError):
            if not place.name.isdecimal() or int(place.name) == os.getpid():
                continue
            words = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
            state = (place / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
            if str(folder).encode() in words and state not in "ZX":
                found[int(place.name)] = state
    return found


def awaited(condition: Callable[[], object], seconds: float = 20.0) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def environment(folder: Path) -> dict[str, str]:
    """Ours, with a folder for locks that no other fteng waits at; a worker has it too, and is known by it."""
    (folder / "locks").mkdir(exist_ok=True)
    return os.environ | {"TMPDIR": str(folder / "locks")}


@dataclass(frozen=True)
class Told:
    """What one run of the command said, and what it left running."""

    status: int
    text: str
    report: str
    left: dict[int, str]


@dataclass(frozen=True)
class Recorded:
    """Runs of the command over all faults, as they were kept and told."""

    told: list[Told]
    invocations: dict[str, list[Invocation]]
    """By fault; those of the control are at "control"."""
    free_threaded: bool


Running = tuple[subprocess.Popen[str], Path]


@pytest.fixture(scope="module")
def running(
    default_build: Interpreter, free_threaded: Interpreter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, list[Running]]]:
    """The command over all faults, on both builds and for those that only wait beside each other."""
    started: dict[str, list[Running]] = {}
    for python in (default_build, free_threaded):
        for faults in ([name for name in FAULTS if name not in WAITING], WAITING):
            folder = tmp_path_factory.mktemp(f"faults-{python.spec}")
            scenario = SAMPLE["write"](folder, [python.spec], faults)
            words = ["run", scenario.name, "--output", "out", "--formats", "csv,iterations,text"]
            process = subprocess.Popen(
                [sys.executable, "-m", "engine", *words],
                cwd=folder,
                env=environment(folder),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            started.setdefault(python.spec, []).append((process, folder))
    yield started
    for process, _ in (one for pair in started.values() for one in pair):
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def recorded(either: Interpreter, running: dict[str, list[Running]]) -> Recorded:
    told: list[Told] = []
    invocations: dict[str, list[Invocation]] = {name: [] for name in (*FAULTS, "control")}
    for process, folder in running[either.spec]:
        text, _ = process.communicate(timeout=250)
        report = (folder / "out" / "report.txt").read_text("utf-8")
        told.append(Told(process.returncode, text, report, processes(folder)))
        kept = journal.read(folder / "out")
        fault = {one.id: dict(one.runs[0].parameters).get("fault", "control") for one in kept.header.plan.groups}
        for record in kept.invocations:
            invocations[fault[record.group]].append(record)
    return Recorded(told, invocations, either.free_threaded)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_recorded_failure_and_what_is_none_has_its_numbers(recorded: Recorded, fault: str) -> None:
    outcome, message, detail = FAULTS[fault]
    records = recorded.invocations[fault]
    failures = [record.failure for record in records if record.failure]
    if fault in SAMPLE["UNSAFE"] and recorded.free_threaded:
        assert records, "whatever came of it, it was recorded"
        return
    if outcome == SAMPLE["FINE"]:
        assert not failures
        assert [record.round for record in records] == [0, 1]
        assert all(len(team.iterations) == 1 for team in records[1].teams)
        return
    assert len(failures) == len(records) == (PATIENCE if failures[0].outcome == "crashed" else 1)
    for failure in failures:
        assert re.fullmatch(outcome, failure.outcome)
        assert re.search(message, failure.message)
        assert re.search(detail, failure.detail)
        assert "\n" not in failure.message
    assert not any(record.teams for record in records if outcome != "error")


def test_the_exit_code_says_that_runs_failed_and_the_report_names_each(recorded: Recorded) -> None:
    for told in recorded.told:
        assert told.status == 3, told.text
        assert "Traceback" not in told.text.split("result: ")[-1]
    whole = " ".join(word for told in recorded.told for word in told.report.split())
    for fault, records in recorded.invocations.items():
        failures = [record.failure for record in records if record.failure]
        if failures:
            count = f"{len(failures)} of {len(records)} invocation"
            assert f"fault {fault}: {failures[0].outcome} in {count}" in whole
    assert recorded.invocations["control"]
    assert not any(record.failure for record in recorded.invocations["control"])


def test_no_process_is_left(recorded: Recorded) -> None:
    assert [told.left for told in recorded.told] == [{}, {}]


class TestEngineKilled:
    """SIGKILL for the engine, at whatever the worker is."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
        started: list[subprocess.Popen[bytes]] = []

        def start(spec: str, fault: str) -> subprocess.Popen[bytes]:
            scenario = SAMPLE["write"](tmp_path, [spec], [fault], timeout="100s")
            words = [sys.executable, "-m", "engine", "run", scenario.name, "--output", f"out{len(started)}", "--quiet"]
            (tmp_path / "reached").unlink(missing_ok=True)
            silent = subprocess.DEVNULL
            started.append(
                subprocess.Popen(words, cwd=tmp_path, env=environment(tmp_path), stdout=silent, stderr=silent)
            )
            return started[-1]

        yield start
        for one in started:
            one.kill()
            one.wait()
        for pid in processes(tmp_path):
            os.kill(pid, signal.SIGKILL)

    @pytest.mark.parametrize(
        "fault", [*HANGING[:4], *(pytest.param(fault, marks=pytest.mark.slow) for fault in HANGING[4:])]
    )
    def test_a_worker_that_hangs_dies_with_its_engine(
        self, engine: Callable[..., subprocess.Popen[bytes]], either: Interpreter, fault: str, tmp_path: Path
    ) -> None:
        running = engine(either.spec, fault)
        assert awaited((tmp_path / "reached").exists)
        time.sleep(0.05)
        workers = processes(tmp_path).keys() - {running.pid}
        assert workers
        if fault == "stopped":
            assert awaited(lambda: {processes(tmp_path)[pid] for pid in workers} == {"T"})
        running.kill()
        running.wait()
        assert awaited(lambda: not processes(tmp_path)), processes(tmp_path)

    @pytest.mark.slow
    @pytest.mark.parametrize("moment", range(25))
    def test_a_worker_that_only_starts_dies_with_its_engine(
        self, engine: Callable[..., subprocess.Popen[bytes]], either: Interpreter, moment: int, tmp_path: Path
    ) -> None:
        running = engine(either.spec, "signals_ignored")
        assert awaited(lambda: processes(tmp_path).keys() - {running.pid})
        time.sleep(random.Random(moment).random() * 0.02)
        running.kill()
        running.wait()
        assert awaited(lambda: not processes(tmp_path)), processes(tmp_path)


def asked(kernel: Path, **changes: object) -> dict[str, object]:
    return request(str(kernel), {}, [team(1)], [[0]], loops=10) | changes


def test_a_worker_whose_engine_died_before_it_could_be_guarded_does_nothing(either: Interpreter) -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    words = [either.executable, "-I", "-B", str(resources.worker())]
    kernel = Path(__file__).parent / "data" / "kernels" / "counting.py"
    text = json.dumps(asked(kernel, lifeline=reader))

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, input=text, pass_fds=(reader,), capture_output=True, text=True, check=False)

    assert json.loads(run().stdout)["teams"]
    os.close(writer)
    assert (run().returncode, run().stdout) == (1, "")
    os.close(reader)


def test_what_is_not_the_workers_is_left_alone(either: Interpreter, tmp_path: Path) -> None:
    """A child of the engine's process, in a session of its own as an orphan would be, and one that is dead already."""
    words = [sys.executable, "-c", "import time; time.sleep(1000)"]
    alive = subprocess.Popen(words, start_new_session=True)
    dead = subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"])
    note = tmp_path / "note"
    kernel = tmp_path / "leaving.py"
    kernel.write_text(
        "import os, time\n"
        "def setup(threads):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        f"            open({str(note)!r}, 'w').write(str(os.getpid()))\n"
        "            time.sleep(1000)\n"
        "        os._exit(0)\n"
        f"    while not os.path.exists({str(note)!r}) or not open({str(note)!r}).read(): time.sleep(0.01)\n"
        "def prepare(shared, index): pass\n"
        "def run(own, loops): pass\n"
        "def check(shared, owns, loops): pass\n"
    )
    try:
        reply, finished = spawn.ask(either.executable, resources.worker(), asked(kernel), timeout=60)
        assert reply is not None, finished
        assert "failure" not in reply
        with pytest.raises(ProcessLookupError):
            os.kill(int(note.read_text()), 0)
        assert alive.poll() is None
    finally:
        alive.kill()
        alive.wait()
    assert dead.wait() == 7


def test_a_worker_may_not_fill_a_disk(either: Interpreter, tmp_path: Path) -> None:
    kernel = tmp_path / "filling.py"
    kernel.write_text(
        "def setup(threads): pass\n"
        "def prepare(shared, index): pass\n"
        "def run(own, loops):\n"
        f"    with open({str(tmp_path / 'big')!r}, 'wb') as file: file.truncate(1 << 40)\n"
        "def check(shared, owns, loops): pass\n"
    )
    reply, finished = spawn.ask(either.executable, resources.worker(), asked(kernel), timeout=60)
    assert reply is not None, finished
    assert "File too large" in reply["failure"]["message"]
    assert (tmp_path / "big").stat().st_size < 2 * spawn.FILE_LIMIT
