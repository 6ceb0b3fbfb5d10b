"""The pages of docs/ that are made from what they describe, so that they cannot say anything else.

`python -m engine.manual` prints their names, `python -m engine.manual NAME` a page; `make docs` writes all of them, and
the key findings of README.md (`findings`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.manual.catalogue import catalogue_page
from engine.manual.commands import commands_page, man_page
from engine.manual.scenario_page import scenario_page

PAGES: Mapping[str, Callable[[], str]] = {
    "catalogue": catalogue_page,
    "commands": commands_page,
    "scenario": scenario_page,
}
"""The name of a page, which is docs/<name>.md, and what makes it."""

OTHERS: Mapping[str, Callable[[], str]] = {"man": man_page}
"""What is no page of docs/: `python -m engine.manual man > fteng.1`."""
