"""`fteng help` and `fteng completion`: what a command line is expected to have."""

from __future__ import annotations

import argparse

from engine import naming
from engine.cli import DONE, put
from engine.cli.arguments import parser
from engine.errors import EngineError


def show_help(arguments: argparse.Namespace) -> int:
    """`fteng help`: the page of a command."""
    here = parser()
    for word in arguments.words:
        inner = dict(here.commands())
        if word not in inner:
            known = f"known are {', '.join(inner)}" if inner else f"`{here.prog}` has none below it"
            raise EngineError(f"there is no command {word!r}; {naming.hint(word, inner, known)}")
        here = inner[word]
    put(here.format_help(), None)
    return DONE


def completion(arguments: argparse.Namespace) -> int:
    """`fteng completion`: what a shell reads to complete words."""
    from engine.cli.completion import script

    put(script(arguments.shell), None)
    return DONE
