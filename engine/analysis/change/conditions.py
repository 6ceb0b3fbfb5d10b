"""What two sessions met of the machine becomes warnings: CPUs in another state, other programs, steal, a quota.

Corrects no number. `drift` has what the times themselves say of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine import stats, units
from engine.analysis.change.differences import same_build
from engine.analysis.change.matching import Measured
from engine.analysis.comparison import inverted
from engine.analysis.contamination import SURE
from engine.analysis.disturbance import LOST, OTHERS
from engine.model import Conditions, Estimate, RunChange

STATES = 1.10
"""Ratio of the probe in two sessions up to which the CPUs' state is called the same: in the fast state it was up to 7 %
another from session to session, without a trace in the kernels' CPU time."""


def conditions(rows: Sequence[RunChange], before: Measured, after: Measured) -> Iterator[str]:
    """A sentence for each way in which the machine did not leave the compared runs alone, or met them differently."""
    yield from _states(rows, before, after)
    met = before.met, after.met
    found = [one.of([row.run for row in rows]) for one in met]
    for quantity, words, limits in (
        ("busy", "Other programs used {} CPUs", [OTHERS * one.cpus for one in met]),
        ("stolen", "The host of the virtual machine took {} of the CPUs' time (steal)", [LOST] * 2),
        ("throttled", "The quota of a cgroup stopped threads for {} of the CPUs' time", [LOST] * 2),
    ):
        values = [_told(quantity, one) for one in found]
        if any(value is not None and value > limit for value, limit in zip(values, limits, strict=True)):
            shown = [_words(quantity, value) for value in values]
            yield (
                f"{words.format(shown[0])} before, {shown[1]} after: times of the side with more are too long, those "
                "of several threads most. Measure that side again when the machine is quiet."
            )


def _states(rows: Sequence[RunChange], before: Measured, after: Measured) -> Iterator[str]:
    """That the CPUs were faster or slower in one session, by the probe beside each iteration.

    It speaks of the interpreters that are the same executable of the same build on both sides, at the fewest threads
    that they were compared at.
    """
    builds = [{one.spec: one for one in side.plan.interpreters} for side in (before, after)]
    for spec in dict.fromkeys(row.run.interpreter for row in rows):
        was, now = (side.get(spec) for side in builds)
        if was and now and was.executable == now.executable and same_build(was, now):
            runs = [row.run for row in rows if row.run.interpreter == spec]
            fewest = min(run.threads for run in runs)
            earlier, later = (
                [value for run in runs if run.threads == fewest for value in one.met.located(run).values()]
                for one in (before, after)
            )
            if min(len(earlier), len(later)) > 1:
                yield from _state(spec, stats.unpaired_ratio(later, earlier, SURE))


def _state(spec: str, ratio: Estimate) -> Iterator[str]:
    for when, one in (("later", ratio), ("earlier", inverted(ratio))):
        if one.low > STATES:
            yield (
                f"The {when} session's CPUs were {units.interval(one.low, one.value, one.high)} times as slow, by the "
                f"probe beside each iteration of {spec} (not corrected): another tenant, heat or a power limit. Every "
                "ratio holds a part of that. Measure again when both sides can meet the same state, best both in one "
                "run, in turns."
            )


def _told(quantity: str, found: Conditions) -> float | None:
    value: float | None = getattr(found, quantity)
    return value


def _words(quantity: str, value: float | None) -> str:
    if value is None:
        return "an unknown number of" if quantity == "busy" else "an unknown part"
    return f"{value:.2g}" if quantity == "busy" else units.percent(float(f"{value:.2g}"))
