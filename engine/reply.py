"""A worker's reply, or its silence -> an Invocation, with the Failure it had; starts no process, reads no file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine import units
from engine.model import Bytecode, Failure, Group, Invocation, Outcome, TeamRecord
from engine.serial import from_plain
from engine.spawn import OUT_LIMIT, Finished, tail

SWITCHED_ON = re.compile(r"GIL\) has been enabled to load module '([^']+)'")

MOMENTS = ("at the start", "after set-up", "after measuring", "after the check")
"""When a worker reads the state of the lock."""

EXHAUSTED = re.compile(r"\bMemoryError\b|[Oo]ut of memory|memory allocation failed|[Cc]annot allocate memory")
"""How an interpreter, or a library in it, says in dying that it got no memory."""

UNANSWERED = 74
"""The exit status of a worker that could not write its reply."""

HINTS = {"SIGKILL": " (by the system, where memory ran out?)", "SIGXFSZ": " (a file grew too long: docs/worker.md)"}
"""What a signal may mean."""

LONGEST = 300
"""Characters of what a reply lacks."""

CANDIDATES = 10
"""Extension modules that are named where it is not known which one enabled the lock."""


def invocation(
    reply: Mapping[str, Any] | None,
    finished: Finished,
    *,
    group: Group,
    number: int,
    started: str,
    gil: bool,
    memory_limit: int = 0,
) -> Invocation:
    """What one worker did in round `number`; `gil` is the state of the lock that its runs ask for.

    `memory_limit` is what it was allowed, in bytes.
    """
    heard: dict[str, Any] = {}
    try:
        failure = _silence(finished, memory_limit) if reply is None else _reported(reply, finished, memory_limit)
        if reply is not None:
            heard = _heard(reply)
            if failure is None:
                failure = _contract(heard["gil"], gil, reply, finished)
            if failure is None:
                _complete(heard, group)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        why = " ".join(str(error).split())[:LONGEST]
        failure, heard = _failure("protocol", f"the worker's reply does not fit: {why}", finished), {}
    return Invocation(
        group=group.id, round=number, started=started, duration=finished.duration, failure=failure, **heard
    )


def _heard(reply: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a reply, as fields of an Invocation."""
    return {
        "teams": tuple(
            from_plain({**team, "metrics": list(team.get("metrics", {}).items())}, TeamRecord)
            for team in reply["teams"]
        ),
        "gil": tuple(bool(state) for state in reply["gil"]),
        "rss": int(reply["rss"]),
        "bytecode": from_plain(reply.get("bytecode", {}), Bytecode),
        "switch_interval": float(reply["switch_interval"]),
    }


def _complete(heard: Mapping[str, Any], group: Group) -> None:
    """Raise ValueError where the numbers are not those that were asked for."""
    asked, told = [run.threads for run in group.runs], [team.threads for team in heard["teams"]]
    if told != asked:
        raise ValueError(f"it has teams of {told} threads, asked for were {asked}")
    for team in heard["teams"]:
        if team.loops < 1 or team.iterations.threads != team.threads:
            raise ValueError(f"its team of {team.threads} has no iterations of as many threads")
    if len(heard["gil"]) != len(MOMENTS):
        raise ValueError(f"it tells the state of the GIL {len(heard['gil'])} times, not {len(MOMENTS)}")


def _reported(reply: Mapping[str, Any], finished: Finished, memory_limit: int) -> Failure | None:
    """The failure that the worker itself tells of."""
    found = reply.get("failure")
    if not found:
        return None
    message = str(found["message"]) + (_limit(memory_limit) if found.get("memory") else "")
    detail = "\n".join(tail(text) for text in (found["detail"], finished.err) if text)
    return from_plain({**found, "message": _legible(message), "detail": _legible(detail)}, Failure)


def _silence(finished: Finished, memory_limit: int) -> Failure:
    """What it means that no reply came."""
    if finished.timed_out:
        did = f"; {finished.threads}" if finished.threads else ""
        return _failure(
            "timeout", f"no reply within {finished.timeout or 0:g} s (measure.timeout){did}; killed", finished
        )
    if finished.signal or finished.returncode:
        ended = f"died of {finished.signal}" if finished.signal else f"ended with status {finished.returncode}"
        why = EXHAUSTED.search(finished.err)
        hint = f"; it was out of memory{_limit(memory_limit)}" if why else HINTS.get(finished.signal, "")
        if finished.returncode == UNANSWERED:
            hint = ": it could not write its reply (did the kernel close all descriptors?)"
        return _failure("crashed", f"the interpreter {ended} before it answered{hint}", finished)
    if not finished.written:
        return _failure("crashed", "the interpreter ended with status 0 before it answered", finished)
    if finished.written > OUT_LIMIT:
        sizes = f"{units.size(finished.written)}, more than the {units.size(OUT_LIMIT)} that are read"
        return _failure("protocol", f"the worker's reply has {sizes}", finished)
    return _failure("protocol", "the worker ended well but its reply is no JSON object", finished)


def _limit(memory: int) -> str:
    return f" (limit {units.size(memory)}; measure.memory_limit)" if memory else ""


def _legible(text: str) -> str:
    """A kernel's words as they can be written: half a pair of surrogates cannot."""
    return text.encode("utf-8", "replace").decode()


def _contract(states: tuple[bool, ...], asked: bool, reply: Mapping[str, Any], finished: Finished) -> Failure | None:
    """The GIL contract: as asked for all the way, at each of the moments that MOMENTS names.

    Once an import has enabled the lock it stays so for the life of the process (`_PyEval_EnableGILPermanent`,
    Python/ceval_gil.c of CPython 3.13), so that no moment between two of these is missed.
    """
    if all(state is asked for state in states):
        return None
    when = dict(enumerate(MOMENTS)).get([state is asked for state in states].index(False), "at the end")
    why = "" if asked or states[0] else _guilty(reply, finished)
    wanted = "on" if asked else "off"
    return _failure("gil", f"the GIL must be {wanted} and was {'off' if asked else 'on'} {when}{why}", finished)


def _guilty(reply: Mapping[str, Any], finished: Finished) -> str:
    """Which extension module enabled the lock: as the interpreter says, else as the worker saw, else who may have."""
    if said := SWITCHED_ON.findall(finished.err):
        return f": loading {said[0]!r} enabled it"
    if seen := _named(reply.get("enabled_by")):
        return f": it came on while {seen} was loaded"
    loaded = _named(reply.get("extensions"))
    return f": the extension modules that may have enabled it are {loaded}" if loaded else ""


def _named(modules: Any) -> str:
    return ", ".join(map(repr, modules[:CANDIDATES])) if isinstance(modules, list) else ""


def _failure(outcome: Outcome, message: str, finished: Finished) -> Failure:
    return Failure(outcome=outcome, message=message, detail=tail(finished.err))
