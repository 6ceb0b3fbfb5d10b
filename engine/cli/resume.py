"""A result folder -> the journal to go on with, if everything it was measured with is still the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from engine import interpreter, journal, kernel, scenario
from engine.errors import JournalError
from engine.model import Journal, Plan


def reopen(folder: Path) -> tuple[Journal, journal.Writer]:
    """What the folder holds and a writer that goes on.

    Raises JournalError if a kernel, scenario or interpreter is gone or has changed: the numbers would not be of a kind.
    """
    held, writer = journal.reopen(folder)
    changes = tuple(_changes(held.header.plan))
    if changes:
        writer.close()
        raise JournalError(f"{folder}: cannot go on: {'; '.join(changes)}; start a new result instead")
    return held, writer


def _changes(plan: Plan) -> Iterator[str]:
    """What is no longer as it was when this plan was made, in words."""
    for kept in plan.kernels:
        yield from _change(f"kernel {kept.name}", kept.path, kept.digest, lambda path: kernel.load(path).digest)
    for asked in plan.scenarios:
        yield from _change(
            f"scenario {asked.name}", asked.path, asked.file_digest, lambda path: scenario.load(path).file_digest
        )
    for known in plan.interpreters:
        build = (known.version, known.config_args)
        yield from _change(f"interpreter {known.spec}", known.executable, build, _build)


def _change(what: str, path: str, before: object, now: Callable[[str], object]) -> Iterator[str]:
    if not Path(path).exists():
        yield f"the {what} is not at {path} (seen from here)"
    elif now(path) != before:
        yield f"the {what} has changed"


def _build(executable: str) -> tuple[str, str]:
    """What tells one build of an interpreter from another."""
    ((here,), _) = interpreter.find((executable,))
    return here.version, here.config_args
