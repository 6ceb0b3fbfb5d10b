"""Results -> scaling.csv: one row per group of runs and scaling law, or the reason why none is fitted."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model import Journal, Results, Scaling, ScalingFit, ScenarioResult, Value
from engine.report.values import bounds, csv_table

FILE = "scaling.csv"
DEFAULT = False

COLUMNS = (
    *("scenario", "group", "runs", "threads", "law", "preferred", "aicc", "misfit", "scale", "scale_low", "scale_high"),
    *("sigma", "sigma_low", "sigma_high", "kappa", "kappa_low", "kappa_high", "peak", "peak_low", "peak_high"),
    *("confidence", "invocations", "why_not"),
)


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The laws as CSV: groups in the order of the plan, in each the preferred law first."""
    groups = ((scenario, group) for scenario in results.scenarios for group in scenario.scaling)
    return csv_table(COLUMNS, (row for scenario, group in groups for row in _rows(scenario, group)))


def _rows(scenario: ScenarioResult, group: Scaling) -> Iterator[tuple[Value, ...]]:
    threads = {one.run.id: str(one.run.threads) for one in scenario.runs}
    counts = ";".join(threads[run] for run in group.runs if run in threads)
    identity = (scenario.scenario.name, group.label, ";".join(group.runs), counts)
    for fit in group.fits:
        yield (*identity, *_fit(fit, preferred=fit is group.fits[0]), None)
    if not group.fits:
        yield (*identity, *(None,) * (len(COLUMNS) - len(identity) - 1), group.why_not)


def _fit(fit: ScalingFit, *, preferred: bool) -> tuple[Value, ...]:
    known = (*bounds(fit.scale), *bounds(fit.sigma), *bounds(fit.kappa), *bounds(fit.peak))
    return (fit.law, preferred, fit.aicc, fit.misfit, *known, fit.scale.confidence, fit.scale.count)
