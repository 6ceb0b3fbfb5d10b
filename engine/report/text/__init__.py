"""Results -> report.txt, for a person who never saw fteng before: head, a chapter for each scenario, scorecard."""

from __future__ import annotations

from engine.model import Journal, Results
from engine.report.text.head import head_text
from engine.report.text.scenario import scenario_text
from engine.report.text.scorecard import scorecard_text

FILE = "report.txt"
DEFAULT = True


def render(results: Results, journal: Journal) -> str:  # noqa: ARG001
    """The report as plain text, without colours; lines of prose are at most 118 characters wide."""
    chapters = [head_text(results), *map(scenario_text, results.scenarios), scorecard_text(results)]
    return "\n\n\n".join(chapters) + "\n"
