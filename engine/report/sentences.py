"""A scorecard -> a few sentences that a decision can rest on, the same for every format for reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from engine import units
from engine.model import SCALES, Build, Cost, Estimate, Gain, Interpreter, Machine, Pattern, Scorecard, Speedup, Summary
from engine.report.cells import on_off, optimisation, plain

LISTED = 5
"""Patterns that are named of many; scorecard.csv has all."""
FEW = 4
"""Patterns below which their quartiles say nothing."""
IN_FULL = 2
"""Builds with a GIL that are spoken of one by one where there is none without."""


def sentences(card: Scorecard, interpreters: Sequence[Interpreter]) -> list[str]:
    """What it costs, what it gains, where not to use it, what the machine gave, and what it rests on.

    Builds whose GIL is off have their own sentences; those with a GIL share two, unless there are no others.
    """
    builds = dict.fromkeys([*(one.build for one in card.costs), *(one.build for one in card.speedups)])
    own = [build for build in builds if not build.gil] or (list(builds) if len(builds) <= IN_FULL else [])
    said = [sentence for build in own for sentence in _of_build(card, build)]
    others = [build for build in builds if build not in own]
    said += [*_other_costs(card, others), *_other_speedups(card, others)]
    said += map(_machine, card.machine)
    return [*said, *_rests_on(card, interpreters)]


def explanation(card: Scorecard) -> str:
    """What a pattern is and what a mean of several says; "" where there is no mean."""
    summaries = [*(one.summary for one in card.costs), *(one.summary for one in card.speedups)]
    if not any(len(one.patterns) > 1 for one in summaries):
        return ""
    return (
        "A pattern is a scenario with one set of its parameters, pinning and switch interval; only like is held "
        "against like. Over several patterns stands their geometric mean: every scenario weighs the same, and so does "
        "every pattern within it. Its interval says how well these patterns were measured, not how another program "
        "fares: how far they lie apart says more of that. Each pattern is judged by its own interval."
    )


def _of_build(card: Scorecard, build: Build) -> Iterator[str]:
    """Cost, scaling, what gets slower, and what is left of both."""
    yield from (_cost(one) for one in card.costs if one.build == build)
    speedups = [one for one in card.speedups if one.build == build]
    if speedups:
        yield _speedup(speedups[-1])
        yield from _slower(speedups[-1])
    for base in dict.fromkeys(one.base for one in card.gains if one.build == build):
        yield _gain([one for one in card.gains if (one.build, one.base) == (build, base)])


def _cost(one: Cost) -> str:
    summary = one.summary
    told = f"{_name(one.build)}: one thread takes {_interval(summary.mean)} times as long as one of {_name(one.base)}"
    counted = Counter(pattern.comparison.direction for pattern in summary.patterns)
    verdicts = (
        f" Corrected for {len(summary.patterns)} comparisons, {counted['faster']} are faster, {counted['slower']} "
        f"slower, {counted['same']} the same, {counted['inconclusive']} unclear."
    )
    return told + _over(summary) + (verdicts if len(summary.patterns) > 1 else "") + _ends(summary, rate=False)


def _speedup(one: Speedup) -> str:
    """The speedup, how many patterns scale, and the best and the worst."""
    summary, threads = one.summary, units.count(one.threads, "thread")
    told = f"{_name(one.build)}: {threads} do {_interval(summary.mean)} times the work of its one thread"
    total = len(summary.patterns)
    unclear = total - one.scaling - one.some - one.none
    scale = f"{one.scaling} of {total} patterns scale{'s' if one.scaling == 1 else ''}"
    classes = (
        f" {scale} (at least {SCALES * one.threads:.3g}, {units.percent(SCALES)} of {threads}), {one.some} gain less, "
        f"{one.none} nothing, {unclear} cannot be told."
        f"{'' if one.slower else ' None is surely slower than with one.'}"
    )
    return told + _over(summary) + (classes if total > 1 else "") + _ends(summary, rate=True)


def _slower(one: Speedup) -> Iterator[str]:
    """The patterns to keep threads away from."""
    total = len(one.summary.patterns)
    if not one.slower or total == 1:
        return
    proven = sum(pattern.comparison.direction == "slower" for pattern in one.slower)
    named = [f"{_interval(pattern.comparison.ratio)} {_where(pattern)}" for pattern in one.slower[:LISTED]]
    rest = len(one.slower) - len(named)
    yield (
        f"{_name(one.build)}: slower with {units.count(one.threads, 'thread')} than with one, by the interval, "
        f"{'is' if len(one.slower) == 1 else 'are'} {len(one.slower)} of {total} patterns (corrected for {total} "
        f"comparisons: {proven}): {'; '.join(named)}{f'; and {rest} more' if rest else ''}."
    )


def _gain(gains: Sequence[Gain]) -> str:
    """What so many threads do of another build's one, and from how many on it is more."""
    first, last = gains[0], gains[-1]
    base = f"one thread of {_name(first.base)}"
    if len(gains) == 1:
        told = f"{_name(first.build)}: {units.count(first.threads, 'thread')} do {_interval(first.summary.mean)} times "
        return f"{told}the work of {base}{_over(first.summary)}{_counted(first.summary)}"
    parts = [f"{units.count(one.threads, 'thread')} {_interval(one.summary.mean)}" for one in gains]
    told = f"{_name(first.build)}, times the work of {base}: {', '.join(parts)}{_over(last.summary)}"
    return told + _counted(last.summary) + _break_even(gains)


def _counted(summary: Summary) -> str:
    """In how many patterns it is more; with the most threads where there are several numbers of them."""
    ratios = [one.comparison.ratio for one in summary.patterns]
    more, less = sum(one.low > 1 for one in ratios), sum(one.high < 1 for one in ratios)
    unclear = len(ratios) - more - less
    return f" More in {more} of them, less in {less}, unclear in {unclear}." if len(ratios) > 1 else ""


def _break_even(gains: Sequence[Gain]) -> str:
    """From how many threads on the mean is above 1, among the numbers that were measured."""
    more = [one.summary.mean.low > 1 for one in gains]
    paying = [one.threads for number, one in enumerate(gains) if all(more[number:])]
    if paying:
        return f" On average it is more from {units.count(paying[0], 'thread')} on."
    if all(one.summary.mean.high < 1 for one in gains):
        return " On average it is less with each of these."
    return " From how many on it is more on average cannot be told."


def _other_costs(card: Scorecard, builds: Sequence[Build]) -> Iterator[str]:
    """The time of one thread of builds that are not spoken of one by one, in a sentence for each base."""
    costs = [one for one in card.costs if one.build in builds]
    for base in dict.fromkeys(one.base for one in costs):
        parts = [
            f"{_name(one.build)} {_interval(one.summary.mean)} ({_patterns(one.summary)})"
            for one in costs
            if one.base == base
        ]
        yield f"Time of one thread, against one of {_name(base)}: {', '.join(parts)}."


def _other_speedups(card: Scorecard, builds: Sequence[Build]) -> Iterator[str]:
    """The speedups of builds that are not spoken of one by one, at the largest number of threads."""
    speedups = [one for one in card.speedups if one.build in builds]
    if not speedups:
        return
    threads = max(one.threads for one in speedups)
    widest = [one for one in speedups if one.threads == threads]
    parts = [f"{_name(one.build)} {_interval(one.summary.mean)} ({_patterns(one.summary)})" for one in widest]
    best = max((one.summary.highest for one in widest), key=lambda one: one.comparison.ratio.low)
    told = f"Work of {units.count(threads, 'thread')} with the GIL on, against one: {', '.join(parts)}."
    if max(len(one.summary.patterns) for one in widest) == 1:
        yield told
    else:
        yield f"{told} Best: {_interval(best.comparison.ratio)} {_where(best)}."


def _machine(one: Machine) -> str:
    """What no build could have gone beyond, and how often there was less."""
    scenarios = one.summary.scenarios
    over = f" (control of {units.count(scenarios, 'scenario')})" if scenarios > 1 else ""
    threads = units.count(one.threads, "thread")
    told = f"The machine: {threads} that need no lock did {_interval(one.summary.mean)} times the work of one{over}."
    if not one.disturbed:
        return f"{told} In every round it had a CPU for each of them."
    told += f" In {units.percent(round(one.disturbed, 3))} of the rounds it had not a CPU for each of them"
    if not one.doubtful:
        return told + "."
    where = f" in {one.doubtful} of {scenarios} scenarios" if scenarios > 1 else ""
    return f"{told} (disturbed{where}): speedups{' there' if where else ''} are too small, by more than intervals say."


def _rests_on(card: Scorecard, interpreters: Sequence[Interpreter]) -> Iterator[str]:
    """How the builds that are compared were built; nothing where none are."""
    compared = {build.interpreter for one in card.costs for build in (one.build, one.base)}
    builds = [one for one in interpreters if one.spec in compared]
    if len(builds) < 2:
        return
    made = {(plain(one.compiler), optimisation(one), one.debug) for one in builds}
    names = [f"{plain(one.spec)} is {plain(one.version)}" for one in builds]
    if len(made) == 1:
        told = f"The builds compared were built alike ({_made(builds[0])}): {', '.join(names)}."
    else:
        each = [f"{name} ({_made(one)})" for name, one in zip(names, builds, strict=True)]
        told = (
            f"The builds compared were not built alike, and the ratios between them hold that too: {', '.join(each)}."
        )
    for spec in card.unspecialized:
        told += (
            f" {plain(spec)} specialised no bytecode (PEP 659), so its cost on one thread is not only that of working "
            "without a GIL."
        )
    yield told


def _made(one: Interpreter) -> str:
    how = optimisation(one)
    words = [plain(one.compiler), "without PGO and LTO" if how == "no" else f"with {how}", "debug" if one.debug else ""]
    return ", ".join(filter(None, words))


def _name(build: Build) -> str:
    """A default build has nothing to tell of its GIL."""
    spec = plain(build.interpreter)
    return f"{spec} (GIL {on_off(build.gil)})" if build.free_threaded else spec


def _where(pattern: Pattern) -> str:
    return plain(f"{pattern.scenario}, {pattern.label}" if pattern.label else pattern.scenario)


def _patterns(summary: Summary) -> str:
    return units.count(len(summary.patterns), "pattern")


def _over(summary: Summary) -> str:
    """The end of a sentence: over which patterns, and how far most of them lie apart."""
    if len(summary.patterns) == 1 and not summary.left_out:
        return f" ({_where(summary.patterns[0])})."
    words = f", over {_patterns(summary)}" + (f" of {summary.scenarios} scenarios" if summary.scenarios > 1 else "")
    if summary.left_out:
        words += f" ({summary.left_out} more had too few invocations)"
    if len(summary.patterns) >= FEW:
        low, _, high = map(units.quantity, summary.quartiles)
        words += f", half of which lie between {low} and {high}"
    return words + "."


def _ends(summary: Summary, *, rate: bool) -> str:
    """The best and the worst pattern; of rates the best is the largest."""
    if len(summary.patterns) == 1:
        return ""
    best, worst = (summary.highest, summary.lowest) if rate else (summary.lowest, summary.highest)
    told = (("Best", best), ("Worst", worst))
    return "".join(f" {name}: {_interval(one.comparison.ratio)} {_where(one)}." for name, one in told)


def _interval(estimate: Estimate) -> str:
    return units.interval(estimate.low, estimate.value, estimate.high)
