"""The command `fteng`: words of the command line -> one command -> an exit code.

The only room that prints errors and exits. Heavy imports stay inside the commands, so that `fteng --version` is
instant.

Exit codes: 0 done; 1 a gate or claim failed, or `validate` found faults; 2 wrong usage or something that cannot be
loaded or written; 3 some runs failed; 70 a bug in fteng; 130 ended too early (an interrupt, a full disk, an interpreter
that is gone) with a result that `--resume` goes on with.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING

from engine import interrupts
from engine.cli import streams
from engine.cli.arguments import parser

if TYPE_CHECKING:
    from pathlib import Path

    from engine.model import Journal

DONE, GATE, USAGE, FAILED, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130

START = """\
fteng measures what Python without the GIL gains and costs. To start:

  fteng run gil/contention --fast   measure a first scenario on the interpreters that are here: a few seconds
  fteng list scenarios              what else can be asked
  fteng help                        all commands; `fteng help COMMAND` has everything about one"""
"""What `fteng` alone says."""

SILENT: ContextVar[bool] = ContextVar("silent", default=False)
"""Whether `--quiet` was said: notices are not printed."""

LINE = 4000
"""Characters of a line on stderr: a word of a command line may be much longer."""

SHOWN = 10
"""Damaged places of a journal that are told of one by one."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command and exit with its code."""
    out = streams.secure()
    with interrupts.taken():
        try:
            code = outcome(argv)
        except KeyboardInterrupt:
            say("fteng: interrupted")
            code = INTERRUPTED
    if fault := streams.fault(out):
        say(f"fteng: {fault}")
    # A KeyboardInterrupt that passed an `exec` of text (dataclasses have one) is remembered though it was caught, and
    # `python -m engine` would end by SIGINT; the next `exec` forgets it (CPython: run_eval_code_obj, Py_RunMain).
    exec("")  # noqa: S102
    sys.exit(code or (USAGE if fault else DONE))


def outcome(argv: Sequence[str] | None = None) -> int:
    """The exit code of the command line `argv` (without the program's name)."""
    grammar = parser()
    if "_ARGCOMPLETE" in os.environ:
        from engine.cli.completion import complete

        complete(grammar)
    arguments = grammar.parse_args(argv)
    if "command" not in arguments:
        say(START)
        return USAGE
    SILENT.set(getattr(arguments, "quiet", False))
    # After `--version` and `--help` have had their say: this import costs as much as they do.
    from engine.errors import EngineError, NoResultError

    try:
        return int(arguments.command(arguments))
    except NoResultError as error:
        from engine.cli import latest

        _say_fault("; ".join(filter(None, [f"fteng: {error}", latest.hint()])), error)
        return USAGE
    except EngineError as error:
        _say_fault(f"fteng: {error}" if "\n" not in str(error) else str(error), error)
        return USAGE
    except KeyboardInterrupt as error:
        _say_fault("fteng: interrupted", error)
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - whatever else comes up here is a bug, and is reported as one
        say(_bug_report())
        return BUG


def _say_fault(text: str, error: BaseException) -> None:
    """What went wrong, and what those that it passed by had to add: what is kept, how to go on."""
    say("\n".join([text, *getattr(error, "__notes__", ())]))


def say(text: str) -> None:
    """A line for the user that is no result: errors, notices, what is being done. A terminal obeys nothing in it."""
    from engine.errors import visible

    print("\n".join(visible(line, LINE) for line in text.split("\n")), file=sys.stderr, flush=True)


def notice(text: str) -> None:
    """A line that `--quiet` leaves out: what is being done, what is waited for, what might be done next.

    Everything else is for `say`: errors, where a result is, what a gate says, how to go on, what is damaged.
    """
    if not SILENT.get():
        say(text)


def say_damage(journal: Journal, name: str) -> None:
    """What `--salvage` left out of a result that the user calls `name`."""
    for line in journal.damage[:SHOWN]:
        say(f"DAMAGED: {name}: left out: {line}")
    if len(journal.damage) > SHOWN:
        say(f"DAMAGED: {name}: and {len(journal.damage) - SHOWN} more")


def put(text: str | Iterable[str], output: str | None, journals: Iterable[Path] = (), *, colour: bool = False) -> None:
    """Print a report, or write it to a file: a text, or its pieces. Nobody who went away is waited for.

    With `colour`, its verdicts have some where stdout is a terminal, never in a file.
    A file becomes what it was or the whole report. `journals` are what it is made from: none of them is overwritten.
    Raises EngineError where that cannot be.
    """
    from pathlib import Path

    pieces, last = [text] if isinstance(text, str) else text, "\n"
    if output:
        _write(Path(output), pieces, journals)
        return
    if colour:
        from engine.cli.colour import painted

        pieces = painted(pieces)
    for piece in pieces:
        sys.stdout.write(piece)
        last = piece[-1:] or last
        if streams.spent():
            return
    sys.stdout.write("" if last == "\n" else "\n")


def _write(path: Path, pieces: Iterable[str], journals: Iterable[Path]) -> None:
    import os

    from engine.cli import result
    from engine.errors import EngineError

    try:
        result.refuse(path, journals, "report")
        if path.is_file() or not os.path.lexists(path):
            result.write(path.resolve() if path.is_symlink() else path, pieces)
            return
        with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(pieces)
    except OSError as error:
        raise EngineError(f"{path}: cannot be written: {error.strerror}") from error


def _bug_report() -> str:
    """The traceback of the exception being handled, with what a maintainer asks first."""
    import platform
    import shlex
    import traceback

    from engine import __version__

    return "\n".join(
        [
            "This is a bug in fteng. Please report it with everything below.",
            f"fteng {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"command: {shlex.join(['fteng', *sys.argv[1:]])}",
            traceback.format_exc(),
        ]
    )
