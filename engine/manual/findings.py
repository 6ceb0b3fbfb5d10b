"""A published result -> the README's key findings: each a sentence, its interval, its verdict, the command; no opinion.

`python -m engine.manual findings reports/reference/NAME` writes them into README.md, between two marks. What the result
does not hold is left out, and named.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine import analysis, journal, units
from engine.errors import EngineError
from engine.manual.questions import QUESTIONS, Part, Question
from engine.model import (
    ClaimCase,
    ClaimResult,
    Cost,
    Estimate,
    Gain,
    Interpreter,
    Results,
    Run,
    ScenarioResult,
    Speedup,
)
from engine.report.cells import optimisation
from engine.report.gfm import inert
from engine.report.text.head import when
from engine.report.text.scenario import claim_unit
from engine.selection import same

MARKS = re.compile(r"<!-- findings(?:: (?P<result>[^\n]*?))? -->\n.*?<!-- end of findings -->\n", re.DOTALL)
"""Where they stand in a README, and the result that they are written from."""

FACTS = ("CPU", "CPUs", "virtualisation", "system")
"""What is told of the machine."""

KEEPING = ("--output", "-o", "--formats", "--save-baseline")
"""Options of a command that change nothing of what is measured, each with a word after it."""

VERSION = re.compile(r"\d+\.\d+[a-z0-9.]*")
"""What another machine finds an interpreter by."""


def written(readme: str, result: Path) -> str:
    """A README with the findings of a result between its marks. Raises EngineError where it has none.

    `result` is a folder below the README's, by its relative path.
    """
    if not MARKS.search(readme):
        raise EngineError("README.md: has no line `<!-- findings -->` that `<!-- end of findings -->` follows")
    text = f"<!-- findings: {result} -->\n{section(result)}<!-- end of findings -->\n"
    return MARKS.sub(lambda _: text, readme, count=1)


def source(readme: str) -> Path | None:
    """The result that a README's findings were written from, if it has any."""
    found = MARKS.search(readme)
    return Path(found["result"]) if found and found["result"] else None


def section(result: Path) -> str:
    """The whole section, in Markdown. Raises JournalError for a result that cannot be read."""
    results = analysis.analyse(journal.read(result))
    told = [(question, _finding(question, results)) for question in QUESTIONS]
    lines = [*_scorecard(results), *(text for _, text in told if text)]
    absent = [f"{inert(one.title)} (`{one.scenario}`)" for one, text in told if not text]
    blocks = [
        "## Key findings",
        _measured(results, result),
        "\n".join(f"- {line}" for line in lines) or "This result answers none of the questions that are asked here.",
        f"Left out, since this result does not hold them: {', '.join(absent)}." if absent else "",
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _measured(results: Results, result: Path) -> str:
    """What stands behind the numbers."""
    facts = dict(results.host.facts)
    host = "; ".join(inert(f"{name}: {facts[name]}") for name in FACTS if name in facts)
    builds = ", ".join(
        inert(f"{one.spec} is CPython {one.version} ({one.compiler}, {_made(one)})") for one in results.interpreters
    )
    levels = sorted({one.scenario.measure.confidence for one in results.scenarios})
    confidence = " or ".join(map(units.percent, levels))
    ended = "" if results.finished else " It is not complete."
    doubtful = sum(one.doubtful for one in results.scenarios)
    if doubtful:
        ended += (
            f" **The machine was disturbed in {doubtful} of {units.count(len(results.scenarios), 'scenario')}**: it "
            "had not a CPU for each thread, and what several threads did there is too little."
        )
    return (
        f"Measured {inert(when(results.started))} with fteng {inert(results.version)} ({host}). {builds}. "
        f"`[low estimate high]` is an estimate in its {confidence} confidence interval; the word behind it is the "
        f'verdict on what the scenario claims. Two numbers with "to" between them are the lowest and the highest of '
        f"several cases. Raw data, all verdicts and warnings: [{inert(str(result))}]({result}/README.md).{ended}"
    )


def _made(one: Interpreter) -> str:
    how = optimisation(one)
    return "without PGO and LTO" if how == "no" else how


def _scorecard(results: Results) -> Iterator[str]:
    """What builds without a GIL cost and gain over everything that was measured, and what the machine gave."""
    card = results.scorecard
    command = f"`{_again(results)}`"
    for cost in (one for one in card.costs if not one.build.gil):
        yield f"**What one thread costs.** {_cost(cost)} {command}"
    for speedup in _widest([one for one in card.speedups if not one.build.gil]):
        gains = (one for one in card.gains if (one.build, one.threads) == (speedup.build, speedup.threads))
        yield f"**What several gain.** {_speedup(speedup)}{''.join(map(_gain, gains))} {command}"
    for one in card.machine[-1:]:
        threads, mean = units.count(one.threads, "thread"), _interval(one.summary.mean)
        disturbed = f", and in {units.percent(round(one.disturbed, 3))} of the rounds it had not a CPU for each of them"
        yield f"**The machine.** Meanwhile {threads} that need no lock did {mean} times the work of one{disturbed}."


def _widest(speedups: Sequence[Speedup]) -> list[Speedup]:
    """Of each build that with the most threads."""
    return list({one.build: one for one in sorted(speedups, key=lambda one: one.threads)}.values())


def _cost(one: Cost) -> str:
    summary, counted = one.summary, Counter(pattern.comparison.direction for pattern in one.summary.patterns)
    low, _, high = map(units.quantity, summary.quartiles)
    return (
        f"One thread of {inert(one.build.interpreter)} takes {_interval(summary.mean)} times as long as one of "
        f"{inert(one.base.interpreter)}, over {units.count(len(summary.patterns), 'pattern')} of "
        f"{units.count(summary.scenarios, 'scenario')}, half of which lie between {low} and {high} "
        f"({counted['slower']} slower, {counted['faster']} faster, {counted['same']} the same, "
        f"{counted['inconclusive']} inconclusive, corrected for their number)."
    )


def _speedup(one: Speedup) -> str:
    total = len(one.summary.patterns)
    unclear = total - one.scaling - one.some - one.none
    return (
        f"{units.count(one.threads, 'thread')} of {inert(one.build.interpreter)} do {_interval(one.summary.mean)} "
        f"times the work of its one thread ({one.scaling} of {units.count(total, 'pattern')} scale, {one.some} gain "
        f"less, {one.none} nothing, {unclear} inconclusive; {len(one.slower)} get slower)."
    )


def _gain(one: Gain) -> str:
    return f" Against one thread of {inert(one.base.interpreter)} it is {_interval(one.summary.mean)} times."


def _finding(question: Question, results: Results) -> str:
    """One line; "" where the result cannot answer."""
    one = next((one for one in results.scenarios if one.scenario.name == question.scenario), None)
    if one is None:
        return ""
    runs = {run.run.id: run.run for run in one.runs}
    said = [
        sentence
        for interpreter in results.interpreters
        for part in question.parts
        for sentence in _sentences(part, one, runs, interpreter.spec)
    ]
    doubt = " The machine was disturbed meanwhile." if one.doubtful else ""
    return f"**{inert(question.title)}.** {' '.join(said)}{doubt} `{_command(one, results)}`" if said else ""


def _sentences(part: Part, one: ScenarioResult, runs: dict[str, Run], spec: str) -> Iterator[str]:
    """What a part says of one interpreter: a sentence, or none."""
    for found in (claim for claim in one.claims if claim.claim.text == part.claim):
        cases = [case for case in found.cases if case.verdict != "not tested" and _meant(case, part, runs, spec)]
        if cases:
            threads = units.count(runs[cases[0].runs[0]].threads, "thread")
            words = part.words.format(n=_numbers(found, cases, one), python=inert(spec), threads=threads)
            yield f"{words} ({_verdict(found, cases)})".replace(". (", " (") + "."


def _meant(case: ClaimCase, part: Part, runs: dict[str, Run], spec: str) -> bool:
    """Whether a part tells of this case: by the run that it is about, not the one that it is held against."""
    run = runs.get(case.runs[0])
    return (
        run is not None
        and run.interpreter == spec
        and all(
            any(same(run.axis(name), value) for value in (values if isinstance(values, tuple) else (values,)))
            for name, values in part.runs.items()
        )
    )


def _numbers(found: ClaimResult, cases: Sequence[ClaimCase], one: ScenarioResult) -> str:
    """The interval of the only case, or of the lowest and the highest."""
    unit = claim_unit(one, found)
    ordered = sorted(cases, key=lambda case: case.estimate.value)
    ends = ordered if len(ordered) == 1 else (ordered[0], ordered[-1])
    return " to ".join(_interval(case.estimate, inert(unit)) for case in ends)


def _verdict(found: ClaimResult, cases: Sequence[ClaimCase]) -> str:
    """What is claimed, and what the cases that are told of say to it."""
    bounds = " and ".join(f"{bound:g}" for bound in found.claim.bounds)
    counted = Counter(case.verdict for case in cases)
    words = (
        next(iter(counted))
        if len(counted) == 1
        else ", ".join(f"{counted[verdict]} {verdict}" for verdict in sorted(counted))
    )
    return f"claimed {found.claim.relation} {bounds}: {words}"


def _command(one: ScenarioResult, results: Results) -> str:
    """The command that measures this again, with the same interpreters and thoroughness."""
    specs = [spec.spec for spec in results.interpreters if spec.spec in one.scenario.interpreters]
    try:
        asked = shlex.split(results.command)
    except ValueError:
        asked = []
    preset = [word for word in ("--fast", "--rigorous") if word in asked]
    pythons = [word for spec in specs if VERSION.fullmatch(spec) for word in ("--python", spec)]
    return shlex.join(["fteng", "run", one.scenario.name, *pythons, *preset])


def _again(results: Results) -> str:
    """The command of the whole result, without where it was to be kept."""
    try:
        words = shlex.split(results.command)
    except ValueError:
        return " ".join(results.command.split())
    kept = [
        word
        for before, word in zip(["", *words], words, strict=False)
        if before not in KEEPING and word.partition("=")[0] not in {*KEEPING, "--quiet", "-q"}
    ]
    return " ".join(shlex.join(kept).split())


def _interval(estimate: Estimate, unit: str = "") -> str:
    return units.interval(estimate.low, estimate.value, estimate.high, unit)
