"""Two moments of /proc and /sys -> what happened in between: who used the CPUs, what was stolen, throttled, swapped.

Waits for nothing itself. Times are in ticks of /proc/stat, whose length cancels (proc(5)): a CPU's ticks add up to the
time that passed, so a second has a resolution of one percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.host.groups import throttling
from engine.host.tree import Tree, whole

BUSY = (0, 1, 2, 5, 6)
"""Columns of a CPU in /proc/stat that are work: user, nice, system, irq, softirq. A guest's time is in user."""
STEAL = 7
COLUMNS = 8
"""user nice system idle iowait irq softirq steal; guest and guest_nice behind them are counted in the first two."""

HEAT = ("core_throttle_count", "package_throttle_count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The counters of one moment, since the machine started."""

    begin: Mapping[int, tuple[int, ...]]
    """CPU -> its ticks by column, before the rest was read: a walk over all processes takes some ticks too, ours."""
    programs: Mapping[tuple[int, int], tuple[str, int]]
    """Process id and start time -> name and ticks; the start time tells a new process with an old id."""
    throttled: int
    """Periods in which a cgroup's quota stopped this process's group."""
    heat: int
    """Times that a CPU was slowed down because it was hot."""
    swapped: int
    """Pages moved to and from swap."""
    end: Mapping[int, tuple[int, ...]]
    """The ticks again, after the rest was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Somebody else who used CPU."""

    pid: int
    name: str
    share: float
    """CPUs kept busy: 1 is one whole CPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What happened between two snapshots."""

    busy: Mapping[int, float]
    """CPU -> the share of the time that it worked."""
    stolen: float
    """Share of all CPUs' time that the host of a virtual machine took."""
    programs: tuple[Program, ...]
    """Other programs that used CPU, the busiest first."""
    running: frozenset[str]
    """The names of all other programs, busy or not."""
    throttled: int
    heat: int
    swapped: int


def snapshot(root: Path = Path("/")) -> Snapshot:
    """The counters as they are now. What cannot be read is 0 or missing."""
    tree = Tree(root)
    begin = cpu_ticks(tree)
    vmstat = tree.numbers("proc/vmstat")
    return Snapshot(
        begin=begin,
        programs=_programs(tree),
        throttled=throttling(tree)[1],
        heat=sum(sum(heat_counts(tree, name)) for name in HEAT),
        swapped=vmstat.get("pswpin", 0) + vmstat.get("pswpout", 0),
        end=cpu_ticks(tree),
    )


def between(before: Snapshot, after: Snapshot) -> Sample:
    """What the second moment has more than the first."""
    passed = {
        cpu: tuple(max(0, late - early) for early, late in zip(before.end[cpu], ticks, strict=True))
        for cpu, ticks in after.begin.items()
        if cpu in before.end
    }
    length = max(map(sum, passed.values()), default=0)
    used = {key: ticks - before.programs.get(key, ("", 0))[1] for key, (_, ticks) in after.programs.items()}
    programs = [
        Program(pid=key[0], name=after.programs[key][0], share=ticks / length)
        for key, ticks in used.items()
        if length and ticks > 0
    ]
    passed = {cpu: ticks for cpu, ticks in passed.items() if any(ticks)}  # a sandbox may show nothing but zeros
    total = sum(map(sum, passed.values()))
    return Sample(
        busy={cpu: sum(ticks[column] for column in BUSY) / max(1, sum(ticks)) for cpu, ticks in passed.items()},
        stolen=sum(ticks[STEAL] for ticks in passed.values()) / max(1, total),
        programs=tuple(sorted(programs, key=lambda one: (-one.share, one.pid))),
        running=frozenset(name for name, _ in after.programs.values()),
        throttled=max(0, after.throttled - before.throttled),
        heat=max(0, after.heat - before.heat),
        swapped=max(0, after.swapped - before.swapped),
    )


def cpu_ticks(tree: Tree) -> dict[int, tuple[int, ...]]:
    """CPU -> its ticks since the machine started, by column (proc(5), /proc/stat)."""
    found = {}
    for line in tree.text("proc/stat").splitlines():
        name, *words = line.split() or [""]
        number, ticks = name.removeprefix("cpu"), words[:COLUMNS]
        counted = tuple(count for word in ticks if (count := counter(word)) is not None)
        cpu = counter(number)
        if name != number and cpu is not None and len(counted) == COLUMNS:
            found[cpu] = counted
    return found


def counter(text: str) -> int | None:
    """The whole number from 0 on that a text is; None for any other."""
    number = whole(text)
    return number if number is not None and number >= 0 else None


def heat_counts(tree: Tree, name: str) -> list[int]:
    """How often each CPU was slowed down by heat since the machine started, or each package.

    All CPUs of a package tell the same of it, so its largest is taken
    (Documentation/admin-guide/thermal/intel_thermal_throttle.rst).
    """
    counts: dict[str, int] = {}
    for path, text in tree.texts(f"sys/devices/system/cpu/cpu*/thermal_throttle/{name}").items():
        topology = path.parent.parent / "topology"
        package = tree.text(topology / "physical_package_id")
        place = package if name.startswith("package") else f"{package} {tree.text(topology / 'core_id') or path}"
        counts[place] = max(counts.get(place, 0), counter(text) or 0)
    return list(counts.values())


def _programs(tree: Tree) -> dict[tuple[int, int], tuple[str, int]]:
    """Every process but this one: user and system time (fields 14 and 15 of proc_pid_stat(5)), start time (22)."""
    own = tree.text("proc/self/stat").partition(" ")[0]
    found = {}
    try:
        pids = [path.name for path in (tree.root / "proc").iterdir() if path.name.isdecimal() and path.name != own]
    except OSError:
        return {}
    for pid in pids:
        name, rest = split_stat(tree.text(f"proc/{pid}/stat"))
        user, system, start = (counter(rest[place]) if len(rest) > place else None for place in (11, 12, 19))
        if user is not None and system is not None and start is not None:
            found[int(pid), start] = (name, user + system)
    return found


def split_stat(text: str) -> tuple[str, list[str]]:
    """The name in /proc/PID/stat, which may hold blanks and parentheses, and the fields behind it (the third on)."""
    head, _, rest = text.rpartition(")")
    return head.partition("(")[2], rest.split()
