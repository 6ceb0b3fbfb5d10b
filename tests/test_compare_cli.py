"""`fteng compare`, baselines and gates as a user meets them: real results of a real interpreter, codes, messages."""

import contextlib
import csv
import io
import json
import subprocess
import sys

import pytest

from engine.cli import outcome

KERNEL = '''"""Counts its loops."""
from itertools import repeat
PARAMS = {"extra": {"type": "integer", "minimum": 0, "default": 0, "description": "which of two"}}
def setup(threads, *, extra): return extra
def prepare(shared, index): return [0, shared]
def run(own, loops):
    for _ in repeat(None, loops):
        pass
    own[0] += loops
def check(shared, owns, loops):
    assert all(own[0] == loops for own in owns)
'''
SLOWER = KERNEL.replace("pass\n", "sum((1, 2, 3, 4, 5, 6, 7, 8))\n")
FAILING = KERNEL.replace("    own[0] += loops\n", "    own[0] += loops\n    own[1] and own.nothing\n")

SCENARIO = """title: Counting
question: Does it count?
kernel: ./counting.py
interpreters: [3.13]
matrix: {threads: 1, extra: [0, 1]}
measure: {invocations: 8, iterations: 3, iteration_time: 2ms, time_limit: 60s, timeout: 20s}
"""

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("default_build")]


class Place:
    """A folder of a user, and the command in it."""

    def __init__(self, path):
        self.path = path
        (path / "locks").mkdir()
        self.write(KERNEL)
        (path / "counting.yaml").write_text(SCENARIO)

    def write(self, kernel):
        (self.path / "counting.py").write_text(kernel)

    def __call__(self, *words):
        """The command; a comparison starts no process and needs none of its own."""
        if words[0] == "run":
            whole = [sys.executable, "-m", "engine", *words, "--formats", "csv,iterations,text"]
            return subprocess.run(whole, cwd=self.path, capture_output=True, text=True, check=False, timeout=120)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.path), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = outcome(words)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Results: `a` (also the baseline main), `again` of the same, `slow` of a slower kernel, `broken` of a failing."""
    patch = pytest.MonkeyPatch()
    made = Place(tmp_path_factory.mktemp("compare"))
    patch.setenv("TMPDIR", str(made.path / "locks"))
    done = made("run", "counting.yaml", "--quiet", "--output", "a", "--save-baseline", "main")
    assert (done.returncode, "baseline main saved" in done.stderr) == (0, True), done.stderr
    assert made("run", "counting.yaml", "--quiet", "--output", "again").returncode == 0
    made.write(SLOWER)
    assert made("run", "counting.yaml", "--quiet", "--output", "slow").returncode == 0
    made.write(FAILING)
    assert made("run", "counting.yaml", "--quiet", "--output", "broken").returncode == 3
    made.write(KERNEL)
    yield made
    patch.undo()


class TestCompare:
    def test_two_results_of_one_thing(self, place):
        done = place("compare", "a", "again")
        assert done.returncode == 0, done.stderr
        assert "3.13, extra 0" in done.stdout
        assert "THE KERNEL CHANGED" not in done.stdout
        assert any(line.endswith(" of 2") for line in done.stdout.splitlines())
        assert "So few runs do not show how far two sessions" in " ".join(done.stdout.split())
        assert done.stderr == ""

    def test_a_slower_kernel_is_caught_by_the_gate_and_told_of(self, place):
        done = place("compare", "a", "slow", "--fail-on", "slower>5%", "--fail-on", "faster>5%")
        assert done.returncode == 1, done.stdout
        assert "THE KERNEL CHANGED: counting has another source now" in done.stdout
        assert "slower>5%: FAILED by 2 of 2 runs" in done.stdout
        assert "faster>5%: passed by 2 runs" in done.stdout
        assert "counting: 3.13, extra 1: ratio [" in done.stdout

    def test_turned_round_the_same_gate_passes(self, place):
        assert place("compare", "slow", "a", "--fail-on", "slower>5%").returncode == 0
        assert place("compare", "slow", "a", "--fail-on", "faster").returncode == 1

    def test_doubt_fails_where_it_was_asked_to(self, place):
        words = ("compare", "a", "a", "--fail-on", "slower>0%")  # the ratio is 1, so its interval crosses
        assert place(*words).returncode == 0
        done = place(*words, "--fail-on-inconclusive")
        assert done.returncode == 1
        assert done.stdout.count("may lie beyond it or not") == 2

    def test_a_journal_is_as_good_as_its_folder(self, place):
        journal = "a/journal.jsonl"
        assert (
            place("compare", journal, "again").stdout.splitlines()[5:]
            == (place("compare", "a", "again").stdout.splitlines()[5:])
        )

    def test_csv_markdown_and_json_to_a_file_and_the_gate_to_stderr(self, place):
        for name in ("csv", "markdown", "json"):
            file = place.path / f"changes.{name}"
            words = ("compare", "a", "slow", "--format", name, "--output", str(file), "--fail-on", "slower>5%")
            done = place(*words)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr.splitlines()[0] == "slower>5%: FAILED by 2 of 2 runs"
            assert len(done.stderr.splitlines()) == 3
        rows = list(csv.DictReader(io.StringIO((place.path / "changes.csv").read_text())))
        assert [row["failed_gates"] for row in rows] == ["slower>5%"] * 2
        assert all(float(row["ratio_low"]) > 1.05 for row in rows)
        assert len(json.loads((place.path / "changes.json").read_text())["gates"][0]["failed"]) == 2
        assert (place.path / "changes.markdown").read_text().startswith("### 0 faster, 2 slower")

    def test_runs_that_fail_since_are_exit_3_where_a_gate_asks(self, place):
        assert place("compare", "a", "broken").returncode == 0
        done = place("compare", "a", "broken", "--fail-on", "slower>90%")
        assert done.returncode == 3
        assert "NOT KNOWN for 1 run of both results" in done.stdout
        assert "AttributeError" in done.stdout

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["a"], "expected two results, or one and --baseline NAME, found 1: a"),
            (["a", "again", "slow"], "found 3"),
            (["a", "slow", "--baseline", "main"], "expected --baseline NAME and one result, found 2"),
            (["a", "nowhere"], "nowhere: there is no such result"),
            (["a", "."], "holds no journal.jsonl"),
            (["a", "counting.yaml"], "counting.yaml: is no result, but a scenario"),
            (["a", "slow", "--fail-on", "slower>5"], "--fail-on 'slower>5': expected slower, faster or changed"),
            (["--baseline", "mian", "a"], "there is no baseline 'mian'; did you mean main? known are main"),
            (["--baseline", "../baselines/main", "a"], "there is no baseline '../baselines/main'"),
            (["a", "slow", "--save-baseline", "a/b"], "a baseline cannot be called 'a/b'"),
            (["a", "slow", "--output", "no/such/folder"], "no/such/folder: cannot be written"),
        ],
    )
    def test_wrong_words_are_exit_2_and_one_message(self, place, words, message):
        done = place("compare", *words)
        assert done.returncode == 2
        assert message in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


class TestBaselines:
    def test_a_baseline_is_the_earlier_result(self, place):
        done = place("compare", "--baseline", "main", "slow", "--fail-on", "slower>5%")
        assert done.returncode == 1
        assert "before  baseline main (" in done.stdout

    def test_a_run_is_compared_and_gated_after_its_report(self, place):
        place.write(SLOWER)
        try:
            words = ("run", "counting.yaml", "--baseline", "main", "--fail-on", "slower>5%", "--save-baseline", "main")
            done = place(*words)
        finally:
            place.write(KERNEL)
        assert done.returncode == 1, done.stderr
        assert done.stdout.index("Scorecard") < done.stdout.index("Time after against time before")
        assert "slower>5%: FAILED by 2 of 2 runs" in done.stdout
        assert "baseline main not saved: a gate failed" in done.stderr

    def test_a_quiet_run_still_says_what_failed(self, place):
        place.write(SLOWER)
        try:
            done = place("run", "counting.yaml", "--quiet", "--baseline", "main", "--fail-on", "slower>5%")
        finally:
            place.write(KERNEL)
        assert (done.returncode, done.stdout) == (1, "")
        assert "slower>5%: FAILED by 2 of 2 runs" in done.stderr

    def test_comparing_can_save_the_later_result_and_the_older_is_kept(self, place):
        for result, said in (("a", "baseline next saved"), ("slow", "the one before is now next~1")):
            assert said in place("compare", "a", result, "--save-baseline", "next").stderr
        assert "before  baseline next~1 (" in place("compare", "--baseline", "next~1", "a").stdout
        assert "known are main, next, next~1" in place("compare", "--baseline", "x", "a").stderr

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--fail-on", "slower>5%"], "--fail-on needs something to compare with"),
            (["--fail-on-inconclusive"], "--fail-on needs something to compare with"),
            (["--baseline", "unknown"], "there is no baseline 'unknown'"),
            (["--baseline", "main", "--fail-on", "slow"], "--fail-on 'slow'"),
            (["--save-baseline", ".."], "a baseline cannot be called '..'"),
        ],
    )
    def test_a_run_that_could_not_be_gated_is_not_measured(self, place, words, message):
        done = place("run", "counting.yaml", "--output", "never", *words)
        assert done.returncode == 2
        assert message in done.stderr
        assert not (place.path / "never").exists()
