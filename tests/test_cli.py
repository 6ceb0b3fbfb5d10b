"""The command as a user meets it: real runs, exit codes, messages."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.model import Interpreter

KERNEL = '''"""Counts its loops."""
from itertools import repeat
PARAMS = {"fails": {"type": "integer", "minimum": 0, "maximum": 2, "default": 0, "description": "which fails"}}
def setup(threads, *, fails): return fails
def prepare(shared, index): return [0, shared]
def run(own, loops):
    for _ in repeat(None, loops):
        pass
    own[0] += loops
    own[1] == 1 and own.nothing
def check(shared, owns, loops):
    assert all(own[0] == loops for own in owns)
    assert shared != 2, "a wrong answer"
'''

SCENARIO = """title: Counting
question: Does it count?
kernel: ./counting.py
interpreters: [3.13, 3.13t]
measure: {invocations: 3, iterations: 2, iteration_time: 2ms, time_limit: 60s, timeout: 20s}
claims:
  - claim: Two threads are not a hundred times as fast as one
    ratio: throughput
    of: {threads: cpus}
    to: {threads: 1}
    below: 100
"""

Fteng = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one scenario and its kernel, as a user's own, and locks that no other fteng waits at."""
    (tmp_path / "locks").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "locks"))
    (tmp_path / "counting.py").write_text(KERNEL)
    (tmp_path / "counting.yaml").write_text(SCENARIO)
    return tmp_path


@pytest.fixture
def fteng(folder: Path, inside: Fteng) -> Fteng:
    """The command, in that folder and in this process; it draws no page unless told which `formats` it writes."""

    def call(*words: str, formats: str | None = "csv,iterations,text") -> subprocess.CompletedProcess[str]:
        return inside(folder, *words, *(("--formats", formats) if formats and words[:1] == ("run",) else ()))

    return call


@pytest.fixture
def process(folder: Path) -> Fteng:
    """The command as a process of its own, as a user starts it."""

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, "-m", "engine", *words]
        return subprocess.run(whole, cwd=folder, capture_output=True, text=True, check=False, timeout=120)

    return call


def result_of(done: subprocess.CompletedProcess[str], folder: Path) -> Path:
    line = next(line for line in done.stderr.splitlines() if line.startswith("result: "))
    return folder / line.removeprefix("result: ").split(" (")[0]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_version_and_help_are_there(process: Fteng) -> None:
    assert process("--version").stdout.startswith("fteng ")
    assert "fteng run gil/contention" in process("--help").stdout


@pytest.mark.real
@pytest.mark.usefixtures("default_build", "free_threaded")
class TestRun:
    def test_it_measures_keeps_and_reports(self, process: Fteng, folder: Path) -> None:
        done = process("run", "counting.yaml")
        assert done.returncode == 0, done.stderr
        assert "Does it count?" in done.stdout
        assert "[supported]" in done.stdout
        result = result_of(done, folder)
        assert sorted(path.name for path in result.iterdir() if path.name[0] != ".") == [
            "header.json",
            "iterations.csv",
            "journal.jsonl",
            "report.csv",
            "report.html",
            "report.txt",
        ]
        assert "report.html" in done.stderr
        assert "Does it count?" in (result / "report.html").read_text(encoding="utf-8")
        summary = rows(result / "report.csv")
        times = [row for row in summary if row["metric"] == "time"]
        assert {(row["interpreter"], row["gil"], row["threads"]) for row in times} >= {
            (version, gil, "1") for version, gil in (("3.13", "on"), ("3.13t", "off"))
        }
        assert all(row["invocations"] == "3" for row in times)
        iterations = rows(result / "iterations.csv")
        assert {row["warmup"] for row in iterations} == {"0", "1"} or len({row["warmup"] for row in iterations}) == 2

    def test_it_writes_the_formats_that_are_asked_for(self, fteng: Fteng, folder: Path) -> None:
        words = ("run", "counting.yaml", "--python", "3.13", "--invocations", "1", "--quiet", "-o", "out")
        assert "no report format 'htm'; did you mean html?" in fteng(*words, formats="csv,htm").stderr
        assert not (folder / "out").exists()
        assert "(journal.jsonl, report.csv)" in fteng(*words, formats=" csv,csv").stderr
        assert not list((folder / "out").glob("*.html"))
        assert "(journal.jsonl, scaling.csv)" in fteng("run", "--resume", "out", formats="scaling").stderr

    def test_a_second_run_overwrites_nothing(self, fteng: Fteng, folder: Path) -> None:
        first, second = (fteng("run", "counting.yaml", "--quiet", "--python", "3.13") for _ in range(2))
        assert result_of(first, folder) != result_of(second, folder)
        again = fteng("run", "counting.yaml", "--output", str(result_of(first, folder)))
        assert again.returncode == 2
        assert "never overwrites" in again.stderr

    def test_the_report_is_made_again_from_the_journal(self, fteng: Fteng, folder: Path) -> None:
        result = result_of(fteng("run", "counting.yaml", "--quiet"), folder)
        for name, file in (("text", "report.txt"), ("csv", "report.csv"), ("iterations", "iterations.csv")):
            again = fteng("report", str(result), "--format", name)
            assert again.returncode == 0
            assert again.stdout.rstrip("\n") == (result / file).read_text().rstrip("\n")

    def test_a_failing_run_is_exit_3_and_stops_no_other(self, fteng: Fteng, folder: Path) -> None:
        done = fteng("run", "counting.yaml", "-p", "fails=0,1,2")
        assert done.returncode == 3
        assert "AttributeError" in done.stdout
        assert "a wrong answer" in done.stdout
        assert "Traceback" not in done.stderr
        summary = rows(result_of(done, folder) / "report.csv")
        assert {row["fails"] for row in summary} == {"0"}, "no number of a failed run enters a table"

    def test_a_refuted_claim_is_exit_1_only_where_asked(self, fteng: Fteng, folder: Path) -> None:
        path = folder / "counting.yaml"
        path.write_text(path.read_text().replace("below: 100", "above: 100"))
        assert fteng("run", "counting.yaml", "--quiet").returncode == 0
        assert fteng("run", "counting.yaml", "--quiet", "--strict").returncode == 1

    def test_what_is_missing_is_said_first_and_last_and_is_no_failure(self, fteng: Fteng) -> None:
        done = fteng("run", "counting.yaml", "--python", "3.13", "--python", "3.99t")
        assert done.returncode == 0
        command = "fteng interpreters install 3.99t"
        assert command in done.stderr.splitlines()[0]
        lines = done.stdout.splitlines()
        said = [number for number, line in enumerate(lines) if command in line]
        assert said[0] < lines.index("Does it count?")
        assert said[-1] >= len(lines) - 8

    def test_nothing_to_run_says_what_would_help(self, fteng: Fteng, folder: Path) -> None:
        done = fteng("run", "counting.yaml", "--python", "3.99t")
        assert done.returncode == 2
        assert "fteng interpreters install 3.99t" in done.stderr
        assert not (folder / "reports").exists()

    def test_a_dry_run_measures_nothing(self, fteng: Fteng, folder: Path) -> None:
        done = fteng("run", "counting.yaml", "--dry-run", "--seed", "1")
        assert done.returncode == 0
        assert done.stdout == fteng("plan", "counting.yaml", "--seed", "1").stdout
        assert not (folder / "reports").exists()

    @pytest.mark.parametrize(
        "by", [signal.SIGINT, *(pytest.param(one, marks=pytest.mark.slow) for one in (signal.SIGTERM, signal.SIGHUP))]
    )
    def test_an_interrupt_reports_what_there_is_and_can_be_resumed(
        self, fteng: Fteng, folder: Path, by: signal.Signals
    ) -> None:
        result, code, errors = self.cut_off(folder, by)
        assert code == 130
        assert f"fteng run --resume {result.relative_to(folder)}" in errors
        assert "NOT COMPLETE" in (result / "report.txt").read_text()
        if by == signal.SIGINT:
            self.resumed(fteng, folder, result)

    @pytest.mark.slow  # test_engine_faults.py kills several times
    def test_a_kill_loses_nothing_that_was_done(self, fteng: Fteng, folder: Path) -> None:
        result, code, _ = self.cut_off(folder, signal.SIGKILL)
        assert code == -signal.SIGKILL
        self.resumed(fteng, folder, result)

    def test_a_changed_kernel_or_scenario_is_not_resumed(self, fteng: Fteng, folder: Path) -> None:
        result, _, _ = self.cut_off(folder, signal.SIGKILL)
        (folder / "counting.py").write_text(KERNEL + "\n")
        scenario = folder / "counting.yaml"
        scenario.write_text(scenario.read_text().replace("iterations: 2", "iterations: 3"))
        done = fteng("run", "--resume", str(result))
        assert done.returncode == 2
        assert "the kernel counting has changed; the scenario counting has changed" in done.stderr
        scenario.unlink()
        assert "the scenario counting is not at " in fteng("run", "--resume", str(result)).stderr

    def test_two_measurements_on_one_host_do_not_mix(self, fteng: Fteng, folder: Path) -> None:
        words = ["run", "counting.yaml", "--invocations", "200", "--precision", "0.01%", "--output", "first"]
        with subprocess.Popen([sys.executable, "-m", "engine", *words], cwd=folder, stderr=subprocess.DEVNULL) as busy:
            wait_for_lines(folder / "first" / "journal.jsonl", 3)
            done = fteng("run", "counting.yaml", "--no-wait")
            busy.terminate()
        assert done.returncode == 2
        assert "another" in done.stderr
        assert not (folder / "reports").exists()

    @staticmethod
    def cut_off(folder: Path, by: signal.Signals) -> tuple[Path, int, str]:
        """A run that is ended by a signal after some invocations."""
        words = [
            "run",
            "counting.yaml",
            "--invocations",
            "12",
            "--precision",
            "0.01%",
            "--output",
            "cut",
            "--seed",
            "3",
        ]
        with subprocess.Popen(
            [sys.executable, "-m", "engine", *words], cwd=folder, stderr=subprocess.PIPE, text=True
        ) as run:
            wait_for_lines(folder / "cut" / "journal.jsonl", 8)
            run.send_signal(by)
            errors = run.communicate(timeout=60)[1]
        return folder / "cut", run.returncode, errors

    @staticmethod
    def resumed(fteng: Fteng, folder: Path, result: Path) -> None:
        before = (result / "journal.jsonl").read_bytes()
        whole = before[: before.rfind(b"\n") + 1]
        done = fteng("run", "--resume", str(result))
        assert done.returncode == 0, done.stderr
        after = (result / "journal.jsonl").read_bytes()
        assert after.startswith(whole)
        records = [json.loads(line) for line in after.splitlines()]
        kept = [(one["group"], one["round"]) for one in records if one["kind"] == "invocation" and one["round"]]
        assert len(kept) == len(set(kept)) == 12 * len({group for group, _ in kept})
        assert records[-1]["kind"] == "end"


def wait_for_lines(path: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline, f"{path} does not grow"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("run", 2, "name a scenario to run"),
        ("run absent.yaml", 2, "absent.yaml"),
        ("run empty", 2, "empty"),
        ("validate absent.yaml", 2, "absent.yaml"),
        ("validate broken.yaml", 1, "broken.yaml:2:"),
        ("run broken.yaml", 2, "broken.yaml:2:"),
        ("run counting.yaml --python pythn", 2, "pythn"),
        ("run counting.yaml --python /bin/ls", 2, "/bin/ls"),
        ("run counting.yaml --python /no/such/python", 2, "/no/such/python"),
        ("run counting.yaml --threads two", 2, "two"),
        ("run counting.yaml --threads 0", 2, "threads"),
        ("run counting.yaml -p padding=1", 2, "padding"),
        ("run counting.yaml -p fails", 2, "NAME=VALUES"),
        ("run counting.yaml -p fails=9", 2, "fails"),
        ("run counting.yaml --precision much", 2, "much"),
        ("run counting.yaml -k lock", 2, "leave no scenario"),
        ("run counting.yaml --tag gil", 2, "leave no scenario"),
        ("run counting.yaml --output /proc/nowhere/result", 2, "choose another --output"),
        ("run counting.yaml --output counting.yaml", 2, "choose another --output"),
        ("run --resume empty", 2, "journal.jsonl"),
        ("report empty", 2, "journal.jsonl"),
        ("report absent", 2, "journal.jsonl"),
        ("list kernles", 2, "did you mean kernels?"),
        ("new scenario counting", 2, "counting"),
        ("frobnicate", 2, "there is no command"),
        ("", 2, "COMMAND"),
    ],
)
@pytest.mark.usefixtures("default_build")
def test_bad_input_is_one_message_and_no_traceback(
    fteng: Fteng, folder: Path, words: str, code: int, said: str
) -> None:
    (folder / "empty").mkdir()
    (folder / "broken.yaml").write_text("title: x\nkernle: counter_increment\n")
    done = fteng(*words.split())
    assert done.returncode == code, (done.stdout, done.stderr)
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "This is a bug" not in done.stderr


def test_every_fault_of_every_file_is_printed_at_once(fteng: Fteng, folder: Path) -> None:
    (folder / "a.yaml").write_text("title: x\nkernle: counter_increment\nmatrix: {threads: [1, 0]}\n")
    (folder / "b.yaml").write_text("title: [1]\nkernel: ./counting.py\n")
    done = fteng("validate", "a.yaml", "b.yaml", "counting.yaml")
    assert done.returncode == 1
    places = [line.split(": ")[0] for line in done.stdout.splitlines()[:-1]]
    assert "a.yaml:2:1" in places
    assert any(place.startswith("a.yaml:3:") for place in places)
    assert any(place.startswith("b.yaml:1:") for place in places)
    assert done.stdout.splitlines()[-1] == "3 files checked: 2 files with faults"
    told = json.loads(fteng("validate", "a.yaml", "b.yaml", "--format", "json").stdout)
    assert {(one["file"], one["line"]) for one in told} >= {("a.yaml", 2), ("a.yaml", 3), ("b.yaml", 1)}


def test_validating_never_runs_a_kernel(fteng: Fteng, folder: Path) -> None:
    (folder / "counting.py").write_text(KERNEL + "\nopen('ran', 'w').close()\n")
    assert fteng("validate", "counting.yaml").returncode == 0
    assert fteng("plan", "counting.yaml").returncode == 0
    assert not (folder / "ran").exists()


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
def test_a_new_scenario_and_a_new_kernel_validate_and_run_as_they_are(fteng: Fteng) -> None:
    assert fteng("new", "kernel", "mine").returncode == 0
    assert fteng("new", "scenario", "question").returncode == 0
    assert fteng("validate", "question.yaml").returncode == 0
    done = fteng("run", "question.yaml", "--fast", "--invocations", "2", "--iterations", "1", "--python", "3.13")
    assert done.returncode == 0, done.stderr


def test_what_ships_is_listed(fteng: Fteng) -> None:
    assert "counter_increment" in fteng("list", "kernels").stdout
    assert "gil/contention" in fteng("list", "scenarios").stdout


@pytest.mark.usefixtures("default_build")
def test_interpreters_are_listed_with_their_builds(fteng: Fteng, either: Interpreter) -> None:
    assert either.version in fteng("interpreters").stdout


def test_a_reader_that_goes_away_is_no_fault(folder: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m engine list scenarios | head -1",
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert done.stderr == ""
