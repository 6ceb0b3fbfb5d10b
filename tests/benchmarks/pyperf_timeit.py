"""Nanoseconds per operation of four kernels beside `python -m pyperf timeit` of the same statement, side by side.

    python -m venv X && X/bin/pip install pyperf
    python tests/benchmarks/pyperf_timeit.py --python X/bin/python [--processes 12]

For each kernel pyperf and fteng take turns, process by process, on the same interpreter. Printed: both times of one
thread and their ratio with its 95 % interval (1.00: they agree).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from engine import interpreter, kernel, resources, spawn, stats, units
from engine.model import Interpreter, Kernel
from engine.request import request, team

KEYS = "import sys; keys = [sys.intern('key%d' % i) for i in range(64)]; table = dict.fromkeys(keys, 0); key = keys[3]"
CASES = (
    ("counter_increment", {"sharing": "private", "synchronisation": "none"}, "counter = [0]", "counter[0] += 1"),
    (
        "lock_patterns",
        {"pattern": "own", "lock": "Lock", "entry": "with", "inside": 0, "outside": 0},
        "from threading import Lock; lock = Lock()",
        "with lock: pass",
    ),
    ("reference_counting", {"owner": "worker"}, "thing = object()", "kept = thing"),
    (
        "shared_dict",
        {"operation": "read", "keys": "same", "sharing": "private", "access": "subscript"},
        KEYS,
        "a = table[key]",
    ),
)
"""Kernel, parameters, and pyperf's set-up and statement, which is repeated as often as in a loop of the kernel."""


def by_pyperf(python: Interpreter, setup: str, statement: str, duplicate: int, folder: Path) -> float:
    """Seconds for one statement: the mean of one process's values, as pyperf takes them."""
    out = folder / "pyperf.json"
    out.unlink(missing_ok=True)
    options = ["-p", "1", "-n", "5", "-w", "1", "--duplicate", str(duplicate), "--quiet", "-o", str(out)]
    done = spawn.command([python.executable, "-m", "pyperf", "timeit", *options, "-s", setup, statement], timeout=300)
    if done.returncode:
        sys.exit(done.err)
    runs = json.loads(out.read_text("utf-8"))["benchmarks"][0]["runs"]
    values = [value for run in runs for value in run.get("values", ())]
    return sum(values) / len(values)


def by_fteng(python: Interpreter, of: Kernel, parameters: dict[str, object]) -> float:
    """Seconds for one operation of one thread in one invocation."""
    every = {parameter.name: parameter.default for parameter in of.parameters} | parameters
    asked = request(of.path, every, [team(1)], [[0]] * 6)
    reply, finished = spawn.ask(python.executable, resources.worker(), asked, timeout=60)
    if not reply or "failure" in reply:
        sys.exit(f"{of.name}: {reply and reply['failure']} {finished.err}")
    measured = reply["teams"][0]
    walls = [i["end_ns"][0] - i["start_ns"][0] for i in measured["iterations"] if not i["warmup"]]
    return float(stats.lower_quartile(walls)) * 1e-9 / measured["loops"] / of.operations


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=12)
    parser.add_argument("--python", required=True, help="an interpreter, or a virtual environment's, that has pyperf")
    arguments = parser.parse_args()
    found, missing = interpreter.find((arguments.python,))
    if missing:
        sys.exit(f"{missing[0].reason}; {missing[0].hint}")
    with tempfile.TemporaryDirectory() as folder:
        for name, parameters, setup, statement in CASES:
            of = kernel.load(resources.kernels() / f"{name}.py")
            pairs = [
                (
                    by_fteng(found[0], of, parameters),
                    by_pyperf(found[0], setup, statement, of.operations, Path(folder)),
                )
                for _ in range(arguments.processes)
            ]
            ours, theirs = (stats.positive_interval(values, 0.95) for values in zip(*pairs, strict=True))
            ratio = stats.paired_ratio(*map(list, zip(*pairs, strict=True)), 0.95)
            print(
                f"{name:20} fteng {units.interval(ours.low, ours.value, ours.high, 's'):24}"
                f" pyperf {units.interval(theirs.low, theirs.value, theirs.high, 's'):24}"
                f" ratio {units.interval(ratio.low, ratio.value, ratio.high)}"
            )


if __name__ == "__main__":
    main()
