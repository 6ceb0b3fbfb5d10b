"""THE CHILD: reads one request on stdin, times one kernel at several thread counts, writes one reply.

Standard library only, on every CPython from 3.9 up; started as `PYTHON -I -B [-X gil=0|1] worker.py` and imported by
nobody (docs/worker.md has the request and the reply). It knows no scenario, no statistics, no interpreter but its own.

What it keeps in order, because the numbers rest on it:

* Nothing mortal that two threads touch may lie inside the timed region: a shared reference count alone turns a speedup
  of 2.0 into 0.3 on a free-threaded build. So `timed` sees its own locals only, and each thread makes its own count.
* One thread takes the same path as many: a started thread, the same locks, the same clock.
* Threads wait at a lock of their own, then spin to a common deadline, so they start within a microsecond of each other.
* What a kernel prints cannot spoil the reply: file descriptor 1 is stderr before a line of the kernel runs.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from _thread import allocate_lock, start_new_thread

TYPE_CHECKING = False  # as `typing` has it, without importing it
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, NoReturn

    from engine.child import confines, inspection
    from engine.child.faults import OUT_OF_MEMORY, KernelFault, fault
    from engine.child.loading import load
else:
    sys.path.insert(0, os.path.dirname(__file__))  # -I keeps it out, and no kernel shall find it there
    import confines
    import inspection
    from faults import OUT_OF_MEMORY, KernelFault, fault
    from loading import load

    del sys.path[0]
    for _own in ("confines", "faults", "inspection", "loading"):
        del sys.modules[_own]

PROTOCOL = 1
UNANSWERED = 74  # the exit status where the reply cannot be written; EX_IOERR of sysexits.h
REHEARSAL = 1000  # loops, enough for every instruction to be specialised
LEAD_NS = 100_000  # the deadline lies this far ahead, and LEAD_PER_THREAD_NS more for each thread to be woken
LEAD_PER_THREAD_NS = 50_000
LONGEST_LEAD_NS = 5_000_000
FEW = 16  # threads that any limit has room for; each one more has to find ROOM: in a free-threaded build, a thread that
ROOM = 128 << 20  # finds not a byte never ends (CPython 3.13: exception_unwind, Python/ceval.c, tries its int forever)
MORE_THREADS = "fewer threads, or a higher limit (memory_limit, ulimit -v, ulimit -u, the cgroup's pids.max)"


class Team:
    """The threads of one thread count, each waiting at its own lock while another team is timed."""

    def __init__(
        self,
        kernel: ModuleType,
        parameters: dict[str, Any],
        threads: int,
        cpus: list[list[int]] | None,
        spin: bool,
        usage: Callable[[], tuple[int, ...]] | None,
    ) -> None:
        self.threads, self.cpus, self.spin, self.usage = threads, cpus, spin, usage
        self.kernel = kernel
        self.loops = 0  # of every thread so far, calibration and warm-up included
        self.iterations: list[dict[str, Any]] = []
        self.sums: list[list[int]] = []  # what `usage` tells beside switches: of each thread, over kept iterations
        self.owns: list[Any] = [None] * threads
        self.faults: list[KernelFault | None] = [None] * threads
        self.samples: list[tuple[int, ...]] = [()] * threads
        self.boxes = [[0, 0] for _ in range(threads)]  # [loops, deadline] of the next iteration; no loops: go home
        self.go = [allocate_lock() for _ in range(threads)]
        self.count, self.left, self.done = allocate_lock(), 0, allocate_lock()
        self.done.acquire()
        try:
            self.shared = kernel.setup(threads, **parameters)
        except BaseException:
            raise fault("error", "setup")
        for index in range(threads):
            self.start(index)

    def start(self, index: int) -> None:
        """Start one thread and wait until its `prepare` is done: what it makes is its own, made on its own CPU."""
        self.go[index].acquire()
        self.left = 1
        try:
            if index >= FEW and confines.room() < ROOM:
                raise RuntimeError("no address space left")
            start_new_thread(work, (self, index))
        except RuntimeError:
            found = fault("error", "starting thread %d of %d" % (index + 1, self.threads))
            found.failure["message"] += "; " + MORE_THREADS
            raise found
        self.wait()

    def finished(self) -> None:
        """Called by each thread at the end of its part; the last one wakes the main thread."""
        with self.count:
            self.left -= 1
            last = not self.left
        if last:
            self.done.release()

    def wait(self) -> None:
        """Wait for all threads; raise the first fault among them."""
        self.done.acquire()
        for found in self.faults:
            if found:
                raise found

    def release(self, loops: int, deadline: int) -> None:
        """Let every thread go."""
        self.left = self.threads
        for box, go in zip(self.boxes, self.go):
            box[:] = [loops, deadline]
            go.release()

    def iterate(self, loops: int, warmup: bool) -> int:
        """One iteration by all threads together: kept in `iterations`, its wall time in ns returned."""
        lead = min(LONGEST_LEAD_NS, LEAD_NS + LEAD_PER_THREAD_NS * self.threads)
        self.release(loops, time.perf_counter_ns() + lead if self.spin else 0)
        self.wait()
        self.loops += loops
        starts, ends, cpus, voluntary, involuntary, *more, places, speeds = zip(*self.samples)
        iteration = {"warmup": warmup, "start_ns": starts, "end_ns": ends, "cpu_ns": cpus, "on_cpu": places}
        iteration.update(voluntary=voluntary, involuntary=involuntary, speed_ns=speeds)
        self.iterations.append(iteration)
        if not warmup:
            before = self.sums or [[0] * self.threads for _ in more]
            self.sums = [[one + other for one, other in zip(*both)] for both in zip(before, more)]
        wall: int = max(ends) - min(starts)
        return wall

    def dismiss(self) -> dict[str, float]:
        """Send the threads home and let the kernel check its answer; its metrics."""
        self.release(0, 0)
        self.done.acquire()
        try:
            found = self.kernel.check(self.shared, self.owns, self.loops) or {}
            return {str(name): float(value) for name, value in found.items()}
        except AssertionError:
            raise fault("wrong answer", "check")
        except BaseException:
            raise fault("error", "check")


def blame(team: Team, index: int, doing: str) -> None:
    """Keep the exception being handled, or that there was not even the memory to say where it was raised."""
    try:
        found = fault("error", "%s in thread %d" % (doing, index))
    except BaseException:
        found = OUT_OF_MEMORY
    team.faults[index] = found


def work(team: Team, index: int) -> None:
    """The life of one thread: pin, prepare, then one timed iteration for each time its lock is released."""
    try:
        if team.cpus:
            os.sched_setaffinity(0, team.cpus[index])
        _displaced = inspection.displaced()  # held to the end, made by this thread: so is what `prepare` makes
        own = team.owns[index] = team.kernel.prepare(team.shared, index)
        place = inspection.open_place() if team.usage else -1
    except BaseException:
        blame(team, index, "prepare")
        team.finished()
        return
    go, box, run = team.go[index], team.boxes[index], team.kernel.run
    clock, cpu_clock = time.perf_counter_ns, time.thread_time_ns
    usage, timer = team.usage or inspection.untold, timed if team.usage else clocked
    speed = inspection.speed if team.usage else inspection.untold_speed
    team.finished()
    while True:
        go.acquire()
        # int(str()) makes numbers of this thread's own: the main thread's are shared by all (PEP 703, biased counts)
        loops, deadline = int(str(box[0])), int(str(box[1]))
        if not loops:
            break
        try:
            slowness = speed(cpu_clock) if deadline else 0  # while others are still waking up, so it delays nobody
            sample = timer(run, own, loops, deadline, clock, cpu_clock, usage)
            team.samples[index] = (*sample, inspection.read_place(place), slowness)
        except BaseException:
            blame(team, index, "run")
        team.finished()
    own = None
    team.finished()


def timed(
    run: Callable[[Any, int], object],
    own: Any,
    loops: int,
    deadline: int,
    clock: Callable[[], int],
    cpu_clock: Callable[[], int],
    usage: Callable[[], tuple[int, ...]],
) -> tuple[int, ...]:
    """Run the kernel's loop once: (start, end, CPU time, what `usage` counted meanwhile) of this thread."""
    while clock() < deadline:
        pass
    before = usage()
    cpu = cpu_clock()
    start = clock()
    run(own, loops)
    end = clock()
    cpu = cpu_clock() - cpu
    after = usage()
    return (start, end, cpu, *[one - other for one, other in zip(after, before)])


def clocked(
    run: Callable[[Any, int], object],
    own: Any,
    loops: int,
    deadline: int,
    clock: Callable[[], int],
    *_: object,
) -> tuple[int, ...]:
    """The same with nothing but the clock around it (`--profile none`): -2 is what was not read."""
    while clock() < deadline:
        pass
    start = clock()
    run(own, loops)
    end = clock()
    return start, end, -2, -2, -2


def closer() -> Any:
    """What looks closer: only an extra invocation loads it, before any code of the kernel's."""
    sys.path.insert(0, os.path.dirname(__file__))
    found = __import__("watch")
    del sys.path[0], sys.modules["watch"], sys.modules["inspection"]
    return found


def calibrate(team: Team, target_ns: int) -> int:
    """The loops that take one thread about `target_ns`."""
    loops, wall = 1, team.iterate(1, True)
    while wall < target_ns // 2 and loops < 1 << 60:
        loops = max(loops * 2, min(loops * 10, loops * target_ns // (wall + 1)))
        wall = team.iterate(loops, True)
    return max(1, loops * target_ns // max(1, wall))


def measure(request: dict[str, Any], reply: dict[str, Any]) -> None:
    """Do what the request says, filling the reply as far as it gets."""
    reply["gil"] = [inspection.gil_enabled()]
    if not reply["gil"][0]:
        inspection.watch_loading(reply["enabled_by"])
    parameters = request["parameters"]
    watching = closer() if request.get("profile") else None
    kernel = load(request["kernel"], parameters)
    reply["loops"] = loops = request["loops"]
    usage = watching.usage(request["profile"]) if watching else inspection.usage()
    if not request.get("readings", True):
        usage = None
    gc.collect()
    if not getattr(kernel, "GC", False):
        gc.disable()
    if loops is None:
        alone = Team(kernel, parameters, 1, request["calibration_cpus"], True, usage)
        reply["loops"] = loops = calibrate(alone, request["iteration_ns"])
        alone.dismiss()
    teams = [Team(kernel, parameters, t["threads"], t["cpus"], t["spin"], usage) for t in request["teams"]]
    reply["gil"].append(inspection.gil_enabled())
    instructions, before = inspection.bytecode(kernel.run)
    watch = watching.Watch(request["profile"], kernel) if watching else None
    for number, order in enumerate(request["order"]):
        gc.collect()
        warmup = number < request["warmup"]
        for index in order:
            if watch and not warmup:
                watch.begin()
            teams[index].iterate(loops, warmup)
            if watch and not warmup:
                watch.end()
    reply["gil"].append(inspection.gil_enabled())
    if request.get("rehearse"):
        # From 3.14t on every thread specialises a copy of its own, and only the main thread's can be read: make one.
        kernel.run(kernel.prepare(kernel.setup(1, **parameters), 0), REHEARSAL)
    if watch:
        reply["profile"] = watch.told(request.get("rehearse"), teams[0].sums)
    after = inspection.bytecode(kernel.run)[1]
    counts = {"instructions": instructions, "specialized_before": len(before), "specialized_after": len(after)}
    reply["bytecode"] = {**counts, "names": sorted(set(after))}
    for team in teams:
        reply["teams"].append({"threads": team.threads, "loops": loops, "iterations": team.iterations})
        reply["teams"][-1]["faults"] = [sum(counts) for counts in team.sums[:2]] or None
        reply["teams"][-1]["metrics"] = team.dismiss()
    reply["gil"].append(inspection.gil_enabled())
    reply["extensions"] = inspection.extensions()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The reply to a request, with a `failure` where the kernel failed."""
    if request.get("switch_interval"):
        sys.setswitchinterval(request["switch_interval"])
    reply: dict[str, Any] = {"protocol": PROTOCOL, "version": sys.version, "teams": [], "enabled_by": []}
    reply["switch_interval"] = sys.getswitchinterval()
    try:
        if request["protocol"] != PROTOCOL:
            raise KernelFault("protocol", "the worker speaks protocol %d" % PROTOCOL)
        measure(request, reply)
    except KernelFault as found:
        confines.give_way()
        reply["failure"] = found.failure
    except BaseException:  # a signal handler of the kernel's, say, while the main thread waits
        reply["failure"] = fault("error", "measuring").failure
    reply["rss"] = inspection.peak_memory()
    return reply


def main() -> NoReturn:
    """One request, one reply, and out: without waiting for threads that a faulty kernel left hanging."""
    out, born = os.dup(1), os.getpid()
    confines.tell_stacks(os.dup(2))
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    if confines.forsaken(request.get("lifeline", -1)):
        os._exit(1)
    confines.confine(request["memory_limit"], request.get("file_limit", 0))
    text = json.dumps(answer(request)).encode()
    if os.getpid() != born:
        os._exit(0)  # a copy that the kernel forked, and that came back from it
    try:
        while text:
            text = text[os.write(out, text) :]
    except OSError:
        os._exit(UNANSWERED)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(0)


main()
