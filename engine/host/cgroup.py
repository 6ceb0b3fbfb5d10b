"""What this process's control groups allow it: CPU time, weight against others, memory.

Sources: Documentation/admin-guide/cgroup-v2.rst; Documentation/scheduler/sched-bwc.rst;
Documentation/admin-guide/cgroup-v1/memory.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine import units
from engine.host.groups import MOUNT, files, manager, throttling
from engine.host.seen import Seen
from engine.host.tree import Tree, whole
from engine.model import Finding
from engine.topology import cpu_list

OFTEN = 0.01
"""Share of the periods in which the quota was spent from which on it counts."""
WEIGHTS = {"cpu.weight": 100, "cpu.shares": 1024}
"""What a group has unless somebody says otherwise."""
LITTLE = 2**30
"""Bytes of memory below which larger kernels and many workers' threads may fail."""


def findings(seen: Seen) -> Iterator[Finding]:
    """The quota and how often it was spent, a weight below that of others, a limit of memory."""
    yield from _quota(seen)
    yield from _throttling(seen)
    yield from _weight(seen.tree)
    yield from _memory(seen.tree)


def tightest(tree: Tree) -> tuple[float, Path] | None:
    """CPUs of time that the tightest group above this process allows, and its file; None where nothing limits it."""
    found = []
    for path in files(tree, "cpu", "cpu.max", "cpu.cfs_quota_us"):
        words = tree.text(path).split()
        if path.name == "cpu.cfs_quota_us":
            words.append(tree.text(path.with_name("cpu.cfs_period_us")))
        quota, period = (whole(word) or 0 for word in (*words, "", "")[:2])
        if quota > 0 and period > 0:  # "max" and -1 are no limit
            found.append((quota / period, path))
    return min(found, default=None)


def _quota(seen: Seen) -> Iterator[Finding]:
    found = tightest(seen.tree)
    if found is None:
        return
    cpus, path = found
    usable = seen.topology.ids
    tight = cpus < len(usable)
    yield Finding(
        name="cgroup quota",
        value=f"{cpus:.2f} CPUs",
        seriousness="disturbs" if tight else "fine",
        effect=f"A group may spend less time than its {units.count(len(usable), 'CPU')} have: threads are stopped "
        "together when the quota of a period (mostly 100 ms) is spent, which makes long gaps, and more do no more work."
        if tight
        else "",
        touches=("times", "speedups", "scatter") if tight else (),
        remedy=_lift(seen.tree, path) if tight else "",
        advice=f"A container gets whole CPUs in place of a quota with --cpuset-cpus={cpu_list(usable)}."
        if tight
        else "",
    )


def _lift(tree: Tree, path: Path) -> str:
    """The command that lifts a quota; that of a whole container can only be lifted from outside of it."""
    if (outside := manager(tree)) and MOUNT in {path.parent, path.parent.parent}:
        return f"{outside} update --cpu-quota -1 CONTAINER"
    return f"echo {'max' if path.name == 'cpu.max' else -1} | sudo tee /{path}"


def _throttling(seen: Seen) -> Iterator[Finding]:
    periods, stopped, seconds = throttling(seen.tree)
    just = seen.sample.throttled if seen.sample else 0
    if not periods:
        return
    grave = bool(just) or stopped > OFTEN * periods
    words = f"in {stopped} of {units.count(periods, 'period')}, {units.quantity(seconds, 's')} in all"
    yield Finding(
        name="cgroup throttling",
        value=(words if stopped else "never") + (f"; {just} within the last second" if just else ""),
        seriousness="disturbs" if grave else "note" if stopped else "fine",
        effect="The quota has stopped this group's threads, so it will stop those that are measured."
        if stopped
        else "",
        touches=("times", "speedups", "scatter") if stopped else (),
        advice="Lift the quota, or let nothing else run in the same group." if stopped else "",
    )


def _weight(tree: Tree) -> Iterator[Finding]:
    low = []
    for path in files(tree, "cpu", "cpu.weight", "cpu.shares"):
        weight, usual = tree.number(path), WEIGHTS[path.name]
        if weight is not None and 0 < weight < usual:
            low.append((weight / usual, weight, usual, path))
    if not low:
        return
    _, weight, usual, path = min(low)
    outside = manager(tree)
    yield Finding(
        name="cgroup weight",
        value=f"{weight} where {usual} is usual",
        seriousness="note",
        effect="Where others want the same CPU they get the larger part of it.",
        touches=("times", "scatter"),
        remedy=f"{outside} update --cpu-shares 1024 CONTAINER" if outside else f"echo {usual} | sudo tee /{path}",
    )


def _memory(tree: Tree) -> Iterator[Finding]:
    """The tightest limit; without one version 1 has the largest multiple of a page below 2^63."""
    total = tree.numbers("proc/meminfo").get("MemTotal", 0) * 1024
    limits = [tree.number(path) for path in files(tree, "memory", "memory.max", "memory.limit_in_bytes")]
    limit = min((one for one in limits if one is not None and one > 0), default=None)
    if limit is None or limit >= (total or 2**62):
        return
    little = limit < LITTLE
    yield Finding(
        name="memory limit",
        value=units.size(limit),
        seriousness="note" if little else "fine",
        effect="Kernels with large working sets, and many threads at once, may be killed by it." if little else "",
        advice="A larger limit (docker run --memory)." if little else "",
    )
