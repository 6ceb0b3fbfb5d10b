"""One ScenarioResult -> the chapter of a page: question, verdicts, figures, table, what to mind, how it was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engine import page, units
from engine.figure import Drawing
from engine.model import ClaimCase, ClaimResult, FailedRun, ScenarioResult, Verdict
from engine.report.cells import plain
from engine.report.html.tables import Cell, Heading, Row, Table, cell, column_table, runs_table
from engine.report.tables import skip_line
from engine.report.text import profile
from engine.report.text.profile import Told
from engine.report.text.rows import NO_ROWS, told
from engine.report.text.scaling import scaling_words
from engine.report.text.scenario import (
    claim_unit,
    conditions_words,
    control_words,
    failed_words,
    measured,
    specialized,
    urgency,
)
from engine.report.text.variance import variance_words
from engine.report.text.warmup import LEGEND, warmup_words

CASES = 100
"""Cases of a claim that are listed; the table has the numbers of all runs."""
LINES = 200
"""Lines of a traceback that are shown; the journal has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A claim, its verdict, why, and the cases it speaks of."""

    verdict: Verdict
    text: str
    why: str
    cases: Table | None
    counted: str
    """How many cases got which verdict."""
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Invocations that gave no numbers."""

    text: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """Everything a page says of a scenario."""

    anchor: str
    ids: dict[str, str]
    """Of its tables and parts."""
    name: str
    title: str
    question: str
    claims: tuple[Judged, ...]
    figures: Sequence[Drawing]
    measured: tuple[str, ...]
    same: tuple[str, ...]
    table: Table | None
    notes: tuple[tuple[str, str], ...]
    law: str
    laws: tuple[str, ...]
    warmup: str
    unsteady: Table | None
    unsteady_more: str
    unsteady_legend: str
    spending: tuple[str, ...]
    specialized: tuple[str, ...]
    machine: tuple[str, ...]
    failed: tuple[Failed, ...]
    skips: tuple[str, ...]
    warnings: tuple[str, ...]
    profiled: str
    profiles: tuple[tuple[str, str, Table | None, tuple[str, ...]], ...]
    """The id of a table, its source, what differs between runs, and what is the same for all."""
    profile_lists: tuple[tuple[str, list[str]], ...]
    source: str
    overridden: bool
    no_rows: str = NO_ROWS


def chapter(result: ScenarioResult, anchor: str, taken: set[str], figures: Sequence[Drawing]) -> Chapter:
    """The chapter of a scenario; ids of its parts are added to `taken`."""
    scenario = result.scenario
    rows = told(result)
    law, laws = scaling_words(result)
    warmup, unsteady, more = warmup_words(result)
    profiles = profile.profile_tables(result.profiles)
    lists = (
        *profile.profile_lists(result.profiles),
        (profile.HOTTEST, profile.profile_hottest(result.profiles)),
        (profile.NOT_TOLD, list(map(plain, result.unprofiled))),
    )
    parts = ("title", "runs", "unsteady", *(f"claim-{number}" for number in range(len(result.claims))))
    return Chapter(
        anchor=anchor,
        ids={part: page.anchor(f"{anchor}-{part}", taken) for part in parts},
        name=plain(scenario.name),
        title=plain(scenario.title) or plain(scenario.name),
        question=plain(scenario.question),
        claims=tuple(_judged(result, claim) for claim in result.claims),
        figures=figures,
        measured=tuple(measured(result)),
        same=tuple(rows.same) if rows else (),
        table=runs_table(rows, f"The runs of {plain(scenario.name)}") if rows else None,
        notes=rows.notes if rows else (),
        law=law,
        laws=tuple(laws),
        warmup=_sentence(warmup.removeprefix("Warm-up: ")),
        unsteady=column_table(unsteady, "Runs that were not steady in time") if unsteady else None,
        unsteady_more=more,
        unsteady_legend=LEGEND,
        spending=tuple(variance_words(result)),
        specialized=tuple(specialized(result)),
        machine=tuple(filter(None, (control_words(result.control), conditions_words(result.conditions)))),
        failed=tuple(map(_failed, result.failed)),
        skips=tuple(map(skip_line, result.skips)),
        warnings=tuple(map(plain, result.warnings)),
        profiled=profile.TITLE,
        profiles=tuple(
            (page.anchor(f"{anchor}-profile", taken), one.source, _profile(one), one.same) for one in profiles
        ),
        profile_lists=tuple((title.capitalize(), lines) for title, lines in lists if lines),
        source=scenario.source,
        overridden=scenario.digest != scenario.file_digest,
    )


def _judged(result: ScenarioResult, claim: ClaimResult) -> Judged:
    cases = sorted(claim.cases, key=urgency)
    unit = claim_unit(result, claim)
    return Judged(
        verdict=claim.verdict,
        text=plain(claim.claim.text),
        why=plain(claim.why),
        cases=_cases(cases[:CASES], unit) if len(cases) > 1 else None,
        counted=_counted(cases),
        more=max(0, len(cases) - CASES),
    )


def _counted(cases: Sequence[ClaimCase]) -> str:
    """In words: "15 cases: 3 refuted, 12 supported"."""
    found = Counter(case.verdict for case in cases)
    return f"{units.count(len(cases), 'case')}: " + ", ".join(f"{number} {word}" for word, number in found.items())


def _cases(cases: Sequence[ClaimCase], unit: str) -> Table:
    rows = tuple(
        Row(
            cells=(
                Cell(rest=plain(case.label)),
                cell(units.interval(case.estimate.low, case.estimate.value, case.estimate.high, unit)),
                Cell(rest=case.verdict),
            )
        )
        for case in cases
    )
    headings = (Heading(header="case"), Heading(header="estimate", right=True), Heading(header="verdict"))
    return Table(caption="The cases of this claim, those that do not hold first", columns=headings, rows=rows)


def _failed(run: FailedRun) -> Failed:
    lines = [plain(line, keep=True) for line in run.failure.detail.rstrip().splitlines()]
    half = LINES // 2
    shown = lines if len(lines) <= LINES else [*lines[:half], "...", *lines[-half:]]
    return Failed(text=failed_words(run), detail="\n".join(shown))


def _sentence(text: str) -> str:
    """The text with a capital letter."""
    return text[:1].upper() + text[1:]


def _profile(told: Told) -> Table | None:
    """What one source told; None where it told the same of all runs."""
    if not told.columns:
        return None
    headings = (Heading(header="run"), *(Heading(header=name, unit=unit, right=True) for name, unit, _ in told.columns))
    cells = zip(told.runs, *(found for _, _, found in told.columns), strict=True)
    rows = tuple(Row(cells=tuple(Cell(rest=text) for text in row)) for row in cells)
    return Table(caption=f"Told by {told.source}", columns=headings, rows=rows)
