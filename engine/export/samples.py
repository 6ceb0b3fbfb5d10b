"""A journal -> the invocations of each run as plain numbers, in the order of the results; judges nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import starmap

from engine import stats
from engine.analysis import series
from engine.model import Invocation, Journal, Results, RunResult, Scenario, TeamRecord
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
    members, groups = series.by_group(journal), grouped(journal.header.plan)
    for one in results.scenarios:
        rows = {row.run.id: row for row in one.runs}
        for group in groups[one.scenario.name]:
            wanted = [row for run in group.runs if (row := rows.get(run.id))]
            if group.control or not wanted or (pythons and wanted[0].run.interpreter not in pythons):
                continue
            invocations = [invocation for invocation in members[group.id] if series.usable(invocation)]
            for row in wanted:
                found = series.measured(row.run, one.scenario.kernel.operations, invocations)
                yield Measured(scenario=one.scenario, result=row, samples=tuple(starmap(_sample, found)))


def _sample(invocation: Invocation, team: TeamRecord, seconds: Iterable[float]) -> Sample:
    told = list(zip(team.iterations.warmup, map(float, seconds), strict=True))
    return Sample(
        round=invocation.round,
        started=invocation.started,
        duration=invocation.duration / len(invocation.teams),
        loops=team.loops,
        rss=invocation.rss,
        warmups=tuple(value for warm, value in told if warm),
        values=tuple(value for warm, value in told if not warm),
    )
