"""What keeps a faulty kernel from harming machine and engine: limits, and the stacks of what hangs or dies."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import sys

SPARE = 64 << 20  # bytes of address space, to tell of a kernel that has used up all it may have


def tell_stacks(descriptor: int) -> None:
    """Write every thread's stack to this descriptor at a crash, and at SIGUSR1: the engine asks before it kills.

    It should be one of its own: a kernel may point stderr elsewhere.
    """
    faulthandler.enable(descriptor)
    faulthandler.register(signal.SIGUSR1, descriptor, all_threads=True)


def confine(memory: int, file: int) -> None:
    """Set the limits, in bytes, 0 for none: of address space beside what is taken now, and of a file that is written.

    Beside what is taken, for a free-threaded interpreter sets 1 GiB of address space apart as it starts (mimalloc).
    """
    bound(resource.RLIMIT_CORE, 0, 0)  # a crash leaves a record, and no file
    if file:
        bound(resource.RLIMIT_FSIZE, file, file)
    if memory:
        most = memory + taken()
        bound(resource.RLIMIT_AS, most, most + SPARE)
    try:
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")  # where the machine's memory runs out, it is not the engine that is killed
    except OSError:
        pass


def taken() -> int:
    """Bytes of address space that this process has (proc_pid_statm(5)); 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as sizes:
            return int(sizes.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def room() -> int:
    """Bytes of address space that this process may still take; a large number where nothing limits it or tells."""
    limit, used = resource.getrlimit(resource.RLIMIT_AS)[0], taken()
    return sys.maxsize if limit == resource.RLIM_INFINITY or not used else limit - used


def bound(which: int, soft: int, hard: int) -> None:
    """Set one limit for this process and all that it starts, as far as the one it has allows."""
    most = resource.getrlimit(which)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    try:
        resource.setrlimit(which, (soft, hard))
    except (ValueError, OSError):
        pass  # macOS has limits that it lets nobody set


def give_way() -> None:
    """Let the process have what was spared of its address space."""
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    bound(resource.RLIMIT_AS, most, most)


def forsaken(lifeline: int) -> bool:
    """The engine died before it could have this process killed at its death: the pipe has no writer."""
    try:
        return os.read(lifeline, 1) == b""
    except OSError:
        return False
