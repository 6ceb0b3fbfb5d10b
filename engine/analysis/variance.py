"""The iterations of a run become where its scatter comes from, and those of a scenario where more time tells most.

docs/method.md has the formulas. Costs are what was measured: an invocation's duration from start to end, and the
iterations inside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine import stats
from engine.analysis.series import Floats, Series
from engine.model import Estimate, Spending, Variance


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """What is known of one run."""

    components: stats.Components
    costs: stats.Costs
    """Seconds; what starting an invocation costs is shared out among the runs of its group."""

    @property
    def variance(self) -> Variance | None:
        """As results show it; None where there are too few invocations or iterations."""
        found = self.components
        if math.isnan(found.between.value) or math.isnan(found.within.value):
            return None
        return Variance(
            between=found.between,
            within=found.within,
            correlation=found.correlation,
            autocorrelation=found.autocorrelation,
            start_seconds=self.costs.start,
            iteration_seconds=self.costs.iteration,
            best=stats.best_iterations(found.between.value, found.within.value, self.costs),
        )


def scatter(
    series: Sequence[Series], operations: int, durations: Mapping[int, float], confidence: float
) -> dict[str, Scatter]:
    """Run id -> its scatter, for the runs of one group; none of them where no invocation measured all.

    `operations` are those in a loop of the group's kernel, `durations` the seconds that its invocations took, by round.
    """
    kept = {one.run.id: _kept(one) for one in series}
    seconds = {one.run.id: one.loops * operations for one in series}
    rounds = [number for number in durations if all(number in walls for walls in kept.values())]
    if not series or not rounds:
        return {}
    inside = {key: [float(walls[number].sum()) * seconds[key] for number in rounds] for key, walls in kept.items()}
    outside = sum(durations[number] for number in rounds) - sum(map(sum, inside.values()))
    start = max(0.0, outside) / len(rounds) / len(series)
    return {
        key: Scatter(
            components=stats.components(list(walls.values()), confidence),
            costs=stats.Costs(start=start, iteration=sum(inside[key]) / sum(walls[n].size for n in rounds)),
        )
        for key, walls in kept.items()
    }


def together(scatters: Sequence[Scatter]) -> stats.Costs:
    """What all runs cost that are measured in one round."""
    return stats.Costs(
        start=sum(one.costs.start for one in scatters), iteration=sum(one.costs.iteration for one in scatters)
    )


def spending(
    scatters: Mapping[str, Scatter], times: Mapping[str, Estimate], kept: int, seconds: float
) -> Spending | None:
    """Where the scatter of a scenario comes from and how to spend more time; None where no run's variance is known.

    `times` are the runs' estimates, `kept` their iterations in an invocation, `seconds` what measuring has taken.
    """
    known = [found for one in scatters.values() if (found := one.variance)]
    if not known:
        return None
    ratios, costs = [one.components.ratios for one in scatters.values()], together(list(scatters.values()))
    best = stats.best_for_all(ratios, costs)
    width = float(np.median([stats.relative_half_width(times[key]) for key in scatters]))
    serial = [one.autocorrelation for one in known if not math.isnan(one.autocorrelation)]
    return Spending(
        runs=len(known),
        between=_spread([one.between.value for one in known]),
        within=_spread([one.within.value for one in known]),
        correlation=_spread([one.correlation.value for one in known]),
        autocorrelation=float(np.median(serial)) if serial else math.nan,
        kept=kept,
        best=best,
        change=stats.width_change(ratios, costs, best, kept),
        seconds=seconds,
        half_width=width,
        doubled=math.expm1(math.log1p(width) / math.sqrt(2)),
    )


def kept_iterations(one: Series) -> int:
    """Iterations that the last invocation of a run kept."""
    return int(one.walls[-1].size) - one.warmups[-1]


def _kept(one: Series) -> dict[int, Floats]:
    """Round -> the iterations that were kept, in seconds per operation."""
    return {number: walls[warm:] for number, walls, warm in zip(one.times, one.walls, one.warmups, strict=True)}


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Lowest, median and highest of those that are known; all NaN where none is."""
    found = [value for value in values if not math.isnan(value)] or [math.nan]
    return min(found), float(np.median(found)), max(found)
