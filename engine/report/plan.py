"""Plan -> what `fteng plan` prints: runs by scenario and group, skips, the first round's order, the time needed."""

from __future__ import annotations

from collections.abc import Sequence

from engine import units
from engine.model import Group, Plan, Run, Scenario
from engine.plan import groups_of
from engine.report.cells import plain, word
from engine.report.layout import Column, bullets, heading, paragraph, table
from engine.report.tables import missing_lines, skip_line


def plan_text(plan: Plan, order: Sequence[str], estimate_seconds: float, at_most: float | None = None) -> str:
    """The plan in words. `order` has the ids of the first round's groups; times are in seconds."""
    blocks = [_scenario(plan, scenario) for scenario in plan.scenarios]
    if plan.missing:
        blocks.append("\n".join(["Missing interpreters", *missing_lines(plan.missing)]))
    blocks += [_order(plan, order), _totals(plan, estimate_seconds, at_most)]
    return "\n\n".join(filter(None, blocks))


def _scenario(plan: Plan, scenario: Scenario) -> str:
    groups = [group for group in groups_of(plan, scenario) if not group.control]
    lines = [heading(plain(f"{scenario.name}: {scenario.title}"))]
    lines.append(_runs(scenario, groups) if groups else "Nothing of it can be run here.")
    skips = [skip for skip in plan.skips if skip.scenario == scenario.name]
    return "\n".join([*lines, *(["", "Not run", *bullets(map(skip_line, skips))] if skips else [])])


def _runs(scenario: Scenario, groups: Sequence[Group]) -> str:
    """One row for each run; an empty line between groups, whose runs share a process."""
    rows = [(group, run) for group in groups for run in group.runs]
    axes = ("interpreter", "gil", *(axis for axis, _ in scenario.matrix if axis not in {"gil", "threads"}), "threads")
    if {run.switch_interval for _, run in rows} == {"default"}:
        axes = tuple(axis for axis in axes if axis != "switch_interval")
    columns = [Column(header=plain(axis), cells=tuple(word(run.axis(axis)) for _, run in rows)) for axis in axes]
    columns.insert(0, Column(header="group", cells=tuple(group.id for group, _ in rows)))
    columns.append(Column(header="run", cells=tuple(run.id for _, run in rows)))
    starts = [number for number in range(1, len(rows)) if rows[number][0] is not rows[number - 1][0]]
    return table(columns, blank_before=starts if len(groups) < len(rows) else ())


def _order(plan: Plan, order: Sequence[str]) -> str:
    """The first round, group by group, in words."""
    groups = {group.id: group for group in plan.groups}
    if not order:
        return ""
    lines = [f"{number:4}. {identifier}  {_label(groups[identifier])}" for number, identifier in enumerate(order, 1)]
    return "\n".join([f"Order of the first round (seed {plan.seed}); later rounds have orders of their own", *lines])


def _label(group: Group) -> str:
    first = group.runs[0]
    words = [first.interpreter, f"threads {', '.join(str(run.threads) for run in group.runs)}"]
    words += ["control: are there several real CPUs?"] if group.control else _values(first)
    return plain(f"{group.scenario}: {', '.join(words)}")


def _values(run: Run) -> list[str]:
    interval = [] if run.switch_interval == "default" else [("switch_interval", run.switch_interval)]
    shown = [("affinity", run.affinity), ("gil", run.gil), *interval, *run.parameters]
    return [f"{name} {word(value)}" for name, value in shown]


def _totals(plan: Plan, seconds: float, at_most: float | None) -> str:
    groups = [group for group in plan.groups if not group.control]
    runs = sum(len(group.runs) for group in groups)
    longest = f", at most {units.long_duration(at_most)}" if at_most is not None else ""
    return paragraph(
        f"{units.count(runs, 'run')} in {units.count(len(groups), 'group')} of "
        f"{units.count(len(plan.scenarios), 'scenario')}, on CPUs {', '.join(map(str, plan.cpus))}; in one round every "
        f"group runs once, in a fresh process. Estimated time: about {units.long_duration(seconds)}{longest}.",
        indent="",
    )
