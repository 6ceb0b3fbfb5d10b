"""`fteng run --profile`: extra invocations on real interpreters, kept, resumed, salvaged, shown, and in no estimate."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from engine import analysis, journal, report
from engine.model import Interpreter, Journal, Results

pytestmark = pytest.mark.real

KERNEL = Path(__file__).parent / "data" / "kernels" / "looking.py"

SCENARIO = """
title: Looking
question: What does it do?
kernel: ./looking.py
interpreters: ["{spec}"]
matrix:
  threads: {threads}
  work: [locking]
measure: {{invocations: 3, iterations: 2, iteration_time: 2ms, timeout: 20s}}
"""


def environment(folder: Path) -> dict[str, str]:
    (folder / "locks").mkdir(exist_ok=True)
    return os.environ | {"TMPDIR": str(folder / "locks")}


def written(folder: Path, spec: str, threads: str = "[1]") -> Path:
    (folder / "looking.py").write_text(KERNEL.read_text("utf-8"), "utf-8")
    (folder / "looking.yaml").write_text(SCENARIO.format(spec=spec, threads=threads), "utf-8")
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *words]
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def detailed(default_build: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished result of two runs that were looked at closer."""
    folder = written(tmp_path_factory.mktemp("detailed"), default_build.spec, "[1, 2]")
    done = run(folder, "run", "looking.yaml", "--profile", "detailed", "-o", "out", "--formats", "text")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def held(detailed: Path) -> Journal:
    return journal.read(detailed / "out")


@pytest.fixture(scope="module")
def results(held: Journal) -> Results:
    return analysis.analyse(held)


def kinds(held: Journal) -> list[tuple[str, str]]:
    return [(one.run, one.how) for one in held.profiles]


class TestADetailedRun:
    def test_every_run_is_looked_at_once_and_after_all_rounds(self, detailed: Path, held: Journal) -> None:
        runs = [run.id for group in held.header.plan.groups if not group.control for run in group.runs]
        assert {run for run, how in kinds(held) if how == "counted"} == set(runs)
        assert len(kinds(held)) == len(set(kinds(held)))
        lines = (detailed / "out" / journal.FILE).read_text().splitlines()
        order = [json.loads(line)["kind"] for line in lines]
        assert order.index("profile") > max(place for place, kind in enumerate(order) if kind in {"invocation", "stop"})
        assert held.header.format == journal.PROFILED

    def test_no_number_of_a_profile_is_in_an_estimate(self, held: Journal, results: Results) -> None:
        without = analysis.analyse(dataclasses.replace(held, profiles=()))
        bare = tuple(dataclasses.replace(one, profiles=(), unprofiled=()) for one in results.scenarios)
        assert repr(without.scenarios) == repr(bare)  # by their text, for a NaN is not equal to itself
        assert {one.invocations for one in results.scenarios[0].runs} == {3}

    def test_each_run_has_readings_and_what_is_lacking_is_said(self, results: Results) -> None:
        (scenario,) = results.scenarios
        assert [one.label.rpartition(", ")[2] for one in scenario.profiles] == ["1 thread", "2 threads"]
        for one in scenario.profiles:
            assert {"specialised instructions", "allocator blocks"} <= {reading.name for reading in one.readings}
            assert sum(share for _, share in one.hot) == pytest.approx(1) or not one.hot
        assert all(said.endswith(".") and ": " in said for said in scenario.unprofiled)

    def test_it_is_shown_in_the_text_and_in_its_table(self, detailed: Path, held: Journal, results: Results) -> None:
        text = (detailed / "out" / "report.txt").read_text()
        assert "Profile: extra invocations, which are in no estimate" in text
        table = report.render("profile", results, held).splitlines()
        assert table[0] == "scenario,run,label,kind,name,value,unit,source"
        assert any(",reading,specialised instructions," in line for line in table)
        assert sum(",untold," in line for line in table) == len(results.scenarios[0].unprofiled)

    def test_the_basic_numbers_are_there_with_every_run(self, results: Results) -> None:
        for one in results.scenarios[0].runs:
            metrics = dict(one.metrics)
            assert metrics["page_faults"].value >= metrics["major_faults"].value >= 0
            assert metrics["switches"].value >= 0

    def test_a_damaged_profile_is_left_out_and_looked_at_again(
        self, detailed: Path, held: Journal, tmp_path: Path
    ) -> None:
        folder = written(tmp_path, held.header.plan.interpreters[0].spec, "[1, 2]")
        (folder / "out").mkdir()
        lines = (detailed / "out" / journal.FILE).read_bytes().splitlines(keepends=True)
        place = next(number for number, line in enumerate(lines) if line.startswith(b'{"kind":"profile"'))
        lines[place] = lines[place].replace(b'"duration":', b'"duratiom":', 1)
        (folder / "out" / journal.FILE).write_bytes(b"".join(lines))
        (folder / "out" / journal.SPARE).write_bytes(lines[0])
        assert run(folder, "report", "out").returncode != 0
        done = run(folder, "run", "--resume", "out", "--salvage", "--formats", "text")
        assert done.returncode == 0, done.stderr
        again = journal.read(folder / "out", salvage=True)
        assert sorted(kinds(again)) == sorted(kinds(held))
        assert len(again.invocations) == len(held.invocations), "nothing but the profile was measured again"

    def test_the_plan_counts_the_extra_invocations(self, detailed: Path) -> None:
        with_, without = (
            run(detailed, "plan", "looking.yaml", *words).stdout for words in (("--profile", "detailed"), ())
        )
        assert "4 extra invocations for profiles" in with_
        assert "extra invocation" not in without

    def test_a_result_goes_on_with_the_profile_it_was_begun_with(self, detailed: Path) -> None:
        done = run(detailed, "run", "--resume", "out", "--profile", "none")
        assert done.returncode == 2
        assert "leave out --profile" in done.stderr


def alive(folder: Path) -> dict[int, str]:
    """The processes that have this folder in their arguments or environment."""
    found = {}
    for place in Path("/proc").iterdir():
        with suppress(OSError, IndexError):
            if place.name.isdecimal() and int(place.name) != os.getpid():
                words = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
                state = (place / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
                if str(folder).encode() in words and state not in "ZX":
                    found[int(place.name)] = words.split(b"\0")[0].decode()
    return found


def waited(folder: Path, kind: str, seconds: float = 60.0) -> bool:
    """Until the journal has a line of this kind."""
    deadline = time.monotonic() + seconds
    path = folder / "out" / journal.FILE
    while time.monotonic() < deadline:
        if path.exists() and f'{{"kind":"{kind}"'.encode() in path.read_bytes():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
def test_a_killed_engine_leaves_no_profiler_and_what_it_lacked_is_looked_at_later(
    free_threaded: Interpreter, tmp_path: Path
) -> None:
    folder = written(tmp_path, free_threaded.spec)
    words = [sys.executable, "-m", "engine", "run", "looking.yaml", "--profile", "detailed", "-o", "out"]
    with subprocess.Popen(
        [*words, "--formats", "text"],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as engine:
        assert waited(folder, "profile")
        time.sleep(0.3)  # it is at the next one, most likely
        engine.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while (left := alive(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left
    before = journal.read(folder / "out")
    assert before.profiles
    assert not before.finished
    done = run(folder, "run", "--resume", "out", "--formats", "text")
    assert done.returncode == 0, done.stderr
    after = journal.read(folder / "out")
    assert after.finished
    assert tuple(after.profiles[: len(before.profiles)]) == before.profiles, "what is there is not done again"
    assert {run for run, how in kinds(after) if how == "counted"} == {one.run.id for one in _runs(after)}


def _runs(held: Journal) -> list[analysis.results.RunResult]:
    return list(analysis.analyse(held).scenarios[0].runs)


def test_with_the_clock_alone_there_are_times_and_no_counters(free_threaded: Interpreter, tmp_path: Path) -> None:
    folder = written(tmp_path, free_threaded.spec)
    done = run(folder, "run", "looking.yaml", "--profile", "none", "-o", "out", "--formats", "text")
    assert done.returncode == 0, done.stderr
    held = journal.read(folder / "out")
    assert held.header.format == journal.FORMAT
    for one in analysis.analyse(held).scenarios[0].runs:
        names = {name for name, _ in one.metrics}
        assert {"time", "throughput", "fairness", "skew", "rss"} <= names
        assert not {"cpu", "switches", "page_faults", "major_faults"} & names
