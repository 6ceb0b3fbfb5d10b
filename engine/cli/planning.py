"""`fteng plan`: what the command line selects and says instead -> a plan for this machine; measures nothing."""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping, Sequence

from engine import interpreter, kernel, override, plan, resources, spawn
from engine import scenario as scenarios
from engine import topology as machine
from engine.cli import DONE, notice
from engine.errors import EngineError
from engine.model import Interpreter, Missing, Plan, ProfileLevel, Scenario
from engine.report.plan import plan_text
from engine.report.tables import skip_line

CONTROL = "real_cpus"
"""The kernel that shows whether there really are several CPUs: a hash that releases the GIL."""


def show_plan(arguments: argparse.Namespace) -> int:
    """`fteng plan`: what `run` would do."""
    print_plan(asked(arguments, machine.read()), every=arguments.all)
    return DONE


def asked(arguments: argparse.Namespace, topology: machine.Topology) -> Plan:
    """The plan for what the command line selects, on this machine."""
    if not arguments.scenarios:
        raise EngineError("name a scenario to run, for example `fteng run gil/contention`, or --resume DIR")
    chosen = _filtered(scenarios.load_all(scenarios.find(arguments.scenarios)), arguments)
    chosen = tuple(overridden(one, arguments) for one in chosen)
    specs = tuple(dict.fromkeys(spec for one in chosen for spec in one.interpreters))
    found, missing = interpreter.find(specs)
    known: dict[str, Interpreter | Missing] = {here.spec: here for here in found}
    known |= {absent.spec: absent for absent in missing}
    return plan_for(
        chosen, {spec: known[spec] for spec in specs}, topology, arguments.seed, arguments.profile or "basic"
    )


def plan_for(
    chosen: Sequence[Scenario],
    interpreters: Mapping[str, Interpreter | Missing],
    topology: machine.Topology,
    seed: int | None,
    profile: ProfileLevel = "basic",
) -> Plan:
    """The plan with its control; where no seed is asked for, with a random one, which the plan keeps."""
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    control = kernel.load(resources.kernels() / f"{CONTROL}.py")
    return plan.make(chosen, interpreters, topology.ids, seed, control, profile=profile)


def _filtered(loaded: Sequence[Scenario], arguments: argparse.Namespace) -> tuple[Scenario, ...]:
    """The scenarios that -k and --tag leave."""
    kept = tuple(
        one
        for one in loaded
        if (not arguments.k or _named(one.name, arguments.k)) and set(arguments.tag) <= set(one.tags)
    )
    if not kept:
        tags = ", ".join(sorted({tag for one in loaded for tag in one.tags})) or "none"
        names = ", ".join(one.name for one in loaded)
        raise EngineError(f"-k and --tag leave no scenario of {names} (their tags: {tags})")
    return kept


def _named(name: str, expression: str) -> bool:
    """Whether a name matches `a and not b or c`, where a word matches the names that contain it."""

    def word(text: str) -> bool:
        wanted = text.strip()
        return not word(wanted[4:]) if wanted.startswith("not ") else wanted in name

    return any(all(word(part) for part in either.split(" and ")) for either in expression.split(" or "))


def overridden(one: Scenario, arguments: argparse.Namespace) -> Scenario:
    """The scenario with what the command line says instead."""
    pairs = []
    for text in arguments.parameters:
        name, equals, values = text.partition("=")
        if not equals:
            raise EngineError(f"-p {text}: expected NAME=VALUES, for example -p padding=0,64")
        pairs.append((name.strip(), values))
    return override.override(
        one,
        interpreters=tuple(arguments.python),
        parameters=tuple(pairs),
        threads=arguments.threads,
        affinity=arguments.affinity,
        gil=arguments.gil,
        switch_interval=arguments.switch_interval,
        preset=arguments.preset,
        invocations=arguments.invocations,
        iterations=arguments.iterations,
        precision=arguments.precision,
        time_limit=arguments.time_limit,
    )


def print_plan(planned: Plan, *, every: bool = False) -> None:
    """The plan, with its first round in order; a long one summed up, unless `every` run is asked for."""
    groups = plan.grouped(planned)
    first = [group.id for one in planned.scenarios for group in plan.order(planned.seed, groups[one.name], 1)]
    print(plan_text(planned, first, *plan.seconds(planned), every=every))


def say_missing(planned: Plan) -> None:
    """The interpreters that were asked for and are not here, with what installs them."""
    for one in planned.missing:
        notice(f"missing: {one.spec} ({one.reason}); to have it measured: {one.hint}")


def say_unheard() -> None:
    """What the user may have set for the measured interpreters, and does not reach them."""
    if names := spawn.unheard():
        instead = "; the axis `gil` (or --gil) sets the lock" if "PYTHON_GIL" in names else ""
        notice(f"no effect on what is measured, for workers do not see it: {', '.join(names)}{instead}")


def nothing_to_run(planned: Plan) -> str:
    """Why not one run is left, in lines."""
    reasons = "\n".join(f"  {skip_line(one)}" for one in planned.skips)
    return f"nothing to run:\n{reasons}"
