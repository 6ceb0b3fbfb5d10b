"""Signals that end a program -> KeyboardInterrupt, at a moment when it does no harm; knows nothing of what is done.

SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal is gone) are taken alike. The first raises KeyboardInterrupt: at once,
or at the end of the block that is `held`. While that one unwinds (a worker is killed, a lock given back) a second one
waits until it is `caught`, and is raised then. A third ends the program where it is, for what hangs may hang for ever.

What comes within MOMENT of the one before is the same one: `timeout` of GNU coreutils sends its signal to the process
and then to its group, and a closed terminal means a SIGHUP from the kernel and one from the shell (signal(7),
credentials(7)). A SIGHUP after another signal says nothing new.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOMENT = 0.2
"""Seconds within which signals are one."""
ENOUGH = 3
"""So many end the program wherever it is."""
STATUS = 130
"""The exit status of a program that Ctrl-C ended, as shells say it: 128 and the number of SIGINT."""


class _State:
    """What came and what is being done. A plain class: `dataclasses` takes longer to import than `--version` to say."""

    def __init__(self) -> None:
        self.count = 0
        """Signals so far, those of one moment being one."""
        self.last = float("-inf")
        """The monotonic second of the last one."""
        self.held = 0
        """Blocks that must not be interrupted, one inside the other."""
        self.waiting = False
        self.unwinding = False
        """A KeyboardInterrupt was raised and not caught yet."""
        self.over = False
        self.last_words = ""


_state = _State()


@contextmanager
def taken() -> Iterator[None]:
    """Take the signals from here on; after the block they do nothing, so that an exit is not disturbed.

    A signal that is ignored stays so (`nohup`, a background job of a script).
    """
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _came)
    try:
        yield
    finally:
        _state.over = True


@contextmanager
def held() -> Iterator[None]:
    """A block that no signal interrupts; one that came meanwhile is raised after it.

    In a thread other than the main one it is none of our business: signals are handled in the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _state.held += 1
    try:
        yield
    finally:
        _state.held -= 1
        _deliver()


def caught() -> None:
    """Say that a KeyboardInterrupt has been dealt with. Raises the next one if it came meanwhile."""
    _state.unwinding = False
    _deliver()


def check() -> None:
    """Raise a KeyboardInterrupt that was swallowed on its way (by a finalizer or a callback, which drop exceptions)."""
    if _state.unwinding:
        raise KeyboardInterrupt


def last_words(text: str) -> None:
    """What to say if the program has to end wherever it is."""
    _state.last_words = text


def _came(number: int, _: FrameType | None) -> None:
    now = time.monotonic()
    same = _state.count and (number == signal.SIGHUP or now - _state.last < MOMENT)
    _state.last = now
    if same or _state.over:
        return
    _state.count += 1
    _state.waiting = True
    _deliver()


def _deliver() -> None:
    """Raise what waits, if this is the moment for it."""
    if _state.held:
        return
    if _state.count >= ENOUGH:
        _leave()
    if _state.waiting and not _state.unwinding:
        _state.waiting, _state.unwinding = False, True
        raise KeyboardInterrupt


def _leave() -> None:
    with suppress(OSError):
        os.write(2, f"fteng: ended at once{_state.last_words and '; '}{_state.last_words}\n".encode())
    os._exit(STATUS)
