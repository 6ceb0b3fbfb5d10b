"""What the harness adds: fteng's empty kernel beside the same loop timed by hand in one file, round by round.

    python tests/benchmarks/harness_overhead.py [--rounds 20] [--python 3.13 --python 3.13t]

Prints, for each interpreter, the ratio of nanoseconds per loop with its 95 % interval (1.00: the harness adds nothing),
the throughput of two threads over one through the harness (about 2 without a GIL; a harness that shares an object shows
0.3), and how far apart two threads start.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys

from engine import interpreter, resources, spawn, stats, units
from engine.model import Interpreter
from engine.request import request, team

LOOPS = 2_000_000
ITERATIONS = 6

BY_HAND = f"""
import json, threading, time
from itertools import repeat
found = []
def loop():
    loops = int("{LOOPS}")
    for _ in range({ITERATIONS}):
        start = time.perf_counter_ns()
        for _ in repeat(None, loops):
            pass
        found.append((time.perf_counter_ns() - start) / loops)
thread = threading.Thread(target=loop)
thread.start()
thread.join()
print(json.dumps(found[1:]))
"""


def by_hand(python: Interpreter) -> float:
    """Nanoseconds per loop: the lower quartile of the iterations after the first."""
    done = spawn.command([python.executable, "-I", "-B", "-c", BY_HAND], environment=spawn.worker_environment())
    return float(stats.lower_quartile(json.loads(done.out)))


def by_fteng(python: Interpreter) -> tuple[float, float, float]:
    """(ns per loop of one thread, throughput of two threads over one, start skew in ns) of one invocation."""
    asked = request(
        str(resources.kernels() / "empty_loop.py"),
        {"loop": "repeat"},
        [team(1), team(2)],
        [[0, 1], [1, 0]] * (ITERATIONS // 2),
        loops=LOOPS,
    )
    reply, finished = spawn.ask(python.executable, resources.worker(), asked, timeout=60)
    if not reply or "failure" in reply:
        sys.exit(f"{python.spec}: {reply and reply['failure']} {finished.err}")
    kept = [[one for one in measured["iterations"] if not one["warmup"]] for measured in reply["teams"]]
    one, two = (
        float(stats.lower_quartile([max(i["end_ns"]) - min(i["start_ns"]) for i in iterations])) for iterations in kept
    )
    skew = statistics.median(max(i["start_ns"]) - min(i["start_ns"]) for i in kept[1])
    return one / LOOPS, 2 * one / two, skew


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--python", action="append")
    arguments = parser.parse_args()
    found, _ = interpreter.find(tuple(arguments.python or ("3.9", "3.12", "3.13", "3.13t")))
    for python in found:
        pairs = [(by_hand(python), by_fteng(python)) for _ in range(arguments.rounds)]
        ratio = stats.paired_ratio([ours[0] for _, ours in pairs], [hand for hand, _ in pairs], 0.95)
        scaling = stats.positive_interval([ours[1] for _, ours in pairs], 0.95)
        print(
            f"{python.spec:6} fteng / by hand {units.interval(ratio.low, ratio.value, ratio.high)}"
            f"   by hand {statistics.median(hand for hand, _ in pairs):.2f} ns a loop"
            f"   two threads over one {units.interval(scaling.low, scaling.value, scaling.high)}"
            f"   start skew {units.duration(statistics.median(ours[2] for _, ours in pairs) * 1e-9)}"
        )


if __name__ == "__main__":
    main()
