"""Children: what they are given, what they leave, and that none outlives its time."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from engine import spawn
from engine.errors import WorkerError


def python(program: str, **how: object) -> spawn.Finished:
    return spawn.command([sys.executable, "-c", program], **how)  # type: ignore[arg-type]


def test_a_command_has_its_outputs_and_its_status() -> None:
    done = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (done.out, done.err, done.returncode, done.signal) == ("out\n", "err\n", 7, "")


def test_a_killed_command_has_the_name_of_its_signal() -> None:
    assert python("import os; os.abort()").signal == "SIGABRT"


def test_a_command_that_cannot_be_started_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"cannot start .*absent: .*No such file"):
        spawn.command([tmp_path / "absent"])


def test_much_that_is_written_blocks_nobody_and_of_it_the_two_ends_are_kept() -> None:
    wordy = "import sys; sys.stdout.write('x' * (1 << 22)); sys.stderr.write('first' + 'y' * (1 << 22) + 'last')"
    done = python(wordy, timeout=60)
    assert (len(done.out), done.written, done.timed_out) == (1 << 22, 1 << 22, False)
    assert done.err.startswith("first")
    assert done.err.endswith("last")
    assert "4161545 bytes are left out" in done.err
    assert len(done.err) < 1 << 16


def test_a_child_that_writes_without_end_costs_the_engine_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = python("import os\nfor _ in range(600): os.write(1, b'x' * (1 << 20)); os.write(2, b'y' * (1 << 20))")
    assert done.written == 600 << 20
    assert len(done.out) == spawn.OUT_LIMIT
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10 < 3 * spawn.OUT_LIMIT


def test_nothing_is_written_to_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "absent"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert python("print(input())", stdin="there").out == "there\n"


def test_no_room_for_outputs_is_one_message() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open("/", os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        with pytest.raises(WorkerError, match=r"cannot start .*: .*Too many open files"):
            spawn.command([sys.executable, "-V"])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_descriptors_are_given_back() -> None:
    before = set(Path("/proc/self/fd").iterdir())
    python("pass")
    with pytest.raises(WorkerError):
        spawn.command(["/absent"])
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_a_timeout_kills_the_whole_group() -> None:
    program = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])"
    done = python(program + "; time.sleep(99)", timeout=0.5)
    assert done.timed_out


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("while True: pass", "its only thread was running"),
        ("import time; time.sleep(99)", "its only thread was waiting"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "it was stopped (SIGSTOP)"),
        (
            "import threading, time\nfor _ in range(3): threading.Thread(target=time.sleep, args=(99,)).start()",
            "all 4 threads were waiting (a deadlock?)",
        ),
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\nwhile True: pass",
            "1 of 2 threads was running",
        ),
        (
            "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 24, 1 << 24))\nwhile True: pass",
            "its only thread was running, with hardly any memory left (measure.memory_limit)",
        ),
    ],
)
def test_at_the_timeout_it_is_told_what_the_threads_did(program: str, said: str) -> None:
    assert python(program, timeout=1).threads == said


def test_a_child_that_answers_in_time_is_not_looked_at() -> None:
    assert python("pass", timeout=60).threads == ""


def test_a_grandchild_that_keeps_the_pipes_open_does_not_keep_us() -> None:
    done = python("import os, time\nif os.fork() == 0: time.sleep(99)\n", timeout=60)
    assert (done.returncode, done.timed_out) == (0, False)


def test_an_interrupt_kills_the_child_and_goes_on(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(99)"

    def interrupt() -> None:
        while not (note.exists() and note.read_text()):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        python(program)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_the_environment_of_a_worker_is_an_allow_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("PYTHON_GIL", "1")
    monkeypatch.setenv("LANG", "C.UTF-8")
    seen = spawn.worker_environment()
    assert set(seen) <= {*spawn.PASSED_ON, "FTENG_LAYOUT"}
    assert seen["LANG"] == "C.UTF-8"


def test_the_layout_changes_from_worker_to_worker() -> None:
    assert len({spawn.worker_environment()["FTENG_LAYOUT"] for _ in range(20)}) > 1


def test_a_long_output_is_kept_by_its_end() -> None:
    assert spawn.tail("short") == "short"
    assert spawn.tail("a\n" * 9000 + "end").endswith("end")
    assert len(spawn.tail("a\n" * 9000)) < 9000
    assert spawn.tail("a" * 9000 + "end").endswith("end")
    assert len(spawn.tail("a" * 9000)) < 1000
