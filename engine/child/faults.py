"""What a kernel did wrong -> an exception with its outcome, one line and a traceback; knows no thread, no request."""

from __future__ import annotations

import sys
import traceback

TYPE_CHECKING = False  # as `typing` has it, without importing it
if TYPE_CHECKING:
    from typing import Any, Callable

    from engine.child import confines
else:
    import confines

LONGEST_MESSAGE = 1000  # characters of an exception's text
LONGEST_DETAIL = 20_000  # characters of a traceback, its end


class KernelFault(Exception):
    """What the kernel did wrong: an outcome, one line, and the traceback; `memory` where there was too little of it."""

    def __init__(self, outcome: str, message: str, detail: str = "", memory: bool = False) -> None:
        super().__init__(message)
        self.failure: dict[str, Any] = {"outcome": outcome, "message": message, "detail": detail, "memory": memory}


OUT_OF_MEMORY = KernelFault("error", "out of memory", memory=True)


def fault(outcome: str, doing: str) -> KernelFault:
    """The exception being handled, as a KernelFault; `doing` says in which function of the kernel."""
    confines.give_way()
    error = sys.exc_info()[1]
    if isinstance(error, MemoryError):
        return KernelFault(outcome, doing + ": out of memory", written(traceback.format_exc), True)
    text = " ".join(written(lambda: str(error)[:LONGEST_MESSAGE]).split())
    return KernelFault(outcome, "%s: %s: %s" % (doing, type(error).__name__, text), written(traceback.format_exc))


def written(text: Callable[[], str]) -> str:
    """The end of a text that a kernel's own code may have to make, and fail to."""
    try:
        return text()[-LONGEST_DETAIL:]
    except BaseException:
        return "(its text cannot be had)"
