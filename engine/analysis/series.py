"""The records of one run become one value per invocation and metric, by round; knows no interval and no verdict.

docs/method.md has the formulas. Times are seconds; a pilot or failed invocation has no value.
"""

from __future__ import annotations

import dataclasses
import math
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine import stats
from engine.errors import JournalError
from engine.model import UNITS, Invocation, Invocations, Journal, Run, TeamRecord
from engine.model.record import UNREAD, UNTOLD

Floats = NDArray[np.float64]
Values = Mapping[int, float]
"""One metric of one run: round -> value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What the usable invocations say of one run."""

    run: Run
    loops: int
    iterations: int
    """Kept ones, in all invocations."""
    medians: Floats
    """For every usable invocation, by round: the median over its iterations, seconds per operation."""
    walls: tuple[Floats, ...]
    """Likewise: each iteration's time in seconds per operation, in time order, warm-up first."""
    warmups: tuple[int, ...]
    """How many of these, the first ones, are warm-up."""
    metrics: Mapping[str, Values]
    """In the order of `UNITS`, then the kernel's own; an invocation that does not know a metric is left out."""
    gil: bool
    specialized: tuple[str, ...]

    @property
    def times(self) -> Values:
        """Seconds per operation, by round."""
        return self.metrics["time"]

    @property
    def median_time(self) -> float:
        """The median over invocations of the median over iterations, seconds per operation."""
        return float(np.median(self.medians))

    def light(self, metrics: Collection[str]) -> Series:
        """The same without its iterations, and of the metrics only these, packed: enough to be compared."""
        packed = Packed({name: values for name, values in self.metrics.items() if name in metrics})
        return dataclasses.replace(self, walls=(), warmups=(), metrics=packed)


class Packed(Mapping[str, Values]):
    """Metrics as arrays: a mapping takes five times the memory, and is made of them when it is asked for."""

    def __init__(self, metrics: Mapping[str, Values]) -> None:
        rounds: dict[tuple[int, ...], array[int]] = {}
        self._found = {
            name: (rounds.setdefault(tuple(values), array("q", values)), array("d", values.values()))
            for name, values in metrics.items()
        }

    def __getitem__(self, name: str) -> Values:
        return dict(zip(*self._found[name], strict=True))

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def by_group(journal: Journal) -> Mapping[str, Sequence[Invocation]]:
    """Id of a group -> its invocations, in the order of time; every group of the plan is there.

    Those of a file are read from it whenever they are iterated over.
    """
    held = journal.invocations
    if isinstance(held, Invocations):
        return {group.id: held.of(group.id) for group in journal.header.plan.groups}
    found: dict[str, list[Invocation]] = {group.id: [] for group in journal.header.plan.groups}
    for invocation in journal.invocations:
        found.setdefault(invocation.group, []).append(invocation)
    return found


def usable(invocation: Invocation) -> bool:
    """Whether an invocation counts: no pilot, and it kept the contract to its end."""
    return invocation.round > 0 and invocation.failure is None


def series(run: Run, operations: int, invocations: Iterable[Invocation]) -> Series | None:
    """The series of a run from the invocations of its group, or None if none of them measured it.

    Raises JournalError for an iteration that cannot be.
    """
    pairs = _teams(run, invocations)
    if not pairs:
        return None
    rounds = [invocation.round for invocation, _ in pairs]
    clocks = _Clocks([team for _, team in pairs], run)
    times = clocks.kept(clocks.every) / operations
    measured = {"time": clocks.located(times, stats.LOCATION)}
    measured["throughput"] = run.threads / measured["time"]
    measured |= _behaviour(clocks)
    metrics = {name: dict(zip(rounds, values.tolist(), strict=True)) for name, values in measured.items()}
    metrics |= _faults(pairs)
    return Series(
        run=run,
        loops=pairs[-1][1].loops,
        iterations=times.size,
        medians=clocks.located(times, stats.median),
        walls=clocks.each(clocks.every / operations),
        warmups=tuple(team.iterations.warmup.count(1) for _, team in pairs),
        metrics=_in_order(metrics | _of_process(pairs)) | _of_kernel(pairs),
        gil=any(any(invocation.gil) for invocation, _ in pairs),
        specialized=tuple(sorted({name for invocation, _ in pairs for name in invocation.bytecode.names})),
    )


def joined(parts: Sequence[Series]) -> Series:
    """The series of a run from those of some of its invocations each. Of two values of a round the later one counts."""
    if len(parts) == 1:
        return parts[0]
    places = {number: (part, place) for part in parts for place, number in enumerate(part.times)}
    ordered = [places[number] for number in sorted(places)]
    names = dict.fromkeys((*UNITS, *(name for part in parts for name in part.metrics)))
    whole: dict[str, dict[int, float]] = {name: {} for name in names}
    for part in parts:
        for name, values in part.metrics.items():
            whole[name] |= values
    return dataclasses.replace(
        parts[0],
        loops=ordered[-1][0].loops,
        iterations=sum(part.walls[place].size - part.warmups[place] for part, place in ordered),
        medians=np.array([part.medians[place] for part, place in ordered]),
        walls=tuple(part.walls[place] for part, place in ordered),
        warmups=tuple(part.warmups[place] for part, place in ordered),
        metrics={name: dict(sorted(values.items())) for name, values in whole.items() if values},
        gil=any(part.gil for part in parts),
        specialized=tuple(sorted({name for part in parts for name in part.specialized})),
    )


def measured(
    run: Run, operations: int, invocations: Iterable[Invocation]
) -> Iterator[tuple[Invocation, TeamRecord, Floats]]:
    """The usable invocations that measured a run, one for each round, each with its iterations: seconds per operation.

    Iterations are in time order, warm-up first. Raises JournalError as `series` does.
    """
    pairs = _teams(run, invocations)
    if pairs:
        clocks = _Clocks([team for _, team in pairs], run)
        for (invocation, team), walls in zip(pairs, clocks.each(clocks.every / operations), strict=True):
            yield invocation, team, walls


def times(run: Run, invocations: Iterable[Invocation]) -> Values:
    """Seconds per loop by round: enough for widths, which do not change with the number of operations in a loop."""
    pairs = _teams(run, invocations)
    if not pairs:
        return {}
    clocks = _Clocks([team for _, team in pairs], run)
    located = clocks.located(clocks.kept(clocks.every), stats.LOCATION)
    return dict(zip((invocation.round for invocation, _ in pairs), located.tolist(), strict=True))


def timed_seconds(invocation: Invocation) -> float:
    """The seconds that an invocation spent inside iterations, warm-up and all thread counts included."""
    return sum(map(_nanoseconds, invocation.teams)) * 1e-9


def _nanoseconds(team: TeamRecord) -> int:
    """The wall time of all iterations of a team; most have one thread, and a large result has many."""
    found, threads = team.iterations, team.iterations.threads
    if threads == 1:
        return sum(found.end_ns) - sum(found.start_ns)
    places = range(0, len(found.start_ns), threads or 1)
    last = sum(max(found.end_ns[place : place + threads]) for place in places)
    return last - sum(min(found.start_ns[place : place + threads]) for place in places)


def _teams(run: Run, invocations: Iterable[Invocation]) -> list[tuple[Invocation, TeamRecord]]:
    """The usable invocations with what they measured at the run's thread count, one for each round."""
    by_round = {
        invocation.round: (invocation, team)
        for invocation in invocations
        if usable(invocation)
        for team in invocation.teams
        if team.threads == run.threads and 0 in team.iterations.warmup
    }
    return [by_round[number] for number in sorted(by_round)]


class _Clocks:
    """What all invocations of a run measured, one below the other: a row per iteration, a column per thread."""

    def __init__(self, teams: Sequence[TeamRecord], run: Run) -> None:
        self.teams, self.threads = [team.iterations for team in teams], run.threads
        self.counts = [team.warmup.count(0) for team in self.teams]
        self.ends = np.cumsum([len(team) for team in self.teams])
        self.loops = np.repeat([team.loops for team in teams], [len(team) for team in self.teams])
        self.warm = np.frombuffer(b"".join(team.warmup for team in self.teams), dtype=np.bool_)
        possible = all(team.threads == run.threads for team in self.teams) and (self.loops > 0).all()
        if possible:
            self.start, self.end = self.column("start_ns"), self.column("end_ns")
            possible = (self.end > self.start).all()
        if not possible:
            raise JournalError(f"run {run.id}: the journal holds an iteration that cannot be (its clocks or loops)")
        self.wall: Floats = (self.end.max(axis=1) - self.start.min(axis=1)) * 1e-9
        self.every: Floats = self.wall / self.loops
        """Seconds per loop, warm-up included."""

    def column(self, name: str) -> NDArray[np.int64]:
        """One column of the records."""
        joined = b"".join(getattr(team, name) for team in self.teams)
        return np.frombuffer(joined, dtype=np.int64).reshape(-1, self.threads)

    def each(self, values: Floats) -> tuple[Floats, ...]:
        """The values of every iteration by invocation."""
        return tuple(np.split(values, self.ends[:-1]))

    def kept(self, values: Floats) -> Floats:
        """The values of every iteration without those of warm-up."""
        return values[~self.warm]

    def located(self, kept: Floats, location: Callable[[ArrayLike], Floats]) -> Floats:
        """One value for each invocation from one for each iteration that was kept."""
        if len(set(self.counts)) == 1:
            return location(kept.reshape(len(self.counts), -1))
        return np.array([float(location(part)) for part in np.split(kept, np.cumsum(self.counts)[:-1])])


def _behaviour(clocks: _Clocks) -> dict[str, Floats]:
    """How the threads got on in each invocation: the middle iteration's, but the mean of counts, which are often 0.

    Nothing where only their wall time together is known.
    """
    if (clocks.column("cpu_ns") == UNTOLD).any():
        return {}
    skew = (clocks.start.max(axis=1) - clocks.start.min(axis=1)) * 1e-9
    rates = clocks.loops[:, np.newaxis] / (clocks.end - clocks.start)
    found = {
        "fairness": clocks.located(clocks.kept(stats.jain(rates)), stats.median),
        "skew": clocks.located(clocks.kept(skew), stats.median),
    }
    if (clocks.column("cpu_ns") == UNREAD).any():
        return found
    busy = clocks.column("cpu_ns").sum(axis=1) * 1e-9
    switches = (clocks.column("voluntary") + clocks.column("involuntary")).sum(axis=1).astype(np.float64)
    return found | {
        "cpu": clocks.located(clocks.kept(busy / clocks.wall), stats.median),
        "switches": clocks.located(
            clocks.kept(switches), lambda values: np.asarray(np.mean(np.asarray(values), axis=-1))
        ),
    }


def _faults(pairs: Sequence[tuple[Invocation, TeamRecord]]) -> dict[str, dict[int, float]]:
    """Page faults of all threads in an iteration, the mean of those that were kept; where they were read."""
    told = [(invocation.round, team.faults, team.iterations.warmup.count(0)) for invocation, team in pairs]
    known = [(number, faults, kept) for number, faults, kept in told if faults]
    return {
        "page_faults": {number: sum(faults) / kept for number, faults, kept in known},
        "major_faults": {number: faults[1] / kept for number, faults, kept in known},
    }


def _of_process(pairs: Sequence[tuple[Invocation, TeamRecord]]) -> dict[str, dict[int, float]]:
    """What is known of the process only, so the same for every thread count of the group."""
    codes = [(invocation.round, invocation.bytecode) for invocation, _ in pairs]
    return {
        "rss": {invocation.round: float(invocation.rss) for invocation, _ in pairs if invocation.rss > 0},
        "specialized": {r: code.specialized_after / code.instructions for r, code in codes if code.instructions > 0},
    }


def _of_kernel(pairs: Sequence[tuple[Invocation, TeamRecord]]) -> dict[str, dict[int, float]]:
    """What the kernel's `check` returned; what is no finite number is left out."""
    found: dict[str, dict[int, float]] = {}
    for invocation, team in pairs:
        for name, value in team.metrics:
            if math.isfinite(value):
                found.setdefault(name, {})[invocation.round] = float(value)
    return found


def _in_order(metrics: Mapping[str, Values]) -> dict[str, Values]:
    """The metrics that have a value, in the order of the model."""
    return {name: metrics[name] for name in UNITS if metrics.get(name)}
