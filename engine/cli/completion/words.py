"""Words that need no file of the user: formats, interpreters, versions, gates, commands."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from engine.cli.completion import folders

Found = Mapping[str, str]
"""Words that may stand there, and what each means."""

KNOWN = ("3.13t", "3.14t", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
"""Versions that fteng can measure."""

NAMED = re.compile(r"(?:python)?(3\.\d+)(?:\.\d+)?(t?)")
"""What an interpreter, or the folder of one, is called: python3.13t, 3.13.5t."""


def listed(*known: str) -> Callable[[str, argparse.Namespace], Found]:
    """A list with commas, of words that are known; none of them twice."""

    def complete(prefix: str, _: argparse.Namespace) -> Found:
        before, comma, _last = prefix.rpartition(",")
        taken = before.split(",")
        return {f"{before}{comma}{word}": "" for word in known if word not in taken}

    return complete


def formats(prefix: str, _: argparse.Namespace) -> Found:
    """The formats of a report, one or several with commas."""
    from engine import report

    before, comma, _last = prefix.rpartition(",")
    return {f"{before}{comma}{name}": file for name, file in report.formats().items()}


def targets(_: str, __: argparse.Namespace) -> Found:
    """What a result can be exported to."""
    from engine import export

    return dict.fromkeys(export.targets(), "")


def gates(_: str, __: argparse.Namespace) -> Found:
    """What a gate can ask for."""
    return {
        "slower>5%": "a run is proven slower by more than 5 %",
        "changed>5%": "slower or faster by more than 5 %",
        "faster>5%": "a run is proven faster by more than 5 %",
        "inconclusive": "a verdict is not known",
    }


def versions(_: str, __: argparse.Namespace) -> Found:
    """What can be installed."""
    return {version: "free-threaded" if version.endswith("t") else "" for version in KNOWN}


def interpreters(prefix: str, _: argparse.Namespace) -> Found:
    """Versions that seem to be here, by the names of files and folders; paths, where one is begun."""
    if prefix[:1] in {"/", ".", "~"}:
        return folders.entries(prefix)
    return dict.fromkeys(sorted(set(_here())), "")


def commands(_: str, asked: argparse.Namespace) -> Found:
    """The commands below those that are named."""
    from engine.cli.arguments import parser

    here = parser()
    for word in asked.words or ():
        here = dict(here.commands())[word]
    return here.summaries()


def _here() -> Iterator[str]:
    from engine import interpreter

    places: list[str | Path] = [*os.environ.get("PATH", "").split(os.pathsep), interpreter.own_folder()]
    places.append(Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser() / "versions")
    for place in places:
        for name in folders.listing(place):
            if found := NAMED.fullmatch(name):
                yield found[1] + found[2]
