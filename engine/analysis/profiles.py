"""Records of extra invocations -> profiles: counts by operation and iteration, samples as shares. In no estimate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.analysis.labels import run_label
from engine.model import Count, Journal, Kernel, Profile, Reading, Run, RunProfile

RATIOS = (
    ("instructions per cycle", "instructions", "cycles"),
    ("cache-miss share", "cache-misses", "cache-references"),
    ("branch-miss share", "branch-misses", "branches"),
)
"""What two counters make, where both were counted."""

KINDS = {"counted": "counters", "sampled": "sampling", "shared": "shared cache lines"}


def by_run(journal: Journal) -> Mapping[str, Sequence[Profile]]:
    """Id of a run -> its profiles."""
    found: dict[str, list[Profile]] = {}
    for profile in journal.profiles:
        found.setdefault(profile.run, []).append(profile)
    return found


def profiles(
    runs: Iterable[Run], found: Mapping[str, Sequence[Profile]], kernel: Kernel, names: Sequence[str]
) -> tuple[tuple[RunProfile, ...], tuple[str, ...]]:
    """What was seen of these runs, and what could not be told; `names` are the axes that tell the runs apart."""
    seen: list[RunProfile] = []
    untold: dict[str, None] = {}
    for run in runs:
        mine, label = found.get(run.id, ()), run_label(run, names)
        for one in mine:
            untold |= dict.fromkeys(one.unprofiled)
            if one.failure:
                message = f"{one.failure.outcome}: {one.failure.message}"
                untold[f"{label}, {KINDS[one.how]}: the extra invocation failed: {message}"] = None
        readings = tuple(reading for one in mine for reading in _readings(one, run, kernel))
        hot = next((_shares(one) for one in mine if one.hot), ())
        if readings or hot:
            seen.append(RunProfile(run=run.id, label=label, readings=readings, hot=hot))
    return tuple(seen), tuple(untold)


def _readings(one: Profile, run: Run, kernel: Kernel) -> Iterator[Reading]:
    divisors = {
        "operation": float(one.loops * kernel.operations * run.threads * one.iterations),
        "iteration": float(one.iterations),
        "": 1.0,
    }
    for count in one.counts:
        if divisors[count.per]:
            yield _reading(count, divisors[count.per])
    yield from _ratios(one.counts)
    if one.hot:
        yield Reading(name="samples", value=sum(number for _, number in one.hot), source=one.sampler)


def _reading(count: Count, divisor: float) -> Reading:
    """A count by what it is to be held against. What has a unit keeps it, and says so in its name."""
    per = f"per {count.per}" if count.per else ""
    return Reading(
        name=f"{count.name}, {per}" if per and count.unit else count.name,
        value=count.value / divisor,
        unit=count.unit or per,
        source=count.source,
    )


def _ratios(counts: Sequence[Count]) -> Iterator[Reading]:
    known = {count.name: count for count in counts if count.per == "operation"}
    for name, above, below in RATIOS:
        if above in known and below in known and known[below].value > 0:
            value = known[above].value / known[below].value
            yield Reading(name=name, value=value, source=known[above].source)


def _shares(one: Profile) -> tuple[tuple[str, float], ...]:
    whole = sum(number for _, number in one.hot)
    return tuple((name, number / whole) for name, number in one.hot) if whole > 0 else ()
