"""How long `fteng --version` and `fteng validate` take, against `python -c pass` of the same interpreter, pair by pair.

    python tests/benchmarks/start_time.py [--pairs 20]

Prints the ratio of the wall times of whole processes with its 95 % interval.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine import spawn, stats, units

COMMANDS = (("--version",), ("validate", "gil/contention"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=20)
    pairs = parser.parse_args().pairs
    fteng = Path(sys.executable).with_name("fteng")
    for words in COMMANDS:
        ours, bare = [], []
        for _ in range(pairs):
            ours.append(spawn.command([fteng, *words]).duration)
            bare.append(spawn.command([sys.executable, "-c", "pass"]).duration)
        ratio = stats.paired_ratio(ours, bare, 0.95)
        print(f"fteng {' '.join(words):24} {units.interval(ratio.low, ratio.value, ratio.high)} x python -c pass")


if __name__ == "__main__":
    main()
