"""A process that does not answer -> what its threads are at, in words; changes nothing of it."""

from __future__ import annotations

import os
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

LOOKS = 5
"""Times that the threads are looked at: one that works is asleep now and then."""
APART = 0.01
"""Seconds between two looks."""


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
        return f"{running} of {len(last)} threads {'was' if running == 1 else 'were'} running"
    states = Counter(last.values())
    if states["D"]:
        return f"{states['D']} of {len(last)} threads waited for a disk or device"
    return "its only thread was waiting" if len(last) == 1 else f"all {len(last)} threads were waiting (a deadlock?)"


def _states(pid: int) -> dict[str, str]:
    """Thread -> its state, field 3 of proc_pid_stat(5)."""
    found = {}
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            with suppress(OSError, IndexError):
                text = Path(f"/proc/{pid}/task/{thread}/stat").read_text("utf-8", "replace")
                found[thread] = text.rpartition(")")[2].split()[0]
    return found
