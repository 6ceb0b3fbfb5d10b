"""A claim of a scenario becomes a verdict: the runs it speaks of, the interval of each case, and one sentence why."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from engine import stats, units
from engine.analysis.comparison import gil_agrees, metric_ratio
from engine.analysis.contamination import Surroundings
from engine.analysis.disturbance import apart, remark
from engine.analysis.labels import axes, pair_label, run_label, varying
from engine.analysis.metrics import estimate
from engine.analysis.series import Series
from engine.model import (
    UNITS,
    Claim,
    ClaimCase,
    ClaimResult,
    Estimate,
    Interpreter,
    Run,
    Scenario,
    Selector,
    Value,
    Verdict,
)
from engine.selection import Index

At = Callable[[float], Estimate]
"""The estimate of a case at a confidence."""

TOLERANCE = 0.05
"""A ratio `equals x` where its whole interval lies within this share of x."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that a claim is judged by."""

    scenario: Scenario
    runs: Sequence[Run]
    """The planned ones, the control's left out."""
    series: Mapping[str, Series]
    """Id of a run -> what was measured; runs without numbers are not there."""
    interpreters: Mapping[str, Interpreter]
    cpus: int
    missing: Sequence[str] = ()
    """Interpreters that the scenario asks for and the machine lacks."""
    disturbed: bool = False
    """The control says that the machine had not a CPU for each thread."""
    flags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Id of a run -> its flags."""
    met: Surroundings | None = None

    @cached_property
    def by_id(self) -> Mapping[str, Run]:
        """Id -> run."""
        return {run.id: run for run in self.runs}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The axes that tell the runs apart."""
        return varying(self.runs)

    def selected(self, *selectors: Selector) -> list[Run]:
        """The runs that all of these mean."""
        return self._index.chosen(selectors)

    @cached_property
    def _index(self) -> Index:
        """A scenario may have thousands of runs and hundreds of claims."""
        return Index(self.runs, self.interpreters, self.cpus)


def judge(claim: Claim, evidence: Evidence) -> ClaimResult:
    """The verdict on a claim: refuted if any case is, supported if all are, not tested if none could be."""
    cases = tuple(_ratio_cases(claim, evidence) if claim.ratio else _metric_cases(claim, evidence))
    verdict = _together([case.verdict for case in cases])
    why = _why(claim, cases, verdict, evidence) if verdict != "not tested" else _why_not(cases, evidence)
    lacking = evidence.disturbed and verdict in {"refuted", "inconclusive"} and _about_threads(cases, evidence)
    raised = _raised(cases, evidence) if verdict != "not tested" else set()
    why += remark(claim.quantity, raised, lacking=lacking)
    return ClaimResult(claim=claim, verdict=verdict, why=why, cases=cases)


def _raised(cases: Iterable[ClaimCase], evidence: Evidence) -> set[str]:
    """The flags of all runs of these cases, and that the two sides of one met different CPUs."""
    found = set()
    for case in cases:
        of, to = evidence.by_id[case.runs[0]], evidence.by_id[case.runs[-1]]
        found |= {flag for run in case.runs for flag in evidence.flags.get(run, ()) if flag != "uneven"}
        if "shared" not in found and evidence.met and of is not to and apart(evidence.met.ratio(of, to)):
            found.add("uneven")
    return found


def _about_threads(cases: Iterable[ClaimCase], evidence: Evidence) -> bool:
    """Whether any run of these cases has several threads, which want as many CPUs."""
    return any(evidence.by_id[run].threads > 1 for case in cases for run in case.runs)


def verdict_of(estimate: Estimate, claim: Claim) -> Verdict:
    """Supported where the whole interval lies where the claim says, refuted where none of it does."""
    low, high = estimate.low, estimate.high
    match claim.relation:
        case "above":
            inside, outside = low > claim.bounds[0], high <= claim.bounds[0]
        case "below":
            inside, outside = high < claim.bounds[0], low >= claim.bounds[0]
        case _:
            least, most = _edges(claim)
            inside, outside = least <= low and high <= most, high < least or low > most
    return "supported" if inside else "refuted" if outside else "inconclusive"


def _edges(claim: Claim) -> tuple[float, float]:
    """The closed range of `between` and of the `equals` of a ratio."""
    if claim.relation == "between":
        return claim.bounds[0], claim.bounds[1]
    slack = abs(claim.bounds[0]) * TOLERANCE
    return claim.bounds[0] - slack, claim.bounds[0] + slack


def _pairs(claim: Claim, evidence: Evidence) -> list[tuple[Run, Run]]:
    """Every run that `of` means with every one that `to` means, where they agree in all axes that set neither apart.

    An axis for which both name the same values sets nothing apart: like is paired with like.
    """
    named = {name for name, _ in {*claim.of.values} ^ {*claim.to.values}}
    if "free_threaded" in named:
        named.add("interpreter")
    bases: dict[tuple[Value, ...], list[Run]] = {}
    for to in evidence.selected(claim.where, claim.to):
        bases.setdefault(_alike(to, named), []).append(to)
    return [
        (of, to)
        for of in evidence.selected(claim.where, claim.of)
        for to in bases.get(_alike(of, named), ())
        if of.id != to.id and ("gil" in named or gil_agrees(of, to, evidence.interpreters))
    ]


def _alike(run: Run, named: set[str]) -> tuple[Value, ...]:
    """What two runs of a pair have in common; of `gil`, which a default build has not, `gil_agrees` knows."""
    return tuple(run.axis(name) for name in axes(run) if name not in named and name != "gil")


def _ratio_cases(claim: Claim, evidence: Evidence) -> Iterable[ClaimCase]:
    names = evidence.names
    confidence = evidence.scenario.measure.confidence
    pairs = _pairs(claim, evidence)
    for of, to in pairs:
        ours, theirs = evidence.series.get(of.id), evidence.series.get(to.id)
        tested = ours and theirs and claim.quantity in ours.metrics and claim.quantity in theirs.metrics
        at = partial(metric_ratio, ours, theirs, claim.quantity) if ours and theirs else None
        yield ClaimCase(
            runs=(of.id, to.id),
            label=pair_label(of, to, names),
            estimate=at(confidence) if at else stats.unknown(confidence),
            verdict=_one_of(len(pairs), at, claim, confidence) if at and tested else "not tested",
        )


def _metric_cases(claim: Claim, evidence: Evidence) -> Iterable[ClaimCase]:
    names = evidence.names
    confidence = evidence.scenario.measure.confidence
    runs = evidence.selected(claim.where, claim.of)
    for run in runs:
        series = evidence.series.get(run.id)
        at = partial(estimate, series, claim.quantity) if series and claim.quantity in series.metrics else None
        yield ClaimCase(
            runs=(run.id,),
            label=run_label(run, names),
            estimate=at(confidence) if at else stats.unknown(confidence),
            verdict=_metric_verdict(claim, series, at, len(runs), confidence) if series and at else "not tested",
        )


def _metric_verdict(claim: Claim, series: Series, at: At, cases: int, confidence: float) -> Verdict:
    """`equals` of a metric is exact, for every invocation; one invocation is then enough."""
    if claim.relation != "equals":
        return _one_of(cases, at, claim, confidence)
    values = series.metrics[claim.quantity].values()
    return "supported" if all(value == claim.bounds[0] for value in values) else "refuted"


def _one_of(cases: int, at: At, claim: Claim, confidence: float) -> Verdict:
    """The verdict on one of so many cases.

    Each of them may refute the claim, so it does only if its interval at a confidence that is corrected for their
    number (Bonferroni) lies outside, too. All must support it: that needs no correction (Berger 1982,
    intersection-union tests).
    """
    verdict = verdict_of(at(confidence), claim)
    if verdict == "refuted" and cases > 1:
        corrected = verdict_of(at(1 - (1 - confidence) / cases), claim)
        return "refuted" if corrected == "refuted" else "inconclusive"
    return verdict


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    said = set(verdicts)
    if not said - {"not tested"}:
        return "not tested"
    if "refuted" in said:
        return "refuted"
    return "supported" if said == {"supported"} else "inconclusive"


def _why_not(cases: Sequence[ClaimCase], evidence: Evidence) -> str:
    """Why a claim was not tested."""
    if cases:
        return f"The runs it speaks of gave no such number ({cases[0].label})."
    if evidence.missing:
        return f"No run here is one it speaks of; missing: {', '.join(evidence.missing)}."
    return "No run of this plan is one it speaks of."


def _why(claim: Claim, cases: Sequence[ClaimCase], verdict: Verdict, evidence: Evidence) -> str:
    """One sentence with the numbers that decided."""
    unit = "" if claim.ratio else _unit(claim.quantity, evidence.scenario)
    region = _region(claim, unit)
    deciding = [case for case in cases if case.verdict == verdict]
    if verdict == "supported" and len(cases) > 1:
        lowest, highest = (units.quantity(f(case.estimate.value for case in cases), unit) for f in (min, max))
        return f"All {len(cases)} cases are {region}: estimates from {lowest} to {highest}."
    if not deciding:
        untested = sum(case.verdict == "not tested" for case in cases)
        return f"{untested} of {len(cases)} cases gave no number; the others are {region}."
    first = deciding[0]
    share = f" ({len(deciding)} of {len(cases)} cases)" if len(cases) > 1 else ""
    return f"{first.label}: {_finding(first.estimate, verdict, unit, region)}{share}."


def _finding(estimate: Estimate, verdict: Verdict, unit: str, region: str) -> str:
    numbers = units.interval(estimate.low, estimate.value, estimate.high, unit)
    if math.isnan(estimate.value):
        return "the ratio has no meaning, for its divisor is 0 in some invocation"
    if math.isnan(estimate.low) and verdict == "inconclusive":
        return f"{units.quantity(estimate.value, unit)} without an interval, which takes two invocations"
    if verdict == "inconclusive":
        return f"{numbers} is neither surely {region} nor surely outside; more invocations would narrow it"
    return f"{numbers} is {'' if verdict == 'supported' else 'not '}{region}"


def _region(claim: Claim, unit: str) -> str:
    bounds = [units.quantity(bound, unit) for bound in claim.bounds]
    match claim.relation:
        case "between":
            return f"between {bounds[0]} and {bounds[1]}"
        case "equals" if claim.ratio:
            return f"within {units.percent(TOLERANCE)} of {bounds[0]}"
        case "equals":
            return f"{bounds[0]} in every invocation"
        case _:
            return f"{claim.relation} {bounds[0]}"


def _unit(quantity: str, scenario: Scenario) -> str:
    return UNITS.get(quantity) or next((m.unit for m in scenario.kernel.metrics if m.name == quantity), "")
