"""A command -> its page of the manual, as data: for a terminal, for docs/commands.md and for man; wraps nothing."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from engine.cli.arguments.grammar import Grammar
from engine.cli.arguments.texts import ENVIRONMENT, page

Rows = tuple[tuple[str, str], ...]


class Section(NamedTuple):
    """A part of a page: a title, perhaps a sentence, and rows of what stands left and right."""

    title: str
    text: str
    rows: Rows


class Manual(NamedTuple):
    """The page of one command."""

    name: str
    summary: str
    usage: tuple[str, ...]
    description: tuple[str, ...]
    """Paragraphs."""
    sections: tuple[Section, ...]


def manual(command: Grammar, summary: str = "") -> Manual:
    """The page of a command."""
    told = page(command.prog)
    paragraphs = told.description or command.description or ""
    return Manual(
        name=command.prog,
        summary=summary or paragraphs.split("\n\n")[0].split(". ")[0],
        usage=tuple(f"{command.prog} {usage}".rstrip() for usage in told.usage or (_usage(command),)),
        description=tuple(" ".join(one.split()) for one in paragraphs.split("\n\n") if one.strip()),
        sections=tuple(one for one in _sections(command) if one.rows),
    )


def pages(top: Grammar) -> Iterator[Manual]:
    """The page of `fteng` and of every command below it."""
    yield manual(top)
    yield from _below(top)


def _below(command: Grammar) -> Iterator[Manual]:
    summaries = command.summaries()
    for name, inner in command.commands():
        yield manual(inner, summaries.get(name, ""))
        yield from _below(inner)


def _sections(command: Grammar) -> Iterator[Section]:
    told = page(command.prog)
    yield Section("commands", "", tuple(command.summaries().items()))
    yield Section("arguments", "", tuple((_operand(one), _help(one, command)) for one in command.operands()))
    for title, description, options in command.families():
        yield Section(title, description, tuple((_option(one), _help(one, command)) for one in options))
    yield Section("examples", "", told.examples)
    yield Section("files", "", told.files)
    yield Section("exit codes", "", tuple((str(code), told.codes[code]) for code in sorted(told.codes)))
    yield Section("environment", "", tuple((name, ENVIRONMENT[name]) for name in told.environment))
    yield Section("see also", "", tuple((name, "") for name in told.see))


def _usage(command: Grammar) -> str:
    if command.summaries():
        return "[options] COMMAND ..."
    return " ".join(["[options]", *map(_operand, command.operands())])


def _operand(action: argparse.Action) -> str:
    name = _value(action)
    return {"+": f"{name} ...", "*": f"[{name} ...]", "?": f"[{name}]"}.get(str(action.nargs), name)


def _option(action: argparse.Action) -> str:
    """`-o, --output DIR`: as Python 3.13 and later write it, on every version."""
    names = ", ".join(sorted(action.option_strings, key=len))
    return names if action.nargs == 0 else f"{names} {_value(action)}"


def _value(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return action.dest.upper()


LATE = re.compile(r"\{(\w+)\}")


def _help(action: argparse.Action, command: Grammar) -> str:
    """The text of an option, with what is looked up only when somebody reads it."""
    if "--help" in action.option_strings:
        return "show this page"
    text = (action.help or "") % {**vars(action), "prog": command.prog}
    return LATE.sub(lambda found: LOOKED_UP[found[1]]() if found[1] in LOOKED_UP else found[0], text)


def _formats() -> str:
    from engine import report

    return ", ".join(report.formats())


def _default_formats() -> str:
    from engine import report

    return ", ".join(report.defaults())


def _targets() -> str:
    from engine import export

    return ", ".join(export.targets())


LOOKED_UP: Mapping[str, Callable[[], str]] = {
    "formats": _formats,
    "default_formats": _default_formats,
    "targets": _targets,
}
"""What `{name}` in the help of an option stands for."""
