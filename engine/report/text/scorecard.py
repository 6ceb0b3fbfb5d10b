"""All scenarios -> the end of the report: sentences to decide by, a table, verdicts, what failed, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine import units
from engine.model import VERDICTS, ClaimResult, Estimate, Results, Run, RunResult, ScenarioResult, Verdict
from engine.report.cells import on_off, plain
from engine.report.layout import Column, bullets, definitions, heading, paragraph, table
from engine.report.sentences import explanation, sentences
from engine.report.text.head import missing_text
from engine.report.text.rows import sorted_rows

NO_NUMBERS = "No run gave numbers."
LISTED = 20
"""Claims and failures that are named here; the chapters above have all."""


def scorecard_text(results: Results) -> str:
    """The last chapter."""
    said = "\n".join(bullets(sentences(results.scorecard, results.interpreters)))
    meaning = explanation(results.scorecard)
    blocks = [
        "\n".join(filter(None, [heading("Scorecard", "="), said])),
        paragraph(meaning, indent="") if meaning else "",
        _table(results),
        _verdicts(results),
        _failures(results),
        missing_text(results),
    ]
    return "\n\n".join(filter(None, blocks))


def _verdicts(results: Results) -> str:
    """How many claims got which verdict, and those that did not hold."""
    claims = [(one, claim) for one in results.scenarios for claim in one.claims]
    if not claims:
        return ""
    refuted = [_refuted(one, claim) for one, claim in claims if claim.verdict == "refuted"]
    return "\n".join([f"Claims: {verdict_words(results)}", *_cut(refuted)])


def counted(results: Results) -> dict[Verdict, int]:
    """How many claims got which verdict; those that none got are left out."""
    found = Counter(claim.verdict for one in results.scenarios for claim in one.claims)
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}


def verdict_words(results: Results) -> str:
    """The same in words: "3 supported, 1 refuted"."""
    return ", ".join(f"{number} {verdict}" for verdict, number in counted(results).items())


def _refuted(result: ScenarioResult, claim: ClaimResult) -> str:
    """A claim that did not hold, and whether the machine may be to blame."""
    remark = " (machine disturbed meanwhile: see the warnings of that scenario)" if result.doubtful else ""
    return f"refuted: {result.scenario.name}: {claim.claim.text}{remark}"


def _failures(results: Results) -> str:
    lines = [
        f"{one.scenario.name}: {run.label}: {run.failure.outcome} in {run.count} of {run.of}"
        for one in results.scenarios
        for run in one.failed
    ]
    return "\n".join(["Failed", *_cut(lines)]) if lines else ""


def _cut(lines: Sequence[str]) -> list[str]:
    """The first of them as a list, and how many more there are."""
    rest = len(lines) - LISTED
    return bullets([*map(plain, lines[:LISTED]), *([f"and {rest:,} more"] if rest > 0 else [])])


def _table(results: Results) -> str:
    """One row for each scenario, interpreter and state of the GIL."""
    columns, gaps = scorecard_columns(results)
    return "\n".join([table(columns, blank_before=gaps), "", *_explained(columns)]) if columns else NO_NUMBERS


def scorecard_columns(results: Results) -> tuple[list[Column], list[int]]:
    """The table, and the rows before which another scenario begins; no column where no run gave numbers."""
    rows = [(one, build) for one in results.scenarios for build in _builds(one)]
    if not rows:
        return [], []
    columns = [
        Column(header="scenario", cells=tuple(plain(one.scenario.name) for one, _ in rows)),
        Column(header="python", cells=tuple(plain(build[0].run.interpreter) for _, build in rows)),
        Column(header="GIL", cells=tuple(on_off(build[0].gil) for _, build in rows)),
        Column(header="rows", cells=tuple(units.count(len(build)) for _, build in rows), right=True),
        *_cost(rows),
        *_scaling(rows),
        *_control(rows),
    ]
    gaps = [number for number in range(1, len(rows)) if rows[number][0] is not rows[number - 1][0]]
    return columns, gaps


def _explained(columns: Sequence[Column]) -> list[str]:
    found = meanings(columns)
    return definitions(found) if found else []


def meanings(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """What the columns mean, for those that are there."""
    known = {
        "one thread": "against the same row on the baseline's interpreter: below 1 is faster, above 1 slower",
        "speedup": "at the largest number of threads that still had a CPU each",
        "control": "speedup of the scenario's control: what the machine could give at most meanwhile",
    }
    headers = " ".join(column.header for column in columns)
    said = [(name, text) for name, text in known.items() if name in headers]
    return [*said, ("a .. b", "the smallest and the largest estimate of several rows")] if said else []


def _builds(result: ScenarioResult) -> list[list[RunResult]]:
    """The rows of a scenario by interpreter and effective GIL."""
    found: dict[tuple[str, bool], list[RunResult]] = {}
    for row in sorted_rows(result):
        found.setdefault((row.run.interpreter, row.gil), []).append(row)
    return list(found.values())


def _cost(rows: Sequence[tuple[ScenarioResult, list[RunResult]]]) -> list[Column]:
    """Time of one thread against the baseline interpreter; no column where no scenario compares interpreters."""
    if not any(_costs(one, build) for one, build in rows):
        return []
    cells = tuple(_range(_costs(one, build)) or _base(one, build) for one, build in rows)
    return [Column(header="one thread,\ntime against base", cells=cells, right=True)]


def _base(result: ScenarioResult, build: Sequence[RunResult]) -> str:
    """The word "base" for rows that others are compared with."""
    bases = {row.against.base for row in result.runs if row.against}
    return "base" if any(row.run.id in bases for row in build) else ""


def _costs(result: ScenarioResult, build: Sequence[RunResult]) -> list[Estimate]:
    """The one-thread rows that differ from their base in the interpreter or its GIL alone."""
    runs = {row.run.id: row.run for row in result.runs}
    costs = []
    for row in build:
        base = runs.get(row.against.base) if row.against else None
        if row.against and base and base.threads == row.run.threads == 1 and _same_but_build(base, row.run):
            costs.append(row.against.ratio)
    return costs


def _same_but_build(one: Run, other: Run) -> bool:
    """They differ in nothing but the interpreter and its lock."""
    rest = [(run.affinity, run.switch_interval, run.parameters) for run in (one, other)]
    return rest[0] == rest[1]


def _scaling(rows: Sequence[tuple[ScenarioResult, list[RunResult]]]) -> list[Column]:
    """Speedup at the largest thread count that does not oversubscribe; no columns where nothing has a speedup."""
    best = [_widest(build) for _, build in rows]
    if not any(best):
        return []
    threads = tuple(units.count(row[0].run.threads) if row else "" for row in best)
    speedups = tuple(_range([row.speedup.ratio for row in some if row.speedup]) for some in best)
    return [
        Column(header="threads", cells=threads, right=True),
        Column(header="speedup", cells=speedups, right=True),
    ]


def _control(rows: Sequence[tuple[ScenarioResult, list[RunResult]]]) -> list[Column]:
    """The control's speedup, once for each scenario; no column where none ran."""
    said: set[str] = set()
    cells = []
    for one, _ in rows:
        first = one.control if one.scenario.name not in said else None
        said.add(one.scenario.name)
        cells.append(_range([first.ratio]) if first else "")
    return [Column(header="control", cells=tuple(cells), right=True)] if any(cells) else []


def _widest(build: Sequence[RunResult]) -> list[RunResult]:
    """The rows at the largest thread count that has a speedup and leaves each thread a CPU."""
    fitting = [row for row in build if row.speedup and "oversubscribed" not in row.flags]
    most = max((row.run.threads for row in fitting), default=0)
    return [row for row in fitting if row.run.threads == most]


def _range(estimates: Sequence[Estimate]) -> str:
    """The interval of one estimate, or the ends of several."""
    if not estimates:
        return ""
    if len(estimates) == 1:
        return units.interval(estimates[0].low, estimates[0].value, estimates[0].high)
    values = [estimate.value for estimate in estimates]
    least, most = units.quantity(min(values)), units.quantity(max(values))
    return least if least == most else f"{least} .. {most}"
