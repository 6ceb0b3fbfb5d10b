"""Files of the real pyperf become results that report, compare and export take like any other; bad ones a message."""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys

import pyperf
import pytest

from engine import analysis, importing, journal, report, stats
from engine.cli import outcome
from engine.errors import EngineError

pytestmark = pytest.mark.real


def timed(path, statement, processes, *more):
    words = ["timeit", "--processes", processes, "--values", 3, "--warmups", 1, "--min-time", 0.002, "--quiet"]
    whole = [sys.executable, "-m", "pyperf", *map(str, words), "-o", str(path), *more, "--", statement]
    subprocess.run(whole, capture_output=True, check=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """a.json and b.json as pyperf wrote them, of 3 and of 4 processes; the same imported as a and b."""
    made = tmp_path_factory.mktemp("import")
    timed(made / "a.json", "sum(range(1000))", 3, "--name", "sum up")
    timed(made / "b.json", "sum(range(4000))", 4, "--name", "sum up")
    for name in ("a", "b"):
        assert outcome(["import", str(made / f"{name}.json"), "--output", str(made / name)]) == 0
    return made


def only(suite):
    (found,) = pyperf.BenchmarkSuite.load(str(suite))
    return found


class TestAFileOfPyperf:
    def test_processes_are_invocations_and_values_iterations(self, folder):
        bench, kept = only(folder / "a.json"), journal.read(folder / "a")
        (one,) = analysis.analyse(kept).scenarios
        (row,) = one.runs
        runs = [run for run in bench.get_runs() if run.values]
        located = [float(stats.LOCATION(run.values)) for run in runs]
        time = dict(row.metrics)["time"]
        again = stats.positive_interval(located, 0.95)
        assert (time.value, time.low, time.high) == pytest.approx((again.value, again.low, again.high), rel=1e-6)
        assert row.median_time == pytest.approx(
            statistics.median(map(statistics.median, [r.values for r in runs])), 1e-6
        )
        assert (row.invocations, row.iterations, row.stop) == (3, 9, "imported")
        assert row.warmup.declared == 1
        assert dict(row.run.parameters) == {"benchmark": "sum up"}
        assert dict(row.metrics)["rss"].value == pytest.approx(runs[0].get_metadata()["mem_max_rss"], rel=0.2)
        assert not {"cpu", "fairness", "switches", "skew"} & dict(row.metrics).keys()

    def test_the_interpreter_and_the_machine_are_what_pyperf_says(self, folder):
        header = journal.read(folder / "a").header
        (here,), told = header.plan.interpreters, only(folder / "a.json").get_metadata()
        assert f"{here.version} (64-bit)" == told["python_version"]
        assert (here.spec, here.implementation, here.executable) == ("python", "CPython", told["python_executable"])
        assert not here.free_threaded
        assert dict(header.host.facts)["CPU"] == told["cpu_model_name"]
        assert len(header.plan.cpus) == told["cpu_count"]
        assert header.started[:10] == told.get("date", header.started)[:10]

    def test_every_report_can_be_made_of_it(self, folder, capfd):
        for name in report.formats():
            assert outcome(["report", str(folder / "a"), "--format", name]) == 0, name
        out, err = capfd.readouterr()
        assert "pyperf" in out
        assert "imported" in out
        assert err == ""
        assert outcome(["report", str(folder / "a")]) == 0
        told = " ".join(capfd.readouterr().out.split())
        assert "measured it, in processes of 3 values, 1 of warm-up" in told
        assert "2 % of its estimate" not in told

    def test_two_are_compared_though_their_counts_differ(self, folder, capfd):
        assert outcome(["compare", str(folder / "a"), str(folder / "b"), "--format", "json"]) == 0
        (row,) = json.loads(capfd.readouterr().out)["rows"]
        for side, file in (("before_values", "a.json"), ("after_values", "b.json")):
            runs = only(folder / file).get_runs()
            assert row[side] == pytest.approx([float(stats.LOCATION(run.values)) for run in runs if run.values], 1e-6)
        assert (row["before"]["count"], row["after"]["count"]) == (3, 4)
        found = stats.compared(row["after_values"], row["before_values"], 0.95, paired=False)
        assert row["comparison"]["ratio"]["value"] == pytest.approx(found.ratio.value, rel=1e-9)
        assert row["comparison"]["p"] == pytest.approx(found.p)
        assert row["comparison"]["ratio"]["value"] > 1

    def test_its_export_is_the_same_benchmark_again(self, folder, capfd):
        assert outcome(["export", str(folder / "a"), "--to", "pyperf"]) == 0
        (again,) = pyperf.BenchmarkSuite.loads(capfd.readouterr().out)
        bench = only(folder / "a.json")
        assert again.get_name() == bench.get_name()
        assert again.get_values() == pytest.approx(bench.get_values(), rel=1e-6)
        assert again.get_metadata()["python_version"] == bench.get_metadata()["python_version"]

    def test_a_packed_file_is_the_same(self, folder):
        (folder / "packed.json.gz").write_bytes(gzip.compress((folder / "a.json").read_bytes()))
        whole, packed = (importing.read(folder / name) for name in ("a.json", "packed.json.gz"))
        assert packed.benchmarks == whole.benchmarks

    def test_it_cannot_be_gone_on_with(self, folder, capfd):
        before = (folder / "a" / journal.FILE).read_bytes()
        assert outcome(["run", "--resume", str(folder / "a")]) == 2
        assert "measured it, and fteng cannot go on with what it only imported" in capfd.readouterr().err
        assert (folder / "a" / journal.FILE).read_bytes() == before

    def test_nothing_is_overwritten(self, folder, capfd):
        before = (folder / "a" / journal.FILE).read_bytes()
        assert outcome(["import", str(folder / "b.json"), "--output", str(folder / "a")]) == 2
        assert "never overwrites a result" in capfd.readouterr().err
        assert (folder / "a" / journal.FILE).read_bytes() == before


@pytest.fixture(scope="module")
def again(shown_result, tmp_path_factory):
    """The exports of a result, imported: its folders."""
    made = tmp_path_factory.mktemp("again")
    assert outcome(["export", str(shown_result), "--to", "pyperf", "--output", str(made)]) == 0
    for name in ("3.13", "3.13t"):
        assert outcome(["import", str(made / f"{name}.json"), "--output", str(made / name)]) == 0
    return made


class TestAFileOfOurs:
    def test_runs_and_estimates_are_what_they_were(self, again, shown_result):
        results = analysis.analyse(journal.read(shown_result))
        rows = {row.run.id: row for one in results.scenarios for row in one.runs}
        found = {}
        for name in ("3.13", "3.13t"):
            imported = analysis.analyse(journal.read(again / name))
            (here,) = (one for one in results.interpreters if one.spec == name)
            assert imported.interpreters == (here,)
            assert imported.host.facts == results.host.facts
            found |= {row.run.id: row for one in imported.scenarios for row in one.runs}
        assert found.keys() == rows.keys()
        for key, row in rows.items():
            assert (found[key].run, found[key].gil, found[key].loops) == (row.run, row.gil, row.loops)
            assert found[key].median_time == pytest.approx(row.median_time, rel=1e-12)
            for metric in ("time", "throughput", "rss"):
                was, now = dict(row.metrics)[metric], dict(found[key].metrics)[metric]
                assert (now.value, now.low, now.high) == pytest.approx((was.value, was.low, was.high), rel=1e-12)
            if row.speedup:  # one process measured all thread counts, and so it is here
                was, now = row.speedup, found[key].speedup
                assert (now.paired, now.base) == (was.paired, was.base)
                assert (now.ratio.value, now.ratio.low) == pytest.approx((was.ratio.value, was.ratio.low), rel=1e-12)

    def test_it_is_compared_with_the_result_it_was_made_of(self, again, shown_result, capfd):
        assert outcome(["compare", str(again / "3.13t"), str(shown_result), "--format", "json"]) == 0
        document = json.loads(capfd.readouterr().out)
        assert len(document["rows"]) == 6
        for row in document["rows"]:
            assert row["comparison"]["ratio"]["value"] == pytest.approx(1, rel=1e-9)
        assert any("through a file of pyperf) before, fteng after" in text for text in document["warnings"])

    def test_two_interpreters_are_compared_under_one_name(self, again, capfd):
        for name in ("3.13", "3.13t"):
            words = ["import", str(again / f"{name}.json"), "--as", "mine", "--output", str(again / f"mine-{name}")]
            assert outcome(words) == 0
        assert outcome(["compare", str(again / "mine-3.13"), str(again / "mine-3.13t"), "--format", "json"]) == 0
        document = json.loads(capfd.readouterr().out)
        assert len(document["rows"]) == 6
        assert any("Interpreter mine is another build" in text for text in document["warnings"])


VALUES = [0.001, 0.0011, 0.0012]


def suite(*runs, **metadata):
    """A file of one benchmark."""
    told = {"name": "x", **metadata}
    return {"version": "1.0", "benchmarks": [{"metadata": told, "runs": [*runs] or [{"values": VALUES}] * 3}]}


BAD = {
    "no JSON": (b"\xff\x00 not json", "is no JSON"),
    "empty": (b"", "is no JSON"),
    "deep": (b"[" * 100_000, "is no JSON"),
    "another JSON": ({"results": []}, "it has no `benchmarks`"),
    "a list": ([1, 2], "it has no `benchmarks`"),
    "old": ({"version": 5, "benchmarks": []}, "python -m pyperf convert"),
    "no benchmark": ({"version": "1.0", "benchmarks": []}, "holds no times to import: it has no benchmark"),
    "benchmarks is a text": ({"version": "1.0", "benchmarks": "x"}, "benchmarks: expected a list, found"),
    "only calibration": (suite({"warmups": [[1, 0.5]]}), "holds no times to import: x: it has no values"),
    "bytes": (suite(unit="byte"), "holds no times to import: x: its unit is byte, and only times are imported"),
    "NaN": (suite({"values": [0.1, float("nan")]}), "benchmarks[0].runs[0].values[1]: expected a number of seconds"),
    "infinite": (suite({"values": [float("inf")]}), "found Infinity"),
    "huge": (suite({"values": [1e300]}), "at most 1e+07, found 1e+300"),
    "zero": (suite({"values": [0.0]}), "expected a number of seconds above 0"),
    "negative": (suite({"values": [-1]}), "found -1"),
    "true": (suite({"values": [True]}), "found true"),
    "text": (suite({"values": ["1"]}), 'found "1"'),
    "values is a number": (suite({"values": 1}), "runs[0].values: expected a list, found 1"),
    "a run is a list": (suite([1]), "runs[0]: expected an object, found a list"),
    "warm-up": (suite({"values": VALUES, "warmups": [[0, 1]]}), "warmups[0][0]: expected a whole number of at least 1"),
    "loops": (suite(loops=0), "metadata.loops: expected a whole number of at least 1, found 0"),
    "many loops": (suite(loops=10**40), "found a whole number of more than 30 digits"),
    "years": (suite(loops=10**12), "cannot have been measured"),
    "no name": ({"version": "1.0", "benchmarks": [{"runs": [{"values": [1]}]}]}, "benchmarks[0]: has no name"),
    "twice": (
        {"version": "1.0", "benchmarks": suite()["benchmarks"] * 2},
        "benchmarks[1]: a benchmark called 'x' comes twice",
    ),
    "torn gzip": (gzip.compress(json.dumps(suite()).encode())[:-20], "cannot be read"),
    "controls": ({"version": "\x1b[2J", "benchmarks": []}, "pyperf convert"),
}


class TestABadFile:
    @pytest.mark.parametrize("case", BAD)
    def test_is_one_message_and_no_result(self, case, tmp_path, capfd):
        content, told = BAD[case]
        path = tmp_path / "bad.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        assert outcome(["import", str(path), "--output", str(tmp_path / "result")]) == 2
        error = capfd.readouterr().err
        assert told in error
        assert error.startswith(f"fteng: {path}: ")
        assert error.rstrip("\n").isprintable()
        assert [one.name for one in tmp_path.iterdir()] == ["bad.json"]

    def test_that_is_no_file_is_a_message_too(self, tmp_path, capfd):
        for path in (tmp_path, tmp_path / "none"):
            assert outcome(["import", str(path)]) == 2
            assert "name a JSON file of pyperf" in capfd.readouterr().err

    def test_a_packed_file_that_would_fill_the_memory_is_refused(self, tmp_path, monkeypatch, capfd):
        monkeypatch.setattr("engine.importing.pyperf.LARGEST", 10_000)
        (tmp_path / "bomb.gz").write_bytes(gzip.compress(b" " * 1_000_000))
        assert outcome(["import", str(tmp_path / "bomb.gz")]) == 2
        assert "is larger than" in capfd.readouterr().err


ODD = {
    "fteng_run": ["", "{}", "[1]", '{"id": NaN}', '{"threads": 1e999}', "[" * 5000, 3, True],
    "fteng_build": ["{}", '{"spec": 1}', "x"],
    "fteng_host": ['{"facts": {"CPU": 1}, "cpus": ["x"]}', '{"facts": [], "cpus": [-1]}', '{"cpus": [1e9]}', "[]"],
    "date": ["yesterday", "9999-12-31T23:59:59-12:00", 5],
    "duration": [-1, 1e300, "x", True],
    "mem_max_rss": [-5, 2**80, "x"],
    "fteng_round": [0, -1, 2**70, True, "1"],
    "cpu_count": [0, -1, 10**9, "2", True],
    "python_version": ["", 5, "\x1b[2J", "<script>"],
    "python_config_args": ["'", "--disable-gil --with-lto=full"],
    "gil_enabled": ["x", None, 1],
    "description": [5, "\x1b]0;owned\x07"],
}


class TestOddMetadata:
    @pytest.mark.parametrize("key", ODD)
    def test_costs_no_number(self, key, tmp_path, capfd):
        for number, value in enumerate(ODD[key]):
            path, result = tmp_path / f"{number}.json", tmp_path / str(number)
            path.write_text(json.dumps(suite(**{key: value})))
            assert outcome(["import", str(path), "--output", str(result)]) == 0, value
            ((row,),) = (one.runs for one in analysis.analyse(journal.read(result)).scenarios)
            assert dict(row.metrics)["time"].value == pytest.approx(0.00105)
            assert outcome(["report", str(result)]) == 0
            assert all(line.isprintable() for line in capfd.readouterr().out.split("\n"))

    def test_a_run_that_claims_to_be_another_twice_is_kept_apart(self, tmp_path, shown_result):
        header = journal.read(shown_result).header
        run = json.dumps({"id": "x", **json.loads(json.dumps(vars_of(header.plan.groups[0].runs[0])))})
        one = {"metadata": {"fteng_run": run}, "runs": [{"values": VALUES}] * 2}
        named = [{**one, "metadata": {**one["metadata"], "name": name}} for name in "ab"]
        (tmp_path / "two.json").write_text(json.dumps({"version": "1.0", "benchmarks": named}))
        found = importing.imported(importing.read(tmp_path / "two.json"))
        assert [one.name for one in found.plan.scenarios] == ["shown", "imported/pyperf"]
        assert len({run.id for group in found.plan.groups for run in group.runs}) == 2

    def test_values_of_a_few_nanoseconds_keep_their_digits(self, tmp_path):
        values = [1.23456789e-9, 1.23456788e-9, 1.3e-9]
        (tmp_path / "fine.json").write_text(json.dumps(suite(*[{"values": values}] * 2)))
        found = importing.imported(importing.read(tmp_path / "fine.json"))
        team = found.invocations[0].teams[0]
        walls = [(one.end_ns[0] - one.start_ns[0]) * 1e-9 / team.loops for one in team.iterations]
        assert walls == pytest.approx(values, rel=1e-7)

    def test_values_too_far_apart_for_one_clock_are_a_message(self, tmp_path):
        path = tmp_path / "far.json"
        path.write_text(json.dumps(suite({"values": [1e-30, 9e6]})))
        with pytest.raises(EngineError, match="too far apart for one clock"):
            importing.imported(importing.read(path))


def vars_of(run):
    from engine.serial import to_plain

    return to_plain(run)
