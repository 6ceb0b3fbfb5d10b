"""The pilots of a scenario become its number of iterations, where it leaves that to them: a pure function."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from engine import stats
from engine.analysis.series import series, usable
from engine.analysis.variance import Scatter, kept_iterations, scatter, together
from engine.model import Group, Invocation, Scenario
from engine.plan import ITERATIONS


def iterations(scenario: Scenario, groups: Sequence[Group], invocations: Sequence[Invocation]) -> int:
    """Iterations of each thread count in an invocation, one number for all groups of a scenario.

    As asked for; else as invocations that count were measured with (a resumed result goes on as it began); else what
    the pilots show to give the narrowest intervals for the time, but so few that the fewest invocations fit into the
    time limit. Where no pilot worked: `ITERATIONS`.
    """
    if scenario.measure.iterations is not None:
        return scenario.measure.iterations
    members: dict[str, list[Invocation]] = {group.id: [] for group in groups if not group.control}
    for one in invocations:
        if one.group in members:
            members[one.group].append(one)
    measured = [one for group in members.values() for one in group]
    begun = _begun_with(groups, members)
    if begun:
        return begun
    found: dict[str, Scatter] = {}
    for group in groups:
        found |= _piloted(group, members.get(group.id, ()))
    if not found:
        return ITERATIONS
    ratios = [one.components.ratios for one in found.values()]
    return stats.best_for_all(ratios, together(list(found.values())), _most(scenario, groups, measured, found))


def _begun_with(groups: Sequence[Group], members: Mapping[str, Sequence[Invocation]]) -> int:
    """Iterations that invocations kept which count; 0 where there are none. `members` are the groups' invocations."""
    for group in groups:
        counted = [one for one in members.get(group.id, ()) if usable(one)][:1]
        for run in group.runs:
            if one := series(run, 1, counted):
                return kept_iterations(one)
    return 0


def _piloted(group: Group, invocations: Sequence[Invocation]) -> dict[str, Scatter]:
    """What the pilots of a group that kept several iterations say of its runs, in seconds per loop."""
    worked = [one for one in invocations if one.round == 0 and one.failure is None]
    long = [one for one in worked if sum(team.iterations.warmup.count(0) for team in one.teams[:1]) > 1]
    counted = [dataclasses.replace(one, round=number) for number, one in enumerate(long, start=1)]
    found = [one for run in group.runs if (one := series(run, 1, counted))]
    return scatter(found, 1, {one.round: one.duration for one in counted}, 0.95)


def _most(
    scenario: Scenario, groups: Sequence[Group], invocations: Sequence[Invocation], found: dict[str, Scatter]
) -> int:
    """Iterations with which the fewest invocations fit into what is left of the time limit, and each into its timeout.

    Half of the timeout is kept for bad moments; the control is taken to cost as much as another group.
    """
    measure = scenario.measure
    runs = [[found[run.id] for run in group.runs if run.id in found] for group in groups]
    costs = [together(one) for one in runs if one]
    share = len(costs) / max(1, len(groups))
    left = measure.time_limit - sum(one.duration for one in invocations)
    whole = together(list(found.values()))
    limits = [(left * share / measure.invocations_min, whole), *((measure.timeout / 2, one) for one in costs)]
    return int(min(stats.MOST, *((seconds - one.start) / one.iteration for seconds, one in limits)))
