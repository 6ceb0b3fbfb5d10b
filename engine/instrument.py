"""An interpreter -> what its clock and an empty iteration cost there, asked of the interpreter itself.

Two children are asked: one reads the clock, the worker runs iterations of a single turn of the empty loop.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine import resources, spawn
from engine.errors import InterpreterError
from engine.model import Instrument, Interpreter
from engine.request import request, team

NULL = "empty_loop"
"""The kernel that does nothing."""

INVOCATIONS = 3
"""Processes that run empty iterations."""
WARMUP, KEPT = 10, 50
TIMEOUT = 30.0


def instrument(interpreter: Interpreter, threads: Sequence[int], cpus: int) -> Instrument:
    """What this interpreter measures with, on `cpus` usable CPUs. Raises InterpreterError where it does not answer."""
    clock = _asked(interpreter, resources.child("clock"), {})
    walls: dict[int, list[float]] = {count: [] for count in threads}
    for _ in range(INVOCATIONS):
        for count, wall in _empty(interpreter, threads, cpus).items():
            walls[count].append(wall)
    try:
        return Instrument(
            interpreter=interpreter.spec,
            source=str(clock["source"]),
            step=float(clock["step_ns"]) * 1e-9,
            reading=float(clock["reading_ns"]) * 1e-9,
            backwards=int(clock["backwards"]),
            empty=tuple((count, statistics.median(found)) for count, found in walls.items()),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InterpreterError(f"{interpreter.spec}: its answer about its clock does not fit: {error}") from error


def _empty(interpreter: Interpreter, threads: Sequence[int], cpus: int) -> dict[int, float]:
    """One process: threads -> the median wall time, in seconds, of an iteration of one turn."""
    asked = request(
        str(resources.kernels() / f"{NULL}.py"),
        {"loop": "repeat"},
        [team(count, spin=count <= cpus) for count in threads],
        [list(range(len(threads)))] * (WARMUP + KEPT),
        loops=1,
        warmup=WARMUP,
    )
    reply = _asked(interpreter, resources.worker(), asked)
    return {found["threads"]: statistics.median(_walls(found)) for found in reply["teams"]}


def _walls(team_found: dict[str, Any]) -> list[float]:
    kept = (one for one in team_found["iterations"] if not one["warmup"])
    return [(max(one["end_ns"]) - min(one["start_ns"])) * 1e-9 for one in kept]


def _asked(interpreter: Interpreter, program: Path, asked: dict[str, Any]) -> dict[str, Any]:
    reply, finished = spawn.ask(interpreter.executable, program, asked, timeout=TIMEOUT)
    if reply is None or reply.get("failure"):
        why = reply["failure"]["message"] if reply else spawn.tail(finished.err).strip() or "it gave no answer"
        raise InterpreterError(f"{interpreter.spec}: cannot be checked ({program.name}): {why}")
    return reply
