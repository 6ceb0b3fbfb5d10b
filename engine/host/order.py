"""Which finding matters most, and which facts head a report. The one list of what can be found."""

from __future__ import annotations

from collections.abc import Iterable

from engine.model import Finding

GRAVITY = (
    *("CPUs", "cgroup quota", "cgroup throttling", "other programs", "load", "SMT siblings", "steal"),
    *("scheduling", "swapping", "memory available", "heat throttling", "temperature", "power", "governor"),
    *("kinds of CPU", "isolated CPUs", "turbo", "power profile", "energy preference", "NUMA balancing"),
    *("ASLR", "clock source", "debug build", "builds", "virtualisation", "SMT", "memory nodes"),
    *("transparent huge pages", "clock rate", "sched_ext", "scheduler statistics", "interrupts", "cgroup weight"),
    *("memory limit", "cpuset", "swap", "CPUs offline", "limits", "environment", "pidfd", "interpreters"),
)
"""What may disturb or be worth a note, the gravest first: what takes CPU time away by the second stands before what
changes its speed, that before what changes single invocations, that before what only has to be known."""

PLAIN = (
    *("system", "libc", "engine's Python", "CPU", "caches of a CPU", "frequency driver", "memory", "container"),
    *("mitigations", "perf events"),
)
"""Facts that are only told."""

HEADER = (
    *("system", "libc", "engine's Python", "CPU", "CPUs", "SMT", "caches of a CPU", "isolated CPUs", "memory"),
    *("virtualisation", "container", "governor", "turbo", "power", "power profile", "clock source", "cgroup quota"),
    *("ASLR", "transparent huge pages", "NUMA balancing", "scheduling", "load"),
)
"""What stands in the header of a journal: the machine, and the settings in which two measurements may differ."""


def by_gravity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What disturbs, then what is worth a note, each by how much it matters; then the rest as it came."""
    serious = {"disturbs": 0, "note": 1}
    place = {name: number for number, name in enumerate(GRAVITY)}

    def gravity(one: Finding) -> tuple[int, int]:
        return (serious[one.seriousness], place[one.name]) if one.seriousness in serious else (len(serious), 0)

    return tuple(sorted(findings, key=gravity))
