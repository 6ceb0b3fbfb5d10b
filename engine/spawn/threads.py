"""A process that does not answer -> what its threads and its memory are at, in words; changes nothing of it."""

from __future__ import annotations

import os
import resource
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

LOOKS = 5
"""Times that the threads are looked at: one that works is asleep now and then."""
APART = 0.01
"""Seconds between two looks."""

PIECE = 32 << 20
"""The most address space that an interpreter asks for at once for small objects: a segment of mimalloc (3.13t). With
less than this left it may try for ever to make the exception that says so (`exception_unwind`, Python/ceval.c)."""


def doing(pid: int) -> str:
    """For example "all 3 threads were waiting (a deadlock?)"; "" where the system does not tell."""
    looks = []
    for number in range(LOOKS):
        time.sleep(APART if number else 0)
        looks.append(_states(pid))
    last = looks[-1]
    if not last:
        return ""
    if set(last.values()) <= {"T", "t"}:
        return "it was stopped (SIGSTOP)"
    running = sum(any(look.get(thread) == "R" for look in looks) for thread in last)
    if running:
        many = f"{running} of {len(last)} threads {'was' if running == 1 else 'were'}"
        memory = ", with hardly any memory left (measure.memory_limit)" if _full(pid) else ""
        return f"{'its only thread was' if len(last) == 1 else many} running{memory}"
    if stuck := Counter(last.values())["D"]:
        return f"{stuck} of {len(last)} threads waited for a disk or device"
    return "its only thread was waiting" if len(last) == 1 else f"all {len(last)} threads were waiting (a deadlock?)"


def _full(pid: int) -> bool:
    """The process has almost all the address space that it may have: field 1 of proc_pid_statm(5), in pages."""
    try:
        limit = resource.prlimit(pid, resource.RLIMIT_AS)[0]
        taken = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except (AttributeError, OSError, ValueError, IndexError):
        return False
    return limit != resource.RLIM_INFINITY and limit - taken < PIECE


def _states(pid: int) -> dict[str, str]:
    """Thread -> its state, field 3 of proc_pid_stat(5)."""
    found = {}
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            with suppress(OSError, IndexError):
                text = Path(f"/proc/{pid}/task/{thread}/stat").read_text("utf-8", "replace")
                found[thread] = text.rpartition(")")[2].split()[0]
    return found
