"""The child on every CPython that is here: what it times, what it checks, and how it says that a kernel failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine import request as requests
from engine import resources, spawn
from engine.model import Interpreter

pytestmark = pytest.mark.real

COUNTING = (Path(__file__).parent / "data" / "kernels" / "counting.py").read_text(encoding="utf-8")


def request(kernel: Path, **changes: Any) -> dict[str, Any]:
    teams = [requests.team(threads) for threads in changes.pop("threads", (1, 2))]
    order = [list(range(len(teams)))] * 3
    return requests.request(str(kernel), {}, teams, order, loops=1000, iteration_time=0.002) | changes


def ask(python: Interpreter, asked: dict[str, Any], **how: Any) -> tuple[dict[str, Any] | None, spawn.Finished]:
    return spawn.ask(python.executable, resources.worker(), asked, **({"timeout": 60} | how))


def gone(pid: int, within: float) -> bool:
    """Whether a process is dead, or dies within so many seconds (a kill takes effect when the scheduler gets to it)."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def kernel(tmp_path: Path) -> Any:
    """A function that writes a kernel from its source."""

    def write(source: str) -> Path:
        path = tmp_path / "kernel_under_test.py"
        path.write_text(source)
        return path

    return write


def test_every_thread_count_is_timed_and_checked_on_every_version(python: Interpreter, kernel: Any) -> None:
    reply, finished = ask(python, request(kernel(COUNTING)))
    assert reply is not None, finished
    assert "failure" not in reply
    assert [team["threads"] for team in reply["teams"]] == [1, 2]
    for team in reply["teams"]:
        assert [iteration["warmup"] for iteration in team["iterations"]] == [True, False, False]
        assert team["metrics"]["total"] == 3 * 1000 * team["threads"]
        for iteration in team["iterations"]:
            assert len(iteration["start_ns"]) == len(iteration["end_ns"]) == team["threads"]
            assert all(start < end for start, end in zip(iteration["start_ns"], iteration["end_ns"], strict=True))
    assert reply["gil"] == [not python.free_threaded] * 4
    assert reply["rss"] > 1 << 20


def test_calibration_takes_more_loops_for_a_longer_iteration(either: Interpreter, kernel: Any) -> None:
    asked = [request(kernel(COUNTING), loops=None, threads=(1,), iteration_ns=ns) for ns in (1_000_000, 20_000_000)]
    replies = [ask(either, one)[0] for one in asked]
    assert all(reply and reply["loops"] == reply["teams"][0]["loops"] for reply in replies)
    short, long = (reply["loops"] for reply in replies if reply)
    assert 4 * short < long < 100 * short


def test_the_order_of_the_sweeps_is_the_order_asked_for(either: Interpreter, kernel: Any) -> None:
    reply, _ = ask(either, request(kernel(COUNTING), order=[[1, 0], [0, 1], [1, 0]]))
    assert reply is not None
    one, two = ([i["start_ns"][0] for i in team["iterations"]] for team in reply["teams"])
    assert [second < first for first, second in zip(one, two, strict=True)] == [True, False, True]


def test_threads_start_together_where_each_has_a_cpu(free_threaded: Interpreter, kernel: Any) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs two CPUs")
    reply, _ = ask(free_threaded, request(kernel(COUNTING), loops=1_000_000, threads=(2,), order=[[0]] * 20))
    assert reply is not None
    overlaps = [min(i["end_ns"]) > max(i["start_ns"]) for i in reply["teams"][0]["iterations"]]
    assert sum(overlaps) >= 5, "a quarter of the iterations at least ran side by side, even on a busy machine"


def test_threads_are_pinned_to_the_cpus_asked_for(either: Interpreter, kernel: Any) -> None:
    cpu = max(os.sched_getaffinity(0))
    asked = request(kernel(COUNTING))
    asked["teams"] = [{"threads": 2, "cpus": [[cpu], [cpu]], "spin": False}]
    reply, _ = ask(either, asked | {"order": [[0]] * 2})
    assert reply is not None
    assert {place for i in reply["teams"][0]["iterations"] for place in i["on_cpu"]} == {cpu}


def test_the_gil_is_on_when_the_option_says_so(free_threaded: Interpreter, kernel: Any) -> None:
    reply, _ = ask(free_threaded, request(kernel(COUNTING)), options=("-X", "gil=1"))
    assert reply is not None
    assert reply["gil"] == [True] * 4


@pytest.mark.parametrize("seconds", [None, 0.0005, 0.05])
def test_the_switch_interval_is_what_was_asked_for(either: Interpreter, kernel: Any, seconds: float | None) -> None:
    reply, _ = ask(either, request(kernel(COUNTING)) | {"switch_interval": seconds})
    assert reply is not None
    assert reply["switch_interval"] == pytest.approx(seconds or 0.005)


def test_the_environment_cannot_switch_the_gil(
    free_threaded: Interpreter, kernel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_GIL", "1")
    reply, _ = ask(free_threaded, request(kernel(COUNTING)))
    assert reply is not None
    assert reply["gil"] == [False] * 4


def test_what_a_kernel_prints_does_not_spoil_the_reply(either: Interpreter, kernel: Any) -> None:
    loud = COUNTING + '\nimport os\nprint("x" * 100_000)\nos.write(1, b"garbage")\n'
    reply, finished = ask(either, request(kernel(loud)))
    assert reply is not None
    assert "garbage" in finished.err


@pytest.mark.parametrize(
    ("change", "outcome", "message"),
    [
        (("def setup(threads): return []", "def setup(threads): return 1 / 0"), "error", "setup: ZeroDivisionError"),
        (("return [0]", "raise KeyError('no')"), "error", "prepare in thread 0: KeyError"),
        (("        pass", "        loops.nothing"), "error", "run in thread 0: AttributeError"),
        (("own == [loops]", "own == [0]"), "wrong answer", "check: AssertionError"),
        (("from itertools import repeat", "import no_such_module"), "error", "loading the kernel: ModuleNotFoundError"),
        (('{"total": sum', '{"total": str or sum'), "error", "check: TypeError"),
    ],
)
def test_a_kernel_that_fails_is_told_with_its_function_and_traceback(
    either: Interpreter, kernel: Any, change: tuple[str, str], outcome: str, message: str
) -> None:
    broken = COUNTING.replace(*change)
    assert broken != COUNTING
    reply, finished = ask(either, request(kernel(broken)))
    assert reply is not None, finished
    assert reply["failure"]["outcome"] == outcome
    assert reply["failure"]["message"].startswith(message)
    assert "Traceback" in reply["failure"]["detail"]


def test_one_failing_thread_does_not_hang_the_others(either: Interpreter, kernel: Any) -> None:
    broken = COUNTING.replace("def prepare(shared, index): return [0]", "def prepare(shared, index): return [index]")
    broken = broken.replace(
        "    own[0] += loops", "    if own[0] % 2: raise RuntimeError('mine')\n    own[0] += 2 * loops"
    )
    reply, finished = ask(either, request(kernel(broken), threads=(4,), order=[[0]]))
    assert reply is not None, finished
    assert "run in thread 1: RuntimeError: mine" in reply["failure"]["message"]


def test_a_crash_has_its_signal_and_the_stacks(either: Interpreter, kernel: Any) -> None:
    crashing = COUNTING.replace("        pass", "        import ctypes; ctypes.string_at(0)")
    reply, finished = ask(either, request(kernel(crashing)))
    assert reply is None
    assert finished.signal == "SIGSEGV"
    assert "in run" in finished.err


def test_a_hanging_kernel_is_asked_for_its_stacks_and_killed(either: Interpreter, kernel: Any) -> None:
    hanging = COUNTING.replace("        pass", "        import time; time.sleep(1000)")
    reply, finished = ask(either, request(kernel(hanging)), timeout=1.5)
    assert reply is None
    assert finished.timed_out
    assert "in run" in finished.err


def test_nothing_a_worker_started_outlives_it(either: Interpreter, kernel: Any, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    forking = COUNTING + (
        "\nimport subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))\n"
    )
    ask(either, request(kernel(forking)))
    assert gone(int(note.read_text()), within=10)


def test_a_memory_limit_is_a_failure_of_the_kernel_not_of_the_machine(default_build: Interpreter, kernel: Any) -> None:
    hungry = COUNTING.replace("def setup(threads): return []", "def setup(threads): return bytearray(1 << 34)")
    reply, finished = ask(default_build, request(kernel(hungry), memory_limit=1 << 30))
    assert reply is not None, finished
    assert reply["failure"]["message"] == "setup: out of memory"
    assert reply["failure"]["memory"]


def test_a_kernel_sees_only_the_allowed_environment(
    default_build: Interpreter, kernel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    asking = COUNTING + '\nimport os\nassert "SECRET_TOKEN" not in os.environ\nassert "PATH" in os.environ\n'
    reply, _ = ask(default_build, request(kernel(asking)))
    assert reply is not None
    assert "failure" not in reply


def test_specialised_instructions_are_counted_where_the_build_has_them(kernel: Any, python: Interpreter) -> None:
    adding = COUNTING.replace("        pass", "        x = loops + loops")
    reply, _ = ask(python, request(kernel(adding)))
    assert reply is not None
    found = reply["bytecode"]
    version = tuple(map(int, python.version.split(".")[:2]))
    if version < (3, 11) or (version == (3, 13) and python.free_threaded):
        assert found["specialized_after"] == 0
    else:
        assert found["specialized_before"] < found["specialized_after"] <= found["instructions"]
        assert "BINARY_OP_ADD_INT" in found["names"]
        assert not [name for name in found["names"] if "__" in name]


def test_a_rehearsal_runs_the_kernel_in_the_main_thread_whose_bytecode_can_be_read(
    either: Interpreter, kernel: Any
) -> None:
    asking = COUNTING.replace(
        "    own[0] += loops", "    own[0] += loops; import threading; who.add(threading.get_ident())"
    )
    asking = "who = set()\n" + asking.replace("return {", 'return {"threads": len(who), ')
    for rehearse, threads in ((False, 3), (True, 4)):
        reply, finished = ask(either, request(kernel(asking)) | {"rehearse": rehearse})
        assert reply is not None, finished
        assert [team["metrics"]["threads"] for team in reply["teams"]] == [threads] * 2
        assert reply["teams"][1]["metrics"]["total"] == 3 * 1000 * 2, "a rehearsal is none of the answer"


def test_the_peak_of_memory_is_the_workers_and_not_the_engines(either: Interpreter, kernel: Any) -> None:
    ballast = b"\1" * (256 << 20)
    reply, _ = ask(either, request(kernel(COUNTING)))
    assert reply is not None
    assert 1 << 20 < reply["rss"] < len(ballast) / 2


def test_the_constants_of_a_kernel_are_as_those_of_an_imported_module(free_threaded: Interpreter, kernel: Any) -> None:
    """Mortal constants are shared counts: two threads that add 123456789 were slower than one (gh-118527)."""
    asking = COUNTING.replace("    own[0] += loops", "    own[0] += loops + 1234567890 - 1234567890 * 1")
    counted = 'return {"count": max(map(sys.getrefcount, [c for c in run.__code__.co_consts if c == 1234567890])), '
    asking = "import sys\n" + asking.replace("return {", counted)
    reply, finished = ask(free_threaded, request(kernel(asking)))
    assert reply is not None, finished
    assert reply["teams"][0]["metrics"]["count"] > 1 << 28, "immortal"


def test_the_worker_imports_nothing_outside_the_standard_library() -> None:
    program = (
        "import sys, runpy, io\n"
        f"sys.stdin = io.StringIO({json.dumps({'protocol': 0, 'memory_limit': 0})!r})\n"
        "import os; os._exit = lambda code: None\n"
        f"runpy.run_path({str(resources.worker())!r})\n"
        "outside = [n for n in sys.modules if n.partition('.')[0] not in sys.stdlib_module_names and n != '__main__']\n"
        "print(sorted(outside), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]")
