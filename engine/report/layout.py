"""Words and cells -> aligned lines of plain text; the only `import tabulate`. Knows no results."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tabulate import tabulate

WIDTH = 118
"""Where prose is broken. Tables are as wide as they must be."""

NO_BREAK = "\N{NO-BREAK SPACE}"
UNBROKEN = re.compile(r"\[\S+ \S+ \S+\](?: %)?|\d (?:%|[nµm]?s|min|h|[KMGT]?i?B)\b|\d %")
"""An interval, or a number with its unit: no line ends inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table; a header may have several lines."""

    header: str
    cells: tuple[str, ...]
    right: bool = False
    """Numbers stand at the right."""


def table(columns: Sequence[Column], indent: str = "", blank_before: Iterable[int] = ()) -> str:
    """The columns side by side under their headers; an empty line before each row of the given numbers."""
    gaps = set(blank_before)
    above = zip(*_headers(columns), strict=True)
    rows = [list(line) for line in above]
    for number, row in enumerate(zip(*(column.cells for column in columns), strict=True)):
        rows += [[""] * len(columns)] if number in gaps else []
        rows.append(list(row))
    sides = ["right" if column.right else "left" for column in columns]
    text = tabulate(rows, tablefmt="plain", disable_numparse=True, colalign=sides)
    return "\n".join((indent + line).rstrip() for line in text.splitlines())


def _headers(columns: Sequence[Column]) -> list[list[str]]:
    """For each column its header, from the bottom up as high as the highest, and the line under it.

    They are rows to tabulate, which makes a column two characters wider than a header it knows of.
    """
    height = max(column.header.count("\n") for column in columns) + 1
    stacks = [column.header.split("\n") for column in columns]
    widths = [max(map(len, (*stack, *column.cells))) for stack, column in zip(stacks, columns, strict=True)]
    return [[""] * (height - len(stack)) + stack + ["-" * width] for stack, width in zip(stacks, widths, strict=True)]


def paragraph(text: str, first: str = "", indent: str = "  ") -> str:
    """Prose broken at WIDTH, the first line after `first`, the others under its end or `indent`."""
    whole = UNBROKEN.sub(lambda found: found[0].replace(" ", NO_BREAK), text)
    filled = textwrap.fill(
        whole, WIDTH, initial_indent=first, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return filled.replace(NO_BREAK, " ")


def heading(text: str, line: str = "-") -> str:
    """A title underlined."""
    return f"{text}\n{line * min(len(text), WIDTH)}"


def bullets(texts: Iterable[str], mark: str = "- ", indent: str = "  ") -> list[str]:
    """One paragraph for each text, after a mark."""
    return [paragraph(text, indent + mark, indent + " " * len(mark)) for text in texts]


def definitions(pairs: Sequence[tuple[str, str]], indent: str = "  ") -> list[str]:
    """Words in a column on the left, what they mean on the right."""
    width = max(len(name) for name, _ in pairs) + 2
    return [paragraph(text, f"{indent}{name:{width}}", indent + " " * width) for name, text in pairs]
