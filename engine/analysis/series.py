"""The records of one run become one value per invocation and metric, by round; knows no interval and no verdict.

docs/method.md has the formulas. Times are seconds; a pilot or failed invocation has no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine import stats
from engine.errors import JournalError
from engine.model import UNITS, Invocation, Iteration, Run, TeamRecord

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
    median_time: float
    """The median over invocations of the median over iterations, seconds per operation."""
    walls: tuple[Floats, ...]
    """For every usable invocation, by round: each iteration's time in seconds per operation, in time order, warm-up
    first."""
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
    times = clocks.wall / (clocks.loops * operations)
    measured = {"time": clocks.located(times, stats.LOCATION)}
    measured["throughput"] = run.threads / measured["time"]
    measured |= _behaviour(clocks)
    metrics = {name: dict(zip(rounds, values.tolist(), strict=True)) for name, values in measured.items()}
    return Series(
        run=run,
        loops=pairs[-1][1].loops,
        iterations=clocks.wall.size,
        median_time=float(np.median(clocks.located(times, stats.median))),
        walls=tuple(_walls(team) / (team.loops * operations) for _, team in pairs),
        warmups=tuple(sum(iteration.warmup for iteration in team.iterations) for _, team in pairs),
        metrics=_in_order(metrics | _of_process(pairs)) | _of_kernel(pairs),
        gil=any(any(invocation.gil) for invocation, _ in pairs),
        specialized=tuple(sorted({name for invocation, _ in pairs for name in invocation.bytecode.names})),
    )


def times(run: Run, invocations: Iterable[Invocation]) -> Values:
    """Seconds per loop by round: enough for widths, which do not change with the number of operations in a loop."""
    pairs = _teams(run, invocations)
    if not pairs:
        return {}
    clocks = _Clocks([team for _, team in pairs], run)
    located = clocks.located(clocks.wall / clocks.loops, stats.LOCATION)
    return dict(zip((invocation.round for invocation, _ in pairs), located.tolist(), strict=True))


def timed_seconds(invocation: Invocation) -> float:
    """The seconds that an invocation spent inside iterations, warm-up and all thread counts included."""
    iterations = (iteration for team in invocation.teams for iteration in team.iterations)
    return sum(max(i.end_ns, default=0) - min(i.start_ns, default=0) for i in iterations) * 1e-9


def _teams(run: Run, invocations: Iterable[Invocation]) -> list[tuple[Invocation, TeamRecord]]:
    """The usable invocations with what they measured at the run's thread count, one for each round."""
    by_round = {
        invocation.round: (invocation, team)
        for invocation in invocations
        if usable(invocation)
        for team in invocation.teams
        if team.threads == run.threads and any(not iteration.warmup for iteration in team.iterations)
    }
    return [by_round[number] for number in sorted(by_round)]


class _Clocks:
    """The kept iterations of all invocations of a run as arrays: one row per iteration, one column per thread."""

    def __init__(self, teams: Sequence[TeamRecord], run: Run) -> None:
        kept = [[iteration for iteration in team.iterations if not iteration.warmup] for team in teams]
        self.iterations: list[Iteration] = [iteration for team in kept for iteration in team]
        self.counts = [len(team) for team in kept]
        self.loops = np.repeat([team.loops for team in teams], self.counts)
        try:
            self.start = np.array([i.start_ns for i in self.iterations], dtype=np.int64)
            self.end = np.array([i.end_ns for i in self.iterations], dtype=np.int64)
            possible = (self.end > self.start).all() and self.start.shape[1] == run.threads and (self.loops > 0).all()
        except (ValueError, IndexError):
            possible = False
        if not possible:
            raise JournalError(f"run {run.id}: the journal holds an iteration that cannot be (its clocks or loops)")
        self.wall: Floats = (self.end.max(axis=1) - self.start.min(axis=1)) * 1e-9

    def located(self, values: Floats, location: Callable[[ArrayLike], Floats]) -> Floats:
        """One value for each invocation from one for each iteration."""
        if len(set(self.counts)) == 1:
            return location(values.reshape(len(self.counts), -1))
        return np.array([float(location(part)) for part in np.split(values, np.cumsum(self.counts)[:-1])])


def _behaviour(clocks: _Clocks) -> dict[str, Floats]:
    """How the threads got on in each invocation: the middle iteration's, but the mean of counts, which are often 0."""
    busy = np.array([sum(i.cpu_ns) for i in clocks.iterations]) * 1e-9
    switches = np.array([sum(i.voluntary) + sum(i.involuntary) for i in clocks.iterations], dtype=np.float64)
    skew = (clocks.start.max(axis=1) - clocks.start.min(axis=1)) * 1e-9
    rates = clocks.loops[:, np.newaxis] / (clocks.end - clocks.start)
    return {
        "fairness": clocks.located(stats.jain(rates), stats.median),
        "cpu": clocks.located(busy / clocks.wall, stats.median),
        "switches": clocks.located(switches, lambda values: np.asarray(np.mean(np.asarray(values), axis=-1))),
        "skew": clocks.located(skew, stats.median),
    }


def _walls(team: TeamRecord) -> Floats:
    """The wall time of every iteration, warm-up included, in seconds."""
    return np.array([max(one.end_ns) - min(one.start_ns) for one in team.iterations]) * 1e-9


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
