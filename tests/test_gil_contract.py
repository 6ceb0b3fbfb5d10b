"""A free-threaded run has the GIL off all the way: real C extensions that switch it on, through the real command."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine import journal, spawn
from engine.model import Interpreter, Journal

SOURCES = Path(__file__).parent / "data" / "extension"

BUILT = {
    "single": ("single_phase.c", ()),
    "slotless": ("multi_phase.c", ()),
    "declared": ("multi_phase.c", ("-DDECLARED",)),
    "package._speed": ("single_phase.c", ()),
}
"""Module -> its source and flags. Only `declared` says that it needs no GIL; `package` imports both of the last two."""

KERNEL = '''"""Imports an extension module at one of the moments that a kernel has."""
import os
import sys
import warnings
from importlib import import_module
from itertools import repeat

PARAMS = {"case": {"type": "string", "default": "never", "description": "Module, moment and how it is silenced."}}
METRICS = {"checks": {"unit": "", "description": "Always 1."}}

def load(case, moment):
    module, when, how = (case.split() + ["", "", ""])[:3]
    if when != moment:
        return
    if how == "ignored":
        warnings.simplefilter("ignore")
    if how == "closed":
        os.close(2)
    if how == "refused":
        warnings.simplefilter("error")
        try:
            import_module(module)
        except RuntimeWarning:
            sys.modules.pop(module, None)
        return
    import_module(module).one()

def setup(threads, *, case):
    load(case, "setup")
    return case

def prepare(shared, index):
    load(shared, "prepare")
    return [0, shared]

def run(own, loops):
    for _ in repeat(None, loops):
        pass
    own[0] += loops
    if own[0] > 3 * loops:  # when a few iterations have been measured
        load(own[1], "run")

def check(shared, owns, loops):
    load(shared, "check")
    return {"checks": 1}
'''

LOADING = '''"""Imports an extension module when it is loaded itself."""
import single
def setup(threads): return None
def prepare(shared, index): return None
def run(own, loops): single.one()
def check(shared, owns, loops): pass
'''

GUILTY = {
    "single setup": "was on after set-up: loading 'single' enabled it",
    "single prepare": "was on after set-up: loading 'single' enabled it",
    "single run": "was on after measuring: loading 'single' enabled it",
    "single check": "loading 'single' enabled it",
    "slotless prepare": "was on after set-up: loading 'slotless' enabled it",
    "package setup": "was on after set-up: loading 'package._speed' enabled it",
    "package run ignored": "was on after measuring: it came on while 'package._speed' was loaded",
    "slotless setup closed": "was on after set-up: it came on while 'slotless' was loaded",
    "single prepare refused": "was on after set-up: it came on while 'single' was loaded",
}
"""A case and what its failure says; it is the pilot that meets it."""

SOME = ("-p", "case=single setup,slotless setup closed,package run ignored,declared run", "--invocations", "1")
"""Words of the command line: a few of them."""

INNOCENT = ("never", "declared setup", "declared prepare", "declared run", "declared check")

SCENARIO = f"""title: Extensions
question: Does the lock stay off?
kernel: ./importing.py
interpreters: [3.13, 3.13t]
matrix:
  threads: [1, 2]
  case: {json.dumps([*GUILTY, *INNOCENT])}
measure: {{invocations: 1, iterations: 4, warmup: 1, iteration_time: 1ms, time_limit: 120s, timeout: 20s}}
claims:
  - {{claim: The guilty have numbers, metric: checks, of: {{case: {json.dumps([*GUILTY])}}}, where: {{gil: off}},
     equals: 1}}
  - {{claim: The innocent have numbers, metric: checks, of: {{case: {json.dumps([*INNOCENT])}}}, where: {{gil: off}},
     equals: 1}}
"""


@dataclass(frozen=True)
class Ran:
    """What one `fteng run` left behind."""

    done: subprocess.CompletedProcess[str]
    journal: Journal
    report: str
    summary: list[dict[str, str]]
    iterations: list[dict[str, str]]

    def failures(self, interpreter: str) -> dict[str, tuple[str, str]]:
        """Case -> outcome and message, for every case of an interpreter that failed."""
        groups = {group.id: group.runs[0] for group in self.journal.header.plan.groups if not group.control}
        return {
            str(dict(run.parameters).get("case", "")): (record.failure.outcome, record.failure.message)
            for record in self.journal.invocations
            if record.failure
            if record.group in groups
            for run in [groups[record.group]]
            if run.interpreter == interpreter
        }

    def cases(self, interpreter: str, **cells: str) -> set[str]:
        """The cases of which report.csv has numbers."""
        wanted = {"interpreter": interpreter, **cells}
        return {row["case"] for row in self.summary if all(row[name] == cell for name, cell in wanted.items())}


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with the extensions, built for whatever 3.13 is here, and the kernels that import them."""
    made = tmp_path_factory.mktemp("extensions")
    (made / "locks").mkdir()
    (made / "package").mkdir()
    (made / "package" / "__init__.py").write_text("from . import _speed\nimport declared\none = _speed.one\n")
    (made / "importing.py").write_text(KERNEL)
    (made / "loading.py").write_text(LOADING)
    (made / "extensions.yaml").write_text(SCENARIO)
    (made / "loading.yaml").write_text(
        "title: Loading\nquestion: Is it off?\nkernel: ./loading.py\ninterpreters: [3.13, 3.13t]\n"
    )
    return made


@pytest.fixture(scope="module")
def built(folder: Path, default_build: Interpreter, free_threaded: Interpreter) -> Path:
    """The folder once every module is compiled against the headers of the interpreters that import it."""
    if not shutil.which("gcc"):
        pytest.skip("no gcc here to compile an extension with")
    for python in (default_build, free_threaded):
        asked = "import sysconfig as s; print(s.get_path('include')); print(s.get_config_var('EXT_SUFFIX'))"
        include, suffix = spawn.command([python.executable, "-I", "-c", asked]).out.split()
        if not Path(include, "Python.h").exists():
            pytest.skip(f"no headers of CPython {python.version}, which has an extension compiled against them")
        for module, (source, flags) in BUILT.items():
            name = module.rpartition(".")[2]
            target = folder.joinpath(*module.split(".")).with_name(name + suffix)
            words = ["gcc", "-shared", "-fPIC", "-O0", f"-I{include}", f"-DNAME={name}", *flags, SOURCES / source]
            made = spawn.command([*words, "-o", target])
            assert not made.returncode, made.err
    return folder


@pytest.fixture(scope="module")
def run(built: Path, inside: Callable[..., subprocess.CompletedProcess[str]]) -> Run:
    """`fteng run` in that folder, with its own lock; as a process of its own where it has an `environment`."""

    def call(*words: str, environment: Mapping[str, str] = {}) -> Ran:
        folder = built / f"result{len(list(built.glob('result*')))}"
        whole = ("run", *words, "--seed", "1", "--output", str(folder), "--formats", "csv,iterations,text")
        done = process(built, whole, environment) if environment else inside(built, *whole)
        assert folder.exists(), done.stderr
        return Ran(
            done=done,
            journal=journal.read(folder),
            report=(folder / "report.txt").read_text(),
            summary=list(_rows(folder / "report.csv")),
            iterations=list(_rows(folder / "iterations.csv")),
        )

    return call


def process(folder: Path, words: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engine", *words],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "locks"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def default(run: Run) -> Ran:
    """Every case, on both builds, as `gil: default`; the environment wants the GIL on, which must be mute."""
    return run("extensions.yaml", environment={"PYTHON_GIL": "1"})


@pytest.mark.real
class TestAnExtensionThatNeedsTheGil:
    @pytest.mark.parametrize("case", GUILTY)
    def test_makes_its_invocation_invalid_and_is_named_with_the_moment(self, default: Ran, case: str) -> None:
        outcome, message = default.failures("3.13t")[case]
        assert outcome == "gil"
        assert message.startswith("the GIL must be off and was on ")
        assert message.endswith(GUILTY[case])
        assert message in " ".join(default.report.split())

    def test_has_no_number_in_any_table(self, default: Ran) -> None:
        assert default.cases("3.13t") == set(INNOCENT)
        runs = {run.id: run for group in default.journal.header.plan.groups for run in group.runs}
        measured = {dict(runs[row["run"]].parameters)["case"] for row in default.iterations if row["run"] in runs
                    and runs[row["run"]].interpreter == "3.13t"}  # fmt: skip
        assert measured == set(INNOCENT)

    def test_leaves_its_claim_untested_and_the_others_supported(self, default: Ran) -> None:
        text = default.report
        assert "[not tested] " in text.partition("The guilty have numbers")[0].splitlines()[-1]
        assert "[supported] " in text.partition("The innocent have numbers")[0].splitlines()[-1]

    def test_ends_the_command_with_3_and_all_other_runs_complete(self, default: Ran) -> None:
        assert default.done.returncode == 3, default.done.stderr
        assert default.cases("3.13") == {*GUILTY, *INNOCENT}
        assert default.journal.finished
        assert {row["invocations"] for row in default.summary} == {"1"}
        stops = {"3.13": 0, "3.13t": len(GUILTY)}
        for interpreter, failed in stops.items():
            assert len(default.failures(interpreter)) == failed

    def test_matters_nothing_on_a_build_that_always_has_the_gil(self, default: Ran) -> None:
        assert default.cases("3.13", gil="on") == {*GUILTY, *INNOCENT}
        assert default.cases("3.13t", gil="off") == set(INNOCENT)

    def test_matters_nothing_where_the_gil_is_asked_to_be_on(self, run: Run) -> None:
        on = run("extensions.yaml", "--python", "3.13t", "--gil", "on", *SOME)
        assert on.done.returncode == 0, on.done.stderr
        assert on.cases("3.13t", gil="on") == set(SOME[1].removeprefix("case=").split(","))

    def test_leaves_the_gil_off_where_the_user_forces_it(self, run: Run) -> None:
        """CPython then obeys no module (`enable_gil` of PyConfig): the numbers are what was asked for."""
        words = ("--python", "3.13t", "--gil", "off", *SOME)
        off = run("extensions.yaml", *words, environment={"PYTHON_GIL": "1"})
        assert off.done.returncode == 0, off.done.stderr
        assert off.cases("3.13t", gil="off") == set(SOME[1].removeprefix("case=").split(","))

    def test_is_named_when_the_kernel_imports_it_while_it_is_loaded(self, run: Run) -> None:
        loaded = run("loading.yaml", "--fast", "--invocations", "1", "--time-limit", "60s")
        assert loaded.done.returncode == 3, loaded.done.stderr
        ((outcome, message),) = loaded.failures("3.13t").values()
        assert (outcome, message) == (
            "gil",
            "the GIL must be off and was on after set-up: loading 'single' enabled it",
        )
        assert {row["interpreter"] for row in loaded.summary} == {"3.13"}


LATER = '''"""Imports an extension that needs the GIL, but only in later invocations, and after some iterations."""
import os
HERE = os.path.dirname(__file__)
def setup(threads): return len(os.listdir(HERE + "/seen"))
def prepare(shared, index): return [0, shared]
def run(own, loops):
    own[0] += 1
    if own[1] >= 4 and own[0] == 3:
        import single
def check(shared, owns, loops):
    with open(HERE + "/seen/%d" % shared, "w"):
        pass
'''


@pytest.mark.real
def test_only_the_invocations_that_kept_the_gil_off_count(run: Run, built: Path) -> None:
    """The pilot is 2 files of `check`, an invocation one: round 1 and 2 are good, then three in a row are not."""
    (built / "seen").mkdir()
    (built / "later.py").write_text(LATER)
    scenario = "title: Later\nquestion: Is it off?\nkernel: ./later.py\ninterpreters: [3.13t]\nmatrix: {threads: 1}\n"
    measure = "measure: {invocations: {min: 6, max: 8}, iterations: 4, warmup: 0, iteration_time: 1ms}\n"
    (built / "later.yaml").write_text(scenario + measure)
    ran = run("later.yaml")
    assert ran.done.returncode == 3, ran.done.stderr
    groups = {group.id for group in ran.journal.header.plan.groups if not group.control}
    records = [one for one in ran.journal.invocations if one.group in groups and one.round]
    assert [bool(one.failure) for one in records] == [False, False, True, True, True]
    assert all(one.gil == (False, False, True, True) for one in records if one.failure)
    assert {row["round"] for row in ran.iterations} == {"1", "2"}
    assert {row["invocations"] for row in ran.summary} == {"2"}
    assert "gil in 3 of 6 invocations: the GIL must be off and was on after measuring: loading 'single'" in " ".join(
        ran.report.split()
    )


@pytest.mark.real
class TestTheEnvironment:
    def test_cannot_switch_the_gil_and_that_is_said(self, default: Ran) -> None:
        """`default` ran with PYTHON_GIL=1."""
        assert "no effect on what is measured, for workers do not see it: PYTHON_GIL; the axis `gil`" in (
            default.done.stderr
        )
        assert all(not any(one.gil) for one in _of(default, "3.13t") if not one.failure)

    @pytest.mark.parametrize("value", ["0", "1"])
    def test_is_mute_for_a_worker_on_its_own(
        self,
        value: str,
        either: Interpreter,
        ask: Callable[..., dict[str, Any]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("PYTHON_GIL", value)
        assert ask(either, "empty_loop", {"loop": "repeat"})["gil"] == [not either.free_threaded] * 4

    @pytest.mark.parametrize("script", ['exec {0} -X gil=1 "$@"', 'shift; PYTHON_GIL=1 exec {0} "$@"'])
    def test_is_found_out_where_an_interpreter_brings_its_own(
        self, script: str, run: Run, built: Path, free_threaded: Interpreter
    ) -> None:
        """A wrapper that forces the GIL on, or that drops `-I` and sets the variable."""
        wrapper = built / "python3.13t"
        wrapper.write_text("#!/bin/sh\n" + script.format(free_threaded.executable) + "\n")
        wrapper.chmod(0o755)
        ran = run("extensions.yaml", "--python", str(wrapper), "--python", "3.13", "-p", "case=never")
        assert ran.done.returncode == 3, ran.done.stderr
        assert ran.failures(str(wrapper)) == {
            "never": ("gil", "the GIL must be off and was on at the start"),
        }
        assert {row["interpreter"] for row in ran.summary} == {"3.13"}


def _of(ran: Ran, interpreter: str) -> Iterator[Any]:
    groups = {group.id: group.runs[0].interpreter for group in ran.journal.header.plan.groups}
    return (one for one in ran.journal.invocations if groups[one.group] == interpreter)
