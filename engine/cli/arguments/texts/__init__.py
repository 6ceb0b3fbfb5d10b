"""What the pages of the commands say beside their options; read when somebody asks for help, never at a start.

A page is found by the words of its command: `fteng run`. A command without one still has its options.
"""

from __future__ import annotations

from engine.cli.arguments.texts import exchange, files, machine, measuring, plots, results, top
from engine.cli.arguments.texts.page import CODES, ENVIRONMENT, Page

PAGES = {
    **top.PAGES,
    **measuring.PAGES,
    **results.PAGES,
    **plots.PAGES,
    **exchange.PAGES,
    **files.PAGES,
    **machine.PAGES,
}

NONE = Page(description="", examples=(), codes={})


def page(name: str) -> Page:
    """What is told of a command beside its options."""
    return PAGES.get(name, NONE)


__all__ = ["CODES", "ENVIRONMENT", "PAGES", "Page", "page"]
