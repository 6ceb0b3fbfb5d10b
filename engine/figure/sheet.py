"""A sheet to draw on, in points from its upper left corner -> bytes of an SVG, PNG or PDF; knows no result.

Marks, lines and text are matplotlib's; its Axes are not used: with the artists of a small panel they take 13 to 20 ms,
and a figure may have twelve (docs/decisions/0018-figures.md).
"""

from __future__ import annotations

import io
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
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from engine.figure.style import COLOURS, FONTS, LIGHT, NORMAL

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
    "text.hinting_factor": 8,
    "text.kerning_factor": 0,
    "text.parse_math": False,
    "text.usetex": False,
}
"""Everything that decides how a sheet looks and its artists do not say: no matplotlibrc of a user changes a figure, and
no dollar sign in a name begins mathematics."""

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
_SIDES: Final[dict[Anchor, Literal["left", "center", "right"]]] = {"start": "left", "middle": "center", "end": "right"}


@contextmanager
def drawing() -> Iterator[None]:
    """What must hold while a sheet is made, drawn on and written."""
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that the font lacks is drawn by a browser, in files as a box
        yield


class Sheet:
    """One figure while it is drawn, inside `drawing`. Colours are roles of `style.COLOURS`; y grows downwards."""

    def __init__(self, width: float, height: float, *, paper: bool) -> None:
        """`paper`: it has a white ground; without, what is below shows through."""
        self.width, self.height = width, height
        self._figure = Figure(figsize=(width / POINTS, height / POINTS), dpi=POINTS)
        self._figure.patch.set(facecolor=COLOURS["paper"][LIGHT], edgecolor="none", visible=paper)
        self._onto = Affine2D().scale(1, -1).translate(0, height).scale(1 / POINTS) + self._figure.dpi_scale_trans
        self._order = 0

    def lines(
        self, lines: Iterable[Sequence[Point]], colour: str, width: float = 1.0, *, dash: Sequence[float] = ()
    ) -> None:
        """Lines through points, all of one kind."""
        points, codes = _joined(lines)
        style = (0.0, tuple(dash)) if dash else "solid"
        self._path(points, codes, facecolor="none", edgecolor=_hex(colour), linewidth=width, linestyle=style)

    def areas(self, areas: Iterable[Sequence[Point]], colour: str, opacity: float = 1.0) -> None:
        """Filled shapes without an outline."""
        points, codes = _joined(areas, close=True)
        self._path(points, codes, facecolor=_hex(colour), edgecolor="none", linewidth=0, alpha=opacity)

    def box(self, upper_left: Point, lower_right: Point, colour: str, opacity: float = 1.0) -> None:
        """A filled rectangle."""
        (left, top), (right, bottom) = upper_left, lower_right
        self.areas([(upper_left, (right, top), lower_right, (left, bottom))], colour, opacity)

    def marks(
        self,
        points: Iterable[Point],
        shape: str,
        colour: str,
        size: float = 5.0,
        *,
        filled: bool = True,
        opacity: float | None = None,
    ) -> None:
        """Marks of one kind; what is not filled has the colour of the paper inside."""
        found = list(points)
        if not found:
            return
        xs, ys = zip(*found, strict=True)
        inside = _hex(colour if filled else "paper")
        self._add(
            Line2D(
                xs,
                ys,
                linestyle="none",
                marker=shape,
                markersize=size,
                markerfacecolor=inside,
                markeredgecolor=_hex(colour),
                markeredgewidth=1.0,
                alpha=opacity,
            )
        )

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
        self._order += 1
        self._figure.text(
            x,
            y,
            text,
            transform=self._onto,
            color=_hex(colour),
            fontproperties=_font(size, bold),
            ha=_SIDES[anchor],
            va="baseline",
            rotation=90 if upwards else 0,
            rotation_mode="anchor",
            zorder=self._order,
        )

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
        """The text in lines that fit, broken at commas or blanks; the last one is cut."""
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and (_width(longer, size, False) <= room or len(lines) == most):
                lines[-1] = longer
            else:
                lines.append(word)
        return [self.fit(line, room, size) for line in lines]

    def svg(self) -> str:
        """The whole document."""
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        out = io.StringIO()
        canvas: Any = FigureCanvasSVG(self._figure)
        canvas.print_svg(out, metadata={"Date": None, "Creator": None})
        return out.getvalue()

    def png(self, dpi: float, title: str) -> bytes:
        """The pixels."""
        out = io.BytesIO()
        self._figure.set_dpi(dpi)
        canvas: Any = FigureCanvasAgg(self._figure)
        canvas.print_png(out, metadata={"Title": _latin(title), "Software": None})
        return out.getvalue()

    def pdf(self, title: str) -> bytes:
        """One page, with its fonts."""
        from matplotlib.backends.backend_pdf import FigureCanvasPdf

        out = io.BytesIO()
        nothing = dict.fromkeys(("CreationDate", "Creator", "Producer"))
        canvas: Any = FigureCanvasPdf(self._figure)
        canvas.print_pdf(out, metadata={"Title": title, **nothing})
        return out.getvalue()

    def _path(self, points: list[Point], codes: list[Any], **how: Any) -> None:
        if points:
            self._add(PathPatch(Path(points, codes), capstyle="butt", joinstyle="round", **how))

    def _add(self, artist: Any) -> None:
        self._order += 1
        artist.set(transform=self._onto, zorder=self._order)
        self._figure.add_artist(artist)


def _joined(shapes: Iterable[Sequence[Point]], *, close: bool = False) -> tuple[list[Point], list[Any]]:
    """Many lines as one path: an artist takes longer than its points."""
    points: list[Point] = []
    codes: list[Any] = []
    for shape in shapes:
        if len(shape) > 1:
            points += [*shape, shape[0]] if close else shape
            codes += [Path.MOVETO] + [Path.LINETO] * (len(shape) - 1) + ([Path.CLOSEPOLY] if close else [])
    return points, codes


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
