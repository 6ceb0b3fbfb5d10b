"""One question to a worker as the mapping that it reads; docs/worker.md describes every key. Starts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
) -> dict[str, Any]:
    """The request for one invocation of the kernel file `kernel`.

    `order` has the indexes of the teams for each sweep, the first `warmup` sweeps being warm-up. Without `loops` one
    thread calibrates them to `iteration_time` seconds. `switch_interval` is in seconds, `memory_limit` in bytes
    (0: none); `rehearse` is for builds whose threads specialise bytecode of their own.
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
    }
