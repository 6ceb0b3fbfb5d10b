"""What a page holds, and what several pages say in the same words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

CODES = {
    0: "done",
    1: "a gate or a claim failed (with --fail-on, --strict)",
    2: "wrong usage, or something that cannot be loaded or written; the message says what to do",
    3: "some runs failed: they crashed, took too long, gave a wrong answer or switched the GIL back on",
    70: "a bug in fteng; the message holds what a report of it needs",
    130: "ended before its end (an interrupt, a full disk), with a result that --resume goes on with",
}
"""The exit codes of all commands."""

ENVIRONMENT = {
    "COLUMNS": "how wide help is written; otherwise as wide as the terminal, at most 120 columns",
    "CLICOLOR": "0: nothing is coloured, as with NO_COLOR",
    "CLICOLOR_FORCE": "as FORCE_COLOR, unless it is 0",
    "FORCE_COLOR": "if set and not empty, verdicts are coloured in a pipe too (| less -R); NO_COLOR is stronger",
    "FTENG_INTERPRETERS": "where `fteng interpreters install` puts what it builds (default: fteng/interpreters in the "
    "user's data folder, see XDG_DATA_HOME)",
    "LD_LIBRARY_PATH": "passed on to what is measured, as HOME, LANG, LC_ALL, LC_CTYPE, PATH, TMPDIR and TZ are; no "
    "other variable is (PYTHON_GIL has no effect: use --gil)",
    "NO_COLOR": "if set and not empty, nothing is coloured (https://no-color.org)",
    "PATH": "where interpreters are looked for, after fteng's own",
    "PYENV_ROOT": "where pyenv's interpreters are (default: ~/.pyenv)",
    "TERM": "dumb: neither colours nor a progress bar",
    "TMPDIR": "the folder of the lock that lets one fteng at a time measure on a machine (default: /tmp)",
    "XDG_CACHE_HOME": "below it fteng/ keeps what interpreters said of themselves (default: ~/.cache)",
    "XDG_DATA_HOME": "below it fteng/interpreters holds what fteng built (default: ~/.local/share)",
}
"""The variables that fteng heeds, and what they do."""

LOOKS = ("NO_COLOR", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM")
FINDING = ("FTENG_INTERPRETERS", "PATH", "PYENV_ROOT", "XDG_CACHE_HOME", "XDG_DATA_HOME")


class Page(NamedTuple):
    """What is told of a command."""

    description: str
    """Paragraphs, with an empty line between them."""
    examples: tuple[tuple[str, str], ...]
    """A command line that works as it stands, and what it does."""
    codes: Mapping[int, str]
    """Exit codes; a text that is not empty takes the place of the usual one."""
    usage: tuple[str, ...] = ()
    """What stands after the command's name, where that cannot be told from its options."""
    files: tuple[tuple[str, str], ...] = ()
    """What it writes."""
    environment: tuple[str, ...] = ()
    """Names of ENVIRONMENT."""
    see: tuple[str, ...] = ()
    """Other commands, and pages of the documentation."""


def codes(*numbers: int, **said: str) -> dict[int, str]:
    """Exit codes with their usual texts, and others as `_1="..."`."""
    return {number: CODES[number] for number in (0, *numbers, 2, 70)} | {
        int(key[1:]): text for key, text in said.items()
    }
