"""Large inputs: plans of thousands of runs, thousands of threads and CPUs, and what is refused or said beforehand."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from engine import analysis, journal, plan, resources, runner, scenario, topology, units
from engine.model import Group, Interpreter, Invocation, Missing, Plan, Scenario, Stop
from engine.progress import Tally
from engine.report.plan import LONG, plan_text
from engine.selection import MOST_THREADS
from engine.topology import Cpu, Topology, place

Make = Callable[..., Scenario]

GIL = Interpreter(spec="3.13", executable="/usr/bin/python3.13", version="3.13.0")
FREE = Interpreter(spec="3.13t", executable="/x/python3.13t", version="3.13.5", free_threaded=True, gil_option=True)
KNOWN: dict[str, Interpreter | Missing] = {"3.13": GIL, "3.13t": FREE}

GROWTH = 15
"""Ten times as much may take so many times as long; what is quadratic takes a hundred times as long."""

LARGE = """
title: A large plan
question: Is it planned fast?
kernel: counter_slots
interpreters: [3.13, 3.13t]
matrix: {{threads: [1, 2], slots: [objects, buffer], switch_interval: [1ms, 2ms, 4ms, 8ms, 9ms], padding: {paddings}}}
exclude: [{{padding: 0, threads: 2}}]
baseline: {{interpreter: 3.13}}
measure: {{iterations: auto, time_limit: 168h}}
"""


def large(folder: Path, runs: int, files: int) -> Path:
    """A folder of scenarios with about so many runs together."""
    here = folder / f"{runs}-{files}"
    here.mkdir()
    for number in range(files):
        paddings = [8 * count for count in range(runs // files // 40)]
        (here / f"s{number}.yaml").write_text(LARGE.format(paddings=paddings))
    return here


def words(made: Plan) -> str:
    """What `fteng plan --all` prints."""
    groups = plan.grouped(made)
    first = [group.id for one in made.scenarios for group in plan.order(made.seed, groups[one.name], 1)]
    return plan_text(made, first, *plan.seconds(made), every=True)


def planned(folder: Path) -> Plan:
    return plan.make(scenario.load_all(scenario.find([str(folder)])), KNOWN, (0, 1), 1)


def cost(work: Callable[[], object], times: int = 3) -> float:
    """The least CPU time of a few tries."""
    found = []
    for _ in range(times):
        gc.collect()
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def peak(work: Callable[[], object]) -> int:
    """The most memory that it holds at once, in bytes."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestThousandsOfRuns:
    @pytest.fixture(scope="class")
    @staticmethod
    def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
        here = tmp_path_factory.mktemp("large")
        return large(here, 2000, 2), large(here, 20_000, 2)

    @pytest.mark.parametrize(
        "files",
        [pytest.param((2, 2), marks=pytest.mark.slow), (20, 200)],
        ids=["larger scenarios", "more scenarios"],
    )
    def test_ten_times_the_runs_take_about_ten_times_the_time(self, tmp_path: Path, files: tuple[int, int]) -> None:
        few, many = (large(tmp_path, runs, number) for runs, number in zip((2000, 20_000), files, strict=True))
        small, great = planned(few), planned(many)
        assert cost(lambda: planned(many), 2) < GROWTH * cost(lambda: planned(few))
        assert cost(lambda: words(great), 2) < GROWTH * cost(lambda: words(small))

    def test_and_about_ten_times_the_memory(self, folders: tuple[Path, Path]) -> None:
        few, many = folders
        planned(few)
        assert peak(lambda: planned(many)) < GROWTH * peak(lambda: planned(few))

    def test_the_tally_of_a_record_costs_the_same_in_a_large_plan(self, folders: tuple[Path, Path]) -> None:
        def counting(made: Plan) -> Callable[[], None]:
            tally = Tally(made, 1e6)
            ids = [group.id for group in made.groups][-900:]

            def count() -> None:
                for identifier in ids:
                    tally.count(Invocation(group=identifier, round=1, started="", duration=0.25))
                    tally.remaining(), tally.share(), tally.invocations, tally.failures

            return count

        few, many = (counting(planned(folder)) for folder in folders)
        assert cost(many, 7) < 3 * cost(few, 7)

    def test_the_tally_of_a_large_plan_ends_at_nothing(self, folders: tuple[Path, Path]) -> None:
        made = planned(folders[0])
        tally = Tally(made, 12345.678)
        for turn, group in enumerate(made.groups):
            for number in range(turn % 3):
                tally.count(Invocation(group=group.id, round=number, started="", duration=0.1 + turn / 7))
            tally.count(Stop(group=group.id, reason="precision", invocations=turn % 3))
        assert (tally.remaining(), tally.share()) == (0.0, 1.0)

    def test_it_is_summed_up_axis_by_axis_unless_every_run_is_asked_for(self, folders: tuple[Path, Path]) -> None:
        made = planned(folders[1])
        first = [group.id for group in plan.order(1, made.groups, 1)]
        short, whole = (plan_text(made, first, 60.0, every=every) for every in (False, True))
        assert short.count("\n") < 200
        assert "9,980 runs in 5,000 groups" in short
        assert "padding          0, 8, 16, 24, 32, 40, 48 ... 1992 (250 values)" in short
        assert "and 9,980 more" in short
        assert "fteng plan --all" in short
        runs = [run.id for group in made.groups for run in group.runs]
        assert len(runs) > LONG
        assert not {*runs} & {*short.split()}
        assert {*runs} <= {*whole.split()}
        assert "--all" not in whole

    def test_ten_times_the_files_take_about_ten_times_the_time(self, tmp_path: Path) -> None:
        text = "title: T\nquestion: Q?\nkernel: counter_slots\nmatrix: {padding: [0, 64]}\n"
        files = [tmp_path / f"{number}.yaml" for number in range(200)]
        for file in files:
            file.write_text(text)
        assert scenario.check(files) == ()
        assert cost(lambda: scenario.check(files), 2) < GROWTH * cost(lambda: scenario.check(files[:20]), 5)

    def test_a_kernel_that_changes_is_read_again(self, tmp_path: Path, scenario_on: Callable[[str], Path]) -> None:
        file = scenario_on("0")
        first, again = scenario.load(file), scenario.load(file)
        scenario_on("1")
        changed = scenario.load(file)
        assert first.kernel == again.kernel
        assert changed.kernel.digest != first.kernel.digest


@pytest.fixture
def scenario_on(tmp_path: Path) -> Callable[[str], Path]:
    """A function that writes a kernel which returns this, and a scenario on it."""

    def write(text: str) -> Path:
        (tmp_path / "own.py").write_text(COUNTING.replace("return []", f"return [{text}]"))
        file = tmp_path / "own.yaml"
        file.write_text("title: T\nquestion: Q?\nkernel: ./own.py\n")
        return file

    return write


COUNTING = (Path(__file__).parent / "data" / "kernels" / "counting.py").read_text(encoding="utf-8")


class TestPlannedThreads:
    def made(self, one: Scenario, cpus: int = 2) -> Plan:
        return plan.make([one], KNOWN, tuple(range(cpus)), 1)

    def test_a_plan_and_the_schema_know_the_same_maximum(self) -> None:
        schema = json.loads(resources.schema().read_text(encoding="utf-8"))
        assert schema["$defs"]["thread_count"]["maximum"] == MOST_THREADS

    def test_words_that_mean_too_many_threads_are_skipped_and_the_others_planned(self, scenario: Make) -> None:
        made = self.made(scenario(matrix={"threads": (1, "cpus*5000", "cpus*2048")}, measure={"iteration_time": 1e-3}))
        assert [run.threads for group in made.groups for run in group.runs] == [1, 4096]
        (skip,) = made.skips
        assert (skip.what, skip.reason) == ("3.13 (1 run)", "10000 threads are too many")
        assert skip.hint == "at most 4096 threads are run: cpus is 2 here"

    def test_a_run_that_its_timeout_would_kill_is_skipped_with_the_timeout_that_it_takes(self, scenario: Make) -> None:
        """One warm-up and two kept iterations of 20 ms: under a GIL 1000 threads take a minute, without half of it."""
        asked = {"iteration_time": 0.02, "timeout": 20.0}
        one = scenario(interpreters=("3.13", "3.13t"), matrix={"threads": (1, 2, 1000)}, measure=asked)
        made = self.made(one)
        threads = {group.runs[0].interpreter: [run.threads for run in group.runs] for group in made.groups}
        assert threads == {"3.13": [1, 2], "3.13t": [1, 2, 1000]}
        (skip,) = made.skips
        assert skip.what == "3.13 (1 run)"
        assert (
            skip.reason == "1,000 threads on 2 CPUs would take about 1 min in an invocation, which is killed after 20 s"
        )
        assert "timeout: 2m" in skip.hint
        assert self.made(scenario(matrix={"threads": (1000,)}, measure=asked | {"timeout": 120.0})).skips == ()

    def test_a_plan_says_which_invocations_may_be_killed(self, scenario: Make) -> None:
        asked = {"iteration_time": 0.02, "timeout": 20.0, "time_limit": 3600.0}
        made = self.made(scenario(interpreters=("3.13t",), matrix={"threads": (1, 1000)}, measure=asked))
        (found,) = plan.overlong(made)
        assert found.group == made.groups[0]
        assert found.seconds == pytest.approx(0.06 + 3 * 0.02 * 501)
        text = plan_text(made, [], 1.0)
        assert f"! {found.group.id}: about 30 s, killed after 20 s (tests/counting: 3.13t, threads 1, 1000" in text
        assert plan.overlong(self.made(scenario())) == ()

    def test_a_plan_says_which_scenarios_end_before_they_are_done(self, scenario: Make) -> None:
        made = self.made(scenario(matrix={"size": tuple(range(500))}, measure={"time_limit": 5.0}))
        (found,) = plan.rushed(made)
        assert found.seconds > 60
        assert f"! tests/counting: 5 s of about {units.long_duration(found.seconds)}" in plan_text(made, [], 1.0)
        assert plan.rushed(self.made(scenario())) == ()


class TestThousandsOfCpus:
    CPUS = tuple(Cpu(id=n, core=n - n % 2, package=n // 512, node=n // 256) for n in range(4096))

    @pytest.mark.parametrize("affinity", ["compact", "spread", "cores"])
    def test_as_many_threads_have_a_place_each(self, affinity: str) -> None:
        found = place(affinity, 4096, Topology(cpus=self.CPUS))
        assert found is not None
        assert len(found) == 4096
        assert {cpu for cpus in found for cpu in cpus} == set(range(4096))

    def test_a_reason_names_them_in_a_few_words(self, scenario: Make) -> None:
        one = scenario(matrix={"threads": (1,), "affinity": ("none", ((0,), (5000,), (5001,), (5002,)))})
        made = plan.make([one], KNOWN, tuple(range(4096)), 1)
        assert made.skips[0].reason == "CPU 5000-5002 is not usable here"
        assert made.skips[0].hint == "usable CPUs: 0-4095"
        assert "on CPUs 0-4095;" in plan_text(made, [], 1.0)


def wide(scenario: Scenario, groups: Sequence[Group], invocations: Sequence[object]) -> Mapping[str, float]:
    """A judgement that is never content."""
    return {group.id: 1.0 for group in groups}


@pytest.mark.real
class TestRunning:
    def test_what_is_kept_of_invocations_gives_the_same_widths(self, scenario: Make, either: Interpreter) -> None:
        one = scenario(interpreters=(either.spec,), matrix={"size": (1, 2)}, source=SIZED)
        made = plan.make([one], {either.spec: either}, topology.read().ids, 1)
        records = [one for one in runner.run(made, topology.read(), wide) if isinstance(one, Invocation)]
        groups = {group.id: group for group in made.groups}
        kept = [analysis.timed(groups[record.group], record) for record in records]
        whole = analysis.widths(one, made.groups, records)
        assert analysis.widths(one, made.groups, kept) == whole
        assert all(0 < width < float("inf") for width in whole.values())

    def test_a_resumed_journal_is_gone_through_once_whatever_the_number_of_scenarios(
        self, scenario: Make, default_build: Interpreter
    ) -> None:
        both = [scenario(name=name, measure={"invocations_max": 2}) for name in ("a", "b")]
        made = plan.make(both, {"3.13": default_build}, (0, 1), 1)
        whole = list(runner.run(made, topology.read(), wide))

        def held(cut: int) -> Iterator[Invocation | Stop]:
            yield from whole[:cut]

        for cut in (2, len(whole) // 2 + 2):
            rest = list(runner.run(made, topology.read(), wide, held(cut)))
            assert [type(one) for one in rest] == [type(one) for one in whole[cut:]]
            assert [one.group for one in rest] == [one.group for one in whole[cut:]]

    def test_pilots_end_at_the_time_limit_too(self, scenario: Make, default_build: Interpreter) -> None:
        one = scenario(source=SIZED, matrix={"size": tuple(range(40))}, measure={"time_limit": 0.3})
        made = plan.make([one], {"3.13": default_build}, (0, 1), 1)
        records = list(runner.run(made, topology.read(), wide))
        pilots = [one for one in records if isinstance(one, Invocation)]
        assert 1 <= len(pilots) < 40
        assert [(one.reason, one.invocations) for one in records if isinstance(one, Stop)] == [("time limit", 0)] * 40

    @pytest.mark.parametrize("either", ["3.13t", pytest.param("3.13", marks=pytest.mark.slow)], indirect=True)
    def test_hundreds_of_threads_are_measured(self, scenario: Make, either: Interpreter) -> None:
        """Each takes 43 MB of a free-threaded build's address space: a limit of 12 GB had room for 280 of them."""
        asked = {"invocations_min": 1, "invocations_max": 1, "iterations": 1, "warmup": 0, "iteration_time": 1e-3}
        one = scenario(interpreters=(either.spec,), matrix={"threads": (400,)}, measure=asked)
        made = plan.make([one], {either.spec: either}, (0, 1), 1)
        found = [one for one in runner.run(made, topology.read(), wide) if isinstance(one, Invocation)]
        assert [record.failure for record in found] == [None, None]
        assert {team.iterations.threads for record in found for team in record.teams} == {400}

    @pytest.mark.slow
    def test_as_many_threads_as_may_be_are_measured_or_recorded(self, scenario: Make, either: Interpreter) -> None:
        asked = {"invocations_min": 1, "invocations_max": 1, "iterations": 1, "warmup": 0, "iteration_time": 1e-3}
        one = scenario(interpreters=(either.spec,), matrix={"threads": (4096,)}, measure=asked | {"timeout": 100.0})
        made = plan.make([one], {either.spec: either}, (0, 1), 1)
        found = [one for one in runner.run(made, topology.read(), wide) if isinstance(one, Invocation)]
        for record in found:
            if record.failure:
                assert "starting thread" in record.failure.message or record.failure.outcome == "timeout"
            else:
                assert record.teams[0].iterations.threads == 4096


SIZED = COUNTING.replace("setup(threads)", "setup(threads, *, size)")

MANY = """title: Many threads
question: How many?
kernel: ./many.py
interpreters: [{spec}]
matrix: {{threads: [1, {threads}], size: [0, 1]}}
exclude: [{{threads: {threads}, size: 1}}]
measure: {{invocations: 1, iterations: 1, warmup: 0, iteration_time: 1ms, timeout: 40s}}
"""

PARAMETER = 'PARAMS = {"size": {"type": "integer", "minimum": 0, "default": 0, "description": "nothing"}}\n'


@pytest.mark.real
class TestCommand:
    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        (tmp_path / "locks").mkdir()
        monkeypatch.setenv("TMPDIR", str(tmp_path / "locks"))
        title, _, rest = SIZED.partition("\n")
        (tmp_path / "many.py").write_text(f"{title}\n{PARAMETER}{rest}")
        return tmp_path

    def fteng(self, folder: Path, *arguments: str, limit: str = "true") -> subprocess.CompletedProcess[str]:
        """The command in a shell that has set a limit for it and all that it starts."""
        script = f'{limit} && exec "$@"'
        formats = ("--formats", "csv,iterations,text") if arguments[0] == "run" else ()
        command = ["sh", "-c", script, "sh", sys.executable, "-m", "engine", *arguments, *formats]
        home = str(Path(__file__).resolve().parent.parent)
        environment = os.environ | {"PYTHONPATH": home, "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
        )

    def test_ten_thousand_threads_are_refused_in_one_line(self, folder: Path) -> None:
        done = self.fteng(folder, "plan", "gil/contention", "--threads", "10000")
        assert done.returncode == 2
        assert done.stderr == (
            "fteng: command line: --threads[0]: expected an integer of at most 4096, found 10000; "
            "threads are 1 to 4096, or words: cpus, cpus/2, cpus*2\n"
        )

    def test_threads_that_the_system_refuses_are_one_failure_and_the_other_runs_complete(
        self, folder: Path, either: Interpreter
    ) -> None:
        (folder / "many.yaml").write_text(MANY.format(spec=either.spec, threads=4096))
        done = self.fteng(folder, "run", "many.yaml", "-o", "out", limit="ulimit -v 4000000")
        assert done.returncode == 3, done.stderr
        kept = journal.read(folder / "out")
        failures = [one.failure for one in kept.invocations if one.failure]
        assert len(failures) == 1
        message = failures[0].message
        assert message.startswith("starting thread ")
        assert " of 4096: " in message
        assert "; fewer threads, or a higher limit (" in message
        stops = {stop.group: (stop.reason, stop.invocations) for stop in kept.stops}
        sizes = {dict(group.runs[0].parameters)["size"]: stops[group.id] for group in kept.header.plan.groups}
        assert sizes == {0: ("failed", 0), 1: ("maximum", 1)}

    @pytest.mark.parametrize("either", ["3.13t", pytest.param("3.13", marks=pytest.mark.slow)], indirect=True)
    def test_more_threads_than_descriptors_are_measured(self, folder: Path, either: Interpreter) -> None:
        (folder / "many.yaml").write_text(MANY.format(spec=either.spec, threads=300))
        done = self.fteng(folder, "run", "many.yaml", "-o", "out", limit="ulimit -n 256")
        assert done.returncode == 0, done.stderr
        teams = [team for one in journal.read(folder / "out").invocations for team in one.teams if team.threads == 300]
        assert len(teams) == 2
        for team in teams:
            told = [cpu >= 0 for cpu in team.iterations[0].on_cpu]
            assert told[0]
            assert not told[-1]
