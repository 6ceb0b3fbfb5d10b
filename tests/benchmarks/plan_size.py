"""What plans of up to 100,000 runs cost: planning, the journal's header, the engine's own work while they are measured.

    python tests/benchmarks/plan_size.py [--runs N]... [--scenarios N]

Each size has a process of its own, which prints CPU seconds (other programs may run meanwhile) and its peak RSS so far
after each step. A scenario has 10,000 runs, the most that a matrix may have, or `--scenarios` files share the runs. In
the last step workers are replaced by answers from memory: what is left is the engine's own time for an invocation, with
its record, the judgement by which it stops, and the tally.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from report_size import BUILDS, Machine

from engine import analysis, journal, kernel, plan, resources, runner, scenario, units
from engine.model import Header, Host, Plan
from engine.progress import Tally
from engine.report.plan import plan_text
from engine.spawn import Finished
from engine.topology import Cpu, Topology

SIZES = (1000, 10_000, 100_000)
MOST = 10_000
"""Runs of a scenario."""
RUNS_OF_ONE_PADDING = 40
"""Two builds, two thread counts, two kinds of slots, five switch intervals."""
ROUNDS = 2
SCENARIO = """
title: A large plan
question: Is it planned fast?
kernel: counter_slots
interpreters: [3.13, 3.13t]
matrix: {{threads: [1, 2], slots: [objects, buffer], switch_interval: [1ms, 2ms, 4ms, 8ms, 9ms], padding: {paddings}}}
exclude: [{{padding: 0, threads: 2}}]
baseline: {{interpreter: 3.13}}
measure: {{invocations: {rounds}, iterations: 3, time_limit: 168h}}
"""


def main() -> None:
    """A process for each size, or (with --here) the steps of one size in this one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, action="append")
    parser.add_argument("--scenarios", type=int, default=1, help="at least so many files")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    for runs in asked.runs or SIZES:
        if asked.here:
            with tempfile.TemporaryDirectory() as scratch:
                steps(Path(scratch), runs, asked.scenarios)
        else:
            print(f"{runs:,} runs", flush=True)
            again = [sys.executable, __file__, "--here", "--runs", str(runs), "--scenarios", str(asked.scenarios)]
            subprocess.run(again, check=True)


def steps(scratch: Path, runs: int, files: int) -> None:
    """Everything, once, each step with its cost."""
    clock = Clock()
    written = write(scratch / "scenarios", runs, files)
    clock.lap(f"start, {units.count(written, 'file')} written")
    made = planned(scratch / "scenarios")
    clock.lap(f"load and plan {units.count(len(made.groups), 'group')}")
    lines = text(made).count("\n") + 1
    clock.lap(f"in words, {lines:,} lines")
    lines = text(made, every=True).count("\n") + 1
    clock.lap(f"in words with --all, {lines:,} lines")
    header = Header(format=journal.FORMAT, version="0", started="", command="", host=Host(), plan=made)
    journal.create(scratch / "result", header).close()
    clock.lap(f"header written, {units.size((scratch / 'result' / journal.FILE).stat().st_size)}")
    again = journal.read(scratch / "result").header
    clock.lap("header read")
    assert again == header
    del again, header
    count, cost = measured(made), clock.lap("measured, with workers that take no time")
    print(f"  {count:,} invocations, {1e6 * cost / count:.0f} µs of the engine's own for each", flush=True)


def write(folder: Path, runs: int, files: int) -> int:
    """Scenario files for about so many runs; how many they are."""
    folder.mkdir()
    files = max(files, -(-runs // MOST))
    paddings = [8 * number for number in range(max(1, runs // files // RUNS_OF_ONE_PADDING))]
    for number in range(files):
        (folder / f"s{number:05}.yaml").write_text(SCENARIO.format(paddings=paddings, rounds=ROUNDS), encoding="utf-8")
    return files


def planned(folder: Path) -> Plan:
    """The plan of all scenarios in a folder."""
    control = kernel.load(resources.kernels() / "real_cpus.py")
    return plan.make(scenario.load_all(scenario.find([str(folder)])), BUILDS, (0, 1), 1, control)


def text(made: Plan, *, every: bool = False) -> str:
    """What `fteng plan` prints."""
    groups = plan.grouped(made)
    first = [group.id for one in made.scenarios for group in plan.order(made.seed, groups[one.name], 1)]
    return plan_text(made, first, *plan.seconds(made), every=every)


def measured(made: Plan) -> int:
    """Run the plan on workers that answer at once; how many invocations that were."""
    runner.spawn.ask = Answers(made)
    cpus = tuple(Cpu(id=number, core=number, package=0, node=0) for number in made.cpus)
    widths = partial(analysis.widths, cpus=len(cpus))
    tally = Tally(made, plan.seconds(made)[0])
    for record in runner.run(made, Topology(cpus=cpus), widths, keep=analysis.timed):
        tally.count(record)
        tally.share()
    assert not tally.failures
    return tally.invocations


class Answers:
    """In place of `spawn.ask`: the same reply for every question with the same threads, sweeps and build."""

    def __init__(self, made: Plan) -> None:
        self.machine = Machine(made)
        self.known: dict[tuple[object, ...], dict[str, Any]] = {}

    def __call__(
        self, executable: str, _program: Path, request: Mapping[str, Any], **_how: Any
    ) -> tuple[Any, Finished]:
        gil = executable == BUILDS["3.13"].executable
        threads = [team["threads"] for team in request["teams"]]
        key = (gil, *threads, len(request["order"]))
        if key not in self.known:
            teams = [self.machine.team(count, gil, 1.0, len(request["order"])) for count in threads]
            self.known[key] = {"teams": teams, "gil": [gil] * 4, "rss": 12 << 20, "switch_interval": 0.005}
        return self.known[key], Finished(returncode=0, out="", err="", duration=0.2)


class Clock:
    """CPU time of this process from step to step."""

    def __init__(self) -> None:
        self.last = 0.0

    def lap(self, what: str) -> float:
        """Print and return the seconds since the last one."""
        now, before = time.process_time(), self.last
        self.last = now
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        print(f"  {what:55} {now - before:7.2f} s CPU  {units.size(peak)} peak", flush=True)
        return now - before


if __name__ == "__main__":
    main()
