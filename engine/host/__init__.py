"""/proc and /sys -> facts of the machine in words, findings that say what makes it noisy, and the host's one lock.

Changes no setting. A file that is missing or unreadable costs its fact, never a failure. `software`, `cpus`,
`isolation`, `frequency`, `power`, `virtual`, `cgroup`, `memory`, `kernel`, `process` and `load` look at one subject
each; `sample` holds two moments against each other; `order` says what matters most; `lock` keeps two measurements of
one host apart.
"""

from __future__ import annotations

from pathlib import Path

from engine.host import (
    cgroup,
    cpus,
    frequency,
    isolation,
    kernel,
    load,
    memory,
    power,
    process,
    software,
    virtual,
)
from engine.host.lock import measuring
from engine.host.order import HEADER, by_gravity
from engine.host.sample import Snapshot, between, snapshot
from engine.host.seen import Seen
from engine.host.tree import Tree
from engine.model import Finding, Host
from engine.topology import Topology

__all__ = ["Snapshot", "by_gravity", "describe", "examine", "measuring", "snapshot", "warning"]

SUBJECTS = (software, cpus, isolation, memory, virtual, frequency, power, kernel, cgroup, process, load)


def describe(topology: Topology, root: Path = Path("/")) -> Host:
    """Facts of this machine in words, and a warning for each finding that disturbs.

    `root` is where /proc and /sys are read; what system calls tell (libc, Python) is of this machine.
    """
    findings = examine(topology, root)
    facts = {found.name: found.value for found in findings}
    return Host(
        facts=tuple((name, facts[name]) for name in HEADER if name in facts),
        warnings=tuple(warning(found) for found in by_gravity(findings) if found.seriousness == "disturbs"),
    )


def examine(topology: Topology, root: Path = Path("/"), since: Snapshot | None = None) -> tuple[Finding, ...]:
    """Everything found below `root`, subject by subject, each with what it does and what would change it.

    With `since`, a snapshot of a moment ago, also who used the CPUs in between, and what else happened.
    """
    tree = Tree(root)
    sample = between(since, snapshot(root)) if since else None
    seen = Seen(tree=tree, topology=topology, sample=sample)
    return tuple(found for subject in SUBJECTS for found in subject.findings(seen) if found.value)


def warning(found: Finding) -> str:
    """A finding in a line of prose: what it is, what it does, what changes it."""
    parts = [f"{found.name}: {found.value}: {found.effect[:1].lower()}{found.effect[1:]}"]
    if found.remedy:
        parts.append(f"`{found.remedy}` changes it")
    elif found.advice:
        parts.append(f"{found.advice[:1].lower()}{found.advice[1:]}")
    return "; ".join(part.rstrip(".") for part in parts)
