"""`fteng dashboard`: a site of static pages over many results."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli import DONE, notice, say


def dashboard(arguments: argparse.Namespace) -> int:
    """Make the site, and say what is in it and what could not be read."""
    from engine import units
    from engine.dashboard import build

    output = Path(arguments.output)
    built = build([Path(folder) for folder in arguments.folders], output, again=arguments.again, tell=notice)
    for one in built.left:
        say(f"left out: {one.folder}: {one.reason}")
    pages = f"{units.count(built.made, 'page')} made, {built.kept} kept"
    found = f"{units.count(built.changes, 'change point')} in {units.count(built.histories, 'history', 'histories')}"
    say(f"{output / 'index.html'}: {units.count(built.results, 'result')}; {found}; {pages}")
    return DONE
