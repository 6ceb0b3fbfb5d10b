"""The faults of tests/data/kernels/faults.py: what each has to be recorded as, and a scenario that has them all."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from engine import spawn

KERNEL = Path(__file__).parent.parent / "kernels" / "faults.py"

FINE = ""
"""No failure: it is recorded with its numbers."""

FAULTS: dict[str, tuple[str, str, str]] = {
    "none": (FINE, "", ""),
    "segfault": ("crashed", "died of SIGSEGV before it answered", "in segfault"),
    "abort": ("crashed", "died of SIGABRT before it answered", "in abort"),
    "exit_0": ("crashed", "ended with status 0 before it answered", ""),
    "exit_3": ("crashed", "ended with status 3 before it answered", ""),
    "exit_in_setup": ("error", "setup: SystemExit: 3", "in exit_in_setup"),
    "exit_in_thread": ("error", "run in thread 0: SystemExit: 5", "in exit_in_thread"),
    "base_exception": ("error", r"run in thread 0: Hostile: \(its text cannot be had\)", "in base_exception"),
    "surrogate": ("error", r"run in thread 0: ValueError: half a pair: \? and a second line", "in surrogate"),
    "interrupt": ("error", "measuring: KeyboardInterrupt", "KeyboardInterrupt"),
    "deadlock": ("timeout", r"all 4 threads were waiting \(a deadlock\?\); killed", "in deadlock"),
    "endless_c": ("timeout", "1 of . threads was running.*; killed", "in endless_c"),
    "endless_check": ("timeout", "its only thread was running.*; killed", "in endless_check"),
    "thread_dies": ("timeout", r"all 3 threads were waiting \(a deadlock\?\); killed", "in wait"),
    # on a loaded machine the free-threaded build may still be at it when its time is up (docs/worker.md)
    "memory": ("error|timeout", r"run in thread 0: out of memory \(limit 256 MiB; measure.memory_limit\)|was running", ""),
    "memory_in_bits": ("error|crashed|timeout", "", ""),
    "tuple_iterator": (FINE, "", ""),
    "enumerate_iterator": (FINE, "", ""),
    "repeat_iterator": (FINE, "", ""),
    "loud": (FINE, "", ""),
    "loud_without_end": ("error", r"run in thread 0: OSError: .* File too large", "in loud_without_end"),
    "garbage": ("protocol", "its reply is no JSON object", ""),
    "wrong_types": ("protocol", "the worker's reply does not fit", ""),
    "empty_reply": ("protocol", "the worker's reply does not fit", ""),
    "long_reply": ("protocol", r"reply has .* MiB, more than the 64.0 MiB that are read", ""),
    "grandchild": (FINE, "", ""),
    "fork_returns": (FINE, "", ""),
    "daemon": (FINE, "", ""),
    "daemon_without_environment": (FINE, "", ""),
    "stopped": ("timeout", r"it was stopped \(SIGSTOP\); killed", "in stopped"),
    "closed_descriptors": ("crashed", "it could not write its reply", ""),
    "closed_and_hung": ("timeout", r"all . threads were waiting \(a deadlock\?\); killed", ""),
    "recursion": ("error", "run in thread 0: RecursionError: ", "in recursion"),
    "recursion_unlimited": ("error|crashed", "", ""),
    "alarm": ("crashed", "died of SIGALRM before it answered", ""),
    "signals_ignored": ("timeout", r"all . threads were waiting \(a deadlock\?\); killed", ""),
}
"""Fault -> the outcome, and what is found in its message and its detail; a pattern each."""

UNSAFE = ("tuple_iterator", "enumerate_iterator", "repeat_iterator")
"""What is fine with a GIL, and anything without: a wrong answer, a crash, all memory, or nothing to be seen."""

HANGING = ("endless_c", "endless_check", "deadlock", "stopped", "closed_and_hung", "signals_ignored")
"""Those that never end by themselves."""

SCENARIO = """title: Faults of a worker
question: Is each of them recorded?
kernel: ./faults.py
interpreters: [{interpreters}]
matrix: {{threads: [1, 2], fault: [{faults}]}}
measure: {{invocations: 1, iterations: 1, iteration_time: 1ms, warmup: 0, timeout: {timeout}, memory_limit: 256MiB}}
"""

ENDLESS = "void endless(void) { for (volatile int turn = 0;; turn++); }\n"


def write(
    folder: Path, interpreters: Sequence[str], faults: Sequence[str] = tuple(FAULTS), timeout: str = "3s"
) -> Path:
    """The scenario of these faults, with all it needs, in this folder."""
    shutil.copy(KERNEL, folder)
    if "endless_c" in faults:
        (folder / "endless.c").write_text(ENDLESS)
        done = spawn.command(["gcc", "-shared", "-fPIC", "-O1", "-o", folder / "endless.so", folder / "endless.c"])
        if done.returncode:
            raise RuntimeError(done.err)
    path = folder / "faults.yaml"
    text = SCENARIO.format(interpreters=", ".join(interpreters), faults=", ".join(faults), timeout=timeout)
    path.write_text(text)
    return path
