"""Where the scatter of a scenario comes from -> a few sentences, and advice where another number would tell more."""

from __future__ import annotations

import math

from engine import units
from engine.model import ScenarioResult, Spending
from engine.report.layout import bullets

HEAD = "Where to spend time"
NOTICED = 0.9
"""Advice is given only where intervals would become at least a tenth narrower."""
CORRELATED = 0.3
"""Autocorrelation from which on it is mentioned."""


def variance_text(result: ScenarioResult) -> str:
    """Where the scatter comes from and where to spend time; empty where nothing is known."""
    lines = variance_words(result)
    return "\n".join([HEAD, *bullets(lines)]) if lines else ""


def variance_words(result: ScenarioResult) -> list[str]:
    """The same as sentences without their head."""
    found = result.spending
    if found is None:
        return []
    auto = result.scenario.measure.iterations is None
    option = "pyperf's --values" if result.scenario.imported else "--iterations"
    return [
        *filter(None, (_scatter(found), _correlated(found), _advice(found, auto=auto, option=option), _longer(found)))
    ]


def _scatter(found: Spending) -> str:
    words = f"times scatter by {_shares(found.between)} between invocations, by {_shares(found.within)} within one"
    if not math.isnan(found.correlation[1]):
        words += f"; {_shares(found.correlation)} of the variance lies between them"
    return words + (f" (median of {units.count(found.runs, 'run')}, lowest to highest)" if found.runs > 1 else "")


def _correlated(found: Spending) -> str:
    if math.isnan(found.autocorrelation) or found.autocorrelation < CORRELATED:
        return ""
    return (
        f"neighbouring iterations are alike (autocorrelation {found.autocorrelation:.1f}), so that another one in the "
        "same process tells less than a new process does"
    )


def _advice(found: Spending, *, auto: bool, option: str) -> str:
    if math.isnan(found.change) or found.change > NOTICED:
        return ""
    chosen = "chosen by the pilots" if auto else "kept"
    return (
        f"{found.best} iterations per invocation would make intervals of times about "
        f"{units.percent(_rounded(1 - found.change))} narrower for the same time ({chosen}: {found.kept}): "
        f"{option} {found.best}"
    )


def _longer(found: Spending) -> str:
    if not math.isfinite(found.half_width) or found.half_width == 0:
        return ""
    return (
        f"the median half-width of a time is {units.percent(_rounded(found.half_width))} after "
        f"{units.long_duration(found.seconds)}; twice the time would make it about "
        f"{units.percent(_rounded(found.doubled))}"
    )


def _shares(values: tuple[float, float, float]) -> str:
    low, middle, high = (units.percent(_rounded(value)) for value in values)
    return middle if low == high else f"{middle} ({low} to {high})"


def _rounded(share: float) -> float:
    """Two significant digits, and no more than hundredths of a percent: none of these is known better."""
    return round(float(f"{share:.2g}"), 4)
