"""Two journals become the runs that both planned, and in words those that only one did; compares no times.

Runs are matched by id: scenario, kernel, interpreter as it is called, and every axis value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine import units
from engine.analysis.contamination import Surroundings
from engine.analysis.gather import Gathered, gather
from engine.analysis.labels import axes, run_label
from engine.analysis.series import Series, by_group
from engine.model import Group, Journal, Run, Uncompared


class Measured:
    """One of the two results, by its runs. What is kept of a group is gathered once, when it is first asked for."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.plan = journal, journal.header.plan
        self.members = by_group(journal)
        self.homes: dict[str, Group] = {run.id: group for group in self.plan.groups for run in group.runs}
        self.operations = {kernel.name: kernel.operations for kernel in self.plan.kernels}
        self.operations |= {one.kernel.name: one.kernel.operations for one in self.plan.scenarios}
        self.met = Surroundings((), {}, len(self.plan.cpus))
        """What the machine did to the groups that were asked for up to now."""
        self._gathered: dict[str, Gathered] = {}
        self.confidence = {one.name: one.measure.confidence for one in self.plan.scenarios}

    @property
    def runs(self) -> list[Run]:
        """The planned ones without the control's, in the order of the plan."""
        order = {one.name: number for number, one in enumerate(self.plan.scenarios)}
        found = [run for group in self.plan.groups if not group.control for run in group.runs]
        return sorted(found, key=lambda run: order.get(run.scenario, len(order)))

    def series(self, run: Run) -> Series | None:
        """What was measured of a run."""
        return self._group(run).series.get(run.id)

    def failure(self, run: Run) -> str:
        """Why a run has no numbers, if an invocation of it says so."""
        failure = self._group(run).failure
        return f"{failure.outcome}: {failure.message}" if failure else ""

    def _group(self, run: Run) -> Gathered:
        home = self.homes[run.id]
        if home.id not in self._gathered:
            found = gather(home, self.operations[run.kernel], self.members[home.id], self.met.see)
            self._gathered[home.id] = found.light({"time"})
        return self._gathered[home.id]


def names(sides: Sequence[Measured]) -> dict[str, tuple[str, ...]]:
    """For every scenario the axes that tell its runs of both results apart."""
    by_scenario: dict[str, list[Run]] = {}
    for side in sides:
        for run in side.runs:
            by_scenario.setdefault(run.scenario, []).append(run)
    return {name: _varying(runs) for name, runs in by_scenario.items()}


def _varying(runs: Sequence[Run]) -> tuple[str, ...]:
    """As `labels.varying`, of the axes that all have: a scenario may have another kernel on either side."""
    shared = set(axes(runs[0])).intersection(*map(axes, runs)) - {"interpreter"}
    named = (name for name in axes(runs[0]) if name in shared)
    differing = (name for name in named if any(run.axis(name) != runs[0].axis(name) for run in runs))
    return ("interpreter", *differing)


def only(here: Measured, there: Measured, when: str) -> tuple[Uncompared, ...]:
    """What only one side planned, and why as far as the other can tell."""
    planned = {run.id for run in there.runs}
    asked = {one.name for one in there.plan.scenarios}
    missing = {one.spec for one in there.plan.missing}
    axes_of = names((here,))

    def reason(run: Run) -> str:
        if run.scenario not in asked:
            return f"the scenario was not measured {when}"
        return f"{run.interpreter} was missing {when}" if run.interpreter in missing else f"not asked for {when}"

    return tuple(
        Uncompared(scenario=run.scenario, label=run_label(run, axes_of[run.scenario]), reason=reason(run))
        for run in here.runs
        if run.id not in planned
    )


def renamed(before: Measured, after: Measured) -> Iterator[str]:
    """Runs that would be the same but for the name of their interpreter or scenario."""
    ids = [{run.id for run in side.runs} for side in (before, after)]
    alone = [run for run in before.runs if run.id not in ids[1]], [run for run in after.runs if run.id not in ids[0]]
    for what in ("interpreter", "scenario"):
        earlier: dict[object, Run] = {_but(run, what): run for run in alone[0]}
        pairs: dict[tuple[str, str], int] = {}
        for run in alone[1]:
            was = earlier.get(_but(run, what))
            if was:
                named = getattr(was, what), getattr(run, what)
                pairs[named] = pairs.get(named, 0) + 1
        for (old, new), number in pairs.items():
            yield (
                f"{units.count(number, 'run')} differ{'s' if number == 1 else ''} only in the name of the {what} "
                f"({old} before, {new} after) and {'is' if number == 1 else 'are'} not compared: runs are matched by "
                + (
                    "all their axes. To compare two interpreters, name both in one scenario with a `baseline`: they "
                    "are then measured in turns, and drift of the machine cancels."
                    if what == "interpreter"
                    else "scenario and axes. Give the scenario the name it had."
                )
            )


def _but(run: Run, what: str) -> tuple[object, ...]:
    """All that identifies a run except one of its names."""
    rest = {"scenario": run.scenario, "interpreter": run.interpreter} | {what: ""}
    shared = (run.kernel, run.threads, run.affinity, run.gil, run.switch_interval)
    return (*rest.values(), *shared, tuple((name, type(value).__name__, value) for name, value in run.parameters))
