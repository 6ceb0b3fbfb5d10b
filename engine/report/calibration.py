"""What experiments with a known truth found -> plain text: a table for each, and one over all its cases."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.calibration import Finding, Outcome
from engine.calibration.candidates import OUR_RATIO, OURS
from engine.calibration.drift import ROUNDS
from engine.calibration.family import COMPARISONS, FEWER, INVOCATIONS
from engine.calibration.steps import FEWER as STEPS_FEWER
from engine.calibration.stopping import ENGINE
from engine.report.layout import Column, heading, paragraph, table

BAND: Final = (0.93, 0.97)
"""Coverage that a nominal 95 % may have."""

Cell = Callable[[Mapping[str, float]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """How one experiment is told."""

    title: str
    text: str
    cell: Cell | None = None
    """The text of one method in one case; None: a row for each method, with its figures in columns."""
    over: str = ""
    """The column of a case whose values the table over all cases keeps apart."""
    own: str = ""
    """The engine's method, whose widths the others' are held against."""


def calibration_text(outcome: Outcome) -> str:
    """The outcome as text; the same outcome gives the same text."""
    words = WORDS[outcome.experiment]
    note = f"{outcome.samples:,} samples, seed {outcome.seed}."
    blocks = [f"{heading(words.title)}\n{paragraph(f'{words.text} {note}', indent='')}"]
    if words.cell is None:
        return "\n\n".join([*blocks, _listed(outcome.findings)])
    blocks.append(_crossed(outcome.findings, words.cell))
    if "coverage" in outcome.findings[0].figures:
        blocks.append(_over_all(outcome.findings, words.over, words.own))
    return "\n\n".join(blocks)


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}"


def _coverage(value: float) -> str:
    """With a mark where it is outside the band."""
    return f"{_percent(value)}{' ' if BAND[0] <= value <= BAND[1] else '*'}"


def _held(figures: Mapping[str, float]) -> str:
    return f"{_coverage(figures['coverage'])}({_percent(figures['half_width'])})"


def _stopped(figures: Mapping[str, float]) -> str:
    return f"{_coverage(figures['coverage'])}({figures['invocations']:.1f})"


def _levels(figures: Mapping[str, float]) -> str:
    drift = f"/{_percent(figures['drifting'])}" if "drifting" in figures else ""
    rest = ", ".join(_percent(figures[name]) for name in ("placed", "held") if name in figures)
    return f"{_percent(figures['marked'])}{drift}" + (f" ({rest})" if rest else "")


def _crossed(findings: Sequence[Finding], cell: Cell) -> str:
    """Cases in rows, methods in columns."""
    rows: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for one in findings:
        rows.setdefault(one.case, {})[one.method] = cell(one.figures)
    methods = list(dict.fromkeys(one.method for one in findings))
    columns = _cases(list(rows))
    columns += [
        Column(header=_narrow(method), cells=tuple(row.get(method, "") for row in rows.values()), right=True)
        for method in methods
    ]
    return table(columns)


def _listed(findings: Sequence[Finding]) -> str:
    """Cases and methods in rows, figures in columns."""
    columns = _cases([one.case for one in findings])
    columns.append(Column(header="method", cells=tuple(one.method for one in findings)))
    for name in findings[0].figures:
        text = _signed if "bias" in name else _coverage if name == "coverage" else _percent
        cells = tuple(text(one.figures[name]) for one in findings)
        columns.append(Column(header=name.replace("_", "\n"), cells=cells, right=True))
    return table(columns)


def _over_all(findings: Sequence[Finding], over: str, own: str) -> str:
    """For each method the lowest and highest coverage, how many cases are in the band, and what it costs."""
    methods = list(dict.fromkeys(one.method for one in findings))
    values = list(dict.fromkeys(dict(one.case).get(over, "") for one in findings))
    columns = [Column(header="over all cases", cells=tuple(methods))]
    for value in values:
        cells = []
        for method in methods:
            some = [one for one in findings if one.method == method and dict(one.case).get(over, "") == value]
            shares = [one.figures["coverage"] for one in some]
            inside = sum(BAND[0] <= share <= BAND[1] for share in shares)
            cells.append(
                f"{_percent(min(shares))} to {_percent(max(shares))}, {inside} of {len(shares)}" if some else ""
            )
        columns.append(Column(header=f"{over} {value}".strip() or "coverage", cells=tuple(cells), right=True))
    columns.append(Column(header="width\nagainst own", cells=_costs(findings, methods, own), right=True))
    if "invocations" in findings[0].figures:
        means = [[one.figures["invocations"] for one in findings if one.method == method] for method in methods]
        cells = [f"{sum(mean) / len(mean):.1f}" for mean in means]
        columns.append(Column(header="mean\ninvocations", cells=tuple(cells), right=True))
    return table(columns)


def _costs(findings: Sequence[Finding], methods: Sequence[str], own: str) -> tuple[str, ...]:
    """The geometric mean of each method's widths over those of the engine's own in the same cases."""
    base = {one.case: one.figures["half_width"] for one in findings if one.method == own}
    texts = []
    for method in methods:
        some = [one for one in findings if one.method == method and one.case in base]
        logs = [math.log(one.figures["half_width"] / base[one.case]) for one in some]
        texts.append(f"{math.exp(sum(logs) / len(logs)):.2f}")
    return tuple(texts)


def _cases(cases: Sequence[tuple[tuple[str, str], ...]]) -> list[Column]:
    """The columns that tell the cases; what is the same as above is left blank."""
    columns = []
    for place, (name, _) in enumerate(cases[0]):
        cells = [
            "" if number and case[: place + 1] == cases[number - 1][: place + 1] else case[place][1]
            for number, case in enumerate(cases)
        ]
        columns.append(Column(header=name, cells=tuple(cells), right=place > 0))
    return columns


def _narrow(method: str) -> str:
    """A header of several short lines."""
    return "\n".join(textwrap.wrap(method, 15, break_on_hyphens=False))


WORDS: Final[Mapping[str, _Words]] = {
    "intervals": _Words(
        title="Intervals at fixed numbers of invocations",
        text="Coverage of a nominal 95 % interval and its median half-width, in percent, each method against the "
        "true value of what it estimates; * is outside 93 to 97. Correlation is that of the iterations of one "
        "invocation, of which there are 5. Bootstraps are of the mean, on a quarter of the samples, the two-level one "
        "on an eighth.",
        cell=_held,
        over="invocations",
        own=OURS,
    ),
    "stopping": _Words(
        title="Stopping at a precision of 2 %",
        text="At least 10 and at most 40 invocations, looked at after each. Coverage of a nominal 95 % interval in "
        "percent, and the mean number of invocations; * is outside 93 to 97. Scatter is the standard deviation of an "
        "iteration. The engine stops when the interval without the last two invocations is narrow enough; the other "
        "rules have the same interval, but for Student's t.",
        cell=_stopped,
        own=ENGINE,
    ),
    "location": _Words(
        title="The location of an invocation",
        text="What becomes of a speedup of 1, from 10 invocations of 5 iterations, of which a share is disturbed "
        "(x1.5): 19 % at one thread and 51 % at two on the shared machine. Bias (of the mean estimate and of the "
        "median one) and scatter of the estimates, in percent.",
    ),
    "ratios": _Words(
        title="Ratios of two independent series",
        text="Coverage of a nominal 95 % interval and its median half-width, in percent, each method against the "
        "true value of what it estimates; * is outside 93 to 97. Intra-class correlation 0.3. The bootstrap is of "
        "the mean, on a quarter of the samples.",
        cell=_held,
        own=OUR_RATIO,
    ),
    "family": _Words(
        title=f"A report of {COMPARISONS} comparisons of identical programs",
        text=f"How often, in percent, any of them is called faster or slower: error (corrected, as the engine does), "
        f"uncorrected; single is one comparison uncorrected. Power: how often one true difference among them is seen. "
        f"{INVOCATIONS} invocations, intra-class correlation 0.3; one family for every {FEWER} samples.",
    ),
    "drift": _Words(
        title="A machine that drifts",
        text=f"The same noise in {ROUNDS} rounds, and in two blocks of {ROUNDS} invocations: bias, root mean square "
        "error, coverage of a nominal 95 % interval and its median half-width, in percent; * is outside 93 to 97.",
    ),
    "steps": _Words(
        title="Change points in histories of sessions",
        text="How often, in percent, any is marked, and by fteng after the slash how often a drift is told instead; "
        "in brackets, of those marked, how often within two sessions of the true place, and by fteng how often its "
        "95 % interval of the ratio then holds the true one. Sessions scatter by 5 %; fteng and E-divisive work at a "
        f"level of 1 %. One history for every {STEPS_FEWER} samples, a fifth of them for the other methods.",
        cell=_levels,
    ),
}
