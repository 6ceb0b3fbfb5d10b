"""The series of two runs become their ratio: speedup, baseline, any metric. Knows which runs belong together."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping

import numpy as np

from engine import stats
from engine.analysis.labels import axes
from engine.analysis.series import Series, Values
from engine.model import Comparison, Estimate, Group, Interpreter, Pairs, Run, Value
from engine.selection import thread_count


def matched(of: Values, to: Values) -> tuple[list[float], list[float], bool]:
    """The values of two runs to compare, and whether they are pairs: by round wherever two rounds measured both.

    Two runs of one group are measured in one process, so their rounds are pairs inside the process.
    """
    common = sorted(of.keys() & to.keys())
    if len(common) >= 2 or (common and min(len(of), len(to)) < 2):
        return [of[r] for r in common], [to[r] for r in common], True
    return list(of.values()), list(to.values()), False


def time_ratio(of: Values, to: Values, confidence: float) -> Estimate:
    """The ratio of two runs' times."""
    above, below, paired = matched(of, to)
    return (stats.paired_ratio if paired else stats.unpaired_ratio)(above, below, confidence)


def speedup(run: Series, single: Series, confidence: float) -> Comparison:
    """Throughput against the same invocations' one thread."""
    return compared(single.run.id, run.metrics["throughput"], single.metrics["throughput"], confidence, rate=True)


def against(run: Series, base: Series, confidence: float) -> Comparison:
    """Time against the scenario's baseline."""
    return compared(base.run.id, run.times, base.times, confidence)


def corrected(family: Mapping[str, Comparison], *, rate: bool = False) -> dict[str, Comparison]:
    """Comparisons that are read together, under their keys, with p and direction corrected for their number."""
    chances = stats.holm([one.p for one in family.values()])
    number = sum(not math.isnan(p) for p in chances)
    return {
        key: dataclasses.replace(one, p=p, direction=stats.direction(one.ratio, p, rate=rate), family=max(1, number))
        for (key, one), p in zip(family.items(), chances, strict=True)
    }


def compared(base: str, of: Values, to: Values, confidence: float, *, rate: bool = False) -> Comparison:
    """The values of two runs held against each other, not yet corrected; `base` is what the second is called."""
    above, below, paired = matched(of, to)
    return comparison(base, stats.compared(above, below, confidence, paired=paired), paired=paired, rate=rate)


def comparison(base: str, found: stats.Compared, *, paired: bool, rate: bool = False) -> Comparison:
    """What two series say of their ratio as a noun of the model, not yet corrected."""
    said = stats.direction(found.ratio, found.p, rate=rate)
    return Comparison(base=base, ratio=found.ratio, direction=said, paired=paired, p=found.p, effect=found.effect)


def errors_by_side(of: Values, to: Values) -> dict[tuple[str, int], float]:
    """What each value, by side and round, contributed to the error of the ratio of two independent series."""
    return {
        (side, number): share
        for side, values in (("of", of), ("to", to))
        for number, share in zip(values, stats.error_shares(np.log([*values.values()])).tolist(), strict=True)
    }


def metric_ratio(of: Series, to: Series, metric: str, confidence: float) -> Estimate:
    """The ratio of any metric, paired by round; unknown where the divisor is 0 or below in some invocation.

    Where the dividend is 0 somewhere the log scale has no place for it: then on the linear scale.
    """
    above, below = of.metrics.get(metric, {}), to.metrics.get(metric, {})
    common = sorted(above.keys() & below.keys())
    if not above or not below or min(below.values()) <= 0:
        return stats.unknown(confidence, len(common))
    if min(above.values()) > 0:
        return time_ratio(above, below, confidence)
    if not common:
        return stats.unknown(confidence)
    return stats.interval([above[r] / below[r] for r in common], confidence)


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """The estimate of `factor` times the quantity; the factor is exact."""
    value, low, high = estimate.value * factor, estimate.low * factor, estimate.high * factor
    return dataclasses.replace(estimate, value=value, low=low, high=high)


def inverted(estimate: Estimate, factor: float = 1.0) -> Estimate:
    """The estimate of `factor` divided by the quantity, which is positive."""
    value, low, high = factor / estimate.value, factor / estimate.high, factor / estimate.low
    return dataclasses.replace(estimate, value=value, low=low, high=high)


def single_thread(group: Group) -> Run | None:
    """The run of a group that its speedups are against."""
    return next((run for run in group.runs if run.threads == 1), None)


def net(run: Series, overhead: Series) -> Series:
    """The series with its metric `net`: what its time is above that of the overhead, in the rounds that have both."""
    rounds = sorted(run.times.keys() & overhead.times.keys())
    if not rounds:
        return run
    left = {number: run.times[number] - overhead.times[number] for number in rounds}
    return dataclasses.replace(run, metrics={**run.metrics, "net": left})


def counterparts(values: Pairs, runs: Iterable[Run], cpus: int) -> Mapping[str, Run]:
    """Id of a run -> the run that it is held against: the one that equals it but for `values` (baseline, overhead).

    Where that is another interpreter that is only measured with `gil: default` (a default build has no such axis), any
    setting of the other run will do.
    """
    if not values:
        return {}
    named: dict[str, Value] = dict(values)
    if "threads" in named:
        named["threads"] = thread_count(named["threads"], cpus)
    by_identity = {identity(run, {}): run for run in runs}
    with_axis = {run.interpreter for run in by_identity.values() if run.gil != "default"}
    if "gil" not in named and named.get("interpreter") not in {None, *with_axis}:
        named["gil"] = "default"
    found = {run.id: by_identity.get(identity(run, named)) for run in by_identity.values()}
    return {key: base for key, base in found.items() if base is not None and base.id != key}


def gil_agrees(one: Run, other: Run, interpreters: Mapping[str, Interpreter]) -> bool:
    """Whether two runs have the same setting of the axis `gil`; a default build has none, so it agrees with any."""
    return one.gil == other.gil or not all(interpreters[run.interpreter].free_threaded for run in (one, other))


def identity(run: Run, instead: Mapping[str, Value]) -> tuple[tuple[str, str, Value], ...]:
    """All axis values with some replaced, hashable; with the type, for 1 is not True and not 1.0 in a scenario."""
    values = [(name, instead.get(name, run.axis(name))) for name in axes(run)]
    return tuple((name, type(value).__name__, value) for name, value in values)
