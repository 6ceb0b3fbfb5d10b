"""Settings of the kernel that change what a process sees: addresses, the clock, the scheduler, counters."""

from __future__ import annotations

from collections.abc import Iterator

from engine.host.seen import Seen
from engine.host.tree import Tree, whole
from engine.model import Finding

NO_RANDOM = 0x0040000
"""ADDR_NO_RANDOMIZE of personality(2), which `setarch -R` sets and children inherit."""

FAST_CLOCKS = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"}
"""Clocks that are read without a system call (vdso(7))."""


def findings(seen: Seen) -> Iterator[Finding]:
    """Address layout, clock source, scheduler, and what a profiler may see."""
    yield from _layout(seen.tree)
    yield from _clock(seen.tree)
    yield from _scheduler(seen.tree)
    paranoid = seen.tree.text("proc/sys/kernel/perf_event_paranoid")
    yield Finding(name="perf events", value=f"paranoid {paranoid}" if whole(paranoid) is not None else "")


def _layout(tree: Tree) -> Iterator[Finding]:
    """Documentation/admin-guide/sysctl/kernel.rst, randomize_va_space: 0 nothing, 1 all but the heap, 2 all.

    Between processes times differ by 1.5 to 13 % for that reason alone (docs/machine.md). Where every process has the
    same layout it no longer averages out: Mytkowicz et al., ASPLOS 2009; Curtsinger and Berger, ASPLOS 2013.
    """
    mode = tree.text("proc/sys/kernel/randomize_va_space")
    persona = tree.text("proc/self/personality")
    switched = persona.isalnum() and len(persona) <= 8 and _hexadecimal(persona) & NO_RANDOM != 0
    lost = "Every process gets the same addresses, and with them the same luck: what layout does to times (1.5 to 13 % "
    lost += "from process to process) becomes a fixed error that no interval shows."
    if switched:
        yield Finding(
            name="ASLR",
            value="off for this process (setarch -R)",
            seriousness="disturbs",
            effect=lost,
            touches=("times", "scatter"),
            advice="Start fteng without setarch -R.",
        )
    elif mode in {"0", "1", "2"}:
        yield Finding(
            name="ASLR",
            value={"0": "off", "1": "on, but not for the heap", "2": "on"}[mode],
            seriousness={"0": "disturbs", "1": "note", "2": "fine"}[mode],  # type: ignore[arg-type]
            effect={
                "0": lost,
                "1": "The heap starts at one place in every process, so part of the scatter of layout is missing.",
                "2": "",
            }[mode],
            touches=("times", "scatter") if mode != "2" else (),
            remedy="sudo sysctl kernel.randomize_va_space=2" if mode != "2" else "",
        )


def _hexadecimal(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0


def _clock(tree: Tree) -> Iterator[Finding]:
    folder = "sys/devices/system/clocksource/clocksource0"
    source = tree.text(f"{folder}/current_clocksource")
    slow = bool(source) and source not in FAST_CLOCKS
    better = [name for name in tree.text(f"{folder}/available_clocksource").split() if name in FAST_CLOCKS]
    yield Finding(
        name="clock source",
        value=source,
        seriousness="disturbs" if slow else "fine",
        effect="Reading the time is a system call of about a microsecond, which short iterations hold too."
        if slow
        else "",
        touches=("times",) if slow else (),
        remedy=f"echo {better[0]} | sudo tee /{folder}/current_clocksource" if slow and better else "",
        advice="The kernel found its fast clock unreliable: `dmesg` says why." if slow and not better else "",
    )


def _scheduler(tree: Tree) -> Iterator[Finding]:
    """Documentation/scheduler/sched-ext.rst; kernel.rst, sched_schedstats ("incurs a small amount of overhead")."""
    if tree.text("sys/kernel/sched_ext/state") == "enabled":
        name = tree.text("sys/kernel/sched_ext/root/ops")
        yield Finding(
            name="sched_ext",
            value=name or "another scheduler than the kernel's own",
            seriousness="note",
            effect="A loaded scheduler decides which thread runs where, and differs from what others measure with.",
            touches=("times", "speedups", "scatter"),
            advice="End the program that loaded it.",
        )
    if tree.text("proc/sys/kernel/sched_schedstats") == "1":
        yield Finding(
            name="scheduler statistics",
            value="on",
            seriousness="note",
            effect="Every switch of threads costs a little more, which locks and the GIL show.",
            touches=("times",),
            remedy="sudo sysctl kernel.sched_schedstats=0",
        )
