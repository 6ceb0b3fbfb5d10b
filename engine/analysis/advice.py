"""Results become flags of runs and warnings that teach: what makes a number weaker than it looks, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine import stats, units
from engine.analysis import disturbance
from engine.analysis.labels import run_label
from engine.model import Comparison, Interpreter, Measure, RunResult

FEW = 6
"""Below this many invocations ranks cannot give 95 %, and an interval rests on Student's assumption."""
UNFAIR = 0.95
"""Jain's index below this: with two threads, one got 1.6 times as far as the other in the same time."""
SKEW = 0.01
"""Share of an iteration that the last thread may start late (kernels start together within microseconds)."""
NOISY = 1.10
"""The median this far above the location in use: half of the iterations were disturbed by that much."""
BUSY = 0.90
"""CPU seconds per second of a single thread that computes; less means that it waited or had to share its CPU."""
DISTURBED = 0.90
"""Speedup by threads that the control reaches where each thread has a CPU; in a round with less, one had not."""
DOUBTFUL = 0.10
"""Share of such rounds from which on the machine is reported as disturbed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the flags of a run need beside its result."""

    measure: Measure
    cpus: int
    operations: int
    """In one loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What work that needs no lock on any build says of the machine."""

    speedup: Comparison
    threads: int
    efficiencies: tuple[float, ...]
    """Speedup by threads in each round: 1 where every thread had a CPU to itself."""

    @property
    def disturbed(self) -> float:
        """Share of the rounds in which it did not scale."""
        return sum(one < DISTURBED for one in self.efficiencies) / len(self.efficiencies)

    @property
    def doubtful(self) -> bool:
        """Too many of them."""
        return self.disturbed > DOUBTFUL


def flags(result: RunResult, facts: Facts) -> tuple[str, ...]:
    """The flags of a run: keys of `LESSONS`, then those that its conditions raise."""
    own = tuple(flag for flag, (applies, _) in LESSONS.items() if applies(result, facts))
    return own + disturbance.flags(result, facts.cpus)


def warnings(
    results: Sequence[RunResult],
    interpreters: Iterable[Interpreter],
    control: Control | None,
    names: Sequence[str],
) -> tuple[str, ...]:
    """What a reader of these runs should know first.

    `names` are the axes that tell the runs apart.
    """
    unchanged = map(_unspecialized, unspecialized(results, interpreters))
    said = [_control(control), _without_free_threading(results), *unchanged]
    lessons = {flag: lesson for flag, (*_, lesson) in (*disturbance.LESSONS.items(), *LESSONS.items())}
    for flag, lesson in lessons.items():
        flagged = [result for result in results if flag in result.flags]
        if flagged:
            said.append(f"{_listed(flagged, len(results), names)}: {lesson}")
    return tuple(text for text in said if text)


def _oversubscribed(result: RunResult, facts: Facts) -> bool:
    affinity = result.run.affinity
    pinned = len({cpu for cpus in affinity for cpu in cpus}) if isinstance(affinity, tuple) else facts.cpus
    return result.run.threads > min(pinned, facts.cpus)


def _few(result: RunResult, _: Facts) -> bool:
    return result.invocations < FEW


def _wide(result: RunResult, facts: Facts) -> bool:
    return result.invocations >= FEW and width(result) > facts.measure.precision


def _skewed(result: RunResult, facts: Facts) -> bool:
    """A GIL makes threads start one after the other, and so does a lack of CPUs: there it means nothing."""
    iteration = result.median_time * result.loops * facts.operations
    late = _value(result, "skew", 0.0) > SKEW * iteration
    return late and not result.gil and not _oversubscribed(result, facts)


def _unfair(result: RunResult, _: Facts) -> bool:
    return _value(result, "fairness", 1.0) < UNFAIR


def _waiting(result: RunResult, _: Facts) -> bool:
    return result.run.threads == 1 and _value(result, "cpu", 1.0) < BUSY


def _noisy(result: RunResult, _: Facts) -> bool:
    return result.median_time > NOISY * _value(result, "time", result.median_time)


def _warming(result: RunResult, _: Facts) -> bool:
    found = result.warmup
    return found is not None and found.settled is not None and found.settled > found.declared


def _unsettled(result: RunResult, _: Facts) -> bool:
    return result.warmup is not None and result.warmup.known and result.warmup.settled is None


LESSONS: dict[str, tuple[Callable[[RunResult, Facts], bool], str]] = {
    "few": (
        _few,
        (
            f"fewer than {FEW} invocations, too few for ranks: the intervals are wide and rest on an assumption. Where "
            "two runs are disturbed unequally often, their ratio's may hold the true value in only 87 % of all cases "
            "instead of 95. Ask for 10 or more."
        ),
    ),
    "wide": (
        _wide,
        (
            "an interval is wider than the precision asked for. More invocations (--rigorous), a longer time limit or "
            "a quieter machine narrow it."
        ),
    ),
    "oversubscribed": (
        _oversubscribed,
        "more threads than CPUs: they take turns, so this shows scheduling and says nothing about scaling.",
    ),
    "skewed": (
        _skewed,
        (
            "the threads started more than 1 % of an iteration apart, so for a part of it fewer ran than are counted. "
            "With longer iterations (iteration_time) it matters less."
        ),
    ),
    "unfair": (
        _unfair,
        "the threads got on unevenly (Jain's index below 0.95): contention favoured some, or one CPU was slower.",
    ),
    "waiting": (
        _waiting,
        "one thread alone had a CPU for less than 90 % of the time: it waits for something, or other programs run.",
    ),
    "noisy": (
        _noisy,
        (
            "the median iteration is more than 10 % slower than the value shown, which is that of the quieter ones: "
            "something disturbed much of this measurement."
        ),
    ),
    "warming": (
        _warming,
        (
            "iterations that were kept are still proven to differ from the later ones. How many to leave out "
            "(measure.warmup) stands under Warm-up."
        ),
    ),
    "unsettled": (
        _unsettled,
        (
            "the iterations change to the end of the invocation, so the time is that of a moment, not of a steady "
            "state. More iterations (measure.iterations) show whether there is one; a kernel that grows has none."
        ),
    ),
}
"""Flag -> when it applies, and what it means and what to do."""


def width(result: RunResult) -> float:
    """The relative half-width of the widest interval that is shown of a run's time and its ratios."""
    ratios = [comparison.ratio for comparison in (result.speedup, result.against) if comparison]
    return max(stats.relative_half_width(estimate) for estimate in (dict(result.metrics)["time"], *ratios))


def _control(control: Control | None) -> str:
    """What it means that even work which no build holds up did not scale."""
    if control is None or not control.doubtful:
        return ""
    ratio, threads = control.speedup.ratio, control.threads
    return (
        f"Machine disturbed: in {units.percent(control.disturbed)} of the rounds, {threads} threads whose work needs "
        f"no lock on any build did less than {DISTURBED * threads:.3g} times the work of one "
        f"({units.interval(ratio.low, ratio.value, ratio.high)} over all rounds). The machine did not have {threads} "
        "whole CPUs to give then, so speedups here are too small or their intervals wide. Repeat it when it is quiet."
    )


def _without_free_threading(results: Sequence[RunResult]) -> str:
    if not results or not all(result.gil for result in results):
        return ""
    return "No run had the GIL off: nothing here speaks about free threading."


def unspecialized(results: Sequence[RunResult], interpreters: Iterable[Interpreter]) -> Iterable[str]:
    """Free-threaded builds that left all bytecode as it was compiled (3.13: ENABLE_SPECIALIZATION is 0)."""
    for interpreter in interpreters:
        runs = [result for result in results if result.run.interpreter == interpreter.spec]
        shares = [_value(result, "specialized", 1.0) for result in runs]
        if interpreter.free_threaded and shares and max(shares) == 0:
            yield interpreter.spec


def _unspecialized(spec: str) -> str:
    return (
        f"{spec} specialised no bytecode (PEP 659; compiled out of free-threaded 3.13): its difference from a default "
        "build is not the GIL alone. `gil: on` of the same build isolates the GIL."
    )


def _value(result: RunResult, metric: str, otherwise: float) -> float:
    found = dict(result.metrics).get(metric)
    return found.value if found else otherwise


def _listed(flagged: Sequence[RunResult], of: int, names: Sequence[str]) -> str:
    """Which runs, in few words."""
    if len(flagged) == of and of > 1:
        return f"All {of} runs"
    shown = "; ".join(run_label(result.run, names) for result in flagged[:2])
    return shown + (f" and {len(flagged) - 2} more" if len(flagged) > 2 else "")
