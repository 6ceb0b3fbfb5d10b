"""Pairing against drift, for real: identical code compared while a competing load comes and goes on its CPU.

    python tests/benchmarks/drift.py [--python 3.13] [--repeats 12] [--invocations 15] [--output FOLDER]

One program under two names, so the true ratio of their times is 1. Meanwhile another process computes on the same CPU:
in bursts of seconds, or more and more of the time (drift). In each repeat both designs meet the same load, second by
second, from the same seed: `interleaved` measures both programs in every round, in a random order, and pairs by round;
`blocks` measures all of one, then all of the other. Printed: error (root mean square of the log of the ratio), bias,
the intervals' median half-width, and how many of these 95 % intervals hold 1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from engine import analysis, interpreter, journal, spawn, stats, topology
from engine.model import Estimate

LOAD = """
import os, random, sys, time
kind, seed, length, cpu = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
os.sched_setaffinity(0, {cpu})
generator, began = random.Random(seed), time.monotonic()
while True:
    passed = time.monotonic() - began
    if kind == "bursts":
        on, off = generator.expovariate(1 / (length / 8)), generator.expovariate(1 / (length / 8))
    else:
        share = min(1.0, passed / length)
        on, off = 0.05 * share, 0.05 * (1 - share)
    end = time.monotonic() + on
    while time.monotonic() < end:
        sum(range(1000))
    time.sleep(off)
"""
"""Bursts and pauses of an eighth of a measurement on average; or 50 ms of which the load takes more and more."""


@contextlib.contextmanager
def load(kind: str, seed: int, length: float, cpu: int) -> Iterator[None]:
    """The competing process, which starts its programme anew with every use."""
    words = [sys.executable, "-c", LOAD, kind, str(seed), str(length), str(cpu)]
    process = subprocess.Popen(words)
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def scenario(folder: Path, names: list[str], invocations: int, cpu: int) -> Path:
    """One thread of plain counting on that CPU, by each of these interpreters."""
    path = folder / f"{'-'.join(str(len(name)) for name in names)}.yaml"
    asked = {
        "title": "Drift",
        "question": "Is identical code seen as identical?",
        "kernel": "counter_increment",
        "interpreters": names,
        "matrix": {"threads": [1], "affinity": [[[cpu]]], "sharing": ["private"]},
        "measure": {"invocations": invocations, "precision": "0.01%"},
    }
    path.write_text(json.dumps(asked), "utf-8")
    return path


def times(path: Path, folder: Path, seed: int) -> list[list[float]]:
    """Seconds per operation of every invocation, for each interpreter."""
    words = [sys.executable, "-m", "engine", "run", str(path), "--quiet", "--seed", str(seed), "--output", str(folder)]
    done = spawn.command(words, timeout=600)
    if done.returncode:
        sys.exit(done.err)
    kept = journal.read(folder)
    plan = kept.header.plan
    found = []
    for group in plan.groups:
        own = [one for one in kept.invocations if one.group == group.id]
        one = analysis.series.series(group.runs[0], 1, own)
        assert one
        found.append(list(one.times.values()))
    return found


def compared(design: str, spec: str, twin: str, folder: Path, how: tuple[str, int, int, int]) -> Estimate:
    """The ratio of the two names' times by one design, under its load."""
    kind, seed, invocations, cpu = how
    length = 2 * invocations * 0.25
    with load(kind, seed, length, cpu):
        time.sleep(0.2)
        if design == "interleaved":
            above, below = times(scenario(folder, [spec, twin], invocations, cpu), folder / f"{seed}-{kind}-i", seed)
            return stats.paired_ratio(above, below, 0.95)
        (above,) = times(scenario(folder, [spec], invocations, cpu), folder / f"{seed}-{kind}-a", seed)
        (below,) = times(scenario(folder, [twin], invocations, cpu), folder / f"{seed}-{kind}-b", seed)
        return stats.unpaired_ratio(above, below, 0.95)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default="3.13")
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--invocations", type=int, default=15)
    parser.add_argument("--output", type=Path, help="keep the results there")
    arguments = parser.parse_args()
    (found, *_), missing = interpreter.find((arguments.python,))
    if missing:
        sys.exit(f"{missing[0].reason}; {missing[0].hint}")
    cpu = topology.read().ids[0]
    with contextlib.ExitStack() as stack:
        folder = arguments.output or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        for kind in ("bursts", "drift"):
            for design in ("interleaved", "blocks"):
                ratios = [
                    compared(design, found.spec, found.executable, folder, (kind, seed, arguments.invocations, cpu))
                    for seed in range(1, arguments.repeats + 1)
                ]
                logs = [math.log(one.value) for one in ratios]
                error = math.sqrt(sum(log * log for log in logs) / len(logs))
                bias = math.expm1(sum(logs) / len(logs))
                held = sum(one.low <= 1 <= one.high for one in ratios)
                widths = sorted(stats.relative_half_width(one) for one in ratios)
                print(
                    f"{kind:7} {design:12} error {error:6.1%}  bias {bias:+6.1%}  median half-width "
                    f"{widths[len(widths) // 2]:6.1%}  {held} of {len(ratios)} intervals hold 1",
                    flush=True,
                )


if __name__ == "__main__":
    main()
