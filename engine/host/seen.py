"""What every subject looks at: the files, the usable CPUs, and what happened within a second. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.host.sample import Sample
from engine.host.tree import Tree
from engine.topology import Topology

CPUS = "sys/devices/system/cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a subject looks at."""

    tree: Tree
    topology: Topology
    sample: Sample | None = None
    """What happened within a second; only `fteng doctor` waits for that."""


def cpu_list(cpus: Iterable[int]) -> str:
    """CPUs as the kernel writes them: 0, 1, 2, 3, 8 is "0-3,8"."""
    ranges: list[list[int]] = []
    for cpu in sorted(cpus):
        if ranges and cpu == ranges[-1][1] + 1:
            ranges[-1][1] = cpu
        else:
            ranges.append([cpu, cpu])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def cpu_words(cpus: Iterable[int]) -> str:
    """The same with its noun: "CPU 3", "CPUs 0-3,8"."""
    several = tuple(cpus)
    return f"CPU{'s' if len(several) != 1 else ''} {cpu_list(several)}"
