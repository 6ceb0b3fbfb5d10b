"""Templates and values -> HTML pages that ask for nothing else; the only `import jinja2`. Knows no results.

Templates (`*.html.j2`) and the one stylesheet lie in this folder. A page extends `layout.html.j2` and fills its blocks:
`title`, `header`, `contents`, `main`, `footer`, `styles`. The stylesheet and all figures are inlined, and the page's
own Content-Security-Policy forbids every request and every script (W3C, CSP Level 3), so that a value that slipped
through would do nothing.

Every value is escaped. What cannot be shown (control characters, bidi overrides, lone surrogates) is left out, but for
line ends and tabs. Only what engine.figure makes is taken as it is: its SVG by the macro `drawing` of `parts.html.j2`,
its stylesheet by the block `styles`.
A name that a template misses is an error, never a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from engine import naming

PIECE = 1 << 16
"""Characters that are gathered before a piece is given away."""

SPACING = "\n\t"
MARKS = re.compile(r"(\[[\d.?-]+) ([\d.?-]+) ([\d.?-]+\])|`([^`]+)`|(\d[\d.,]* (?:%|[nµm]?s\b|min\b|[KMGT]i?B\b))")
"""An interval `[low estimate high]`, words of a command line between backticks, or a number with its unit."""
UNSAFE = re.compile(r"[^a-z0-9]+")


def render(template: str, **values: object) -> str:
    """The whole page, for example `render("dashboard.html.j2", title=..., rows=...)`.

    Raises jinja2.UndefinedError for a value that the template asks for and is not given.
    """
    return "".join(pieces(template, **values))


def pieces(template: str, **values: object) -> Iterator[str]:
    """The page, piece by piece: what a `for` of the template takes from an iterator is made only then."""
    gathered: list[str] = []
    length = 0
    for text in _environment().get_template(template).generate(**values):
        gathered.append(text)
        length += len(text)
        if length >= PIECE:
            yield "".join(gathered)
            gathered, length = [], 0
    yield "".join(gathered)


def anchor(text: str, taken: set[str]) -> str:
    """An id for a part of a page, made of the letters and digits of a text; another one each time, noted in `taken`."""
    stem = UNSAFE.sub("-", text.lower()).strip("-")[:60] or "part"
    stem = stem if stem[0].isalpha() else f"n{stem}"
    found = naming.free(stem, taken.__contains__)
    taken.add(found)
    return found


def marked(text: str) -> Markup:
    """A sentence whose estimates stand out between their bounds, and whose commands look like it; escaped."""
    said, end = Markup(), 0
    shown = str(_shown(text))
    for found in MARKS.finditer(shown):
        low, value, high, command, size = found.groups()
        said += escape(shown[end : found.start()])
        said += COMMAND.format(command) if command else SIZE.format(size) if size else INTERVAL.format(low, value, high)
        end = found.end()
    return said + escape(shown[end:])


INTERVAL = Markup('<span class="interval"><span class="bound">{}</span> <b>{}</b> <span class="bound">{}</span></span>')
SIZE = Markup('<span class="interval">{}</span>')
COMMAND = Markup("<code>{}</code>")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(__name__, "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["marked"] = marked
    return made


def _shown(value: Any) -> Any:
    """A text without what cannot be shown; what is HTML already (a macro's, a figure's) stays as it is."""
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isprintable():
        return value
    return "".join(letter for letter in value if letter.isprintable() or letter in SPACING)
