"""What is said of the groups of a scenario -> the block "Scaling" of its chapter; knows no table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from engine import units
from engine.model import Estimate, RunResult, Scaling, ScalingFit, ScenarioResult
from engine.report.cells import plain
from engine.report.layout import bullets, paragraph

HEAD = "Scaling laws (contention: the serial share; coherency: what each pair of threads costs)"

BADLY = 0.1
"""A law that is off by more than this does not describe what was measured."""


def scaling_text(result: ScenarioResult) -> str:
    """The law of each group that has one, and each reason why others have none; "" if nothing varies threads.

    Where all groups have the same reason it is one line.
    """
    why, lines = scaling_words(result)
    return paragraph(why) if why else "\n".join([HEAD, *bullets(lines)]) if lines else ""


def scaling_words(result: ScenarioResult) -> tuple[str, list[str]]:
    """The one reason why no group has a law, or "", and else a sentence for each law and each reason."""
    results = {one.run.id: one for one in result.runs}
    laws, reasons = list(_fitted(result.scaling, results)), _unfitted(result.scaling)
    if len(reasons) == 1 and not laws:
        return plain(f"No scaling law: {next(iter(reasons))}."), []
    lines = [*laws, *(f"{'; '.join(labels)}: no law: {why}." for why, labels in reasons.items())]
    return "", list(map(plain, lines))


def _fitted(groups: Iterable[Scaling], results: Mapping[str, RunResult]) -> Iterable[str]:
    for group in groups:
        most = results.get(group.runs[-1]) if group.runs else None
        if group.fits and most:
            best, *others = group.fits
            threads = most.run.threads
            told = [_law(best, threads), _misfit(best), _compared(best, others), _most(most)]
            yield f"{group.label}: " + " ".join(filter(None, told))


def _unfitted(groups: Iterable[Scaling]) -> dict[str, list[str]]:
    """Each reason once, with the labels of its groups."""
    found: dict[str, list[str]] = {}
    for group in groups:
        if not group.fits:
            found.setdefault(group.why_not, []).append(group.label)
    return found


def _law(fit: ScalingFit, threads: int) -> str:
    """The law and its parameters."""
    match fit.law:
        case "linear":
            return "linear: each thread adds as much as the first."
        case "Amdahl":
            return f"Amdahl: contention {_percent(fit.sigma)}."
        case "USL":
            peak = f", {_peak(fit.peak, threads)}" if fit.peak else ""
            return f"USL: contention {_percent(fit.sigma)}, coherency {_percent(fit.kappa)}{peak}."


def _peak(peak: Estimate, threads: int) -> str:
    """Where throughput is highest."""
    if peak.high < 1.5:
        return "most throughput at 1 thread"
    low, value, high = (units.UNKNOWN if math.isnan(x) else f"{x:.0f}" for x in (peak.low, peak.value, peak.high))
    guess = f", a guess beyond the {threads} measured" if peak.value > threads else ""
    return f"most throughput at [{low} {value} {high}] threads{guess}"


def _misfit(fit: ScalingFit) -> str:
    words = f"off by at most {units.percent(fit.misfit)}"
    return f"It fits badly, {words}." if fit.misfit > BADLY else f"It is {words}."


def _compared(best: ScalingFit, others: Iterable[ScalingFit]) -> str:
    """By how much the other laws are less likely."""
    apart = [f"{other.law} {other.aicc - best.aicc:.1f}" for other in others if math.isfinite(other.aicc)]
    return f"AICc above it: {', '.join(apart)}." if apart else ""


def _most(result: RunResult) -> str:
    """Efficiency and serial share at the most threads that have a CPU each."""
    if result.efficiency is None or result.karp_flatt is None:
        return ""
    shares = _percent(result.efficiency), _percent(result.karp_flatt)
    return f"At {result.run.threads} threads: efficiency {shares[0]}, Karp-Flatt {shares[1]}."


def _percent(share: Estimate) -> str:
    return units.interval(100 * share.low, 100 * share.value, 100 * share.high, "%")
