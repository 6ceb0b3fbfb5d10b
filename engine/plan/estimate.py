"""A plan -> how long it takes: estimates in seconds, from what is asked and the number of CPUs; measures nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from engine.model import Group, Interpreter, Plan, ProfileKind, Run, Scenario
from engine.selection import gil_enabled

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

HOPELESS = 2.0
"""A run whose iterations alone would take so many times the timeout is not begun: they would only be killed."""


PROFILED: dict[ProfileKind, float] = {"counted": 0.25, "sampled": 1.0, "shared": 1.0}
"""Seconds of iterations in an extra invocation that looks closer: for samples there have to be some hundred of them."""

PROFILE_ITERATIONS = 200
"""The most of them, for between two everything is looked at and garbage collected."""

TOOL_SECONDS = 1.0
"""Estimate of what a profiler takes to start, and to write what it found."""


class Overlong(NamedTuple):
    """A group whose invocations are expected to be killed, or nearly."""

    scenario: Scenario
    group: Group
    seconds: float


class Rushed(NamedTuple):
    """A scenario whose time limit is expected to come before every group has had its fewest invocations."""

    scenario: Scenario
    seconds: float
    """That they would take."""


class Estimate:
    """How long the invocations of one scenario take; made once for all of its groups.

    It assumes kernels that compute: a thread has a CPU to itself, or the GIL, or waits for it.
    """

    def __init__(
        self, scenario: Scenario, groups: Sequence[Group], interpreters: Mapping[str, Interpreter], cpus: int
    ) -> None:
        self.scenario, self.groups, self.interpreters, self.cpus = scenario, groups, interpreters, cpus
        self._pilots = sum(pilots(scenario, group) for group in groups)

    def invocation(self, group: Group, iterations: int | None = None) -> float:
        """One invocation of a group; `iterations` instead of the scenario's."""
        kept = iterations or self.scenario.measure.iterations or ITERATIONS
        return START_SECONDS + self._sweep(group) * (warmups(self.scenario) + kept)

    def shortest(self, group: Group) -> float:
        """One invocation that counts, with as few iterations as the scenario allows."""
        return self.invocation(group, self.scenario.measure.iterations or PILOT_ITERATIONS[0])

    def pilot_iterations(self, group: Group) -> int:
        """Iterations of each thread count in a pilot: as many as the time limits allow, within `PILOT_ITERATIONS`."""
        fewest, most = PILOT_ITERATIONS
        measure = self.scenario.measure
        each = min(measure.timeout / 2, measure.time_limit * PILOT_SHARE / max(1, self._pilots))
        fitting = (each - START_SECONDS) / self._sweep(group) - warmups(self.scenario)
        return max(fewest, min(most, int(fitting)))

    def profile_iterations(self, kind: ProfileKind, run: Run) -> int:
        """Iterations that are kept of an extra invocation of a run, as far as half its timeout lets it have them."""
        each = iteration_seconds(self.scenario, run, self.interpreters[run.interpreter], self.cpus)
        fitting = self.scenario.measure.timeout / 2 / each - warmups(self.scenario)
        return max(1, min(PROFILE_ITERATIONS, math.ceil(PROFILED[kind] / each), int(fitting)))

    def profiling(self) -> tuple[int, float]:
        """How many extra invocations profiles take, as far as the plan knows, and their seconds."""
        taken = []
        for run in (run for group in self.groups if not group.control for run in group.runs):
            each = iteration_seconds(self.scenario, run, self.interpreters[run.interpreter], self.cpus)
            for kind in ("counted", "sampled"):
                iterations = warmups(self.scenario) + self.profile_iterations(kind, run)
                taken.append(START_SECONDS + TOOL_SECONDS + iterations * each)
        return len(taken), sum(taken)

    def whole(self) -> tuple[float, float]:
        """The scenario with as few invocations as asked for, and with as many as allowed, within its time limit."""
        limit = self.scenario.measure.time_limit
        least, most = self.unlimited()
        return min(limit, least), min(limit, most)

    def unlimited(self) -> tuple[float, float]:
        """The same if it had all the time it takes."""
        measure = self.scenario.measure
        round_ = sum(map(self.invocation, self.groups))
        first = round_ + sum(
            pilots(self.scenario, group) * self.invocation(group, self.pilot_iterations(group)) for group in self.groups
        )
        return first + round_ * measure.invocations_min, first + round_ * measure.invocations_max

    def _sweep(self, group: Group) -> float:
        """One iteration of each thread count."""
        return sum(
            iteration_seconds(self.scenario, run, self.interpreters[run.interpreter], self.cpus, control=group.control)
            for run in group.runs
        )


def of_scenario(plan: Plan, scenario: Scenario, groups: Sequence[Group]) -> Estimate:
    """The estimate for one scenario of a plan; `groups` are its own."""
    return Estimate(scenario, groups, {one.spec: one for one in plan.interpreters}, len(plan.cpus))


def iteration_seconds(
    scenario: Scenario, run: Run, interpreter: Interpreter, cpus: int, *, control: bool = False
) -> float:
    """One iteration of all threads of a run, at one thread's speed for each CPU or GIL."""
    parallel = 1 if gil_enabled(run, interpreter) and not control else cpus
    return scenario.measure.iteration_time * max(1.0, run.threads / parallel)


def hopeless(scenario: Scenario, run: Run, interpreter: Interpreter, cpus: int) -> float:
    """The seconds that the fewest iterations of a run take, if that is far above the timeout; else 0."""
    kept = scenario.measure.iterations or PILOT_ITERATIONS[0]
    alone = iteration_seconds(scenario, run, interpreter, cpus) * (warmups(scenario) + kept)
    return alone if alone > HOPELESS * scenario.measure.timeout else 0.0


def warmups(scenario: Scenario) -> int:
    """Warm-up iterations of each thread count in an invocation."""
    return WARMUP if scenario.measure.warmup is None else scenario.measure.warmup


def pilots(scenario: Scenario, group: Group) -> int:
    """Pilots of a group after the one that calibrates it: none unless they have to find the number of iterations."""
    return PILOTS if scenario.measure.iterations is None and not group.control else 0


def pilot_iterations(plan: Plan, scenario: Scenario, group: Group) -> int:
    """`Estimate.pilot_iterations` of a single group."""
    groups = [one for one in plan.groups if one.scenario == scenario.name]
    return of_scenario(plan, scenario, groups).pilot_iterations(group)


def seconds(plan: Plan) -> tuple[float, float]:
    """The estimated duration in seconds, with as few invocations as asked for and with as many as allowed.

    Profiles come on top of a scenario's time limit.
    """
    each = [one.whole() for one in _estimates(plan)]
    extra = profiling(plan)[1]
    return sum(least for least, _ in each) + extra, sum(most for _, most in each) + extra


def profiling(plan: Plan) -> tuple[int, float]:
    """The extra invocations of `--profile detailed`, and their estimated seconds."""
    if plan.profile != "detailed":
        return 0, 0.0
    each = [one.profiling() for one in _estimates(plan)]
    return sum(count for count, _ in each), sum(taken for _, taken in each)


def overlong(plan: Plan) -> tuple[Overlong, ...]:
    """The groups whose invocations are estimated to take longer than their timeout."""
    return tuple(
        Overlong(one.scenario, group, needed)
        for one in _estimates(plan)
        for group in one.groups
        if (needed := one.shortest(group)) > one.scenario.measure.timeout
    )


def rushed(plan: Plan) -> tuple[Rushed, ...]:
    """The scenarios that are estimated to need more time than they have."""
    needed = ((one.scenario, one.unlimited()[0]) for one in _estimates(plan))
    return tuple(Rushed(scenario, time) for scenario, time in needed if time > scenario.measure.time_limit)


def grouped(plan: Plan) -> dict[str, tuple[Group, ...]]:
    """Name of a scenario -> its groups, its control included; every scenario of the plan is there."""
    found: dict[str, list[Group]] = {scenario.name: [] for scenario in plan.scenarios}
    for group in plan.groups:
        found[group.scenario].append(group)
    return {name: tuple(groups) for name, groups in found.items()}


def _estimates(plan: Plan) -> Iterator[Estimate]:
    groups = grouped(plan)
    return (of_scenario(plan, scenario, groups[scenario.name]) for scenario in plan.scenarios)
