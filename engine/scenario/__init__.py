"""Files -> Scenarios, or every fault of every file at once: what a schema cannot say. Reads, and runs nothing.

`find` finds files, `draft` collects faults, `axes`, `claims`, `measure` read the parts, `coverage` sees what is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import document, kernel
from engine.errors import KernelError, Problem, ScenarioError
from engine.model import Kernel, Scenario
from engine.scenario import axes, claims, coverage, measure
from engine.scenario.draft import Draft
from engine.scenario.find import find, name_of, same_file
from engine.schema import examine, scenario_schema

__all__ = ["check", "digest", "find", "load", "load_all"]


def load(path: Path | str) -> Scenario:
    """One scenario. Raises ScenarioError with every fault of its file, and those of its kernel's file."""
    text = document.load(path)
    data, faults = examine(text, scenario_schema())
    draft = Draft(text, data, faults)
    draft.kernel = _kernel(draft)
    if not name_of(Path(path)).isprintable():
        message = "the name of the file holds characters that cannot be shown"
        draft.problems.append(Problem(file=str(path), line=1, column=1, message=message, hint="rename it"))
    parts = _parts(draft)
    if draft.problems or draft.kernel is None:
        raise ScenarioError(draft.problems)
    scenario = Scenario(
        name=name_of(Path(path)),
        path=str(path),
        title=data["title"].strip(),
        question=data["question"].strip(),
        kernel=draft.kernel,
        interpreters=tuple(data["interpreters"]),
        tags=tuple(data["tags"]),
        source=text.text,
        **parts,
    )
    decided = digest(scenario)
    return replace(scenario, digest=decided, file_digest=decided)


def load_all(paths: Sequence[Path]) -> tuple[Scenario, ...]:
    """All of them. Raises ScenarioError with every fault of every file, and for names that two files share."""
    problems: list[Problem] = []
    scenarios: list[Scenario] = []
    for path in paths:
        try:
            scenarios.append(load(path))
        except ScenarioError as error:
            problems += error.problems
    problems += _shared_names(scenarios)
    if problems:
        raise ScenarioError(problems)
    return tuple(scenarios)


def check(paths: Sequence[Path]) -> tuple[Problem, ...]:
    """Every fault of every file, sorted."""
    try:
        load_all(paths)
    except ScenarioError as error:
        return error.problems
    return ()


def digest(scenario: Scenario) -> str:
    """SHA-256 of what decides the runs, whatever the order of keys and lists.

    What was not there when a result was begun is not in it as long as it is not used: such a result can be resumed.
    """
    deciding = (
        scenario.kernel.name,
        scenario.kernel.digest,
        sorted(scenario.interpreters),
        sorted((name, sorted(map(repr, values))) for name, values in scenario.matrix),
        sorted(sorted((name, sorted(map(repr, values))) for name, values in one.values) for one in scenario.exclude),
        sorted(map(repr, scenario.include)),
        repr(scenario.measure).replace(", memory_limit=None", ""),
    )
    return hashlib.sha256(repr(deciding).encode()).hexdigest()


def _parts(draft: Draft) -> dict[str, Any]:
    """The parts of a scenario that take more than the schema to understand; faults go to the draft."""
    matrix = axes.matrix(draft)
    include = tuple(axes.combination(draft, keys) for keys in draft.items("include"))
    known = axes.known(draft, matrix, include)
    exclude = tuple(axes.selector(draft, keys, known) for keys in draft.items("exclude"))
    coverage.check(draft, matrix, exclude, include)
    return {
        "matrix": tuple(matrix.items()),
        "include": include,
        "exclude": exclude,
        "baseline": axes.combination(draft, ("baseline",), known) if "baseline" in draft.data else (),
        "overhead": axes.combination(draft, ("overhead",), known) if "overhead" in draft.data else (),
        "claims": claims.claims(draft, known),
        "measure": measure.measure(draft),
    }


def _kernel(draft: Draft) -> Kernel | None:
    if "kernel" not in draft.data or not draft.sound("kernel"):
        return None
    try:
        path = kernel.locate(draft.data["kernel"], Path(draft.document.path).parent)
    except KernelError as error:
        draft.report(("kernel",), error.problems[0].message, error.problems[0].hint)
        return None
    try:
        return kernel.load(path)
    except KernelError as error:
        draft.problems += error.problems
        return None


def _shared_names(scenarios: Sequence[Scenario]) -> list[Problem]:
    """Names have to tell scenarios, and kernels, apart: journals and reports know them by name."""
    problems = []
    files: dict[tuple[str, str], str] = {}
    for scenario in scenarios:
        for kind, name, path in (
            ("scenario", scenario.name, scenario.path),
            ("kernel", scenario.kernel.name, scenario.kernel.path),
        ):
            first = files.setdefault((kind, name), path)
            if not same_file(first, path):
                message = f"the {kind} {name} has the name of another one, {first}"
                hint = "rename one of the files, or run them apart"
                problems.append(Problem(file=path, message=message, hint=hint))
    return problems
