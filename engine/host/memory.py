"""Memory: how much, how far away, and what the kernel moves and merges in it while something is measured.

Sources: proc_meminfo(5); Documentation/admin-guide/mm/transhuge.rst; Documentation/admin-guide/sysctl/kernel.rst
(numa_balancing: "The unmapping of pages and trapping faults incur additional overhead") and vm.rst (swappiness).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine import units
from engine.host.seen import Seen
from engine.host.tree import Tree
from engine.model import Finding
from engine.topology import cpu_list

SCARCE = 0.05
"""Share of the memory below which the kernel is about to reclaim pages of running programs."""
KIB = 1024


def findings(seen: Seen) -> Iterator[Finding]:
    """Size, what is left, swap, and the settings that let the kernel work on pages behind a program's back."""
    told = seen.tree.numbers("proc/meminfo")
    total, left = told.get("MemTotal", 0) * KIB, told.get("MemAvailable")
    yield Finding(name="memory", value=f"{total / 2**30:.1f} GiB" if total > 0 else "")
    if left is not None and total > 0:
        yield _available(left * KIB, total)
    yield from _swap(seen, told)
    yield from _huge_pages(seen.tree)
    yield from _nodes(seen)


def _available(left: int, total: int) -> Finding:
    scarce = left < SCARCE * total
    return Finding(
        name="memory available",
        value=units.size(left),
        seriousness="disturbs" if scarce else "fine",
        effect="The kernel takes pages from running programs, and from the workers that are measured."
        if scarce
        else "",
        touches=("times", "scatter") if scarce else (),
        advice="End what holds memory." if scarce else "",
    )


def _swap(seen: Seen, told: dict[str, int]) -> Iterator[Finding]:
    size, free = told.get("SwapTotal", 0) * KIB, told.get("SwapFree", 0) * KIB
    used = max(0, size - free)
    swappiness = seen.tree.text("proc/sys/vm/swappiness")
    words = f"{units.size(used)} of {units.size(size)} in use, swappiness {swappiness or '?'}"
    yield Finding(
        name="swap",
        value=words if size > 0 else "none" if "SwapTotal" in told else "",
        seriousness="note" if used else "fine",
        effect="Pages of programs lie on disk; what touches one of them waits for milliseconds." if used else "",
        touches=("scatter",) if used else (),
        remedy="sudo swapoff -a" if used else "",
    )
    if seen.sample and seen.sample.swapped:
        yield Finding(
            name="swapping",
            value=f"{units.count(seen.sample.swapped, 'page')} within the last second",
            seriousness="disturbs",
            effect="Memory is moved to and from disk now: threads stand still for milliseconds.",
            touches=("times", "scatter"),
            remedy="sudo swapoff -a",
            advice="Or end what holds memory.",
        )


def _huge_pages(tree: Tree) -> Iterator[Finding]:
    """`always` lets khugepaged merge pages of any program while it runs; CPython does not ask for huge pages."""
    path = "sys/kernel/mm/transparent_hugepage/enabled"
    chosen = re.search(r"\[(\w+)\]", tree.text(path))
    always = bool(chosen) and chosen is not None and chosen[1] == "always"
    yield Finding(
        name="transparent huge pages",
        value=chosen[1] if chosen else "",
        seriousness="note" if always else "fine",
        effect="The kernel merges pages of large working sets while they are measured, in one invocation sooner than "
        "in another."
        if always
        else "",
        touches=("times", "scatter") if always else (),
        remedy=f"echo madvise | sudo tee /{path}" if always else "",
    )


def _nodes(seen: Seen) -> Iterator[Finding]:
    """Several memory nodes among the usable CPUs, and whether the kernel moves pages between them.

    1 is balancing between nodes, 2 moves pages between kinds of memory; both can be on (kernel.rst).
    """
    nodes: dict[int, list[int]] = {}
    for cpu in seen.topology.cpus:
        nodes.setdefault(cpu.node, []).append(cpu.id)
    several = len(nodes) > 1
    first = cpu_list(nodes[min(nodes)]) if nodes else ""
    if several:
        yield Finding(
            name="memory nodes",
            value="; ".join(f"{cpu_list(cpus)} at node {node}" for node, cpus in sorted(nodes.items())),
            seriousness="note",
            effect="Data of another node's memory costs more, and so does a lock between nodes: a thread's time "
            "depends on where it runs.",
            touches=("times", "speedups", "scatter"),
            remedy=f"taskset -c {first} fteng run SCENARIO",
            advice="Or pin the threads: --affinity compact stays near, spread goes far.",
        )
    balancing = seen.tree.number("proc/sys/kernel/numa_balancing")
    if balancing is None:
        return
    moves = bool(balancing) and several
    yield Finding(
        name="NUMA balancing",
        value=("on" if balancing else "off") + ("" if several or not balancing else ", without effect on one node"),
        seriousness="disturbs" if moves else "fine",
        effect="The kernel unmaps pages to see who touches them, and moves them to another node while they are "
        "measured."
        if moves
        else "",
        touches=("times", "scatter") if moves else (),
        remedy="sudo sysctl kernel.numa_balancing=0" if moves else "",
    )
