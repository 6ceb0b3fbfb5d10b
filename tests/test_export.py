"""Exports as their readers see them: the real pyperf, and for the others what their sources demand of a file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import os
import re
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pyperf
import pytest

from engine import analysis, export, journal, report, stats
from engine.analysis.series import by_group, series
from engine.cli import outcome
from engine.export.names import named

pytestmark = pytest.mark.real

TOOLS = ("bencher", "bencher-v0", "github-action-benchmark", "hyperfine", "pyperf")


@pytest.fixture(scope="module")
def kept(shown_result):
    return journal.read(shown_result)


@pytest.fixture(scope="module")
def results(kept):
    return analysis.analyse(kept)


@pytest.fixture(scope="module")
def rows(results):
    return {row.run.id: row for one in results.scenarios for row in one.runs}


@pytest.fixture(scope="module")
def written(shown_result, tmp_path_factory):
    """Each tool -> the folder that `fteng export` wrote for it."""
    folder = tmp_path_factory.mktemp("exports")
    for tool in TOOLS:
        assert outcome(["export", str(shown_result), "--to", tool, "--output", f"{folder / tool}/"]) == 0
    return folder


@pytest.fixture(scope="module")
def uneven(kept, tmp_path_factory):
    """The same result, but its last interpreter lacks an invocation of each group."""
    folder = tmp_path_factory.mktemp("uneven") / "result"
    spec = kept.header.plan.interpreters[-1].spec
    lacking = {group.id for group in kept.header.plan.groups if group.runs[0].interpreter == spec}
    with journal.create(folder, kept.header) as writer:
        writer.append_all(one for one in kept.invocations if not (one.group in lacking and one.round == 2))
        writer.append_all(kept.stops)
        writer.finish()
    return folder


def python_m_pyperf(*words):
    done = subprocess.run(
        [sys.executable, "-m", "pyperf", *map(str, words)], capture_output=True, text=True, check=True
    )
    return done.stdout


def raw_values(kept):
    """Run id -> round -> seconds per loop of its kept iterations, from iterations.csv."""
    walls = {}
    for row in csv.DictReader(io.StringIO(report.render("iterations", None, kept))):
        if row["warmup"] == "false":
            key = row["run"], int(row["round"]), int(row["iteration"])
            start, end, loops = walls.get(key, (math.inf, 0.0, 0))
            walls[key] = min(start, float(row["start"])), max(end, float(row["end"])), int(row["loops"])
    found = {}
    for (run, number, _), (start, end, loops) in walls.items():
        found.setdefault(run, {}).setdefault(number, []).append((end - start) / loops)
    return found


class TestPyperf:
    def test_reads_every_file_by_all_its_commands(self, written):
        files = sorted((written / "pyperf").glob("*.json"))
        assert [file.name for file in files] == ["3.13.json", "3.13t.json"]
        for file in files:
            assert "Number of run with values: 4" in python_m_pyperf("stats", file)
            assert "shown[threads=2,work=many]" in python_m_pyperf("hist", file)
            assert "parameter_work: many" in python_m_pyperf("metadata", file)
            assert "ERROR" not in python_m_pyperf("check", file)
        compared = python_m_pyperf("compare_to", "--verbose", *files)
        assert "ERROR" not in compared
        assert "Geometric mean" in compared

    def test_numbers_are_those_of_the_iterations(self, written, results, kept):
        raw = raw_values(kept)
        names = {(name.build, name.short): run for run, name in named(results).items()}
        seen = set()
        for file in (written / "pyperf").glob("*.json"):
            for bench in pyperf.BenchmarkSuite.load(str(file)):
                run = names[file.stem, bench.get_name()]
                ours = [value for _, values in sorted(raw[run].items()) for value in values]
                assert bench.get_values() == pytest.approx(ours, rel=1e-6)
                assert bench.median() == pytest.approx(statistics.median(ours), rel=1e-6)
                assert bench.mean() == pytest.approx(statistics.mean(ours), rel=1e-6)
                seen.add(run)
        assert seen == set(raw)

    def test_its_runs_give_our_estimates_back(self, written, results, rows):
        names = {(name.build, name.short): run for run, name in named(results).items()}
        for file in (written / "pyperf").glob("*.json"):
            for bench in pyperf.BenchmarkSuite.load(str(file)):
                row = rows[names[file.stem, bench.get_name()]]
                located = [float(stats.LOCATION(run.values)) for run in bench.get_runs()]
                time, medians = dict(row.metrics)["time"], [statistics.median(run.values) for run in bench.get_runs()]
                again = stats.positive_interval(located, time.confidence)
                assert (again.value, again.low, again.high) == pytest.approx(
                    (time.value, time.low, time.high), rel=1e-12
                )
                assert statistics.median(medians) == pytest.approx(row.median_time, rel=1e-12)
                metadata = bench.get_metadata()
                assert metadata["fteng_time"] == time.value
                assert (metadata["gil_enabled"], metadata["threads"]) == (row.gil, row.run.threads)
                assert bench.get_loops() == row.loops

    def test_files_keep_the_rules_that_its_loader_does_not_tell(self, written):
        for file in (written / "pyperf").glob("*.json"):
            document = json.loads(file.read_text())
            assert document["version"] == "1.0"
            for one in document["benchmarks"]:
                owners = (document, one, *one["runs"])
                for key, value in ((key, value) for owner in owners for key, value in owner["metadata"].items()):
                    assert type(value) in {str, int, float, bool} or key == "tags"
                    assert value != ""
                assert all(value > 0 for run in one["runs"] for value in run["values"])

    def test_operations_of_a_loop_are_its_inner_loops(self, kept, results):
        one = results.scenarios[0]
        four = replace(one.scenario, kernel=replace(one.scenario.kernel, operations=4))
        many = replace(results, scenarios=(replace(one, scenario=four),))
        wishes = export.Wishes(pythons=("3.13",))
        (before,), (after,) = (export.export("pyperf", found, kept, wishes).files for found in (results, many))
        pairs = zip(*(pyperf.BenchmarkSuite.loads("".join(file.pieces)) for file in (before, after)), strict=True)
        for was, now in pairs:
            assert (was.get_inner_loops(), now.get_inner_loops()) == (1, 4)
            assert now.mean() * 4 == pytest.approx(was.mean(), rel=1e-12)
            assert now._get_raw_values(warmups=True) == pytest.approx(was._get_raw_values(warmups=True), rel=1e-12)

    def test_unequal_counts_are_a_warning_for_it_would_call_all_significant(self, uneven, tmp_path, capfd):
        assert outcome(["export", str(uneven), "--to", "pyperf", "-o", str(tmp_path / "a")]) == 0
        told = capfd.readouterr().err
        assert "warning: 6 of 6 benchmarks have not the same number of values" in told
        assert "12 in 3.13, 9 in 3.13t" in told
        assert "ERROR when testing" in python_m_pyperf("compare_to", "-v", *sorted((tmp_path / "a").iterdir()))

    def test_equalize_keeps_the_first_of_each_and_says_so(self, uneven, tmp_path, capfd):
        assert outcome(["export", str(uneven), "--to", "pyperf", "--equalize", "-o", str(tmp_path / "b")]) == 0
        assert "--equalize: 18 values of 126 left out" in capfd.readouterr().err
        files = sorted((tmp_path / "b").iterdir())
        assert {bench.get_nvalue() for file in files for bench in pyperf.BenchmarkSuite.load(str(file))} == {9}
        assert "ERROR" not in python_m_pyperf("compare_to", "-v", *files)

    def test_a_value_for_each_invocation_where_that_is_wished(self, shown_result, kept, capfd):
        words = ["export", str(shown_result), "--to", "pyperf", "--python", "3.13t", "--per-invocation"]
        assert outcome(words) == 0
        suite = pyperf.BenchmarkSuite.loads(capfd.readouterr().out)
        members = by_group(kept)
        for bench in suite:
            run = json.loads(bench.get_metadata()["fteng_run"])
            group = next(one for one in kept.header.plan.groups if run["id"] in {each.id for each in one.runs})
            mine = next(each for each in group.runs if each.id == run["id"])
            found = series(mine, 1, members[group.id])
            assert bench.get_values() == pytest.approx([*found.times.values()], rel=1e-12)

    def test_a_packed_file_is_the_same_bytes_each_time(self, shown_result, tmp_path):
        words = ["export", str(shown_result), "--to", "pyperf", "--python", "3.13"]
        for name in ("a.json.gz", "b.json.gz", "c.json"):
            assert outcome([*words, "-o", str(tmp_path / name)]) == 0
        first, second, plain = ((tmp_path / name).read_bytes() for name in ("a.json.gz", "b.json.gz", "c.json"))
        assert first == second
        assert gzip.decompress(first) == plain
        assert len(pyperf.BenchmarkSuite.load(str(tmp_path / "a.json.gz"))) == 6


class TestNames:
    def test_each_state_of_the_gil_has_a_file_and_settings_of_one_state_have_names(self, results):
        one = results.scenarios[0]
        row = next(row for row in one.runs if row.run.interpreter == "3.13t")
        on = replace(row, run=replace(row.run, id="on", gil="on"), gil=True)
        off = replace(row, run=replace(row.run, id="off", gil="off"))
        found = named(replace(results, scenarios=(replace(one, runs=(*one.runs, on, off)),)))
        assert [found[key].build for key in (row.run.id, "on", "off")] == ["3.13t", "3.13t-gil-on", "3.13t"]
        assert found["on"].short == found[row.run.id].short
        assert found["off"].short == found[row.run.id].short.replace("]", ",setting=off]")
        assert len({name.full for name in found.values()}) == len(found)

    def test_files_of_interpreters_with_paths_have_names_of_their_own(self, results):
        one, specs = results.scenarios[0], ("/a/bin/python3", "a-bin-python3", "..", "é/é")
        rows = [
            replace(one.runs[0], run=replace(one.runs[0].run, id=spec, interpreter=spec), gil=True) for spec in specs
        ]
        found = named(replace(results, scenarios=(replace(one, runs=tuple(rows)),)))
        assert [found[spec].build for spec in specs] == ["a-bin-python3", "a-bin-python3-2", "python", "python-2"]


BMF = {
    "type": "object",
    "propertyNames": {"minLength": 1, "maxLength": 1024},
    "additionalProperties": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["parameters", "measures"],
            "additionalProperties": False,
            "properties": {
                "parameters": {
                    "type": "object",
                    "maxProperties": 8,
                    "propertyNames": {"minLength": 1, "maxLength": 64},
                    "additionalProperties": {"type": ["string", "number", "boolean"], "maxLength": 64},
                },
                "measures": {
                    "propertyNames": {"maxLength": 64},
                    "additionalProperties": {
                        "type": "object",
                        "maxProperties": 8,
                        "required": ["value"],
                        "additionalProperties": {"type": "number"},
                    },
                },
            },
        },
    },
}
"""What Bencher's server accepts of `json_v1`: https://bencher.dev/v1/bmf.json, with the limits of the reference of the
format and of `bencher_json` (MAX_PARAMETER_KEYS), which that schema leaves out."""


class TestBencher:
    def test_entries_keep_its_limits_and_have_our_intervals(self, written, rows):
        document = json.loads((written / "bencher" / "bencher.json").read_text())
        jsonschema.validate(document, BMF)
        (entries,) = document.values()
        assert len(entries) == len(rows)
        latencies = {one["measures"]["latency"]["value"]: one["measures"]["latency"] for one in entries}
        for row in rows.values():
            time = dict(row.metrics)["time"]
            found = latencies[1e9 * time.value]
            assert (found["lower_value"], found["upper_value"]) == (1e9 * time.low, 1e9 * time.high)
        identities = [json.dumps(one["parameters"], sort_keys=True) for one in entries]
        assert len(set(identities)) == len(identities)

    def test_many_and_long_parameters_stay_within_them_and_apart(self, results, kept):
        one = results.scenarios[0]
        more = tuple((f"{'k' * 70}{number}", "v" * 80 + str(number)) for number in range(9))
        runs = tuple(
            replace(row, run=replace(row.run, parameters=(*row.run.parameters, *more, ("last", float("inf")))))
            for row in one.runs
        )
        long = replace(results, scenarios=(replace(one, runs=runs),))
        (file,) = export.export("bencher", long, kept, export.Wishes()).files
        document = json.loads("".join(file.pieces))
        jsonschema.validate(document, BMF)
        every = [(name, json.dumps(entry["parameters"])) for name, entries in document.items() for entry in entries]
        assert len(set(every)) == len(one.runs)
        assert all(len(json.loads(parameters)) == 8 for _, parameters in every)

    def test_version_0_has_the_same_numbers_under_names(self, written, rows):
        document = json.loads((written / "bencher-v0" / "bencher-v0.json").read_text())
        assert len(document) == len(rows)
        for measures in document.values():
            assert set(measures["latency"]) <= {"value", "lower_value", "upper_value"}
        assert {one["latency"]["value"] for one in document.values()} == {
            1e9 * dict(row.metrics)["time"].value for row in rows.values()
        }


RANGE = re.compile(r"(?P<prefix>(\+-|±)\s*)(?P<value>\d.+)")
"""As src/extractRangeInfo.ts of github-action-benchmark finds a range; the rest must be a number to JavaScript."""


class TestGithubActionBenchmark:
    def test_entries_are_what_its_source_reads(self, written, rows):
        folder, found = written / "github-action-benchmark", {}
        for name in ("customSmallerIsBetter", "customBiggerIsBetter"):
            entries = json.loads((folder / f"{name}.json").read_text())
            assert entries
            for one in entries:
                assert set(one) <= {"name", "unit", "value", "range", "extra"}
                assert (type(one["name"]), type(one["unit"]), type(one["value"])) == (str, str, float)
                assert math.isfinite(float(RANGE.search(one["range"])["value"]))
                assert not set("`|<>\n") & set(one["name"])
                found[one["name"]] = one
        assert len(found) == sum(2 + bool(row.speedup) for row in rows.values())
        time = dict(next(row for row in rows.values() if row.run.interpreter == "3.13t").metrics)["time"]
        entry = next(one for name, one in found.items() if "python=3.13t,gil=off" in name and name.endswith(" time"))
        assert entry["value"] == pytest.approx(1e9 * time.value, rel=1e-5)
        assert float(RANGE.search(entry["range"])["value"]) == pytest.approx(1e9 * (time.high - time.low) / 2, rel=1e-5)
        assert "4 invocations, GIL off" in entry["extra"].split("\n")


class TestHyperfine:
    def test_a_time_is_that_of_an_invocation(self, written, rows):
        found = json.loads((written / "hyperfine" / "hyperfine.json").read_text())["results"]
        assert len(found) == len(rows)
        for one in found:
            assert one["median"] == statistics.median(one["times"])
            assert one["mean"] == pytest.approx(statistics.mean(one["times"]), rel=1e-12)
            assert one["stddev"] == pytest.approx(statistics.stdev(one["times"]), rel=1e-9)
            assert (one["min"], one["max"]) == (min(one["times"]), max(one["times"]))
            assert len(one["times"]) == len(one["exit_codes"]) == len(one["memory_usage_byte"]) == 4
            assert all(isinstance(value, str) for value in one["parameters"].values())

    def test_its_own_scripts_read_it(self, written):
        folder = os.environ.get("FTENG_HYPERFINE_SCRIPTS")
        if not folder:
            pytest.skip(
                "no scripts of hyperfine (Debian's package has none): set FTENG_HYPERFINE_SCRIPTS to their folder"
            )
        words = [sys.executable, Path(folder) / "advanced_statistics.py", written / "hyperfine" / "hyperfine.json"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        assert done.stdout.count("percentiles:") == 12


class TestCommand:
    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["--to", "pyperf"], "makes 2 files (3.13.json, 3.13t.json): name a folder for them with --output"),
            (["--to", "pyperv"], "nothing is exported to 'pyperv'; did you mean pyperf?"),
            (["--to", "nothing"], f"known are {', '.join(TOOLS)}"),
            (["--to", "hyperfine", "--equalize"], "--equalize cannot be had with --to hyperfine"),
            (["--to", "pyperf", "--python", "3.9"], "--python 3.9: this result has no numbers of it; it has those of"),
            (["--to", "pyperf", "--python", "3.13", "--equalize"], "fteng compare"),
            (["--to", "bencher", "-o", "x.json.gz"], "only pyperf reads packed files"),
            (["--to", "bencher", "-o", "{result}/journal.jsonl"], "is what the report is made from"),
            (["--to", "pyperf", "-o", "{result}/journal.jsonl"], "is no folder that can be written to"),
        ],
    )
    def test_a_wrong_wish_is_one_message_and_no_file(self, words, told, *, shown_result, tmp_path, monkeypatch, capfd):
        monkeypatch.chdir(tmp_path)
        before = (shown_result / journal.FILE).read_bytes()
        named_ = [word.format(result=shown_result) for word in words]
        assert outcome(["export", str(shown_result), *named_]) == 2
        error = capfd.readouterr().err
        assert told in error
        assert error.count("\n") == 1
        assert not any(tmp_path.iterdir())
        assert (shown_result / journal.FILE).read_bytes() == before

    @pytest.mark.parametrize("tool", TOOLS)
    def test_files_are_plain_ascii(self, tool, written):
        for file in (written / tool).iterdir():
            text = file.read_bytes()
            assert text.isascii()
            assert all(letter >= 32 or letter == 10 for letter in text)

    def test_a_result_without_numbers_has_nothing_to_export(self, kept, tmp_path, capfd):
        with journal.create(tmp_path / "none", kept.header):
            pass
        assert outcome(["export", str(tmp_path / "none"), "--to", "pyperf"]) == 2
        assert "no run of this result gave numbers" in capfd.readouterr().err
