"""Entries and histories -> the pages of the site: what stands where, and which links lead there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine import __version__, figure, page, units
from engine.dashboard import rows
from engine.dashboard.entry import Entry, key
from engine.dashboard.index import Left
from engine.dashboard.site import Site, source
from engine.errors import visible
from engine.figure import history as drawn
from engine.figure.drawing import Drawing
from engine.model import VERDICTS, History, Tracked
from engine.report.cells import plain
from engine.stats.levels import FEWEST, LEVEL

MOST_CHANGES = 50
"""Change points on the first page, the latest."""
MOST_FIGURES = 240
"""Of a page; of more histories only those that changed have one."""
MOST_POINTS = 30
"""Rows of a table, the latest; index.json has all."""
WIDTH = 345.0
"""Of a figure, in points: two stand side by side."""
ORDER: tuple[Tracked, ...] = ("time", "speedup", "against")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All histories of one run on one machine by one kind of build."""

    anchor: str
    label: str
    machine: str
    build: str
    control: bool
    histories: tuple[History, ...]


def report_path(one: Entry) -> str:
    """Where the report of a result is."""
    return f"results/{one.name}/report.html"


def write(site: Site, entries: Sequence[Entry], left: Sequence[Left], found: Sequence[History]) -> None:
    """All pages but the reports."""
    _Pages(site, entries, found).write(left)


class _Pages:
    def __init__(self, site: Site, entries: Sequence[Entry], found: Sequence[History]) -> None:
        self.site, self.found = site, found
        self.entries = sorted(entries, key=lambda one: (one.started, one.name), reverse=True)
        self.reports = {one.name: report_path(one) for one in entries}
        self.machines = {one.host: rows.machine_words(one) for one in self.entries}
        self.builds = {name: plain(words) for one in entries for name, words in one.builds}
        self.asked = {scenario.name: scenario for one in reversed(self.entries) for scenario in one.scenarios}
        taken: set[str] = set()
        self.paths = {name: f"scenarios/{page.anchor(name, taken)}.html" for name in sorted(self.asked)}
        self.titles = {name: plain(one.title) or plain(name) for name, one in self.asked.items()}
        self.lines = {name: self._lines(name) for name in self.asked}
        self.rows = [rows.result_row(one, self.reports[one.name]) for one in self.entries]
        self.groups = {
            "host": self._groups("hosts", lambda row: (row.host, row.machine)),
            "interpreters": self._groups("interpreters", lambda row: (key(row.builds), row.builds)),
        }

    def write(self, left: Sequence[Left]) -> None:
        """Every page, each only if what it shows is new."""
        anchors = {one: line.anchor for name in self.lines for line in self.lines[name] for one in line.histories}
        reports = self.reports
        changes = rows.change_rows(self.found, self.titles, self.machines, anchors, reports)
        self._page("index.html", "dashboard.html.j2", root="", **self._front(changes, left))
        for name in self.asked:
            here = [row for row in changes if row.scenario == name]
            values = self._scenario(name) | {"changes": here, "drawn": figure.available(), "links": {}}
            self._page(self.paths[name], "dashboard_scenario.html.j2", root="../", **values)
        for what, groups in self.groups.items():
            for path, words, members in groups:
                values = {"what": what, "words": words, "results": members, "groups": self.groups}
                self._page(path, "dashboard_results.html.j2", root="../", **values)

    def _page(self, path: str, template: str, **values: object) -> None:
        values = {"version": __version__, "links": self.paths} | values

        def make() -> Iterable[str]:
            return page.pieces(
                template, **values | {"pictures": _pictures, "stylesheet": figure.stylesheet(), "width": WIDTH}
            )

        self.site.page(path, source(template, values), make)

    def _front(self, changes: Sequence[rows.ChangeRow], left: Sequence[Left]) -> dict[str, object]:
        looked = [one for one in self.found if not one.control and one.course != "too few"]
        expected = math.ceil(LEVEL * len(looked))
        return {
            "results": self.rows,
            "scenarios": [self._summary(name) for name in self.asked],
            "changes": changes[:MOST_CHANGES],
            "more": max(0, len(changes) - MOST_CHANGES),
            "left": [(visible(one.folder), plain(one.reason)) for one in left],
            "groups": self.groups,
            "first": rows.day(self.entries[-1].started),
            "last": rows.day(self.entries[0].started),
            "counted": {
                "results": units.count(len(self.rows), "result"),
                "scenarios": units.count(len(self.asked), "scenario"),
                "machines": units.count(len(self.machines), "machine"),
                "histories": units.count(len(looked), "history", "histories"),
                "chance": f"about {units.count(expected)} here" if expected > 1 else "one here, or none",
            },
            "fewest": FEWEST,
            "level": units.percent(LEVEL),
        }

    def _summary(self, name: str) -> dict[str, object]:
        latest = next(one for one in self.entries if any(asked.name == name for asked in one.scenarios))
        verdicts = dict(next(asked for asked in latest.scenarios if asked.name == name).verdicts)
        here = [one for line in self.lines[name] for one in line.histories]
        return {
            "name": plain(name),
            "title": self.titles[name],
            "path": self.paths[name],
            "results": sum(any(asked.name == name for asked in one.scenarios) for one in self.entries),
            "runs": len([line for line in self.lines[name] if not line.control]),
            "latest": rows.day(latest.started),
            "report": self.reports[latest.name],
            "verdicts": [(verdict, verdicts[verdict]) for verdict in VERDICTS if verdicts.get(verdict)],
            "courses": rows.course_counts(here),
        }

    def _scenario(self, name: str) -> dict[str, object]:
        lines = self.lines[name]
        many = sum(len(line.histories) for line in lines) > MOST_FIGURES
        results = [row for row, one in zip(self.rows, self.entries, strict=True) if _has(one, name)]
        return {
            "name": plain(name),
            "title": self.titles[name],
            "question": plain(self.asked[name].question),
            "lines": lines,
            "courses": rows.course_counts(one for line in lines for one in line.histories),
            "results": results,
            "several": len({line.machine for line in lines}) > 1 or len({line.build for line in lines}) > 1,
            "changed_only": many,
            "reports": {row.name: row.report for row in results},
            "fewest": FEWEST,
            "level": units.percent(LEVEL),
        }

    def _lines(self, name: str) -> list[Line]:
        """By run, machine and build, in the order in which they were first seen; the control last."""
        taken = {"main", "changes", "results", "runs"}
        found: dict[tuple[str, str, str], list[History]] = {}
        for one in self.found:
            if one.scenario == name:
                found.setdefault((one.run, one.host, one.build), []).append(one)
        lines = [
            Line(
                anchor=page.anchor(members[0].label, taken),
                label=plain(members[0].label),
                machine=self.machines[host],
                build=self.builds.get(build, ""),
                control=members[0].control,
                histories=tuple(sorted(members, key=lambda one: ORDER.index(one.quantity))),
            )
            for (_, host, build), members in found.items()
        ]
        return sorted(lines, key=lambda one: one.control)

    def _groups(self, folder: str, of: object) -> list[tuple[str, str, list[rows.ResultRow]]]:
        """Pages of the results that have something in common: path, in words, and the results."""
        groups: dict[tuple[str, str], list[rows.ResultRow]] = {}
        for row in self.rows:
            groups.setdefault(of(row), []).append(row)  # type: ignore[operator]
        return [(f"{folder}/{name}.html", words, members) for (name, words), members in sorted(groups.items(), key=str)]


def _has(one: Entry, name: str) -> bool:
    return any(asked.name == name for asked in one.scenarios)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A history on its page."""

    title: str
    course: str
    words: str
    drawing: Drawing | None
    rows: tuple[tuple[str, str, str, str, str], ...]
    left: int
    """Older results that the table leaves out."""


def _pictures(line: Line, reports: Mapping[str, str], changed_only: bool) -> Iterator[Panel]:
    """The histories of a line, each drawn when its turn comes: a page of many holds one figure at a time."""
    for one in line.histories:
        wanted = figure.available() and (not changed_only or bool(one.changes))
        yield Panel(
            title=drawn.NAMES[one.quantity],
            course=one.course.replace(" ", "-"),
            words=rows.COURSES[one.course],
            drawing=drawn.draw(one) if wanted else None,
            rows=tuple(rows.point_rows(one, reports, MOST_POINTS)),
            left=max(0, len(one.points) - MOST_POINTS),
        )
