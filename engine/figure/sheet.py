"""A sheet to draw on, in points from its upper left corner -> bytes of an SVG, PNG or PDF; knows no result.

Marks, lines and text are matplotlib's; its Axes are not used: with the artists of a small panel they take 13 to 20 ms,
and a figure may have twelve (docs/decisions/0018-figures.md).
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from engine.figure.style import COLOURS, FONTS, LIGHT, NORMAL

_BEFORE: Final = {"left": 0.0, "center": 0.5, "right": 1.0}
"""Where the point of a text lies -> the share of it that stands before."""

POINTS = 72
"""In an inch."""

SETTINGS: Final[Any] = {
    "agg.path.chunksize": 0,
    "font.family": [FONTS[0]],
    "font.stretch": "normal",
    "font.style": "normal",
    "font.variant": "normal",
    "lines.antialiased": True,
    "patch.antialiased": True,
    "path.effects": [],
    "path.simplify": False,
    "path.sketch": None,
    "path.snap": True,
    "pdf.compression": 6,
    "pdf.fonttype": 42,
    "pdf.inheritcolor": False,
    "pdf.use14corefonts": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "fteng",
    "svg.id": None,
    "svg.image_inline": True,
    "text.antialiased": True,
    "text.hinting": "force_autohint",
    "text.parse_math": False,
    "text.usetex": False,
}
"""Everything that decides how a sheet looks and its artists do not say: no matplotlibrc of a user changes a figure, and
no dollar sign in a name begins mathematics."""

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
_SIDES: Final[dict[Anchor, Literal["left", "center", "right"]]] = {"start": "left", "middle": "center", "end": "right"}


class Word(Text):
    """One line of text from its baseline.

    Matplotlib's own `draw` finds the bounds of its box first, which takes longer than all the rest.
    """

    def draw(self, renderer: Any) -> None:
        """As `Artist.draw`."""
        x, y = self.get_transform().transform(self.get_unitless_position())
        said, font, angle = self.get_text(), self.get_fontproperties(), math.radians(self.get_rotation())
        if before := _BEFORE[self.get_horizontalalignment()]:
            bold = font.get_weight() == "bold"
            before *= renderer.points_to_pixels(_width(said, font.get_size_in_points(), bold))
            x, y = x - before * math.cos(angle), y - before * math.sin(angle)
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        how = renderer.new_gc()
        how.set_foreground(self.get_color())
        renderer.draw_text(how, x, y, said, font, math.degrees(angle), ismath=False, mtext=self)
        how.restore()


@contextmanager
def drawing() -> Iterator[None]:
    """What must hold while a sheet is made, drawn on and written."""
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that the font lacks is drawn by a browser, in files as a box
        yield


class Sheet:
    """One figure while it is drawn, inside `drawing`. Colours are roles of `style.COLOURS`; y grows downwards.

    Areas lie under lines, lines under marks, and all under text; of one sort what was drawn first in a style is below.
    All that has one style becomes one artist, wherever it is.
    """

    def __init__(self, width: float, height: float, *, paper: bool) -> None:
        """`paper`: it has a white ground; without, what is below shows through."""
        self.width, self.height = width, height
        self._figure = Figure(figsize=(width / POINTS, height / POINTS), dpi=POINTS)
        self._figure.patch.set(facecolor=COLOURS["paper"][LIGHT], edgecolor="none", visible=paper)
        self._onto = Affine2D().scale(1, -1).translate(0, height).scale(1 / POINTS) + self._figure.dpi_scale_trans
        self._areas: dict[tuple[str, float], list[Sequence[Point]]] = {}
        self._lines: dict[tuple[str, float, tuple[float, ...]], list[Sequence[Point]]] = {}
        self._marks: dict[tuple[str, str, float, bool], list[Point]] = {}

    def areas(self, areas: Iterable[Sequence[Point]], colour: str, opacity: float = 1.0) -> None:
        """Filled shapes without an outline."""
        self._areas.setdefault((colour, opacity), []).extend(areas)

    def box(self, upper_left: Point, lower_right: Point, colour: str, opacity: float = 1.0) -> None:
        """A filled rectangle."""
        (left, top), (right, bottom) = upper_left, lower_right
        self.areas([(upper_left, (right, top), lower_right, (left, bottom))], colour, opacity)

    def lines(
        self, lines: Iterable[Sequence[Point]], colour: str, width: float = 1.0, *, dash: Sequence[float] = ()
    ) -> None:
        """Lines through points, all of one kind."""
        self._lines.setdefault((colour, width, tuple(dash)), []).extend(lines)

    def marks(
        self, points: Iterable[Point], shape: str, colour: str, size: float = 5.0, *, filled: bool = True
    ) -> None:
        """Marks of one kind; what is not filled has the colour of the paper inside."""
        self._marks.setdefault((shape, colour, size, filled), []).extend(points)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        colour: str = "ink",
        size: float = NORMAL,
        anchor: Anchor = "start",
        bold: bool = False,
        upwards: bool = False,
    ) -> None:
        """One line of text on the baseline `y`, or `upwards` along it."""
        if not text:
            return
        word = Word(x, y, text, color=_hex(colour), fontproperties=_font(size, bold), rotation_mode="anchor")
        word.set(ha=_SIDES[anchor], va="baseline", rotation=90 if upwards else 0)
        self._add(word, 3)

    def centred(self, x: float, middle: float, text: str, *, size: float = NORMAL, **how: Any) -> None:
        """Text whose letters have their middle at this height."""
        self.text(x, middle + 0.36 * size, text, size=size, **how)

    def width_of(self, text: str, size: float = NORMAL, *, bold: bool = False) -> float:
        """What a line of text takes, in points."""
        return _width(text, size, bold)

    def fit(self, text: str, room: float, size: float = NORMAL, *, bold: bool = False) -> str:
        """The text, cut with an ellipsis where it is wider than the room."""
        if _width(text, size, bold) <= room:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if _width(text[:middle] + "…", size, bold) <= room else (low, middle - 1)
        return text[:low].rstrip() + "…"

    def wrap(self, text: str, room: float, size: float = NORMAL, most: int = 2) -> list[str]:
        """The text in lines that fit, broken after commas; the last one is cut."""
        lines: list[str] = []
        for part in text.split(", "):
            longer = f"{lines[-1]}, {part}" if lines else part
            if lines and (_width(longer, size, False) <= room or len(lines) == most):
                lines[-1] = longer
            else:
                lines.append(part)
        return [self.fit(line, room, size) for line in lines]

    def svg(self) -> str:
        """The whole document."""
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        self._flush()
        out, canvas = io.StringIO(), FigureCanvasSVG(self._figure)
        self._written(canvas.print_svg, out, metadata={"Date": None, "Creator": None})
        return out.getvalue()

    def png(self, dpi: float, title: str) -> bytes:
        """The pixels."""
        self._flush()
        self._figure.set_dpi(dpi)
        out, canvas = io.BytesIO(), FigureCanvasAgg(self._figure)
        self._written(canvas.print_png, out, metadata={"Title": _latin(title), "Software": None})
        return out.getvalue()

    def pdf(self, title: str) -> bytes:
        """One page, with its fonts."""
        from matplotlib.backends.backend_pdf import FigureCanvasPdf

        self._flush()
        nothing = dict.fromkeys(("CreationDate", "Creator", "Producer"))
        out, canvas = io.BytesIO(), FigureCanvasPdf(self._figure)
        self._written(canvas.print_pdf, out, metadata={"Title": title, **nothing})
        return out.getvalue()

    @staticmethod
    def _written(write: Any, out: Any, *, metadata: Any) -> None:
        """What matplotlib has no types for; `Figure.savefig` would draw everything twice."""
        write(out, metadata=metadata)

    def _flush(self) -> None:
        """Everything but the text becomes artists."""
        for (colour, opacity), areas in self._areas.items():
            path = _joined(areas, close=True)
            self._add(PathPatch(path, facecolor=_hex(colour), edgecolor="none", linewidth=0, alpha=opacity), 0)
        for (colour, width, dash), lines in self._lines.items():
            style: Any = (0.0, dash) if dash else "solid"
            how = {"capstyle": "butt", "joinstyle": "round", "linestyle": style, "linewidth": width}
            self._add(PathPatch(_joined(lines), facecolor="none", edgecolor=_hex(colour), **how), 1)
        for (shape, colour, size, filled), points in self._marks.items():
            if points:
                xs, ys = zip(*points, strict=True)
                line = Line2D(xs, ys, linestyle="none", marker=shape, markersize=size, markeredgewidth=1.0)
                line.set(markerfacecolor=_hex(colour if filled else "paper"), markeredgecolor=_hex(colour))
                self._add(line, 2)

    def _add(self, artist: Any, order: int) -> None:
        artist.set(transform=self._onto, zorder=order)
        self._figure.add_artist(artist)


def _joined(shapes: Iterable[Sequence[Point]], *, close: bool = False) -> Path:
    """Many lines as one path: an artist takes longer than its points."""
    points: list[Point] = []
    codes: list[Any] = []
    for shape in shapes:
        if len(shape) > 1:
            points += [*shape, shape[0]] if close else shape
            codes += [Path.MOVETO] + [Path.LINETO] * (len(shape) - 1) + ([Path.CLOSEPOLY] if close else [])
    return Path(points or [(0.0, 0.0)], codes or [Path.MOVETO])


def _hex(colour: str) -> str:
    return COLOURS[colour][LIGHT]


def _latin(text: str) -> str:
    """What a tEXt chunk of a PNG can hold (W3C, "Portable Network Graphics", 11.3.3.2)."""
    return text.encode("latin-1", "replace").decode("latin-1")


@cache
def _font(size: float, bold: bool) -> FontProperties:
    return FontProperties(family=[FONTS[0]], size=size, weight="bold" if bold else "normal")


@cache
def _width(text: str, size: float, bold: bool) -> float:
    return float(text_to_path.get_text_width_height_descent(text, _font(size, bold), False)[0])
