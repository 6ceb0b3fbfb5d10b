"""A journal of twins, and what the interpreters measure with -> all that `fteng selfcheck` says, with its warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine import stats, units
from engine.analysis.advice import DISTURBED, DOUBTFUL, SKEW
from engine.analysis.disturbance import OFTEN
from engine.analysis.results import analyse
from engine.analysis.selfcheck.twins import NULL, TWIN, USUAL, limits, pairs, twins
from engine.analysis.series import usable
from engine.model import (
    Estimate,
    Instrument,
    Invocation,
    Iterations,
    Journal,
    Limit,
    Results,
    SelfCheck,
    Start,
    Twins,
)
from engine.stats.power import POWER

Clocks = NDArray[np.int64]

FEW = 10
"""Fewer rounds leave the scatter itself unknown by a third and more."""
CLOCK = 0.001
"""Share of an iteration that a step of its clock, or reading it, may be."""
EMPTY = 0.01
"""Share of an iteration that may be the harness's."""
NOISY = 0.05
"""A machine that shows no smaller difference with the usual number of invocations is called noisy."""
LATE = 0.05
"""Share of the iterations in which threads may start late."""


def selfcheck(journal: Journal, instruments: Sequence[Instrument]) -> SelfCheck:
    """Everything said of a machine. Raises JournalError where the journal holds no twins."""
    header = journal.header
    found, results = pairs(journal), analyse(journal)
    compared, bounds, starts = twins(found), limits(found), tuple(_starts(journal))
    measure = next((pair.scenario for pair in found if not pair.null), header.plan.scenarios[0]).measure
    rounds = min((min(len(pair.of), len(pair.to)) for pair in found), default=0)
    return SelfCheck(
        version=header.version,
        started=header.started,
        command=header.command,
        host=header.host,
        finished=journal.finished,
        rounds=rounds,
        iterations=_iterations(results),
        iteration_time=measure.iteration_time,
        confidence=measure.confidence,
        power=POWER,
        margin=stats.MARGIN,
        limits=bounds,
        twins=compared,
        instruments=tuple(instruments),
        turns=tuple(_turns(results).items()),
        starts=starts,
        failed=sum(one.count for scenario in results.scenarios for one in scenario.failed),
        warnings=(
            *_false(compared),
            *_disturbed(results),
            *_slowed(results),
            *_noisy(bounds),
            *_few(rounds),
            *_clocks(instruments, measure.iteration_time),
            *_late(starts),
            *_failed(results),
        ),
    )


def _iterations(results: Results) -> int:
    """The iterations kept of an invocation: those of the middle run."""
    counts = sorted(run.iterations // run.invocations for one in results.scenarios for run in one.runs)
    return counts[len(counts) // 2] if counts else 0


def _turns(results: Results) -> dict[str, Estimate]:
    """Interpreter -> one turn of the loop that all kernels have."""
    found: dict[str, Estimate] = {}
    for scenario in results.scenarios:
        for result in scenario.runs:
            run = result.run
            if run.kernel == NULL and run.threads == 1 and not run.interpreter.endswith(TWIN):
                found.setdefault(run.interpreter, dict(result.metrics)["time"])
    return found


def _starts(journal: Journal) -> Iterator[Start]:
    """How far apart threads start, over all runs of an interpreter, its twin's included, that have a CPU for each."""
    plan = journal.header.plan
    home = {group.id: group for group in plan.groups if not group.control}
    found: dict[tuple[str, int], list[tuple[Clocks, Clocks]]] = defaultdict(list)
    for invocation in filter(_without_gil, journal.invocations):
        if invocation.group in home:
            first = home[invocation.group].runs[0].interpreter.removesuffix(TWIN)
            for team in invocation.teams:
                if 1 < team.threads <= len(plan.cpus) and 0 in team.iterations.warmup:
                    found[first, team.threads].append(_apart(team.iterations))
    for (interpreter, threads), parts in found.items():
        skews, walls = (np.concatenate(column) * 1e-9 for column in zip(*parts, strict=True))
        yield Start(
            interpreter=interpreter,
            threads=threads,
            median=float(np.median(skews)),
            high=float(np.quantile(skews, 0.99)),
            late=float((skews > SKEW * walls).mean()),
        )


def _apart(iterations: Iterations) -> tuple[Clocks, Clocks]:
    """Of each kept iteration, in ns: how far apart its threads started, and how long it took."""
    kept = np.frombuffer(iterations.warmup, dtype=np.bool_) == 0
    start, end = (
        np.frombuffer(column, dtype=np.int64).reshape(kept.size, -1)[kept]
        for column in (iterations.start_ns, iterations.end_ns)
    )
    return start.max(axis=1) - start.min(axis=1), end.max(axis=1) - start.min(axis=1)


def _without_gil(invocation: Invocation) -> bool:
    return usable(invocation) and not any(invocation.gil)


def _false(compared: Sequence[Twins]) -> Iterator[str]:
    wrong = [one for one in compared if one.wrong]
    if wrong:
        named = "; ".join(f"{one.interpreter}, {one.scenario}, {one.label} ({one.quantity})" for one in wrong[:3])
        yield (
            f"Identical code was called different in {len(wrong)} of {units.count(len(compared), 'comparison')}: "
            f"{named}. Of a hundred machines in order at most five show this. Repeat the check; if it comes again, "
            "differences that fteng reports here cannot be trusted: something disturbs one process more than the next "
            "(other programs, a changing clock, a host that moves its CPUs)."
        )


def _disturbed(results: Results) -> Iterator[str]:
    shares = [one.disturbed for one in results.scenarios if one.control]
    if shares and max(shares) > DOUBTFUL:
        yield (
            f"Machine disturbed: in up to {units.percent(max(shares))} of the rounds, threads whose work needs no lock "
            f"on any build reached less than {DISTURBED:g} of one CPU each. It has fewer whole CPUs to give than it "
            "names, so speedups come out too small. Close what else is running; docs/machine.md says what else helps."
        )


def _slowed(results: Results) -> Iterator[str]:
    found = [one.conditions for one in results.scenarios if one.conditions]
    slow = max((one.slow for one in found if one.slow is not None), default=0.0)
    if slow > OFTEN:
        slowness = max(one.slowness for one in found if one.slowness is not None)
        yield (
            f"The CPUs were slow by turns: in up to {units.percent(round(slow, 2))} of the iterations a fixed piece of "
            f"work beside them took up to {slowness:.2f} times as long as in the others (another tenant on the core, "
            "heat, a power limit). Neither steal nor CPU time shows that, and results measured minutes apart differ by "
            "it; what is measured in turns differs less."
        )


def _noisy(bounds: Sequence[Limit]) -> Iterator[str]:
    poor = [one for one in bounds if dict(one.detectable)[USUAL] > NOISY]
    if poor:
        yield (
            f"Noisy: {USUAL} invocations show no difference of {units.percent(NOISY)} in {len(poor)} of "
            f"{units.count(len(bounds), 'quantity', 'quantities')}. Close other programs, plug in the power, set the "
            "frequency governor to performance, or ask for more invocations (--rigorous); docs/machine.md has more."
        )


def _few(rounds: int) -> Iterator[str]:
    if rounds < FEW:
        yield (
            f"Only {units.count(rounds, 'round')}: the scatter itself is not well known, and all of this is rough. "
            f"Ask for --invocations {FEW} or more."
        )


def _clocks(instruments: Sequence[Instrument], iteration_time: float) -> Iterator[str]:
    for one in instruments:
        if one.backwards:
            back = units.count(one.backwards, "time")
            yield f"The clock of {one.interpreter} went backwards {back}: no number can be trusted."
        coarse = max(one.step, one.reading)
        if coarse > CLOCK * iteration_time:
            yield (
                f"The clock of {one.interpreter} is coarse or slow: {units.duration(coarse)} are more than "
                f"{units.percent(CLOCK)} of an iteration. Use longer ones (iteration_time), or another clock source."
            )
        heaviest = max((seconds for _, seconds in one.empty), default=0.0)
        if heaviest > EMPTY * iteration_time:
            yield (
                f"An iteration of {one.interpreter} in which nothing is done takes {units.duration(heaviest)}, more "
                f"than {units.percent(EMPTY)} of one that is measured. Use longer iterations (iteration_time)."
            )


def _late(starts: Sequence[Start]) -> Iterator[str]:
    late = [one for one in starts if one.late > LATE]
    if late:
        named = ", ".join(f"{one.interpreter} with {one.threads} ({units.percent(one.late)})" for one in late)
        yield (
            f"Threads started more than {units.percent(SKEW)} of an iteration apart in more than {units.percent(LATE)} "
            f"of the iterations: {named}. Speedups come out too small; something else was on a CPU."
        )


def _failed(results: Results) -> Iterator[str]:
    for scenario in results.scenarios:
        for one in scenario.failed:
            yield (
                f"{scenario.scenario.name}, {one.label}: {one.count} of {units.count(one.of, 'invocation')} failed: "
                f"{one.failure.message}"
            )
