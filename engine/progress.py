"""Records as they come -> a line per outcome and the time to go, on a terminal; silent elsewhere, no statistics."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from engine import units
from engine.model import Group, Invocation, Plan, Profile, Scenario, Stop
from engine.plan import pilots, profiling
from engine.report.cells import plain, word

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LABEL = 60
"""Characters of a failure's message that are shown; the report has all of them."""

SECOND = 10**9
"""Nanoseconds."""


class Tally:
    """What has been done of a plan and how long the rest will take; plain arithmetic, no clock, no terminal.

    A record costs the same however many groups there are: sums are kept, by scenario and in all. They are whole
    nanoseconds, so that what is added and taken away again leaves nothing behind.
    """

    def __init__(self, plan: Plan, estimate_seconds: float) -> None:
        self._groups = {group.id: group for group in plan.groups}
        self._running = set(self._groups)
        self._done: Counter[str] = Counter()
        self._spent: Counter[str] = Counter()
        self._scenarios = {scenario.name: _Sums(scenario) for scenario in plan.scenarios}
        for group in plan.groups:
            self._scenarios[group.scenario].running += 1
        planned = sum(map(self._least, plan.groups))
        profiles, extra = profiling(plan)
        self._profile, self._profiling = round(extra * SECOND / max(1, profiles)), round(extra * SECOND)
        """One of the extra invocations, and all that are still to come."""
        self._guess = max(0.0, estimate_seconds - extra) / planned if planned else 0.0
        for group in plan.groups:
            self._scenarios[group.scenario].to_go += self._to_go(group)
        self._remaining = sum(sums.remaining for sums in self._scenarios.values())
        self.invocations = 0
        """So far, pilots and failures included."""
        self.failures = 0
        """Invocations so far that gave no numbers."""
        self._passed = 0

    def invocation(self, record: Invocation) -> None:
        """One worker process ended."""
        group = self._groups.get(record.group)
        if group is None:
            return
        duration, failed = round(record.duration * SECOND), record.failure is not None
        sums = self._scenarios[group.scenario]
        before, left = self._to_go(group), sums.remaining
        self._done[group.id] += 1
        self._spent[group.id] += duration
        sums.done, sums.failed, sums.spent = sums.done + 1, sums.failed + failed, sums.spent + duration
        sums.to_go += self._to_go(group) - before
        self._remaining += sums.remaining - left
        self.invocations, self.failures = self.invocations + 1, self.failures + failed
        self._passed += duration

    def stop(self, record: Stop) -> None:
        """A group is measured no further."""
        if record.group in self._running:
            group = self._groups[record.group]
            sums = self._scenarios[group.scenario]
            left = sums.remaining
            sums.to_go -= self._to_go(group)
            sums.running -= 1
            self._remaining += sums.remaining - left
            self._running.discard(record.group)

    def profile(self, record: Profile) -> None:
        """An extra invocation ended, which is none of those that count."""
        self._profiling = max(0, self._profiling - self._profile)
        self._passed += round(record.duration * SECOND)

    def count(self, record: Invocation | Stop | Profile) -> None:
        """Any of them."""
        if isinstance(record, Stop):
            self.stop(record)
        elif isinstance(record, Profile):
            self.profile(record)
        else:
            self.invocation(record)

    def failed_in(self, scenario: str) -> int:
        """Failed invocations of one scenario."""
        return self._scenarios[scenario].failed

    def done_in(self, scenario: str) -> int:
        """Invocations of one scenario."""
        return self._scenarios[scenario].done

    def spent_in(self, scenario: str) -> float:
        """Seconds that the invocations of one scenario took."""
        return self._scenarios[scenario].spent / SECOND

    def running_in(self, scenario: str) -> int:
        """Groups of one scenario that are still measured."""
        return self._scenarios[scenario].running

    def group(self, identifier: str) -> Group | None:
        """The group with this id."""
        return self._groups.get(identifier)

    def remaining(self) -> float:
        """Seconds to go if every group stops as early as it may; a group that goes on counts for one more invocation.

        A group's invocations take as long as they took so far, or else as the plan's estimate says; a scenario ends at
        its time limit at the latest.
        """
        return (self._remaining + self._profiling) / SECOND

    def share(self) -> float:
        """How much of the whole time has passed, from 0 to 1."""
        whole = self._passed + self._remaining + self._profiling
        return self._passed / whole if whole else 1.0

    def _to_go(self, group: Group) -> int:
        """Nanoseconds of the group's invocations that are still to come."""
        if group.id not in self._running:
            return 0
        done = self._done[group.id]
        each = self._spent[group.id] / done if done else self._guess * SECOND
        return round(each * max(1, self._least(group) - done))

    def _least(self, group: Group) -> int:
        """The fewest invocations that a group can stop at, and its pilots."""
        scenario = self._scenarios[group.scenario].scenario
        return scenario.measure.invocations_min + 1 + pilots(scenario, group)


@dataclass(slots=True)
class _Sums:
    """What has been done of one scenario, over its groups; times in nanoseconds."""

    scenario: Scenario
    running: int = 0
    done: int = 0
    failed: int = 0
    spent: int = 0
    to_go: int = 0

    @property
    def remaining(self) -> int:
        """To go within the scenario's time limit."""
        return min(self.to_go, max(0, round(self.scenario.measure.time_limit * SECOND) - self.spent))


class Progress:
    """A context in which records are shown as they come; outside a terminal it shows nothing at all."""

    def __init__(
        self,
        plan: Plan,
        estimate_seconds: float,
        stream: TextIO | None = None,
        *,
        done: Iterable[Invocation | Stop | Profile] = (),
        quiet: bool = False,
    ) -> None:
        """`stream` is stderr if not given; `done` are the records of a journal that is resumed."""
        self._tally = Tally(plan, estimate_seconds)
        for record in done:
            self._tally.count(record)
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._scenario = ""
        self._told: set[str] = set()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if not self._quiet and self._stream.isatty():
            self._bar, self._task = _bar(self._stream)
            self._bar.start()
            self._show("starting")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None

    def scenario(self, name: str) -> None:
        """The scenario that is measured from now on; no harm in saying so again."""
        if name != self._scenario:
            self._scenario = name
            self._show("starting")

    def invocation(self, invocation: Invocation) -> None:
        """One worker process ended; the first failure of a group gets a line of its own."""
        self._tally.invocation(invocation)
        group = self._tally.group(invocation.group)
        if group and invocation.failure and group.id not in self._told:
            self._told.add(group.id)
            first, failure = group.runs[0], invocation.failure
            values = ", ".join(f"{name} {word(value)}" for name, value in first.parameters)
            label = f"{group.scenario}: {first.interpreter}" + (f", {values}" if values else "")
            self._line(f"failed  {label}: {failure.outcome}: {failure.message[:LABEL]}")
        self._show(f"round {invocation.round}" if invocation.round else "pilots")

    def profile(self, profile: Profile) -> None:
        """An extra invocation ended; one that failed is told of in the report."""
        self._tally.profile(profile)
        self._show("profiles")

    def stop(self, stop: Stop) -> None:
        """A group is done; the last one of a scenario ends it with a line."""
        self._tally.stop(stop)
        group = self._tally.group(stop.group)
        if group and not self._tally.running_in(group.scenario):
            self._line(self._outcome(group.scenario))
        self._show("")

    def _outcome(self, scenario: str) -> str:
        tally = self._tally
        failed = tally.failed_in(scenario)
        return (
            f"done    {scenario}: {units.count(tally.done_in(scenario), 'invocation')} in "
            f"{units.long_duration(tally.spent_in(scenario))}" + (f", {failed} failed" if failed else "")
        )

    def _line(self, text: str) -> None:
        """A line that stays, above the bar."""
        if self._bar:
            from rich.text import Text  # noqa: PLC0415 - rich takes 30 ms, and no other command needs it

            self._bar.console.print(Text(plain(text, keep=True)))

    def _show(self, doing: str) -> None:
        """Bring the bar up to date."""
        if self._bar is None or self._task is None:
            return
        tally = self._tally
        words = [plain(self._scenario), doing]
        words += [units.count(tally.running_in(self._scenario), "group") + " running"] if self._scenario else []
        words += [units.count(tally.invocations, "invocation")]
        words += [f"{tally.failures} failed"] if tally.failures else []
        self._bar.update(
            self._task,
            completed=tally.share(),
            words=", ".join(filter(None, words)),
            left=f"about {units.long_duration(tally.remaining())} left",
            refresh=True,
        )


def _bar(stream: TextIO) -> tuple[Bar, TaskID]:
    """A bar that vanishes at the end. Rich obeys NO_COLOR; nothing but our lines goes through it.

    It is drawn when it is told something, between two workers, and by no thread of its own: a thread that draws ten
    times a second would take its time from what is being measured.
    """
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import BarColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as RichProgress  # noqa: PLC0415

    columns = (
        TextColumn("{task.fields[words]}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[left]}", markup=False),
    )
    bar = RichProgress(
        *columns,
        console=Console(file=stream),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    return bar, bar.add_task("", total=1.0, words="", left="")
