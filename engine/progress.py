"""Records as they come -> a line per outcome and the time to go, on a terminal; silent elsewhere, no statistics."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from engine import units
from engine.model import Group, Invocation, Plan, Stop
from engine.plan import pilots
from engine.report.cells import plain, word

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LABEL = 60
"""Characters of a failure's message that are shown; the report has all of them."""


class Tally:
    """What has been done of a plan and how long the rest will take; plain arithmetic, no clock, no terminal."""

    def __init__(self, plan: Plan, estimate_seconds: float) -> None:
        self._scenarios = {scenario.name: scenario for scenario in plan.scenarios}
        self._groups = {group.id: group for group in plan.groups}
        self._running = set(self._groups)
        self._done: Counter[str] = Counter()
        self._spent: dict[str, float] = {}
        self._failed: Counter[str] = Counter()
        planned = sum(map(self._least, self._groups.values()))
        self._guess = estimate_seconds / planned if planned else 0.0

    def invocation(self, record: Invocation) -> None:
        """One worker process ended."""
        if record.group not in self._groups:
            return
        self._done[record.group] += 1
        self._spent[record.group] = self._spent.get(record.group, 0.0) + record.duration
        self._failed[record.group] += record.failure is not None

    def stop(self, record: Stop) -> None:
        """A group is measured no further."""
        self._running.discard(record.group)

    def count(self, record: Invocation | Stop) -> None:
        """Either of them."""
        if isinstance(record, Stop):
            self.stop(record)
        else:
            self.invocation(record)

    @property
    def invocations(self) -> int:
        """Invocations so far, pilots and failures included."""
        return self._done.total()

    @property
    def failures(self) -> int:
        """Invocations so far that gave no numbers."""
        return self._failed.total()

    def failed_in(self, scenario: str) -> int:
        """Failed invocations of one scenario."""
        return sum(self._failed[group.id] for group in self._of(scenario))

    def done_in(self, scenario: str) -> int:
        """Invocations of one scenario."""
        return sum(self._done[group.id] for group in self._of(scenario))

    def spent_in(self, scenario: str) -> float:
        """Seconds that the invocations of one scenario took."""
        return sum(self._spent.get(group.id, 0.0) for group in self._of(scenario))

    def running_in(self, scenario: str) -> int:
        """Groups of one scenario that are still measured."""
        return sum(group.id in self._running for group in self._of(scenario))

    def group(self, identifier: str) -> Group | None:
        """The group with this id."""
        return self._groups.get(identifier)

    def remaining(self) -> float:
        """Seconds to go if every group stops as early as it may; a group that goes on counts for one more invocation.

        A group's invocations take as long as they took so far, or else as the plan's estimate says; a scenario ends at
        its time limit at the latest.
        """
        return sum(
            min(sum(map(self._to_go, self._of(name))), max(0.0, scenario.measure.time_limit - self.spent_in(name)))
            for name, scenario in self._scenarios.items()
        )

    def share(self) -> float:
        """How much of the whole time has passed, from 0 to 1."""
        spent, remaining = sum(self._spent.values()), self.remaining()
        return spent / (spent + remaining) if spent + remaining else 1.0

    def _to_go(self, group: Group) -> float:
        if group.id not in self._running:
            return 0.0
        done = self._done[group.id]
        each = self._spent[group.id] / done if done else self._guess
        return each * max(1, self._least(group) - done)

    def _least(self, group: Group) -> int:
        """The fewest invocations that a group can stop at, and its pilots."""
        scenario = self._scenarios[group.scenario]
        return scenario.measure.invocations_min + 1 + pilots(scenario, group)

    def _of(self, scenario: str) -> list[Group]:
        return [group for group in self._groups.values() if group.scenario == scenario]


class Progress:
    """A context in which records are shown as they come; outside a terminal it shows nothing at all."""

    def __init__(
        self,
        plan: Plan,
        estimate_seconds: float,
        stream: TextIO | None = None,
        *,
        done: Iterable[Invocation | Stop] = (),
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
        words = [self._scenario, doing]
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
