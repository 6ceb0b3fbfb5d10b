"""CPUs kept from others: isolated ones, the cpuset, and who spreads interrupts over them.

Sources: Documentation/admin-guide/kernel-parameters.txt (isolcpus, nohz_full); Documentation/admin-guide/cgroup-v2.rst
(cpuset.cpus.partition); cpuset(7).
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.host.seen import CPUS, Seen
from engine.model import Finding
from engine.topology import cpu_list, cpu_words, parse_list


def findings(seen: Seen) -> Iterator[Finding]:
    """Whether there are isolated CPUs and this process uses them; which CPUs it may use."""
    yield from _isolated(seen)
    yield from _cpuset(seen)
    yield from _interrupts(seen)


def _isolated(seen: Seen) -> Iterator[Finding]:
    """The scheduler neither puts threads on isolated CPUs nor moves them between those."""
    isolated = set(parse_list(seen.tree.text(f"{CPUS}/isolated")))
    if not isolated:
        return
    full = set(parse_list(seen.tree.text(f"{CPUS}/nohz_full")))
    usable = set(seen.topology.ids)
    ours = usable & isolated
    value = cpu_words(isolated) + (", without ticks" if isolated <= full else "")
    on_them = f"taskset -c {cpu_list(isolated)} fteng run SCENARIO --affinity cores"
    if not ours:
        yield Finding(
            name="isolated CPUs",
            value=f"{value}; fteng may not use them",
            seriousness="note",
            effect="The quietest CPUs of the machine are not those that are measured.",
            touches=("scatter",),
            remedy=on_them,
        )
    elif ours == usable:
        yield Finding(
            name="isolated CPUs",
            value=f"{value}; all usable CPUs are",
            seriousness="disturbs",
            effect="The scheduler spreads no threads over isolated CPUs: those that are not pinned all stay on one, "
            "and nothing scales.",
            touches=("speedups",),
            remedy=f"taskset -c {cpu_list(usable)} fteng run SCENARIO --affinity cores",
        )
    else:
        yield Finding(
            name="isolated CPUs",
            value=f"{value}; {cpu_words(usable - isolated)} usable beside them",
            seriousness="disturbs",
            effect="Threads that are not pinned never run on the isolated ones, so `cpus` threads share fewer CPUs.",
            touches=("speedups", "scatter"),
            remedy=on_them,
        )


def _cpuset(seen: Seen) -> Iterator[Finding]:
    """Fewer CPUs than the machine has, by affinity or cpuset."""
    usable, online = seen.topology.ids, seen.topology.online
    if len(usable) < online:
        yield Finding(
            name="cpuset",
            value=f"this process may use {cpu_words(usable)} of {online}",
            seriousness="note",
            effect=f"`cpus` in a scenario means {len(usable)} here, and others may run on these CPUs as well.",
            touches=("speedups",),
        )


def _interrupts(seen: Seen) -> Iterator[Finding]:
    """irqbalance(1) moves interrupts to other CPUs every ten seconds."""
    if seen.sample is None or "irqbalance" not in seen.sample.running:
        return
    yield Finding(
        name="interrupts",
        value="irqbalance is running",
        seriousness="note",
        effect="It moves interrupts between CPUs while they are measured, also onto those of pinned threads.",
        touches=("scatter",),
        remedy="sudo systemctl stop irqbalance",
    )
