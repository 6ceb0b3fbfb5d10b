"""A journal -> the invocations of each run in the order of time; judges nothing, holds few invocations at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from engine.analysis.contamination import Surroundings
from engine.analysis.gather import BLOCK
from engine.analysis.series import by_group, times, usable
from engine.model import Group, Invocation, Journal, Run, Trace


def traces(journal: Journal) -> Mapping[str, Trace]:
    """Id of a run -> its trace, for every run of the plan that has usable invocations, controls included.

    An invocation whose start is no time that can be read is left out. Raises JournalError for an iteration that cannot
    be.
    """
    plan, members, begun = journal.header.plan, by_group(journal), _moment(journal.header.started)
    operations = {kernel.name: kernel.operations for kernel in (*(one.kernel for one in plan.scenarios), *plan.kernels)}
    met, found = Surroundings((), {}, len(plan.cpus)), []
    for group in plan.groups:
        starts, values = _gathered(group, members[group.id], begun, met)
        done = operations[group.runs[0].kernel]
        found += [(run, {number: one / done for number, one in values[run.id].items()}, starts) for run in group.runs]
    # What a probe takes in the fast state is known only when all groups have been seen.
    return {run.id: _trace(run, of, starts, met.states(run)) for run, of, starts in found if of}


def _gathered(
    group: Group, invocations: Iterable[Invocation], begun: datetime | None, met: Surroundings
) -> tuple[dict[int, float], dict[str, dict[int, float]]]:
    """When each round of a group began, in seconds, and the seconds per loop of its runs by round."""
    starts: dict[int, float] = {}
    values: dict[str, dict[int, float]] = {run.id: {} for run in group.runs}
    for block in _blocks(invocations):
        for one in block:
            met.see(group, one)
            moment = _moment(one.started)
            if moment and begun:
                starts[one.round] = (moment - begun).total_seconds()
        for run in group.runs:
            values[run.id] |= times(run, block)
    return starts, values


def _blocks(invocations: Iterable[Invocation]) -> Iterator[list[Invocation]]:
    """Those that count, as many at a time as can be held (`gather.BLOCK`)."""
    block: list[Invocation] = []
    held = 0
    for one in filter(usable, invocations):
        block.append(one)
        held += sum(len(team.iterations.start_ns) for team in one.teams)
        if held >= BLOCK:
            yield block
            block, held = [], 0
    yield block


def _trace(run: Run, of: Mapping[int, float], starts: Mapping[int, float], states: Mapping[int, float]) -> Trace:
    rounds = tuple(sorted(of.keys() & starts.keys(), key=lambda number: (starts[number], number)))
    return Trace(
        run=run.id,
        rounds=rounds,
        seconds=tuple(starts[number] for number in rounds),
        times=tuple(of[number] for number in rounds),
        slowness=tuple(states.get(number, math.nan) for number in rounds) if states else (),
    )


def _moment(text: str) -> datetime | None:
    """A moment as the journal has it (ISO 8601; without a zone it is UTC); None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
