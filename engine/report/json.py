"""Results -> report.json: everything that the other formats say, for programs (docs/exports.md).

Its JSON Schema is beside this module: report.schema.json. A key is never renamed or given another meaning without
another `fteng_report`; new ones may come, and the schema names all there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.analysis import traces
from engine.model import (
    UNITS,
    ClaimResult,
    Journal,
    Results,
    Run,
    RunProfile,
    RunResult,
    Scenario,
    ScenarioResult,
    Trace,
)
from engine.report.values import json_text
from engine.serial import to_plain

FILE = "report.json"
DEFAULT = False

FORMAT = 1


def render(results: Results, journal: Journal) -> str:
    """One object; seconds, bytes and ratios are plain numbers, and null stands for what is not known."""
    told = traces(journal)
    document: dict[str, Any] = {
        "fteng_report": FORMAT,
        "version": results.version,
        "started": results.started,
        "command": results.command,
        "seed": results.seed,
        "finished": results.finished,
        "location": results.location,
        "damage": list(results.damage),
        "host": {"facts": dict(results.host.facts), "warnings": list(results.host.warnings)},
        "interpreters": to_plain(results.interpreters),
        "missing": to_plain(results.missing),
        "scenarios": [_scenario(one, told) for one in results.scenarios],
        "scorecard": to_plain(results.scorecard),
    }
    return json_text(document)


def run_object(run: Run) -> dict[str, Any]:
    """What identifies a run, its parameters by name."""
    return {**to_plain(run), "parameters": dict(run.parameters)}


def _scenario(one: ScenarioResult, told: Mapping[str, Trace]) -> dict[str, Any]:
    units = UNITS | {metric.name: metric.unit for metric in one.scenario.kernel.metrics}
    return {
        **_asked(one.scenario),
        "claims": [_claim(claim) for claim in one.claims],
        "runs": [_run(row, units, told.get(row.run.id)) for row in one.runs],
        "scaling": [to_plain(group) for group in one.scaling],
        "control": to_plain(one.control) if one.control else None,
        "disturbed": one.disturbed,
        "doubtful": one.doubtful,
        "conditions": to_plain(one.conditions) if one.conditions else None,
        "warnings": list(one.warnings),
        "failed": to_plain(one.failed),
        "skips": [{"what": skip.what, "reason": skip.reason, "hint": skip.hint} for skip in one.skips],
        "kept": one.kept,
        "timed_share": one.timed_share,
        "spending": to_plain(one.spending) if one.spending else None,
        "profiles": [*map(_profile, one.profiles)],
        "unprofiled": list(one.unprofiled),
    }


def _asked(scenario: Scenario) -> dict[str, Any]:
    """What the scenario's file says."""
    kernel = scenario.kernel
    return {
        "name": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "tags": list(scenario.tags),
        "kernel": {
            "name": kernel.name,
            "title": kernel.title,
            "operation": kernel.operation,
            "operations": kernel.operations,
            "digest": kernel.digest,
        },
        "matrix": dict(scenario.matrix),
        "baseline": dict(scenario.baseline),
        "overhead": dict(scenario.overhead),
        "measure": to_plain(scenario.measure),
        "digest": scenario.digest,
        "imported": scenario.imported or None,
    }


def _claim(result: ClaimResult) -> dict[str, Any]:
    claim = result.claim
    return {
        "claim": claim.text,
        "verdict": result.verdict,
        "why": result.why,
        "quantity": claim.quantity,
        "ratio": claim.ratio,
        "relation": claim.relation,
        "bounds": list(claim.bounds),
        "cases": to_plain(result.cases),
    }


def _run(row: RunResult, units: Mapping[str, str], trace: Trace | None) -> dict[str, Any]:
    return {
        "run": run_object(row.run),
        "gil": row.gil,
        "metrics": {name: {**to_plain(one), "unit": units.get(name, "")} for name, one in row.metrics},
        "median_time": row.median_time,
        "loops": row.loops,
        "invocations": row.invocations,
        "iterations": row.iterations,
        "values": dict(_values(trace)),
        "stop": row.stop,
        "flags": list(row.flags),
        "specialized": list(row.specialized),
        **{
            name: to_plain(found) if (found := getattr(row, name)) else None
            for name in ("speedup", "efficiency", "karp_flatt", "against", "variance", "warmup", "conditions")
        },
    }


def _values(trace: Trace | None) -> Iterator[tuple[str, list[Any]]]:
    """What each invocation says, in the order of time."""
    for name in ("rounds", "seconds", "times"):
        yield name, list(getattr(trace, name)) if trace else []


def _profile(one: RunProfile) -> dict[str, Any]:
    readings = [{name: getattr(found, name) for name in ("name", "value", "unit", "source")} for found in one.readings]
    hot = [{"function": function, "share": share} for function, share in one.hot]
    return {"run": one.run, "label": one.label, "readings": readings, "hot": hot}
