"""Which faults of a worker were injected, how each was recorded, and which processes were left: a table in Markdown.

    python tests/benchmarks/faults.py [--python 3.13 --python 3.13t] [--repeat 1]

Each fault of tests/data/kernels/faults.py is run through `fteng run`, all in one scenario; takes about half a minute
for each interpreter and repetition.
"""

from __future__ import annotations

import argparse
import os
import runpy
import sys
import tempfile
from collections import Counter
from pathlib import Path

from engine import journal, spawn

SAMPLE = runpy.run_path(str(Path(__file__).parent.parent / "data" / "faults" / "sample.py"))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append")
    parser.add_argument("--repeat", type=int, default=1)
    arguments = parser.parse_args()
    specs = arguments.python or ["3.13", "3.13t"]
    recorded: dict[tuple[str, str], Counter[str]] = {}
    left = 0
    for number in range(arguments.repeat):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            once(folder, specs, recorded)
            left += len(holding(folder))
        print(f"repetition {number + 1}: {left} processes left so far", file=sys.stderr)
    print("| fault | interpreter | recorded |\n|---|---|---|")
    for (fault, spec), counts in recorded.items():
        print(f"| {fault} | {spec} | " + "; ".join(f"{count} x {text}" for text, count in counts.items()) + " |")
    injected = sum(sum(counts.values()) for counts in recorded.values())
    print(f"\n{injected} workers with faults, {left} processes left behind")


def once(folder: Path, specs: list[str], recorded: dict[tuple[str, str], Counter[str]]) -> None:
    """One run over all faults, counted into `recorded`."""
    scenario = SAMPLE["write"](folder, specs)
    (folder / "locks").mkdir()
    words = [sys.executable, "-m", "engine", "run", scenario, "--output", folder / "out", "--quiet"]
    done = spawn.command(words, environment=os.environ | {"TMPDIR": str(folder / "locks")})
    if done.returncode != 3:
        sys.exit(f"fteng run ended with {done.returncode}, expected 3:\n{done.err}")
    kept = journal.read(folder / "out")
    runs = {group.id: group.runs[0] for group in kept.header.plan.groups if not group.control}
    for spec in specs:
        for fault in SAMPLE["FAULTS"]:
            counts = recorded.setdefault((fault, spec), Counter())
            for one in kept.invocations:
                run = runs.get(one.group)
                if run and (dict(run.parameters)["fault"], run.interpreter) == (fault, spec):
                    counts[f"{one.failure.outcome}: {one.failure.message}" if one.failure else "numbers"] += 1


def holding(folder: Path) -> list[int]:
    """The processes that name this folder in their arguments or their environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(int(place.name))
    return found


if __name__ == "__main__":
    main()
