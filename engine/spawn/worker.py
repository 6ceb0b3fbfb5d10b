"""One request -> one worker -> one reply, as plain mappings; what a worker hears of our environment."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.spawn import leftovers
from engine.spawn.lifeline import Lifeline
from engine.spawn.output import OUT_LIMIT
from engine.spawn.process import Finished, cannot_start, finish
from engine.spawn.tool import Tool

PASSED_ON = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR", "TZ")
"""The environment of a worker: these, where they are set, and nothing else. LD_LIBRARY_PATH is among them because an
interpreter built as a shared library may not start without it; LD_PRELOAD is not, for it puts other code into the
process than its interpreter's (another malloc, say)."""

UNHEARD = (
    *("PYTHON_GIL", "PYTHON_JIT", "PYTHON_TLBC", "PYTHONDEVMODE", "PYTHONHASHSEED", "PYTHONMALLOC", "PYTHONOPTIMIZE"),
    "LD_PRELOAD",
)
"""Variables that would change what is measured, if workers heard of them."""

LAYOUT_SPAN = 4096
"""A variable of random length up to this many bytes moves the stack of each worker (Mytkowicz et al., ASPLOS 2009)."""


def ask(
    executable: str,
    program: Path,
    request: Mapping[str, Any],
    *,
    options: Sequence[str] = (),
    timeout: float,
    tool: Tool | None = None,
) -> tuple[dict[str, Any] | None, Finished]:
    """Give one worker one request; its reply, or None when it died or answered nonsense, and how it ended.

    `options` are the interpreter's own (`-X gil=1`). The request is given the lifeline and the file limit beside what
    it holds, in `profile` the switch of the `tool`. Raises WorkerError if the interpreter cannot be started.
    """
    leftovers.adopt()
    mark = leftovers.mark()
    if tool and tool.switched:
        request = {**request, "profile": {**request.get("profile", {}), "control": tool.control()}}
    try:
        with Lifeline() as lifeline:
            finished = finish(
                [executable, "-I", "-B", *options, program],
                json.dumps({**request, "lifeline": lifeline.reader, "file_limit": mark}),
                lifeline,
                timeout=timeout,
                environment=worker_environment(),
                mark=mark,
                tool=tool,
            )
    except OSError as error:
        raise cannot_start(executable, error) from error
    if finished.timed_out or finished.returncode or finished.written > OUT_LIMIT:
        return None, finished
    try:
        reply = json.loads(finished.out)
    except (ValueError, RecursionError):
        return None, finished
    return (reply if isinstance(reply, dict) else None), finished


def worker_environment() -> dict[str, str]:
    """The allow-listed environment of a worker, with a variable of random length that varies the memory layout."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {"FTENG_LAYOUT": "x" * random.randrange(LAYOUT_SPAN)}


def unheard() -> tuple[str, ...]:
    """The variables that are set here, would change what is measured, and are kept from workers."""
    return tuple(name for name in UNHEARD if os.environ.get(name))
