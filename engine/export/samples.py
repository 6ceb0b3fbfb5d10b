"""A journal -> the invocations of each run as plain numbers, in the order of the results; judges nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from engine import stats
from engine.analysis.series import by_group, usable
from engine.model import Invocation, Iterations, Journal, Results, RunResult, Scenario, TeamRecord
from engine.plan import grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one invocation says of one run."""

    round: int
    started: str
    """ISO 8601, UTC."""
    duration: float
    """Seconds of the invocation, shared out equally among the thread counts it measured."""
    loops: int
    """Per thread, in one iteration."""
    rss: int
    """Bytes; 0: not known."""
    warmups: tuple[float, ...]
    """Seconds per operation (wall time x threads / operations of all threads), in time order."""
    values: tuple[float, ...]
    """The same, of the iterations that were kept."""

    @property
    def location(self) -> float:
        """The one value that estimates are made of."""
        return float(stats.LOCATION(self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run with what was measured of it."""

    scenario: Scenario
    result: RunResult
    samples: tuple[Sample, ...]
    """By round."""


def measured(results: Results, journal: Journal, pythons: Collection[str] = ()) -> Iterator[Measured]:
    """The runs that gave numbers, group by group, without the control's; only one group is held at a time.

    `pythons` are the interpreters that are wanted, all if empty.
    """
    members, groups = by_group(journal), grouped(journal.header.plan)
    for one in results.scenarios:
        rows = {row.run.id: row for row in one.runs}
        for group in groups[one.scenario.name]:
            wanted = [row for run in group.runs if (row := rows.get(run.id))]
            if group.control or not wanted or (pythons and wanted[0].run.interpreter not in pythons):
                continue
            invocations = [invocation for invocation in members[group.id] if usable(invocation)]
            for row in wanted:
                samples = _samples(row.run.threads, one.scenario.kernel.operations, invocations)
                yield Measured(scenario=one.scenario, result=row, samples=samples)


def _samples(threads: int, operations: int, invocations: Sequence[Invocation]) -> tuple[Sample, ...]:
    """One for each round; of two of one round the later one counts, as in the estimates."""
    found = {
        invocation.round: _sample(invocation, team, operations)
        for invocation in invocations
        for team in invocation.teams
        if team.threads == threads and 0 in team.iterations.warmup
    }
    return tuple(found[number] for number in sorted(found))


def _sample(invocation: Invocation, team: TeamRecord, operations: int) -> Sample:
    seconds = [wall * 1e-9 / team.loops / operations for wall in _walls(team.iterations)]
    told = list(zip(team.iterations.warmup, seconds, strict=True))
    return Sample(
        round=invocation.round,
        started=invocation.started,
        duration=invocation.duration / len(invocation.teams),
        loops=team.loops,
        rss=invocation.rss,
        warmups=tuple(value for warm, value in told if warm),
        values=tuple(value for warm, value in told if not warm),
    )


def _walls(found: Iterations) -> Iterator[int]:
    """The wall time of each iteration in nanoseconds: last end - first start."""
    width = found.threads
    for place in range(0, len(found.start_ns), width):
        yield max(found.end_ns[place : place + width]) - min(found.start_ns[place : place + width])
