"""What the judgement says, made from a journal alone. Times are float seconds, rates per second, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.model.estimate import Comparison as Comparison  # noqa: PLC0414
from engine.model.estimate import Direction as Direction  # noqa: PLC0414
from engine.model.estimate import Estimate as Estimate  # noqa: PLC0414
from engine.model.question import Claim, Interpreter, Missing, Run, Scenario, Skip
from engine.model.record import Failure, Host, StopReason
from engine.model.scorecard import Scorecard

Verdict = Literal["supported", "refuted", "inconclusive", "not tested"]
VERDICTS: tuple[Verdict, ...] = ("supported", "refuted", "inconclusive", "not tested")
"""In the order in which they are counted."""
URGENCY: tuple[Verdict, ...] = ("refuted", "inconclusive", "not tested", "supported")
"""In the order in which they are read: first what does not hold."""
Law = Literal["linear", "Amdahl", "USL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variance:
    """Where the scatter of a run's times comes from: standard deviations as shares of the time, 0.02 is two percent."""

    between: Estimate
    """Of one invocation's level from another's."""
    within: Estimate
    """Of an iteration from the level of its invocation."""
    correlation: Estimate
    """Intra-class: the share of the variance that lies between invocations."""
    autocorrelation: float
    """Of neighbouring iterations of one invocation; NaN for fewer than three."""
    start_seconds: float
    """What an invocation costs before its first kept iteration, shared out among the runs of its group."""
    iteration_seconds: float
    """What one more iteration of this run costs."""
    best: int
    """Iterations per invocation that give the narrowest interval for the time spent (Kalibera and Jones 2013)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Where the scatter of a scenario's times comes from, and where more time would tell most; over all its runs."""

    runs: int
    """Runs whose variance is known."""
    between: tuple[float, float, float]
    """Lowest, median and highest estimate over the runs, each as in `Variance`."""
    within: tuple[float, float, float]
    correlation: tuple[float, float, float]
    autocorrelation: float
    """Median over the runs; NaN where it is not known."""
    kept: int
    """Iterations of each thread count that were kept in an invocation."""
    best: int
    """How many would give the narrowest intervals for the time."""
    change: float
    """How many times as wide the intervals of times would be with `best`, for the same time: 0.8 is a fifth narrower;
    NaN where it is not known."""
    seconds: float
    """What measuring has taken, pilots and the control included."""
    half_width: float
    """Of the interval of a time, relative: the median over the runs."""
    doubled: float
    """What it would be after twice the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmup:
    """How the time of an iteration depends on its place in the invocation."""

    relative: tuple[Estimate, ...]
    """Every iteration, warm-up first, against the level of those after it (the last two: against each other)."""
    declared: int
    """How many iterations, the first ones, were measured as warm-up."""
    settled: int | None
    """Place, from 0, of the first iteration of the steady state; None: not reached in the invocation, or unknown."""
    known: bool
    """There were enough invocations and iterations to tell."""
    proven: tuple[bool, ...] = ()
    """Of each of `relative`: it differs by more than the margin, corrected for their number."""
    drift: Estimate | None = None
    """Of the kept iterations after the last one that is proven to differ, the last against the first, by a line through
    all; None where they are not proven to change by more than the margin."""
    first: int = 0
    """Place of the first of `relative`: above 0 only in long series."""
    width: int = 1
    """So many consecutive iterations of a long series are taken as one in `relative`."""

    @property
    def places(self) -> tuple[int, ...]:
        """The place, from 0, at which each of `relative` begins."""
        return tuple(self.first + self.width * number for number in range(len(self.relative)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingFit:
    """A scaling law fitted to throughput over threads: X(N) = scale N / (1 + sigma (N - 1) + kappa N (N - 1))."""

    law: Law
    scale: Estimate
    """Operations per second of one thread, by the law."""
    sigma: Estimate
    """Contention: the serial share."""
    kappa: Estimate
    """Coherency: what every pair of threads costs; 0 by Amdahl's law."""
    peak: Estimate | None
    """Threads with the highest throughput (N_max); None where it has no end (kappa is 0)."""
    aicc: float
    """Akaike's criterion, corrected for few points: the law with the lowest is preferred."""
    misfit: float
    """How far the throughput at any thread count is from the law at most: 0.05 is five percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """What is said of how one group of runs, which differ only in threads, scales."""

    label: str
    runs: tuple[str, ...]
    """Ids of those that count for a law, by threads: each thread had a CPU, and there are numbers."""
    fits: tuple[ScalingFit, ...] = ()
    """The preferred one first."""
    why_not: str = ""
    """Why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What others took of the usable CPUs while something was measured, and how fast these were; None: not told."""

    busy: float | None = None
    """CPUs that other programs used, on average."""
    stolen: float | None = None
    """Share of the usable CPUs' time that the host of a virtual machine took."""
    throttled: float | None = None
    """Share of it in which the quota of a cgroup stopped threads."""
    involuntary: float | None = None
    """Context switches that the scheduler forced on all threads, in one iteration, on average."""
    slow: float | None = None
    """Share of the iterations in which a CPU was in its slow state."""
    slowness: float | None = None
    """How many times as slow as in the fast state it was then; None where it never was."""
    speedup: Estimate | None = None
    """How many times as long the probe took beside this run as beside its one thread."""
    against: Estimate | None = None
    """The same, of the run and its baseline."""


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
    karp_flatt: Estimate | None = None
    """The serial share that its speedup implies (Karp and Flatt 1990)."""
    against: Comparison | None = None
    """Time against the baseline of the scenario."""
    stop: StopReason = "unfinished"
    variance: Variance | None = None
    warmup: Warmup | None = None
    specialized: tuple[str, ...] = ()
    """Names of the specialised instructions that were seen."""
    conditions: Conditions | None = None
    flags: tuple[str, ...] = ()
    """Short words: "oversubscribed", "unfair", ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The invocations of one run in the order of time: a drift of the machine is seen in nothing else."""

    run: str
    """Its id."""
    rounds: tuple[int, ...]
    seconds: tuple[float, ...]
    """From the start of the result to the start of each invocation."""
    times: tuple[float, ...]
    """What each invocation says: seconds per operation."""
    slowness: tuple[float, ...] = ()
    """How many times as long as in its fast state the probe beside each took; NaN where it was not taken, () where it
    never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One number of a profile."""

    name: str
    """In the words of its source: "cache-misses", "run-queue wait", "mimalloc pages"."""
    value: float
    unit: str = ""
    """As in `UNITS`: "s", "B", "1/s", or a word."""
    source: str = ""
    """What told it: "perf stat", "/proc/self/task/*/schedstat", "gc.get_stats"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProfile:
    """What extra invocations, which are in no estimate, showed of where one run spends its time."""

    run: str
    """Its id."""
    label: str
    readings: tuple[Reading, ...] = ()
    hot: tuple[tuple[str, float], ...] = ()
    """Functions and their share of the samples of a sampling profiler, the hottest first."""


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
    scaling: tuple[Scaling, ...] = ()
    kept: int = 0
    """Iterations of each thread count kept in an invocation: as asked, or what `auto` came to; 0: not known yet."""
    spending: Spending | None = None
    """None where no run has invocations and iterations enough."""
    doubtful: bool = False
    """`disturbed` is so large that the machine is reported as disturbed."""
    conditions: Conditions | None = None
    """Of all runs together, without the control."""
    profiles: tuple[RunProfile, ...] = ()
    """With `--profile detailed`."""
    unprofiled: tuple[str, ...] = ()
    """What a profile would have held and this machine does not tell, a sentence each with the reason."""


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
    scorecard: Scorecard = field(default_factory=Scorecard)
    damage: tuple[str, ...] = ()
    """As in `Journal`."""
