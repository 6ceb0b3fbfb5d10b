"""This machine -> the profilers that can be used on it, and a sentence with the reason for each that cannot.

Each is tried on a command that does nothing: what a kernel allows is seldom all in its settings (a container's seccomp
filter, a virtual machine without a PMU). Sources: perf-stat(1), perf-c2c(1); in the Linux kernel
Documentation/admin-guide/perf-security.rst, sysctl/kernel.rst (perf_event_paranoid) and LSM/Yama.rst.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine import spawn
from engine.errors import WorkerError
from engine.profile.counted import counts, user_only

HARDWARE = ("cycles", "instructions", "cache-references", "cache-misses", "branches", "branch-misses")
SOFTWARE = ("task-clock", "context-switches", "cpu-migrations", "page-faults")
"""Events of perf list; the software ones are counted by the kernel and need no PMU."""

PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
TIMEOUT = 20.0

NO_PERF = "perf is not installed (Debian: apt install linux-perf; Ubuntu: linux-tools-generic; Fedora: perf)"
NO_SPY = "py-spy is not installed (pip install 'fteng[profile]')"
NO_PMU = (
    "this machine has no performance monitoring unit (PMU) that programs may use, as most virtual machines; bare "
    "metal has one, and a virtual machine that is given a virtual one (KVM: <pmu state='on'/>)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What can be used here."""

    perf: str = ""
    """Its path, where it can count or sample anything; "" where not."""
    events: tuple[str, ...] = ()
    """What it can count."""
    record: bool = False
    """It can sample."""
    shared: bool = False
    """`perf c2c` works."""
    spy: str = ""
    """The path of py-spy."""
    why_not: tuple[str, ...] = ()
    """What is lacking, a sentence each."""
    no_sampler: str = ""
    """Why perf cannot sample."""

    @property
    def sampler(self) -> str:
        """Why there is no sampling profile at all, or none of Python's own functions; a sentence, or ""."""
        if self.spy:
            return ""
        if self.record:
            return f"Python functions in the sampling profile: {NO_SPY}; perf names those of the interpreter alone."
        return f"sampling profile: {NO_SPY}, and {self.no_sampler}."


@cache
def tools() -> Tools:
    """Found once for a process: it takes a tenth of a second."""
    spy = _spy()
    perf = shutil.which("perf")
    if not perf:
        said = (f"hardware counters, cache lines that threads share: {NO_PERF}.",)
        return Tools(spy=spy, why_not=said, no_sampler=NO_PERF)
    events, lacking = _events(perf)
    record, shared = _record(perf), _shared(perf)
    return Tools(
        perf=perf if events or not record else "",
        events=events,
        record=not record,
        shared=not shared,
        spy=spy,
        why_not=(*lacking, *((f"cache lines that threads share (perf c2c): {shared}.",) if shared else ())),
        no_sampler=record,
    )


def _spy() -> str:
    """py-spy on PATH, or beside the Python that runs this (the extra `profile` puts it there)."""
    beside = Path(sys.executable).with_name("py-spy")
    return shutil.which("py-spy") or (str(beside) if beside.is_file() else "")


def _events(perf: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The events that can be counted, and why the others cannot."""
    said, why = _tried(perf, "stat", "-x,", "-e", ",".join((*HARDWARE, *SOFTWARE)), "--log-fd", "1", "--", "true")
    if why:
        return (), (f"hardware counters: perf stat says: {why}{_permission()}.",)
    found = counts(said)
    lacking = tuple(name for name in HARDWARE if name not in found)
    blind = user_only(said)
    events = [name for name in (*HARDWARE, *SOFTWARE) if name in found and not (blind and name in SOFTWARE[1:])]
    sentences = []
    if lacking:
        reason = (
            "perf stat says <not supported>: " + NO_PMU if "<not supported>" in said else "perf stat counts nothing"
        )
        sentences.append(f"{', '.join(lacking)}: {reason}.")
    if blind:
        sentences.append(
            f"what the kernel does on behalf of a thread is not in the counters{_permission()}: "
            f"{', '.join(SOFTWARE[1:])} are left out of them."
        )
    return tuple(events), tuple(sentences)


def _record(perf: str) -> str:
    """Why perf cannot sample, or ""."""
    _, why = _tried(perf, "record", "-q", "-B", "-N", "-F", "99", "-o", "{output}", "--", "true")
    return f"perf record says: {why}{_permission()}" if why else ""


def _shared(perf: str) -> str:
    """Why perf cannot tell cache lines that are shared, or ""."""
    _, why = _tried(perf, "c2c", "record", "--", "-q", "-o", "{output}", "true")
    return (
        f"perf says: {why} (it needs a CPU that tells the address of a load: Intel, AMD's IBS, Arm's SPE)"
        if why
        else ""
    )


def _tried(*words: str) -> tuple[str, str]:
    """What a command says, and why it failed, in a line."""
    try:
        with spawn.Tool(()) as room:
            done = spawn.command(words, timeout=TIMEOUT, environment=spawn.worker_environment(), tool=room)
    except (OSError, WorkerError) as error:
        return "", str(error)
    if done.returncode == 0 and not done.timed_out:
        return done.out, ""
    return done.out, (reason(done.err) or f"it ended with status {done.returncode}") + _contained(done.err)


def reason(text: str) -> str:
    """The line of a tool's complaint that says something."""
    lines = (line.strip().removeprefix("Error:").strip().rstrip(".:") for line in text.splitlines())
    return next((line[:200] for line in lines if len(line) > 1), "")


def _permission() -> str:
    """What the setting of the kernel forbids, and what would allow it."""
    try:
        level = int(PARANOID.read_text("ascii"))
    except (OSError, ValueError):
        return ""
    if level < 2:
        return ""
    return f" (kernel.perf_event_paranoid is {level}; `sudo sysctl kernel.perf_event_paranoid=1` allows it)"


def _contained(said: str) -> str:
    """What to do where a container forbids it and no setting of the kernel does."""
    if "ermission" not in said or _permission():
        return ""
    return " (in a container: --cap-add PERFMON, and a seccomp profile that lets perf_event_open pass)"


def traceable() -> bool:
    """Whether a worker must say that it may be looked into: Yama lets only its parents else."""
    try:
        return YAMA.read_text("ascii").strip() == "1"
    except OSError:
        return False
