"""What the report says of scatter and of where to spend time, and variance.csv."""

import csv
import io
import math
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from engine import report
from engine.model import Spending, Variance
from engine.report.text.scenario import scenario_text
from engine.report.text.variance import variance_text

SAMPLE = runpy.run_path(str(Path(__file__).parent / "data" / "report" / "sample.py"))
RESULTS, JOURNAL, estimate = SAMPLE["results"](), SAMPLE["journal"](), SAMPLE["estimate"]
SLOTS = RESULTS.scenarios[0]
SPENDING = Spending(
    runs=10, between=(0.004, 0.01234, 0.03), within=(0.0, 0.023, 0.05), correlation=(0.0, 0.21, 0.6),
    autocorrelation=0.1, kept=5, best=12, change=0.86, seconds=48.2, half_width=0.0213, doubled=0.015,
)  # fmt: skip
VARIANCE = Variance(
    between=estimate(0.012, 0.5), within=estimate(0.02, 0.1), correlation=estimate(0.26, 0.9), autocorrelation=0.31,
    start_seconds=0.07, iteration_seconds=0.0201, best=4,
)  # fmt: skip


def said(scenario=SLOTS, **changes):
    return " ".join(variance_text(replace(scenario, spending=replace(SPENDING, **changes))).split())


def test_nothing_is_said_where_nothing_is_known():
    assert variance_text(SLOTS) == ""
    assert "Where to spend time" not in scenario_text(SLOTS)


def test_all_of_it():
    assert said() == (
        "Where to spend time "
        "- times scatter by 1.2 % (0.4 % to 3 %) between invocations, by 2.3 % (0 % to 5 %) within one; "
        "21 % (0 % to 60 %) of the variance lies between them (median of 10 runs, lowest to highest) "
        "- 12 iterations per invocation would make intervals of times about 14 % narrower for the same time (kept: 5): "
        "--iterations 12 "
        "- the median half-width of a time is 2.1 % after 48 s; twice the time would make it about 1.5 %"
    )


@pytest.mark.parametrize(("change", "advised"), [(0.90, True), (0.91, False), (1.0, False), (math.nan, False)])
def test_advice_is_given_only_where_it_matters(change, advised):
    assert ("--iterations 12" in said(change=change)) is advised


def test_one_run_has_no_range():
    text = said(runs=1, between=(0.01,) * 3, within=(0.02,) * 3, correlation=(math.nan,) * 3)
    assert "times scatter by 1 % between invocations, by 2 % within one -" in text


def test_correlated_iterations_are_mentioned():
    assert "(autocorrelation 0.5)" in said(autocorrelation=0.52)
    assert "autocorrelation" not in said(autocorrelation=math.nan)


@pytest.mark.parametrize("width", [0.0, math.inf, math.nan])
def test_no_width_is_foretold_where_there_is_none(width):
    assert "half-width" not in said(half_width=width, doubled=width)


def test_auto_is_named():
    auto = replace(SLOTS.scenario, measure=replace(SLOTS.scenario.measure, iterations=None))
    chosen = replace(SLOTS, scenario=auto, kept=5)
    assert "(chosen by the pilots: 5)" in said(chosen)
    assert "of 5 iterations (auto: chosen by the pilots) of" in " ".join(scenario_text(chosen).split())
    open_ = " ".join(scenario_text(replace(chosen, kept=0)).split())
    assert "10 to 40 invocations of as many iterations as the pilots ask for (auto) of about 20.0 ms" in open_


def test_lines_are_not_longer_than_the_report():
    lines = variance_text(replace(SLOTS, spending=SPENDING)).splitlines()
    assert max(map(len, lines)) <= 118
    assert lines[0] == "Where to spend time"


def test_a_row_for_each_run_whose_variance_is_known():
    runs = (replace(SLOTS.runs[0], variance=VARIANCE), *SLOTS.runs[1:])
    results = replace(RESULTS, scenarios=(replace(SLOTS, runs=runs, kept=5), *RESULTS.scenarios[1:]))
    (row,) = csv.DictReader(io.StringIO(report.render("variance", results, JOURNAL)), strict=True)
    assert (row["scenario"], row["run"]) == (SLOTS.scenario.name, SLOTS.runs[0].run.id)
    for name in ("between", "within", "correlation"):
        found = getattr(VARIANCE, name)
        assert tuple(float(row[name + end]) for end in ("", "_low", "_high")) == (found.value, found.low, found.high)
    assert (float(row["autocorrelation"]), float(row["start"]), float(row["iteration"])) == (0.31, 0.07, 0.0201)
    assert (row["invocations"], row["iterations"], row["kept"], row["best"]) == ("12", "60", "5", "4")
    assert float(row["confidence"]) == 0.95


def test_every_column_is_documented():
    page = (Path(__file__).parent.parent / "docs" / "report.md").read_text()
    section = page.partition("### `variance.csv`")[2].partition("\n### ")[0]
    header = report.render("variance", RESULTS, JOURNAL).splitlines()[0]
    assert [name for name in header.split(",") if f"`{name}`" not in section] == []
