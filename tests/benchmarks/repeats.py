"""How far do repeated results scatter, against the interval that each claimed, and are they called different?

    python tests/benchmarks/repeats.py --output FOLDER --repeats 20 gil/contention -p work=float [words of `fteng run`]

Runs the same scenario several times and prints
- for each run's time and speedup: smallest and largest estimate, scatter (standard deviation over mean), the median
  half-width claimed, and how many of the intervals hold the median of all repeats;
- the scatter by location within an invocation (median, lower quartile, ...): the same data, located otherwise;
- what `fteng compare` says of every result and the one before it, and of all pairs: these ran identical code.
Results are kept in FOLDER, and used again.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from engine import analysis, journal, stats
from engine.analysis.comparison import corrected
from engine.analysis.series import Series, series
from engine.cli import outcome
from engine.model import Comparison, Estimate, Journal

LOCATIONS = {
    "median": stats.median,
    "lower quartile": stats.lower_quartile,
    "10 % quantile": lambda values: np.quantile(values, 0.1, axis=-1),
    "minimum": stats.minimum,
}


def label(run: Any) -> str:
    """A run in words."""
    values = " ".join(f"{name}={value}" for name, value in run.parameters)
    return f"{run.interpreter} gil {run.gil} {values} x{run.threads}"


def every_series(kept: Journal) -> dict[str, Series]:
    """Run id -> its series; the control's left out."""
    plan = kept.header.plan
    operations = {kernel.name: kernel.operations for kernel in plan.kernels}
    found = {}
    for group in plan.groups:
        own = [one for one in kept.invocations if one.group == group.id]
        for run in group.runs if not group.control else ():
            one = series(run, operations[run.kernel], own)
            if one:
                found[run.id] = one
    return found


def spread(values: list[float]) -> float:
    """Standard deviation over mean."""
    return statistics.stdev(values) / statistics.mean(values)


def scatters(results: list[Any]) -> None:
    """How far estimates lie apart, and what their intervals said."""
    found: dict[str, list[Estimate]] = {}
    for result in results:
        for row in (row for scenario in result.scenarios for row in scenario.runs):
            found.setdefault(f"time    {label(row.run)}", []).append(dict(row.metrics)["time"])
            if row.speedup:
                found.setdefault(f"speedup {label(row.run)}", []).append(row.speedup.ratio)
    for name, estimates in found.items():
        values = [one.value for one in estimates]
        middle = statistics.median(values)
        claimed = statistics.median(stats.relative_half_width(one) for one in estimates)
        held = sum(one.low <= middle <= one.high for one in estimates)
        print(
            f"{name:60} {min(values):.4g} .. {max(values):.4g}, scatter {spread(values):.1%}, half-width claimed "
            f"{claimed:.1%}, {held} of {len(estimates)} intervals hold the median"
        )


def located(one: Series, location: Any) -> float:
    """The estimate of a run's time if invocations counted with that location."""
    kept = [float(location(walls[warm:])) for walls, warm in zip(one.walls, one.warmups, strict=True)]
    return stats.positive_interval(kept, 0.95).value


def by_location(repeats: list[dict[str, Series]]) -> None:
    """The scatter of times and of ratios of thread counts, for each location."""
    for name, location in LOCATIONS.items():
        times = {key: [located(one[key], location) for one in repeats] for key in repeats[0]}
        of = {key: one.run for key, one in repeats[0].items()}
        single = {(run.interpreter, run.gil, run.parameters): key for key, run in of.items() if run.threads == 1}
        ratios = {
            key: [run.threads * base / many for base, many in zip(times[one], times[key], strict=True)]
            for key, run in of.items()
            if run.threads > 1 and (one := single.get((run.interpreter, run.gil, run.parameters)))
        }
        shown = [f"time scatter {statistics.median(map(spread, times.values())):.1%}"]
        if ratios:
            middle = statistics.median(statistics.median(values) for values in ratios.values())
            shown.append(f"speedup scatter {statistics.median(map(spread, ratios.values())):.1%}, median {middle:.3f}")
        print(f"{name:15} {'; '.join(shown)}")


def verdicts(pairs: Iterable[tuple[Journal, Journal]]) -> str:
    """What `fteng compare` says of each pair, and what it would say without allowing for two sessions."""
    said: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    total = 0
    for before, after in pairs:
        found = analysis.changes(before, after)
        alone = {
            row.run.id: Comparison(base="", ratio=one.ratio, direction="same", paired=False, p=one.p)
            for row in found.rows
            for one in (stats.compared(row.after_values, row.before_values, 0.95, paired=False),)
        }
        both = {
            "said": [row.comparison.direction for row in found.rows],
            "without sessions": [one.direction for one in corrected(alone).values()],
        }
        total += 1
        for how, directions in both.items():
            said.update(f"{one}, {how}" for one in directions)
            wrong[how] += any(one in {"faster", "slower"} for one in directions)
    return f"{dict(sorted(said.items()))}; of {total} pairs of results, any difference in {dict(wrong)}"


def main() -> None:
    """Run, collect, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--repeats", type=int, default=10)
    arguments, words = parser.parse_known_args()
    folders = [arguments.output / f"{number:02}" for number in range(arguments.repeats)]
    for folder in folders:
        if not folder.exists():
            outcome(["run", *words, "--quiet", "--output", str(folder)])
    kept = list(map(journal.read, folders))
    scatters(list(map(analysis.analyse, kept)))
    repeats = list(map(every_series, kept))
    by_location(repeats)
    print("compared with the one before:", verdicts(itertools.pairwise(kept)))
    print("all pairs:", verdicts(itertools.combinations(kept, 2)))


if __name__ == "__main__":
    main()
