"""Runs inside a measured interpreter and prints what reading its clock costs, as one line of JSON; knows no fteng.

Stdlib only and valid on Python 3.9. The clock is the one that the worker reads. Times are integer nanoseconds or, where
many readings are averaged, float ones.
"""

from __future__ import annotations

import json
import sys
import time

TYPE_CHECKING = False  # as `typing` has it, without importing it
if TYPE_CHECKING:
    from typing import Any, Callable

READINGS = 10000
BATCHES = 20


def readings(clock: Callable[[], int], count: int) -> list[int]:
    """So many readings in a row."""
    return [clock() for _ in range(count)]


def facts() -> dict[str, Any]:
    """What the clock is, its smallest step, what a reading costs, and how often it went backwards."""
    clock = time.perf_counter_ns
    readings(clock, READINGS)  # warms the bytecode and the caches
    smallest, costs, backwards = 0, [], 0
    for _ in range(BATCHES):
        found = readings(clock, READINGS)
        costs.append((found[-1] - found[0]) / (READINGS - 1))
        apart = [found[place + 1] - found[place] for place in range(READINGS - 1)]
        backwards += sum(step < 0 for step in apart)
        smallest = min((step for step in (smallest, *apart) if step > 0), default=0)
    info = time.get_clock_info("perf_counter")
    return {
        "source": info.implementation,
        "step_ns": smallest,
        "reading_ns": sorted(costs)[BATCHES // 2],
        "backwards": backwards,
    }


if __name__ == "__main__":
    json.load(sys.stdin)
    sys.stdout.write(json.dumps(facts()) + "\n")
