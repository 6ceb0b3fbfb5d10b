"""The invocations of a group, gone through once -> what is kept of them: series, failures, seconds; few at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from engine.analysis.series import Series, joined, series, timed_seconds, usable
from engine.model import Failure, Group, Invocation

BLOCK = 400_000
"""Numbers of a column that are held at once: with their seven columns and what is made of them about 50 MB. Most groups
are smaller; the largest that a scenario can ask for fills a gigabyte of a journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What the invocations of one group say."""

    group: Group
    series: Mapping[str, Series]
    """Id of a run -> what was measured; runs without numbers are not there."""
    count: int
    """Invocations in all, pilots and failed ones included."""
    failures: int
    failure: Failure | None
    """The first of them."""
    seconds: float
    """What all of them took."""
    timed: float
    """The part of it inside iterations."""
    durations: Mapping[int, float]
    """Seconds by round, of those that count."""
    kept: int
    """Iterations that the first of those kept at each thread count; 0 where there is none."""

    def light(self, metrics: Collection[str]) -> Gathered:
        """The same with light series."""
        return dataclasses.replace(self, series={key: one.light(metrics) for key, one in self.series.items()})


def gather(
    group: Group,
    operations: int,
    invocations: Iterable[Invocation],
    see: Callable[[Group, Invocation], None] = lambda _, __: None,
) -> Gathered:
    """Go through the invocations of a group, whose kernel does so many operations in a loop; `see` is shown each.

    Raises JournalError for an iteration that cannot be.
    """
    parts: dict[str, list[Series]] = {run.id: [] for run in group.runs}
    block: list[Invocation] = []
    durations: dict[int, float] = {}
    count = failures = kept = held = 0
    failure: Failure | None = None
    seconds = timed = 0.0

    def judge() -> None:
        for run in group.runs:
            if one := series(run, operations, block):
                parts[run.id].append(one)
        block.clear()

    for invocation in invocations:
        see(group, invocation)
        count += 1
        seconds += invocation.duration
        timed += timed_seconds(invocation)
        if invocation.failure:
            failures += 1
            failure = failure or invocation.failure
        elif usable(invocation):
            kept = kept or _kept(group, invocation)
            durations[invocation.round] = invocation.duration
            block.append(invocation)
            held += sum(len(team.iterations.start_ns) for team in invocation.teams)
            if held >= BLOCK:
                judge()
                held = 0
    judge()
    return Gathered(
        group=group,
        series={key: joined(found) for key, found in parts.items() if found},
        count=count,
        failures=failures,
        failure=failure,
        seconds=seconds,
        timed=timed,
        durations=durations,
        kept=kept,
    )


def _kept(group: Group, invocation: Invocation) -> int:
    """The iterations of the first of the group's runs that it measured."""
    found = {team.threads: team.iterations.warmup.count(0) for team in invocation.teams}
    return next((count for run in group.runs if (count := found.get(run.threads, 0))), 0)
