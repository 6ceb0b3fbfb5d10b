"""What a process can tell of itself and of the CPU it is on; knows no kernel, no thread of a team and no request."""

from __future__ import annotations

import dis
import opcode
import os
import resource
import sys

TYPE_CHECKING = False  # as `typing` has it, without importing it
if TYPE_CHECKING:
    from typing import Any, Callable

QUIET_OPCODES = ("RESUME", "JUMP_BACKWARD")  # they change their names without being specialised for a type
PIECE = bytes(1000)  # its items are immortal integers, so that adding them up takes no memory
TRIES = 3
SIZES = range(8, 128, 16)  # of small objects beside their header: with it, the size classes of the allocators
MOST = 16  # at about 4 KiB a thread


def gil_enabled() -> bool:
    """The state of the lock right now; a default build always has it."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def watch_loading(found: list[str]) -> None:
    """From now on put into `found` the name of each extension module while whose loading the GIL came on, and stayed.

    The interpreter's own warning names the module as well, but a kernel can silence it, make it an error and catch
    that, or close stderr. An interpreter enables the lock while it loads any extension, and takes that back for one
    that does not need it (`_PyImport_CheckGILState`, Python/import.c of 3.13).
    """
    loader = sys.modules["_frozen_importlib_external"].ExtensionFileLoader
    create = loader.create_module

    def create_module(self: Any, spec: Any) -> Any:
        before = gil_enabled()
        try:
            return create(self, spec)
        finally:
            if gil_enabled() and not before:
                found.append(spec.name)

    loader.create_module = create_module


def extensions() -> list[str]:
    """The extension modules that are loaded from outside the standard library, by name."""
    own = os.path.dirname(os.__file__) + os.sep
    outside = os.sep + "site-packages" + os.sep
    found = []
    for name, module in list(sys.modules.items()):
        path = str(getattr(module, "__file__", None) or "")
        if path.endswith((".so", ".pyd")) and (not path.startswith(own) or outside in path):
            found.append(name)
    return sorted(found)


def displaced() -> list[bytes]:
    """A few small objects of each size, a random number of each: what is made next lies elsewhere in every process.

    A loop's speed depends on where its objects lie against each other and the frame (4 KiB aliasing and the like): on
    3.13t by 4 to 9 %, the same way in every process, for what is made first always lies alike. Chance makes of that
    scatter between invocations, which intervals know (Curtsinger and Berger, STABILIZER, ASPLOS 2013).
    """
    return [bytes(size) for size, count in zip(SIZES, os.urandom(len(SIZES))) for _ in range(count % MOST)]


def speed(cpu_clock: Callable[[], int]) -> int:
    """The CPU time in ns of a short fixed piece of work: whether this CPU is in its fast or its slow state.

    The least of a few tries, since an interrupt or a cold cache says nothing of that state. CPU time, so that waiting
    for a GIL does not count.
    """
    least = 0
    for _ in range(TRIES):
        before = cpu_clock()
        sum(PIECE)
        took = cpu_clock() - before
        least = min(least or took, took)
    return least


def usage() -> Callable[[], tuple[int, ...]]:
    """What reads the counters of a thread, where the system keeps them by thread; else only zeros for its switches."""
    return used if hasattr(resource, "RUSAGE_THREAD") else untold


def used() -> tuple[int, ...]:
    """Context switches (voluntary, involuntary) and page faults (minor, major) of this thread so far: getrusage(2)."""
    found = resource.getrusage(resource.RUSAGE_THREAD)
    return found.ru_nvcsw, found.ru_nivcsw, found.ru_minflt, found.ru_majflt


def untold() -> tuple[int, ...]:
    """Where nothing is read, or nothing is told."""
    return 0, 0


def untold_speed(_: Callable[[], int]) -> int:
    """Where the probe is not taken."""
    return 0


def open_place() -> int:
    """A descriptor that tells which CPU this thread is on, or -1 (only Linux has it).

    Half of the descriptors that a process may have are the kernel's: where threads are that many, the later ones cannot
    tell.
    """
    try:
        found = os.open("/proc/thread-self/stat", os.O_RDONLY)
    except OSError:
        return -1
    if found >= resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2:
        os.close(found)
        return -1
    return found


def read_place(descriptor: int) -> int:
    """The CPU this thread ran on last, field 39 of proc_pid_stat(5); -1 where the system does not tell."""
    if descriptor < 0:
        return -1
    return int(os.pread(descriptor, 1024, 0).rpartition(b")")[2].split()[36])


def bytecode(function: Callable[..., object]) -> tuple[int, list[str]]:
    """(specialisable instructions, names of those that are specialised now) of a function's own code (PEP 659).

    Before 3.11 there are none. A name is specialised where the adaptive listing shows another than the plain one, and
    not merely two instructions made one when the code was compiled (3.11, 3.12: LOAD_FAST__LOAD_FAST).
    """
    found = forms(getattr(function, "__code__", None))
    return len(found), [now for plain, now in found if specialized(plain, now)]


def forms(code: Any) -> list[tuple[str, str]]:
    """(name as compiled, name now) of every instruction of some code that can be specialised."""
    if code is None or sys.version_info < (3, 11):
        return []
    families = getattr(opcode, "_specializations", None) or {}
    found = []
    for plain, adaptive in zip(dis.get_instructions(code), dis.get_instructions(code, adaptive=True)):
        others = families.get(plain.opname, () if families else ("",))
        if not plain.opname.startswith(QUIET_OPCODES) and not all("__" in form for form in others):
            found.append((plain.opname, adaptive.opname))
    return found


def specialized(plain: str, now: str) -> bool:
    """Whether an instruction is specialised now, and not merely joined with its neighbour."""
    return now != plain and "__" not in now


def peak_memory() -> int:
    """Bytes resident at most; ru_maxrss is kept over exec, so it may be that of the engine."""
    try:
        with open("/proc/self/status", "rb") as file:
            return int(file.read().partition(b"VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
