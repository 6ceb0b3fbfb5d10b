"""Results -> figures: one module per kind; the one door of matplotlib, which is imported when a figure is drawn.

`style` (colours, dashes, marks), `sheet` (what is drawn on), `svg` (a fragment for a page), `panel` (values to places),
`rows` (runs in their order), `drawing` (words and formats). A kind is a module with `picture(scenario, traces)`, which
says in words why there is nothing to draw, or gives what a `Drawing` is made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

from engine.figure.drawing import FORMATS, Drawing, Format
from engine.figure.style import stylesheet
from engine.model import ScenarioResult, Trace

__all__ = ["FORMATS", "KINDS", "Drawing", "Format", "available", "draw", "stylesheet", "why_not"]

KINDS = ("scaling", "forest", "series", "heatmap", "warmup")


def available() -> bool:
    """Whether figures can be drawn here: matplotlib is found, and not imported."""
    return find_spec("matplotlib") is not None


def draw(kind: str, scenario: ScenarioResult, traces: Mapping[str, Trace]) -> Drawing | None:
    """One kind of figure of a scenario; None: there is nothing to draw of that kind (`why_not` says why).

    `traces` are those of `analysis.traces`; only "series" needs them.
    """
    found = _picture(kind, scenario, traces)
    return None if isinstance(found, str) else found


def why_not(kind: str, scenario: ScenarioResult, traces: Mapping[str, Trace]) -> str:
    """Why there is nothing to draw, as the end of a sentence; "" where there is."""
    found = _picture(kind, scenario, traces)
    return found if isinstance(found, str) else ""


def _picture(kind: str, scenario: ScenarioResult, traces: Mapping[str, Trace]) -> Drawing | str:
    if kind not in KINDS:
        raise ValueError(f"expected a kind of {', '.join(KINDS)}, found {kind!r}")
    found = import_module(f"{__name__}.{kind}").picture(scenario, traces)
    return found if isinstance(found, str) else Drawing(title=found.title, summary=found.summary, picture=found)
