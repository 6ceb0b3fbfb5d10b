"""What the probe beside each iteration, and the counters read around each worker, do to what is measured.

    python tests/benchmarks/probe_overhead.py [--rounds 40] [--others 0.1] [--python 3.13 --python 3.13t]

The worker as it is beside a copy of it without the probe, in turns, on the empty loop, with as many loops for both.
Prints, for each interpreter, the time of an iteration with the probe over that without it for one and for two threads
(1.00: it changes nothing), the speedup of two threads and how far apart they start, with and without; then what
reading the counters before and after a worker costs. CPU time is what others touch least. Rounds in which they used
more than `--others` CPUs are left out, whatever came out of them, and their number is told.
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
NONE = "slowness = speed(cpu_clock) if deadline < 0 else 0"
"""As much code, so that it lies in memory alike, which is never run."""
ITERATIONS = 6
READINGS = 500
LEAST = 6
"""Rounds that an interval needs."""

Found = tuple[list[float], list[float], list[float], list[float], list[float]]
"""Of each kept iteration the seconds of one and of two threads, the CPU seconds of both, and between two starts."""


def without_probe(folder: Path) -> Path:
    """A copy of the worker that takes no probe."""
    shutil.copytree(resources.worker().parent, folder / "child")
    copy = folder / "child" / resources.worker().name
    text = copy.read_text(encoding="utf-8")
    if text.count(PROBE) != 1:
        sys.exit(f"the worker no longer says {PROBE!r}: tell this benchmark how to leave it out")
    copy.write_text(text.replace(PROBE, NONE), encoding="utf-8")
    return copy


def invocation(python: Interpreter, worker: Path, loops: int | None) -> tuple[Found, int]:
    """One worker process, and its loops."""
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
    walls = [[(max(i["end_ns"]) - min(i["start_ns"])) * 1e-9 for i in kept] for kept in (one, two)]
    cpus = [[sum(i["cpu_ns"]) * 1e-9 for i in kept] for kept in (one, two)]
    return (*walls, *cpus, [(max(i["start_ns"]) - min(i["start_ns"])) * 1e-9 for i in two]), reply["loops"]


def located(found: list[Found], place: int) -> list[float]:
    """Of each invocation its lower quartile."""
    return [float(stats.lower_quartile(one[place])) for one in found]


def compare(python: Interpreter, copy: Path, rounds: int, others: float) -> None:
    """Both workers in turns, the first one changing from round to round."""
    _, loops = invocation(python, resources.worker(), None)
    meter = Meter(topology.read().ids)
    with_: list[Found] = []
    without: list[Found] = []
    for number in range(rounds):
        before, began = meter.read(), time.perf_counter()
        workers = (resources.worker(), copy)[:: -1 if number % 2 else 1]
        found = {worker: invocation(python, worker, loops)[0] for worker in workers}
        if (meter.since(before).busy or 0.0) <= others * (time.perf_counter() - began):
            with_.append(found[resources.worker()])
            without.append(found[copy])
    print(f"{python.spec}: {len(with_)} of {rounds} rounds had at most {others:g} CPUs of others")
    if len(with_) < LEAST:
        return
    for place, what in enumerate(("1 thread", "2 threads", "1 thread, CPU time", "2 threads, CPU time")):
        ratio = stats.paired_ratio(located(with_, place), located(without, place), 0.95)
        print(f"{python.spec:6} {what}: with / without {units.interval(ratio.low, ratio.value, ratio.high)}")
    for name, kept in (("with", with_), ("without", without)):
        speedups = [2 * one / two for one, two in zip(located(kept, 0), located(kept, 1), strict=True)]
        gained = stats.positive_interval(speedups, 0.95)
        skews = sorted(skew for one in kept for skew in one[-1])
        print(
            f"{python.spec:6} {name:7} speedup of 2 threads {units.interval(gained.low, gained.value, gained.high)}, "
            f"start skew {units.duration(statistics.median(skews))}, nine of ten below "
            f"{units.duration(skews[len(skews) * 9 // 10])}"
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
    parser.add_argument("--others", type=float, default=0.1)
    parser.add_argument("--python", action="append")
    arguments = parser.parse_args()
    found, _ = interpreter.find(tuple(arguments.python or ("3.13", "3.13t")))
    with tempfile.TemporaryDirectory() as folder:
        copy = without_probe(Path(folder))
        for python in found:
            compare(python, copy, arguments.rounds, arguments.others)
    counters()


if __name__ == "__main__":
    main()
