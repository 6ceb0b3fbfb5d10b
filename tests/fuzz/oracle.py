"""What must hold whatever a scenario or kernel file holds; shared by the fuzz targets and the property tests."""

from __future__ import annotations

import re
from pathlib import Path

from engine import journal, kernel, plan, scenario
from engine.errors import LONGEST, EngineError, Problem, ScenarioError
from engine.interpreter.wanted import is_path, parse
from engine.model import Interpreter, Kernel, Missing, Plan, Scenario

CPUS = (0, 1, 2, 3)

LINE_END = re.compile("\r\n|\r|\n")


def loaded(path: Path) -> Scenario | tuple[Problem, ...]:
    """A scenario, or its problems, each of which is a good one. Any other exception goes on."""
    try:
        return scenario.load(path)
    except ScenarioError as error:
        problems = error.problems
    return all_good(problems)


def kernel_loaded(path: Path) -> Kernel | tuple[Problem, ...]:
    """The same for a kernel."""
    try:
        return kernel.load(path)
    except ScenarioError as error:
        problems = error.problems
    return all_good(problems)


def all_good(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """At least one problem, and each `is_good`."""
    assert problems
    for problem in problems:
        is_good(problem)
    return problems


def is_good(problem: Problem) -> None:
    """It says what is wrong, in one line that can be printed anywhere, and where: a place that its file has."""
    shown = str(problem)
    assert problem.message, problem
    assert shown.isprintable(), problem
    assert len(shown) < 5 * LONGEST, problem
    path = Path(problem.file)
    if not path.is_file():
        return
    lines = LINE_END.split(path.read_bytes().decode("utf-8-sig", "replace"))
    assert 1 <= problem.line <= len(lines) + 1, problem
    width = len(lines[problem.line - 1]) if problem.line <= len(lines) else 0
    assert 1 <= problem.column <= width + 2, problem


def journal_read(path: Path) -> bool:
    """Whether a journal can be read as it is; with `salvage` it may be too, and each says in a line why it cannot."""
    fine = True
    for salvage in (False, True):
        try:
            for one in journal.read(path, salvage=salvage).invocations:
                assert one.group
        except EngineError as error:
            told = str(error)
            fine = fine and salvage
        else:
            continue
        assert told
        assert "\n" not in told
    return fine


def planned(one: Scenario) -> Plan:
    """Its plan for four CPUs and every interpreter that it names; the run ids are unique."""
    made = plan.make([one], {spec: imagined(spec) for spec in one.interpreters}, CPUS, seed=1)
    ids = [run.id for group in made.groups for run in group.runs]
    assert len(ids) == len(set(ids))
    assert len({group.id for group in made.groups}) == len(made.groups)
    return made


def imagined(spec: str) -> Interpreter | Missing:
    """What a machine could have for it."""
    if is_path(spec):
        return Missing(spec=spec, reason="it is not here", hint="")
    wanted = parse(spec)
    return Interpreter(
        spec=spec,
        executable="/usr/bin/python",
        version=wanted.release or "{}.{}.0".format(*wanted.minor),
        free_threaded=wanted.free_threaded,
        gil_option=wanted.free_threaded,
    )
