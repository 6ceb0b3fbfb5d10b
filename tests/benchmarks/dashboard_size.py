"""How long `fteng dashboard` takes over many results, and how much memory: the first time, again, with one more.

    python tests/benchmarks/dashboard_size.py [--results 100] [--runs 50] [--rounds 10] [--folder DIR]
    python tests/benchmarks/dashboard_size.py --from RESULT --results 30 --step 20:1.15    # of a measured one

One result is measured or made (as report_size.py makes it); the others are the same a day later each, with times of
another session: all of a result scaled by one number (log-normal, 5 %), and each run by its own (1 %). `--step` makes
what two threads take slower from a result on.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine import journal, units
from engine.journal.lines import resealed


def main() -> None:
    """Make the results, then the dashboard three times, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=int, default=100)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--from", dest="source", type=Path, help="a result folder to make the others from")
    parser.add_argument("--step", default="", metavar="PLACE:RATIO", help="20:1.15")
    parser.add_argument("--folder", type=Path, help="keep results and site here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch, "all")
        source = asked.source or made(Path(scratch, "one"), asked.runs, asked.rounds)
        place, _, ratio = asked.step.partition(":")
        step = (int(place), float(ratio)) if place else None
        sizes = [sum(1 for _ in shifted(source, folder / "results", asked.results - 1, step=step))]
        site = folder / "site"
        command = [Path(sys.executable).with_name("fteng"), "dashboard", folder / "results", "--output", site]
        told("first", command, site)
        told("again", command, site)
        sizes.append(sum(1 for _ in shifted(source, folder / "results", 1, first=asked.results - 1, step=step)))
        told("one more", command, site)
        print(f"{sum(sizes)} results of {units.size((source / journal.FILE).stat().st_size)} each")


def told(what: str, command: list[Any], site: Path) -> None:
    """What one call took."""
    from report_size import cost

    wall, cpu, peak = cost(command)
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    pages = sorted(site.glob("scenarios/*.html"), key=lambda path: path.stat().st_size)
    largest = units.size(pages[-1].stat().st_size)
    print(
        f"{what:10} {wall:6.1f} s wall  {cpu:6.1f} s CPU  {units.size(peak)} peak; site {units.size(size)}, "
        f"largest page of a scenario {largest}",
        flush=True,
    )


def made(folder: Path, runs: int, rounds: int) -> Path:
    """A result of so many runs."""
    from report_size import planned, write

    folder.parent.mkdir(parents=True, exist_ok=True)
    write(folder, planned(folder.parent, runs, rounds, 5), rounds, rounds)
    return folder


def shifted(
    source: Path,
    folder: Path,
    count: int,
    *,
    first: int = 0,
    step: tuple[int, float] | None = None,
    scatter: float = 0.05,
    own: float = 0.01,
    seed: int = 0,
) -> Iterator[Path]:
    """Copies of a result, each a day after the one before, scaled as other sessions of the same code would be.

    From the place in `step` on, what several threads take is that many times as long; the control is never changed but
    with its machine. `changed` is a digest that the kernels have from there on, in place of a step.
    """
    lines = [json.loads(line) for line in (source / journal.FILE).read_bytes().splitlines()]
    controls = {group["id"] for group in lines[0]["plan"]["groups"] if group["control"]}
    for number in range(first, first + count):
        generator = random.Random(1000 * seed + number)
        session = math.exp(generator.gauss(0, scatter))
        late = step is not None and number >= step[0]
        target = folder / f"day-{number:03}"
        target.mkdir(parents=True)
        kept = []
        for record in lines:
            one = json.loads(json.dumps(record))
            if "started" in one:
                one["started"] = (datetime.fromisoformat(one["started"]) + timedelta(days=number)).isoformat()
            if one["kind"] == "invocation":
                for team in one["teams"]:
                    slower = step[1] if late and team["threads"] > 1 and one["group"] not in controls else 1.0
                    _scale(team["iterations"], session * slower * math.exp(generator.gauss(0, own)))
            kept.append(resealed(one))
        (target / journal.FILE).write_bytes(b"".join(kept))
        yield target


def _scale(columns: dict[str, list[int]], factor: float) -> None:
    """Make every iteration so many times as long, from the start of its first thread."""
    width = len(columns["start_ns"]) // len(columns["warmup"])
    firsts = [min(columns["start_ns"][at : at + width]) for at in range(0, len(columns["start_ns"]), width)]
    for name in ("start_ns", "end_ns"):
        columns[name] = [
            firsts[at // width] + round((one - firsts[at // width]) * factor) for at, one in enumerate(columns[name])
        ]
    columns["cpu_ns"] = [round(one * factor) for one in columns["cpu_ns"]]


if __name__ == "__main__":
    main()
