"""What a machine can show -> text for a person and JSON for a machine; knows no statistics."""

from __future__ import annotations

from collections.abc import Iterable

from engine import units
from engine.model import Limit, SelfCheck, Twins
from engine.report.cells import plain
from engine.report.layout import Column, bullets, definitions, heading, paragraph, table
from engine.report.text.rows import DIRECTIONS, intervals
from engine.report.values import json_text
from engine.serial import to_plain

USUAL = 10
"""The number of invocations that the headline speaks of."""


def selfcheck_text(check: SelfCheck) -> str:
    """The verdict in words, what can be shown, the comparisons it rests on, the instruments, warnings."""
    title = heading(f"fteng {check.version} selfcheck", "=")
    blocks = [
        "\n".join([title, *verdict(check)]),
        _warnings("Warnings", check.warnings),
        _limits(check),
        _twins(check),
        _instruments(check),
        _warnings("The machine", check.host.warnings),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def selfcheck_json(check: SelfCheck) -> str:
    """The same as one JSON object; what is not known is null, times are seconds, differences shares of one."""
    return json_text(to_plain(check))


def verdict(check: SelfCheck) -> list[str]:
    """What a reader has to know, in two or three sentences."""
    lines = []
    if not check.finished:
        lines.append(
            "NOT COMPLETE: interrupted, or still being measured; fteng selfcheck --resume with this folder goes on."
        )
    if check.limits:
        wait = units.long_duration(2 * USUAL * max(limit.seconds for limit in check.limits))
        lines.append(
            paragraph(
                f"With {USUAL} invocations of each side (about {wait} for two interpreters) this machine shows "
                "differences of at least",
                indent="",
            )
        )
        shown = [(_percent(dict(one.detectable)[USUAL]), f"in the {_quantity(one)}") for one in check.limits]
        lines += [*definitions(shown), ""]
    else:
        lines.append("Too few rounds were measured to say how small a difference this machine can show.")
    return [*lines, *_said_of_twins(check)]


def _said_of_twins(check: SelfCheck) -> list[str]:
    """How the comparisons of identical code came out."""
    if not check.twins:
        return ["No comparison of identical code gave numbers."]
    wrong, same = sum(one.wrong for one in check.twins), sum(one.comparison.direction == "same" for one in check.twins)
    missed = sum(one.missed for one in check.twins)
    alone = units.percent(1 - check.confidence)
    return [
        paragraph(
            f"{units.count(len(check.twins), 'comparison')} of identical code: {wrong} called different"
            f"{' (FALSE)' if wrong else ''}, {same} shown to be the same within {units.percent(check.margin)}, "
            f"{len(check.twins) - wrong - same} unclear. {units.count(missed, 'interval')} of {len(check.twins)} "
            f"missed the truth, x1; {alone} of them may.",
            indent="",
        )
    ]


def _limits(check: SelfCheck) -> str:
    """The table of what can be shown."""
    if not check.limits:
        return ""
    counts = [count for count, _ in check.limits[0].detectable]
    columns = [Column(header="what is compared", cells=tuple(map(_quantity, check.limits)))]
    for count in counts:
        cells = tuple(_range(limit, count) for limit in check.limits)
        columns.append(Column(header=f"{count} invo-\ncations", cells=cells, right=True))
    for place, (size, _) in enumerate(check.limits[0].needed):
        cells = tuple(_count(limit.needed[place][1]) for limit in check.limits)
        columns.append(Column(header=f"to show\n{units.percent(size)}", cells=cells, right=True))
    columns.append(
        Column(header='to show\n"same"', cells=tuple(_count(limit.same) for limit in check.limits), right=True)
    )
    how = (
        f"The smallest true difference that is called faster or slower in {units.percent(check.power)} of all "
        f"repetitions: of the middle one of the comparisons below and, after /, of the worst. It holds the margin of "
        f"{units.percent(check.margin)}, within which two are the same. On the right, how many invocations of each "
        f"side show a difference of that size. Measured with {units.count(check.rounds, 'round')} of "
        f"{units.count(check.iterations, 'iteration')} of {units.duration(check.iteration_time)}."
    )
    return "\n".join(
        [heading("How small a difference can be shown"), paragraph(how, indent=""), "", table(columns, "  ")]
    )


def _twins(check: SelfCheck) -> str:
    """One row for each comparison of identical code."""
    if not check.twins:
        return ""
    cells, _ = intervals([one.comparison.ratio for one in check.twins], digits=2)
    columns = [
        Column(header="python", cells=tuple(plain(one.interpreter) for one in check.twins)),
        Column(header="scenario", cells=tuple(plain(one.scenario) for one in check.twins)),
        Column(header="run", cells=tuple(plain(one.label) for one in check.twins)),
        Column(header="of", cells=tuple(one.quantity for one in check.twins)),
        Column(header="ratio to itself", cells=cells, right=True),
        Column(header="verdict", cells=tuple(map(_verdict, check.twins))),
        Column(header="pairs\nscatter", cells=tuple(_percent(one.scatter) for one in check.twins), right=True),
        Column(header="invocations\nscatter", cells=tuple(_percent(one.between) for one in check.twins), right=True),
        Column(
            header=f"shown with\n{USUAL}",
            cells=tuple(_percent(dict(one.detectable)[USUAL]) for one in check.twins),
            right=True,
        ),
    ]
    how = (
        "Each interpreter ran twice in every round, under two names. Verdicts are corrected for their number. Scatter "
        "is that of the ratio of two invocations of a round, and of invocations with one another (standard deviations)."
    )
    return "\n".join([heading("Identical code against itself"), paragraph(how, indent=""), "", table(columns, "  ")])


def _instruments(check: SelfCheck) -> str:
    """Clock, empty iteration, turn of the loop and start of the threads, one row for each interpreter."""
    if not check.instruments:
        return ""
    rows, turns = check.instruments, dict(check.turns)
    columns = [
        Column(header="python", cells=tuple(plain(one.interpreter) for one in rows)),
        Column(header="clock step", cells=tuple(units.duration(one.step) for one in rows), right=True),
        Column(header="a reading", cells=tuple(units.duration(one.reading) for one in rows), right=True),
        Column(
            header="a turn of\nthe loop",
            cells=tuple(
                units.duration(turns[one.interpreter].value) if one.interpreter in turns else "" for one in rows
            ),
            right=True,
        ),
    ]
    for place, (threads, _) in enumerate(rows[0].empty):
        columns.append(
            Column(
                header=f"empty iteration,\n{units.count(threads, 'thread')}",
                cells=tuple(units.duration(one.empty[place][1]) for one in rows),
                right=True,
            )
        )
    for threads in sorted({one.threads for one in check.starts}):
        starts = {one.interpreter: one for one in check.starts if one.threads == threads}
        found = [starts.get(one.interpreter) for one in rows]
        columns.append(
            Column(
                header=f"{threads} threads start apart:\nmedian, 99 % below, late",
                cells=tuple(
                    f"{units.duration(one.median)}, {units.duration(one.high)}, {units.percent(one.late)}"
                    if one
                    else ""
                    for one in found
                ),
                right=True,
            )
        )
    heaviest = max(seconds for one in rows for _, seconds in one.empty) / check.iteration_time
    how = (
        f"The clock is {', '.join(dict.fromkeys(plain(one.source) for one in rows))}. An empty iteration is what every "
        f"iteration holds beside its loops: at most {units.percent(heaviest)} of one of "
        f"{units.duration(check.iteration_time)}. A turn of the loop is in every loop of every kernel. Late: more than "
        "1 % of an iteration."
    )
    return "\n".join([heading("The clock and the harness"), paragraph(how, indent=""), "", table(columns, "  ")])


def _warnings(title: str, texts: Iterable[str]) -> str:
    lines = bullets(map(plain, texts), "! ")
    return "\n".join([title, *lines]) if lines else ""


def _quantity(limit: Limit) -> str:
    """What a limit is of: "time of 2 threads, GIL off"."""
    gil = "" if limit.gil is None else f", GIL {'on' if limit.gil else 'off'}"
    return f"{limit.quantity} of {units.count(limit.threads, 'thread')}{gil}"


def _range(limit: Limit, count: int) -> str:
    middle, worst = (_percent(dict(found)[count]) for found in (limit.detectable, limit.worst))
    return middle if limit.twins == 1 else f"{middle} / {worst}"


def _percent(share: float) -> str:
    """Two digits: the scatter is not known better."""
    return units.percent(float(f"{share:.2g}"))


def _count(number: int | None) -> str:
    return "more" if number is None else str(number)


def _verdict(one: Twins) -> str:
    return "FALSE" if one.wrong else DIRECTIONS.get(one.comparison.direction, one.comparison.direction)
