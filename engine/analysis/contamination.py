"""Records become conditions: what others took of the CPUs while a run was measured, and how fast the CPUs were.

Nothing here corrects a number or leaves one out; docs/method.md has the formulas and the figures behind the limits.
Ticks of 10 ms make one invocation coarse, so only sums over many are told.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from engine import stats
from engine.analysis.comparison import time_ratio
from engine.analysis.series import Floats, Values, usable
from engine.model import Conditions, Estimate, Group, Invocation, Run, TeamRecord
from engine.model.record import UNREAD, UNTOLD

LEAST_SECONDS = 1.0
"""Of invocations that are summed up: a hundred ticks."""
LOWEST = 0.05
"""Quantile that lies in the fast state even where CPUs were slow for most of the time."""
ONE_STATE = 1.4
"""Up to this many times that quantile it is still the fast state: seen were 1.35 at most, and the slow one from 1.6."""
SLOW = 1.3
"""An iteration is slow where the probe took this many times what it takes in the fast state. Seen were 0.9 to 1.28 in
the fast one, without a trace in the kernels' own CPU time, and 1.45 to 1.9 in the slow one, with 1.2 to 1.6 there."""

SURE = 0.99
"""Confidence of a ratio of probes: there is one for every ratio of a report, and none of them shall cry wolf."""

LONGEST = 2**32 - 1
"""Nanoseconds that are told apart: the probe takes some thousand, in its slow state too."""

Seen = NDArray[np.uintc]

Kind = tuple[str, bool, int, object]
"""What a probe is the same for: interpreter, GIL on, threads, affinity. Threads that run at once may share a core."""


@dataclass(slots=True)
class _Sum:
    """A quantity over invocations, and the seconds in which it was told."""

    total: float = 0.0
    seconds: float = 0.0

    def add(self, value: float | None, seconds: float) -> None:
        if value is not None:
            self.total += value
            self.seconds += seconds

    def rate(self) -> float | None:
        """For each second; None where it was told for too short a time. A tick too early may look like less than 0."""
        return max(0.0, self.total / self.seconds) if self.seconds >= LEAST_SECONDS else None


@dataclass(slots=True)
class _Taken:
    """What others took during invocations, in seconds."""

    busy: _Sum = field(default_factory=_Sum)
    stolen: _Sum = field(default_factory=_Sum)
    throttled: _Sum = field(default_factory=_Sum)

    def add(self, invocation: Invocation) -> None:
        found = invocation.contamination
        self.busy.add(found.busy, invocation.duration)
        self.stolen.add(found.stolen, invocation.duration)
        self.throttled.add(found.throttled, invocation.duration)


@dataclass(slots=True)
class _Probes:
    """What the probe says of one run, in ns: the slowest thread's of each kept iteration."""

    kind: Kind
    seen: array[int] = field(default_factory=lambda: array("I"))
    """Four bytes for each: a result may have millions."""
    rounds: array[int] = field(default_factory=lambda: array("q"))
    counts: array[int] = field(default_factory=lambda: array("q"))
    """How many were seen in each of these rounds."""
    involuntary: int = 0
    iterations: int = 0

    def add(self, number: int, team: TeamRecord) -> None:
        found = team.iterations
        if UNTOLD in found.involuntary:
            return
        kept = np.frombuffer(found.warmup, dtype=np.bool_) == 0
        shape = (-1, found.threads)
        speeds = np.frombuffer(found.speed_ns, dtype=np.int64).reshape(shape)[kept]
        forced = np.frombuffer(found.involuntary, dtype=np.int64).reshape(shape)[kept]
        if UNREAD not in found.involuntary:
            self.involuntary += int(forced.sum())
            self.iterations += len(forced)
        slowest = speeds[speeds.min(axis=1) > 0].max(axis=1)
        if slowest.size:
            self.seen.frombytes(np.minimum(slowest, LONGEST).astype(np.uintc).tobytes())
            self.rounds.append(number)
            self.counts.append(slowest.size)

    @property
    def values(self) -> Seen:
        """All that was seen."""
        return np.frombuffer(self.seen, dtype=np.uintc)

    @property
    def located(self) -> Values:
        """Where the probe lay in each round, by the same location as the times."""
        values = self.values.astype(np.float64)
        if len(set(self.counts)) == 1:
            levels = stats.LOCATION(values.reshape(len(self.counts), -1)).tolist()
        else:
            levels = [
                float(stats.LOCATION(part)) for part in np.split(values, np.cumsum(self.counts)[:-1]) if part.size
            ]
        return dict(zip(self.rounds, levels, strict=True))


class Surroundings:
    """The conditions of every run of a result. Reads each invocation once."""

    def __init__(self, groups: Iterable[Group], members: Mapping[str, Iterable[Invocation]], cpus: int) -> None:
        """`members` are the invocations of each group by its id, `cpus` how many could be used."""
        self.cpus = max(1, cpus)
        self._taken: dict[str, _Taken] = {}
        self._probes: dict[str, _Probes] = {}
        for group in groups:
            for invocation in members.get(group.id, ()):
                self.see(group, invocation)

    def see(self, group: Group, invocation: Invocation) -> None:
        """Take one more invocation of a group in; all of them, before anything is asked."""
        if not usable(invocation):
            return
        taken = self._taken.get(group.runs[0].id)
        if taken is None:
            taken = _Taken()
            self._taken |= {run.id: taken for run in group.runs}
        taken.add(invocation)
        runs = {run.threads: run for run in group.runs}
        for team in invocation.teams:
            if team.threads in runs and _sound(team):
                self._of(runs[team.threads], invocation).add(invocation.round, team)

    @cached_property
    def _fast(self) -> dict[Kind, float]:
        """What the probe takes in the fast state."""
        kinds: dict[Kind, list[Seen]] = {}
        for one in self._probes.values():
            kinds.setdefault(one.kind, []).append(one.values)
        together = {kind: np.concatenate(values) for kind, values in kinds.items()}
        return {kind: fast(values) for kind, values in together.items() if values.size}

    def _of(self, run: Run, invocation: Invocation) -> _Probes:
        kind = (run.interpreter, any(invocation.gil), run.threads, run.affinity)
        return self._probes.setdefault(run.id, _Probes(kind=kind))

    def of(self, runs: Sequence[Run], single: Run | None = None, base: Run | None = None) -> Conditions:
        """The conditions of one run, with those of the ratios to its one thread and to its baseline; or of several."""
        taken = {id(found): found for run in runs if (found := self._taken.get(run.id))}.values()
        mine = [self._probes[run.id] for run in runs if run.id in self._probes]
        slow, slowness = self._slow(mine)
        iterations = sum(one.iterations for one in mine)
        busy, stolen, throttled = (
            _together(map(attrgetter(name), taken)).rate() for name in ("busy", "stolen", "throttled")
        )
        return Conditions(
            busy=busy,
            stolen=None if stolen is None else stolen / self.cpus,
            throttled=None if throttled is None else throttled / self.cpus,
            involuntary=sum(one.involuntary for one in mine) / iterations if iterations else None,
            slow=slow,
            slowness=slowness,
            speedup=self.ratio(runs[0], single) if single and single is not runs[0] else None,
            against=self.ratio(runs[0], base) if base else None,
        )

    def ratio(self, of: Run, to: Run) -> Estimate | None:
        """How many times as long the probe took beside one run as beside another, paired as their times are.

        Between interpreters or affinities each is taken by its own fast state, for their probes are not the same work;
        so it is between thread counts that are not of one group. None where one was not taken.
        """
        found = [self._probes.get(run.id) for run in (of, to)]
        if not all(one and one.seen for one in found):
            return None
        ours, theirs = (one for one in found if one)
        alike = ours.kind == theirs.kind or self._taken[of.id] is self._taken[to.id]
        above, below = ((one.located if alike else self._states(one)) for one in (ours, theirs))
        return time_ratio(above, below, SURE)

    def located(self, run: Run) -> Values:
        """Where the probe lay beside a run, by round, in ns; empty where it was not taken."""
        return self._probes[run.id].located if run.id in self._probes else {}

    def states(self, run: Run) -> Values:
        """The same against what it takes in the fast state: about 1, and above `SLOW` where the CPU was slow."""
        return self._states(self._probes[run.id]) if run.id in self._probes else {}

    def _states(self, one: _Probes) -> Values:
        return {number: value / self._fast[one.kind] for number, value in one.located.items()}

    def _slow(self, probes: Iterable[_Probes]) -> tuple[float | None, float | None]:
        """Share of the iterations with a slow CPU, and how many times as slow it was in the middle one of them."""
        taken = [one for one in probes if one.seen]
        if not taken:
            return None, None
        limits = ((one.values, self._fast[one.kind]) for one in taken)
        slow = np.concatenate([values[values > SLOW * usual] / usual for values, usual in limits])
        return slow.size / sum(len(one.seen) for one in taken), _quantile(slow, 0.5) if slow.size else None


def fast(values: Seen) -> float:
    """What the probe takes in the fast state: the middle of all values within `ONE_STATE` times a low quantile."""
    limit = ONE_STATE * _quantile(values, LOWEST)
    return _quantile(values[values <= limit], 0.5)


def _sound(team: TeamRecord) -> bool:
    """There are kept iterations, of as many threads as it says; of others the series make an error."""
    return team.iterations.threads == team.threads and 0 in team.iterations.warmup


def _together(sums: Iterable[_Sum]) -> _Sum:
    found = tuple(sums)
    return _Sum(sum(one.total for one in found), sum(one.seconds for one in found))


def _quantile(values: Seen | Floats, share: float) -> float:
    """The smallest value that at least this share of all lie at or below."""
    place = max(0, math.ceil(share * values.size) - 1)
    return float(np.partition(values, place)[place])
