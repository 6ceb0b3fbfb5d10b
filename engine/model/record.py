"""What was measured: the lines of a journal. Clocks are integer nanoseconds of the worker, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.model.question import Pairs, Plan

Outcome = Literal["error", "wrong answer", "crashed", "timeout", "gil", "protocol"]
StopReason = Literal["precision", "maximum", "time limit", "failed", "interrupted", "unfinished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Iteration:
    """One timed execution by all threads together. Tuples have one item per thread; clocks are the worker's own."""

    warmup: bool
    start_ns: tuple[int, ...]
    end_ns: tuple[int, ...]
    cpu_ns: tuple[int, ...]
    """CPU time of each thread between its start and its end."""
    voluntary: tuple[int, ...]
    """Context switches that the thread asked for by waiting (a lock, the GIL)."""
    involuntary: tuple[int, ...]
    """Context switches that the kernel's scheduler forced."""
    on_cpu: tuple[int, ...]
    """The CPU each thread ended on; -1 where the system does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRecord:
    """What one invocation measured at one thread count."""

    threads: int
    loops: int
    iterations: tuple[Iteration, ...]
    """In time order, warm-up first."""
    metrics: tuple[tuple[str, float], ...] = ()
    """What the kernel's `check` returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytecode:
    """How far CPython specialised the timed function (PEP 659)."""

    instructions: int = 0
    specialized_before: int = 0
    specialized_after: int = 0
    names: tuple[str, ...] = ()
    """Specialised instructions after measuring, sorted, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an invocation gave no numbers."""

    outcome: Outcome
    message: str
    """One line."""
    detail: str = ""
    """A traceback, the threads' stacks or the tail of stderr."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One worker process for one group in one round: the statistically independent unit."""

    group: str
    round: int
    """From 1; 0 is the pilot, which calibrates `loops` and is never counted."""
    started: str
    """ISO 8601, UTC."""
    duration: float
    """Seconds from starting the process to its end, as the engine saw it."""
    teams: tuple[TeamRecord, ...] = ()
    gil: tuple[bool, ...] = ()
    """GIL enabled at the start, after set-up and after measuring (always true on a default build)."""
    rss: int = 0
    """Peak resident set size in bytes."""
    bytecode: Bytecode = Bytecode()
    switch_interval: float = 0.0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a group is measured no further."""

    group: str
    reason: StopReason
    invocations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Facts of the machine, in words, and what makes its numbers noisy."""

    facts: Pairs = ()
    """For example ("CPU", "AMD EPYC, 2 cores")."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a journal: what was asked, of whom, where."""

    format: int
    version: str
    started: str
    """ISO 8601, UTC."""
    command: str
    host: Host
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Everything a result folder holds, in the order it was measured."""

    header: Header
    invocations: tuple[Invocation, ...] = ()
    stops: tuple[Stop, ...] = ()
    finished: bool = False
