"""Speedups of `scaling_pattern` beside those that CPython's own ftscalingbench.py prints, round by round.

    python tests/benchmarks/ftscalingbench.py PATH/ftscalingbench.py [--rounds 10] [--python 3.13t]

The script is in Tools/ftscalingbench of the source of CPython from 3.14 on and runs on 3.13t, too. Both use two
threads, unpinned. Printed for each pattern: the median of what the script says over the rounds, with its least and
greatest, then fteng's speedup with its 95 % interval.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
from pathlib import Path

from engine import interpreter, kernel, resources, spawn, stats, units
from engine.model import Interpreter
from engine.request import request, team

LINE = re.compile(r"(?P<name>\w+) +(?P<factor>[0-9.]+)x (?P<direction>faster|slower)")
KERNEL = resources.kernels() / "scaling_pattern.py"
ITERATIONS = 3


def by_script(python: Interpreter, script: Path) -> dict[str, float]:
    """Pattern -> speedup at two threads, as printed."""
    done = spawn.command([python.executable, "-B", str(script), "-t", "2"], timeout=300)
    found = {line["name"]: float(line["factor"]) for line in LINE.finditer(done.out) if line["direction"] == "faster"}
    slower = {line["name"]: 1 / float(line["factor"]) for line in LINE.finditer(done.out) if line["name"] not in found}
    return found | slower


def by_fteng(python: Interpreter, pattern: str) -> float:
    """The speedup at two threads in one invocation."""
    order = [[0, 1], [1, 0]] * ((ITERATIONS + 1) // 2)
    asked = request(str(KERNEL), {"pattern": pattern}, [team(1), team(2)], order)
    reply, finished = spawn.ask(python.executable, resources.worker(), asked, timeout=60)
    if not reply or "failure" in reply:
        sys.exit(f"{pattern}: {reply and reply['failure']} {finished.err}")
    kept = [[one for one in measured["iterations"] if not one["warmup"]] for measured in reply["teams"]]
    one, two = (stats.lower_quartile([max(i["end_ns"]) - min(i["start_ns"]) for i in each]) for each in kept)
    return float(2 * one / two)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("script", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--python", default="3.13t")
    arguments = parser.parse_args()
    found, missing = interpreter.find((arguments.python,))
    if missing:
        sys.exit(f"{missing[0].reason}; {missing[0].hint}")
    patterns = dict(kernel.load(KERNEL).parameters[0].schema)["enum"]
    script: dict[str, list[float]] = {pattern: [] for pattern in patterns}
    ours: dict[str, list[float]] = {pattern: [] for pattern in patterns}
    for _ in range(arguments.rounds):
        printed = by_script(found[0], arguments.script)
        for pattern in patterns:
            script[pattern].append(printed[pattern])
            ours[pattern].append(by_fteng(found[0], pattern))
    print(f"{'pattern':24} {'ftscalingbench.py':24} fteng")
    for pattern in patterns:
        low, middle, high = min(script[pattern]), statistics.median(script[pattern]), max(script[pattern])
        speedup = stats.positive_interval(ours[pattern], 0.95)
        shown = units.interval(speedup.low, speedup.value, speedup.high)
        print(f"{pattern:24} {f'{middle:.1f} ({low:.1f} to {high:.1f})':24} {shown}")


if __name__ == "__main__":
    main()
