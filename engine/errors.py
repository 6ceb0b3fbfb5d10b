"""What can go wrong, as values and exceptions; knows nothing of where it is printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 500
"""Characters of a message that are shown: what a file holds may be a megabyte."""


def visible(text: str, longest: int = LONGEST) -> str:
    """One line of printable characters: escape sequences, line ends, bidi controls and the like are written out.

    A terminal would obey them, or show another text than the file has (Boucher and Anderson, "Trojan Source", 2021).
    """
    if len(text) > longest:
        text = text[: longest - 3] + "..."
    return text if text.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One fault of one file: where it is, what was found and what to do.

    `line` and `column` count from 1; 0 means that the fault has no place inside the file. Its words are `visible`
    whatever they quote; `file` is the name as it is.
    """

    file: str
    line: int = 0
    column: int = 0
    where: str = ""
    message: str
    hint: str = ""

    def __post_init__(self) -> None:
        for name in ("where", "message", "hint"):
            object.__setattr__(self, name, visible(getattr(self, name)))

    def __str__(self) -> str:
        place = visible(self.file, 2 * LONGEST) + (f":{self.line}:{self.column}" if self.line else "")
        trail = f" {self.where}:" if self.where else ""
        return f"{place}:{trail} {self.message}" + (f"; {self.hint}" if self.hint else "")


class EngineError(Exception):
    """A fault the user can mend. Its text is shown as it is; the traceback never is."""


class ScenarioError(EngineError):
    """A scenario that cannot be loaded; carries every problem found, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class KernelError(ScenarioError):
    """A kernel file that breaks the contract; carries every problem found."""


class InterpreterError(EngineError):
    """An interpreter that cannot be found, asked or installed."""


class WorkerError(EngineError):
    """A worker that could not even be started (a missing executable, no more processes)."""


class JournalError(EngineError):
    """A result folder or journal that cannot be read or written."""


class NoResultError(JournalError):
    """There is no result where one was named; whoever knows of others may say so."""
