"""One ScenarioResult -> its chapter of the report: question, verdicts, table, what failed, what to mind."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from engine import units
from engine.model import (
    UNITS,
    URGENCY,
    ClaimCase,
    ClaimResult,
    Comparison,
    Conditions,
    FailedRun,
    Pairs,
    Scenario,
    ScenarioResult,
)
from engine.report.cells import plain, word
from engine.report.layout import bullets, heading, paragraph
from engine.report.tables import skip_line
from engine.report.text.profile import profile_text
from engine.report.text.rows import row_words, runs_text, sorted_rows, varying_axes
from engine.report.text.scaling import scaling_text
from engine.report.text.variance import variance_text
from engine.report.text.warmup import warmup_text

MARK = len("[inconclusive] ")
CASES = 8
"""Cases of a claim that are listed; the table below has the numbers of all runs."""
DETAIL_LINES = 3
"""Lines that are shown of each end of a traceback; the journal has all of it."""
SPECIALIZED = "Specialised instructions of the timed function"
TEACHING = {"specialization", "bytecode"}
"""Categories and tags of scenarios that are about specialised instructions."""


def scenario_text(result: ScenarioResult) -> str:
    """The chapter of one scenario."""
    blocks = [
        _title(result.scenario),
        _claims(result),
        _measured(result),
        runs_text(result),
        scaling_text(result),
        warmup_text(result),
        variance_text(result),
        _specialized(result),
        profile_text(result),
        paragraph(control_words(result.control), indent=""),
        paragraph(conditions_words(result.conditions), indent=""),
        _failed(result.failed),
        _listed("Not run", map(skip_line, result.skips)),
        _listed("Warnings", map(plain, result.warnings), "! "),
    ]
    return "\n\n".join(filter(None, blocks))


def _title(scenario: Scenario) -> str:
    title = heading(plain(f"{scenario.name}: {scenario.title}"), "=")
    return f"{title}\n{paragraph(plain(scenario.question), indent='')}" if scenario.question else title


def _measured(result: ScenarioResult) -> str:
    first, *rest = measured(result)
    return "\n".join([paragraph(first, indent=""), *rest])


def measured(result: ScenarioResult) -> list[str]:
    """What an operation is and how it was measured; what rows are compared with; what is taken off them."""
    scenario, measure = result.scenario, result.scenario.measure
    if scenario.imported:
        return [_imported(result)]
    least, most = measure.invocations_min, measure.invocations_max
    times = units.count(most, "invocation") if least == most else f"{least} to {units.count(most, 'invocation')}"
    sentence = (
        f"Kernel {plain(scenario.kernel.name)}{_operation(scenario)}. {times} of "
        f"{_iterations(result)} of about {units.duration(measure.iteration_time)}, until "
        f"every interval is within {units.percent(measure.precision)} of its estimate."
    )
    if not math.isnan(result.timed_share):
        sentence += f" Of the wall time, {units.percent(round(result.timed_share, 2))} was inside timed iterations."
    lines = [sentence]
    if scenario.baseline:
        lines.append(f"Baseline: the run with {_pairs(scenario.baseline)}; what is not named is as in the row.")
    if scenario.overhead:
        lines.append(f"Overhead, taken off in `net`: the run with {_pairs(scenario.overhead)}.")
    return lines


def _imported(result: ScenarioResult) -> str:
    """What measured it, and what that leaves untold."""
    measure = result.scenario.measure
    kept = units.count(measure.iterations or 0, "value") + (f", {measure.warmup} of warm-up" if measure.warmup else "")
    return (
        f"Imported: {plain(result.scenario.imported)} measured it, in processes of {kept}. Each process gives one "
        "value to an estimate. How the threads got on, and what others did to the CPUs, is not known."
    )


def _iterations(result: ScenarioResult) -> str:
    """How many an invocation kept, and who says so."""
    asked = result.scenario.measure.iterations
    if asked is None and not result.kept:
        return "as many iterations as the pilots ask for (auto)"
    return units.count(asked or result.kept, "iteration") + (" (auto: chosen by the pilots)" if asked is None else "")


def _operation(scenario: Scenario) -> str:
    operation = plain(scenario.kernel.operation)
    return "" if operation == "operation" else f"; one operation is {operation}"


def _pairs(values: Pairs) -> str:
    return ", ".join(f"{plain(name)} {word(value)}" for name, value in values)


def _claims(result: ScenarioResult) -> str:
    """The verdict on each claim, why, and the cases that a reader should see."""
    return "\n".join(line for claim in result.claims for line in _claim(claim, claim_unit(result, claim)))


def claim_unit(result: ScenarioResult, claim: ClaimResult) -> str:
    """The unit of what a claim speaks of; "" for a ratio."""
    metrics = UNITS | {metric.name: plain(metric.unit) for metric in result.scenario.kernel.metrics}
    return "" if claim.claim.ratio else metrics.get(claim.claim.quantity, "")


def _claim(result: ClaimResult, unit: str) -> list[str]:
    indent = " " * MARK
    mark = f"[{result.verdict}]".ljust(MARK)
    lines = [paragraph(plain(result.claim.text), mark, indent)]
    lines += [paragraph(plain(result.why), indent, indent)] if result.why else []
    return lines + _cases(result, unit, indent)


def _cases(result: ClaimResult, unit: str, indent: str) -> list[str]:
    """The cases that do not hold, refuted ones first; nothing where all agree, or the sentence has the only one."""
    telling = sorted((case for case in result.cases if case.verdict != "supported"), key=urgency)
    if len({case.verdict for case in result.cases}) < 2 or len(telling) < 2:
        return []
    shown, rest = telling[:CASES], len(telling[CASES:])
    labels = [plain(case.label) for case in shown]
    estimates = [units.interval(one.low, one.value, one.high, unit) for one in (case.estimate for case in shown)]
    columns = (labels, estimates, [case.verdict for case in shown])
    widths = [max(map(len, column)) for column in columns]
    lines = [f"{indent}- {'  '.join(map(str.ljust, row, widths))}".rstrip() for row in zip(*columns, strict=True)]
    return lines + ([f"{indent}- and {units.count(rest, 'case')} more like these"] if rest else [])


def urgency(case: ClaimCase) -> int:
    """What does not hold comes first."""
    return URGENCY.index(case.verdict)


def _specialized(result: ScenarioResult) -> str:
    return _listed(SPECIALIZED, specialized(result))


def specialized(result: ScenarioResult) -> list[str]:
    """The specialised instructions by row, where the scenario is about them."""
    scenario = result.scenario
    about = TEACHING & {*scenario.name.split("/"), *scenario.tags}
    if not about and not any(claim.quantity == "specialized" for claim in scenario.claims):
        return []
    axes = [axis for axis in varying_axes(result) if axis not in {"threads", "affinity"}]
    seen: dict[str, tuple[str, ...]] = {}
    for row in sorted_rows(result):
        name = row_words(row, axes)
        seen[name] = tuple(sorted({*seen.get(name, ()), *row.specialized}))
    return [f"{name}: {', '.join(names) or 'none'}" for name, names in seen.items()]


def control_words(control: Comparison | None) -> str:
    """What the machine itself gave to two threads that need no GIL."""
    if control is None:
        return ""
    ratio = control.ratio
    return (
        "Control: meanwhile, threads that hash and need no GIL for it reached a speedup of "
        f"{units.interval(ratio.low, ratio.value, ratio.high)} on this machine. "
        "A machine with a free CPU for each of them shows nearly as much as there are threads."
    )


def conditions_words(found: Conditions | None) -> str:
    """What others took of the CPUs meanwhile, and how fast these were; "" where nothing is told."""
    if found is None:
        return ""
    said = []
    if found.busy is not None:
        said.append(f"others used {_two(found.busy):g} CPUs")
    if found.stolen is not None:
        said.append(f"steal {units.percent(_two(found.stolen))}")
    if found.throttled is not None:
        said.append(f"throttled {units.percent(_two(found.throttled))}")
    if found.slow is not None:
        then = f" ({found.slowness:.2f} times as slow then)" if found.slowness is not None else ""
        said.append(f"CPUs slow in {units.percent(_two(found.slow))} of the iterations{then}")
    if said and found.involuntary is not None:
        said.append(f"{_two(found.involuntary):g} forced context switches in an iteration")
    return f"Machine: {', '.join(said)}." if said else ""


def _two(value: float) -> float:
    """Two significant digits, and no more than thousandths: none of these is known better."""
    return round(float(f"{value:.2g}"), 3)


def failed_words(run: FailedRun) -> str:
    """What failed, how, how often and why."""
    often = f"in {run.count} of {units.count(run.of, 'invocation')}"
    return f"{plain(run.label)}: {run.failure.outcome} {often}: {plain(run.failure.message)}"


def _failed(failed: Sequence[FailedRun]) -> str:
    lines: list[str] = []
    for run in failed:
        lines += bullets([failed_words(run)])
        lines += [f"      {plain(line, keep=True)}" for line in _ends(run.failure.detail.rstrip().splitlines())]
    return "\n".join(["Failed", *lines]) if lines else ""


def _ends(lines: list[str]) -> list[str]:
    """The first and the last lines: what happened is at one end of a traceback, where at the other."""
    if len(lines) <= 2 * DETAIL_LINES + 1:
        return lines
    return [*lines[:DETAIL_LINES], "...", *lines[-DETAIL_LINES:]]


def _listed(title: str, texts: Iterable[str], mark: str = "- ") -> str:
    lines = bullets(texts, mark)
    return "\n".join([title, *lines]) if lines else ""
