"""What the readings of `--profile basic` do to the measured time, beside the clock alone (`--profile none`).

    python tests/benchmarks/profile_overhead.py [--rounds 40] [--others 0.1] [--cpu] [--python 3.13 --python 3.13t]

The same worker with and without readings, in turns, on the empty loop with as many loops for both. Prints for each
interpreter the time of an iteration with the readings over that without, for one and for two threads (1.00: they change
nothing), with 95 % intervals of the paired rounds. Rounds in which others used more than `--others` CPUs are left out,
whatever came out of them, and their number is told. With `--cpu` both are copies of the worker whose one clock is each
thread's CPU time, which others touch least: for a machine that is never quiet.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from engine import interpreter, resources, spawn, stats, topology, units
from engine.contamination import Meter
from engine.model import Interpreter
from engine.request import request, team

ITERATIONS = 6
LEAST = 6
"""Rounds that an interval needs."""


BY_CPU = {
    "clock, cpu_clock = time.perf_counter_ns, time.thread_time_ns": (
        "clock, cpu_clock = time.thread_time_ns, time.thread_time_ns"
    ),
    "time.perf_counter_ns() + lead if self.spin else 0": "0",  # a moment that a CPU clock does not tell
}
"""What the worker says, and what the copy says that has CPU clocks."""


def by_cpu(folder: Path) -> Path:
    """A copy of the worker that has no clock but the CPU time of each thread."""
    shutil.copytree(resources.worker().parent, folder / "child")
    copy = folder / "child" / resources.worker().name
    text = copy.read_text(encoding="utf-8")
    for said, instead in BY_CPU.items():
        if text.count(said) != 1:
            sys.exit(f"the worker no longer says {said!r}: tell this benchmark how to change its clock")
        text = text.replace(said, instead)
    copy.write_text(text, encoding="utf-8")
    return copy


def invocation(python: Interpreter, worker: Path, loops: int | None, *, readings: bool) -> tuple[list[float], int]:
    """One worker process: the lower quartile of its iterations of one and of two threads, in seconds; its loops."""
    asked = request(
        str(resources.kernels() / "empty_loop.py"),
        {"loop": "repeat"},
        [team(1), team(2)],
        [[0, 1], [1, 0]] * (ITERATIONS // 2),
        loops=loops,
        readings=readings,
    )
    reply, finished = spawn.ask(python.executable, worker, asked, timeout=60)
    if not reply or "failure" in reply:
        sys.exit(f"{python.spec}: {reply and reply['failure']} {finished.err}")
    kept = ([one for one in measured["iterations"] if not one["warmup"]] for measured in reply["teams"])
    times = [[_longest(one) for one in some] for some in kept]
    return [float(stats.lower_quartile(some)) for some in times], reply["loops"]


def _longest(iteration: dict[str, list[int]]) -> float:
    """Seconds of the thread that took longest: CPU clocks of threads have no common zero."""
    pairs = zip(iteration["end_ns"], iteration["start_ns"], strict=True)
    return max(end - start for end, start in pairs) * 1e-9


def compare(python: Interpreter, worker: Path, rounds: int, others: float) -> None:
    """Both in turns, the first one changing from round to round."""
    _, loops = invocation(python, worker, None, readings=True)
    meter, kept = Meter(topology.read().ids), []
    for number in range(rounds):
        before, began = meter.read(), time.perf_counter()
        turns = (True, False)[:: -1 if number % 2 else 1]
        found = {readings: invocation(python, worker, loops, readings=readings)[0] for readings in turns}
        if (meter.since(before).busy or 0.0) <= others * (time.perf_counter() - began):
            kept.append(found)
    print(f"{python.spec}: {len(kept)} of {rounds} rounds had at most {others:g} CPUs of others")
    if len(kept) < LEAST:
        return
    for place, what in enumerate(("1 thread", "2 threads")):
        ratio = stats.paired_ratio([one[True][place] for one in kept], [one[False][place] for one in kept], 0.95)
        print(f"{python.spec:6} {what}: basic / none {units.interval(ratio.low, ratio.value, ratio.high)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--others", type=float, default=0.1)
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--python", action="append")
    arguments = parser.parse_args()
    found, _ = interpreter.find(tuple(arguments.python or ("3.13", "3.13t")))
    with tempfile.TemporaryDirectory() as folder:
        worker = by_cpu(Path(folder)) if arguments.cpu else resources.worker()
        for python in found:
            compare(python, worker, arguments.rounds, arguments.others)


if __name__ == "__main__":
    main()
