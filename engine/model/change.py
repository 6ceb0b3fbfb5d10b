"""What changed between two results, and what a gate says of it. Times are float seconds, a threshold of 0.05 is 5 %."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.model.estimate import Comparison, Estimate
from engine.model.question import Interpreter, Run
from engine.model.record import Host
from engine.model.result import Verdict

GateKind = Literal["slower", "faster", "changed", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two results: where it came from."""

    name: str
    """As the user called it: a folder, a journal, "baseline main"."""
    version: str
    started: str
    command: str
    host: Host
    interpreters: tuple[Interpreter, ...]
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """How far two sessions of a machine lie apart."""

    scatter: float
    """Standard deviation of the log of a ratio between them, beyond what invocations show; 0.02 is two percent."""
    freedom: float
    """Degrees of freedom that it is known with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """One run that both results measured."""

    run: Run
    label: str
    """Its axes in words, as far as the runs of its scenario differ in them."""
    before: Estimate
    """Seconds per operation."""
    after: Estimate
    before_values: tuple[float, ...]
    """One for each invocation, by round."""
    after_values: tuple[float, ...]
    comparison: Comparison
    """Time after by time before, unpaired, with what lies between two sessions; p and direction are corrected for all
    rows of the comparison."""
    notes: tuple[str, ...] = ()
    """Short words: "kernel changed", "few invocations"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncompared:
    """A run that has no row, and why."""

    scenario: str
    label: str
    reason: str
    broke: bool = False
    """It gave numbers before and failed after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimChange:
    """A claim of both results whose verdict is another now."""

    scenario: str
    claim: str
    before: Verdict
    after: Verdict
    why: str
    """What the later result says of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that a comparison of two results shows."""

    before: Side
    after: Side
    titles: tuple[tuple[str, str], ...]
    """Name and title of every scenario with a row, in the order of the later plan."""
    confidence: float
    """The highest that a scenario asks for: that of `overall` and `control`."""
    rows: tuple[RunChange, ...]
    """In the order of the later plan."""
    sessions: Sessions | None
    """Seen from the rows, most of which are taken not to have changed; None: too few rows to tell."""
    overall: Estimate
    """Geometric mean of the rows' ratios. Its interval speaks of measuring these very rows again."""
    control: Estimate | None
    """The same of the control's times on one thread, code that no row measures; None where the two cannot be held
    against each other."""
    uncompared: tuple[Uncompared, ...]
    """Planned in both, without numbers enough in one."""
    only_before: tuple[Uncompared, ...]
    only_after: tuple[Uncompared, ...]
    claims: tuple[ClaimChange, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What no run may be."""

    text: str
    """As the user wrote it."""
    kind: GateKind
    threshold: float
    """How far: slower beyond 0.05 is a ratio above 1.05, faster beyond 0.05 one below 1/1.05."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCase:
    """A run that a gate speaks of."""

    run: str
    """Its id."""
    scenario: str
    label: str
    ratio: Estimate
    p: float
    """That its true ratio does not lie where its estimate does (within the threshold, or beyond), corrected for all
    rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What a gate says of a comparison."""

    gate: Gate
    failed: tuple[GateCase, ...]
    """Proven to lie beyond the threshold."""
    doubtful: tuple[GateCase, ...]
    """May lie beyond it or not."""
    of: int
    """Rows that were compared."""
