"""How far do repeated results scatter, against the interval that each claimed?

    python tests/benchmarks/repeats.py gil/contention -p work=float --repeats 10 [any words of `fteng run`]

Runs the same scenario several times and prints, for each speedup, the smallest and largest estimate, the scatter
(standard deviation over mean), the median half-width claimed, and how many of the intervals hold the median of all
repeats (a 95 % interval should do so in nearly all). Results are kept under reports/repeats/, and used again.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from engine import analysis, journal
from engine.cli import outcome
from engine.model import Estimate


def main() -> None:
    """Run, collect, print."""
    words = sys.argv[1:]
    repeats = 10
    if "--repeats" in words:
        at = words.index("--repeats")
        repeats = int(words[at + 1])
        del words[at : at + 2]
    found: dict[str, list[Estimate]] = {}
    for number in range(repeats):
        folder = Path("reports", "repeats", f"{number:02}")
        if not folder.exists():
            outcome(["run", *words, "--quiet", "--output", str(folder)])
        for result in analysis.analyse(journal.read(folder)).scenarios:
            for row in result.runs:
                if row.speedup:
                    values = " ".join(f"{name}={value}" for name, value in row.run.parameters)
                    label = f"{row.run.interpreter} gil {'on' if row.gil else 'off'} {values} x{row.run.threads}"
                    found.setdefault(label, []).append(row.speedup.ratio)
    for label, estimates in found.items():
        values = [one.value for one in estimates]
        middle = statistics.median(values)
        scatter = statistics.stdev(values) / statistics.mean(values)
        claimed = statistics.median((one.high - one.low) / 2 / one.value for one in estimates)
        held = sum(one.low <= middle <= one.high for one in estimates)
        print(
            f"{label:40} speedup {min(values):.3f} .. {max(values):.3f}, scatter {scatter:.1%}, "
            f"half-width claimed {claimed:.1%}, {held} of {len(estimates)} intervals hold the median"
        )


if __name__ == "__main__":
    main()
