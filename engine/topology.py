"""/sys -> CPUs, cores, packages, nodes and caches; an affinity policy -> one CPU set per thread. Pins nothing itself.

Reading touches /sys and the affinity of this process; `place` is pure.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from engine.model import Value

CPUS = Path("sys/devices/system/cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """One hardware thread, by the kernel's numbers."""

    id: int
    core: int
    """The lowest CPU of its physical core: unlike `core_id`, unique over all packages."""
    package: int
    node: int
    """Of memory (NUMA)."""
    speed: int = 0
    """How fast it is against the others, in a unit of the kernel's; 0 where it is not told."""


Core = tuple[Cpu, ...]
"""The usable hardware threads of one physical core."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The CPUs this process may use, and what lies between them and memory."""

    cpus: tuple[Cpu, ...]
    """Usable ones only, by id."""
    caches: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """CPU -> its caches in words: "L1 data 48K", "L3 32M shared by 0-7"."""
    online: int = 0
    """CPUs of the machine, usable or not."""

    @property
    def ids(self) -> tuple[int, ...]:
        """The usable CPUs."""
        return tuple(cpu.id for cpu in self.cpus)

    @property
    def cores(self) -> tuple[Core, ...]:
        """The usable CPUs by physical core, in the order of their first CPU."""
        cores: dict[int, list[Cpu]] = defaultdict(list)
        for cpu in self.cpus:
            cores[cpu.core].append(cpu)
        return tuple(map(tuple, cores.values()))

    @property
    def smt(self) -> bool:
        """Whether two usable CPUs share a core."""
        return any(len(core) > 1 for core in self.cores)


def read(root: Path = Path("/")) -> Topology:
    """The topology below `root`; where /sys tells nothing of a CPU it counts as a core of its own.

    For the real root the usable CPUs are those of this process (affinity, cpuset); for another, those of its
    /proc/self/status, or all that are online where there is none.
    """
    folder = root / CPUS
    online = parse_list(_text(folder / "online")) or tuple(sorted(_numbered(folder, "cpu")))
    usable = sorted(os.sched_getaffinity(0)) if root == Path("/") else _allowed(root, online)
    speeds = _speeds(folder, usable)
    cpus = tuple(_cpu(folder / f"cpu{number}", number, speed) for number, speed in zip(usable, speeds, strict=True))
    caches = tuple((number, words) for number in usable if (words := tuple(_caches(folder / f"cpu{number}/cache"))))
    return Topology(cpus=cpus, caches=caches, online=len(online or usable))


def place(affinity: Value, threads: int, topology: Topology) -> tuple[tuple[int, ...], ...] | None:
    """One set of CPUs for each of `threads` threads; None leaves them all to the scheduler.

    `compact` fills the hardware threads of a core, then the next core of its package; `spread` puts each thread as far
    from the others as it can: alternating packages and nodes, fast cores before slow ones, a core's second hardware
    thread last; `cores` gives each thread a whole core, in the order of `spread`; a tuple of tuples gives thread i the
    set i. More threads than places start again from the first. Raises ValueError for another policy.
    """
    places: list[tuple[int, ...]]
    match affinity:
        case "none":
            return None
        case "compact":
            places = [(cpu.id,) for core in _compact(topology) for cpu in core]
        case "spread":
            places = [(cpu.id,) for cpu in _in_turn(_spread_cores(topology))]
        case "cores":
            places = [tuple(cpu.id for cpu in core) for core in _spread_cores(topology)]
        case tuple() if affinity:
            places = [tuple(cpus) for cpus in affinity]
        case _:
            raise ValueError(f"{affinity!r} is no affinity policy")
    return tuple(places[thread % len(places)] for thread in range(threads))


def parse_list(text: str) -> tuple[int, ...]:
    """The numbers of a list as the kernel writes it: "0-3,8" is 0, 1, 2, 3, 8; () for a text that is none."""
    numbers: set[int] = set()
    for part in filter(None, text.strip().split(",")):
        found = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", part, re.ASCII)
        if not found:
            return ()
        numbers.update(range(int(found[1]), int(found[2] or found[1]) + 1))
    return tuple(sorted(numbers))


def kinds(topology: Topology) -> tuple[tuple[int, ...], ...]:
    """The usable CPUs by how fast their cores are, the fastest kind first; one kind where all are alike."""
    ranks = _speed_ranks(topology)
    found: dict[int, list[int]] = defaultdict(list)
    for cpu in topology.cpus:
        found[ranks[cpu.speed]].append(cpu.id)
    return tuple(tuple(found[rank]) for rank in sorted(found))


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


def _compact(topology: Topology) -> list[Core]:
    """Cores package by package and node by node, the fast ones of each first."""
    rank = _speed_ranks(topology)
    return sorted(topology.cores, key=lambda core: (core[0].package, core[0].node, rank[core[0].speed], core[0].id))


def _spread_cores(topology: Topology) -> list[Core]:
    """Fast cores before slow ones; among equals, in turn from each package and from each node within it."""
    rank = _speed_ranks(topology)
    speeds = _grouped(_compact(topology), lambda core: rank[core[0].speed])
    return [core for speed in sorted(speeds) for core in _alternating(speeds[speed])]


def _alternating(cores: list[Core]) -> list[Core]:
    packages = _grouped(cores, lambda core: core[0].package).values()
    return _in_turn(_in_turn(_grouped(package, lambda core: core[0].node).values()) for package in packages)


def _speed_ranks(topology: Topology) -> dict[int, int]:
    """Speed -> rank, 0 for the fastest kind of core.

    A kind ends where the next speed falls below nine tenths of the last: cores of one kind boost a few percent apart
    (each chip has its favoured ones), efficiency cores lie at 0.85 of the others and below.
    """
    ranks: dict[int, int] = {}
    rank, last = 0, 0
    for speed in sorted({cpu.speed for cpu in topology.cpus}, reverse=True):
        rank += speed < 0.9 * last
        ranks[speed] = rank
        last = speed
    return ranks


def _in_turn(groups: Iterable[Iterable[Item]]) -> list[Item]:
    """The first of each group, then the second of those that have one, and so on."""
    return [item for layer in zip_longest(*groups) for item in layer if item is not None]


def _grouped(cores: Iterable[Core], key: Callable[[Core], int]) -> dict[int, list[Core]]:
    groups: dict[int, list[Core]] = defaultdict(list)
    for core in cores:
        groups[key(core)].append(core)
    return groups


def _allowed(root: Path, online: Sequence[int]) -> Sequence[int]:
    """The online CPUs that `Cpus_allowed_list` of proc_pid_status(5) names."""
    told = re.search(r"^Cpus_allowed_list:\s*(\S+)$", _text(root / "proc/self/status"), re.MULTILINE)
    allowed = set(parse_list(told[1])) if told else set()
    return tuple(cpu for cpu in online if cpu in allowed) or online


def _speeds(folder: Path, cpus: Sequence[int]) -> list[int]:
    """How fast each CPU is: the scheduler's capacity, or the highest frequency where the former calls all equal.

    Linux does so on Intel's hybrids with SMT, whose efficiency cores only show in their frequency.
    """
    capacities = [_number(folder / f"cpu{cpu}/cpu_capacity") for cpu in cpus]
    if len(set(capacities)) > 1:
        return capacities
    return [_number(folder / f"cpu{cpu}/cpufreq/cpuinfo_max_freq") for cpu in cpus]


def _cpu(folder: Path, number: int, speed: int) -> Cpu:
    siblings = parse_list(_text(folder / "topology/thread_siblings_list") or _text(folder / "topology/core_cpus_list"))
    return Cpu(
        id=number,
        core=siblings[0] if number in siblings else number,
        package=max(0, _number(folder / "topology/physical_package_id")),
        node=next(_numbered(folder, "node"), 0),
        speed=speed,
    )


def _caches(folder: Path) -> Iterator[str]:
    for index in sorted(_numbered(folder, "index")):
        here = folder / f"index{index}"
        level, kind, size = (_text(here / name) for name in ("level", "type", "size"))
        shared = _text(here / "shared_cpu_list")
        if level and size:
            words = f"L{level}" + ("" if kind in {"", "Unified"} else f" {kind.lower()}") + f" {size}"
            yield words + (f" shared by {shared}" if len(parse_list(shared)) > 1 else "")


def _numbered(folder: Path, prefix: str) -> Iterator[int]:
    """The numbers in names such as `cpu0`."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return
    yield from (int(found[1]) for name in names if (found := re.fullmatch(prefix + r"(\d+)", name)))


def _number(path: Path) -> int:
    try:
        return int(_text(path))
    except ValueError:
        return 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
