"""The words of a gate become a condition, and a comparison becomes what fails it. Prints nothing.

A gate fails on what is proven: the interval of the ratio lies beyond the threshold, and so it does after correction for
all rows that it could have failed on (Holm), so that a gate over any number of unchanged runs has at most the error
rate of one (5 % at 95 % confidence).
"""

from __future__ import annotations

import re

from engine import stats
from engine.errors import EngineError
from engine.model import Changes, Direction, Estimate, Gate, GateCase, GateKind, GateResult, RunChange, Sessions

WORDS = re.compile(r"(slower|faster|changed)\s*(?:>=?\s*(\d{1,6}(?:\.\d{1,6})?)\s*%)?", re.ASCII)
ACCEPTED = "slower, faster or changed, and by how much ('slower>5%', 'changed>2.5%'; without: by more than 1 %)"
HINT = "'inconclusive' is accepted too; quote it, or a shell takes the > for itself"

FAILS: dict[GateKind, frozenset[Direction]] = {
    "slower": frozenset({"slower"}),
    "faster": frozenset({"faster"}),
    "changed": frozenset({"slower", "faster"}),
    "inconclusive": frozenset(),
}
"""The directions, beyond the threshold, that a gate does not let through."""

INCONCLUSIVE = Gate(text="inconclusive", kind="inconclusive", threshold=stats.MARGIN)
"""Fails on every row whose verdict is not known."""


def parse(text: str) -> Gate:
    """The gate that `text` asks for. Raises EngineError with what is accepted."""
    words = " ".join(text.split()).lower()
    if words == INCONCLUSIVE.text:
        return INCONCLUSIVE
    found = WORDS.fullmatch(words)
    if not found:
        raise EngineError(f"--fail-on {text!r}: expected {ACCEPTED}; {HINT}")
    kind: GateKind = next(one for one in FAILS if one == found[1])
    return Gate(text=words, kind=kind, threshold=float(found[2]) / 100 if found[2] else stats.MARGIN)


def judge(gate: Gate, changes: Changes) -> GateResult:
    """What fails the gate, and what may belong there or not; in the order of the rows."""
    chances = stats.holm([_p(row, gate.threshold, changes.sessions) for row in changes.rows])
    failed, doubtful = [], []
    for row, p in zip(changes.rows, chances, strict=True):
        ratio = row.comparison.ratio
        beyond = stats.direction(ratio, p, margin=gate.threshold) if _bound_beyond(gate, ratio) else None
        case = GateCase(run=row.run.id, scenario=row.run.scenario, label=row.label, ratio=ratio, p=p)
        if beyond in FAILS[gate.kind]:
            failed.append(case)
        elif _doubtful(gate, row):
            doubtful.append(case)
    if gate.kind == "inconclusive":
        failed, doubtful = doubtful, []
    return GateResult(gate=gate, failed=tuple(failed), doubtful=tuple(doubtful), of=len(changes.rows))


def passes(result: GateResult, *, doubt: bool) -> bool:
    """Whether nothing fails; with `doubt`, nothing may fail either."""
    return not result.failed and not (doubt and result.doubtful)


def _p(row: RunChange, threshold: float, sessions: Sessions | None) -> float:
    """Of the threshold's three regions (below, within, beyond): that the ratio does not lie where its estimate does."""
    confidence = row.comparison.ratio.confidence
    found = stats.compared(row.after_values, row.before_values, confidence, paired=False, margin=threshold)
    return stats.allowed(found, sessions, margin=threshold).p


def _bound_beyond(gate: Gate, ratio: Estimate) -> bool:
    """The whole interval lies beyond the threshold, on either side."""
    edge = 1 + gate.threshold
    return ratio.low > edge or ratio.high < 1 / edge


def _doubtful(gate: Gate, row: RunChange) -> bool:
    """Some of the interval lies beyond the threshold, where the gate looks."""
    ratio, edge = row.comparison.ratio, 1 + gate.threshold
    if gate.kind == "inconclusive":
        return row.comparison.direction == "inconclusive"
    directions = FAILS[gate.kind]
    return ("slower" in directions and ratio.high > edge) or ("faster" in directions and ratio.low < 1 / edge)
