"""What was compared becomes the warning that the machine moved, or was not quiet; corrects no number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine import stats, units
from engine.analysis.advice import DOUBTFUL
from engine.analysis.change.differences import same_build
from engine.analysis.change.matching import Measured
from engine.analysis.comparison import inverted
from engine.analysis.contamination import SURE, Surroundings
from engine.analysis.results import Verdicts
from engine.model import Estimate, Journal, RunChange

SHIFTED = 6
"""Rows from which on their ratios can have an interval by ranks, and with it a common shift."""
NEARLY_ALL = 0.9
"""Share of the rows that go one way where the reason is common to them."""
STATES = 1.10
"""Ratio of the probe in two sessions up to which the CPUs' state is called the same: in the fast state it was up to 7 %
another from session to session, without a trace in the kernels' CPU time."""


def shift(rows: Sequence[RunChange], control: Estimate | None) -> Iterator[str]:
    """That nearly all runs moved one way, which a machine does more often than a change of code."""
    ratios = [row.comparison.ratio.value for row in rows]
    common = stats.positive_interval(ratios, 0.95)
    for way, count, beyond in (
        ("slower", sum(ratio > 1 for ratio in ratios), common.low > 1 + stats.MARGIN),
        ("faster", sum(ratio < 1 for ratio in ratios), common.high < 1 / (1 + stats.MARGIN)),
    ):
        if len(ratios) >= SHIFTED and beyond and count >= NEARLY_ALL * len(ratios):
            yield (
                f"Nearly all runs moved the same way: {count} of {len(ratios)} are {way}, the middle one "
                f"{units.interval(common.low, common.value, common.high)} times as long. The machine (its clock, other "
                "tenants, heat) is the likelier cause than what was changed, unless that touches all code. No "
                "estimate is corrected for it. To know, measure both in one run: two interpreters of one scenario are "
                f"measured in turns, and what moves the machine cancels.{_still(control)}"
            )
    yield from _moved(control)


def _still(control: Estimate | None) -> str:
    """That the control speaks against the machine."""
    if not control or not 1 / (1 + stats.MARGIN) <= control.low <= control.high <= 1 + stats.MARGIN:
        return ""
    held = units.interval(control.low, control.value, control.high)
    return f" The control, a checksum in C on the same build, kept its time ({held}): that speaks against the machine."


def _moved(control: Estimate | None) -> Iterator[str]:
    """That even the control moved."""
    if control and (control.low > 1 + stats.MARGIN or control.high < 1 / (1 + stats.MARGIN)):
        yield (
            "The machine itself changed its speed: the control, a checksum in C on the same build, took "
            f"{units.interval(control.low, control.value, control.high)} times as long on one thread. Expect every "
            "ratio to hold a part of that."
        )


def states(rows: Sequence[RunChange], before: Measured, after: Measured) -> Iterator[str]:
    """That the CPUs were faster or slower in one session, by the probe beside each iteration of the compared runs.

    It speaks of the interpreters that are the same executable of the same build on both sides, at the fewest threads
    that they were compared at.
    """
    builds = [{one.spec: one for one in side.plan.interpreters} for side in (before, after)]
    found: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        was, now = (side.get(row.run.interpreter) for side in builds)
        if was and now and was.executable == now.executable and same_build(was, now):
            found.setdefault(row.run.interpreter, []).append((row.run.threads, row.run.id))
    wanted = {spec: [run for threads, run in runs if threads == min(runs)[0]] for spec, runs in found.items()}
    probes = [_probes(side, [run for runs in wanted.values() for run in runs]) for side in (before, after)]
    for spec, runs in wanted.items():
        values = [[value for run in runs for value in side[run]] for side in probes]
        if min(map(len, values)) > 1:
            yield from _state(spec, stats.unpaired_ratio(values[1], values[0], SURE))


def _probes(side: Measured, runs: Sequence[str]) -> dict[str, list[float]]:
    """Run id -> what the probe took beside it, a value for each invocation."""
    homes = {side.homes[run].id: side.homes[run] for run in runs}
    met = Surroundings(homes.values(), side.members, len(side.plan.cpus))
    by_id = {run.id: run for group in homes.values() for run in group.runs}
    return {run: [*met.located(by_id[run]).values()] for run in runs}


def _state(spec: str, ratio: Estimate) -> Iterator[str]:
    for when, one in (("later", ratio), ("earlier", inverted(ratio))):
        if one.low > STATES:
            yield (
                f"The {when} session's CPUs were {units.interval(one.low, one.value, one.high)} times as slow, by the "
                f"probe beside each iteration of {spec} (not corrected): another tenant, heat or a power limit. Every "
                "ratio holds a part of that. Measure again when both sides can meet the same state, best both in one "
                "run, in turns."
            )


def disturbed(before: Mapping[str, Verdicts], after: Mapping[str, Verdicts]) -> Iterator[str]:
    """The scenarios during which the machine had not a CPU for each thread."""
    for when, results in (("before", before), ("after", after)):
        names = [name for name, one in results.items() if one.disturbed > DOUBTFUL]
        if names:
            yield (
                f"Machine disturbed {when}: {', '.join(names[:3])}{' and more' if len(names) > 3 else ''}: work that "
                "needs no lock did not scale in many rounds, so times of several threads are too long on that side. "
                "Repeat it when the machine is quiet."
            )


def incomplete(journals: tuple[Journal, Journal], names: tuple[str, str]) -> Iterator[str]:
    """That one of them is only a part."""
    for journal, name in zip(journals, names, strict=True):
        if not journal.finished:
            yield f"{name} is not complete: it was interrupted, or is still being measured."
