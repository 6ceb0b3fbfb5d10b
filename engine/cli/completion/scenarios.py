"""Scenarios, their tags and the parameters of their kernels, read with a glance: no YAML, no schema, no check."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import resources
from engine.cli.completion import folders

if TYPE_CHECKING:
    from engine.cli.completion.words import Found

SUFFIXES = (".yaml", ".yml")
LINE = re.compile(r"^(title|kernel|tags): *(.+?)(?: +#.*)?$", re.MULTILINE)
MOST = 200
"""Files that are looked into."""


def names(prefix: str, _: argparse.Namespace) -> Found:
    """Shipped scenarios, a folder at a time, and the user's own files."""
    place, slash, begun = prefix.rpartition("/")
    home = resources.scenarios() / place
    found: dict[str, str] = {}
    if ".." not in place and not prefix.startswith("/"):
        for name in folders.listing(home):
            path, stem = home / name, f"{place}{slash}{name.removesuffix('.yaml')}"
            if name.startswith(begun) and path.is_dir():
                found[f"{stem}/"] = "shipped"
            elif name.startswith(begun) and name.endswith(".yaml"):
                found[stem] = _lines(path).get("title", "")
    return {**found, **folders.entries(prefix, lambda name: name.endswith(SUFFIXES))}


def tags(_: str, asked: argparse.Namespace) -> Found:
    """The tags of the scenarios that are named, or of all that ship."""
    found: set[str] = set()
    for path in _meant(asked):
        found |= {tag.strip(" \"'") for tag in _lines(path).get("tags", "").strip("[]").split(",")}
    return dict.fromkeys(sorted(found - {""}), "")


def parameters(prefix: str, asked: argparse.Namespace) -> Found:
    """`name=` of the kernels' parameters, then the values of one, with commas."""
    known: dict[str, Mapping[str, Any]] = {}
    for kernel in {path: None for path in map(_kernel, _meant(asked)) if path}:
        known |= _parameters(kernel)
    name, equals, values = prefix.partition("=")
    if not equals:
        return {f"{one}=": str(facts.get("description", "")) for one, facts in known.items()}
    before, comma, _ = values.rpartition(",")
    return {f"{name}={before}{comma}{value}": "" for value in _values(known.get(name, {}), before.split(","))}


def _values(facts: Mapping[str, Any], taken: Sequence[str]) -> list[str]:
    choices = facts.get("enum", ["true", "false"] if facts.get("type") == "boolean" else [facts.get("default", "")])
    return [word for one in choices if (word := str(one)) and word not in taken]


def _meant(asked: argparse.Namespace) -> Iterator[Path]:
    """The files that the command line names, or all that ship."""
    for word in getattr(asked, "scenarios", None) or [""]:
        own = Path(word).expanduser() if word else resources.scenarios()
        shipped = resources.scenarios() / word
        for path in (own, shipped, shipped.with_name(f"{shipped.name}.yaml")):
            if path.is_dir():
                yield from sorted(path.rglob("*.yaml"))[:MOST]
                break
            if path.is_file():
                yield path
                break


def _lines(path: Path) -> dict[str, str]:
    return dict(LINE.findall(path.read_text("utf-8", "replace")))


def _kernel(scenario: Path) -> Path | None:
    name = _lines(scenario).get("kernel", "").strip("\"'")
    if not name:
        return None
    own = name.startswith((".", "/", "~")) or name.endswith(".py")
    return scenario.parent / Path(name).expanduser() if own else resources.kernels() / f"{name}.py"


def _parameters(kernel: Path) -> dict[str, Mapping[str, Any]]:
    for node in ast.parse(kernel.read_bytes()).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "PARAMS" for one in node.targets
        ):
            return dict(ast.literal_eval(node.value))
    return {}
