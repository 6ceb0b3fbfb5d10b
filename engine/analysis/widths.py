"""Invocations become the width of each group's widest interval, which the runner stops by; sees no verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from engine import stats
from engine.analysis.comparison import counterparts, single_thread, time_ratio
from engine.analysis.series import Values, times
from engine.model import Group, Invocation, Scenario


@dataclass(frozen=True, slots=True)
class Timed:
    """What widths need of an invocation: a number for each run instead of the clocks of all threads."""

    group: str
    round: int
    times: tuple[float | None, ...]
    """Seconds per loop of the group's runs; None where one was not measured."""


def timed(group: Group, invocation: Invocation) -> Timed:
    """Reduce one invocation of a group. Raises JournalError for an iteration that cannot be."""
    found = (times(run, (invocation,)).get(invocation.round) for run in group.runs)
    return Timed(group.id, invocation.round, tuple(found))


def widths(
    scenario: Scenario, groups: Sequence[Group], invocations: Sequence[Invocation | Timed], cpus: int = 1
) -> dict[str, float]:
    """Group id -> relative half-width of the widest interval among its runs' times, speedups and baseline ratios.

    A ratio between two groups counts for both, so that neither stops before it is known well enough. Infinite where
    there are fewer than two invocations. `cpus` is what `cpus` in the scenario's `baseline` means.
    """
    confidence = scenario.measure.confidence
    found = _times(groups, invocations)
    home = {run.id: group.id for group in groups for run in group.runs}
    widest = dict.fromkeys((group.id for group in groups), 0.0)

    def note(width: float, *runs: str) -> None:
        for run in runs:
            widest[home[run]] = max(widest[home[run]], width)

    for group in groups:
        single = single_thread(group)
        for run in group.runs:
            note(_width(found[run.id], confidence), run.id)
            if single and single is not run:
                note(_ratio_width(found[run.id], found[single.id], confidence), run.id)
    planned = [run for group in groups if not group.control for run in group.runs]
    for run_id, base in counterparts(scenario.baseline, planned, cpus).items():
        if found[run_id] and found[base.id]:  # a run that never worked keeps no other waiting
            note(_ratio_width(found[run_id], found[base.id], confidence), run_id, base.id)
    return widest


def _times(groups: Iterable[Group], invocations: Iterable[Invocation | Timed]) -> dict[str, Values]:
    """Run id -> its times by round."""
    known = {group.id: group for group in groups}
    reduced = (one if isinstance(one, Timed) else timed(known[one.group], one) for one in invocations)
    found: dict[str, dict[int, float]] = {run.id: {} for group in known.values() for run in group.runs}
    for one in sorted(reduced, key=attrgetter("round")):
        for run, time in zip(known[one.group].runs, one.times, strict=True):
            if time is not None:
                found[run.id][one.round] = time
    return dict(found)


def _width(values: Values, confidence: float) -> float:
    if len(values) < 2:
        return math.inf
    return stats.relative_half_width(stats.positive_interval(list(values.values()), confidence))


def _ratio_width(of: Values, to: Values, confidence: float) -> float:
    if not of or not to:
        return math.inf
    return stats.relative_half_width(time_ratio(of, to, confidence))
