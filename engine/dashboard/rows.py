"""Entries and histories -> what stands in the rows of a page, in words; writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine import units
from engine.dashboard.entry import Entry
from engine.dashboard.histories import company
from engine.figure.history import NAMES, direction
from engine.model import VERDICTS, ChangePoint, Course, Estimate, History, Tracked
from engine.report.cells import plain
from engine.report.text.head import when

LONGEST = 160
"""Characters of a command line or a reason in a table."""

COURSES: dict[Course, str] = {
    "changed": "changed",
    "drifting": "drifts",
    "steady": "steady",
    "too few": "too few to say",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """A result in a list of them."""

    name: str
    report: str
    when: str
    folder: str
    host: str
    """Key."""
    machine: str
    interpreters: str
    builds: str
    """Key of the set of interpreters."""
    scenarios: str
    command: str
    counts: tuple[tuple[str, int], ...]
    """Claims by verdict."""
    failed: int
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A change point in a list of them."""

    started: str
    day: str
    scenario: str
    title: str
    anchor: str
    label: str
    quantity: str
    word: str
    good: bool
    ratio: tuple[str, str, str]
    machine: str
    report: str
    company: str


def result_row(one: Entry, report: str) -> ResultRow:
    """The row of a result."""
    counts = Counter[str]()
    for scenario in one.scenarios:
        counts.update(dict(scenario.verdicts))
    names = [plain(scenario.name) for scenario in one.scenarios]
    return ResultRow(
        name=one.name,
        report=report,
        when=when(one.started),
        folder=_short(one.folder),
        host=one.host,
        machine=machine_words(one),
        interpreters=interpreters_words(one),
        builds=interpreters_key(one),
        scenarios=f"{', '.join(names[:2])} and {len(names) - 2} more" if len(names) > 3 else ", ".join(names),
        command=_short(one.command),
        counts=tuple((verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]),
        failed=sum(scenario.failed for scenario in one.scenarios),
        finished=one.finished,
    )


def machine_words(one: Entry) -> str:
    """A machine in a few words: its processor and how many CPUs could be used."""
    facts = dict(one.machine)
    cpus = facts.get("CPUs", "").partition(" usable")[0].strip()
    words = [facts.get("CPU", ""), f"{cpus} CPUs" if cpus.isdecimal() else facts.get("CPUs", "")]
    return plain(", ".join(filter(None, words))) or "unknown machine"


def interpreters_words(one: Entry) -> str:
    """The interpreters with their versions."""
    words = (spec if version in {spec, ""} else f"{spec} ({version})" for spec, version in one.interpreters)
    return plain(", ".join(words)) or "none"


def interpreters_key(one: Entry) -> str:
    """The names of the interpreters, whatever their versions."""
    return ", ".join(sorted(plain(spec) for spec, _ in one.interpreters)) or "none"


def change_rows(
    lines: Sequence[History],
    titles: Mapping[str, str],
    machines: Mapping[str, str],
    anchors: Mapping[History, str],
    reports: Mapping[str, str],
) -> list[ChangeRow]:
    """All change points but those of controls, the latest first."""
    order = list(NAMES.values())
    rows = [
        ChangeRow(
            started=one.points[change.place].started,
            day=day(one.points[change.place].started),
            scenario=one.scenario,
            title=titles[one.scenario],
            anchor=anchors[one],
            label=plain(one.label),
            quantity=NAMES[one.quantity],
            word=word(one.quantity, change),
            good=(change.ratio.value > 1) == (one.quantity == "speedup"),
            ratio=ratio(change.ratio),
            machine=machines[one.host],
            report=reports[one.points[change.place].result],
            company=company_words(change, one, lines),
        )
        for one in lines
        for change in one.changes
        if not one.control
    ]
    rows.sort(key=lambda row: (row.scenario, order.index(row.quantity)))
    return sorted(rows, key=lambda row: row.started, reverse=True)


def word(quantity: Tracked, change: ChangePoint) -> str:
    """What a change means."""
    found = direction(quantity, change)
    return f"scales {found}" if quantity == "speedup" else found


def ratio(one: Estimate) -> tuple[str, str, str]:
    """Low, value, high with one number of decimals."""
    chosen = units.interval_scale(one.low, one.value, one.high)
    return chosen.text(one.low), chosen.text(one.value), chosen.text(one.high)


def company_words(change: ChangePoint, history: History, lines: Sequence[History]) -> str:
    """Whether it is the machine that changed, as far as the other runs and the control tell."""
    if history.quantity != "time":
        return "both sides were measured together"
    alike, others, control = company(change, history, [one for one in lines if one.scenario == history.scenario])
    said = {
        True: ["the control changed too: likelier the machine"],
        False: ["the control did not change"],
        None: [],
    }[control]
    if others:
        said.append(f"{alike} of {units.count(others, 'other run')} changed alike")
    return "; ".join(said)


def day(started: str) -> str:
    """The date of an ISO 8601 time."""
    return when(started).partition(" ")[0]


def course_counts(lines: Iterable[History]) -> list[tuple[str, str, int]]:
    """Class, words and number of each course."""
    counts = Counter(one.course for one in lines if not one.control)
    return [(name.replace(" ", "-"), words, counts[name]) for name, words in COURSES.items() if counts[name]]


def point_rows(history: History, reports: Mapping[str, str], most: int) -> Iterator[tuple[str, str, str, str, str]]:
    """Of the latest results when, the estimate with its interval and unit, what was new, and the report."""
    unit = "s" if history.quantity == "time" else ""
    shifts = {one.place: one for one in history.changes}
    for place in range(len(history.points) - 1, max(-1, len(history.points) - 1 - most), -1):
        one = history.points[place]
        estimate = one.estimate
        new = ["the kernel's code changed: another measurement"] if one.breaks else list(one.marks)
        if place in shifts:
            low, value, high = ratio(shifts[place].ratio)
            new.insert(0, f"change point: {word(history.quantity, shifts[place])}, [{low} {value} {high}] times")
        said = units.interval(estimate.low, estimate.value, estimate.high, unit)
        yield when(one.started), said, plain("; ".join(new)), plain(", ".join(one.flags)), reports[one.result]


def _short(text: str) -> str:
    found = plain(text)
    return found if len(found) <= LONGEST else f"{found[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
