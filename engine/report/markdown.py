"""Results -> report.md for a pull request or a job's summary: verdicts first, compact tables, details folded away.

GitHub takes comments of 65,536 characters: what does not fit is left out by rows, and how many is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from engine import units
from engine.model import URGENCY, Comparison, Journal, Results, RunResult, ScenarioResult
from engine.report.cells import build, plain
from engine.report.gfm import folded, inert, listed, table
from engine.report.layout import Column
from engine.report.sentences import sentences
from engine.report.tables import skip_line
from engine.report.text.head import when
from engine.report.text.rows import DIRECTIONS, intervals, row_words, sorted_rows, varying_axes
from engine.report.text.scenario import failed_words, measured
from engine.report.text.scorecard import verdict_words

FILE = "report.md"
DEFAULT = False

LIMIT = 65_000
"""Characters; GitHub refuses a comment of more than 65,536, and what posts it may add a line."""
STEPS = (10_000, 100, 30, 10, 3, 1)
"""Rows of a table and items of a list that are tried, until the whole fits."""
OPEN = 3
"""Scenarios up to which tables are not folded away."""
LONG = 400
"""Characters of a cell or an item."""
LEGEND = (
    "time: wall time x threads / operations, what one thread spends on one; speedup: work of all threads against one "
    "thread's; time / baseline: below 1 is faster. Intervals: [low estimate high]. unclear: not proven, of all rows "
    "of the scenario together."
)


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The report in GitHub's Markdown, at most `LIMIT` characters."""
    for most in STEPS:
        head, chapters = (
            _head(results, most),
            [_chapter(one, most, len(results.scenarios)) for one in results.scenarios],
        )
        text = _joined([*head, *chapters, _foot()])
        if len(text) <= LIMIT:
            return text
    return _cut(head, chapters, results.scenarios)


def _cut(head: Sequence[str], chapters: Sequence[str], scenarios: Sequence[ScenarioResult]) -> str:
    """As many scenarios as fit, the first ones, and how many are left out."""

    def left(count: int) -> str:
        rows = units.count(sum(len(one.runs) for one in scenarios[count:]), "row")
        return (
            f"Left out for their size: {units.count(len(scenarios) - count, 'scenario')} with {rows}; `fteng report` "
            "has all."
        )

    room = LIMIT - len(_joined([*head, left(0), _foot()]))
    sizes = accumulate(len(chapter) + len("\n\n") for chapter in chapters)
    count = sum(size <= room for size in sizes)
    return _joined([*head, *chapters[:count], left(count), _foot()])


def _joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(filter(None, blocks)) + "\n"


def _foot() -> str:
    return f"<sub>{inert(LEGEND)}</sub>"


def _head(results: Results, most: int) -> list[str]:
    """What a reader must know who reads nothing else."""
    return [
        f"### {_summary(results)}",
        inert(_origin(results)),
        _items("Warnings", _warnings(results), most),
        _claims(results, most),
        _items("All scenarios together", sentences(results.scorecard, results.interpreters), most),
        folded("Machine and interpreters", _machine(results, most)),
    ]


def _summary(results: Results) -> str:
    """The verdicts, counted."""
    if words := verdict_words(results):
        return f"Claims: {words}"
    runs = sum(len(one.runs) for one in results.scenarios)
    return f"{units.count(runs, 'run')} of {units.count(len(results.scenarios), 'scenario')}, no claims"


def _origin(results: Results) -> str:
    cpu = dict(results.host.facts).get("CPU")
    builds = ", ".join(f"{one.spec} ({one.version}, {build(one)})" for one in results.interpreters)
    where = f" on {cpu}" if cpu else ""
    return f"fteng {results.version}, measured {when(results.started)}{where}: {builds or 'no interpreter'}"


def _warnings(results: Results) -> Iterator[str]:
    """What may make a verdict worthless, or a result be no whole one."""
    if not results.finished:
        yield "NOT COMPLETE: interrupted, or still being measured"
    if results.damage:
        yield f"DAMAGED: {units.count(len(results.damage), 'line')} of the journal could not be read and are left out"
    for one in results.scenarios:
        for run in one.failed:
            yield f"{one.scenario.name}: {failed_words(run)}"
    disturbed = [one.scenario.name for one in results.scenarios if one.doubtful]
    if disturbed:
        yield (
            f"Machine disturbed: it had not a CPU for each thread in many rounds of {', '.join(disturbed)}; speedups "
            "there are too small"
        )
    for missing in results.missing:
        yield f"{missing.spec} is missing, and what needs it was not run: {missing.hint}"


def _claims(results: Results, most: int) -> str:
    """A table of all claims, those that did not hold first."""
    claims = [(one, claim) for one in results.scenarios for claim in one.claims]
    claims.sort(key=lambda pair: URGENCY.index(pair[1].verdict))
    shown = claims[:most]
    if not shown:
        return ""
    columns = [
        Column(header="verdict", cells=tuple(claim.verdict for _, claim in shown)),
        Column(header="scenario", cells=tuple(_short(one.scenario.name) for one, _ in shown)),
        Column(header="claim", cells=tuple(_short(claim.claim.text) for _, claim in shown)),
        Column(header="why", cells=tuple(_short(claim.why) for _, claim in shown)),
    ]
    return _more(table(columns, URGENCY[:3]), len(claims) - len(shown), "claim")


def _machine(results: Results, most: int) -> str:
    facts = [f"{name}: {value}" for name, value in results.host.facts]
    blocks = [_items("Machine", facts, most), _items("Warnings of the machine", results.host.warnings, most)]
    return "\n\n".join([*filter(None, blocks), f"Command: {inert(_short(results.command))} (seed {results.seed})"])


def _chapter(result: ScenarioResult, most: int, scenarios: int) -> str:
    """One scenario: its table, and folded away how it was measured and what to mind."""
    scenario = result.scenario
    title = _short(f"{scenario.name}: {scenario.title}" if scenario.title else scenario.name)
    details = [
        _items("How it was measured", measured(result), most),
        _items("Warnings", result.warnings, most),
        _items("Not run", map(skip_line, result.skips), most),
    ]
    more = "\n\n".join(filter(None, [inert(_short(scenario.question)), *details]))
    rows = _table(result, most)
    if scenarios <= OPEN:
        return f"#### {inert(title)}\n\n{rows}\n\n{folded('Details', more)}"
    return folded(f"{title} ({units.count(len(result.runs), 'row')})", f"{rows}\n\n{more}")


def _table(result: ScenarioResult, most: int) -> str:
    rows = sorted_rows(result)
    shown = rows[:most]
    if not shown:
        return "No run gave numbers."
    axes = varying_axes(result)
    times, unit = intervals([dict(row.metrics).get("time") for row in shown], "s")
    speedups, _ = intervals([row.speedup.ratio if row.speedup else None for row in shown], digits=2)
    against, _ = intervals([row.against.ratio if row.against else None for row in shown], digits=2)
    directions = tuple(row.against.direction if row.against else "" for row in shown)
    columns = [
        Column(header="run", cells=tuple(_short(row_words(row, axes)) for row in shown)),
        Column(header=f"time ({unit})" if unit else "time", cells=times, right=True),
        Column(header="speedup", cells=_based(shown, speedups, [row.speedup for row in shown]), right=True),
        Column(header="time / baseline", cells=_based(shown, against, [row.against for row in shown]), right=True),
        Column(header="verdict", cells=tuple(DIRECTIONS.get(word, word) for word in directions)),
        Column(header="flags", cells=tuple(", ".join(map(plain, row.flags)) for row in shown)),
    ]
    kept = [column for number, column in enumerate(columns) if number < 2 or any(column.cells)]
    return _more(table(kept, ("faster", "slower")), len(rows) - len(shown), "row")


def _based(rows: Sequence[RunResult], cells: Sequence[str], found: Sequence[Comparison | None]) -> tuple[str, ...]:
    """The cells, with "base" in those of the runs that others are compared with."""
    bases = {one.base for one in found if one}
    return tuple(cell or ("base" if row.run.id in bases else "") for row, cell in zip(rows, cells, strict=True))


def _items(title: str, texts: Iterable[str], most: int) -> str:
    found = list(texts)
    return _more(listed(title, map(_short, found[:most])), len(found) - most, "item", indent="- ")


def _more(text: str, left: int, noun: str, indent: str = "\n") -> str:
    """The text, and under it how much of its kind was left out."""
    return f"{text}\n{indent}and {units.count(left, f'more {noun}')}; `fteng report` has all" if left > 0 else text


def _short(text: str) -> str:
    """At most `LONG` characters of one line."""
    shown = plain(text)
    return shown if len(shown) <= LONG else shown[: LONG - 3] + "..."
