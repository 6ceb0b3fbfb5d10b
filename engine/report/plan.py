"""Plan -> what `fteng plan` prints: runs by scenario and group, skips, the first round's order, the time needed."""

from __future__ import annotations

from collections.abc import Sequence

from engine import units
from engine.model import Group, Plan, Run, Scenario, Skip, Value
from engine.plan import Overlong, Rushed, grouped, overlong, profiling, rushed
from engine.report.cells import plain, word
from engine.report.layout import Column, bullets, definitions, heading, paragraph, table
from engine.report.tables import missing_lines, skip_line

LONG = 2000
"""Runs of a plan from which on scenarios are summed up, axis by axis, unless all rows are asked for."""

VALUES = 8
"""Values of an axis that such a summary shows."""

FIRST = 20
"""Skips of a scenario, groups of a round and overlong groups that it shows."""

AXES = ("interpreter", "gil")
"""The axes that come first; `threads` comes last."""


def plan_text(
    plan: Plan, order: Sequence[str], estimate_seconds: float, at_most: float | None = None, *, every: bool = False
) -> str:
    """The plan in words. `order` has the ids of the first round's groups; times are in seconds.

    A plan of more than `LONG` runs is summed up, unless `every` run is asked for.
    """
    groups = grouped(plan)
    whole = every or sum(len(group.runs) for group in plan.groups if not group.control) <= LONG
    skips: dict[str, list[Skip]] = {scenario.name: [] for scenario in plan.scenarios}
    for skip in plan.skips:
        skips[skip.scenario].append(skip)
    blocks = [_scenario(one, groups[one.name], skips[one.name], whole=whole) for one in plan.scenarios]
    if plan.missing:
        blocks.append("\n".join(["Missing interpreters", *missing_lines(plan.missing)]))
    blocks += [_order(plan, order, whole=whole)]
    blocks += [_overlong(overlong(plan), whole=whole), _rushed(rushed(plan), whole=whole)]
    blocks += [_totals(plan, estimate_seconds, at_most)]
    if not whole:
        blocks.append("Every run, group by group: fteng plan --all")
    return "\n\n".join(filter(None, blocks))


def _scenario(scenario: Scenario, groups: Sequence[Group], skips: Sequence[Skip], *, whole: bool) -> str:
    own = [group for group in groups if not group.control]
    lines = [heading(plain(f"{scenario.name}: {scenario.title}"))]
    if not own:
        lines.append("Nothing of it can be run here.")
    else:
        lines.append(_runs(scenario, own) if whole else _summary(scenario, own))
    if skips:
        lines += ["", "Not run", *bullets(_listed([*map(skip_line, skips)], whole=whole))]
    return "\n".join(lines)


def _listed(texts: list[str], *, whole: bool) -> list[str]:
    """All of them, or the first and how many more there are."""
    if whole or len(texts) <= FIRST:
        return texts
    return [*texts[:FIRST], f"and {units.count(len(texts) - FIRST)} more"]


def _axes(scenario: Scenario, runs: Sequence[Run]) -> tuple[str, ...]:
    """The axes of a scenario, in the order in which they are shown."""
    others = (axis for axis, _ in scenario.matrix if axis not in {*AXES, "threads"})
    axes = (*AXES, *others, "threads")
    if all(run.switch_interval == "default" for run in runs):
        axes = tuple(axis for axis in axes if axis != "switch_interval")
    return axes


def _runs(scenario: Scenario, groups: Sequence[Group]) -> str:
    """One row for each run; an empty line between groups, whose runs share a process."""
    rows = [(group, run) for group in groups for run in group.runs]
    axes = _axes(scenario, [run for _, run in rows])
    columns = [Column(header=plain(axis), cells=tuple(word(run.axis(axis)) for _, run in rows)) for axis in axes]
    columns.insert(0, Column(header="group", cells=tuple(group.id for group, _ in rows)))
    columns.append(Column(header="run", cells=tuple(run.id for _, run in rows)))
    starts = [number for number in range(1, len(rows)) if rows[number][0] is not rows[number - 1][0]]
    return table(columns, blank_before=starts if len(groups) < len(rows) else ())


def _summary(scenario: Scenario, groups: Sequence[Group]) -> str:
    """How many runs, and the values that each axis has in them."""
    runs = [run for group in groups for run in group.runs]
    said = [
        (plain(axis), _values(list(dict.fromkeys(run.axis(axis) for run in runs)))) for axis in _axes(scenario, runs)
    ]
    counts = f"{units.count(len(runs), 'run')} in {units.count(len(groups), 'group')}"
    return "\n".join([counts, *definitions(said)])


def _values(values: Sequence[Value]) -> str:
    """The values of an axis; of many the first, the last and their number."""
    words = [word(value) for value in values]
    if len(words) <= VALUES:
        return ", ".join(words)
    return f"{', '.join(words[: VALUES - 1])} ... {words[-1]} ({units.count(len(words), 'value')})"


def _order(plan: Plan, order: Sequence[str], *, whole: bool) -> str:
    """The first round, group by group, in words."""
    groups = {group.id: group for group in plan.groups}
    if not order:
        return ""
    shown = order if whole else order[:FIRST]
    lines = [f"{number:4}. {identifier}  {_label(groups[identifier])}" for number, identifier in enumerate(shown, 1)]
    lines += [f"      and {units.count(len(order) - len(shown))} more"] if len(shown) < len(order) else []
    return "\n".join([f"Order of the first round (seed {plan.seed}); later rounds have orders of their own", *lines])


def _overlong(found: Sequence[Overlong], *, whole: bool) -> str:
    """The groups that may be killed before they have answered."""
    texts = [
        f"{one.group.id}: about {units.long_duration(one.seconds)}, killed after "
        f"{units.long_duration(one.scenario.measure.timeout)} ({_label(one.group)})"
        for one in found
    ]
    said = "An invocation of these is expected to take longer than its timeout (if its threads compute); ask for a "
    said += "longer timeout, fewer iterations or fewer thread counts"
    return _warned(said, texts, whole=whole)


def _rushed(found: Sequence[Rushed], *, whole: bool) -> str:
    """The scenarios that end before they are done."""
    texts = [
        f"{plain(one.scenario.name)}: {units.long_duration(one.scenario.measure.time_limit)} of about "
        f"{units.long_duration(one.seconds)}"
        for one in found
    ]
    said = "These are expected to end at their time limit, before every group has had its fewest invocations; ask for "
    said += "a longer time limit, or fewer runs"
    return _warned(said, texts, whole=whole)


def _warned(said: str, texts: list[str], *, whole: bool) -> str:
    """What is said of all of these, and each; "" where there is none."""
    return "\n".join([paragraph(said, indent=""), *bullets(_listed(texts, whole=whole), "! ")]) if texts else ""


def _label(group: Group) -> str:
    first = group.runs[0]
    words = [first.interpreter, f"threads {', '.join(str(run.threads) for run in group.runs)}"]
    words += ["control: are there several real CPUs?"] if group.control else _settings(first)
    return plain(f"{group.scenario}: {', '.join(words)}")


def _settings(run: Run) -> list[str]:
    interval = [] if run.switch_interval == "default" else [("switch_interval", run.switch_interval)]
    shown = [("affinity", run.affinity), ("gil", run.gil), *interval, *run.parameters]
    return [f"{name} {word(value)}" for name, value in shown]


def _totals(plan: Plan, seconds: float, at_most: float | None) -> str:
    groups = [group for group in plan.groups if not group.control]
    runs = sum(len(group.runs) for group in groups)
    longest = f", at most {units.long_duration(at_most)}" if at_most is not None else ""
    return paragraph(
        f"{units.count(runs, 'run')} in {units.count(len(groups), 'group')} of "
        f"{units.count(len(plan.scenarios), 'scenario')}, on CPUs {units.ranges(plan.cpus)}; in one round every "
        f"group runs once, in a fresh process.{_extra(plan)} Estimated time: about {units.long_duration(seconds)}"
        f"{longest}.",
        indent="",
    )


def _extra(plan: Plan) -> str:
    """The invocations that count for nothing but profiles."""
    count, taken = profiling(plan)
    words = f"{units.count(count, 'extra invocation')} for profiles, of about {units.long_duration(taken)} in all"
    return f" After the rounds come {words}." if count else ""
