"""The report for reading, and the tables of the command line, whole against files kept by hand."""

import re
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine import report
from engine.errors import EngineError
from engine.model import Comparison, Scorecard
from engine.report.layout import WIDTH, Column, paragraph, table
from engine.report.plan import plan_text
from engine.report.tables import interpreters_text, listing_text

DATA = Path(__file__).parent / "data" / "report"
SAMPLE = runpy.run_path(str(DATA / "sample.py"))
RESULTS, JOURNAL = SAMPLE["results"](), SAMPLE["journal"]()


def golden(name):
    return (DATA / name).read_text(encoding="utf-8")


def text(results=RESULTS):
    return report.render("text", results, JOURNAL)


def with_scenario(scenario):
    return replace(RESULTS, scenarios=(scenario,))


def table_lines(shown):
    """The lines of the first table of runs, header and rule included."""
    lines = shown[shown.index("The same for all rows") :].splitlines()[2:]
    return [line for line in lines[: lines.index(next(line for line in lines if line.startswith("  a: ")))] if line]


def test_the_whole_report_reads_as_the_kept_one():
    assert text() == golden("report.txt")


def test_a_report_without_interpreters_and_scenarios_still_says_so():
    nothing = replace(RESULTS, interpreters=(), missing=(), scenarios=(), finished=True, scorecard=Scorecard())
    assert text(nothing) == golden("empty.txt")


def test_the_plan_reads_as_the_kept_one():
    assert plan_text(JOURNAL.header.plan, ["g3", "gc", "g1"], 130.2, 900.0) + "\n" == golden("plan.txt")


def test_the_interpreters_read_as_the_kept_list():
    shown = interpreters_text(RESULTS.interpreters, RESULTS.missing, ["3.13t is not optimised"])
    assert shown + "\n" == golden("interpreters.txt")


def test_no_interpreter_at_all_is_said_in_words():
    assert interpreters_text(()) == "No interpreter was found."


def test_a_catalogue_has_a_line_for_each_entry_and_says_when_it_is_empty():
    lines = listing_text([("arithmetic", "Adds"), ("counter_slots", "Counts")]).splitlines()
    assert [line.split() for line in lines[2:]] == [["arithmetic", "Adds"], ["counter_slots", "Counts"]]
    assert listing_text([]) == "There is none."


def test_formats_are_found_by_their_files_and_helpers_of_the_folder_are_not():
    files = {"csv": "report.csv", "iterations": "iterations.csv", "text": "report.txt", "warmup": "warmup.csv"}
    files |= {"html": "report.html", "json": "report.json", "markdown": "report.md", "profile": "profile.csv"}
    files["scaling"] = "scaling.csv"
    files["scorecard"] = "scorecard.csv"
    files["variance"] = "variance.csv"
    assert report.formats() == files
    assert report.defaults() == ("csv", "html", "iterations", "text")


@pytest.mark.parametrize(
    ("name", "hint"), [("txt", "did you mean text?"), ("zzz", "known are csv, html, iterations, json, markdown")]
)
def test_an_unknown_format_names_the_nearest_or_all(name, hint):
    with pytest.raises(EngineError, match=re.escape(f"there is no report format {name!r}; {hint}")):
        report.render(name, RESULTS, JOURNAL)


def test_listing_the_formats_imports_none_of_them():
    code = (
        "import sys; from engine import report; report.formats();"
        "print([name for name in sys.modules if name == 'tabulate' or name.startswith('engine.report.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_nothing_in_the_text_can_move_a_cursor_or_colour_a_terminal():
    assert all(letter.isprintable() or letter == "\n" for letter in text())


def test_lines_carry_no_trailing_blanks_and_fit_the_width():
    lines = text().splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    assert max(map(len, lines)) <= WIDTH + 12


def test_rows_stand_by_interpreter_gil_and_the_axes_of_the_file():
    rows = [line.split()[:4] for line in table_lines(text())[3:]]
    build = {"3.13": ["on"], "3.13t": ["on", "off"]}
    wanted = [
        [python, gil, padding, threads]
        for python, gils in build.items()
        for gil in gils
        for padding in ("0", "64")
        for threads in ("1", "2")
        if (python, gil, padding) != ("3.13t", "on", "64")
    ]
    assert rows == wanted


def test_two_settings_with_the_same_effect_are_told_apart():
    scenario = SAMPLE["slots"]()
    assert "setting" not in text(with_scenario(scenario))
    off = [replace(row, run=replace(row.run, gil="off", id=row.run.id + "x")) for row in scenario.runs if not row.gil]
    shown = text(with_scenario(replace(scenario, runs=(*scenario.runs, *off))))
    assert re.search(r"GIL .*setting", shown)


def test_numbers_stand_under_each_other():
    lines = table_lines(text())
    assert len({line.index("]") for line in lines[3:]}) == 1


def test_a_metric_that_varies_gets_a_column_and_one_that_does_not_is_said_once():
    shown = text()
    assert "lost updates 0" in shown
    first, *rest = SAMPLE["slots"]().runs
    lossy = replace(
        first, metrics=tuple((n, SAMPLE["estimate"](7.0) if n == "lost_updates" else e) for n, e in first.metrics)
    )
    shown = text(with_scenario(replace(SAMPLE["slots"](), runs=(lossy, *rest))))
    assert "lost updates" not in shown
    assert re.search(r" lost +.*\n.* updates ", shown)


def test_an_interval_that_rounding_would_hide_gets_more_digits():
    scenario = SAMPLE["slots"]()
    narrow = tuple(
        replace(
            run, speedup=Comparison(base="0", ratio=SAMPLE["estimate"](1.93, 0.0004), direction="faster", paired=True)
        )
        for run in scenario.runs
        if run.speedup
    )
    assert "[1.929 1.930 1.931]" in text(with_scenario(replace(scenario, runs=narrow)))


def test_a_scenario_without_numbers_says_where_to_look():
    nothing = replace(SAMPLE["odd"](), runs=())
    shown = text(with_scenario(nothing))
    assert "No run gave numbers; what failed and what was not run is said below." in shown
    assert "crashed in 3 of 3 invocations" in shown


def test_missing_interpreters_are_said_first_and_last():
    command = "fteng interpreters install 3.14t"
    shown = text().rstrip()
    assert shown.endswith(command)
    assert shown.index(command) < shown.index("How to read the tables")


def test_every_verdict_has_a_mark_in_words():
    for verdict in ("supported", "refuted", "inconclusive", "not tested"):
        scenario = SAMPLE["slots"]()
        claim = replace(scenario.claims[0], verdict=verdict)
        assert f"[{verdict}]" in text(with_scenario(replace(scenario, claims=(claim,))))


def test_of_many_cases_those_are_listed_that_do_not_hold_refuted_ones_first_and_the_rest_counted():
    scenario = SAMPLE["slots"]()
    claim = next(claim for claim in scenario.claims if claim.verdict == "refuted")
    fails = claim.cases[1]
    verdicts = ["supported"] * 5 + ["inconclusive"] * 9 + ["refuted"]
    cases = tuple(replace(fails, label=f"case {n}", verdict=verdict) for n, verdict in enumerate(verdicts))
    shown = text(with_scenario(replace(scenario, claims=(replace(claim, cases=cases),))))
    listed = re.findall(r"- case (\d+) .*?(refuted|inconclusive|supported)$", shown, re.MULTILINE)
    assert listed == [("14", "refuted"), *((str(n), "inconclusive") for n in range(5, 12))]
    assert "- and 2 cases more like these" in shown
    agreeing = text(with_scenario(replace(scenario, claims=(replace(claim, cases=(fails, fails)),))))
    assert fails.label + "  [" not in agreeing, "the sentence above says it"


def test_a_finished_report_does_not_call_itself_incomplete():
    assert "NOT COMPLETE" in text()
    assert "NOT COMPLETE" not in text(replace(RESULTS, finished=True))


def test_headers_stand_on_the_line_above_the_rule():
    columns = [Column(header="a", cells=("1",)), Column(header="two\nlines", cells=("2",), right=True)]
    assert table(columns) == "     two\na  lines\n-  -----\n1      2"


def test_no_line_ends_inside_an_interval_or_before_a_unit():
    words = paragraph("x " * 54 + "[1.90 1.93 1.96] and " + "y " * 40 + "20.0 ms or 95 % of it", indent="")
    assert "[1.90 1.93 1.96]" in words
    assert "20.0 ms" in words
    assert "95 %" in words
    assert "\N{NO-BREAK SPACE}" not in words
