"""Journal -> iterations.csv: one row per iteration and thread, the raw times behind report.csv (docs/report.md).

The pilots (round 0), the two-CPUs control and invocations that failed are left out: only the journal has those.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from engine.model import Group, Invocation, Journal, Results, TeamRecord, Value
from engine.report.cells import word
from engine.report.values import csv_value

FILE = "iterations.csv"
DEFAULT = True
RESULTS = False

COLUMNS = (
    *("scenario", "run", "round", "invocation", "iteration", "warmup", "thread", "cpu", "start", "end", "loops"),
    "speed",
)


def render(results: Results | None, journal: Journal) -> Iterator[str]:  # noqa: ARG001
    """The raw iterations as CSV: invocations in the order of the journal, in each the thread counts one by one.

    A piece is one of these: all of them may be larger than the memory.
    """
    groups = {group.id: group for group in journal.header.plan.groups if not group.control}
    yield _cells(COLUMNS) + "\n"
    for number, invocation in enumerate(journal.invocations, start=1):
        group = groups.get(invocation.group)
        if group and invocation.round and not invocation.failure:
            yield from _teams(number, invocation, group)


def _teams(number: int, invocation: Invocation, group: Group) -> Iterator[str]:
    """The lines of each thread count."""
    runs = {run.threads: run for run in group.runs}
    zero = min((start for team in invocation.teams for start in team.iterations.start_ns), default=0)
    for team in invocation.teams:
        run = runs.get(team.threads)
        if run and team.iterations:
            yield "".join(_lines(team, zero, _cells((run.scenario, run.id, invocation.round, number))))


def _lines(team: TeamRecord, zero: int, before: str) -> Iterator[str]:
    """Nothing here needs quotes, and there may be a million lines: the writer of `csv` takes several times as long."""
    threads, warmup = range(team.iterations.threads), (word(False), word(True))
    found = team.iterations
    cells = iter(zip(found.on_cpu, found.start_ns, found.end_ns, found.speed_ns, strict=True))
    for number, warm in enumerate(team.iterations.warmup, start=1):
        for thread, (cpu, start, end, speed) in zip(threads, cells, strict=False):
            yield (
                f"{before},{number},{warmup[warm]},{thread},{'' if cpu < 0 else cpu},"
                f"{_seconds(start - zero)},{_seconds(end - zero)},{team.loops},{_seconds(speed) if speed > 0 else ''}\n"
            )


def _cells(values: Iterable[Value]) -> str:
    """A line, or the start of one."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(map(csv_value, values))
    return out.getvalue()


def _seconds(nanoseconds: int) -> str:
    """Whole nanoseconds as seconds, exactly."""
    digits = f"{nanoseconds:010d}"
    return f"{digits[:-9]}.{digits[-9:]}"
