"""Results -> report.csv: one row per run and metric, plain numbers in seconds, bytes and ratios (docs/report.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.model import UNITS, Comparison, Interpreter, Journal, Results, RunResult, ScenarioResult, Value
from engine.report.cells import on_off
from engine.report.values import bounds, csv_table, parameter_columns

FILE = "report.csv"
DEFAULT = True

BEFORE = ("scenario", "run", "interpreter", "version", "free_threaded", "gil", "threads", "affinity", "switch_interval")
AFTER = (
    *("metric", "unit", "estimate", "low", "high", "confidence", "invocations", "iterations"),
    *("base", "ratio", "ratio_low", "ratio_high", "verdict", "p", "effect", "stop_reason", "flags"),
)
"""The columns before and after those of the kernels' parameters."""

Row = tuple[Value, ...]


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The summary as CSV: a header, then a row for every metric of every run, in the order of the results."""
    parameters = _parameters(results)
    interpreters = {interpreter.spec: interpreter for interpreter in results.interpreters}
    columns = (*BEFORE, *parameter_columns(parameters, (*BEFORE, *AFTER)), *AFTER)
    return csv_table(columns, (row for one in results.scenarios for row in _rows(one, interpreters, parameters)))


def _rows(
    scenario: ScenarioResult, interpreters: Mapping[str, Interpreter], parameters: Sequence[str]
) -> Iterator[Row]:
    units = UNITS | {metric.name: metric.unit for metric in scenario.scenario.kernel.metrics}
    for result in scenario.runs:
        start = _identity(result, interpreters.get(result.run.interpreter), parameters)
        yield from (start + rest for rest in _metrics(result, units))


def _parameters(results: Results) -> list[str]:
    """Every kernel parameter of every run, each once, sorted."""
    runs = (result.run for scenario in results.scenarios for result in scenario.runs)
    return sorted({name for run in runs for name, _ in run.parameters})


def _identity(result: RunResult, interpreter: Interpreter | None, parameters: Sequence[str]) -> Row:
    run = result.run
    own = dict(run.parameters)
    build: tuple[Value, ...] = (interpreter.version, interpreter.free_threaded) if interpreter else (None, None)
    words = (run.scenario, run.id, run.interpreter, *build, on_off(result.gil), run.threads, run.affinity)
    return (*words, run.switch_interval, *map(own.get, parameters))


def _metrics(result: RunResult, units: dict[str, str]) -> Iterator[Row]:
    bases = {"throughput": result.speedup, "time": result.against}
    own = dict(result.metrics)
    derived = {"efficiency": result.efficiency, "karp_flatt": result.karp_flatt}
    shown = own | {name: estimate for name, estimate in derived.items() if estimate and name not in own}
    for name, estimate in shown.items():
        values = (name, units.get(name, ""), *bounds(estimate), estimate.confidence, result.invocations)
        rest = (result.iterations, *_comparison(bases.get(name)), result.stop, ";".join(result.flags))
        yield (*values, *rest)


def _comparison(comparison: Comparison | None) -> tuple[Value, ...]:
    """Base, ratio, its bounds, verdict, p and effect; empty where the metric is compared with nothing."""
    if comparison is None:
        return (None,) * 7
    return (comparison.base, *bounds(comparison.ratio), comparison.direction, comparison.p, comparison.effect)
