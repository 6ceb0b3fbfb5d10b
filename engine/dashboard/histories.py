"""Entries -> histories: one quantity of one run on one machine by one kind of build, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from engine import stats
from engine.dashboard.entry import Entry, Told
from engine.model import ChangePoint, Course, History, Point, Tracked

SEEN: tuple[Course, ...] = ("changed", "drifting", "steady", "too few")
"""What is said of a history in pieces: the first of these that is true of any."""
CONTROL = "control"


def histories(entries: Sequence[Entry]) -> tuple[History, ...]:
    """All of them, by scenario, then in the order in which their runs were first seen; within one the oldest first."""
    lines: dict[tuple[str, ...], list[tuple[Entry, Told]]] = {}
    for one in sorted(entries, key=lambda entry: (entry.started, entry.name)):
        for told in one.told:
            for quantity, _ in told.quantities:
                lines.setdefault((told.scenario, told.run, one.host, told.build, quantity), []).append((one, told))
    varying = _varying(entries)
    found = (_history(line, members, varying) for line, members in lines.items())
    return tuple(sorted(found, key=lambda one: one.scenario))


def near(history: History, place: int) -> set[str]:
    """The results at a place and beside it: two runs that change with the machine need not do so at one session."""
    return {one.result for one in history.points[max(0, place - 1) : place + 2]}


def company(change: ChangePoint, history: History, others: Sequence[History]) -> tuple[int, int, bool | None]:
    """Of the other runs on the machine how many changed there the same way, of how many; and whether the control did.

    None: it has too few results. `others` are of the same scenario.
    """
    here, rises = near(history, change.place), change.ratio.value > 1
    alike = beside = 0
    control: bool | None = None
    for one in others:
        if one.quantity != "time" or one.host != history.host or one == history or one.course == "too few":
            continue
        moved = any(
            one.points[other.place].result in here and (other.ratio.value > 1) == rises for other in one.changes
        )
        if one.control:
            control = bool(control) or moved
        else:
            beside += 1
            alike += moved
    return alike, beside, control


def _varying(entries: Sequence[Entry]) -> dict[str, set[str]]:
    """Of each scenario the axes in which its runs differ, over all results."""
    values: dict[tuple[str, str], set[str]] = {}
    for told in (told for one in entries for told in one.told if not told.control):
        for axis, words in told.axes:
            values.setdefault((told.scenario, axis), set()).add(words)
    found: dict[str, set[str]] = {}
    for (scenario, axis), several in values.items():
        if axis == "interpreter" or len(several) > 1:
            found.setdefault(scenario, set()).add(axis)
    return found


def _history(line: tuple[str, ...], members: Sequence[tuple[Entry, Told]], varying: dict[str, set[str]]) -> History:
    scenario, run, host, build, quantity = line
    last = members[-1][1]
    words = [text for axis, text in last.axes if axis in varying.get(scenario, {"interpreter"})]
    tracked: Tracked = next(name for name, _ in last.quantities if name == quantity)
    points = tuple(_points(members, tracked))
    course, changes = _course(points)
    return History(
        scenario=scenario,
        run=run,
        label=", ".join([*([CONTROL] if last.control else []), *words]),
        quantity=tracked,
        host=host,
        build=build,
        points=points,
        course=course,
        changes=changes,
        control=last.control,
    )


def _points(members: Sequence[tuple[Entry, Told]], quantity: Tracked) -> Iterator[Point]:
    before: tuple[Entry, Told] | None = None
    for one, told in members:
        yield Point(
            result=one.name,
            started=one.started,
            estimate=dict(told.quantities)[quantity].estimate(),
            marks=tuple(_news(*before, one, told)) if before else (),
            breaks=bool(before and before[1].kernel != told.kernel),
            flags=told.flags,
        )
        before = one, told


def _news(earlier: Entry, was: Told, later: Entry, now: Told) -> Iterator[str]:
    """What else is not as in the result before."""
    if was.kernel != now.kernel:
        yield "kernel changed"
    settings = dict(earlier.settings), dict(later.settings)
    pairs = [("Python", was.version, now.version), ("fteng", earlier.version, later.version)]
    pairs += [(name, settings[0].get(name, ""), settings[1].get(name, "")) for name in settings[1]]
    for name, old, new in pairs:
        if old != new and name != "memory":
            yield f"{name} {old or '?'} \N{RIGHTWARDS ARROW} {new or '?'}"


def _course(points: Sequence[Point]) -> tuple[Course, tuple[ChangePoint, ...]]:
    """What is said of each piece between breaks, together."""
    edges = [0, *(place for place, one in enumerate(points) if one.breaks), len(points)]
    said, changes = set[Course](), list[ChangePoint]()
    for start, end in pairwise(edges):
        found = stats.steps([one.estimate.value for one in points[start:end]])
        said.add(found.course)
        changes += [replace(one, place=start + one.place) for one in found.changes]
    return next(course for course in SEEN if course in said), tuple(changes)
