"""report.csv and iterations.csv, parsed back and compared with what they were made of."""

import csv
import io
import math
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from engine import report
from engine.report.values import csv_value

SAMPLE = runpy.run_path(str(Path(__file__).parent / "data" / "report" / "sample.py"))
RESULTS, JOURNAL = SAMPLE["results"](), SAMPLE["journal"]()


def rows(name, results=RESULTS):
    return list(csv.DictReader(io.StringIO(report.render(name, results, JOURNAL)), strict=True))


def number(cell):
    return float(cell) if cell else math.nan


def same(cell, value):
    return number(cell) == value or (math.isnan(number(cell)) and math.isnan(value))


def all_runs():
    return [run for scenario in RESULTS.scenarios for run in scenario.runs]


def test_every_run_has_one_row_for_each_of_its_metrics_and_no_other():
    wanted = []
    for run in all_runs():
        wanted += [(run.run.id, name) for name, _ in run.metrics]
        wanted += [(run.run.id, "efficiency")] if run.efficiency else []
    assert [(row["run"], row["metric"]) for row in rows("csv")] == wanted


def test_estimates_keep_their_full_precision_and_unknown_bounds_are_empty():
    found = {(row["run"], row["metric"]): row for row in rows("csv")}
    for run in all_runs():
        for name, estimate in run.metrics:
            row = found[run.run.id, name]
            assert same(row["estimate"], estimate.value)
            assert same(row["low"], estimate.low)
            assert same(row["high"], estimate.high)
            assert number(row["confidence"]) == estimate.confidence
            assert (int(row["invocations"]), int(row["iterations"])) == (run.invocations, run.iterations)
            assert row["stop_reason"] == run.stop
            assert row["flags"] == ";".join(run.flags)


def test_time_is_compared_with_the_baseline_and_throughput_with_one_thread():
    found = {(row["run"], row["metric"]): row for row in rows("csv")}
    for run in all_runs():
        for name, _ in run.metrics:
            comparison = {"time": run.against, "throughput": run.speedup}.get(name)
            row = found[run.run.id, name]
            if comparison is None:
                empty = ("base", "ratio", "ratio_low", "ratio_high", "verdict", "p", "effect")
                assert [row[key] for key in empty] == [""] * 7
            else:
                assert (row["base"], row["verdict"]) == (comparison.base, comparison.direction)
                ratio = comparison.ratio
                cells = (row["ratio"], row["ratio_low"], row["ratio_high"])
                assert all(map(same, cells, (ratio.value, ratio.low, ratio.high)))


def test_the_columns_are_those_of_the_documentation_in_its_order():
    header = next(csv.reader(io.StringIO(report.render("csv", RESULTS, JOURNAL))))
    before = ["scenario", "run", "interpreter", "version", "free_threaded", "gil", "threads", "affinity"]
    before += ["switch_interval"]
    parameters = ["deep", "parameter_metric", "padding", "slots"]
    after = [
        *("metric", "unit", "estimate", "low", "high", "confidence", "invocations", "iterations"),
        *("base", "ratio", "ratio_low", "ratio_high", "verdict", "p", "effect", "stop_reason", "flags"),
    ]
    assert header == before + parameters + after
    documented = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")
    assert [column for column in before + after if f"| `{column}` |" not in documented] == []


def test_every_column_of_the_iterations_is_documented():
    header = next(csv.reader(io.StringIO(report.render("iterations", RESULTS, JOURNAL))))
    documented = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")
    documented = documented[documented.index("iterations.csv`\n") :]
    assert [column for column in header if f"| `{column}` |" not in documented] == []


def test_axes_are_written_as_a_scenario_file_would():
    row = next(row for row in rows("csv") if row["scenario"] == "odd/Ünïcode")
    assert (row["affinity"], row["deep"], row["padding"], row["free_threaded"]) == ("[[0], [1]]", "true", "", "false")
    effective = {row["run"]: row["gil"] for row in rows("csv")}
    assert effective == {run.run.id: "on" if run.gil else "off" for run in all_runs()}


def test_text_that_a_spreadsheet_would_run_is_made_harmless():
    assert "'=1+1" in {row["parameter_metric"] for row in rows("csv")}


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        (' "=1"', '\'"=1"'),
        ("'=1", "''=1"),
        ("\t=1", "'=1"),
        ("\r-1", "'-1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1; +2;b", "a;'=1;' +2;b"),
        ("a=b-c", "a=b-c"),
        (-math.inf, "-inf"),
        (-1, "-1"),
        (-1.5, "-1.5"),
        (1e-30, "1e-30"),
        (math.nan, ""),
        (None, ""),
        (True, "true"),
        ("a\nb", "a b"),
    ],
)
def test_a_cell_is_a_plain_number_or_harmless_text(value, cell):
    assert csv_value(value) == cell


def test_numpy_floats_are_plain_numbers():
    numpy = pytest.importorskip("numpy")
    assert csv_value(numpy.float64(0.1)) == "0.1"


def test_an_interpreter_that_is_not_described_leaves_its_facts_empty():
    found = rows("csv", replace(RESULTS, interpreters=()))
    assert {(row["version"], row["free_threaded"]) for row in found} == {("", "")}
    assert {row["interpreter"] for row in found} == {"3.13", "3.13t"}


def counted():
    """The invocations that iterations.csv tells of, with their place in the journal."""
    return [
        (number, one)
        for number, one in enumerate(JOURNAL.invocations, start=1)
        if one.round and not one.failure and one.group == "g1"
    ]


def test_iterations_have_one_row_for_each_thread_without_pilots_control_and_failures():
    found = [
        (int(row["invocation"]), int(row["iteration"]), int(row["thread"]), row["run"]) for row in rows("iterations")
    ]
    run = {1: "0000000008", 2: "0000000009"}
    wanted = [
        (number, iteration, thread, run[team.threads])
        for number, one in counted()
        for team in one.teams
        for iteration in range(1, len(team.iterations) + 1)
        for thread in range(team.threads)
    ]
    assert found == wanted
    assert len(set(found)) == len(found)


def test_iterations_keep_every_nanosecond_counted_from_the_first_start_of_their_invocation():
    found = {
        (int(r["invocation"]), r["run"], int(r["iteration"]), int(r["thread"])): (r["start"], r["end"], r["loops"])
        for r in rows("iterations")
    }
    run = {1: "0000000008", 2: "0000000009"}
    for number, one in counted():
        zero = min(start for team in one.teams for it in team.iterations for start in it.start_ns)
        for team in one.teams:
            for position, it in enumerate(team.iterations, start=1):
                for thread in range(team.threads):
                    start, end, loops = found[number, run[team.threads], position, thread]
                    assert round(float(start) * 1e9) == it.start_ns[thread] - zero
                    assert round(float(end) * 1e9) == it.end_ns[thread] - zero
                    assert int(loops) == team.loops


def test_warm_up_is_marked_and_an_unknown_cpu_is_empty():
    found = rows("iterations")
    assert [row["warmup"] for row in found if row["run"] == "0000000008"] == ["true", "false"] * 2
    assert [row["cpu"] for row in found if row["run"] == "0000000009"] == ["", "0"] * 2


def test_the_speed_beside_an_iteration_is_in_seconds_and_empty_where_it_was_not_taken():
    found = rows("iterations")
    assert {row["speed"] for row in found if row["run"] == "0000000008"} == {""}
    assert [float(row["speed"]) for row in found if row["run"] == "0000000009"] == [5.1e-6, 5.101e-6] * 2


def test_only_the_raw_times_need_no_results():
    assert [name for name in report.formats() if not report.needs_results(name)] == ["iterations"]
    assert report.render("iterations", None, JOURNAL) == report.render("iterations", RESULTS, JOURNAL)
