"""Results -> scaling.csv: one row per group of runs and scaling law, or the reason why none is fitted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from engine.model import Estimate, Journal, Results, Scaling, ScalingFit, ScenarioResult, Value
from engine.report.cells import csv_value

FILE = "scaling.csv"
DEFAULT = False

COLUMNS = (
    *("scenario", "group", "runs", "threads", "law", "preferred", "aicc", "misfit", "scale", "scale_low", "scale_high"),
    *("sigma", "sigma_low", "sigma_high", "kappa", "kappa_low", "kappa_high", "peak", "peak_low", "peak_high"),
    *("confidence", "invocations", "why_not"),
)


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The laws as CSV: groups in the order of the plan, in each the preferred law first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for scenario in results.scenarios:
        for group in scenario.scaling:
            writer.writerows(map(csv_value, row) for row in _rows(scenario, group))
    return out.getvalue()


def _rows(scenario: ScenarioResult, group: Scaling) -> Iterator[tuple[Value, ...]]:
    threads = {one.run.id: str(one.run.threads) for one in scenario.runs}
    counts = ";".join(threads[run] for run in group.runs if run in threads)
    identity = (scenario.scenario.name, group.label, ";".join(group.runs), counts)
    for fit in group.fits:
        yield (*identity, *_fit(fit, preferred=fit is group.fits[0]), None)
    if not group.fits:
        yield (*identity, *(None,) * (len(COLUMNS) - len(identity) - 1), group.why_not)


def _fit(fit: ScalingFit, *, preferred: bool) -> tuple[Value, ...]:
    known = (*_bounds(fit.scale), *_bounds(fit.sigma), *_bounds(fit.kappa), *_bounds(fit.peak))
    return (fit.law, preferred, fit.aicc, fit.misfit, *known, fit.scale.confidence, fit.scale.count)


def _bounds(estimate: Estimate | None) -> tuple[float | None, ...]:
    return (estimate.value, estimate.low, estimate.high) if estimate else (None,) * 3
