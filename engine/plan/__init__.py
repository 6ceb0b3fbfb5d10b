"""Scenarios x interpreters x CPUs x seed -> Plan: runs with stable ids, skips with reasons, the order of every round.

Pure: no clock, disk or process. `matrix` makes runs and groups, `rounds` orders them, `estimate` foretells their time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.model import Group, Interpreter, Kernel, Missing, Plan, ProfileLevel, Scenario, Skip
from engine.plan.estimate import (
    ITERATIONS,
    PILOTS,
    START_SECONDS,
    Estimate,
    Overlong,
    Rushed,
    grouped,
    of_scenario,
    overlong,
    pilot_iterations,
    pilots,
    profiling,
    rushed,
    seconds,
    warmups,
)
from engine.plan.matrix import control_groups, groups_in, identified, runs_of
from engine.plan.rounds import order, sweeps

__all__ = [
    "ITERATIONS",
    "PILOTS",
    "START_SECONDS",
    "Estimate",
    "Overlong",
    "Rushed",
    "grouped",
    "groups_in",
    "groups_of",
    "identified",
    "make",
    "of_scenario",
    "order",
    "overlong",
    "pilot_iterations",
    "pilots",
    "profiling",
    "rushed",
    "seconds",
    "sweeps",
    "warmups",
]


def make(
    scenarios: Sequence[Scenario],
    interpreters: Mapping[str, Interpreter | Missing],
    cpus: tuple[int, ...],
    seed: int,
    control: Kernel | None = None,
    *,
    profile: ProfileLevel = "basic",
) -> Plan:
    """The plan for these scenarios.

    `interpreters` has every version that one of them names, `cpus` the usable CPU ids. `control` is the kernel that
    shows whether there really are several CPUs; it runs beside each scenario that uses two. `profile` is what is read
    beside the clock.
    Raises ScenarioError for a scenario that excludes all its runs.
    """
    groups: list[Group] = []
    skips: list[Skip] = []
    for scenario in scenarios:
        runs, skipped = runs_of(scenario, interpreters, cpus)
        skips += skipped
        groups += groups_in(scenario.name, runs)
        if control and runs:
            groups += control_groups(scenario, runs, control, cpus)
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
        profile=profile,
    )


def groups_of(plan: Plan, scenario: Scenario) -> tuple[Group, ...]:
    """The groups of one scenario, its control included; `grouped` for all scenarios at once."""
    return tuple(group for group in plan.groups if group.scenario == scenario.name)
