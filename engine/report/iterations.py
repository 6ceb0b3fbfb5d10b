"""Journal -> iterations.csv: one row per iteration and thread, the raw times behind report.csv (docs/report.md).

The pilots (round 0), the two-CPUs control and invocations that failed are left out: only the journal has those.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from engine.model import Group, Invocation, Journal, Results, Run, TeamRecord, Value
from engine.report.cells import csv_value

FILE = "iterations.csv"
DEFAULT = True

COLUMNS = (
    *("scenario", "run", "round", "invocation", "iteration", "warmup", "thread", "cpu", "start", "end", "loops"),
)


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The raw iterations as CSV: invocations in the order of the journal, in each the thread counts one by one."""
    groups = {group.id: group for group in journal.header.plan.groups if not group.control}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, invocation in enumerate(journal.invocations, start=1):
        group = groups.get(invocation.group)
        if group and invocation.round and not invocation.failure:
            writer.writerows(map(csv_value, row) for row in _rows(number, invocation, group))
    return out.getvalue()


def _rows(number: int, invocation: Invocation, group: Group) -> Iterator[tuple[Value, ...]]:
    runs = {run.threads: run for run in group.runs}
    starts = [start for team in invocation.teams for iteration in team.iterations for start in iteration.start_ns]
    for team in invocation.teams:
        for row in _team(team, min(starts, default=0)):
            yield (*_identity(runs[team.threads]), invocation.round, number, *row)


def _identity(run: Run) -> tuple[str, str]:
    return run.scenario, run.id


def _team(team: TeamRecord, zero: int) -> Iterator[tuple[Value, ...]]:
    for number, iteration in enumerate(team.iterations, start=1):
        clocks = zip(iteration.on_cpu, iteration.start_ns, iteration.end_ns, strict=True)
        for thread, (cpu, start, end) in enumerate(clocks):
            times = (_seconds(start - zero), _seconds(end - zero))
            yield (number, iteration.warmup, thread, None if cpu < 0 else cpu, *times, team.loops)


def _seconds(nanoseconds: int) -> str:
    """Whole nanoseconds as seconds, exactly."""
    return f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09d}"
