"""Running a plan on real interpreters: pilots, rounds, stops, failures, going on where a run was cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import pytest

from engine import plan, runner, topology
from engine.model import Group, Interpreter, Invocation, Plan, Scenario, Stop
from engine.spawn import command

pytestmark = pytest.mark.real

Make = Callable[..., Scenario]


def wide(scenario: Scenario, groups: Sequence[Group], invocations: Sequence[Invocation]) -> Mapping[str, float]:
    """A judgement that is never content, so that every group goes to its maximum."""
    return {group.id: 1.0 for group in groups}


def narrow(scenario: Scenario, groups: Sequence[Group], invocations: Sequence[Invocation]) -> Mapping[str, float]:
    """A judgement that is content at once."""
    return {group.id: 0.0 for group in groups}


def text_of(scenario: Make) -> str:
    """The source of the kernel that the scenarios of these tests use."""
    return Path(scenario().kernel.path).read_text()


def planned(one: Scenario, *pythons: Interpreter, seed: int = 5) -> Plan:
    return plan.make([one], {python.spec: python for python in pythons}, topology.read().ids, seed)


def measured(
    asked: Plan, widths: runner.Widths = wide, done: Sequence[Invocation | Stop] = ()
) -> tuple[list[Invocation], list[Stop]]:
    records = list(runner.run(asked, topology.read(), widths, done))
    return (
        [record for record in records if isinstance(record, Invocation)],
        [record for record in records if isinstance(record, Stop)],
    )


def test_a_pilot_calibrates_and_every_round_runs_every_group_once(
    scenario: Make, default_build: Interpreter, free_threaded: Interpreter
) -> None:
    one = scenario(interpreters=("3.13", "3.13t"), matrix={"gil": ("default", "on")})
    asked = planned(one, default_build, free_threaded)
    invocations, stops = measured(asked)
    assert not [record.failure for record in invocations if record.failure]
    assert [record.round for record in invocations] == [number for number in range(4) for _ in asked.groups]
    for number in range(4):
        groups = [record.group for record in invocations if record.round == number]
        assert groups == [group.id for group in plan.order(5, asked.groups, number)]
    assert {(stop.reason, stop.invocations) for stop in stops} == {("maximum", 3)}
    loops = {(record.group, team.loops) for record in invocations for team in record.teams}
    assert len(loops) == len(asked.groups), "every thread count of a group does the loops its pilot found"
    by_gil = {group.id: (group.runs[0].interpreter, group.runs[0].gil) for group in asked.groups}
    states = {by_gil[record.group]: record.gil for record in invocations}
    assert states == {
        ("3.13", "default"): (True,) * 4,
        ("3.13t", "default"): (False,) * 4,
        ("3.13t", "on"): (True,) * 4,
    }


def test_a_group_stops_when_its_intervals_are_narrow_and_the_fewest_invocations_are_done(
    scenario: Make, either: Interpreter
) -> None:
    asked = planned(scenario(interpreters=(either.spec,), measure={"invocations_max": 50}), either)
    _, stops = measured(asked, narrow)
    assert [(stop.reason, stop.invocations) for stop in stops] == [("precision", 2)]


def test_the_last_invocations_have_no_say_in_when_to_stop_and_going_on_stops_alike(
    scenario: Make, default_build: Interpreter, free_threaded: Interpreter
) -> None:
    """The judgement is content with one group after two invocations that it sees, with the other after three."""
    one = scenario(interpreters=("3.13", "3.13t"), measure={"invocations_min": 2, "invocations_max": 50})
    asked = planned(one, default_build, free_threaded)
    enough = {group.id: number for number, group in enumerate(asked.groups, 2)}
    seen: list[int] = []

    def widths(_: Scenario, groups: Sequence[Group], invocations: Sequence[Invocation]) -> Mapping[str, float]:
        seen.append(len(invocations))
        counts = Counter(record.group for record in invocations)
        return {group.id: float(counts[group.id] < enough[group.id]) for group in groups}

    whole, stops = measured(asked, widths)
    assert seen == [0, 2, 4, 5]
    assert {stop.group: stop.invocations for stop in stops} == {key: n + runner.SPARE for key, n in enough.items()}
    assert {stop.reason for stop in stops} == {"precision"}
    for cut in (3, 6, 9):
        held = list(islice(runner.run(asked, topology.read(), widths), cut))
        rest, later = measured(asked, widths, held)
        assert len(held) + len(rest) + len(later) == len(whole) + len(stops)
        assert {*later, *(record for record in held if isinstance(record, Stop))} == {*stops}


def test_the_time_limit_ends_a_scenario(scenario: Make, default_build: Interpreter) -> None:
    asked = planned(scenario(measure={"time_limit": 0.0, "invocations_max": 50}), default_build)
    _, stops = measured(asked)
    assert [(stop.reason, stop.invocations) for stop in stops] == [("time limit", 0)]


def test_one_failing_run_stops_no_other(scenario: Make, either: Interpreter) -> None:
    text = (
        text_of(scenario)
        .replace("setup(threads)", "setup(threads, *, fails)")
        .replace("return []", "return [1 // (not fails)]")
    )
    one = scenario(source=text, interpreters=(either.spec,), matrix={"fails": (0, 1)})
    invocations, stops = measured(planned(one, either))
    failures = [record.failure.message for record in invocations if record.failure]
    assert failures == ["setup: ZeroDivisionError: integer division or modulo by zero"], "said once: it comes again"
    assert sorted((stop.reason, stop.invocations) for stop in stops) == [("failed", 0), ("maximum", 3)]


def test_a_crash_is_recorded_with_its_signal_and_tried_again(scenario: Make, either: Interpreter) -> None:
    crashing = text_of(scenario) + "\nimport os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"
    invocations, stops = measured(planned(scenario(source=crashing, interpreters=(either.spec,)), either))
    assert [record.failure.outcome for record in invocations if record.failure] == ["crashed"] * runner.PATIENCE
    assert "SIGSEGV" in invocations[0].failure.message
    assert stops[0].reason == "failed"


def test_a_timeout_is_recorded_with_the_stacks(scenario: Make, either: Interpreter) -> None:
    hanging = text_of(scenario).replace("        pass", "        import time; time.sleep(60)")
    one = scenario(source=hanging, interpreters=(either.spec,), measure={"timeout": 1.0})
    invocations, _ = measured(planned(one, either))
    assert [record.failure.outcome for record in invocations] == ["timeout"]
    assert "in run" in invocations[0].failure.detail


def test_a_worker_that_ends_without_a_reply_is_no_result(scenario: Make, either: Interpreter) -> None:
    leaving = text_of(scenario) + "\nimport os\nos._exit(0)\n"
    invocations, _ = measured(planned(scenario(source=leaving, interpreters=(either.spec,)), either))
    assert len(invocations) == runner.PATIENCE, "a crash may be one of a kind, so it is tried again"
    assert {record.failure.outcome for record in invocations} == {"crashed"}
    assert not any(record.teams for record in invocations)


@pytest.fixture
def old_extension(free_threaded: Interpreter, tmp_path: Path) -> Path:
    """A real extension module that does not say that it supports free threading, in the folder of the kernel."""
    facts = "import sysconfig; print(sysconfig.get_path('include')); print(sysconfig.get_config_var('EXT_SUFFIX'))"
    include, suffix = command([free_threaded.executable, "-c", facts]).out.split()
    source = tmp_path / "old_extension.c"
    source.write_text(
        "#include <Python.h>\n"
        'static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "old_extension"};\n'
        "PyMODINIT_FUNC PyInit_old_extension(void) { return PyModule_Create(&module); }\n"
    )
    built = command(["gcc", "-shared", "-fPIC", f"-I{include}", "-o", tmp_path / f"old_extension{suffix}", source])
    assert built.returncode == 0, built.err
    return source


@pytest.mark.usefixtures("old_extension")
def test_an_extension_that_enables_the_gil_makes_the_invocation_invalid_and_is_named(
    scenario: Make, free_threaded: Interpreter
) -> None:
    loading = text_of(scenario).replace("return [0]", "import old_extension; return [0]")
    one = scenario(source=loading, interpreters=("3.13t",), matrix={"gil": ("default", "on")})
    asked = planned(one, free_threaded)
    invocations, stops = measured(asked)
    off = next(group.id for group in asked.groups if group.runs[0].gil == "default")
    failures = {(record.group, record.failure.message) for record in invocations if record.failure}
    assert failures == {(off, "the GIL must be off and was on after set-up: loading 'old_extension' enabled it")}
    assert {(stop.group == off, stop.reason) for stop in stops} == {(True, "failed"), (False, "maximum")}


def test_going_on_runs_what_is_missing_and_nothing_else(
    scenario: Make, default_build: Interpreter, free_threaded: Interpreter
) -> None:
    one = scenario(interpreters=("3.13", "3.13t"))
    asked = planned(one, default_build, free_threaded)
    whole, _ = measured(asked)
    for cut in (1, 3, 5):
        held = list(islice(runner.run(asked, topology.read(), wide), cut))
        rest, stops = measured(asked, wide, held)
        done = [(record.round, record.group) for record in (*held, *rest) if isinstance(record, Invocation)]
        assert done == [(record.round, record.group) for record in whole]
        assert len(stops) == 2
    assert measured(asked, wide, (*whole, *stops)) == ([], [])


SWITCHES = '''"""Reports the switch interval."""
METRICS = {"interval": {"unit": "s"}}
def setup(threads): ...
def prepare(shared, index): ...
def run(own, loops):
    for _ in range(loops): pass
def check(shared, owns, loops):
    import sys
    return {"interval": sys.getswitchinterval()}
'''


def test_each_run_has_the_switch_interval_of_its_axis(scenario: Make, default_build: Interpreter) -> None:
    one = scenario(source=SWITCHES, matrix={"switch_interval": ("default", "500us", "20ms")})
    asked = planned(one, default_build)
    invocations, _ = measured(asked)
    intervals = {group.id: group.runs[0].switch_interval for group in asked.groups}
    assert len(intervals) == 3
    found = {(intervals[i.group], dict(team.metrics)["interval"]) for i in invocations for team in i.teams}
    assert found == {("default", 0.005), ("500us", 0.0005), ("20ms", 0.02)}
