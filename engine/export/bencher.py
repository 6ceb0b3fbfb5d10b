"""Results -> Bencher Metric Format 1 (adapter `json_v1`, or `json`): a benchmark for each scenario, an entry for a run.

The limits are Bencher's (`MAX_PARAMETER_KEYS`, the reference of the format): 8 parameters of plain values, keys and
texts of 64 characters, names of 1024. Version 0, for a server that knows no parameters, is `bencher-v0`.
"""

from __future__ import annotations

import hashlib
import json
import math

from engine.export.names import Name, inert, named
from engine.export.shape import Export, File, Wishes
from engine.model import Estimate, Journal, Results, RunResult, Value
from engine.report.cells import word

TARGET = "bencher"

PARAMETERS, TEXT, NAME = 8, 64, 1024

Measures = dict[str, dict[str, float]]
Entry = dict[str, object]


def export(results: Results, journal: Journal, wishes: Wishes) -> Export:  # noqa: ARG001
    """One file with all runs."""
    names = named(results)
    benchmarks: dict[str, list[Entry]] = {}
    for one in results.scenarios:
        for row in one.runs:
            if not wishes.pythons or row.run.interpreter in wishes.pythons:
                name, parameters = _identity(row, names[row.run.id])
                benchmarks.setdefault(name, []).append({"parameters": parameters, "measures": measures(row)})
    text = json.dumps(benchmarks, indent=2, allow_nan=False) + "\n"
    return Export(files=(File(name="bencher.json", pieces=[text]),))


def measures(row: RunResult) -> Measures:
    """Bencher's own measures (latency in ns, throughput in operations per second) and the speedup."""
    found = dict(row.metrics)
    told = {"latency": _metric(found["time"], 1e9), "throughput": _metric(found["throughput"])}
    return told | ({"speedup": _metric(row.speedup.ratio)} if row.speedup else {})


def cut(text: str, most: int) -> str:
    """At most so many characters; what was longer ends with a digest of the whole, so that no two become one."""
    shown = inert(text)
    if len(shown) <= most:
        return shown
    return f"{shown[: most - 9]}~{hashlib.sha256(shown.encode()).hexdigest()[:8]}"


def _metric(estimate: Estimate, factor: float = 1.0) -> dict[str, float]:
    """The estimate and the ends of its interval, as far as they are known."""
    told = {"value": estimate.value, "lower_value": estimate.low, "upper_value": estimate.high}
    return {name: factor * value for name, value in told.items() if math.isfinite(value)}


def _identity(row: RunResult, name: Name) -> tuple[str, dict[str, Value]]:
    """Name and parameters of an entry; what is more than Bencher takes stands in the name."""
    first, rest = name.settings[:PARAMETERS], name.settings[PARAMETERS:]
    more = f"[{','.join(f'{key}={word(value)}' for key, value in rest)}]" if rest else ""
    return cut(row.run.scenario + more, NAME), {cut(key, TEXT): _value(value) for key, value in first}


def _value(value: Value) -> str | float | bool:
    """A scalar; a list, null and what is no number become their word."""
    if isinstance(value, bool) or (isinstance(value, (int, float)) and math.isfinite(value)):
        return value
    return cut(word(value), TEXT)
