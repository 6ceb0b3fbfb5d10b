"""How long until a result is good, and how good is it: fteng to 2 % precision beside pyperf, on the same statements.

    python -m venv X && X/bin/pip install pyperf
    python tests/benchmarks/pyperf_precision.py --python X/bin/python --output FOLDER [--repeats 10]

Four kernels of one thread, the same interpreter. In every repeat the methods take turns, in an order of its own: fteng
at its defaults, `pyperf timeit` at its defaults, with --fast and with --rigorous. Printed for each kernel and method:
wall time of the whole command, the half-width that it claims (fteng: its 95 % interval; pyperf: Student's 95 % interval
of the mean of its pooled values, on which its own comparison rests), how far the repeats scatter, and how many
comparisons of two repeats, which ran identical code, it calls different (fteng: stats.compared; pyperf: its own
is_significant, Student's t on the pooled values). FOLDER keeps every result; a second call goes on where one stopped.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy import stats as scipy_stats

from engine import analysis, interpreter, journal, kernel, resources, spawn, stats
from engine.analysis.series import series

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pyperf_timeit import CASES

PYPERF = {"default": [], "fast": ["--fast"], "rigorous": ["--rigorous"]}
METHODS = ("fteng", *PYPERF)


@dataclass(frozen=True)
class Result:
    """One repeat of one method."""

    wall: float
    """Seconds of the whole command."""
    estimate: float
    """Seconds for one operation."""
    half_width: float
    """Claimed, as a share of the estimate."""
    values: list[float]
    """What comparisons rest on: one value per invocation (fteng), all values of all processes (pyperf)."""


def by_fteng(python: str, name: str, parameters: dict[str, object], folder: Path) -> Result:
    """The whole command, from the start of Python to the written report."""
    path = folder.with_suffix(".yaml")
    asked: dict[str, Any] = {
        "title": name,
        "question": "How long?",
        "kernel": name,
        "interpreters": [python],
        "matrix": {"threads": [1]},
    }
    asked["matrix"] |= {key: [value] for key, value in parameters.items()}
    path.write_text(json.dumps(asked), "utf-8")  # JSON is YAML
    words = [sys.executable, "-m", "engine", "run", str(path), "--quiet", "--output", str(folder)]
    began = time.perf_counter()
    done = spawn.command(words, timeout=600)
    wall = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.err)
    kept = journal.read(folder)
    ((result,),) = [scenario.runs for scenario in analysis.analyse(kept).scenarios]
    of = kernel.load(resources.kernels() / f"{name}.py")
    found = series(result.run, of.operations, kept.invocations)
    estimate = dict(result.metrics)["time"]
    assert found
    return Result(wall, estimate.value, stats.relative_half_width(estimate), list(found.times.values()))


def by_pyperf(python: str, words: list[str], folder: Path) -> Result:
    """The whole command, as a user gives it."""
    out = folder.with_suffix(".json")
    began = time.perf_counter()
    done = spawn.command([python, "-m", "pyperf", "timeit", "--quiet", "-o", str(out), *words], timeout=600)
    wall = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.err)
    runs = json.loads(out.read_text("utf-8"))["benchmarks"][0]["runs"]
    values = [value for run in runs for value in run.get("values", ())]
    mean = statistics.mean(values)
    reach = scipy_stats.t.ppf(0.975, len(values) - 1) * statistics.stdev(values) / len(values) ** 0.5
    return Result(wall, mean, reach / mean, values)


def different(method: str, one: Result, other: Result) -> bool:
    """Whether the method's own comparison calls two results different."""
    if method == "fteng":
        found = stats.compared(one.values, other.values, 0.95, paired=False)
        return stats.direction(found.ratio, found.p) in {"faster", "slower"}
    # pyperf's is_significant: Student's two-sample t test at 95 % on all values (pyperf/_utils.py).
    return bool(scipy_stats.ttest_ind(one.values, other.values).pvalue < 0.05)


def measured(folder: Path, repeats: int, methods: list[str], python: str) -> dict[tuple[str, str], list[Result]]:
    """Every result that the folder holds, after measuring those that are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "results.jsonl"
    lines = [json.loads(line) for line in kept.read_text("utf-8").splitlines()] if kept.exists() else []
    have = {(line["repeat"], line["kernel"], line["method"]): Result(**line["result"]) for line in lines}
    for repeat in range(repeats):
        turns = [(case, method) for case in CASES for method in methods]
        random.Random(repeat).shuffle(turns)
        for (name, parameters, setup, statement), method in turns:
            if (repeat, name, method) in have:
                continue
            place = folder / f"{repeat}-{name}-{method}-{time.time_ns()}"
            of = kernel.load(resources.kernels() / f"{name}.py")
            every = {parameter.name: parameter.default for parameter in of.parameters} | parameters
            if method == "fteng":
                result = by_fteng(python, name, every, place)
            else:
                words = [*PYPERF[method], "--duplicate", str(of.operations), "-s", setup, statement]
                result = by_pyperf(python, words, place)
            have[repeat, name, method] = result
            with kept.open("a", encoding="utf-8") as file:
                line = {"repeat": repeat, "kernel": name, "method": method, "result": vars(result)}
                file.write(json.dumps(line) + "\n")
    found: dict[tuple[str, str], list[Result]] = {}
    for (_, name, method), result in sorted(have.items()):
        found.setdefault((name, method), []).append(result)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", required=True, help="an interpreter, or a virtual environment's, that has pyperf")
    parser.add_argument("--output", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--methods", default=",".join(METHODS))
    arguments = parser.parse_args()
    found, missing = interpreter.find((arguments.python,))
    if missing:
        sys.exit(f"{missing[0].reason}; {missing[0].hint}")
    results = measured(arguments.output, arguments.repeats, arguments.methods.split(","), found[0].executable)
    print(f"{'kernel':20} {'method':9} {'n':>2} {'wall s':>7} {'claimed':>8} {'scatter':>8} {'called different':>17}")
    for (name, method), some in results.items():
        estimates = [one.estimate for one in some]
        pairs = list(itertools.combinations(some, 2))
        wrong = sum(different(method, one, other) for one, other in pairs)
        scatter = statistics.stdev(estimates) / statistics.mean(estimates) if len(some) > 1 else float("nan")
        wall, claimed = (statistics.median(getattr(one, key) for one in some) for key in ("wall", "half_width"))
        told = f"{wrong} of {len(pairs)}"
        print(f"{name:20} {method:9} {len(some):2} {wall:7.1f} {claimed:8.2%} {scatter:8.2%} {told:>17}")


if __name__ == "__main__":
    main()
