"""Which figures a page draws, and what it says where it draws none; engine.figure draws them."""

from __future__ import annotations

from collections.abc import Mapping

from engine import figure
from engine.figure import Drawing
from engine.model import Results, ScenarioResult, Trace

MOST = 60
"""Figures in a page: drawing one takes about a tenth of a second, and a page stays below 2 MB."""
MISSING = "This page has no figures, for matplotlib is not installed. To have them, install it and make the page again:"
INSTALL = "pip install 'fteng[plot]'"


class Gallery:
    """The figures of a page, within its bounds: each scenario has the same kinds, the most telling first."""

    install = INSTALL

    def __init__(self, results: Results) -> None:
        count = len(results.scenarios)
        self.available, self.count = figure.available(), count
        self.kinds = figure.KINDS[: max(1, MOST // count)] if count else ()
        self.drawn = min(count, MOST)
        self.wanted = self.available and bool(count)

    @property
    def stylesheet(self) -> str:
        """The colours of the figures."""
        return figure.stylesheet() if self.wanted else ""

    @property
    def notice(self) -> str:
        """Why figures are missing, and how to have them; "" where all are there."""
        return "" if self.available else MISSING

    @property
    def cut(self) -> str:
        """What was left out of a large result; "" if nothing."""
        if not self.wanted or len(self.kinds) == len(figure.KINDS):
            return ""
        kinds = " and ".join(self.kinds)
        first = f" of the first {self.drawn} scenarios" if self.drawn < self.count else ""
        return (
            f"This result is large, so that the page has only the {kinds} figures{first}. fteng plot draws the others."
        )

    def of(self, number: int, one: ScenarioResult, traces: Mapping[str, Trace]) -> list[Drawing]:
        """What there is to draw of the scenario of this number, from 0."""
        if not self.wanted or number >= self.drawn:
            return []
        drawn = (figure.draw(kind, one, traces) for kind in self.kinds)
        return [found for found in drawn if found]
