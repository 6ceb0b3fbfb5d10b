"""What a machine can show, made from runs of identical code. Times are float seconds, differences shares of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.model.record import Host
from engine.model.result import Comparison, Estimate

Quantity = Literal["time", "speedup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What one interpreter measures with: its clock, and an iteration in which nothing is done."""

    interpreter: str
    source: str
    """What the clock is read by: "clock_gettime(CLOCK_MONOTONIC)"."""
    step: float
    """The smallest positive difference of two readings in a row."""
    reading: float
    """What one reading costs, with the loop around it."""
    backwards: int
    """Readings that were earlier than the one before."""
    empty: tuple[tuple[int, float], ...]
    """Threads -> wall time of an iteration of one turn of the empty loop: what is in every iteration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How far apart the threads of a team start, where each has a CPU and no GIL."""

    interpreter: str
    threads: int
    median: float
    high: float
    """Of one iteration in a hundred it is more."""
    late: float
    """Share of the iterations in which it is more than a hundredth of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """One run compared with itself: the same executable under two names, interleaved, paired by round."""

    scenario: str
    label: str
    """What tells it from the other runs of its scenario."""
    interpreter: str
    threads: int
    quantity: Quantity
    gil: bool
    """Effective: the lock was on."""
    null: bool
    """Its kernel is the empty loop: it shows the harness, and enters no limit."""
    comparison: Comparison
    """Any direction but "same" and "inconclusive" is false. Corrected for all twins together."""
    scatter: float
    """How far the two lie apart in a round: the root mean square of the logs of their ratios."""
    between: float
    """How far invocations of one of them lie apart: the standard deviation of the logs of its values."""
    detectable: tuple[tuple[int, float], ...]
    """Invocations of each side -> the smallest difference that they show; NaN where too few rounds were measured."""

    @property
    def wrong(self) -> bool:
        """The two were called different."""
        return self.comparison.direction in {"faster", "slower"}

    @property
    def missed(self) -> bool:
        """The interval, not corrected, does not hold the truth, which is 1."""
        return self.comparison.ratio.low > 1 or self.comparison.ratio.high < 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How small a difference can be shown of one quantity, on the middle one of its twins."""

    quantity: Quantity
    threads: int
    gil: bool | None
    """Effective; None for one thread, to which it makes no difference."""
    twins: int
    detectable: tuple[tuple[int, float], ...]
    """Invocations of each side -> the smallest difference that they show."""
    worst: tuple[tuple[int, float], ...]
    """The same of the twins that show least."""
    needed: tuple[tuple[float, int | None], ...]
    """Difference -> invocations of each side that show it; None: more than are worth asking for."""
    same: int | None
    """Invocations that show identical code to be the same."""
    seconds: float
    """What one invocation of one side takes, all its thread counts together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheck:
    """Everything `fteng selfcheck` says."""

    version: str
    started: str
    command: str
    host: Host
    finished: bool
    rounds: int
    """Of the twins with the fewest."""
    iterations: int
    """Kept in an invocation, for each thread count."""
    iteration_time: float
    confidence: float
    power: float
    """The chance with which a difference "can be shown"."""
    margin: float
    """What counts as the same."""
    limits: tuple[Limit, ...]
    twins: tuple[Twins, ...]
    instruments: tuple[Instrument, ...]
    turns: tuple[tuple[str, Estimate], ...]
    """Interpreter -> one turn of the empty loop, which is in every loop of every kernel."""
    starts: tuple[Start, ...]
    failed: int
    """Invocations that gave no numbers."""
    warnings: tuple[str, ...]
