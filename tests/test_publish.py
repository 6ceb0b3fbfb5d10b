"""`fteng publish`: a result without the paths of the machine, with every number as it was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine import analysis, journal, kernel, plan, publish, resources
from engine import scenario as scenarios
from engine.cli import outcome
from engine.errors import JournalError
from engine.model import Header, Host, Interpreter
from engine.publish.names import Names, tails

OLDER = Path(__file__).parent / "data" / "journal"

KERNEL = '''"""Counts its loops."""
from itertools import repeat
PARAMS = {"source": {"type": "string", "default": "", "description": "a file that it does not read"}}
def setup(threads, *, source): return source
def prepare(shared, index): return [0, shared]
def run(own, loops):
    for _ in repeat(None, loops):
        pass
    own[0] += loops
    own[1].endswith("missing") and open(own[1])
def check(shared, owns, loops):
    assert all(own[0] == loops for own in owns)
'''

SCENARIO = """title: Counting
question: Does it count?
kernel: ./counting.py
interpreters: ["{python}", 3.13t]
matrix: {{threads: [1, 2], source: ["{folder}/here", "{folder}/missing"]}}
baseline: {{interpreter: "{python}"}}
measure: {{invocations: 2, iterations: 2, iteration_time: 2ms, time_limit: 60s, timeout: 20s}}
claims:
  - claim: It takes no time at all
    ratio: time
    of: {{interpreter: 3.13t}}
    to: {{interpreter: "{python}"}}
    where: {{source: "{folder}/here"}}
    below: 1000
"""


@pytest.fixture(scope="module")
def measured(
    tmp_path_factory: pytest.TempPathFactory,
    default_build: Interpreter,
    free_threaded: Interpreter,
    inside: Callable[..., subprocess.CompletedProcess[str]],
) -> Path:
    """A result of Anna Maria's: a scenario, a kernel and an interpreter of her own, and a run that fails."""
    home = tmp_path_factory.mktemp("home") / "anna maria"
    (home / "builds" / "pgo").mkdir(parents=True)
    python = home / "builds" / "pgo" / "python"
    python.symlink_to(default_build.executable)
    (home / "counting.py").write_text(KERNEL)
    (home / "counting.yaml").write_text(SCENARIO.format(python=python, folder=home))
    done = inside(home, "run", str(home / "counting.yaml"), "--output", str(home / "result"), "-q", "--formats", "csv")
    assert done.returncode == 3, done.stderr  # the run whose file is missing
    return home / "result"


@pytest.fixture(scope="module")
def published(measured: Path) -> Path:
    folder = measured.parent.parent / "published"
    assert outcome(["publish", str(measured), "--output", str(folder)]) == 0
    return folder


@pytest.mark.real
class TestPublished:
    def test_no_file_of_it_holds_a_path_of_the_machine(self, measured: Path, published: Path) -> None:
        names = {path.name for path in published.iterdir()}
        assert names == {"README.md", "journal.jsonl", "report.csv", "report.txt"}
        for path in published.iterdir():
            text = path.read_text()
            for word in (
                "anna",
                "maria",
                str(measured.parent.parent),
                str(Path(sys.executable).parent),
                str(Path.home()),
            ):
                assert word not in text, (path.name, word)

    def test_every_number_is_as_it_was(self, measured: Path, published: Path) -> None:
        before, after = journal.read(measured), journal.read(published)
        assert before.finished
        assert after.finished
        assert after.stops == before.stops
        assert [replace(one, failure=None) for one in after.invocations] == [
            replace(one, failure=None) for one in before.invocations
        ]
        assert [group.id for group in after.header.plan.groups] == [group.id for group in before.header.plan.groups]
        old, new = ((path / journal.FILE).read_bytes().splitlines()[1:] for path in (measured, published))
        failed = [b'"failure":{' in line for line in old]
        assert any(failed)
        assert all(one == other or wrong for one, other, wrong in zip(old, new, failed, strict=True))

    def test_it_is_judged_as_the_result_itself(self, measured: Path, published: Path) -> None:
        one, other = (analysis.analyse(journal.read(path)).scenarios[0] for path in (measured, published))
        assert [run.metrics for run in other.runs] == [run.metrics for run in one.runs]
        assert [run.against for run in other.runs] == [run.against for run in one.runs]
        assert [claim.verdict for claim in other.claims] == [claim.verdict for claim in one.claims] == ["supported"]
        assert len(other.failed) == len(one.failed) > 0
        assert "counting.py" in other.failed[0].failure.detail

    def test_interpreters_scenarios_and_kernels_have_names_instead(self, published: Path) -> None:
        header = journal.read(published).header
        assert [(one.spec, one.executable) for one in header.plan.interpreters] == [
            ("python", "python"),
            ("3.13t", "3.13t"),
        ]
        (asked,) = header.plan.scenarios
        assert (asked.path, asked.kernel.path) == ("counting.yaml", "counting.py")
        assert asked.interpreters == ("python", "3.13t")
        assert dict(asked.baseline) == {"interpreter": "python"}
        assert dict(asked.matrix)["source"] == (".../here", ".../missing")
        assert 'interpreters: ["python", 3.13t]' in asked.source
        assert header.command == "fteng run counting.yaml --output .../result -q --formats csv"

    def test_its_page_says_what_was_measured_and_what_came_out(self, published: Path) -> None:
        page = (published / "README.md").read_text()
        assert page.startswith("# published\n")
        assert "| 3.13t | 3.13." in page
        assert "Claims: 1 supported" in page
        assert "**Failed**" in page
        digest = subprocess.run(["sha256sum", published / "journal.jsonl"], capture_output=True, text=True, check=True)
        assert digest.stdout.split()[0] in page

    def test_other_commands_read_it(self, measured: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert outcome(["report", str(published)]) == 0
        assert capsys.readouterr().out == (published / "report.txt").read_text()
        assert outcome(["compare", str(published), str(measured), "--format", "csv"]) == 0
        again = published.with_name("again")
        assert outcome(["publish", str(published), "-o", str(again)]) == 0
        assert (again / journal.FILE).read_bytes() == (published / journal.FILE).read_bytes()

    def test_it_cannot_be_gone_on_with(
        self, published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = (published / journal.FILE).read_bytes().splitlines(keepends=True)
        (tmp_path / journal.FILE).write_bytes(b"".join(lines[:-1]))
        assert outcome(["run", "--resume", str(tmp_path)]) == 2
        assert "the interpreter python is not at python" in capsys.readouterr().err

    def test_nothing_is_overwritten_and_a_failure_leaves_nothing(
        self, measured: Path, published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert outcome(["publish", str(measured), "-o", str(published)]) == 2
        assert "exists already" in capsys.readouterr().err
        damaged = tmp_path / "damaged"
        damaged.mkdir()
        text = (measured / journal.FILE).read_bytes()
        (damaged / journal.FILE).write_bytes(text.replace(b'"start_ns":[', b'"start_ns":[9', 1))
        assert outcome(["publish", str(damaged), "-o", str(tmp_path / "new")]) == 2
        assert "its checksum does not fit" in capsys.readouterr().err
        assert not (tmp_path / "new").exists()

    def test_what_is_not_complete_is_published_only_on_demand(
        self, measured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        begun = tmp_path / "begun"
        begun.mkdir()
        lines = (measured / journal.FILE).read_bytes().splitlines(keepends=True)
        (begun / journal.FILE).write_bytes(b"".join(lines[: len(lines) // 2]) + b'{"kind":"invocation","gro')
        assert outcome(["publish", str(begun), "-o", str(tmp_path / "new")]) == 2
        assert "is not complete" in capsys.readouterr().err
        assert outcome(["publish", str(begun), "-o", str(tmp_path / "new"), "--partial"]) == 0
        assert "**Not complete**" in (tmp_path / "new" / "README.md").read_text()
        assert len(journal.read(tmp_path / "new").invocations) == sum(
            b'"invocation"' in line for line in lines[: len(lines) // 2]
        )


def test_what_is_left_of_a_word_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"kind":"header"}\n' + json.dumps({"text": "annas Anna anna-maria, été"}) + "\n")
    assert list(publish.leftovers(path, ["anna", "été", "no", "root", "nobody"])) == [
        "'anna' still stands in journal.jsonl, 1 times, first in line 2",
        "'été' still stands in journal.jsonl, 1 times, first in line 2",
    ]


@pytest.mark.parametrize("format_", [1, 2])
def test_results_of_older_versions_are_published(tmp_path: Path, format_: int) -> None:
    old = OLDER / f"format{format_}.jsonl"
    header, names = publish.cleaned(journal.read(old).header)
    journal.copy(old, tmp_path / journal.FILE, header, names.text)
    new = journal.read(tmp_path)
    assert new.header == header
    assert list(new.invocations) == list(journal.read(old).invocations)


KNOWN = Names(
    known={
        "/home/eva b/py/bin/python3": "3.14t",
        "/srv/x/scenarios/gil/a.yaml": "scenarios/gil/a.yaml",
        "mine/py": "py",
    }
)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("'/home/eva b/py/bin/python3' -V", "'3.14t' -V"),
        ("/home/eva b/other/file: line 3", ".../other/file: line 3"),
        ("fteng run /srv/x/scenarios/gil/a.yaml", "fteng run scenarios/gil/a.yaml"),
        ("/srv/x/scenarios/gil/a.yaml.old", ".../a.yaml.old"),
        ("mine/py", "py"),
        ("/home/anna", "~"),
        ("HOME=/home/anna PATH=/home/anna/bin:/usr/bin", "HOME=~ PATH=.../bin:/usr/bin"),
        ("-I/home/anna/include -O3", "-I.../include -O3"),
        ("-I/opt/secret/include", "-I.../include"),
        ('File "/root/work/mine.py", line 1', 'File ".../mine.py", line 1'),
        ("/Users/anna/x and /var/home/eva/y", ".../x and .../y"),
        ("file:///home/anna/lib/schema.json", "file://.../schema.json"),
        ("file:///data/anna/schema.json", "file://.../schema.json"),
        ("~eva/results/a ~/b", ".../a .../b"),
        ("/user.slice/user-1000.slice/session-2.scope", ".../session-2.scope"),
        ("GIL on/off, 1/s, either/or/both", "GIL on/off, 1/s, either/or/both"),
        ("https://docs.python.org/3/howto/free.html", "https://docs.python.org/3/howto/free.html"),
        (
            "/proc/sys/kernel/randomize_va_space, /sys/fs/cgroup/x",
            "/proc/sys/kernel/randomize_va_space, /sys/fs/cgroup/x",
        ),
        ("/usr/bin/python3.13", "/usr/bin/python3.13"),
        ("$schema=../../schema.json", "$schema=../../schema.json"),
        ("/", "/"),
    ],
)
def test_a_text_loses_its_folders_and_nothing_else(text: str, cut: str) -> None:
    assert KNOWN.text(text) == cut
    assert KNOWN.text(cut) == cut


def test_paths_become_as_short_as_they_can_be_told_apart() -> None:
    assert tails(["/a/main/python", "/a/pr/python", "3.13t"]) == {
        "/a/main/python": "main/python",
        "/a/pr/python": "pr/python",
    }
    assert tails(["/a/b/python", "python"]) == {"/a/b/python": "b/python"}


def made(paths: tuple[str, ...] = ()) -> Header:
    """The header of a plan for all shipped scenarios, on interpreters of these names."""
    chosen = scenarios.load_all(scenarios.find([str(resources.scenarios())]))
    found = {
        spec: Interpreter(spec=spec, executable=f"/home/eva/{number}/bin/python", version="3.13.5", free_threaded=True)
        for number, spec in enumerate(("3.13t", *paths))
    }
    chosen = tuple(replace(one, interpreters=tuple(found)) for one in (chosen[:1] if paths else chosen))
    planned = plan.make(chosen, found, (0, 1), 1, kernel.load(resources.kernels() / "real_cpus.py"))
    host = Host(facts=(("CPU", "one"),))
    return Header(format=3, version="0", started="2026-01-01", command="fteng run", host=host, plan=planned)


def test_what_ships_keeps_every_word_but_its_folder() -> None:
    header = made()
    cleaned, _ = publish.cleaned(header)
    kernels = {one.name: replace(one, path=f"kernels/{one.name}.py") for one in header.plan.kernels}
    assert cleaned.plan.kernels == tuple(kernels.values())
    assert cleaned.plan.groups == header.plan.groups
    assert cleaned.plan.scenarios == tuple(
        replace(one, path=f"scenarios/{one.name}.yaml", kernel=kernels[one.kernel.name])
        for one in header.plan.scenarios
    )
    assert [one.executable for one in cleaned.plan.interpreters] == ["3.13t"]


def test_two_builds_of_one_file_name_stay_two() -> None:
    cleaned, _ = publish.cleaned(made(("/home/eva/main/python", "/home/eva/pr/python")))
    assert [one.spec for one in cleaned.plan.interpreters] == ["3.13t", "main/python", "pr/python"]
    assert {run.interpreter for group in cleaned.plan.groups for run in group.runs} >= {"main/python", "pr/python"}


def test_runs_that_would_become_one_are_refused() -> None:
    header = made()
    group = header.plan.groups[0]
    runs = tuple(replace(group.runs[0], id=name, parameters=(("f", f"/{name}/x"),)) for name in ("a", "b"))
    doubled = replace(header, plan=replace(header.plan, groups=(replace(group, runs=runs),)))
    with pytest.raises(JournalError, match="two runs differ only in the folders of a path"):
        publish.cleaned(doubled)
