"""The README's key findings: written from a result and from nothing else, and still what that result says."""

from __future__ import annotations

import csv
import os
import re
import shlex
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import analysis, journal, resources, scenario, units
from engine.cli.arguments import parser
from engine.errors import EngineError
from engine.manual import findings
from engine.manual.questions import QUESTIONS, SLOTS, Part, Question

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"


@pytest.fixture(scope="module")
def result(
    tmp_path_factory: pytest.TempPathFactory,
    default_build: object,
    free_threaded: object,
    inside: Callable[..., subprocess.CompletedProcess[str]],
) -> Path:
    """A small real one, of which no number is sure."""
    home = tmp_path_factory.mktemp("findings")
    builds = ("--python", "3.13", "--python", "3.13t", "--gil", "default")
    words = ("scaling/word_count", "--fast", *builds, "--invocations", "2", "-q", "-o", "result", "--formats", "csv")
    done = inside(home, "run", *words)
    assert done.returncode == 0, done.stderr
    return home / "result"


@pytest.fixture(scope="module")
def section(result: Path) -> str:
    return findings.section(result)


def finding(section: str, title: str) -> str:
    (line,) = (line for line in section.splitlines() if line.startswith(f"- **{title}.**"))
    return line


@pytest.mark.real
class TestSection:
    def test_a_finding_has_its_interval_its_verdict_and_its_command(self, result: Path, section: str) -> None:
        line = finding(section, "Counting words")
        with (result / "report.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["metric"] == "throughput" and row["threads"] != "1"]
        (merged,) = (row for row in rows if (row["interpreter"], row["counts"]) == ("3.13t", "merged"))
        numbers = units.interval(*(float(merged[name]) for name in ("ratio_low", "ratio", "ratio_high")))
        assert f"threads of 3.13t do {numbers} times the work of one (claimed above 1.4: " in line
        verdicts = {claim.claim.text: claim for claim in analysis.analyse(journal.read(result)).scenarios[0].claims}
        (case,) = verdicts[QUESTIONS_BY_TITLE["Counting words"].parts[0].claim].cases
        assert f"(claimed above 1.4: {case.verdict})." in line
        assert line.endswith("`fteng run scaling/word_count --python 3.13 --python 3.13t --fast`")

    def test_each_interpreter_has_its_own_sentence(self, section: str) -> None:
        line = finding(section, "Counting words")
        assert re.findall(r"Taking the lock for each word, \d+ threads of (\S+) do \[", line) == ["3.13", "3.13t"]

    def test_it_begins_with_what_one_thread_costs_and_several_gain(self, section: str) -> None:
        titles = re.findall(r"^- \*\*(.+?)\.\*\*", section, re.MULTILINE)
        assert titles == ["What one thread costs", "What several gain", "The machine", "Counting words"]
        assert "over 3 patterns of 1 scenario" in finding(section, "What one thread costs")
        assert "-o result" not in section
        assert "--formats" not in section

    def test_it_says_where_when_and_by_which_builds(self, result: Path, section: str) -> None:
        header = journal.read(result).header
        for one in header.plan.interpreters:
            assert f"{one.spec} is CPython {one.version}" in section
        assert header.started[:10] in section
        assert dict(header.host.facts)["CPU"] in section
        assert f"({result}/README.md)" in section

    def test_what_the_result_does_not_hold_is_left_out_by_name(self, section: str) -> None:
        told = section.partition("Left out")[2]
        for one in QUESTIONS:
            assert (f"(`{one.scenario}`)" in told) == (one.scenario != "scaling/word_count")
            assert (f"- **{one.title}.**" in section) == (one.scenario == "scaling/word_count")

    def test_a_disturbed_machine_is_said_before_the_numbers(self, result: Path, section: str) -> None:
        doubtful = analysis.analyse(journal.read(result)).scenarios[0].doubtful
        assert ("**The machine was disturbed in 1 of 1 scenario**" in section.partition("\n- ")[0]) == doubtful

    def test_a_readme_is_changed_between_its_marks_only(self, result: Path, section: str) -> None:
        empty = "# One\n\n<!-- findings -->\n<!-- end of findings -->\n\n## Two\n"
        once = findings.written(empty, result)
        assert once == f"# One\n\n<!-- findings: {result} -->\n{section}<!-- end of findings -->\n\n## Two\n"
        assert findings.written(once, result) == once
        assert findings.source(empty) is None
        assert findings.source(once) == result
        with pytest.raises(EngineError, match="has no line `<!-- findings -->`"):
            findings.written("# One\n", result)

    def test_the_command_writes_the_readme_of_its_folder(self, result: Path, section: str, tmp_path: Path) -> None:
        (tmp_path / "README.md").write_text("<!-- findings -->\n<!-- end of findings -->\n")
        command = [sys.executable, "-m", "engine.manual", "findings"]
        how = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(ROOT)}, "capture_output": True, "text": True}
        subprocess.run([*command, str(result)], check=True, **how)
        assert section in (tmp_path / "README.md").read_text()
        done = subprocess.run([*command, "nowhere"], check=False, **how)
        assert (done.returncode, done.stderr.startswith("findings: nowhere: there is no such result")) == (1, True)


QUESTIONS_BY_TITLE = {one.title: one for one in QUESTIONS}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.scenario)
def test_what_is_asked_is_claimed_in_the_catalogue(question: Question) -> None:
    asked = scenario.load(resources.scenarios() / f"{question.scenario}.yaml")
    claims = {claim.text: claim for claim in asked.claims}
    axes = dict(asked.matrix)
    for part in question.parts:
        assert part.claim in claims
        assert {name for _, name, _, _ in string.Formatter().parse(part.words) if name} <= set(SLOTS)
        assert "{n}" in part.words
        assert part.words.endswith(".")
        for name, value in part.runs.items():
            assert value in axes[name]
            meant = dict(claims[part.claim].of.values).get(name, dict(claims[part.claim].where.values).get(name))
            assert name == "gil" or meant is None or value in meant  # there it may be the effective state


def test_the_readme_says_what_its_result_says() -> None:
    readme = README.read_text(encoding="utf-8")
    source = findings.source(readme)
    if source is None:
        pytest.skip("the README names no published result yet: python -m engine.manual findings reports/reference/NAME")
    here = Path.cwd()
    os.chdir(ROOT)
    try:
        assert findings.written(readme, source) == readme, "run: make docs"
    finally:
        os.chdir(here)
    commands = re.findall(r"`fteng (run [^`]+)`", findings.section(ROOT / source))
    assert commands
    for command in commands:
        parser().parse_args(shlex.split(command))


def test_a_verdict_that_differs_among_cases_is_not_hidden(result: Path) -> None:
    one = analysis.analyse(journal.read(result)).scenarios[0]
    runs = {run.run.id: run.run for run in one.runs}
    part = Part(claim="With the GIL, counting does not scale however it is done", words="{n}.")
    (sentence,) = findings._sentences(part, one, runs, "3.13")
    (claim,) = (claim for claim in one.claims if claim.claim.text == part.claim)
    counted = [case.verdict for case in claim.cases]
    assert len(counted) == 3
    assert all(verdict in sentence for verdict in counted)
    ends = sorted((case.estimate for case in claim.cases), key=lambda one: one.value)
    told = [units.interval(one.low, one.value, one.high) for one in ends]
    assert f"{told[0]} to {told[-1]} (" in sentence
    assert told[1] not in sentence
