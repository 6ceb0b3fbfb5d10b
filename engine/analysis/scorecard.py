"""All scenarios, judged, become the scorecard: each build's cost on one thread, its speedups, and what both make.

Only like is held against like: runs of one scenario that agree in affinity, switch interval and parameters. Time is the
run's whole time, also where a scenario names an overhead.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine import stats
from engine.analysis.advice import unspecialized
from engine.analysis.comparison import against, corrected, errors_by_side, identity, matched, speedup
from engine.analysis.labels import run_label, varying
from engine.analysis.series import Series, Values
from engine.model import (
    SCALES,
    Build,
    Comparison,
    Cost,
    Gain,
    Interpreter,
    Machine,
    Pattern,
    Run,
    RunResult,
    Scenario,
    ScenarioResult,
    Scorecard,
    Speedup,
    Summary,
)

NO_GAIN = 1 + stats.MARGIN
"""A speedup that is at most this is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A scenario's result and the series it was made of."""

    result: ScenarioResult
    series: Mapping[str, Series]
    """Id of a run -> what was measured, the control's included."""
    control: tuple[Run, Run] | None
    """The control's run with the most threads and the one with one, if both gave numbers."""


Key = tuple[str, object]
"""A pattern: its scenario, and the axis values that a build does not decide."""

Found = dict[Key, Series]

Named = tuple[Pattern, Series, Series]
"""A pattern with the two series that its ratio is of."""


def scorecard(judged: Sequence[Judged], interpreters: Sequence[Interpreter]) -> Scorecard:
    """The scorecard of these scenarios; it has no part for which there are no numbers."""
    card = _Card(judged, interpreters)
    base = card.common_base()
    pairs = [(build, other) for build in card.builds for other in card.bases(build, base)]
    costs = [(pair, card.cost(*pair)) for pair in pairs]
    speedups = [(build, threads, card.speedup(build, threads)) for build in card.builds for threads in card.threads]
    gains = [(pair, threads, card.gain(*pair, threads)) for pair in pairs for threads in card.threads]
    return Scorecard(
        base=base,
        costs=tuple(Cost(build=build, base=other, summary=found) for (build, other), found in costs if found),
        speedups=tuple(_classified(build, threads, found) for build, threads, found in speedups if found),
        gains=tuple(
            Gain(build=build, base=other, threads=threads, summary=found)
            for (build, other), threads, found in gains
            if found
        ),
        machine=tuple(_machines(judged, card.confidence)),
        unspecialized=tuple(unspecialized([row for one in judged for row in one.result.runs], interpreters)),
    )


class _Card:
    """The series of all scenarios by build, threads and pattern."""

    def __init__(self, judged: Sequence[Judged], interpreters: Sequence[Interpreter]) -> None:
        self.interpreters = {one.spec: one for one in interpreters}
        self.scenarios = [one.result.scenario for one in judged]
        self.confidence = min((one.measure.confidence for one in self.scenarios), default=0.95)
        self.labels: dict[Key, str] = {}
        self.found: dict[tuple[Build, int], Found] = {}
        for one in judged:
            names = [name for name in varying(row.run for row in one.result.runs) if name not in _OF_BUILD]
            for row in one.result.runs:
                if row.run.interpreter in self.interpreters and "oversubscribed" not in row.flags:
                    self._add(row, one.series[row.run.id], names)
        places = {spec: number for number, spec in enumerate(self.interpreters)}
        builds = dict.fromkeys(build for build, _ in self.found)
        self.builds = sorted(builds, key=lambda build: (places[build.interpreter], not build.gil))
        self.threads = sorted({threads for _, threads in self.found if threads > 1})

    def _add(self, row: RunResult, measured: Series, names: Sequence[str]) -> None:
        """A run of a state of the GIL that another setting reached already is the same pattern: the first counts."""
        free_threaded = self.interpreters[row.run.interpreter].free_threaded
        build = Build(interpreter=row.run.interpreter, free_threaded=free_threaded, gil=row.gil)
        key: Key = (row.run.scenario, identity(row.run, dict.fromkeys(_OF_BUILD)))
        self.labels.setdefault(key, run_label(row.run, names))
        self.found.setdefault((build, row.run.threads), {}).setdefault(key, measured)

    def common_base(self) -> Build | None:
        """The build that most scenarios name as their baseline; of several the first."""
        named = Counter(build for one in self.scenarios if (build := self._named(one)))
        return max(self.builds, key=lambda build: named[build]) if any(named[one] for one in self.builds) else None

    def _named(self, scenario: Scenario) -> Build | None:
        """The build that a scenario's baseline names; without `gil` its interpreter as it is by default."""
        named = dict(scenario.baseline)
        interpreter = self.interpreters.get(str(named.get("interpreter")))
        if interpreter is None:
            return None
        free_threaded = interpreter.free_threaded
        gil = not free_threaded or named.get("gil") == "on"
        return Build(interpreter=interpreter.spec, free_threaded=free_threaded, gil=gil)

    def bases(self, build: Build, common: Build | None) -> list[Build]:
        """What a build is held against: the common base, and the default build of its own version.

        A free-threaded build that has neither is held against itself with its GIL on.
        """
        if build == common:
            return []
        own = [one for one in self.builds if not one.free_threaded and self._version(one) == self._version(build)]
        wanted = [common] if common and _comparable(build, common) else []
        wanted += own[:1] if build.free_threaded else []
        if not wanted and not build.gil:
            wanted = [one for one in self.builds if one.interpreter == build.interpreter and one.gil]
        return list(dict.fromkeys(wanted))

    def _version(self, build: Build) -> tuple[str, ...]:
        return tuple(self.interpreters[build.interpreter].version.split(".")[:2])

    def cost(self, build: Build, base: Build) -> Summary | None:
        """Time of one thread against the base's."""
        return self._summary((build, 1), (base, 1), against, rate=False)

    def speedup(self, build: Build, threads: int) -> Summary | None:
        """Throughput against the build's own one thread."""
        return self._summary((build, threads), (build, 1), speedup, rate=True)

    def gain(self, build: Build, base: Build, threads: int) -> Summary | None:
        """Throughput against one thread of the base."""
        return self._summary((build, threads), (base, 1), speedup, rate=True)

    def _summary(
        self,
        of: tuple[Build, int],
        to: tuple[Build, int],
        compare: Callable[[Series, Series, float], Comparison],
        *,
        rate: bool,
    ) -> Summary | None:
        """The ratios of all patterns that both have."""
        ours, theirs = self.found.get(of, {}), self.found.get(to, {})
        return _summary(
            [
                (self._pattern(key, one, compare(one, theirs[key], self.confidence)), one, theirs[key])
                for key, one in ours.items()
                if key in theirs
            ],
            self.confidence,
            rate=rate,
        )

    def _pattern(self, key: Key, one: Series, comparison: Comparison) -> Pattern:
        return Pattern(scenario=key[0], label=self.labels[key], run=one.run.id, comparison=comparison)


_OF_BUILD = ("interpreter", "gil", "threads")
"""Axes that say which build and how many threads, not which pattern."""


def _comparable(build: Build, base: Build) -> bool:
    """Of two free-threaded interpreters the GIL is in the same state; a default build can be held against any."""
    return (
        not (build.free_threaded and base.free_threaded)
        or build.gil == base.gil
        or (build.interpreter == base.interpreter)
    )


def _summary(named: Sequence[Named], confidence: float, *, rate: bool) -> Summary | None:
    """Ratios become one; those without an interval are left out unless none has one."""
    members = {pattern.run: _member(pattern, of, to) for pattern, of, to in named}
    known = [pattern for pattern, _, _ in named if members[pattern.run].errors] or [one for one, _, _ in named]
    if not known:
        return None
    family = corrected({one.run: one.comparison for one in known}, rate=rate)
    patterns = [dataclasses.replace(one, comparison=family[one.run]) for one in known]
    patterns.sort(key=lambda one: one.comparison.ratio.value)
    chosen = [members[one.run] for one in patterns]
    values, weights = [one.value for one in chosen], stats.equal_weights([one.stratum for one in chosen])
    low, middle, high = stats.quantiles(values, weights, (0.25, 0.5, 0.75))
    mean = stats.geometric_mean(chosen, confidence)
    if len(patterns) == 1:
        mean = dataclasses.replace(patterns[0].comparison.ratio, count=1)
    lowest, highest = _ends(patterns)
    return Summary(
        mean=mean,
        quartiles=(low, middle, high),
        patterns=tuple(patterns),
        lowest=lowest,
        highest=highest,
        scenarios=len({one.scenario for one in patterns}),
        left_out=len(named) - len(known),
    )


def _ends(patterns: Sequence[Pattern]) -> tuple[Pattern, Pattern]:
    """The patterns that are surely lowest and highest; by the estimates alone where that were one and the same."""
    lowest = min(patterns, key=lambda one: one.comparison.ratio.high)
    highest = max(patterns, key=lambda one: one.comparison.ratio.low)
    known = not any(math.isnan(one.comparison.ratio.low) for one in patterns)
    return (lowest, highest) if known and lowest is not highest else (patterns[0], patterns[-1])


def _member(pattern: Pattern, of: Series, to: Series) -> stats.Member:
    """A ratio with what each round contributed to its error: rounds disturb all patterns of a scenario together."""
    return stats.Member(
        value=pattern.comparison.ratio.value, stratum=pattern.scenario, errors=_errors(of.times, to.times)
    )


def _errors(of: Values, to: Values) -> Mapping[Hashable, float]:
    """By round; empty where there are too few."""
    above, below, paired = matched(of, to)
    if min(len(above), len(below)) < 2:
        return {}
    if paired:
        rounds = sorted(of.keys() & to.keys())
        return dict(zip(rounds, stats.error_shares(np.log(above) - np.log(below)).tolist(), strict=True))
    return dict(errors_by_side(of, to))


def _classified(build: Build, threads: int, summary: Summary) -> Speedup:
    """How many patterns scale, gain something, gain nothing, and which get slower, each by its own interval."""
    ratios = [one.comparison.ratio for one in summary.patterns]
    wanted = SCALES * threads
    slower = (one for one in summary.patterns if one.comparison.ratio.high < 1)
    return Speedup(
        build=build,
        threads=threads,
        summary=summary,
        scaling=sum(one.low >= wanted for one in ratios),
        some=sum(one.low > NO_GAIN and one.high < wanted for one in ratios),
        none=sum(one.high <= NO_GAIN for one in ratios),
        slower=tuple(sorted(slower, key=lambda one: one.comparison.ratio.high)),
    )


def _machines(judged: Sequence[Judged], confidence: float) -> Iterable[Machine]:
    """What the controls say, by their number of threads."""
    controlled = [(one, *one.control) for one in judged if one.control]
    for threads in sorted({most.threads for _, most, _ in controlled}):
        here = [found for found in controlled if found[1].threads == threads]
        named = []
        for one, most, single in here:
            of, to = one.series[most.id], one.series[single.id]
            comparison = speedup(of, to, confidence)
            named.append((Pattern(scenario=most.scenario, label="", run=most.id, comparison=comparison), of, to))
        summary = _summary(named, confidence, rate=True)
        if summary:
            yield Machine(
                threads=threads,
                summary=summary,
                disturbed=sum(one.result.disturbed for one, _, _ in here) / len(here),
                doubtful=sum(one.result.doubtful for one, _, _ in here),
            )
