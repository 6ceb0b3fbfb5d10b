"""One question to a worker as the mapping that it reads; docs/worker.md describes every key. Starts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.model import Group, Interpreter, Run

RESERVED = {False: 16 << 20, True: 64 << 20}
"""Bytes of address space for each thread beside that limit, without and with free threading: what it takes before it
does anything. Its stack has 8 MiB (ulimit -s); a free-threaded build gives it a heap of its own, whose first segment is
32 MiB (MI_SEGMENT_SIZE, Objects/mimalloc). 4096 threads take 8.5 and 43 MB each, of which they use less than 0.2."""

Places = Sequence[Sequence[int]] | None
"""The CPUs that each thread may use, or None: wherever the scheduler puts them."""


def team(threads: int, cpus: Places = None, *, spin: bool = True) -> dict[str, Any]:
    """One thread count; `spin` lets the threads wait for the start on their CPUs, where there is one for each."""
    return {"threads": threads, "cpus": cpus, "spin": spin}


def request(
    kernel: str,
    parameters: Mapping[str, Any],
    teams: Sequence[Mapping[str, Any]],
    order: Sequence[Sequence[int]],
    *,
    loops: int | None = None,
    iteration_time: float = 0.02,
    warmup: int = 1,
    calibration_cpus: Places = None,
    switch_interval: float | None = None,
    rehearse: bool = False,
    memory_limit: int = 0,
    readings: bool = True,
) -> dict[str, Any]:
    """The request for one invocation of the kernel file `kernel`.

    `order` has the indexes of the teams for each sweep, the first `warmup` sweeps being warm-up. Without `loops` one
    thread calibrates them to `iteration_time` seconds. `switch_interval` is in seconds, `memory_limit` in bytes
    (0: none); `rehearse` is for builds whose threads specialise bytecode of their own. Without `readings` nothing but
    the clock is read around an iteration.
    """
    return {
        "protocol": 1,
        "kernel": kernel,
        "parameters": dict(parameters),
        "teams": list(teams),
        "calibration_cpus": calibration_cpus,
        "loops": loops,
        "iteration_ns": round(iteration_time * 1e9),
        "switch_interval": switch_interval,
        "rehearse": rehearse,
        "warmup": warmup,
        "order": order,
        "memory_limit": memory_limit,
        "readings": readings,
    }


def options(run: Run) -> tuple[str, ...]:
    """The interpreter's own options."""
    return () if run.gil == "default" else ("-X", f"gil={int(run.gil == 'on')}")


def own_bytecode(interpreter: Interpreter) -> bool:
    """Each thread of this build specialises its own copy of the bytecode (free-threaded ones from 3.14 on)."""
    major, minor = (int(part) for part in interpreter.version.split(".")[:2])
    return interpreter.free_threaded and (major, minor) >= (3, 14)


def reserved(group: Group, interpreter: Interpreter) -> int:
    """What all threads that a worker holds at once take of its address space, in bytes."""
    return RESERVED[interpreter.free_threaded] * sum(run.threads for run in group.runs)
