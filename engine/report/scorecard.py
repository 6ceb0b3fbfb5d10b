"""Results -> scorecard.csv: a row for each mean over patterns and for each of its patterns (docs/report.md)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model import Build, Journal, Results, Scorecard, Summary, Value
from engine.report.cells import on_off
from engine.report.values import bounds, csv_table

FILE = "scorecard.csv"
DEFAULT = False

COLUMNS = (
    *("quantity", "interpreter", "gil", "threads", "base_interpreter", "base_gil", "scenario", "pattern", "run"),
    *("scenarios", "patterns", "left_out", "ratio", "low", "high", "confidence"),
    *("lower_quartile", "median", "upper_quartile", "verdict", "p"),
)

Row = tuple[Value, ...]


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The scorecard as CSV: each mean, then its patterns from the smallest ratio to the largest."""
    found = _summaries(results.scorecard)
    return csv_table(COLUMNS, ((*start, *rest) for start, summary in found for rest in _rows(summary)))


def _summaries(card: Scorecard) -> Iterator[tuple[Row, Summary]]:
    """Every summary with the cells that say what it is of."""
    for cost in card.costs:
        yield ("cost", *_build(cost.build), 1, *_build(cost.base)), cost.summary
    for speedup in card.speedups:
        yield ("speedup", *_build(speedup.build), speedup.threads, *_build(speedup.build)), speedup.summary
    for gain in card.gains:
        yield ("gain", *_build(gain.build), gain.threads, *_build(gain.base)), gain.summary
    for machine in card.machine:
        yield ("control", None, None, machine.threads, None, None), machine.summary


def _build(build: Build) -> Row:
    return build.interpreter, on_off(build.gil)


def _rows(summary: Summary) -> Iterator[Row]:
    """The mean, which has no scenario of its own, and the patterns, which have no quartiles."""
    mean = summary.mean
    counts = (summary.scenarios, len(summary.patterns), summary.left_out)
    yield (
        *(None, None, None, *counts),
        *(*bounds(mean), mean.confidence, *summary.quartiles, None, None),
    )
    for one in summary.patterns:
        ratio = one.comparison.ratio
        yield (
            *(one.scenario, one.label, one.run, None, None, None),
            *(*bounds(ratio), ratio.confidence),
            *(None, None, None, one.comparison.direction, one.comparison.p),
        )
