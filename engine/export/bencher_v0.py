"""Results -> Bencher Metric Format 0 (adapter `json_v0`): names with all settings, where parameters are not known."""

from __future__ import annotations

import json

from engine.export.bencher import NAME, cut, measures
from engine.export.names import named
from engine.export.shape import Export, File, Wishes
from engine.model import Journal, Results

TARGET = "bencher-v0"


def export(results: Results, journal: Journal, wishes: Wishes) -> Export:  # noqa: ARG001
    """One file with all runs."""
    names = named(results)
    benchmarks = {
        cut(names[row.run.id].full, NAME): measures(row)
        for one in results.scenarios
        for row in one.runs
        if not wishes.pythons or row.run.interpreter in wishes.pythons
    }
    text = json.dumps(benchmarks, indent=2, allow_nan=False) + "\n"
    return Export(files=(File(name="bencher-v0.json", pieces=[text]),))
