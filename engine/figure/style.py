"""How figures look: colours by role for light and dark, strokes, marks, sizes; knows no result and no library.

A colour is never alone: lines also differ by dash and mark, verdicts by shape and word (WCAG 2.2, 1.4.1). The six tones
are those of Okabe and Ito ("Color Universal Design", 2008), darker on white and lighter on black, so that each has a
contrast of at least 4.5 to its paper (WCAG 2.2, 1.4.3 and 1.4.11). tests/test_figure.py holds both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COLOURS: Final[dict[str, tuple[str, str]]] = {
    "ink": ("#1b1f24", "#e8eaed"),
    "muted": ("#57606a", "#a5adb6"),
    "grid": ("#dfe3e8", "#343a42"),
    "shade": ("#eef0f3", "#262b32"),
    "paper": ("#ffffff", "#14171b"),
    "tone1": ("#0069a8", "#5cb8ee"),
    "tone2": ("#b84a00", "#ff9552"),
    "tone3": ("#007a5a", "#2fcb9c"),
    "tone4": ("#9c3f78", "#e79fc8"),
    "tone5": ("#6b5700", "#e3c34e"),
    "tone6": ("#4a5561", "#c0c7cf"),
    "less3": ("#8fc1e6", "#0f5482"),
    "less2": ("#b9d8ef", "#123f5e"),
    "less1": ("#deedf7", "#16303f"),
    "even": ("#f1f2f4", "#272c33"),
    "more1": ("#fbe7d8", "#41291a"),
    "more2": ("#f6ccae", "#633515"),
    "more3": ("#efab7c", "#86430f"),
}
"""Role -> colour on light and on dark paper. No two roles have one light colour: in an SVG it stands for its role."""

LIGHT, DARK = 0, 1

SMALL, NORMAL = 8.0, 9.0
"""Sizes of text in points."""

WIDTH = 540.0
"""Of a figure in points, unless another is asked for: 7.5 inches."""

FONTS = ("DejaVu Sans", "Arial", "sans-serif")
"""In files. In a page a figure has the font of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """How one of several lines is told from the others, by colour, by dash and by mark."""

    colour: str
    dash: tuple[float, ...] = ()
    """Lengths of strokes and gaps in points; () is a whole line."""
    mark: str = "o"
    """In the words of matplotlib.markers."""


TONES: Final = (
    Tone(colour="tone1", mark="o"),
    Tone(colour="tone2", dash=(5, 2), mark="s"),
    Tone(colour="tone3", dash=(1.5, 1.5), mark="^"),
    Tone(colour="tone4", dash=(7, 2, 1.5, 2), mark="D"),
    Tone(colour="tone5", dash=(3, 1.5), mark="v"),
    Tone(colour="tone6", dash=(7, 2, 1.5, 2, 1.5, 2), mark="P"),
)

VERDICTS: Final = {"faster": "tone3", "slower": "tone2", "same": "tone6", "inconclusive": "muted"}
"""Direction -> colour; its shape says whether it lies left or right, and its word stands beside it."""

WORDS: Final = {"inconclusive": "unclear"}
"""Directions that have another word in reports."""


def tone(number: int) -> Tone:
    """Of the line of this number, from 0; from the seventh on they come again."""
    return TONES[number % len(TONES)]


def stylesheet() -> str:
    """CSS that gives figures in a page their colours, by the reader's preference or `data-theme` of the root element.

    On paper they are light.
    """
    light, dark = (
        " ".join(f"--fig-{role}: {both[theme]};" for role, both in COLOURS.items()) for theme in (LIGHT, DARK)
    )
    return (
        f":root {{ {light} }}\n"
        f':root[data-theme="dark"] {{ {dark} }}\n'
        f"@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme]) {{ {dark} }} }}\n"
        f'@media print {{ :root, :root[data-theme="dark"] {{ {light} }} }}\n'
    )
