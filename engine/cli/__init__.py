"""The command `fteng`: words of the command line -> one command -> an exit code.

The only room that prints errors and exits. Heavy imports stay inside the commands, so that `fteng --version` is
instant.

Exit codes: 0 done; 1 a gate or claim failed, or `validate` found faults; 2 wrong usage or something that cannot be
loaded or written; 3 some runs failed; 70 a bug in fteng; 130 ended too early (an interrupt, a full disk, an interpreter
that is gone) with a result that `--resume` goes on with.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine import interrupts
from engine.cli import streams
from engine.cli.arguments import parser

DONE, GATE, USAGE, FAILED, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130

LINE = 4000
"""Characters of a line on stderr: a word of a command line may be much longer."""


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
    arguments = parser().parse_args(argv)
    # After `--version` and `--help` have had their say: this import costs as much as they do.
    from engine.errors import EngineError

    try:
        return int(arguments.command(arguments))
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


def put(text: str, output: str | None) -> None:
    """Print a report, or write it to a file. Raises EngineError where that cannot be."""
    from pathlib import Path

    from engine.errors import EngineError

    if not output:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise EngineError(f"{output}: cannot be written: {error.strerror}") from error


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
