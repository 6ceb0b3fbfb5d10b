"""What the judgement says, made from a journal alone. Times are float seconds, rates per second, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.model.question import Claim, Interpreter, Missing, Run, Scenario, Skip
from engine.model.record import Failure, Host, StopReason

Verdict = Literal["supported", "refuted", "inconclusive", "not tested"]
Direction = Literal["faster", "slower", "same", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its confidence interval. `low` and `high` are NaN where there are too few invocations."""

    value: float
    low: float
    high: float
    confidence: float
    count: int
    """Invocations, or pairs of them for a ratio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run's ratio to its base and what it means. A time ratio below 1 is faster."""

    base: str
    """Id of the run it is compared with."""
    ratio: Estimate
    direction: Direction
    paired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Everything said about one run."""

    run: Run
    gil: bool
    """Effective: the lock was on."""
    metrics: tuple[tuple[str, Estimate], ...]
    """In the order of `UNITS`, then the kernel's own; `time` and `throughput` come first."""
    median_time: float
    """Seconds per operation as seen: the median over invocations of the median over iterations."""
    loops: int
    invocations: int
    iterations: int
    """Kept iterations in all invocations."""
    speedup: Comparison | None = None
    """Throughput against the same invocations' `threads: 1`; None for that run itself."""
    efficiency: Estimate | None = None
    against: Comparison | None = None
    """Time against the baseline of the scenario."""
    stop: StopReason = "unfinished"
    specialized: tuple[str, ...] = ()
    """Names of the specialised instructions that were seen."""
    flags: tuple[str, ...] = ()
    """Short words: "oversubscribed", "unfair", ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCase:
    """One pair of runs, or one run, that a claim speaks of."""

    runs: tuple[str, ...]
    """Ids: (of,) or (of, to)."""
    label: str
    estimate: Estimate
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """A claim and what the measurement says of it."""

    claim: Claim
    verdict: Verdict
    why: str
    """One sentence with the numbers, or the reason why it was not tested."""
    cases: tuple[ClaimCase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRun:
    """Invocations of one group that gave no numbers."""

    group: str
    label: str
    failure: Failure
    """The first of them."""
    count: int
    of: int
    """Invocations of the group in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """One scenario, judged."""

    scenario: Scenario
    runs: tuple[RunResult, ...]
    claims: tuple[ClaimResult, ...]
    skips: tuple[Skip, ...]
    failed: tuple[FailedRun, ...]
    control: Comparison | None
    """Speedup of the "two real CPUs" control; None where it could not run."""
    disturbed: float
    """Share of the rounds in which the control did not scale: the machine had no CPU for each thread then."""
    warnings: tuple[str, ...]
    timed_share: float
    """Share of the scenario's wall time that lay inside timed iterations, warm-up included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything a report shows."""

    version: str
    started: str
    command: str
    seed: int
    host: Host
    interpreters: tuple[Interpreter, ...]
    missing: tuple[Missing, ...]
    scenarios: tuple[ScenarioResult, ...]
    finished: bool
    """False: interrupted or killed; `fteng run --resume` goes on."""
    location: str
    """The location taken of an invocation's iterations, in words."""
