"""What every subject looks at: the files, the usable CPUs, and what happened within a second. Judges nothing."""

from __future__ import annotations

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
