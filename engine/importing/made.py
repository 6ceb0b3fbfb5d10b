"""The benchmarks of a file -> the plan and the records of a result: runs, groups, invocations with made-up clocks.

A process of pyperf is an invocation, a value an iteration whose wall time is value x loops. Of how threads got on,
nothing is known (`UNTOLD`). Values of less than `FINE` nanoseconds are counted over more loops, so that whole
nanoseconds hold them.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from engine import naming
from engine.errors import EngineError
from engine.importing import identity
from engine.importing.pyperf import Benchmark, Process, Suite
from engine.model import (
    Group,
    Host,
    Interpreter,
    Invocation,
    Iterations,
    Kernel,
    Measure,
    Plan,
    Run,
    Scenario,
    Skip,
    Stop,
    TeamRecord,
)
from engine.model.record import UNTOLD
from engine.plan import groups_in, identified

SCENARIO, AXIS = "imported/pyperf", "benchmark"
"""Benchmarks that no scenario of ours asked for are the values of this axis of this scenario."""
FINE = 1e7
WHOLE = 1e-3
"""Nanoseconds by which a number of them may miss a whole one, by rounding: it was measured in these."""
MOST_CLOCK = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a journal holds beside its header's own words."""

    plan: Plan
    host: Host
    started: str
    """ISO 8601, UTC."""
    invocations: tuple[Invocation, ...]
    stops: tuple[Stop, ...]


def imported(suite: Suite, name: str | None = None) -> Imported:
    """A result of all benchmarks of a file; its interpreter is called `name` if that is given.

    Raises EngineError for clocks that no journal can hold.
    """
    specs: dict[Interpreter, Interpreter] = {}
    runs = _runs(suite.benchmarks, specs, name)
    groups = [
        group
        for scenario in dict.fromkeys(run.scenario for run in runs)
        for group in groups_in(scenario, [run for run in runs if run.scenario == scenario])
    ]
    first = suite.benchmarks[0].processes[0].metadata
    host, cpus = identity.host(first)
    moments = [
        found for one in suite.benchmarks for process in one.processes if (found := identity.moment(process.metadata))
    ]
    started = min(moments, default=datetime.now(UTC))
    interpreters = tuple(specs.values())
    invocations = [one for group in groups for one in _invocations(group, runs, interpreters, started, suite)]
    scenarios = tuple(
        _scenario(scenario, runs, suite, identity.source(first))
        for scenario in dict.fromkeys(run.scenario for run in runs)
    )
    counts = Counter(one.group for one in invocations)
    return Imported(
        plan=Plan(
            seed=0,
            cpus=cpus,
            scenarios=scenarios,
            interpreters=interpreters,
            kernels=tuple(dict.fromkeys(one.kernel for one in scenarios)),
            missing=(),
            groups=tuple(groups),
            skips=tuple(Skip(scenario=scenarios[0].name, what=what, reason=why) for what, why in suite.skipped),
        ),
        host=host,
        started=started.isoformat(timespec="seconds"),
        invocations=tuple(sorted(invocations, key=lambda one: one.started)),
        stops=tuple(Stop(group=group.id, reason="imported", invocations=counts[group.id]) for group in groups),
    )


def _runs(
    benchmarks: Sequence[Benchmark], specs: dict[Interpreter, Interpreter], name: str | None
) -> dict[Run, Benchmark]:
    """Each benchmark as a run; `specs` becomes the interpreters, as told -> under a name of its own."""
    found: dict[Run, Benchmark] = {}
    ids: set[str] = set()
    shapes: dict[str, object] = {}
    for one in benchmarks:
        metadata = one.processes[0].metadata
        spec = _named(identity.interpreter(metadata, name), specs)
        ours = identity.run(metadata, spec)
        shape = (ours.kernel, tuple(key for key, _ in ours.parameters)) if ours else None
        if ours is None or ours.id in ids or shapes.setdefault(ours.scenario, shape) != shape:
            ours = _generic(one.name, spec)
        ids.add(ours.id)
        found[ours] = one
    return found


def _named(told: Interpreter, specs: dict[Interpreter, Interpreter]) -> str:
    """The name of an interpreter; of several that are called alike, the later ones get a number."""
    if told not in specs:
        taken = {one.spec for one in specs.values()}
        specs[told] = replace(told, spec=naming.free(told.spec, taken.__contains__))
    return specs[told].spec


def _generic(name: str, spec: str) -> Run:
    run = Run(
        id="",
        scenario=SCENARIO,
        kernel="pyperf",
        interpreter=spec,
        threads=1,
        affinity="none",
        gil="default",
        parameters=((AXIS, name),),
    )
    return identified(run)


def _invocations(
    group: Group, runs: Mapping[Run, Benchmark], interpreters: Iterable[Interpreter], started: datetime, suite: Suite
) -> list[Invocation]:
    """The processes of the runs of a group; those of one round were one process, if fteng measured them."""
    rounds: dict[int, list[tuple[Run, Process]]] = defaultdict(list)
    for run in group.runs:
        processes = runs[run].processes
        told = [int(identity.number(process.metadata, "fteng_round")) for process in processes]
        kept = all(told) and len(set(told)) == len(told)
        for number, process in zip(told if kept else range(1, len(processes) + 1), processes, strict=True):
            rounds[number].append((run, process))
    free = {one.spec: one.free_threaded for one in interpreters}[group.runs[0].interpreter]
    return [
        _invocation(group.id, number, found, started, free=free, where=suite)
        for number, found in sorted(rounds.items())
    ]


def _invocation(
    group: str, number: int, found: Sequence[tuple[Run, Process]], started: datetime, *, free: bool, where: Suite
) -> Invocation:
    metadata = [process.metadata for _, process in found]
    teams = tuple(_team(run.threads, process, where) for run, process in found)
    measured = sum(team.iterations.end_ns[-1] for team in teams) * 1e-9
    told = sum(identity.number(one, "duration") for one in metadata)
    size = max(int(identity.number(one, "mem_max_rss")) for one in metadata)
    enabled = metadata[0].get("gil_enabled")
    gil = enabled if isinstance(enabled, bool) else not free
    moments = [moment for one in metadata if (moment := identity.moment(one))]
    return Invocation(
        group=group,
        round=number,
        started=min(moments, default=started).isoformat(timespec="microseconds"),
        duration=max(measured, told),
        teams=teams,
        gil=(gil,) * 3,
        rss=size,
    )


def _team(threads: int, process: Process, suite: Suite) -> TeamRecord:
    """The values of a process as iterations, one after the other on a clock that begins at 0."""
    values = (*process.warmups, *process.values)
    loops = process.loops * _finer(process)
    ends, clock = [], 0
    for value in values:
        clock += max(1, round(value * loops * 1e9))
        ends.append(clock)
    if clock > MOST_CLOCK or loops > MOST_CLOCK:
        raise EngineError(f"{suite.path}: {process.metadata.get('name')}: its values lie too far apart for one clock")
    count = len(values) * threads
    untold = [UNTOLD] * count
    columns = {
        "warmup": [1] * len(process.warmups) + [0] * len(process.values),
        "start_ns": [start for start in (0, *ends[:-1]) for _ in range(threads)],
        "end_ns": [end for end in ends for _ in range(threads)],
        **dict.fromkeys(("cpu_ns", "voluntary", "involuntary", "on_cpu"), untold),
    }
    return TeamRecord(threads=threads, loops=loops, iterations=Iterations.from_columns(columns))


def _finer(process: Process) -> int:
    """How many times as many loops it takes so that whole nanoseconds hold the values; 1 where they do already."""
    walls = [value * process.loops * 1e9 for value in process.values]
    if min(walls) > 1 - WHOLE and all(abs(wall - round(wall)) < WHOLE for wall in walls):
        return 1
    return int(10 ** max(0, math.ceil(math.log10(FINE / min(walls)))))


def _scenario(name: str, runs: Mapping[Run, Benchmark], suite: Suite, source: str) -> Scenario:
    """The scenario that these runs would be of."""
    mine = {run: one for run, one in runs.items() if run.scenario == name}
    first = next(iter(mine))
    processes = [process for one in mine.values() for process in one.processes]
    axes = ("threads", "affinity", "gil", "switch_interval", *(key for key, _ in first.parameters))
    title = processes[0].metadata.get("description") if name != SCENARIO else None
    whole = f"Benchmarks of {suite.path.name}" if len(mine) > 1 else mine[first].name
    counts = Counter(len(one.processes) for one in mine.values())
    return Scenario(
        name=name,
        path=str(suite.path),
        title=title if isinstance(title, str) else whole,
        question="",
        kernel=Kernel(name=first.kernel, path="", title="", manual=""),
        interpreters=tuple(dict.fromkeys(run.interpreter for run in mine)),
        matrix=tuple((axis, tuple(dict.fromkeys(run.axis(axis) for run in mine))) for axis in axes),
        measure=Measure(
            invocations_min=min(counts),
            invocations_max=max(counts),
            iterations=_usual(len(one.values) for one in processes),
            iteration_time=0.0,
            warmup=_usual(len(one.warmups) for one in processes),
            precision=1.0,
            confidence=0.95,
            time_limit=0.0,
            timeout=0.0,
        ),
        imported=source,
    )


def _usual(counts: Iterable[int]) -> int:
    """The commonest; of several as common, the smallest."""
    found = Counter(counts)
    return min(found, key=lambda count: (-found[count], count))
