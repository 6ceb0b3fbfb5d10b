"""Results -> report.html, one file that needs no other: verdicts, machine, scenarios with figures, how to repeat."""

from __future__ import annotations

from collections.abc import Iterator

from engine import page, units
from engine.analysis import traces
from engine.model import Journal, Results
from engine.report.cells import plain
from engine.report.html.figures import Gallery
from engine.report.html.opening import opening
from engine.report.html.scenario import Chapter, chapter
from engine.report.text.head import when

FILE = "report.html"
DEFAULT = True


def render(results: Results, journal: Journal) -> Iterator[str]:
    """The page, a scenario at a time: no more than one scenario's figures are held. No request, no script."""
    taken = {"main"}
    anchors = [page.anchor(one.scenario.name, taken) for one in results.scenarios]
    gallery = Gallery(results)
    told = traces(journal) if gallery.wanted else {}

    def chapters() -> Iterator[Chapter]:
        for number, (anchor, one) in enumerate(zip(anchors, results.scenarios, strict=True)):
            yield chapter(one, anchor, taken, gallery.of(number, one, told))

    return page.pieces(
        "report.html.j2",
        title=_title(results),
        when=when(results.started),
        results=results,
        runs=units.count(sum(len(one.runs) for one in results.scenarios), "run"),
        opening=opening(results, anchors),
        figures=gallery,
        chapters=chapters(),
    )


def _title(results: Results) -> str:
    """What the page is called: the scenario's own title, or how many there are."""
    if len(results.scenarios) == 1:
        one = results.scenarios[0].scenario
        return plain(one.title) or plain(one.name)
    return f"Benchmark of {units.count(len(results.scenarios), 'scenario')}"
