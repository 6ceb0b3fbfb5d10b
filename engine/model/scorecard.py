"""What all scenarios of a result say together: of each build its cost on one thread, its scaling, what both make."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.estimate import Comparison, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """An interpreter with its GIL in one state."""

    interpreter: str
    free_threaded: bool
    gil: bool
    """Effective: the lock was on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One scenario with one set of its parameters, affinity and switch interval, and its ratio."""

    scenario: str
    label: str
    """In what it differs from the other patterns of its scenario; "" where it is the only one."""
    run: str
    """Id of the run whose ratio it is."""
    comparison: Comparison
    """Its direction and p are corrected for all patterns of the summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One kind of ratio over many patterns. Every scenario weighs the same, and every pattern the same within it."""

    mean: Estimate
    """The geometric mean; `count` is the number of patterns. Its interval speaks of measuring these patterns again,
    not of other ones."""
    quartiles: tuple[float, float, float]
    """A quarter, half and three quarters of the weight lie at or below."""
    patterns: tuple[Pattern, ...]
    """From the smallest ratio to the largest; at least one."""
    lowest: Pattern
    """The one that is surely low: the end of its interval that is nearest to the others is the lowest."""
    highest: Pattern
    """The one that is surely high, likewise."""
    scenarios: int
    left_out: int = 0
    """Patterns with too few invocations for an interval, which are not among these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Time of one thread, against one thread of another build. Above 1 is slower."""

    build: Build
    base: Build
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Speedup:
    """Throughput of several threads, each with a CPU, against one thread of the same build."""

    build: Build
    threads: int
    summary: Summary
    scaling: int
    """Patterns whose interval lies at or above `SCALES` of the threads."""
    some: int
    """Patterns whose interval lies between no gain and that."""
    none: int
    """Patterns whose interval lies wholly at or below no gain. What is left over is unclear."""
    slower: tuple[Pattern, ...]
    """Those of them whose interval lies below 1, the surest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """Throughput of several threads of a build, each with a CPU, against one thread of another build."""

    build: Build
    base: Build
    threads: int
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The control of the scenarios, whose work needs no lock on any build: the speedup that the machine could give."""

    threads: int
    summary: Summary
    disturbed: float
    """Share of the rounds, every scenario weighing the same, in which it had not a CPU for each thread."""
    doubtful: int
    """Scenarios in which that were too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """All of it; builds in the order of the interpreters, thread counts ascending."""

    base: Build | None = None
    """The build that most scenarios name as their baseline; None where they name none that was measured."""
    costs: tuple[Cost, ...] = ()
    speedups: tuple[Speedup, ...] = ()
    gains: tuple[Gain, ...] = ()
    machine: tuple[Machine, ...] = ()
    unspecialized: tuple[str, ...] = ()
    """Free-threaded interpreters that left all bytecode as it was compiled."""


SCALES = 0.8
"""Share of perfect scaling from which on a pattern is said to scale."""
