"""Runs of identical code (one executable under two names) become comparisons, and how small a difference they show."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.analysis.comparison import compared, corrected, counterparts, single_thread
from engine.analysis.gather import gather
from engine.analysis.labels import run_label, varying
from engine.analysis.series import Series, Values, by_group
from engine.errors import JournalError
from engine.model import Comparison, Group, Invocation, Journal, Limit, Plan, Quantity, Run, Scenario, Twins
from engine.plan import groups_of
from engine.stats.power import FEWEST, NullScatter

TWIN = " again"
"""What the second name of an interpreter has more than the first."""

NULL = "empty_loop"
"""The kernel that does nothing: what is measured of it is the harness."""

COUNTS = (5, 10, 20, 40)
"""Invocations of each side that are spoken of."""

USUAL = 10
"""Those that a scenario asks for at least, unless it says otherwise: twins are ranked by what these show."""

DIFFERENCES = (0.02, 0.05)
"""For these it is said how many invocations show them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The values of two runs of the same code, and where they come from."""

    scenario: Scenario
    run: Run
    """The second of them."""
    label: str
    quantity: Quantity
    gil: bool
    of: Values
    to: Values
    seconds: float
    """Mean duration of an invocation."""
    scatter: NullScatter | None = field(repr=False)
    """None where nothing is known of it."""

    @property
    def interpreter(self) -> str:
        """The first name."""
        return self.run.interpreter.removesuffix(TWIN)

    @property
    def null(self) -> bool:
        """Nothing but the harness was measured."""
        return self.run.kernel == NULL

    def detectable(self, count: int) -> float:
        """The smallest difference that so many invocations of each side show; NaN where that is not known."""
        return self.scatter.detectable(count) - 1 if self.scatter else math.nan


def pairs(journal: Journal) -> tuple[Pair, ...]:
    """All twins of a journal that gave numbers, in the order of the plan.

    Raises JournalError where the plan has none.
    """
    plan = journal.header.plan
    if not any(interpreter.spec.endswith(TWIN) for interpreter in plan.interpreters):
        raise JournalError("this result holds no interpreter beside itself; name a result folder of `fteng selfcheck`")
    members = by_group(journal)
    return tuple(pair for scenario in plan.scenarios for pair in _pairs(plan, scenario, members))


def twins(found: Sequence[Pair]) -> tuple[Twins, ...]:
    """Each pair compared, corrected for the number of them all."""
    family = corrected({str(number): _comparison(pair) for number, pair in enumerate(found)})
    return tuple(_twins(pair, comparison) for pair, comparison in zip(found, family.values(), strict=True))


def limits(found: Sequence[Pair]) -> tuple[Limit, ...]:
    """What can be shown of each quantity; of the empty loop only where nothing else was measured."""
    known = [pair for pair in found if pair.scatter and len(pair.scatter.logs) >= FEWEST]
    working = [pair for pair in known if not pair.null] or known
    kinds: dict[tuple[Quantity, int, bool | None], list[Pair]] = defaultdict(list)
    for pair in working:
        kinds[pair.quantity, pair.run.threads, pair.gil if pair.run.threads > 1 else None].append(pair)
    ordered = sorted(kinds, key=lambda kind: (kind[0] == "speedup", kind[1], bool(kind[2])))
    return tuple(_limit(kinds[kind], gil=kind[2]) for kind in ordered)


def _pairs(plan: Plan, scenario: Scenario, members: Mapping[str, Sequence[Invocation]]) -> Iterator[Pair]:
    groups = [group for group in groups_of(plan, scenario) if not group.control]
    home = {run.id: group for group in groups for run in group.runs}
    runs = [run for group in groups for run in group.runs]
    names = [name for name in varying(runs) if name != "interpreter"]
    operations = scenario.kernel.operations
    gathered = {
        group.id: gather(group, operations, members[group.id]).light({"time", "throughput"}) for group in groups
    }
    measured = {key: one for found in gathered.values() for key, one in found.series.items()}
    for twin, first in _counterparts(plan, runs):
        of, to = measured.get(twin.id), measured.get(first.id)
        if of is None or to is None:
            continue
        both = (home[twin.id], home[first.id])
        spent = [seconds for group in both for seconds in gathered[group.id].durations.values()]
        for quantity, above, below in _quantities(of, to, both, measured):
            ratios = [above[number] / below[number] for number in sorted(above.keys() & below.keys())]
            yield Pair(
                scenario=scenario,
                run=twin,
                label=run_label(twin, names),
                quantity=quantity,
                gil=of.gil,
                of=above,
                to=below,
                seconds=sum(spent) / len(spent),
                scatter=NullScatter(ratios, scenario.measure.confidence) if ratios else None,
            )


def _counterparts(plan: Plan, runs: Sequence[Run]) -> Iterator[tuple[Run, Run]]:
    """Each run of a second name, with that of the first."""
    firsts = {run.interpreter.removesuffix(TWIN) for run in runs if run.interpreter.endswith(TWIN)}
    for first in sorted(firsts):
        base = counterparts((("interpreter", first),), runs, len(plan.cpus))
        yield from ((run, base[run.id]) for run in runs if run.interpreter == first + TWIN and run.id in base)


def _quantities(
    of: Series, to: Series, groups: tuple[Group, Group], measured: Mapping[str, Series]
) -> Iterator[tuple[Quantity, Values, Values]]:
    """The times of both, and their speedups where both have one."""
    yield "time", of.times, to.times
    singles = [run and measured.get(run.id) for run in map(single_thread, groups)]
    if of.run.threads > 1 and singles[0] and singles[1]:
        yield "speedup", _speedups(of, singles[0]), _speedups(to, singles[1])


def _speedups(many: Series, one: Series) -> Values:
    above, below = many.metrics["throughput"], one.metrics["throughput"]
    return {number: above[number] / below[number] for number in above.keys() & below.keys()}


def _comparison(pair: Pair) -> Comparison:
    confidence = pair.scenario.measure.confidence
    return compared(pair.interpreter, pair.of, pair.to, confidence, rate=pair.quantity == "speedup")


def _twins(pair: Pair, comparison: Comparison) -> Twins:
    return Twins(
        scenario=pair.scenario.name,
        label=pair.label,
        interpreter=pair.interpreter,
        threads=pair.run.threads,
        quantity=pair.quantity,
        gil=pair.gil,
        null=pair.null,
        comparison=comparison,
        scatter=pair.scatter.size if pair.scatter else math.nan,
        between=_between(pair),
        detectable=tuple((count, pair.detectable(count)) for count in COUNTS),
    )


def _between(pair: Pair) -> float:
    """The standard deviation of the logs of one side's values, pooled over both."""
    sides = [np.log(list(values.values())) for values in (pair.of, pair.to) if len(values) > 1]
    freedom = sum(side.size - 1 for side in sides)
    return math.sqrt(sum(float(side.var()) * side.size for side in sides) / freedom) if freedom else math.nan


def _limit(alike: Sequence[Pair], *, gil: bool | None) -> Limit:
    """What the middle one of them shows, of an even number the worse of two, and the least that one of them does."""
    ranked = sorted(alike, key=lambda pair: pair.detectable(USUAL))
    middle = ranked[len(ranked) // 2]
    scatter = middle.scatter
    return Limit(
        quantity=middle.quantity,
        threads=middle.run.threads,
        gil=gil,
        twins=len(alike),
        detectable=tuple((count, middle.detectable(count)) for count in COUNTS),
        worst=tuple((count, max(pair.detectable(count) for pair in alike)) for count in COUNTS),
        needed=tuple((size, scatter.pairs_to_show(1 + size) if scatter else None) for size in DIFFERENCES),
        same=scatter.pairs_to_show_same() if scatter else None,
        seconds=middle.seconds,
    )
