"""Results -> hyperfine's JSON (`--export-json`), for its plotting scripts: a command for each run.

A time is that of one invocation, as hyperfine's is that of one process, but in seconds per operation. `user` and
`system` are left out: how the CPU time divides among them is not measured.
"""

from __future__ import annotations

import json
import statistics

from engine.export.names import named
from engine.export.samples import Measured, measured
from engine.export.shape import Export, File, Wishes
from engine.model import Journal, Results
from engine.report.cells import plain, word

TARGET = "hyperfine"


def export(results: Results, journal: Journal, wishes: Wishes) -> Export:
    """One file with all runs."""
    names = named(results)
    rows = [
        _row(one, names[one.result.run.id].full, dict(names[one.result.run.id].settings))
        for one in measured(results, journal, wishes.pythons)
    ]
    text = json.dumps({"results": rows}, indent=2, allow_nan=False) + "\n"
    return Export(files=(File(name="hyperfine.json", pieces=[text]),))


def _row(one: Measured, name: str, settings: dict[str, object]) -> dict[str, object]:
    times = [sample.location for sample in one.samples]
    sizes = [sample.rss for sample in one.samples]
    memory = {"memory_usage_byte": sizes} if all(sizes) else {}
    return {
        "command": name,
        "mean": statistics.fmean(times),
        "stddev": statistics.stdev(times) if len(times) > 1 else None,
        "median": statistics.median(times),
        "min": min(times),
        "max": max(times),
        "times": times,
        **memory,
        "exit_codes": [0] * len(times),
        "parameters": {"scenario": plain(one.scenario.name)}
        | {plain(key): word(value) for key, value in settings.items()},
    }
