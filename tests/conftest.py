"""Real interpreters for the tests: found as fteng finds them, skipped by name where they are missing."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine import interpreter, resources, spawn
from engine.cli import outcome
from engine.model import Interpreter, Kernel, Measure, Scenario
from engine.request import request, team

OLDEST_TO_NEWEST = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t")


def find(spec: str) -> Interpreter:
    """The interpreter, or a skip that names it.

    What the environment requires must be there: 3.13t with FTENG_REQUIRE_FREE_THREADED, and the versions that
    FTENG_REQUIRE_INTERPRETERS lists ("3.9 3.14t").
    """
    found, missing = interpreter.find((spec,))
    if found:
        return found[0]
    reason = f"no CPython {spec} here; to have it: {missing[0].hint}"
    required = os.environ.get("FTENG_REQUIRE_INTERPRETERS", "").split()
    if spec in required or (spec == "3.13t" and os.environ.get("FTENG_REQUIRE_FREE_THREADED")):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", params=OLDEST_TO_NEWEST)
def python(request: pytest.FixtureRequest) -> Interpreter:
    """Every version that fteng supports, one after the other."""
    return find(request.param)


@pytest.fixture(scope="session", params=["3.13", "3.13t"])
def either(request: pytest.FixtureRequest) -> Interpreter:
    """A default and a free-threaded build of one version."""
    return find(request.param)


@pytest.fixture(scope="session")
def free_threaded() -> Interpreter:
    """A free-threaded build."""
    return find("3.13t")


@pytest.fixture(scope="session")
def default_build() -> Interpreter:
    """A build with the GIL."""
    return find("3.13")


@pytest.fixture(scope="session")
def interpreter_of() -> Callable[[str], Interpreter]:
    """A function that finds an interpreter by its version, or skips."""
    return find


@pytest.fixture(scope="session")
def inside() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command in this process, in a folder where its locks lie too: for tests of what it says, does and returns.

    It saves the second that a process takes to import scipy. What a signal, a closed stream or a limit does to it needs
    a process of its own.
    """

    def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        out, err = io.StringIO(), io.StringIO()
        (folder / "locks").mkdir(exist_ok=True)
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.chdir(folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            patch.setattr(tempfile, "tempdir", str(folder / "locks"))
            patch.setattr(sys, "argv", ["fteng", *words])
            try:
                code = outcome(words)
            except SystemExit as ended:
                code = int(ended.code or 0)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="session")
def beside() -> Iterator[Executor]:
    """As many threads as there are CPUs, for workers whose answers are looked at and whose times are not."""
    threads = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    yield threads
    threads.shutdown(cancel_futures=True)


Reply = dict[str, Any]


def measured(
    python: Interpreter,
    kernel: Path | str,
    parameters: dict[str, Any],
    *,
    threads: tuple[int, ...] = (1, 2),
    loops: int | None = 20,
    sweeps: int = 2,
    spin: bool = False,
) -> Reply:
    """The worker's reply, whatever it says: so many sweeps over the thread counts, the first of several as warm-up."""
    path = kernel if isinstance(kernel, Path) or "/" in kernel else resources.kernels() / f"{kernel}.py"
    teams = [team(count, spin=spin) for count in threads]
    order = [list(range(len(threads)))] * sweeps
    asked = request(str(path), parameters, teams, order, loops=loops, iteration_time=0.001, warmup=int(sweeps > 1))
    reply, finished = spawn.ask(python.executable, resources.worker(), asked, timeout=60)
    assert reply is not None, finished
    return reply


@pytest.fixture(scope="session")
def ask() -> Callable[..., Reply]:
    """A function that lets a real worker run a kernel (a shipped one's name, or a path) and returns its reply."""
    return measured


@pytest.fixture(scope="session")
def measure() -> Callable[..., Reply]:
    """The same, for a kernel that must be right."""

    def right(*arguments: Any, **how: Any) -> Reply:
        reply = measured(*arguments, **how)
        assert "failure" not in reply, reply["failure"]
        return reply

    return right


@pytest.fixture(scope="session")
def metrics(measure: Callable[..., Reply]) -> Callable[..., list[dict[str, float]]]:
    """The same, of which only what the kernel's `check` returned, for each thread count."""
    return lambda *arguments, **how: [team["metrics"] for team in measure(*arguments, **how)["teams"]]


MEASURE = Measure(
    invocations_min=2,
    invocations_max=3,
    iterations=2,
    iteration_time=0.002,
    warmup=1,
    precision=0.02,
    confidence=0.95,
    time_limit=60.0,
    timeout=30.0,
)

COUNTING = (Path(__file__).parent / "data" / "kernels" / "counting.py").read_text(encoding="utf-8")


@pytest.fixture
def scenario(tmp_path: Path, scenario_in: Callable[[Path], Callable[..., Scenario]]) -> Callable[..., Scenario]:
    """A function that makes a small scenario on a real kernel file, with any field changed."""
    return scenario_in(tmp_path)


@pytest.fixture(scope="session")
def scenario_in() -> Callable[[Path], Callable[..., Scenario]]:
    """The same for any folder."""
    return lambda folder: partial(small_scenario, folder)


def small_scenario(
    folder: Path, *, source: str = COUNTING, kernel: dict[str, Any] | None = None, **changes: Any
) -> Scenario:
    path = folder / "counting.py"
    path.write_text(source)
    matrix = {
        "threads": (1, "cpus"),
        "affinity": ("none",),
        "gil": ("default",),
        "switch_interval": ("default",),
    } | changes.pop("matrix", {})
    facts = {"name": "counting", "path": str(path), "title": "Counts its loops.", "manual": ""} | (kernel or {})
    fields: dict[str, Any] = {
        "name": "tests/counting",
        "path": "scenarios/tests/counting.yaml",
        "title": "Counting",
        "question": "Does it count?",
        "kernel": Kernel(**facts),
        "interpreters": ("3.13",),
        "matrix": tuple(matrix.items()),
        "measure": replace(MEASURE, **changes.pop("measure", {})),
    }
    return Scenario(**(fields | changes))


@pytest.fixture(scope="session")
def shown_result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real result with text and page: claims of every verdict, failed runs, a missing interpreter, hostile words."""
    for spec in ("3.13", "3.13t"):
        find(spec)
    folder = tmp_path_factory.mktemp("shown")
    shutil.copytree(Path(__file__).parent / "data" / "page", folder, dirs_exist_ok=True)
    words = [sys.executable, "-m", "engine", "run", "shown.yaml", "--quiet", "--seed", "1", "--output", "result"]
    environment = os.environ | {"TMPDIR": str(folder)}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "report.html" in done.stderr
    return folder / "result"
