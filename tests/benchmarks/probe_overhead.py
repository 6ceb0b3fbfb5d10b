"""What the probe beside each iteration, and the counters read around each worker, do to what is measured.

    python tests/benchmarks/probe_overhead.py [--rounds 40] [--python 3.13 --python 3.13t]

The worker as it is beside a copy of it without the probe, in turns, on the empty loop, with as many loops for both.
Prints, for each interpreter, the time of an iteration with the probe over that without it for one and for two threads
(1.00: it changes nothing), the speedup of two threads and how far apart they start, with and without; then what
reading the counters before and after a worker costs.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from engine import interpreter, resources, spawn, stats, topology, units
from engine.contamination import Meter
from engine.model import Interpreter
from engine.request import request, team

PROBE = "slowness = speed(cpu_clock) if deadline else 0"
ITERATIONS = 6
READINGS = 500

Found = tuple[float, float, float]
"""Seconds of an iteration of one and of two threads, and between the starts of two."""


def without_probe(folder: Path) -> Path:
    """A copy of the worker that takes no probe."""
    shutil.copytree(resources.worker().parent, folder / "child")
    copy = folder / "child" / resources.worker().name
    text = copy.read_text(encoding="utf-8")
    if text.count(PROBE) != 1:
        sys.exit(f"the worker no longer says {PROBE!r}: tell this benchmark how to leave it out")
    copy.write_text(text.replace(PROBE, "slowness = 0"), encoding="utf-8")
    return copy


def invocation(python: Interpreter, worker: Path, loops: int | None) -> tuple[Found, int]:
    """One worker process; the lower quartiles of its kept iterations, the median of the skew, and the loops."""
    asked = request(
        str(resources.kernels() / "empty_loop.py"),
        {"loop": "repeat"},
        [team(1), team(2)],
        [[0, 1], [1, 0]] * (ITERATIONS // 2),
        loops=loops,
    )
    reply, finished = spawn.ask(python.executable, worker, asked, timeout=60)
    if not reply or "failure" in reply:
        sys.exit(f"{python.spec}: {reply and reply['failure']} {finished.err}")
    one, two = ([i for i in measured["iterations"] if not i["warmup"]] for measured in reply["teams"])
    walls = [
        float(stats.lower_quartile([max(i["end_ns"]) - min(i["start_ns"]) for i in kept])) * 1e-9 for kept in (one, two)
    ]
    skew = statistics.median(max(i["start_ns"]) - min(i["start_ns"]) for i in two) * 1e-9
    return (walls[0], walls[1], skew), reply["loops"]


def interval(values: list[float]) -> str:
    found = stats.positive_interval(values, 0.95)
    return units.interval(found.low, found.value, found.high)


def compare(python: Interpreter, copy: Path, rounds: int) -> None:
    """Both workers in turns, the first one changing from round to round."""
    _, loops = invocation(python, resources.worker(), None)
    with_, without = [], []
    for number in range(rounds):
        for kept, worker in ((with_, resources.worker()), (without, copy))[:: -1 if number % 2 else 1]:
            kept.append(invocation(python, worker, loops)[0])
    for place, what in enumerate(("1 thread", "2 threads")):
        ratio = stats.paired_ratio([one[place] for one in with_], [one[place] for one in without], 0.95)
        print(f"{python.spec:6} {what}: with / without {units.interval(ratio.low, ratio.value, ratio.high)}")
    for name, kept in (("with", with_), ("without", without)):
        print(
            f"{python.spec:6} {name:7} speedup of 2 threads {interval([2 * one[0] / one[1] for one in kept])}, start "
            f"skew {units.duration(statistics.median(one[2] for one in kept))} (lower quartile "
            f"{units.duration(float(stats.lower_quartile([one[2] for one in kept])))})"
        )


def counters() -> None:
    """The two readings around a worker."""
    meter, costs = Meter(topology.read().ids), []
    for _ in range(READINGS):
        began = time.perf_counter()
        meter.since(meter.read())
        costs.append(time.perf_counter() - began)
    high = sorted(costs)[int(0.99 * READINGS)]
    print(f"counters: {units.duration(statistics.median(costs))} for each worker, 99 % below {units.duration(high)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--python", action="append")
    arguments = parser.parse_args()
    found, _ = interpreter.find(tuple(arguments.python or ("3.13", "3.13t")))
    with tempfile.TemporaryDirectory() as folder:
        copy = without_probe(Path(folder))
        for python in found:
            compare(python, copy, arguments.rounds)
    counters()


if __name__ == "__main__":
    main()
