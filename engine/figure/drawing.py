"""A figure that has been thought out and not yet drawn: its words now, its lines when a format is asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from engine import resources
from engine.errors import EngineError
from engine.figure.style import WIDTH

if TYPE_CHECKING:
    from engine.figure.sheet import Sheet

Format = Literal["svg", "png", "pdf"]
FORMATS: Final[tuple[Format, ...]] = ("svg", "png", "pdf")

LEAST_WIDTH: Final = 216.0
"""Points: three inches, a narrow column of a journal."""
SQUEEZED: Final = 0.7
"""Share of its own height below which rows of text would overlap."""
LARGEST: Final = 100 * 72.0
"""Points of a side; matplotlib has a limit of its own, in pixels."""
MOST_PIXELS: Final = 2**16
"""Of a side: what the renderer Agg can hold."""


class Picture(Protocol):
    """What a kind of figure makes of a result."""

    @property
    def title(self) -> str:
        """What it shows, in a few words."""

    @property
    def summary(self) -> str:
        """The same in sentences with the main numbers, for whoever cannot see it."""

    def height(self, width: float) -> float:
        """What it needs at this width; both in points."""

    def paint(self, sheet: Sheet) -> None:
        """Draw it on the whole sheet, whose height may be another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A figure."""

    title: str
    summary: str
    """What it shows in a sentence or a few, with the main numbers: the text alternative."""
    picture: Picture

    def svg(self, width: float = WIDTH) -> str:
        """An `<svg role="img">` for a page, in the colours of `stylesheet`; so many points wide."""
        _settle()
        from engine.figure import svg
        from engine.figure.sheet import Sheet, drawing

        with drawing():
            sheet = Sheet(width, self.picture.height(width), paper=False)
            self.picture.paint(sheet)
            return svg.inline(sheet.svg(), self.title, self.summary)

    def file(
        self, form: Format, *, width: float | None = None, height: float | None = None, dpi: float = 300.0
    ) -> bytes:
        """A whole file on white paper, the same bytes for the same result; inches. `dpi` is for pixels.

        Raises EngineError for a size that cannot be.
        """
        _settle()
        from engine.figure.sheet import POINTS, Sheet, drawing

        wide = WIDTH if width is None else width * POINTS
        with drawing():
            needed = self.picture.height(wide) if LEAST_WIDTH <= wide <= LARGEST else 0.0
            high = needed if height is None else height * POINTS
            _check(wide, high, needed, dpi, pixels=form == "png")
            sheet = Sheet(wide, high, paper=True)
            self.picture.paint(sheet)
            match form:
                case "svg":
                    return sheet.svg().encode()
                case "png":
                    return sheet.png(dpi, self.title)
                case "pdf":
                    return sheet.pdf(self.title)


def _settle() -> None:
    """Let matplotlib keep its list of fonts in fteng's cache, and obey the settings of no user (docs/report.md).

    It makes its folders when it is imported (matplotlib, "Environment variables").
    """
    os.environ.setdefault("MPLCONFIGDIR", str(resources.cache_folder() / "matplotlib"))


def _check(width: float, height: float, needed: float, dpi: float, *, pixels: bool) -> None:
    if not LEAST_WIDTH <= width <= LARGEST:
        most = f"{LARGEST / 72:g} inches wide, not {width / 72:g}"
        raise EngineError(f"a figure is {LEAST_WIDTH / 72:g} to {most}; choose another width")
    least = SQUEEZED * needed
    if not least <= height <= LARGEST:
        raise EngineError(
            f"this figure is {least / 72:.1f} to {LARGEST / 72:g} inches high at this width, not {height / 72:g}; "
            "choose another height, or leave it out"
        )
    if pixels and not 1 <= dpi < MOST_PIXELS * 72 / max(width, height):
        raise EngineError(f"a picture of {dpi:g} dpi would have no pixels or too many; choose another dpi")
