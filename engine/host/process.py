"""What workers inherit from the shell that starts fteng: priority, scheduling class, limits; and what they do not.

Sources: proc_pid_stat(5), sched(7), nice(2), getrlimit(2), proc_pid_limits(5), docs/worker.md (the environment).
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.host.sample import split_stat
from engine.host.seen import Seen
from engine.host.tree import Tree, whole
from engine.model import Finding
from engine.spawn import PASSED_ON

CLASSES = {0: "other", 1: "fifo", 2: "round robin", 3: "batch", 5: "idle", 6: "deadline", 7: "ext"}
REALTIME = {1, 2, 6}
NICE, CLASS = 16, 38
"""Places of fields 19 and 41 of /proc/PID/stat behind the name."""

FEW = {"Max processes": (1024, "ulimit -u"), "Max open files": (256, "ulimit -n")}
"""Limits that stop workers or their threads below this, and what the shell calls them."""
BOUNDED = {"Max cpu time": "ulimit -t", "Max address space": "ulimit -v", "Max data size": "ulimit -d"}
"""Limits that must not be there at all."""
STACK = range(2**18, 2**28)
"""Bytes of a thread's stack: less ends deep recursion with a crash, more takes a worker's memory with a few threads
(pthread_create(3): the soft limit is what a thread gets, 2 MiB where there is none)."""

WITHOUT_EFFECT = (
    *("PYTHON_GIL", "PYTHON_JIT", "PYTHON_TLBC", "PYTHON_CPU_COUNT", "PYTHON_CONTEXT_AWARE_WARNINGS"),
    *("PYTHON_THREAD_INHERIT_CONTEXT", "PYTHONMALLOC", "PYTHONHASHSEED", "PYTHONOPTIMIZE", "PYTHONDEVMODE"),
    *("PYTHONTRACEMALLOC", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONPERFSUPPORT", "PYTHONPROFILEIMPORTTIME"),
    *("LD_PRELOAD", "GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_CONF", "OMP_NUM_THREADS"),
)
"""Variables that somebody who sets them may expect to see in a measurement."""


def findings(seen: Seen) -> Iterator[Finding]:
    """Priority and class, limits, variables without effect."""
    yield from _priority(seen.tree)
    yield from _limits(seen.tree)
    yield from _environment(seen.tree)


def _priority(tree: Tree) -> Iterator[Finding]:
    _, fields = split_stat(tree.text("proc/self/stat"))
    nice, policy = (whole(fields[place]) if len(fields) > place else None for place in (NICE, CLASS))
    if nice is None or policy not in CLASSES:
        return
    words = f"class {CLASSES[policy]}, nice {nice}"
    if policy in REALTIME:
        yield Finding(
            name="scheduling",
            value=words,
            seriousness="disturbs",
            effect="Workers inherit it: real-time threads that wait for each other never let the others run, and the "
            "kernel stops them for 50 ms of every second.",
            touches=("times", "speedups", "scatter"),
            remedy="sudo chrt --other --pid 0 $$",
        )
    elif policy in {3, 5} or nice > 0:
        yield Finding(
            name="scheduling",
            value=words,
            seriousness="disturbs",
            effect="Workers inherit it: whatever else wants a CPU goes before them.",
            touches=("times", "speedups", "scatter"),
            remedy="sudo chrt --other --pid 0 $$" if policy in {3, 5} else "sudo renice -n 0 -p $$",
        )
    else:
        yield Finding(name="scheduling", value=words)


def _limits(tree: Tree) -> Iterator[Finding]:
    """Soft limits that make workers fail, not slow."""
    found = {}
    for line in tree.text("proc/self/limits").splitlines()[1:]:
        name, rest = line[:26].strip(), line[26:].split()
        if rest:
            found[name] = rest[0]
    tight: list[tuple[str, str]] = []
    for name, (least, command) in FEW.items():
        soft = whole(found.get(name, ""))
        if soft is not None and soft < least:
            tight.append((f"{name.lower()} {soft}", f"{command} {least}"))
    for name, command in BOUNDED.items():
        soft = whole(found.get(name, ""))
        if soft is not None:
            tight.append((f"{name.lower()} {soft}", f"{command} unlimited"))
    stack = whole(found.get("Max stack size", ""))
    if stack is not None and stack not in STACK:
        tight.append((f"max stack size {stack}", "ulimit -s 8192"))
    if found:
        yield Finding(
            name="limits",
            value="; ".join(words for words, _ in tight) or "none that matters",
            seriousness="note" if tight else "fine",
            effect="Workers inherit it: runs with many threads or much data may fail, and say so." if tight else "",
            remedy=" && ".join(command for _, command in tight),
        )


def _environment(tree: Tree) -> Iterator[Finding]:
    """Variables set when fteng was started, which no worker gets: it runs with -I and a list of what it may see."""
    told = tree.text("proc/self/environ").split("\0")
    names = {word.partition("=")[0] for word in told if "=" in word}
    mute = [name for name in WITHOUT_EFFECT if name in names and name not in PASSED_ON]
    if mute:
        yield Finding(
            name="environment",
            value=f"{', '.join(mute)} set",
            seriousness="note",
            effect="Without effect on what fteng measures: workers get neither these nor any other variable of Python.",
            advice="A scenario's axes say it instead (gil: [on, off]), or an interpreter built that way.",
        )
