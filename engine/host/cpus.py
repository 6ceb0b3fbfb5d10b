"""The CPUs: how many, which share a core, which are faster, which are off, what is built in against attacks."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator

from engine import units
from engine.host.groups import manager
from engine.host.seen import CPUS, Seen
from engine.model import Finding
from engine.topology import cpu_list, cpu_words, kinds, parse_list

BUSY = 0.05
"""Share of a second that a CPU works for others from which it counts: five ticks of /proc/stat, whose resolution is
one, and more than the 2 % to which fteng measures by default (schema.json, `precision`)."""


def findings(seen: Seen) -> Iterator[Finding]:
    """Facts of the usable CPUs and what makes them unlike a set of equal, whole cores."""
    described = seen.tree.text("proc/cpuinfo")
    model = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", described, re.MULTILINE)
    yield Finding(name="CPU", value=model[1].strip() if model else platform.machine())
    yield _count(seen)
    yield _smt(seen)
    yield Finding(name="caches of a CPU", value=", ".join(seen.topology.caches[0][1]) if seen.topology.caches else "")
    yield from _siblings(seen)
    yield from _kinds(seen)
    yield from _offline(seen)
    yield from _mitigations(seen)


def _count(seen: Seen) -> Finding:
    topology = seen.topology
    nodes, packages = (len({getattr(cpu, level) for cpu in topology.cpus}) for level in ("node", "package"))
    usable, cores = len(topology.cpus), len(topology.cores)
    words = f"{usable} usable of {topology.online} on {units.count(cores, 'core')}, {units.count(packages, 'package')}"
    alone = usable <= 1
    return Finding(
        name="CPUs",
        value=words + (f", {units.count(nodes, 'memory node')}" if nodes > 1 else ""),
        seriousness="disturbs" if alone else "fine",
        effect="Only one usable CPU: threads can only take turns, so no scaling can be seen here." if alone else "",
        touches=("speedups",) if alone else (),
        advice="A machine, a container or a cpuset with two CPUs or more." if alone else "",
    )


def _smt(seen: Seen) -> Finding:
    """Two threads of one core do 1.1 to 1.4 times the work of one (docs/machine.md, measured with the control).

    The file that switches it: Documentation/ABI/testing/sysfs-devices-system-cpu.
    """
    shared, cores = seen.topology.smt, len(seen.topology.cores)
    return Finding(
        name="SMT",
        value="usable CPUs share cores" if shared else "no two usable CPUs share a core",
        seriousness="note" if shared else "fine",
        effect=f"Two threads on one core do 1.1 to 1.4 times the work of one, not twice: beyond {cores} threads, "
        "and wherever the scheduler puts two on a core, speedups are lower for that."
        if shared
        else "",
        touches=("speedups", "scatter") if shared else (),
        remedy=f"echo off | sudo tee /{CPUS}/smt/control" if shared else "",
        advice=f"Or measure up to {cores} threads with --affinity cores." if shared else "",
    )


def _siblings(seen: Seen) -> Iterator[Finding]:
    """Hardware threads of our cores on which only others run."""
    usable = set(seen.topology.ids)
    others = set()
    for cpu in usable:
        folder = f"{CPUS}/cpu{cpu}/topology"
        told = seen.tree.text(f"{folder}/thread_siblings_list") or seen.tree.text(f"{folder}/core_cpus_list")
        others |= set(parse_list(told)) - usable
    if not others:
        return
    busy = {cpu: share for cpu in sorted(others) if seen.sample and (share := seen.sample.busy.get(cpu, 0.0)) >= BUSY}
    shares = ", ".join(f"{cpu_words([cpu])} {units.percent(round(share, 2))}" for cpu, share in busy.items())
    both, outside = cpu_list(usable | others), manager(seen.tree)
    yield Finding(
        name="SMT siblings",
        value=f"{cpu_words(others)} share cores with usable ones" + (f" and are busy: {shares}" if busy else ""),
        seriousness="disturbs" if busy else "note",
        effect="What runs there takes up to half of a core's work from the threads that are measured, and no counter "
        "of theirs shows it.",
        touches=("times", "speedups", "scatter"),
        remedy=f"{outside} update --cpuset-cpus {both} CONTAINER"
        if outside
        else f"taskset -c {both} fteng run SCENARIO --affinity cores",
        advice="Both CPUs of each core are then this process's own, if nobody else is put there.",
    )


def _kinds(seen: Seen) -> Iterator[Finding]:
    """Performance and efficiency cores; which CPU is of which kind as engine/topology.py tells it."""
    found = kinds(seen.topology)
    if len(found) < 2:
        return
    yield Finding(
        name="kinds of CPU",
        value="; ".join(f"{cpu_words(kind)} {'fast' if not place else 'slower'}" for place, kind in enumerate(found)),
        seriousness="disturbs",
        effect="The scheduler puts a thread on either kind and moves it: a time depends on where it ran, and an "
        "iteration lasts as long as its slowest thread.",
        touches=("times", "speedups", "scatter"),
        remedy=f"taskset -c {cpu_list(found[0])} fteng run SCENARIO",
        advice="Or --affinity cores, which fills the fast cores first.",
    )


def _offline(seen: Seen) -> Iterator[Finding]:
    """CPUs that are there and switched off (Documentation/admin-guide/cputopology.rst).

    With SMT switched off its second threads are off on purpose; CPUs that are not present cannot be switched on.
    """
    tree = seen.tree
    off = set(parse_list(tree.text(f"{CPUS}/offline"))) & set(parse_list(tree.text(f"{CPUS}/present")))
    meant = tree.text(f"{CPUS}/smt/control") in {"off", "forceoff"}
    if off:
        yield Finding(
            name="CPUs offline",
            value=cpu_words(off) + (" (SMT is switched off)" if meant else ""),
            seriousness="fine" if meant else "note",
            effect="" if meant else "Fewer CPUs than the machine has; a run on another day may have had them.",
            touches=() if meant else ("speedups",),
            remedy="" if meant else f"echo 1 | sudo tee /{CPUS}/cpu{min(off)}/online",
        )


def _mitigations(seen: Seen) -> Iterator[Finding]:
    """What the kernel does against attacks costs system calls and branches (Documentation/admin-guide/hw-vuln)."""
    told = {path.name: text for path, text in seen.tree.texts(f"{CPUS}/vulnerabilities/*").items()}
    on = sorted(name for name, text in told.items() if text.startswith("Mitigation"))
    off = sorted(name for name, text in told.items() if text.startswith("Vulnerable"))
    words = [
        f"on for {', '.join(on)}" if on else "none on",
        *([f"off for {', '.join(off)}"] if off else []),
    ]
    yield Finding(name="mitigations", value="; ".join(words) if told else "")
