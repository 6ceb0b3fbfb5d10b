"""Scenarios x interpreters x CPUs x seed -> Plan: runs with stable ids, skips with reasons, the order of every round.

Pure: no clock, disk or process.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine import units
from engine.errors import Problem, ScenarioError
from engine.model import Group, Interpreter, Kernel, Missing, Pairs, Plan, Run, Scenario, Skip, Value
from engine.selection import gil_enabled, matches, thread_count

START_SECONDS = 0.06
"""Estimate of what a worker process costs beside its iterations."""

WARMUP = 1
"""Warm-up iterations where the scenario says `auto`: all builds are steady within milliseconds (docs/method.md)."""

PILOTS = 4
"""More pilots of each group where the scenario leaves the number of iterations to them."""

PILOT_ITERATIONS = (3, 10)
"""Fewest and most iterations of each thread count in one of these."""

PILOT_SHARE = 0.25
"""Of the time limit that they may take together, as far as their fewest iterations do."""

ITERATIONS = 5
"""What the number that pilots find is taken for until they have; and after, if all of them fail."""


def make(
    scenarios: Sequence[Scenario],
    interpreters: Mapping[str, Interpreter | Missing],
    cpus: tuple[int, ...],
    seed: int,
    control: Kernel | None = None,
) -> Plan:
    """The plan for these scenarios.

    `interpreters` has every version that one of them names, `cpus` the usable CPU ids. `control` is the kernel that
    shows whether there really are several CPUs; it runs beside each scenario that uses two.
    Raises ScenarioError for a scenario that excludes all its runs.
    """
    groups: list[Group] = []
    skips: list[Skip] = []
    for scenario in scenarios:
        runs, skipped = _runs(scenario, interpreters, cpus)
        skips += skipped
        groups += _groups(scenario.name, runs)
        if control and runs:
            groups += _control(scenario, runs, control, cpus)
    used = {run.interpreter for group in groups for run in group.runs}
    kernels = {scenario.kernel.name: scenario.kernel for scenario in scenarios}
    if control and any(group.control for group in groups):
        kernels[control.name] = control
    return Plan(
        seed=seed,
        cpus=cpus,
        scenarios=tuple(scenarios),
        interpreters=tuple(i for i in interpreters.values() if isinstance(i, Interpreter) and i.spec in used),
        kernels=tuple(kernels.values()),
        missing=tuple(m for m in interpreters.values() if isinstance(m, Missing)),
        groups=tuple(groups),
        skips=tuple(skips),
    )


def groups_of(plan: Plan, scenario: Scenario) -> tuple[Group, ...]:
    """The groups of one scenario, its control included."""
    return tuple(group for group in plan.groups if group.scenario == scenario.name)


def order(seed: int, groups: Iterable[Group], number: int) -> tuple[Group, ...]:
    """The groups in the random order of round `number`; the same for the same seed, whatever order they come in."""
    ordered = sorted(groups, key=lambda group: group.id)
    random.Random(f"{seed}:{number}").shuffle(ordered)
    return tuple(ordered)


def sweeps(seed: int, group: Group, number: int, count: int) -> list[list[int]]:
    """For each of `count` sweeps over the thread counts of a group, their order in round `number`."""
    generator = random.Random(f"{seed}:{number}:{group.id}")
    indexes = list(range(len(group.runs)))
    return [generator.sample(indexes, len(indexes)) for _ in range(count)]


def warmups(scenario: Scenario) -> int:
    """Warm-up iterations of each thread count in an invocation."""
    return WARMUP if scenario.measure.warmup is None else scenario.measure.warmup


def pilots(scenario: Scenario, group: Group) -> int:
    """Pilots of a group after the one that calibrates it: none unless they have to find the number of iterations."""
    return PILOTS if scenario.measure.iterations is None and not group.control else 0


def pilot_iterations(plan: Plan, scenario: Scenario, group: Group) -> int:
    """Iterations of each thread count in such a pilot: as many as the time limits allow, within `PILOT_ITERATIONS`."""
    fewest, most = PILOT_ITERATIONS
    measure = scenario.measure
    number = sum(pilots(scenario, one) for one in groups_of(plan, scenario))
    each = min(measure.timeout / 2, measure.time_limit * PILOT_SHARE / max(1, number))
    fitting = (each - START_SECONDS) / _sweep_seconds(plan, scenario, group) - warmups(scenario)
    return max(fewest, min(most, int(fitting)))


def invocation_seconds(plan: Plan, scenario: Scenario, group: Group, iterations: int | None = None) -> float:
    """The estimated duration of one invocation of a group in seconds; `iterations` instead of the scenario's."""
    kept = iterations or scenario.measure.iterations or ITERATIONS
    return START_SECONDS + _sweep_seconds(plan, scenario, group) * (warmups(scenario) + kept)


def _sweep_seconds(plan: Plan, scenario: Scenario, group: Group) -> float:
    """One iteration of each thread count, at one thread's speed for each CPU or GIL."""
    lock = {i.spec: i for i in plan.interpreters}
    sweep = 0.0
    for run in group.runs:
        parallel = 1 if gil_enabled(run, lock[run.interpreter]) and not group.control else len(plan.cpus)
        sweep += scenario.measure.iteration_time * max(1.0, run.threads / parallel)
    return sweep


def seconds(plan: Plan) -> tuple[float, float]:
    """The estimated duration in seconds, with as few invocations as asked for and with as many as allowed."""
    least = most = 0.0
    for scenario in plan.scenarios:
        groups = groups_of(plan, scenario)
        round_ = sum(invocation_seconds(plan, scenario, group) for group in groups)
        first = round_ + sum(
            pilots(scenario, group) * invocation_seconds(plan, scenario, group, pilot_iterations(plan, scenario, group))
            for group in groups
        )
        least += min(scenario.measure.time_limit, first + round_ * scenario.measure.invocations_min)
        most += min(scenario.measure.time_limit, first + round_ * scenario.measure.invocations_max)
    return least, most


def _runs(
    scenario: Scenario, interpreters: Mapping[str, Interpreter | Missing], cpus: tuple[int, ...]
) -> tuple[list[Run], list[Skip]]:
    """The runs of a scenario that can be run here, each once, and why the others cannot."""
    runs: dict[str, Run] = {}
    reasons: dict[tuple[str, str, str], set[str]] = {}
    asked = 0
    for spec in scenario.interpreters:
        here = interpreters[spec]
        interpreter = _imagined(spec) if isinstance(here, Missing) else here
        for combination, excludable in _combinations(scenario, spec, len(cpus)):
            run = _run(scenario, spec, combination, interpreter)
            if excludable and any(matches(rule, run, interpreter, len(cpus)) for rule in scenario.exclude):
                continue
            asked += 1
            absent = (here.reason, here.hint) if isinstance(here, Missing) else None
            reason = absent or _impossible(run, interpreter, cpus)
            if reason:
                reasons.setdefault((spec, *reason), set()).add(run.id)
            else:
                runs[run.id] = run
    if not asked:
        raise ScenarioError([Problem(file=scenario.path, where="exclude", message="excludes every run of the matrix")])
    skips = [
        Skip(scenario=scenario.name, what=f"{spec} ({units.count(len(ids), 'run')})", reason=reason, hint=hint)
        for (spec, reason, hint), ids in reasons.items()
    ]
    return list(runs.values()), skips


def _imagined(spec: str) -> Interpreter:
    """What a missing interpreter would be, as far as its name tells: enough to count its runs."""
    free_threaded = spec.endswith("t")
    return Interpreter(spec=spec, executable="", version="", free_threaded=free_threaded, gil_option=free_threaded)


def _combinations(scenario: Scenario, spec: str, cpus: int) -> Iterator[tuple[dict[str, Value], bool]]:
    """Every combination of axis values with whether `exclude` applies to it: it does not to what `include` adds."""
    axes = {
        name: tuple(dict.fromkeys(thread_count(value, cpus) for value in values)) if name == "threads" else values
        for name, values in scenario.matrix
    }
    for values in itertools.product(*axes.values()):
        yield dict(zip(axes, values, strict=True)), True
    for pairs in scenario.include:
        added = dict(pairs)
        if added.pop("interpreter", spec) != spec:
            continue
        first = {name: values[0] for name, values in axes.items()}
        if "threads" in added:
            added["threads"] = thread_count(added["threads"], cpus)
        yield first | added, False


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


def _later(interval: str) -> list[str]:
    """An axis that came later is part of an identity only where it says something, so that ids stay."""
    return [] if interval == "default" else ["switch_interval", interval]


def _digest(identity: object) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:10]


def _impossible(run: Run, interpreter: Interpreter, cpus: tuple[int, ...]) -> tuple[str, str] | None:
    """Why this run cannot be run here, and what would change that; None if it can."""
    if run.gil == "off" and not interpreter.free_threaded:
        return "this build cannot switch its GIL off", "a free-threaded one can: name 3.13t or a later one"
    if run.gil != "default" and not interpreter.gil_option:
        return "this build has no -X gil option", "leave the axis `gil` at default for it"
    if isinstance(run.affinity, tuple):
        absent = sorted({cpu for cpus_ in run.affinity for cpu in cpus_} - set(cpus))
        if absent:
            usable = ", ".join(map(str, cpus))
            return f"CPU {', '.join(map(str, absent))} is not usable here", f"usable CPUs: {usable}"
    return None


def _groups(scenario: str, runs: Iterable[Run]) -> list[Group]:
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


def _control(scenario: Scenario, runs: Sequence[Run], control: Kernel, cpus: tuple[int, ...]) -> list[Group]:
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
