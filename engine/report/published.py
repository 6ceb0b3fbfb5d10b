"""Results -> README.md beside a published result: what measured what, the verdicts, how to look, how to measure again.

It is Markdown that any program shows; whatever comes from a file or a machine is escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from engine import units
from engine.model import VERDICTS, Interpreter, Results, ScenarioResult
from engine.report.cells import build, optimisation
from engine.report.gfm import inert
from engine.report.sentences import sentences
from engine.report.text.head import when
from engine.report.text.scenario import failed_words
from engine.report.text.scorecard import verdict_words


def readme(results: Results, name: str, files: Sequence[tuple[str, str, str]]) -> str:
    """The page; `files` are name, what it is, and SHA-256 or ""."""
    blocks = [
        f"# {inert(name)}",
        _origin(results),
        _interpreters(results.interpreters),
        "\n".join(["## What it says", "", *(f"- {inert(one)}" for one in _sentences(results))]),
        _verdicts(results.scenarios),
        "\n".join(_exceptions(results)).strip(),
        _host(results),
        _look(files),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _origin(results: Results) -> str:
    scenarios = units.count(len(results.scenarios), "scenario")
    made = f"{scenarios}, measured {inert(when(results.started))} with fteng {inert(results.version)}"
    told = f"{made} (seed {results.seed}), and published without the paths of the machine; no number was changed."
    lines = [told, "", f"    {_code(results.command)}"]
    if not results.finished:
        lines += ["", "**Not complete**: the measurement ended before every group had what it was to have."]
    return "\n".join(lines)


def _interpreters(found: Sequence[Interpreter]) -> str:
    lines = ["| interpreter | version | build | optimised | compiler |", "|---|---|---|---|---|"]
    return "\n".join(
        lines
        + [
            f"| {inert(one.spec)} | {inert(one.version)} | {build(one)} | {optimisation(one)} | {inert(one.compiler)} |"
            for one in found
        ]
    )


def _sentences(results: Results) -> list[str]:
    words = verdict_words(results)
    return [*sentences(results.scorecard, results.interpreters), *([f"Claims: {words}."] if words else [])]


def _verdicts(scenarios: Sequence[ScenarioResult]) -> str:
    """One row for each scenario."""
    lines = [f"| scenario | {' | '.join(VERDICTS)} | control |", f"|---|{'---:|' * len(VERDICTS)}---:|"]
    for one in scenarios:
        counted = Counter(claim.verdict for claim in one.claims)
        ratio = one.control.ratio if one.control else None
        control = units.interval(ratio.low, ratio.value, ratio.high) if ratio else ""
        cells = [str(counted[verdict] or "") for verdict in VERDICTS]
        lines.append(f"| {inert(one.scenario.name)} | {' | '.join(cells)} | {control} |")
    return "\n".join(["## Verdicts", "", *lines]) if scenarios else ""


def _exceptions(results: Results) -> Iterator[str]:
    """What did not hold, what was not tested, what failed: a reader should not have to look for it."""
    for verdict in VERDICTS[1:3]:
        found = [(one, claim) for one in results.scenarios for claim in one.claims if claim.verdict == verdict]
        if found:
            yield from ["", f"**{verdict.capitalize()}**", ""]
            for one, claim in found:
                yield f"- {inert(one.scenario.name)}: {inert(claim.claim.text)}. {inert(claim.why)}"
    failed = [(one, run) for one in results.scenarios for run in one.failed]
    if failed:
        yield from ["", "**Failed**", ""]
        for one, run in failed:
            yield f"- {inert(one.scenario.name)}: {inert(failed_words(run))}"
    if results.missing:
        yield from ["", "**Missing interpreters**", ""]
        yield from (f"- {inert(one.spec)}: {inert(one.reason)}" for one in results.missing)


def _host(results: Results) -> str:
    facts = [f"| {inert(name)} | {inert(str(value))} |" for name, value in results.host.facts]
    table = ["| fact | |", "|---|---|", *facts] if facts else []
    warnings = [f"- {inert(one)}" for one in results.host.warnings]
    return "\n".join(["## The machine", "", *table, *([""] if table and warnings else []), *warnings])


def _look(files: Sequence[tuple[str, str, str]]) -> str:
    lines = [
        "## The files",
        "",
        *(f"- `{name}`: {words}" + (f" (SHA-256 `{digest}`)" if digest else "") for name, words, digest in files),
        "",
        "Everything can be made again from the journal, of which each line carries its checksum:",
        "",
        "```",
        "fteng report FOLDER                              # all tables, claims and warnings",
        "fteng report FOLDER --format html -o report.html # the same to look at",
        "fteng compare FOLDER MINE                        # your own measurement beside it",
        "```",
    ]
    return "\n".join(lines)


def _code(text: str) -> str:
    """A line of an indented code block, where nothing has a meaning."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
