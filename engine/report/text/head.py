"""Results -> the first lines of the report: what measured what, where, with which interpreters, and how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine import units
from engine.model import Host, Results
from engine.report.cells import plain
from engine.report.layout import bullets, definitions, heading, paragraph
from engine.report.tables import interpreter_table, missing_lines

NOT_COMPLETE = "NOT COMPLETE: interrupted, or still being measured; fteng run --resume with this folder goes on."
DAMAGED = (
    "DAMAGED: lines of the journal cannot be read, and what they held is missing below. `fteng run --resume` with "
    "--salvage measures it again."
)
LEGEND = "How to read the tables"
SHOWN = 10
"""Damaged places that are told of one by one."""


def head_text(results: Results) -> str:
    """Version, time, host, interpreters, what is missing, and the legend."""
    blocks = [
        "\n".join([heading(f"fteng {results.version}, measured {when(results.started)}", "="), *_origin(results)]),
        _host(results.host),
        _interpreters(results),
        missing_text(results),
        _legend(results),
    ]
    return "\n\n".join(filter(None, blocks))


def missing_text(results: Results) -> str:
    """The interpreters that were asked for and are not here, with the commands that install them; "" if none."""
    if not results.missing:
        return ""
    return "\n".join(["Missing interpreters: what needs them was not run", *missing_lines(results.missing)])


def _origin(results: Results) -> list[str]:
    lines = [paragraph(plain(f"{results.command} (seed {results.seed})"), indent="    "), *_damage(results.damage)]
    return lines if results.finished else [*lines, NOT_COMPLETE]


def _damage(damage: Sequence[str]) -> list[str]:
    """What could not be read; nothing else of a report counts for more."""
    if not damage:
        return []
    return [paragraph(DAMAGED), *bullets(damaged_lines(damage), "! ", "  ")]


def damaged_lines(damage: Sequence[str]) -> list[str]:
    """The first damaged places, and how many more there are."""
    more = [f"and {len(damage) - SHOWN} more"] if len(damage) > SHOWN else []
    return [*map(plain, damage[:SHOWN]), *more]


def when(started: str) -> str:
    """An ISO 8601 time as a person writes it; what is no such time stays as it is."""
    try:
        return datetime.fromisoformat(started).strftime("%Y-%m-%d %H:%M %Z").strip()
    except ValueError:
        return plain(started)


def _host(host: Host) -> str:
    facts = "; ".join(f"{plain(name)}: {plain(str(value))}" for name, value in host.facts)
    lines = [paragraph(facts, "Host  ", "      ")] if facts else []
    return "\n".join([*lines, *bullets(map(plain, host.warnings), "! ", "      ")])


def _interpreters(results: Results) -> str:
    if not results.interpreters:
        return "No interpreter was measured."
    return "Interpreters\n" + interpreter_table(results.interpreters, "  ")


def _legend(results: Results) -> str:
    return "\n".join([LEGEND, *definitions(legend(results))]) if results.scenarios else ""


def legend(results: Results) -> tuple[tuple[str, str], ...]:
    """What the words over the tables of the scenarios mean."""
    levels = sorted({scenario.scenario.measure.confidence for scenario in results.scenarios})
    confidence = " or ".join(map(units.percent, levels))
    overhead = any(scenario.scenario.overhead for scenario in results.scenarios)
    net = [("net of overhead", "the time without that of the run that the scenario names as overhead")]
    return (
        ("[low estimate high]", f"the best estimate between the ends of its {confidence} confidence interval"),
        ("?", "too few invocations to say"),
        (
            "time per operation",
            "wall time x threads / operations: what one thread spends; it stays the same if all scales",
        ),
        (
            "median",
            f"the plain median, for comparison; the estimate is made of each invocation's {plain(results.location)}",
        ),
        *(net if overhead else ()),
        ("speedup", "operations per second of all threads against one thread's: 1 is no gain, 2 is twice the work"),
        ("time against baseline", "below 1 is faster, above 1 slower; unclear: not proven, of all rows together"),
        ("fair", "how evenly the threads got on: 1 is an equal share for each"),
        ("CPU/wall", "how many CPUs were kept busy"),
        ("invocations", "fresh processes, the independent samples; each gives one value to an estimate"),
    )
