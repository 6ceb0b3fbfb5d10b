"""How long `fteng report` takes over a large result, how much memory, and how large the report is.

    python tests/benchmarks/report_size.py [--runs 1000] [--rounds 30] [--iterations 20] [--folder DIR]
    python tests/benchmarks/report_size.py --runs 200 --scenarios 8 --format text --format html    # aim: 2 MB, 5 s
    python tests/benchmarks/report_size.py --rounds 100 --iterations 115 --drawn 10 --limit 800        # about 1 GB
    python tests/benchmarks/report_size.py --runs 16 --rounds 1000 --iterations 750 --drawn 10 --limit 800   # the same

The journal is made here, nothing of it is measured: by the engine's own plan and reply reader, in its own lines, from a
seeded generator of two builds with one and two threads each, with log-normal noise between and within processes. Of
many rounds only some need be drawn (`--drawn`); the others repeat them. It also tells what the checksums cost, for
writing and for reading. With `--folder` the journal is kept and used again; `--limit` bounds the address space of the
report in MiB (ulimit -v).
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
import timeit
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from multiprocessing import Process
from pathlib import Path
from typing import Any

from engine import journal, plan, reply, scenario, units
from engine.journal.lines import line, parsed
from engine.model import Group, Header, Host, Interpreter, Invocation, Plan, Stop
from engine.spawn import Finished

FORMATS = ("text", "csv", "iterations", "html")
LOOPS = 600_000
RUNS_OF_ONE_PADDING = 8
"""Two builds, two kinds of slots, two thread counts."""
WARMUP = 1
BUILDS = {
    "3.13": Interpreter(spec="3.13", executable="python3.13", version="3.13.5"),
    "3.13t": Interpreter(spec="3.13t", executable="python3.13t", version="3.13.5", free_threaded=True, gil_option=True),
}
SCENARIO = """
title: A large result
question: Is it reported fast?
kernel: counter_slots
interpreters: [3.13, 3.13t]
matrix: {{threads: [1, 2], slots: [objects, buffer], padding: {paddings}}}
baseline: {{interpreter: 3.13}}
measure: {{invocations: {rounds}, iterations: {iterations}, time_limit: 24h}}
claims:
  - claim: Without the GIL it scales
    ratio: throughput
    of: {{threads: 2}}
    to: {{threads: 1}}
    where: {{gil: off}}
    above: 1.6
"""


def main() -> None:
    """Make the journal if it is not there, report it in every format, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--scenarios", type=int, default=1, help="that share the runs")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--drawn", type=int, help="rounds that are drawn (default: all)")
    parser.add_argument("--limit", type=int, help="MiB of address space for the report (default: no limit)")
    parser.add_argument("--folder", type=Path, help="keep the result here; one that is there is reported as it is")
    parser.add_argument("--format", dest="formats", action="append", choices=FORMATS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch, "result")
        if not folder.exists():
            made = planned(Path(scratch), asked.runs, asked.rounds, asked.iterations, asked.scenarios)
            making = Process(target=write, args=(folder, made, asked.rounds, asked.drawn or asked.rounds))
            making.start()
            making.join()
        size = (folder / journal.FILE).stat().st_size
        print(f"journal: {units.size(size)}")
        limit = [] if not asked.limit else ["/bin/sh", "-c", f'ulimit -v {asked.limit << 10}; exec "$@"', "sh"]
        for name in asked.formats or FORMATS:
            shown = Path(scratch, f"shown.{name}")
            command = [Path(sys.executable).with_name("fteng"), "report", folder, "--format", name, "--output", shown]
            wall, cpu, peak = cost([*limit, *command])
            took = f"{wall:6.2f} s wall  {cpu:6.2f} s CPU  {units.size(peak)} peak"
            print(f"fteng report --format {name:10} {took}  {units.size(shown.stat().st_size)} written")
        print(checksums(folder / journal.FILE))  # last: a report would count as its own what is resident here


def planned(scratch: Path, runs: int, rounds: int, iterations: int, scenarios: int = 1) -> Plan:
    """A plan of about so many runs, in so many scenarios."""
    paddings = [8 * number for number in range(max(1, runs // scenarios // RUNS_OF_ONE_PADDING))]
    files = [scratch / (f"large{number}.yaml" if number else "large.yaml") for number in range(scenarios)]
    for file in files:
        file.write_text(SCENARIO.format(paddings=paddings, rounds=rounds, iterations=iterations), encoding="utf-8")
    return plan.make([scenario.load(file) for file in files], BUILDS, (0, 1), seed=1)


def write(folder: Path, made: Plan, rounds: int, drawn: int) -> None:
    """The journal of a whole measurement: the pilots, then every round in its order, on the disk only at the end."""
    header = Header(
        format=journal.FORMAT, version="0", started="2026-01-01T00:00:00+00:00", command="", host=Host(), plan=made
    )
    machine = Machine(made)
    journal.create(folder, header).close()
    kept: dict[tuple[str, int], Invocation] = {}
    with (folder / journal.FILE).open("ab") as file:
        for number in range(rounds + 1):
            for group in plan.order(made.seed, made.groups, number):
                place = (group.id, number and (number - 1) % drawn + 1)
                if place not in kept:
                    kept[place] = machine.invocation(group, number)
                file.write(line(replace(kept[place], round=number)))
        for group in made.groups:
            file.write(line(Stop(group=group.id, reason="maximum", invocations=rounds)))
        file.write(line("end"))


def checksums(path: Path) -> str:
    """What they cost for each line that is written, and for the whole journal when it is read."""
    with path.open("rb") as file:
        lines = [text.rstrip(b"\n") for text in islice(file, 1, 201)]
    took = min(timeit.repeat(lambda: [zlib.crc32(text) for text in lines], number=1, repeat=5))
    made = [parsed(text) for text in lines]
    writing = timeit.timeit(lambda: [line(one) for one in made], number=1)
    rate = sum(map(len, lines)) / took
    return (
        f"checksums: {took / len(lines) * 1e6:.2f} us of {writing / len(lines) * 1e6:.0f} us that a line takes to be "
        f"written; {path.stat().st_size / rate:.2f} s for one reading of them all ({rate / 1e9:.1f} GB/s)"
    )


class Machine:
    """What answers in place of workers: a clock that goes on, and noise with a seed."""

    def __init__(self, made: Plan) -> None:
        self.plan = made
        self.random = random.Random(made.seed)
        self.clock = 10**15  # as on a machine that has been up for eleven days

    def invocation(self, group: Group, number: int) -> Invocation:
        """One worker's reply as the engine reads it."""
        gil = group.runs[0].interpreter == "3.13"
        kept = self.plan.scenarios[0].measure.iterations if number else 1
        process = self.random.lognormvariate(0, 0.03)
        began = self.clock
        teams = [self.team(run.threads, gil, process, kept + (WARMUP if number else 0)) for run in group.runs]
        answer = {
            "teams": teams,
            "gil": [gil] * 4,
            "rss": 12 << 20,
            "bytecode": {"instructions": 40, "specialized_after": 12, "names": ["BINARY_OP_ADD_INT", "FOR_ITER_RANGE"]},
            "switch_interval": 0.005,
        }
        finished = Finished(returncode=0, out="", err="", duration=(self.clock - began) * 1e-9 + 0.06)
        started = "2026-01-01T00:00:00.000+00:00"
        return reply.invocation(answer, finished, group=group, number=number, started=started, gil=gil)

    def team(self, threads: int, gil: bool, process: float, count: int) -> dict[str, Any]:
        """What one thread count measured."""
        slow = process * (threads if gil else 1 + 0.05 * (threads - 1))
        iterations = [self.iteration(threads, slow, warmup=place < WARMUP < count) for place in range(count)]
        metrics = {"distance": 64.0, "same_line": 0.0, "same_pair": 1.0}
        return {"threads": threads, "loops": LOOPS, "iterations": iterations, "metrics": metrics}

    def iteration(self, threads: int, slow: float, *, warmup: bool) -> dict[str, Any]:
        """About 20 ms of every thread."""
        walls = list(self.walls(threads, slow * (1.2 if warmup else 1.0)))
        starts = [self.clock + self.random.randrange(3000) for _ in walls]
        self.clock += max(walls) + 200_000
        return {
            "warmup": warmup,
            "start_ns": starts,
            "end_ns": [start + wall for start, wall in zip(starts, walls, strict=True)],
            "cpu_ns": [wall - 3000 for wall in walls],
            "on_cpu": [self.random.randrange(2) for _ in walls],
            "voluntary": [0] * threads,
            "involuntary": [self.random.randrange(3) for _ in walls],
            "speed_ns": [int(9000 * slow * self.random.lognormvariate(0, 0.03)) for _ in walls],
        }

    def walls(self, threads: int, slow: float) -> Iterator[int]:
        """Nanoseconds of each thread."""
        for _ in range(threads):
            yield int(20e6 * slow * self.random.lognormvariate(0, 0.02))


def cost(command: list[Any]) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak resident bytes of one process that succeeds."""
    words = [str(word) for word in command]
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    began = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawn(words[0], words, os.environ, file_actions=silent), 0)
    wall = time.perf_counter() - began
    if status:
        sys.exit(f"{' '.join(words)} ended with status {os.waitstatus_to_exitcode(status)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
