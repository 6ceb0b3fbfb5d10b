"""A worker's reply, or its silence -> an Invocation, with the Failure it had; starts no process, reads no file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.model import Bytecode, Failure, Group, Invocation, Outcome, TeamRecord
from engine.serial import from_plain
from engine.spawn import Finished, tail

SWITCHED_ON = re.compile(r"GIL\) has been enabled to load module '([^']+)'")


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
        failure = _contract(heard["gil"], gil, finished)
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


def _contract(states: tuple[bool, ...], asked: bool, finished: Finished) -> Failure | None:
    """The GIL contract: as asked for at the start, after set-up and after measuring."""
    if all(state is asked for state in states):
        return None
    when = ("at the start", "after set-up", "after measuring")[[state is asked for state in states].index(False)]
    modules = SWITCHED_ON.findall(finished.err)
    why = f": loading {modules[0]!r} enabled it" if modules else ""
    wanted = "on" if asked else "off"
    return _failure("gil", f"the GIL must be {wanted} and was {'off' if asked else 'on'} {when}{why}", finished)


def _failure(outcome: Outcome, message: str, finished: Finished) -> Failure:
    return Failure(outcome=outcome, message=message, detail=tail(finished.err))
