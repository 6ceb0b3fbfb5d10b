"""Runs -> names under which another tool keeps them: the same for the same run today and in a year, no two alike.

A name says every parameter of the kernel, also one that does not vary: a value that is added to a matrix later must
not rename the history of those before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import naming
from engine.importing import AXIS, SCENARIO
from engine.model import Interpreter, Results, Run, RunResult, Value
from engine.report.cells import on_off, plain, word

UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
"""What a file name shall not hold."""
LIVE = re.compile(r"[`|<>]")
"""What would end the code span, cell or text of a page that shows a name."""

Settings = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What one run is called."""

    build: str
    """Interpreter and state of its GIL, as a file name: "3.13", "3.13t", "3.13t-gil-on"."""
    short: str
    """Without these: `gil/contention[threads=2,padding=64]`; unique within its build."""
    full: str
    """With them, unique in the result."""
    settings: Settings
    """What the full name says in its brackets."""


def named(results: Results) -> dict[str, Name]:
    """Id of a run -> its name."""
    builds = {one.spec: one for one in results.interpreters}
    rows = [row for one in results.scenarios for row in one.runs]
    files = _files(rows, builds)
    short = _apart(rows, {row.run.id: (files[row.run.interpreter, row.gil], _axes(row.run)) for row in rows})
    full = _apart(rows, {row.run.id: ("", (*_build(row, builds), *_axes(row.run))) for row in rows})
    return {
        row.run.id: Name(
            build=files[row.run.interpreter, row.gil],
            short=_name(row.run, short[row.run.id]),
            full=_name(row.run, full[row.run.id]),
            settings=full[row.run.id],
        )
        for row in rows
    }


def inert(text: str) -> str:
    """A name that is code to no page."""
    return LIVE.sub("_", plain(text))


def _build(row: RunResult, builds: Mapping[str, Interpreter]) -> Settings:
    """The interpreter; of one that can do without it, also the effective state of the GIL."""
    here = builds.get(row.run.interpreter)
    return ("python", row.run.interpreter), *((("gil", on_off(row.gil)),) if here and here.free_threaded else ())


def _axes(run: Run) -> Settings:
    """Threads, what the harness was told to do otherwise than usual, and the parameters of the kernel."""
    harness = (("affinity", run.affinity, "none"), ("switch_interval", run.switch_interval, "default"))
    told = [(name, value) for name, value, usual in harness if value != usual]
    return ("threads", run.threads), *told, *run.parameters


def _apart(rows: Sequence[RunResult], told: Mapping[str, tuple[str, Settings]]) -> dict[str, Settings]:
    """Run id -> settings whose name no other of the same place has: first by the setting of `gil`, then by the id."""
    found = {key: settings for key, (_, settings) in told.items()}

    def name(run: Run) -> tuple[str, str]:
        return told[run.id][0], _name(run, found[run.id])

    for key in ("setting", "run"):
        counted = Counter(name(row.run) for row in rows)
        for run in [row.run for row in rows if counted[name(row.run)] > 1]:
            if key == "run" or run.gil != "default":
                found[run.id] = (*found[run.id], (key, run.id if key == "run" else run.gil))
    return found


def _name(run: Run, settings: Settings) -> str:
    if run.scenario == SCENARIO and settings == (("threads", 1), *run.parameters):
        return plain(str(run.axis(AXIS)))  # as the file called it that it was imported from
    told = ",".join(f"{plain(name)}={word(value)}" for name, value in settings)
    return f"{plain(run.scenario)}[{told}]"


def _files(rows: Sequence[RunResult], builds: Mapping[str, Interpreter]) -> dict[tuple[str, bool], str]:
    """Interpreter and state of its GIL -> a file name without suffix; a GIL that can be off is told where it is on."""
    found: dict[tuple[str, bool], str] = {}
    for row in rows:
        build = row.run.interpreter, row.gil
        if build not in found:
            here = builds.get(row.run.interpreter)
            state = "-gil-on" if row.gil and here and here.free_threaded else ""
            stem = (UNSAFE.sub("-", row.run.interpreter).strip("-.")[-100:] or "python") + state
            taken = {*found.values()}
            found[build] = naming.free(stem, taken.__contains__)
    return found
