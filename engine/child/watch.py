"""What an extra invocation looks at beside the clock: run queue, bytecode, collector, allocator, a profiler's switch.

Loaded only where a request asks for a `profile`, whose times enter no estimate (docs/profiles.md). Knows no team.
"""

from __future__ import annotations

import gc
import os
import sys
import time

TYPE_CHECKING = False  # as `typing` has it, without importing it
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable

    from engine.child import inspection
else:
    import inspection

SCHEDSTAT = "/proc/thread-self/schedstat"
"""On-CPU time in ns, time on a run queue in ns, timeslices: Documentation/scheduler/sched-stats.rst."""
PR_SET_PTRACER, PR_SET_PTRACER_ANY = 0x59616D61, 2**64 - 1
MOST_TEXT = 1 << 18
"""Bytes of what the allocator says of itself that are looked at."""
LINES = ("# arenas", "# bytes in", "Allocated ", "Bytes ")
"""The lines of it that are kept: how `sys._debugmallocstats` begins them for pymalloc, and for mimalloc."""


def usage(asked: dict[str, Any]) -> Callable[[], tuple[int, ...]]:
    """As `inspection.usage`, and with the run queue where that is asked for and the system tells of it."""
    plain = inspection.usage()
    if not asked.get("inside"):
        return plain
    try:
        _queued()
    except (OSError, ValueError):
        return plain
    return lambda: (*plain(), *_queued())


def _queued() -> list[int]:
    with open(SCHEDSTAT, "rb") as file:
        return [int(word) for word in file.read().split()]


class Watch:
    """Looks at the process around each kept iteration, never within one."""

    def __init__(self, asked: dict[str, Any], kernel: ModuleType) -> None:
        self.inside = asked.get("inside", False)
        self.control = Control(asked["control"]) if asked.get("control") else None
        if asked.get("traceable"):
            let_trace()
        self.iterations = 0
        self.codes = timed_code(kernel) if self.inside else []
        self.forms = [inspection.forms(code) for code in self.codes]
        self.lost: dict[str, int] = {}
        self.changed: dict[str, int] = {}
        self.blocks = [0, 0]  # before the iteration that runs; more of them, over all iterations
        self.stats: list[dict[str, int]] = []
        self.collections: list[dict[str, int]] = [{} for _ in gc.get_stats()]
        self.began, self.pauses = 0, [0, 0, 0]  # how many, ns in all, ns of the longest
        if self.inside and gc.isenabled():
            gc.callbacks.append(self.collecting)

    def begin(self) -> None:
        """An iteration comes."""
        if self.inside:
            self.stats = gc.get_stats()
            self.blocks[0] = sys.getallocatedblocks()
        if self.control:
            self.control.start()

    def end(self) -> None:
        """It is over."""
        if self.control:
            self.control.stop()
        self.iterations += 1
        if self.inside:
            self.blocks[1] += sys.getallocatedblocks() - self.blocks[0]
            for sums, before, after in zip(self.collections, self.stats, gc.get_stats()):
                for name, count in after.items():
                    sums[name] = sums.get(name, 0) + count - before[name]
            self.compare()

    def collecting(self, phase: str, _: dict[str, int]) -> None:
        """Called by the collector, in the thread that it stops (gc.callbacks)."""
        now = time.perf_counter_ns()
        if phase == "start":
            self.began = now
        elif self.began:
            took = now - self.began
            self.pauses = [self.pauses[0] + 1, self.pauses[1] + took, max(self.pauses[2], took)]

    def compare(self) -> None:
        """Which instructions are no longer what they were: back to what was compiled, or made for another type."""
        now = [inspection.forms(code) for code in self.codes]
        for before, after in zip(self.forms, now):
            for (plain, was), (_, form) in zip(before, after):
                if was != form and inspection.specialized(plain, was):
                    seen = self.changed if inspection.specialized(plain, form) else self.lost
                    seen[was + " > " + form] = seen.get(was + " > " + form, 0) + 1
        self.forms = now

    def told(self, rehearsed: bool, sums: list[list[int]]) -> dict[str, Any]:
        """What was seen. `sums` has faults first, then what the run queue told, for each thread."""
        if not self.inside:
            return {"iterations": self.iterations}
        self.compare()
        names: dict[str, int] = {}
        pairs = [pair for forms in self.forms for pair in forms]
        for plain, form in pairs:
            if inspection.specialized(plain, form):
                names[form] = names.get(form, 0) + 1
        return {
            "iterations": self.iterations,
            "queue": [list(thread) for thread in zip(*sums[2:])],
            "codes": len(self.codes),
            "instructions": len(pairs),
            "specialized": names,
            "lost": None if rehearsed else self.lost,
            "changed": None if rehearsed else self.changed,
            "collecting": gc.isenabled(),
            "collections": self.collections,
            "pauses": self.pauses,
            "blocks": self.blocks[1],
            "allocated": sys.getallocatedblocks(),
            "allocator": allocator(),
        }


class Control:
    """The switch of a profiler, by its two pipes: it counts from `enable` to `disable` (perf-stat(1))."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.out, self.answers, self.each = asked["out"], asked["in"], asked["each"]
        self.on = False
        for descriptor in asked["close"]:
            os.close(descriptor)  # the profiler's ends: if it dies, reading ends

    def start(self) -> None:
        """From here on it counts."""
        if not self.on:
            self.on = self.tell(b"enable\n")

    def stop(self) -> None:
        """No longer, if it is to be switched for each iteration."""
        if self.on and self.each:
            self.on = not self.tell(b"disable\n")

    def tell(self, command: bytes) -> bool:
        """Say it and wait until it is so; False where nobody is there any more."""
        try:
            os.write(self.out, command)
            answer = b""
            while b"ack" not in answer:
                more = os.read(self.answers, 64)
                if not more:
                    return False
                answer += more
        except OSError:
            return False
        return True


def timed_code(kernel: ModuleType) -> list[Any]:
    """The code of `run` and, by name, of what it calls of the kernel's own functions and methods."""
    names: dict[str, list[Any]] = {}
    always: list[Any] = []
    for name, value in list(vars(kernel).items()):
        if getattr(value, "__globals__", None) is vars(kernel):
            names.setdefault(name, []).append(value)
        elif isinstance(value, type) and value.__module__ == kernel.__name__:
            for member, method in vars(value).items():
                if hasattr(method, "__code__"):
                    (always if member.startswith("__") else names.setdefault(member, [])).append(method)
    found: list[Any] = []
    wanted = [getattr(one, "__code__", None) for one in (kernel.run, *always)]
    while wanted:
        code = wanted.pop()
        if code is None or any(code is one for one in found):
            continue
        found.append(code)
        wanted += [one for one in code.co_consts if hasattr(one, "co_code")]
        wanted += [getattr(one, "__code__", None) for name in code.co_names for one in names.get(name, ())]
    return found


def allocator() -> list[str]:
    """What the allocator of small objects says of itself, which it only writes to the stderr of C."""
    if not hasattr(sys, "_debugmallocstats") or not hasattr(os, "memfd_create"):
        return []
    sys.stderr.flush()
    saved, text = os.dup(2), os.memfd_create("allocator")
    try:
        os.dup2(text, 2)
        sys._debugmallocstats()
    finally:
        os.dup2(saved, 2)
        os.close(saved)
    lines = os.pread(text, MOST_TEXT, 0).decode("utf-8", "replace").splitlines()
    os.close(text)
    return [line.strip() for line in lines if line.strip().startswith(LINES)]


def let_trace() -> None:
    """Let a profiler that is no parent of this process look into it, where Yama asks for that (prctl(2))."""
    try:
        import ctypes  # noqa: PLC0415 - not in every build

        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(PR_SET_PTRACER_ANY), 0, 0, 0)
    except (ImportError, AttributeError, OSError):
        pass
