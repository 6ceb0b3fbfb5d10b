"""The text of a report -> the same with its verdicts in colour, for a terminal; never for a file or a pipe.

NO_COLOR (https://no-color.org) is stronger than FORCE_COLOR (https://force-color.org) and CLICOLOR_FORCE
(https://bixense.com/clicolors), and these than `TERM=dumb` and what is no terminal. A colour says nothing that the word
in it does not say.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

RED, GREEN, YELLOW = "31", "32", "33"

COLOURS = {
    "supported": GREEN,
    "faster": GREEN,
    "passed": GREEN,
    "refuted": RED,
    "slower": RED,
    "FAILED": RED,
    "DAMAGED": RED,
    "NOT COMPLETE": RED,
    "NOT KNOWN": RED,
    "inconclusive": YELLOW,
    "!": YELLOW,
}

VERDICTS = re.compile(
    r"""
      (?<=^\[) (?:supported|refuted|inconclusive) (?=\])      # of a claim
    | (?<=[ ][ ]) (?:faster|slower) (?=[ ][ ]|$)              # of a row
    | (?<=[ ][ ]) (?:refuted|inconclusive) $                  # of a case
    | (?<=:[ ]) (?:passed|FAILED) (?=[ ]by[ ]\d)              # of a gate
    | ^ (?:DAMAGED|NOT[ ]COMPLETE|NOT[ ]KNOWN) \b
    | (?<=^[ ][ ]) ! (?=[ ])                                  # a warning
    """,
    re.MULTILINE | re.VERBOSE,
)
"""Where the reports have a verdict: at its place, not wherever the word stands."""


def wanted(stream: TextIO) -> bool:
    """Whether this stream is to be coloured."""
    told = os.environ.get
    if told("NO_COLOR"):
        return False
    if told("FORCE_COLOR") or told("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    return told("TERM") != "dumb" and told("CLICOLOR") != "0" and stream.isatty()


def painted(pieces: Iterable[str]) -> Iterator[str]:
    """A text report as stdout is to have it."""
    if not wanted(sys.stdout):
        yield from pieces
        return
    for piece in pieces:
        yield VERDICTS.sub(lambda found: f"\x1b[{COLOURS[found[0]]}m{found[0]}\x1b[0m", piece)
