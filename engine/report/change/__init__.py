"""Changes -> what `fteng compare` prints: text, Markdown, CSV or JSON; no mathematics, files or clock."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from engine.model import Changes, GateResult

FORMATS = ("text", "csv", "markdown", "json")


def render(
    name: str,
    changes: Changes,
    gates: Sequence[GateResult] = (),
    *,
    doubt: bool = False,
    only_changed: bool = False,
) -> str:
    """The changes in one of `FORMATS`; only that format's module is imported.

    `gates` are shown with what fails them, with `doubt` also what may. `only_changed` leaves out the rows that are
    neither faster nor slower; all are counted.
    """
    module = importlib.import_module(f"{__name__}.{name}")
    return str(module.render(changes, gates, doubt=doubt, only_changed=only_changed))
