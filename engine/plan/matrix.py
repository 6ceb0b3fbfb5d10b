"""A scenario x interpreters x CPUs -> its runs in groups, with stable ids; what cannot be run here becomes skips."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from engine import units
from engine.errors import Problem, ScenarioError
from engine.model import Group, Interpreter, Kernel, Missing, Pairs, Run, Scenario, Skip, Value
from engine.plan.estimate import hopeless
from engine.selection import MOST_THREADS, Index, thread_count

LONGEST_TIMEOUT = 604800
"""Seconds that a scenario may give an invocation."""

IDENTITY = json.JSONEncoder(sort_keys=True)
"""Writes what an id is the digest of; never to be changed, or kept results become strangers."""


def runs_of(
    scenario: Scenario, interpreters: Mapping[str, Interpreter | Missing], cpus: tuple[int, ...]
) -> tuple[list[Run], list[Skip]]:
    """The runs of a scenario that can be run here, each once, and why the others cannot."""
    asked = _asked(scenario, interpreters, len(cpus))
    if not asked:
        raise ScenarioError([Problem(file=scenario.path, where="exclude", message="excludes every run of the matrix")])
    runs: dict[str, Run] = {}
    reasons: dict[tuple[str, str, str], set[str]] = {}
    impossible = _Impossible(scenario, cpus)
    for run in asked:
        here = interpreters[run.interpreter]
        reason = (here.reason, here.hint) if isinstance(here, Missing) else impossible.why(run, here)
        if reason:
            reasons.setdefault((run.interpreter, *reason), set()).add(run.id)
        else:
            runs[run.id] = run
    skips = [
        Skip(scenario=scenario.name, what=f"{spec} ({units.count(len(ids), 'run')})", reason=reason, hint=hint)
        for (spec, reason, hint), ids in reasons.items()
    ]
    return list(runs.values()), skips


def _asked(scenario: Scenario, interpreters: Mapping[str, Interpreter | Missing], cpus: int) -> list[Run]:
    """Every run that the matrix and `include` ask for and `exclude` leaves; some of them more than once."""
    known = {spec: _imagined(here) if isinstance(here, Missing) else here for spec, here in interpreters.items()}
    product: list[Run] = []
    included: list[Run] = []
    for spec in scenario.interpreters:
        axes = _axes(scenario, cpus)
        product += (_run(scenario, spec, one, known[spec]) for one in _product(axes))
        included += (_run(scenario, spec, one, known[spec]) for one in _included(scenario, spec, axes, cpus))
    index = Index(product, known, cpus)
    dropped = set().union(*map(index.places, scenario.exclude))
    left = [run for place, run in enumerate(product) if place not in dropped]
    places = {spec: place for place, spec in enumerate(scenario.interpreters)}
    return sorted([*left, *included], key=lambda run: places[run.interpreter])


def _imagined(missing: Missing) -> Interpreter:
    """What a missing interpreter would be, as far as its name tells: enough to count its runs."""
    free_threaded = missing.spec.endswith("t")
    return Interpreter(
        spec=missing.spec, executable="", version="", free_threaded=free_threaded, gil_option=free_threaded
    )


def _axes(scenario: Scenario, cpus: int) -> dict[str, tuple[Value, ...]]:
    """Axis -> values, with thread words as numbers of this machine."""
    axes = dict(scenario.matrix)
    return axes | {"threads": tuple(dict.fromkeys(thread_count(value, cpus) for value in axes["threads"]))}


def _product(axes: Mapping[str, tuple[Value, ...]]) -> Iterator[dict[str, Value]]:
    """Every combination of axis values."""
    return (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))


def _included(
    scenario: Scenario, spec: str, axes: Mapping[str, tuple[Value, ...]], cpus: int
) -> Iterator[dict[str, Value]]:
    """What `include` adds on one interpreter: `exclude` does not apply to it."""
    first = {name: values[0] for name, values in axes.items()}
    for pairs in scenario.include:
        added = dict(pairs)
        if added.pop("interpreter", spec) == spec:
            if "threads" in added:
                added["threads"] = thread_count(added["threads"], cpus)
            yield first | added


def _run(scenario: Scenario, spec: str, combination: Mapping[str, Value], interpreter: Interpreter) -> Run:
    """One run. A default build has its GIL on whatever is asked, so `gil: on` is its `default` and not another run."""
    values = dict(combination)
    threads, affinity, gil = values.pop("threads"), values.pop("affinity"), values.pop("gil")
    interval = values.pop("switch_interval")
    if gil == "on" and not interpreter.free_threaded:
        gil = "default"
    parameters: Pairs = tuple(sorted(values.items()))
    identity = [scenario.name, scenario.kernel.name, spec, threads, affinity, gil, parameters, *_later(interval)]
    return Run(
        id=_digest(identity),
        scenario=scenario.name,
        kernel=scenario.kernel.name,
        interpreter=spec,
        threads=threads,
        affinity=affinity,
        gil=gil,
        switch_interval=interval,
        parameters=parameters,
    )


def identified(run: Run) -> Run:
    """The run with the id that a plan gives to all else that it says."""
    axes = (run.threads, run.affinity, run.gil, run.parameters, *_later(run.switch_interval))
    return replace(run, id=_digest([run.scenario, run.kernel, run.interpreter, *axes]))


def _later(interval: str) -> list[str]:
    """An axis that came later is part of an identity only where it says something, so that ids stay."""
    return [] if interval == "default" else ["switch_interval", interval]


def _digest(identity: object) -> str:
    return hashlib.sha256(IDENTITY.encode(identity).encode()).hexdigest()[:10]


class _Impossible:
    """Why runs of a scenario cannot be run here, and what would change that."""

    def __init__(self, scenario: Scenario, cpus: tuple[int, ...]) -> None:
        self.scenario, self.cpus, self.usable = scenario, cpus, frozenset(cpus)

    def why(self, run: Run, interpreter: Interpreter) -> tuple[str, str] | None:
        """Reason and hint; None if it can."""
        if run.gil == "off" and not interpreter.free_threaded:
            return "this build cannot switch its GIL off", "a free-threaded one can: name 3.13t or a later one"
        if run.gil != "default" and not interpreter.gil_option:
            return "this build has no -X gil option", "leave the axis `gil` at default for it"
        if run.threads > MOST_THREADS:
            most = f"at most {MOST_THREADS} threads are run"
            return f"{run.threads} threads are too many", f"{most}: cpus is {len(self.cpus)} here"
        if isinstance(run.affinity, tuple):
            absent = {cpu for cpus in run.affinity for cpu in cpus} - self.usable
            if absent:
                return f"CPU {units.ranges(absent)} is not usable here", f"usable CPUs: {units.ranges(self.cpus)}"
        needed = hopeless(self.scenario, run, interpreter, len(self.cpus))
        return self._too_long(run, needed) if needed else None

    def _too_long(self, run: Run, needed: float) -> tuple[str, str]:
        """Reason and hint for a run whose timeout would kill it."""
        timeout = self.scenario.measure.timeout
        reason = (
            f"{units.count(run.threads, 'thread')} on {units.count(len(self.cpus), 'CPU')} would take about "
            f"{units.long_duration(needed)} in an invocation, which is killed after {units.long_duration(timeout)}"
        )
        longer = f"timeout: {math.ceil(2 * needed / 60)}m, or " if 2 * needed < LONGEST_TIMEOUT else ""
        return reason, f"to have it measured: {longer}fewer threads, fewer iterations or a shorter iteration_time"


def groups_in(scenario: str, runs: Iterable[Run]) -> list[Group]:
    """The runs by what they share: everything but the number of threads."""
    shared: dict[str, list[Run]] = {}
    for run in runs:
        identity = [
            run.scenario,
            run.kernel,
            run.interpreter,
            run.affinity,
            run.gil,
            run.parameters,
            *_later(run.switch_interval),
        ]
        shared.setdefault(_digest(identity), []).append(run)
    return [
        Group(id=identifier, scenario=scenario, runs=tuple(sorted(members, key=lambda run: run.threads)))
        for identifier, members in shared.items()
    ]


def control_groups(scenario: Scenario, runs: Sequence[Run], control: Kernel, cpus: tuple[int, ...]) -> list[Group]:
    """The control beside a scenario: the most threads it runs without oversubscribing, if that is two or more."""
    threads = max((run.threads for run in runs if run.threads <= len(cpus)), default=1)
    if threads < 2:
        return []
    parameters: Pairs = tuple(sorted((p.name, p.default) for p in control.parameters))
    identity = [scenario.name, control.name, runs[0].interpreter, "none", "default", parameters]
    group = _digest(["control", *identity])
    members = tuple(
        Run(
            id=_digest(["control", *identity, count]),
            scenario=scenario.name,
            kernel=control.name,
            interpreter=runs[0].interpreter,
            threads=count,
            affinity="none",
            gil="default",
            parameters=parameters,
        )
        for count in (1, threads)
    )
    return [Group(id=group, scenario=scenario.name, runs=members, control=True)]
