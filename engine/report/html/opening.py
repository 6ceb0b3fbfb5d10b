"""Results -> what a page says before its scenarios: verdicts, what to mind of the machine, scorecard, interpreters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine import units
from engine.model import Interpreter, Results, ScenarioResult, Verdict
from engine.report.cells import build, optimisation, plain
from engine.report.html.tables import Cell, Heading, Row, Table, column_table
from engine.report.sentences import explanation, sentences
from engine.report.text.head import damaged_lines, legend
from engine.report.text.scorecard import NO_NUMBERS, counted, meanings, scorecard_columns

NAMED = ("CPU", "CPUs", "memory")
"""Facts that tell one machine from another at a glance."""
BUILD_FACTS = ("name", "version", "build", "optimised", "compiler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A scenario in the list of verdicts."""

    anchor: str
    name: str
    title: str
    question: str
    claims: tuple[tuple[Verdict, str], ...]
    remark: str
    """What to mind before a verdict of it is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The first sections of a page."""

    counts: dict[Verdict, int]
    asked: tuple[Asked, ...]
    damage: tuple[str, ...]
    warnings: tuple[str, ...]
    """Of the machine and the builds."""
    said: tuple[str, ...]
    """Sentences of the scorecard."""
    meaning: str
    scorecard: Table | None
    columns: tuple[tuple[str, str], ...]
    """What the columns of the scorecard mean."""
    host: str
    """In a few words."""
    facts: tuple[tuple[str, str], ...]
    interpreters: Table | None
    legend: tuple[tuple[str, str], ...]
    no_numbers: str = NO_NUMBERS


def opening(results: Results, anchors: Sequence[str]) -> Opening:
    """All of it."""
    columns, gaps = scorecard_columns(results)
    return Opening(
        counts=counted(results),
        asked=tuple(_asked(one, anchor) for one, anchor in zip(results.scenarios, anchors, strict=True)),
        damage=tuple(damaged_lines(results.damage)),
        warnings=tuple(map(plain, results.host.warnings)),
        said=tuple(sentences(results.scorecard, results.interpreters)),
        meaning=explanation(results.scorecard),
        scorecard=column_table(columns, "Each scenario on each build", heads=3, gaps=gaps) if columns else None,
        columns=tuple(meanings(columns)),
        host=", ".join(plain(str(value)) for name, value in results.host.facts if name in NAMED),
        facts=tuple((plain(name), plain(str(value))) for name, value in results.host.facts),
        interpreters=_interpreters(results.interpreters),
        legend=legend(results),
    )


def _asked(one: ScenarioResult, anchor: str) -> Asked:
    return Asked(
        anchor=anchor,
        name=plain(one.scenario.name),
        title=plain(one.scenario.title) or plain(one.scenario.name),
        question=plain(one.scenario.question),
        claims=tuple((claim.verdict, plain(claim.claim.text)) for claim in one.claims),
        remark="; ".join(_remarks(one)),
    )


def _remarks(one: ScenarioResult) -> Iterator[str]:
    """In a few words; the chapter of the scenario has them in full."""
    if one.doubtful:
        yield "the machine was disturbed meanwhile"
    if one.failed:
        count = sum(failed.count for failed in one.failed)
        yield f"{units.count(count, 'invocation')} failed"
    if one.skips:
        yield f"{units.count(len(one.skips), 'part was', 'parts were')} not run"


def _interpreters(interpreters: Sequence[Interpreter]) -> Table | None:
    """Which, and how each was built."""
    if not interpreters:
        return None
    rows = tuple(Row(cells=tuple(Cell(rest=text) for text in _facts(one))) for one in interpreters)
    headings = tuple(Heading(header=name) for name in BUILD_FACTS)
    return Table(caption="The interpreters, and how each was built", columns=headings, rows=rows)


def _facts(one: Interpreter) -> tuple[str, ...]:
    return (plain(one.spec), plain(one.version), build(one), optimisation(one), plain(one.compiler))
