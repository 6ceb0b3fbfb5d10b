"""Scenario x texts of the command line -> Scenario, by the rules and with the messages of a file. Reads no file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from engine.document import Document, Keys, parse
from engine.durations import seconds
from engine.errors import Problem, ScenarioError
from engine.model import Pairs, Scenario, Value
from engine.scenario import axes, coverage, digest, measure
from engine.scenario.draft import Draft
from engine.schema import Schema, examine, scenario_schema
from engine.selection import same

FILE = "command line"
"""What problems call the place of an override."""

PRESETS: dict[str, dict[str, Any]] = {
    "fast": {
        "invocations": {"min": 5, "max": 8},
        "iterations": 2,
        "iteration_time": "10ms",
        "precision": "5%",
        "time_limit": "17s",
    },
    "rigorous": {"invocations": {"min": 20, "max": 100}, "precision": "1%", "time_limit": "20m"},
}
"""What `--fast` and `--rigorous` put in place of a scenario's `measure`."""

RANGE = re.compile(r"^\s*(\d+)\s*\.\.\s*(\d+)\s*$")
"""`10..40`: what a file writes as {min: 10, max: 40}."""

SHORTENED = "iteration_time"
"""What `--fast` only shortens: a scenario that asks for less has its reasons (threads that wake one another)."""

Text = str | int | float | None


def override(
    scenario: Scenario,
    *,
    interpreters: Sequence[str] = (),
    parameters: Sequence[tuple[str, str]] = (),
    threads: str | None = None,
    affinity: str | None = None,
    gil: str | None = None,
    switch_interval: str | None = None,
    preset: Literal["fast", "rigorous"] | None = None,
    invocations: Text = None,
    iterations: Text = None,
    iteration_time: Text = None,
    warmup: Text = None,
    precision: Text = None,
    confidence: Text = None,
    time_limit: Text = None,
    timeout: Text = None,
) -> Scenario:
    """The scenario with what the command line says instead; `file_digest` stays that of its file.

    Lists are texts as in a file, without brackets: `threads="1,2,cpus"`, `parameters=(("padding", "0,64"),)`; an
    explicit affinity keeps its own: "[[0], [1]]". An axis that is given replaces that of the matrix, and included runs
    with other values of it are dropped. `preset` comes first, single values of `measure` over it.
    Raises ScenarioError with every fault.
    """
    lists = {"threads": threads, "affinity": affinity, "gil": gil, "switch_interval": switch_interval}
    asked = _Asked()
    asked.names(interpreters)
    for name, text in (*((name, text) for name, text in lists.items() if text is not None), *parameters):
        asked.axis(name, text)
    scalars = {
        "invocations": invocations,
        "iterations": iterations,
        "iteration_time": iteration_time,
        "warmup": warmup,
        "precision": precision,
        "confidence": confidence,
        "time_limit": time_limit,
        "timeout": timeout,
    }
    given = {name: value for name, value in scalars.items() if value is not None}
    asked.measure(_preset(preset, scenario) | given)
    return _applied(scenario, asked)


class _Asked:
    """The texts of the command line as a document, as if they stood in a file."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.texts: dict[Keys, str] = {}
        self.problems: list[Problem] = []

    def document(self) -> Document:
        return Document(path=FILE, data=self.data, texts=self.texts)

    def names(self, interpreters: Sequence[str]) -> None:
        if interpreters:
            self.data["interpreters"] = list(dict.fromkeys(interpreters))

    def axis(self, name: str, text: str) -> None:
        """A list without its brackets."""
        known = self.data.setdefault("matrix", {})
        if name in known:
            self._report(("matrix", name), "is given twice", f"give all values at once: {name}=1,2")
            return
        known[name] = self._read(("matrix", name), f"[{text}]")

    def measure(self, values: dict[str, Any]) -> None:
        found = {}
        for name, value in values.items():
            written = RANGE.sub(r"{min: \1, max: \2}", value) if isinstance(value, str) else value
            found[name] = self._read(("measure", name), written) if isinstance(written, str) else written
        if found:
            self.data["measure"] = found

    def _read(self, keys: Keys, text: str) -> Any:
        try:
            found = parse(text, FILE)
        except ScenarioError as error:
            for problem in error.problems:
                self._report(keys, problem.message, problem.hint)
            return None
        self.texts |= {(*keys, *inner): written for inner, written in found.texts.items()}
        return found.data

    def _report(self, keys: Keys, message: str, hint: str) -> None:
        self.problems.append(self.document().problem(keys, message, hint))


def _preset(name: str | None, scenario: Scenario) -> dict[str, Any]:
    found = dict(PRESETS[name]) if name else {}
    if SHORTENED in found and scenario.measure.iteration_time < seconds(found[SHORTENED]):
        del found[SHORTENED]
    return found


def _applied(scenario: Scenario, asked: _Asked) -> Scenario:
    document = asked.document()
    if asked.problems:
        raise ScenarioError(map(_as_options, asked.problems))
    data, faults = examine(document, _part_of_schema(), defaults=False)
    draft = Draft(document, {"interpreters": list(scenario.interpreters), **data}, faults, scenario.kernel)
    given = axes.matrix(draft, complete=False)
    matrix = {**dict(scenario.matrix), **given}
    found = replace(
        scenario,
        interpreters=tuple(draft.data["interpreters"]),
        matrix=tuple(matrix.items()),
        include=tuple(pairs for pairs in scenario.include if _still_wanted(pairs, given, draft.data["interpreters"])),
        measure=measure.changed(draft, scenario.measure),
    )
    coverage.check(draft, matrix, found.exclude, found.include)
    if draft.problems:
        raise ScenarioError(map(_as_options, draft.problems))
    return replace(found, digest=digest(found))


def _still_wanted(pairs: Pairs, given: axes.Known, interpreters: Sequence[str]) -> bool:
    """Whether an included run has none but wanted values on the axes that were given."""
    wanted: dict[str, Sequence[Value]] = {**given, "interpreter": interpreters}
    return all(any(same(value, other) for other in wanted.get(name, (value,))) for name, value in pairs)


def _part_of_schema() -> Schema:
    """The parts of a scenario's schema that a command line can say."""
    whole = scenario_schema()
    parts = {name: whole["properties"][name] for name in ("interpreters", "matrix", "measure")}
    return {"type": "object", "properties": parts, "$defs": whole["$defs"]}


def _as_options(problem: Problem) -> Problem:
    """The place of a problem as the option that has it: `matrix.threads[1]` is `--threads[1]`."""
    part, _, rest = problem.where.partition(".")
    name = rest.split("[")[0]
    where = problem.where
    if part.startswith("interpreters"):
        where = "--python" + part.removeprefix("interpreters")
    elif part == "measure" or name in axes.HARNESS:
        where = f"--{rest.replace('_', '-')}"
    elif part == "matrix" and rest:
        where = f"-p {rest}"
    return replace(problem, where=where)
