"""Values -> what programs read: CSV lines and JSON values, plain numbers in full precision. Knows no results."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from engine.model import Estimate, Value
from engine.report.cells import plain, word

FORMULA = re.compile(
    r"(?:^|(?<=;))(?=[\"'\s]*[=+\-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
    r"\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}])"
)
"""Where a spreadsheet may see a formula begin: at the start of a text or, where its separator is the semicolon, in the
middle of it; blanks and quotes before it may be taken off (OWASP, "CSV Injection"; CWE-1236)."""


def csv_table(columns: Sequence[str], rows: Iterable[Iterable[Value]]) -> str:
    """A header line and a line for each row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(csv_value, row) for row in rows)
    return out.getvalue()


def parameter_columns(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """The columns of kernel parameters; one that shares the name of a column of ours says what it is."""
    own = set(taken)
    return [csv_text(f"parameter_{name}" if name in own else name) for name in names]


def bounds(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    """Three cells: value, low, high; empty where there is no estimate."""
    return (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)


def csv_text(text: str) -> str:
    """A text for a CSV cell: on one line, with an apostrophe before what a spreadsheet would take for a formula."""
    return FORMULA.sub("'", plain(text))


def csv_value(value: Value) -> str:
    """A value for a CSV cell: numbers plain and in full precision, NaN and None empty, text made harmless."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(float(value))  # numpy's floats are floats whose own repr is no number
    if isinstance(value, int):
        return word(value)
    return csv_text(word(value))


def json_text(document: Any) -> str:
    """A document as JSON (RFC 8259): no NaN, and nothing in it that a terminal would obey."""
    text = json.dumps(json_value(document), indent=2, ensure_ascii=False, allow_nan=False)
    return "\n".join(line if line.isprintable() else "".join(map(_escaped, line)) for line in text.split("\n")) + "\n"


def _escaped(letter: str) -> str:
    """A letter of a JSON string, as four hex digits for each unit of UTF-16 if it is not printable."""
    if letter.isprintable():
        return letter
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def json_value(value: Any) -> Any:
    """The value with null for what JSON has no number for."""
    if isinstance(value, dict):
        return {name: json_value(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(member) for member in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
