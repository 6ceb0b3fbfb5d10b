"""Changes -> the cells, sentences and lines that the text and the Markdown share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from engine import units
from engine.model import (
    Changes,
    ClaimChange,
    Direction,
    Estimate,
    GateCase,
    GateResult,
    RunChange,
    Sessions,
    Side,
    Uncompared,
)
from engine.report.cells import plain
from engine.report.layout import Column
from engine.report.text.head import when
from engine.report.text.rows import intervals

DIRECTIONS: tuple[Direction, ...] = ("faster", "slower", "same", "inconclusive")
MOVED = ("faster", "slower")
SURE = 0.001
"""Below it a p has no digits that matter."""
LABELS = 3
"""Runs of one kind that are named; the others are counted."""


def shown_rows(changes: Changes, *, only_changed: bool) -> list[tuple[str, list[RunChange]]]:
    """Scenario and title with the rows to be shown, in the order of the plan; scenarios without any are left out."""
    found = []
    for name, title in changes.titles:
        rows = [row for row in changes.rows if row.run.scenario == name]
        kept = [row for row in rows if not only_changed or row.comparison.direction in MOVED]
        if kept:
            found.append((plain(f"{name}: {title}") if title else plain(name), kept))
    return found


def columns(rows: Sequence[RunChange]) -> list[Column]:
    """The table of one scenario: both times in one unit, their ratio and what it means."""
    times, unit = intervals([row.before for row in rows] + [row.after for row in rows], "s")
    ratios, _ = intervals([row.comparison.ratio for row in rows])
    unit = f"\n({unit})" if unit else ""
    made = [
        Column(header="run", cells=tuple(plain(row.label) for row in rows)),
        Column(header=f"before{unit}", cells=times[: len(rows)], right=True),
        Column(header=f"after{unit}", cells=times[len(rows) :], right=True),
        Column(header="ratio", cells=ratios, right=True),
        Column(header="verdict", cells=tuple(row.comparison.direction for row in rows)),
        Column(header="p", cells=tuple(chance(row.comparison.p) for row in rows), right=True),
        Column(header="effect", cells=tuple(f"{row.comparison.effect:.2f}" for row in rows), right=True),
    ]
    if any(row.notes for row in rows):
        made.append(Column(header="notes", cells=tuple(", ".join(row.notes) for row in rows)))
    return made


def summary(changes: Changes) -> str:
    """How many rows went which way."""
    counted = Counter(row.comparison.direction for row in changes.rows)
    words = ", ".join(f"{counted[direction]} {direction}" for direction in DIRECTIONS)
    return f"{words} of {units.count(len(changes.rows))}"


def overall(changes: Changes) -> str:
    """The geometric mean of the ratios, and the control's beside it."""
    text = f"Geometric mean of the {units.count(len(changes.rows), 'ratio')}: {_held(changes.overall)}."
    if changes.control:
        text += f" The same of the control, C code that shows the machine's own speed: {_held(changes.control)}."
    return f"{text} {_sessions(changes.sessions)}"


def hidden(changes: Changes) -> str:
    """How many rows are neither faster nor slower; "" if none."""
    left = sum(row.comparison.direction not in MOVED for row in changes.rows)
    return f"Not shown: {units.count(left, 'run')}, neither faster nor slower." if left else ""


def legend(changes: Changes) -> str:
    """What the columns mean."""
    return (
        "ratio: time per operation after / before, below 1 is faster; [low estimate high] are the ends of "
        f"their {units.percent(changes.confidence)} confidence interval over invocations, compared as independent "
        "series. Verdicts and p are corrected for the number of all rows (Holm): faster and slower by more than 1 %, "
        "same within 1 %. effect: the share of pairs of invocations, one of each side, in which the later is slower."
    )


def _sessions(sessions: Sessions | None) -> str:
    """What the intervals hold of what lies between two sessions."""
    if sessions is None:
        return (
            "So few runs do not show how far two sessions of this machine lie apart: the intervals hold only what "
            "invocations show within one, and the next session of the same code may differ by more. Compare six runs "
            "or more, or measure both sides in one run."
        )
    if sessions.scatter == 0:
        return "The ratios lie no further from 1 than invocations explain: nothing was added for two sessions."
    return (
        "The ratios lie further from 1 than invocations explain, as they do if two sessions of this machine scatter by "
        f"{units.percent(sessions.scatter)}: intervals and p allow for that, taking most runs for unchanged."
    )


def side(one: Side) -> str:
    """Where a result came from, in one line."""
    cpu = dict(one.host.facts).get("CPU")
    where = f" on {cpu}" if cpu else ""
    return plain(f"{one.name} (fteng {one.version}, {when(one.started)}{where}): {one.command}").rstrip(": ")


def not_compared(changes: Changes) -> Iterator[str]:
    """What has no row, and why; runs of one reason together."""
    for one in changes.uncompared:
        yield plain(f"{one.scenario}: {one.label}: {one.reason}")
    for found, when_ in ((changes.only_before, "before"), (changes.only_after, "after")):
        for (scenario, reason), runs in _together(found).items():
            named = "; ".join(runs[:LABELS]) + (f" and {len(runs) - LABELS} more" if len(runs) > LABELS else "")
            yield plain(f"{scenario}: {units.count(len(runs), 'run')} only {when_}, {reason}: {named}")


def claim(one: ClaimChange) -> str:
    """A claim whose verdict changed."""
    return plain(f"{one.scenario}: {one.claim}: {one.before} before, {one.after} after. {one.why}")


def gate_lines(changes: Changes, gates: Sequence[GateResult], *, doubt: bool) -> Iterator[str]:
    """A line for each gate, and after it one for each run that fails it; then the runs it cannot speak for."""
    for result in gates:
        yield f"{result.gate.text}: {_outcome(result, doubt=doubt)}"
        yield from (f"  {_case(one, 'fails')}" for one in result.failed)
        yield from (f"  {_case(one, 'may lie beyond it or not')}" for one in result.doubtful if doubt)
    lost = [one for one in changes.uncompared if gates and (one.broke or doubt)]
    if lost:
        yield f"NOT KNOWN for {units.count(len(lost), 'run')} of both results"
        yield from ("  " + plain(f"{one.scenario}: {one.label}: {one.reason}") for one in lost)


def chance(p: float) -> str:
    """A p-value."""
    if math.isnan(p):
        return units.UNKNOWN
    return f"<{SURE:g}" if p < SURE else f"{p:.3f}"


def _outcome(result: GateResult, *, doubt: bool) -> str:
    of, left = units.count(result.of, "run"), len(result.doubtful)
    failing = len(result.failed) + (left if doubt else 0)
    if failing:
        return f"FAILED by {units.count(failing)} of {of}"
    open_ = f"; {left} may lie beyond it or not (--fail-on-inconclusive fails them too)" if left else ""
    return f"passed by {of}{open_}"


def _case(one: GateCase, what: str) -> str:
    return plain(f"{one.scenario}: {one.label}: ratio {_held(one.ratio)}, p {chance(one.p)}: {what}")


def _held(ratio: Estimate) -> str:
    return units.interval(ratio.low, ratio.value, ratio.high)


def _together(found: Iterable[Uncompared]) -> dict[tuple[str, str], list[str]]:
    """Labels by scenario and reason."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for one in found:
        kinds.setdefault((one.scenario, one.reason), []).append(one.label)
    return kinds
