"""`fteng selfcheck`: twins with known answers made by hand, the words about them, and real ones measured."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import instrument, plan, resources, spawn
from engine.analysis.selfcheck import selfcheck
from engine.analysis.selfcheck.twins import COUNTS, NULL, TWIN, limits, pairs
from engine.cli.selfcheck import _newest
from engine.errors import InterpreterError, JournalError
from engine.model import (
    Failure,
    Header,
    Host,
    Instrument,
    Interpreter,
    Invocation,
    Iteration,
    Journal,
    Scenario,
    SelfCheck,
    TeamRecord,
)
from engine.report.selfcheck import selfcheck_json, selfcheck_text

Fteng = Callable[..., subprocess.CompletedProcess[str]]
LOOPS = 1000
MAKE = Callable[..., Scenario]
BUILDS = {
    "3.13": Interpreter(spec="3.13", executable="", version="3.13.5"),
    "3.13t": Interpreter(spec="3.13t", executable="", version="3.13.5", free_threaded=True, gil_option=True),
}
SOUND = Instrument(
    interpreter="3.13t", source="a clock", step=30e-9, reading=50e-9, backwards=0, empty=((1, 5e-7), (2, 2e-6))
)


def team(threads: int, wall: float, late: float = 0.0) -> TeamRecord:
    """One kept iteration of `wall` seconds a turn, whose last thread starts `late` seconds after the others."""
    end = round(wall * LOOPS * 1e9)
    columns = dict.fromkeys(("cpu_ns", "voluntary", "involuntary", "on_cpu"), (0,) * threads)
    start = (0,) * (threads - 1) + (round(late * 1e9) if threads > 1 else 0,)
    kept = Iteration(warmup=False, start_ns=start, end_ns=(end,) * threads, **columns)
    return TeamRecord(threads=threads, loops=LOOPS, iterations=(kept,))  # type: ignore[arg-type]


def journal(
    scenarios: Sequence[Scenario],
    wall: Callable[[str, int, int], float],
    *,
    rounds: int = 10,
    builds: Sequence[str] = ("3.13t",),
    late: float = 0.0,
    failure: Failure | None = None,
    finished: bool = True,
) -> Journal:
    """Every build beside itself: `wall(interpreter, threads, round)` are the seconds of a turn."""
    both = [one for spec in builds for one in (BUILDS[spec], replace(BUILDS[spec], spec=spec + TWIN))]
    asked = [replace(one, interpreters=tuple(one.spec for one in both)) for one in scenarios]
    made = plan.make(asked, {one.spec: one for one in both}, (0, 1), 1)
    free = {one.spec: one.free_threaded for one in both}
    invocations = []
    for group in made.groups:
        spec = group.runs[0].interpreter
        facts: dict[str, Any] = {"group": group.id, "started": "2025-01-01T00:00:00Z", "duration": 0.4}
        states = (not free[spec],) * 3
        for number in range(1, rounds + 1):
            teams = tuple(team(run.threads, wall(spec, run.threads, number), late) for run in group.runs)
            invocations.append(Invocation(round=number, teams=teams, gil=states, **facts))
        if failure:
            invocations.append(Invocation(round=rounds + 1, failure=failure, gil=states, **facts))
    header = Header(
        format=1, version="0", started="2025-01-01T00:00:00+00:00", command="fteng selfcheck", host=Host(), plan=made
    )
    return Journal(header=header, invocations=tuple(invocations), finished=finished)


def even(spec: str, threads: int, number: int) -> float:
    """No noise at all."""
    return 1e-5


def apart(spec: str, threads: int, number: int) -> float:
    """The twin is 4 % slower in odd rounds and as much faster in even ones."""
    return 1e-5 * (1.04 ** ((-1) ** number) if spec.endswith(TWIN) else 1.0)


def unequal(spec: str, threads: int, number: int) -> float:
    """The twin is always slower: such a machine lies."""
    return 1.2e-5 if spec.endswith(TWIN) else 1e-5


class TestTwins:
    def test_a_machine_without_noise_shows_whatever_lies_beyond_the_margin(self, scenario: MAKE) -> None:
        found = selfcheck(journal([scenario()], even), [SOUND])
        assert [one.comparison.direction for one in found.twins] == ["same"] * 3
        assert not any(one.wrong or one.missed for one in found.twins)
        assert [(one.quantity, one.threads, one.gil) for one in found.limits] == [
            ("time", 1, None),
            ("time", 2, False),
            ("speedup", 2, False),
        ]
        for limit in found.limits:
            assert [size for _, size in limit.detectable] == pytest.approx([0.01] * len(COUNTS))
            assert limit.same == 5
            assert limit.seconds == pytest.approx(0.4)
        assert found.warnings == ()

    def test_scatter_of_pairs_and_of_invocations_is_known(self, scenario: MAKE) -> None:
        (one, *_) = selfcheck(journal([scenario(matrix={"threads": (1,)})], apart), []).twins
        assert one.scatter == pytest.approx(math.log(1.04))
        # One side does not scatter, the other by log(1.04) around its mean: 10 squares of that, 18 degrees of freedom.
        assert one.between == pytest.approx(math.log(1.04) * math.sqrt(10 / 18))
        assert one.comparison.ratio.value == pytest.approx(1, abs=1e-6)
        assert one.detectable[1][1] > 0.01

    def test_a_false_verdict_is_counted_and_told(self, scenario: MAKE) -> None:
        found = selfcheck(journal([scenario()], unequal), [])
        assert [one.wrong for one in found.twins] == [True, True, False]  # both thread counts, so not the speedup
        assert [one.missed for one in found.twins] == [True, True, False]
        assert "called different in 2 of 3 comparisons: 3.13t" in found.warnings[0]
        assert "2 called different (FALSE)" in selfcheck_text(found)

    def test_all_twins_are_one_family(self, scenario: MAKE) -> None:
        found = selfcheck(journal([scenario()], even, builds=("3.13", "3.13t")), [])
        assert len(found.twins) == 6
        assert {one.comparison.family for one in found.twins} == {6}
        assert {one.interpreter for one in found.twins} == {"3.13", "3.13t"}

    def test_runs_with_and_without_the_gil_are_limits_of_their_own(self, scenario: MAKE) -> None:
        found = limits(pairs(journal([scenario()], apart, builds=("3.13", "3.13t"))))
        kinds = [(one.quantity, one.threads, one.gil, one.twins) for one in found]
        assert kinds == [
            ("time", 1, None, 2),
            ("time", 2, False, 1),
            ("time", 2, True, 1),
            ("speedup", 2, False, 1),
            ("speedup", 2, True, 1),
        ]

    def test_the_empty_loop_enters_no_limit_where_there_is_work(self, scenario: MAKE) -> None:
        null, work = scenario(kernel={"name": NULL}, name="null"), scenario(name="work")
        noisy = journal([null, work], apart)
        quiet = {group.id for group in noisy.header.plan.groups if group.scenario == "work"}
        calm = journal([null, work], even)
        mixed = replace(
            noisy,
            invocations=tuple(
                still if still.group in quiet else loud
                for still, loud in zip(calm.invocations, noisy.invocations, strict=True)
            ),
        )
        found = selfcheck(mixed, [])
        assert len(found.twins) == 6
        assert all(one.twins == 1 and one.detectable[1][1] == pytest.approx(0.01) for one in found.limits)
        assert dict(found.turns)["3.13t"].value == pytest.approx(1e-5)
        alone = limits(pairs(journal([null], apart)))
        assert [one.twins for one in alone] == [1, 1, 1]

    def test_the_worst_of_several_is_told_beside_the_middle_one(self, scenario: MAKE) -> None:
        def wall(spec: str, threads: int, number: int) -> float:
            return apart(spec, threads, number) if spec.startswith("3.13t") else 1e-5

        (one,) = limits(pairs(journal([scenario(matrix={"threads": (1,)})], wall, builds=("3.13", "3.13t"))))
        assert dict(one.worst)[10] == dict(one.detectable)[10] > 0.01  # of two, the worse counts as the middle
        (one,) = limits(pairs(journal([scenario(matrix={"threads": (1,)})], even, builds=("3.13", "3.13t"))))
        assert dict(one.worst)[10] == pytest.approx(0.01)

    def test_few_rounds_say_nothing_of_the_scatter(self, scenario: MAKE) -> None:
        found = selfcheck(journal([scenario()], apart, rounds=3), [])
        assert found.limits == ()
        assert found.rounds == 3
        assert "Only 3 rounds" in found.warnings[0]
        assert "Too few rounds" in selfcheck_text(found)

    def test_nothing_measured_is_no_traceback(self, scenario: MAKE) -> None:
        died = Failure(outcome="crashed", message="it died")
        found = selfcheck(journal([scenario()], even, rounds=0, failure=died, finished=False), [SOUND])
        assert found.twins == ()
        assert found.failed == 2
        text = selfcheck_text(found)
        assert "NOT COMPLETE" in text
        assert "it died" in text
        json.loads(selfcheck_json(found))

    def test_a_result_without_twins_is_refused(self, scenario: MAKE) -> None:
        usual = journal([scenario()], even)
        only = replace(usual.header.plan, interpreters=(BUILDS["3.13t"],))
        with pytest.raises(JournalError, match="no interpreter beside itself"):
            selfcheck(replace(usual, header=replace(usual.header, plan=only)), [])


class TestStarts:
    def test_late_threads_are_measured_and_told(self, scenario: MAKE) -> None:
        found = selfcheck(journal([scenario()], even, late=2e-4), [])  # of an iteration of 10 ms
        (one,) = found.starts
        assert (one.interpreter, one.threads) == ("3.13t", 2)
        assert one.median == one.high == pytest.approx(2e-4)
        assert one.late == 1
        assert any("Threads started more than 1 %" in text for text in found.warnings)

    def test_a_gil_and_a_lack_of_cpus_have_no_common_start(self, scenario: MAKE) -> None:
        assert selfcheck(journal([scenario()], even, builds=("3.13",), late=2e-4), []).starts == ()
        assert selfcheck(journal([scenario(matrix={"threads": (1, 3)})], even, late=2e-4), []).starts == ()


class TestWarnings:
    @pytest.mark.parametrize(
        ("fault", "said"),
        [
            ({"backwards": 3}, "went backwards 3 times"),
            ({"step": 1e-3}, "is coarse or slow: 1.00 ms"),
            ({"reading": 2e-4}, "is coarse or slow: 200 µs"),
            ({"empty": ((1, 1e-3),)}, "in which nothing is done takes 1.00 ms"),
        ],
    )
    def test_a_bad_instrument_is_told(self, scenario: MAKE, fault: dict[str, Any], said: str) -> None:
        found = selfcheck(journal([scenario()], even), [replace(SOUND, **fault)])
        assert len(found.warnings) == 1
        assert said in found.warnings[0]

    def test_a_noisy_machine_is_called_noisy_and_told_what_to_do(self, scenario: MAKE) -> None:
        generator = np.random.default_rng(1)
        found = selfcheck(journal([scenario()], lambda *_: 1e-5 * math.exp(generator.normal(0, 0.2)), rounds=20), [])
        (said,) = [text for text in found.warnings if text.startswith("Noisy")]
        assert "in 3 of 3 quantities" in said
        assert "--rigorous" in said


class TestWords:
    @pytest.fixture
    def check(self, scenario: MAKE) -> SelfCheck:
        return selfcheck(journal([scenario()], apart), [SOUND])

    def test_the_verdict_comes_first(self, check: SelfCheck) -> None:
        lines = selfcheck_text(check).splitlines()
        assert lines[2].startswith("With 10 invocations of each side")
        assert "in the time of 1 thread" in lines[3]
        assert "speedup of 2 threads, GIL off" in lines[5]

    def test_prose_is_as_wide_as_in_a_report(self, check: SelfCheck) -> None:
        assert max(map(len, selfcheck_text(check).splitlines())) <= 130

    def test_json_has_every_number_and_no_nan(self, check: SelfCheck) -> None:
        few = replace(check, twins=(replace(check.twins[0], scatter=math.nan), *check.twins[1:]))

        def refuse(word: str) -> None:
            raise AssertionError(word)

        told = json.loads(selfcheck_json(few), parse_constant=refuse)
        assert told["twins"][0]["scatter"] is None
        assert told["limits"][0]["detectable"] == [[count, size] for count, size in check.limits[0].detectable]
        assert told["margin"] == 0.01
        assert told["instruments"][0]["step"] == SOUND.step


def test_the_newest_of_each_kind_are_checked_and_no_odd_builds() -> None:
    def one(spec: str, version: str, *, debug: bool = False) -> Interpreter:
        return Interpreter(spec=spec, executable=spec, version=version, free_threaded=spec.endswith("t"), debug=debug)

    found = [
        one("3.11", "3.11.7"),
        one("3.12", "3.12.1"),
        one("3.13", "3.13.5"),
        one("3.13.0", "3.13.0"),
        one("3.14", "3.14.0", debug=True),
        one("3.13t", "3.13.5"),
    ]
    assert [one.spec for one in _newest(found, free_threaded=False)] == ["3.12", "3.13"]
    assert [one.spec for one in _newest(found, free_threaded=True)] == ["3.13t"]


@pytest.mark.real
def test_every_interpreter_tells_of_its_clock_and_its_empty_iterations(python: Interpreter) -> None:
    found = instrument.instrument(python, (1, 2), 2)
    assert found.interpreter == python.spec
    assert 0 < found.step < 1e-3
    assert 0 < found.reading < 1e-3
    assert found.backwards == 0
    assert [threads for threads, _ in found.empty] == [1, 2]
    assert all(seconds > 0 for _, seconds in found.empty)


@pytest.mark.real
def test_the_clock_is_the_one_of_python(default_build: Interpreter) -> None:
    reply, _ = spawn.ask(default_build.executable, resources.child("clock"), {}, timeout=30)
    assert reply is not None
    told = "import time; print(time.get_clock_info('perf_counter').implementation)"
    asked = subprocess.run([default_build.executable, "-c", told], capture_output=True, text=True, check=True)
    assert reply["source"] == asked.stdout.strip()


def test_what_is_no_interpreter_is_one_message() -> None:
    with pytest.raises(InterpreterError, match="cannot be checked"):
        instrument.instrument(Interpreter(spec="mine", executable="/bin/false", version="3.13.0"), (1,), 1)


SMALL = """title: Counting
question: Does it count?
kernel: empty_loop
interpreters: [3.13]
matrix: {threads: [1, 2], loop: range}
measure: {iterations: 2, iteration_time: 2ms, timeout: 20s}
"""


@pytest.fixture
def fteng(tmp_path: Path, inside: Fteng) -> Fteng:
    """The command in a folder of its own, with a small scenario and locks that no other fteng waits at."""
    (tmp_path / "small.yaml").write_text(SMALL)
    return lambda *words: inside(tmp_path, *words)


@pytest.mark.real
class TestCommand:
    def test_it_measures_an_interpreter_beside_itself(
        self, fteng: Fteng, tmp_path: Path, free_threaded: Interpreter
    ) -> None:
        few = ("--fast", "--invocations", "5", "--iterations", "1")
        done = fteng("selfcheck", "small.yaml", "--python", free_threaded.spec, *few, "-o", "out")
        assert done.returncode == 0, done.stderr
        assert "With 10 invocations of each side" in done.stdout
        folder = tmp_path / "out"
        assert (folder / "selfcheck.txt").read_text() == done.stdout
        told = json.loads((folder / "selfcheck.json").read_text())
        assert told["finished"]
        assert told["rounds"] == 5
        assert {one["scenario"] for one in told["twins"]} == {"bytecode/empty_loop", "small"}
        assert {one["threads"] for one in told["twins"] if one["quantity"] == "time"} >= {1, 2}
        assert [one["interpreter"] for one in told["instruments"]] == [free_threaded.spec]
        assert told["turns"][0][0] == free_threaded.spec

        before = (folder / "journal.jsonl").read_bytes()
        again = fteng("selfcheck", "--resume", "out", "--format", "json")
        assert again.returncode == 0, again.stderr
        assert json.loads(again.stdout) == told
        assert (folder / "journal.jsonl").read_bytes() == before
        assert f"{free_threaded.spec} again" in fteng("report", "out").stdout

    @pytest.mark.usefixtures("default_build")
    def test_an_interrupted_check_goes_on(self, fteng: Fteng, tmp_path: Path) -> None:
        few = ("--fast", "--invocations", "3", "--iterations", "1", "--threads", "1")
        done = fteng("selfcheck", "small.yaml", "--python", "3.13", *few, "-o", "out")
        assert done.returncode == 0, done.stderr
        path = tmp_path / "out" / "journal.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:9]))
        again = fteng("selfcheck", "--resume", "out", "--quiet")
        assert again.returncode == 0, again.stderr
        assert json.loads((tmp_path / "out" / "selfcheck.json").read_text())["rounds"] == 3
        assert path.read_bytes().startswith(b"".join(lines[:9]))

    @pytest.mark.usefixtures("default_build")
    def test_another_result_is_not_taken_for_one(self, fteng: Fteng) -> None:
        assert (
            fteng("run", "small.yaml", "--threads", "1", "--invocations", "1", "-o", "run", "--quiet").returncode == 0
        )
        done = fteng("selfcheck", "--resume", "run")
        assert done.returncode == 2
        assert "fteng selfcheck" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--python 3.99t", "fteng interpreters install 3.99t"),
        ("--python pythn", "pythn"),
        ("--python /no/such/python", "/no/such/python"),
        ("absent.yaml", "absent.yaml"),
        ("--python 3.13 --threads 0", "--threads"),
        ("--python 3.13 -p work=nothing", "work"),
        ("--python 3.13 --output small.yaml", "choose another --output"),
        ("--resume absent", "journal.jsonl"),
        ("--format xml", "there is no 'xml'; known are text, json"),
    ],
)
@pytest.mark.usefixtures("default_build")
def test_bad_input_is_one_message(fteng: Fteng, words: str, said: str) -> None:
    done = fteng("selfcheck", *words.split())
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
