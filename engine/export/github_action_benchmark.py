"""Results -> the two files that github-action-benchmark keeps a history of: smaller and bigger is better.

Its source (src/extract.ts, src/extractRangeInfo.ts) decides: an array of name, unit, value, range and extra; a `range`
of "± number" is understood, and a number of one digit is not. The unit is the same at all times, for a chart has one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine import units
from engine.export.names import inert, named
from engine.export.shape import Export, File, Wishes
from engine.model import Estimate, Journal, Results, RunResult
from engine.report.cells import build, on_off, plain

TARGET = "github-action-benchmark"

Entry = dict[str, object]


def export(results: Results, journal: Journal, wishes: Wishes) -> Export:  # noqa: ARG001
    """Time per operation in one file; throughput, and speedup where there is one, in the other."""
    names, builds = named(results), {one.spec: one for one in results.interpreters}
    smaller: list[Entry] = []
    bigger: list[Entry] = []
    for one in results.scenarios:
        for row in one.runs:
            if wishes.pythons and row.run.interpreter not in wishes.pythons:
                continue
            name, here, found = inert(names[row.run.id].full), builds.get(row.run.interpreter), dict(row.metrics)
            about = [*_counts(row), f"{plain(here.version)}, {build(here)}" if here else ""]
            smaller.append(_entry(f"{name} time", found["time"], "ns", 1e9, about))
            bigger.append(_entry(f"{name} throughput", found["throughput"], "ops/s", 1.0, about))
            if row.speedup:
                bigger.append(_entry(f"{name} speedup", row.speedup.ratio, "x", 1.0, about))
    files = (("customSmallerIsBetter.json", smaller), ("customBiggerIsBetter.json", bigger))
    return Export(files=tuple(File(name=name, pieces=[json.dumps(one, indent=2) + "\n"]) for name, one in files))


def _entry(name: str, estimate: Estimate, unit: str, factor: float, about: list[str]) -> Entry:
    """One point of a series; half of the interval's width is the range, both its ends are in the tooltip."""
    low, value, high = (factor * one for one in (estimate.low, estimate.value, estimate.high))
    told = [f"{units.percent(estimate.confidence)} interval: {units.interval(low, value, high)} {unit}", *about]
    entry: Entry = {"name": name, "unit": unit, "value": units.significant(value)}
    if low <= high < float("inf"):
        entry["range"] = f"± {units.significant((high - low) / 2)!r}"
    return entry | {"extra": "\n".join(filter(None, map(inert, told)))}


def _counts(row: RunResult) -> Iterator[str]:
    yield f"{units.count(row.invocations, 'invocation')}, GIL {on_off(row.gil)}"
    if row.flags:
        yield f"flags: {', '.join(row.flags)}"
