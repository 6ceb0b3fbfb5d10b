"""report.json against its schema and against what it was made of."""

from __future__ import annotations

import copy
import json
import math
import runpy
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from engine import analysis, journal, report
from engine.report.json import run_object

SAMPLE = runpy.run_path(str(Path(__file__).parent / "data" / "report" / "sample.py"))
RESULTS, JOURNAL = SAMPLE["results"](), SAMPLE["journal"]()
SCHEMA = json.loads((Path(report.__file__).parent / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def refuse(name):
    raise AssertionError(name)


def document(results=RESULTS, kept=JOURNAL):
    return json.loads(report.render("json", results, kept), parse_constant=refuse)


def faults(made):
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in VALIDATOR.iter_errors(made)]


def known(number):
    return None if isinstance(number, float) and not math.isfinite(number) else number


def test_the_schema_is_one_and_says_what_each_key_is():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for owner in (SCHEMA, *SCHEMA["$defs"].values()):
        assert owner["additionalProperties"] is False
        assert owner["required"] == list(owner["properties"])
        for key, member in owner["properties"].items():
            assert "$ref" in member or member.get("description"), key


def test_what_is_not_known_is_null():
    made = document()
    assert faults(made) == []
    times = [row["metrics"]["time"] for one in made["scenarios"] for row in one["runs"]]
    ours = [dict(row.metrics)["time"] for one in RESULTS.scenarios for row in one.runs]
    assert [(one["value"], one["low"]) for one in times] == [(known(one.value), known(one.low)) for one in ours]
    assert None in [one["low"] for one in times]


def test_laws_and_profiles_fit_the_schema_too():
    from engine.model import Estimate, Reading, RunProfile, Scaling, ScalingFit

    one = RESULTS.scenarios[0]
    sure = Estimate(value=1.0, low=0.9, high=math.inf, confidence=0.95, count=9)
    fit = ScalingFit(law="USL", scale=sure, sigma=sure, kappa=sure, peak=sure, aicc=-math.inf, misfit=0.01)
    readings = (Reading(name="cache-misses", value=math.nan, unit="", source="perf stat"),)
    profile = RunProfile(run="x", label="3.13", readings=readings, hot=(("spin", 0.9),))
    full = replace(
        one,
        scaling=(Scaling(label="3.13", runs=("x",), fits=(fit,)),),
        profiles=(profile,),
        unprofiled=("perf is not here",),
    )
    made = document(replace(RESULTS, scenarios=(full,)))
    assert faults(made) == []
    (told,) = made["scenarios"]
    assert told["scaling"][0]["fits"][0]["aicc"] is None
    assert told["profiles"][0]["readings"][0] == {
        "name": "cache-misses",
        "value": None,
        "unit": "",
        "source": "perf stat",
    }
    assert told["profiles"][0]["hot"] == [{"function": "spin", "share": 0.9}]


@pytest.mark.real
class TestARealResult:
    @pytest.fixture
    def made(self, shown_result):
        kept = journal.read(shown_result)
        results = analysis.analyse(kept)
        return document(results, kept), results, kept

    def test_fits_the_schema_and_has_every_number(self, made):
        told, results, _ = made
        assert faults(told) == []
        for one, ours in zip(told["scenarios"], results.scenarios, strict=True):
            assert [claim["verdict"] for claim in one["claims"]] == [claim.verdict for claim in ours.claims]
            assert one["failed"][0]["failure"]["outcome"] == "wrong answer"
            for row, mine in zip(one["runs"], ours.runs, strict=True):
                assert row["run"] == json.loads(json.dumps(run_object(mine.run)))
                assert row["run"]["parameters"] == dict(mine.run.parameters)
                for name, estimate in mine.metrics:
                    found = row["metrics"][name]
                    assert (found["value"], found["low"]) == (known(estimate.value), known(estimate.low))
                assert (row["speedup"] or {}).get("direction") == (mine.speedup.direction if mine.speedup else None)
                assert len(row["values"]["times"]) == mine.invocations

    def test_the_values_of_invocations_give_the_estimate(self, made):
        from engine import stats

        for row in (row for one in made[0]["scenarios"] for row in one["runs"]):
            time, again = row["metrics"]["time"], stats.positive_interval(row["values"]["times"], 0.95)
            assert (again.value, again.low, again.high) == pytest.approx((time["value"], time["low"], time["high"]))

    def test_a_key_more_or_less_and_a_wrong_type_are_no_report(self, made):
        told = made[0]
        for path, value in (
            (("scenarios", 0, "runs", 0, "gil"), "on"),
            (("scenarios", 0, "runs", 0, "metrics", "time", "value"), "1"),
            (("scenarios", 0, "claims", 0, "verdict"), "true"),
            (("scorecard", "base"), {}),
            (("fteng_report",), 2),
            (("more",), 1),
        ):
            changed = copy.deepcopy(told)
            place = changed
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
            assert faults(changed), path
        for key in told:
            assert faults({name: value for name, value in told.items() if name != key}), key

    def test_a_comparison_tells_of_a_run_in_the_same_words(self, made):
        from engine.report.change import render

        told, _, kept = made
        rows = json.loads(render("json", analysis.changes(kept, kept)))["rows"]
        runs = {row["run"]["id"]: row["run"] for one in told["scenarios"] for row in one["runs"]}
        assert all(row["run"] == runs[row["run"]["id"]] for row in rows)
