"""What `perf stat` and the worker itself told of one extra invocation -> counts with their source; starts nothing.

Counts are sums over all kept iterations and threads. Sources: perf-stat(1), "CSV FORMAT"; getrusage(2);
Documentation/scheduler/sched-stats.rst; PEP 659; Objects/obmalloc.c of CPython.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.model import Count

PERF = "perf stat"
QUEUE = "/proc/self/task/*/schedstat"
NANO = 1e-9

ALLOCATOR = {
    "# arenas highwater mark": ("arenas at most", ""),
    "# arenas allocated current": ("arenas", ""),
    "# bytes in allocated blocks": ("allocated blocks", "B"),
    "# bytes in available blocks": ("available blocks", "B"),
    "Allocated Bytes": ("allocated blocks", "B"),
    "Bytes Reserved": ("reserved", "B"),
    "Bytes Committed": ("committed", "B"),
}
"""Lines of `sys._debugmallocstats`: the first four of pymalloc, the others of mimalloc."""

_LINE = re.compile(r"(.+?)\s*[=:]\s*([\d,]+)$")
_MODIFIER = re.compile(r":[a-zA-Z]+$")


def counts(text: str) -> dict[str, tuple[float, float]]:
    """Event -> its count and the share of the time in which it was counted, of the CSV that `perf stat -x,` writes.

    What was "<not supported>" or "<not counted>" is left out; the two kinds of cores of a hybrid CPU are added up.
    """
    found: dict[str, tuple[float, float]] = {}
    for line in text.splitlines():
        cells = line.split(",")
        if len(cells) < 5:
            continue
        try:
            value, share = float(cells[0]), float(cells[4]) / 100
        except ValueError:
            continue
        name = plain(cells[2])
        before, least = found.get(name, (0.0, 1.0))
        found[name] = (before + value * (1e-3 if cells[1] == "msec" else 1.0), min(least, share))
    return found


def plain(event: str) -> str:
    """The name of an event: "cycles" of "cycles:u" and of "cpu_core/cycles/u"."""
    parts = event.split("/")
    return parts[1] if len(parts) > 2 else _MODIFIER.sub("", event)


def user_only(text: str) -> bool:
    """Whether perf could not count what the kernel does: it says so by a modifier."""
    return bool(re.search(r",[^,]*(?::[a-zA-Z]*u|/[a-zA-Z]*u),", text))


def by_perf(text: str, hardware: Sequence[str]) -> Iterator[Count]:
    """What perf counted."""
    found = counts(text)
    for name, (value, _) in found.items():
        if name == "task-clock":
            yield Count(name=name, value=value, unit="s", source=PERF, per="iteration")
        else:
            yield Count(name=name, value=value, source=PERF, per="operation" if name in hardware else "iteration")
    least = min((share for _, share in found.values()), default=1.0)
    if least < 1:
        yield Count(name="counted share of the time", value=least, source=PERF)


def by_itself(told: Mapping[str, Any]) -> Iterator[Count]:
    """What the worker saw of itself. Raises KeyError, TypeError or ValueError where it does not fit."""
    yield from _queue(told["queue"])
    yield from _bytecode(told)
    yield from _collector(told)
    yield from _allocator(told)


def _queue(threads: Sequence[Sequence[int]]) -> Iterator[Count]:
    if not any(map(any, threads)):
        return
    waits = [float(wait) * NANO for _, wait, _ in threads]
    mean = sum(waits) / len(waits)
    yield Count(name="run-queue wait of a thread", value=mean, unit="s", source=QUEUE, per="iteration")
    if len(waits) > 1:
        most = max(waits)
        yield Count(name="run-queue wait of the thread with most", value=most, unit="s", source=QUEUE, per="iteration")
    slices = float(sum(count for *_, count in threads))
    yield Count(name="timeslices of all threads", value=slices, source=QUEUE, per="iteration")


def _bytecode(told: Mapping[str, Any]) -> Iterator[Count]:
    instructions, forms = int(told["instructions"]), told["specialized"]
    if not instructions:
        return
    yield Count(name="instructions that can be specialised", value=float(instructions), source="dis")
    yield Count(name="specialised instructions", value=float(sum(forms.values())), source="dis")
    for name, number in sorted(forms.items(), key=lambda pair: (-pair[1], pair[0])):
        yield Count(name=f"{name}", value=float(number), source="dis, specialised")
    for title, key in (("deoptimised", "lost"), ("specialised anew", "changed")):
        changes = told[key]
        if changes is not None:
            yield Count(name=f"{title} instructions", value=float(sum(changes.values())), source="dis")
            for change, number in sorted(changes.items()):
                yield Count(name=change, value=float(number), source=f"dis, {title}")


def _collector(told: Mapping[str, Any]) -> Iterator[Count]:
    source = "gc.get_stats"
    counts = [float(generation["collections"]) for generation in told["collections"]]
    yield Count(name="GC collections", value=sum(counts), source=source, per="iteration")
    for number, count in enumerate(counts if any(counts) else ()):
        yield Count(name=f"GC collections, generation {number}", value=count, source=source, per="iteration")
    if told["collecting"]:
        collected = float(sum(generation["collected"] for generation in told["collections"]))
        yield Count(name="GC objects collected", value=collected, source=source, per="iteration")
        _, whole, longest = told["pauses"]
        yield Count(name="GC pauses", value=whole * NANO, unit="s", source="gc.callbacks", per="iteration")
        yield Count(name="longest GC pause", value=longest * NANO, unit="s", source="gc.callbacks")


def _allocator(told: Mapping[str, Any]) -> Iterator[Count]:
    source = "sys.getallocatedblocks"
    yield Count(name="allocator blocks gained", value=float(told["blocks"]), source=source, per="iteration")
    yield Count(name="allocator blocks", value=float(told["allocated"]), source=source)
    lines = [found for line in told["allocator"] if (found := _LINE.match(str(line)))]
    known = [(ALLOCATOR[one[1]], float(one[2].replace(",", ""))) for one in lines if one[1] in ALLOCATOR]
    if any(value for _, value in known):
        for (name, unit), value in known:
            yield Count(name=name, value=value, unit=unit, source="sys._debugmallocstats")


def lacking(told: Mapping[str, Any], spec: str) -> Iterator[str]:
    """What the worker could not tell, a sentence each."""
    if not any(map(any, told["queue"])):
        state = "says nothing but zeros" if told["queue"] else "is not there"
        yield (
            f"run-queue wait: /proc/self/task/*/schedstat {state}; a Linux built with CONFIG_SCHED_INFO has it "
            "(`sudo sysctl kernel.task_delayacct=1` where it is built with delay accounting alone)."
        )
    if not told["instructions"]:
        yield f"specialised instructions: CPython {spec} has none (PEP 659 came with 3.11), or `run` is no Python code."
    elif told["lost"] is None:
        yield (
            f"deoptimised instructions: each thread of {spec} specialises a copy of the bytecode of its own, and only "
            "the main thread's, made in a rehearsal, can be read."
        )
    lines = [found for line in told["allocator"] if (found := _LINE.match(str(line)))]
    if not lines:
        yield f"arenas of the allocator: {spec} has no sys._debugmallocstats, or it says nothing of them."
    elif not any(found[2].strip("0,") for found in lines):
        yield f"pages of the allocator: sys._debugmallocstats of {spec} says nothing but zeros (mimalloc, in 3.13)."
