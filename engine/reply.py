"""A worker's reply, or its silence -> an Invocation, with the Failure it had; starts no process, reads no file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.model import Bytecode, Failure, Group, Invocation, Outcome, TeamRecord
from engine.serial import from_plain
from engine.spawn import Finished, tail

SWITCHED_ON = re.compile(r"GIL\) has been enabled to load module '([^']+)'")

MOMENTS = ("at the start", "after set-up", "after measuring", "after the check")
"""When a worker reads the state of the lock."""

CANDIDATES = 10
"""Extension modules that are named where it is not known which one enabled the lock."""


def invocation(
    reply: Mapping[str, Any] | None, finished: Finished, *, group: Group, number: int, started: str, gil: bool
) -> Invocation:
    """What one worker did in round `number`; `gil` is the state of the lock that its runs ask for."""
    heard: dict[str, Any] = {}
    try:
        failure = _silence(finished) if reply is None else _reported(reply, finished)
        if reply is not None:
            heard = _heard(reply)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        failure, heard = _failure("protocol", f"the worker's reply does not fit: {error}", finished), {}
    if failure is None:
        failure = _contract(heard["gil"], gil, reply or {}, finished)
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


def _reported(reply: Mapping[str, Any], finished: Finished) -> Failure | None:
    """The failure that the worker itself tells of."""
    found = reply.get("failure")
    if not found:
        return None
    detail = "\n".join(text for text in (found["detail"], finished.err) if text)
    return from_plain({**found, "detail": tail(detail)}, Failure)


def _silence(finished: Finished) -> Failure:
    """What it means that no reply came."""
    if finished.timed_out:
        return _failure("timeout", f"no reply within the timeout ({finished.duration:.0f} s); killed", finished)
    if finished.signal:
        return _failure("crashed", f"the interpreter died of {finished.signal} before it answered", finished)
    if finished.returncode:
        return _failure("crashed", f"the interpreter ended with status {finished.returncode} unanswered", finished)
    return _failure("protocol", "the worker ended well but its reply is no JSON object", finished)


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
