"""/proc and cgroups around one worker -> what others did to the CPUs meanwhile; starts no process, judges nothing.

CPU time and steal come in ticks (10 ms on most systems, sysconf(3) _SC_CLK_TCK), so what is read around one short
worker is coarse, and may even come out a little below zero: it is the sums over many that can be judged.

Sources: proc_stat(5), getrusage(2), cgroups(7); Documentation/admin-guide/cgroup-v2.rst (cpu.stat) and
Documentation/scheduler/sched-bwc.rst (cpu.stat of version 1) of the Linux kernel.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.host import groups
from engine.host.sample import BUSY, STEAL
from engine.host.tree import Tree
from engine.model import Contamination

THROTTLED = {"throttled_usec": 1e-6, "throttled_time": 1e-9}
"""What cpu.stat calls it in version 2 and 1 of cgroups, and its unit in seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters at one moment, in seconds; None where the system does not tell."""

    busy: float | None
    """CPU time on the usable CPUs, by anybody."""
    stolen: float | None
    throttled: float | None
    own: float
    """CPU time of this process and of the children that it has waited for."""


class Meter:
    """Reads the counters before and after a worker: less than 0.1 ms each on a small machine."""

    def __init__(self, cpus: Sequence[int], root: Path = Path("/")) -> None:
        self.cpus, self.root = cpus, root
        self.groups = tuple(root / group for group in groups.folders(Tree(root), "cpu"))
        self.tick = 1 / os.sysconf("SC_CLK_TCK")

    def read(self) -> Reading:
        """The counters now."""
        lines = _cpu_lines(_bytes(self.root / "proc/stat"), self.cpus)
        told = bool(lines) and any(map(any, lines))  # a sandbox may show nothing but zeros
        steal = told and all(len(line) > STEAL for line in lines)
        used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return Reading(
            busy=self.tick * sum(line[place] for line in lines for place in BUSY) if told else None,
            stolen=self.tick * sum(line[STEAL] for line in lines) if steal else None,
            throttled=self._throttled(),
            own=sum(one.ru_utime + one.ru_stime for one in used),
        )

    def since(self, before: Reading) -> Contamination:
        """What happened between a reading and now, when the worker has ended and was waited for.

        Of processes that a worker left behind the CPU time counts as that of others.
        """
        now = self.read()
        return Contamination(
            busy=_passed(before.busy, now.busy, now.own - before.own),
            stolen=_counted(before.stolen, now.stolen),
            throttled=_counted(before.throttled, now.throttled),
        )

    def _throttled(self) -> float | None:
        """Of this process's group and all above it: a quota of any of them stops our threads."""
        found = [time for group in self.groups if (time := _throttled_seconds(_bytes(group / "cpu.stat"))) is not None]
        return sum(found) if found else None


def _cpu_lines(text: bytes, cpus: Iterable[int]) -> list[list[int]]:
    """The numbers of these CPUs in proc_stat(5); [] where one is missing, or what is there is nonsense."""
    lines: dict[bytes, Sequence[bytes]] = {}
    for line in text.splitlines():
        name, *numbers = line.split() or [b""]
        if not name.startswith(b"cpu"):
            break
        lines[name] = numbers
    try:
        found = [[int(number) for number in lines[b"cpu%d" % cpu]] for cpu in cpus]
    except (KeyError, ValueError):
        return []
    return found if all(len(line) > max(BUSY) for line in found) else []


def _throttled_seconds(text: bytes) -> float | None:
    """Seconds from a cpu.stat; None where it does not say."""
    words: Mapping[str, str] = dict(
        pair for line in text.decode("utf-8", "replace").splitlines() if len(pair := line.split()) == 2
    )
    for name, unit in THROTTLED.items():
        if words.get(name, "").isdecimal():
            return int(words[name]) * unit
    return None


def _passed(before: float | None, now: float | None, less: float) -> float | None:
    if before is None or now is None:
        return None
    return round(now - before - less, 6)


def _counted(before: float | None, now: float | None) -> float | None:
    """What a counter grew by; None where it ran backwards, as steal may when a virtual machine moves."""
    passed = _passed(before, now, 0.0)
    return None if passed is None or passed < 0 else passed


def _bytes(path: Path) -> bytes:
    """A file of /proc or /sys; b"" where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
