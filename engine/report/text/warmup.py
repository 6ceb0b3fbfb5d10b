"""How a scenario's runs warm up -> one sentence, and a line for each run that is not steady in time."""

from __future__ import annotations

from collections.abc import Sequence

from engine import units
from engine.model import Estimate, RunResult, ScenarioResult, Warmup
from engine.report.layout import Column, paragraph, table
from engine.report.text.rows import row_words, sorted_rows, varying_axes

LINES = 8
"""Runs that are listed; warmup.csv has all."""
HEAD, END = 8, 2
"""Places shown of the beginning and of the end of a series that is longer than both."""
LEGEND = "The warm-up ones stand before the bar; * is a difference proven to be larger than the margin."
NOT_IN_TIME = {"warming", "unsettled"}


def warmup_text(result: ScenarioResult) -> str:
    """What to know of the first iterations; empty where nothing was looked at."""
    sentence, columns, more = warmup_words(result)
    lines = [paragraph(sentence, indent="  ")] if sentence else []
    if columns:
        lines += ["", table(columns, "  "), *([f"  {more}"] if more else []), paragraph(LEGEND, "  ")]
    return "\n".join(lines)


def warmup_words(result: ScenarioResult) -> tuple[str, list[Column], str]:
    """A sentence, the table of the runs that were not steady in time, and how many more of them there are."""
    rows = [row for row in sorted_rows(result) if row.warmup]
    known = [row.warmup for row in rows if row.warmup and row.warmup.known]
    if not rows:
        return "", [], ""
    if not known:
        return "Warm-up: too few invocations or iterations to tell when it ends.", [], ""
    late = [row for row in rows if NOT_IN_TIME & {*row.flags}]
    sentence = f"Warm-up: {_first(known)}{_steady(len(known) - len(late), len(known))}"
    if len(known) < len(rows):
        sentence += f" Of {units.count(len(rows) - len(known), 'more run')} there is too little to tell."
    more = f"and {units.count(len(late) - LINES, 'more run')}; warmup.csv has all" if len(late) > LINES else ""
    return sentence, _columns(result, late) if late else [], more


def _first(known: Sequence[Warmup]) -> str:
    """What the first iteration took; empty where a series begins later, as long ones may."""
    ratios = [found.relative[0].value for found in known if not found.first and found.width == 1]
    if not ratios:
        return ""
    low, high = units.ratio(min(ratios)), units.ratio(max(ratios))
    return f"the first iteration took {low if low == high else f'{low} to {high}'} of the time of those after it; "


def _steady(steady: int, of: int) -> str:
    if not steady:
        return "no run was steady before its first kept one."
    who = units.count(of, "run") if steady == of else f"{steady} of {units.count(of, 'run')}"
    return f"{who} {'was' if steady == 1 else 'were'} steady before the first kept one."


def _columns(result: ScenarioResult, late: Sequence[RunResult]) -> list[Column]:
    """The series of the runs that were not steady in time, and what says so."""
    axes = varying_axes(result)
    shown = [(row, row.warmup) for row in late[:LINES] if row.warmup]
    return [
        Column(header="run", cells=tuple(row_words(row, axes) for row, _ in shown)),
        Column(header="iteration / later ones", cells=tuple(_series(found) for _, found in shown)),
        Column(header="proven", cells=tuple(_told(found) for _, found in shown)),
    ]


def _series(found: Warmup) -> str:
    """The places from first to last, which is the 1 that the one before it is held against: "1.32* | 1.04* 1.00 1"."""
    cells = [
        ("| " if place == found.declared and place else "") + f"{one.value:.2f}{'*' if proven else ' '}"
        for place, one, proven in zip(found.places[:-1], found.relative[:-1], found.proven[:-1], strict=True)
    ]
    cells.append("1")
    return " ".join(cells if len(cells) <= HEAD + END else [*cells[:HEAD], "... ", *cells[-END:]]).rstrip()


def _told(found: Warmup) -> str:
    """What is proven, with its interval, and what to do where there is an answer."""
    last = max((place for place, proven in enumerate(found.proven[:-1]) if proven), default=-1)
    if found.drift:
        start = max(last + 1, (found.declared - found.first) // found.width)
        return f"last / {_number(found, start)}: {_interval(found.drift)}; no steady state"
    seen = f"{_number(found, last)}: {_interval(found.relative[last])}"
    return f"{seen}; " + ("no steady state" if found.settled is None else f"steady with warmup: {found.settled}")


def _number(found: Warmup, place: int) -> str:
    """Iterations count from 1, as in iterations.csv."""
    start = found.places[place] + 1
    return f"iteration {start}" if found.width == 1 else f"iterations {start} to {start + found.width - 1}"


def _interval(estimate: Estimate) -> str:
    return units.interval(estimate.low, estimate.value, estimate.high)
