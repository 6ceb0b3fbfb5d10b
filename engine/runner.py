"""Plan + spawn -> iterator of records: pilots, interleaved rounds, stops, profiles; prints and stores nothing.

The caller owns the loop: it appends each record to the journal before it asks for the next, so whatever was measured
is on the disk when anything goes wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from engine import reply, resources, spawn
from engine.contamination import Meter
from engine.durations import seconds
from engine.host import allowance
from engine.model import (
    Group,
    Interpreter,
    Invocation,
    Kernel,
    Plan,
    Profile,
    ProfileKind,
    Run,
    Scenario,
    Stop,
    StopReason,
    Value,
)
from engine.plan import PILOTS, grouped, of_scenario, order, pilots, sweeps, warmups
from engine.profile import Asked, Profiler
from engine.request import Places, options, own_bytecode, request, reserved, team
from engine.selection import gil_enabled
from engine.topology import Topology, place

PATIENCE = 3
"""Failures in a row after which a group is measured no further. A pilot that did not crash but failed is enough alone:
an error of the kernel, a broken GIL contract or a timeout comes again."""

SPARE = 2
"""The last invocations of a group, which have no say in whether it may stop. The one that makes an interval narrow does
so partly by luck, and an interval taken just then holds the truth too seldom: in the worst noise tried in 92.7 % of all
cases instead of 95, with two spare ones in 93.1 % (docs/method.md)."""

Iterations = Callable[[Scenario, Sequence[Group], Sequence[Invocation]], int]
"""What `iterations: auto` comes to, from every invocation of the scenario so far."""

Keep = Callable[[Group, Invocation], Any]
"""What the judgement needs of an invocation that counts. A run holds no more of it: its clocks are in the journal."""

Widths = Callable[[Scenario, Sequence[Group], Sequence[Any]], Mapping[str, float]]
"""The judgement the runner stops by: group id -> relative half-width of its widest interval. It gets what was kept of
every invocation (without a `Keep` the invocation itself), group by group, and sees no verdict."""


@dataclass(slots=True)
class _State:
    """What is known of a group while its scenario runs."""

    group: Group
    loops: int | None = None
    attempts: set[int] = field(default_factory=set)
    """Rounds with an invocation, failed ones included."""
    good: list[Any] = field(default_factory=list)
    """What is kept of the invocations that count, by time."""
    failures: int = 0
    """In a row, up to now."""
    pilots: int = 0
    """After the one that calibrated, failed ones included."""


def run(
    plan: Plan,
    topology: Topology,
    widths: Widths,
    done: Iterable[Invocation | Stop | Profile] = (),
    *,
    iterations: Iterations | None = None,
    keep: Keep | None = None,
) -> Iterator[Invocation | Stop | Profile]:
    """Measure what `done` does not hold of the plan: one Invocation for each worker, one Stop for each group.

    With `--profile detailed` also Profiles, of extra workers after those of each scenario; nothing rests on them.
    `done` is gone through once. `iterations` is asked when the pilots of a scenario that leaves it to them are done.
    Raises WorkerError where an interpreter cannot be started at all; everything else is a failure inside a record.
    """
    for scenario in plan.scenarios:
        if scenario.measure.iterations is None and iterations is None:
            raise ValueError(f"{scenario.name}: nobody says what `iterations: auto` comes to")
    how, groups = _How(plan, topology, widths, iterations, keep), grouped(plan)
    measurements = {one.name: _Measurement(how, one, groups[one.name]) for one in plan.scenarios}
    home = {group.id: group.scenario for group in plan.groups}
    for record in done:
        if record.group in home:
            measurements[home[record.group]].remember(record)
    for scenario in plan.scenarios:
        yield from measurements.pop(scenario.name).measured()


class _How:
    """What all scenarios of a plan are measured with."""

    def __init__(
        self, plan: Plan, topology: Topology, widths: Widths, iterations: Iterations | None, keep: Keep | None
    ) -> None:
        self.plan, self.topology, self.widths = plan, topology, widths
        self.iterations, self.keep = iterations, keep
        self.interpreters: dict[str, Interpreter] = {i.spec: i for i in plan.interpreters}
        self.kernels: dict[str, Kernel] = {k.name: k for k in plan.kernels}
        self.meter = Meter(plan.cpus)
        self.memory = allowance.memory()
        self._places: dict[tuple[Value, int], Places] = {}

    @cached_property
    def profiler(self) -> Profiler:
        """What looks closer; made when it is first wanted, for this machine's tools are tried then."""
        return Profiler()

    def places(self, affinity: Value, threads: int) -> Places:
        """The CPUs of each thread; found once, for it takes a look at every CPU of the machine."""
        key = (affinity, threads)
        if key not in self._places:
            self._places[key] = place(affinity, threads, self.topology)
        return self._places[key]


class _Measurement:
    """One scenario while it is measured."""

    def __init__(self, how: _How, scenario: Scenario, groups: Sequence[Group]) -> None:
        self.how, self.scenario = how, scenario
        self.estimate = of_scenario(how.plan, scenario, groups)
        self.states = {group.id: _State(group) for group in groups}
        self.open = dict(self.states)
        self.auto: list[Invocation] = []
        """What tells the number of iterations: the pilots, or one invocation that was measured with it."""
        self.kept = scenario.measure.iterations or 0
        self.spent = 0.0
        self.began = 0.0
        self.memory_limit = scenario.measure.memory_limit or how.memory
        self.profiled: set[tuple[str, str]] = set()
        """Run and kind of the profiles that are there."""

    def remember(self, record: Invocation | Stop | Profile) -> None:
        """A record from a journal that is resumed."""
        if isinstance(record, Stop):
            self.open.pop(record.group, None)
        elif isinstance(record, Profile):
            self.profiled.add((record.run, record.how))
        else:
            self._note(record)
            self.spent += record.duration

    def measured(self) -> Iterator[Invocation | Stop | Profile]:
        """The whole scenario."""
        self.began = time.monotonic()
        yield from self.piloting()
        yield from self.rounds()
        if self.how.plan.profile == "detailed":
            yield from self.profiles()

    def piloting(self) -> Iterator[Invocation]:
        """One of each group calibrates it, in the order of round 0; the others, if any, come in rounds of their own.

        However short the time, the first group is tried: a scenario without a record would not tell why.
        """
        for turn, state in enumerate(self._ordered(0)):
            while state.loops is None and state.failures < PATIENCE and not (turn and self._late()):
                yield self._invoke(state, 0)
        for number in range(1, PILOTS + 1):
            for state in self._ordered(-number):
                wanted = min(number, pilots(self.scenario, state.group))
                if state.pilots < wanted and state.failures < PATIENCE and not self._late():
                    yield self._invoke(state, -number)

    def rounds(self) -> Iterator[Invocation | Stop]:
        """Rounds until every group has stopped."""
        if self.how.iterations and not self.kept:
            groups = [state.group for state in self.states.values()]
            self.kept = self.how.iterations(self.scenario, groups, self.auto)
            self.auto = []
        number = 0
        while True:
            yield from self._stops()
            if not self.open:
                return
            number += 1
            for state in self._ordered(number):
                if number not in state.attempts and not self._late():
                    yield self._invoke(state, number)

    def profiles(self) -> Iterator[Profile]:
        """A closer look at every run that was measured; not in the scenario's time, which is for what counts."""
        for state in self.states.values():
            for run in state.group.runs if state.good and not state.group.control else ():
                for kind in self.how.profiler.kinds(run):
                    if (run.id, kind) not in self.profiled:
                        yield self.how.profiler.profile(kind, self._closer(state, run))

    def _closer(self, state: _State, run: Run) -> Asked:
        """One run alone. Its threads do not spin to a common start: that would be counted."""
        interpreter, group = self.how.interpreters[run.interpreter], replace(state.group, runs=(run,))

        def asked(kind: ProfileKind) -> dict[str, Any]:
            warmup = warmups(self.scenario)
            order = [[0]] * (warmup + self.estimate.profile_iterations(kind, run))
            return self._request(group, state.loops, order, warmup, together=False)

        return Asked(
            group=group,
            executable=interpreter.executable,
            options=options(run),
            request=asked,
            timeout=self.scenario.measure.timeout,
            gil=gil_enabled(run, interpreter),
            memory_limit=self.memory_limit,
        )

    def _ordered(self, number: int) -> Iterator[_State]:
        groups = order(self.how.plan.seed, (state.group for state in self.open.values()), number)
        return (self.states[group.id] for group in groups)

    def _late(self) -> bool:
        """The scenario's time is up."""
        return self.spent + time.monotonic() - self.began >= self.scenario.measure.time_limit

    def _invoke(self, state: _State, number: int) -> Invocation:
        """One worker process. Pilots, all of round 0, are not counted: `number` 0 calibrates, the others are below."""
        group, measure = state.group, self.scenario.measure
        first = group.runs[0]
        interpreter = self.how.interpreters[first.interpreter]
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        before = self.how.meter.read()
        answer, finished = spawn.ask(
            interpreter.executable,
            resources.worker(),
            self._swept(group, state.loops, number),
            options=options(first),
            timeout=measure.timeout,
        )
        contamination = self.how.meter.since(before)
        record = reply.invocation(
            answer,
            finished,
            group=group,
            number=max(0, number),
            started=started,
            gil=gil_enabled(first, interpreter),
            memory_limit=self.memory_limit,
        )
        record = replace(record, contamination=contamination)
        self._note(record)
        return record

    def _swept(self, group: Group, loops: int | None, number: int) -> dict[str, Any]:
        """What the worker of a round is asked."""
        warmup = warmups(self.scenario) if number else 0
        kept = self.kept if number > 0 else self.estimate.pilot_iterations(group) if number else 1
        return self._request(group, loops, sweeps(self.how.plan.seed, group, number, warmup + kept), warmup)

    def _request(
        self, group: Group, loops: int | None, order: list[list[int]], warmup: int, *, together: bool = True
    ) -> dict[str, Any]:
        """What a worker is asked; `together`: its threads wait for one another, where each can have a CPU."""
        first = group.runs[0]
        return request(
            self.how.kernels[first.kernel].path,
            dict(first.parameters),
            [
                team(run.threads, cpus, spin=together and self._fits(run.threads, cpus))
                for run in group.runs
                for cpus in (self.how.places(run.affinity, run.threads),)
            ],
            order,
            loops=loops,
            iteration_time=self.scenario.measure.iteration_time,
            warmup=warmup,
            calibration_cpus=self.how.places(first.affinity, 1),
            switch_interval=None if first.switch_interval == "default" else seconds(first.switch_interval),
            rehearse=own_bytecode(self.how.interpreters[first.interpreter]),
            memory_limit=self.memory_limit + reserved(group, self.how.interpreters[first.interpreter]),
            readings=self.how.plan.profile != "none",
        )

    def _fits(self, threads: int, cpus: Places) -> bool:
        """Every thread can have a CPU, so that threads may spin to a common start."""
        usable = len(self.how.plan.cpus) if cpus is None else len({cpu for places in cpus for cpu in places})
        return threads <= usable

    def _note(self, record: Invocation) -> None:
        """Keep count of a record, new or from a journal that is resumed."""
        state = self.states[record.group]
        if record.round:
            state.attempts.add(record.round)
        elif state.loops is not None:
            state.pilots += 1
        if record.failure:
            hopeless = not record.round and record.failure.outcome != "crashed"
            state.failures = PATIENCE if hopeless else state.failures + 1
            return
        state.failures = 0
        if not self.kept and not (record.round and any(one.round for one in self.auto)):
            self.auto.append(record)
        if record.round:
            state.good.append(self.how.keep(state.group, record) if self.how.keep else record)
        else:
            state.loops = record.teams[0].loops

    def _stops(self) -> Iterator[Stop]:
        """The groups that are measured no further. Only the width of an interval counts, never a verdict."""
        measure = self.scenario.measure
        widths: Mapping[str, float] = {}
        if any(len(state.good) >= measure.invocations_min for state in self.open.values()):
            widths = self.how.widths(self.scenario, [state.group for state in self.states.values()], self._judged())
        reasons = {key: self._reason(state, widths.get(key, float("inf"))) for key, state in self.open.items()}
        if all(reason or self.open[key].group.control for key, reason in reasons.items()):
            reasons = {key: reason or "precision" for key, reason in reasons.items()}
        for key, reason in reasons.items():
            if reason:
                del self.open[key]
                yield Stop(group=key, reason=reason, invocations=len(self.states[key].good))

    def _judged(self) -> list[Any]:
        """Every group's invocations but its last ones; it rests on records alone, so that `--resume` stops alike."""
        return [one for state in self.states.values() for one in state.good[:-SPARE]]

    def _reason(self, state: _State, width: float) -> StopReason | None:
        """Why a group stops now, or None. The control runs as long as there is anything to control."""
        measure = self.scenario.measure
        if state.failures >= PATIENCE:
            return "failed"
        if len(state.good) >= measure.invocations_max:
            return "maximum"
        if self._late():
            return "time limit"
        if len(state.good) >= measure.invocations_min and width <= measure.precision and not state.group.control:
            return "precision"
        return None
