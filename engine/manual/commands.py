"""The pages of the commands -> docs/commands.md (Markdown), and fteng.1 for man(1) (roff); adds no words of its own.

Both are made from what `fteng help` shows, so that none can say anything else. The man page uses the macros of man(7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine import __version__
from engine.cli.arguments import parser
from engine.cli.arguments.manual import Manual, Section, pages

HEAD = """\
# Commands

This page is made from the commands themselves (`make docs`): it says what `fteng help` says.
"""


def commands_page() -> str:
    """docs/commands.md."""
    found = list(pages(parser()))
    return "\n".join([HEAD, *(line for page in found for line in _markdown(page))]).rstrip("\n") + "\n"


def _markdown(page: Manual) -> Iterator[str]:
    yield from (f"## {page.name}", "", "```text", *page.usage, "```", "")
    for paragraph in page.description:
        yield from (_escaped(paragraph), "")
    for section in page.sections:
        yield from _section(section, page.name)


def _section(section: Section, command: str) -> Iterator[str]:
    if section.title == "see also":
        yield from (f"See also: {', '.join(_link(left) for left, _ in section.rows)}.", "")
        return
    text = f" {_escaped(section.text)}." if section.text else ""
    yield from (f"**{section.title.capitalize()}**{':' if text else ''}{text}", "")
    if section.title == "examples":
        longest = max(len(left) for left, _ in section.rows)
        yield "```console"
        for left, right in section.rows:
            yield f"$ {left.ljust(longest)}  # {right}" if len(left) + len(right) <= 100 else f"# {right}\n$ {left}"
        yield from ("```", "")
        return
    yield from ("| | |", "|---|---|")
    for left, right in section.rows:
        name = left.strip()
        code = "`" + name.replace("|", "\\|") + "`"
        cell = f"[{code}](#{command} {name})".replace(" ", "-") if section.title == "commands" else code
        yield f"| {cell} | {_escaped(right).replace('|', chr(92) + '|')} |"
    yield ""


def _link(name: str) -> str:
    if name.startswith("fteng help "):
        command = name.removeprefix("fteng help ")
        return f"[fteng {command}](#fteng-{command.replace(' ', '-')})"
    page = name.removeprefix("docs/")
    return f"`{name}`" if page == name else f"[{page}]({page})"


def _escaped(text: str) -> str:
    """Markdown that shows the text: what stands in backquotes is code already."""
    parts = text.split("`")
    plain = [re.sub(r"([*_<>\[\]])", r"\\\1", part) for part in parts[::2]]
    return "".join(f"`{part}`" if number % 2 else plain[number // 2] for number, part in enumerate(parts))


def man_page() -> str:
    """fteng.1: every command in one page, as git and other programs of several commands did before they split it."""
    top, *others = pages(parser())
    lines = [f'.TH FTENG 1 "" "fteng {__version__}" "User Commands"', ".SH NAME"]
    lines += [f"fteng \\- {_roff(top.description[0].partition(': ')[2].rstrip('.'))}", ".SH SYNOPSIS"]
    lines += [*_usage(top.usage), ".SH DESCRIPTION", *_paragraphs(top)]
    shared = {"exit codes", "environment", "files"}
    for section in top.sections:
        if section.title not in shared | {"see also"}:
            lines += _roff_section(section, ".SH")
    for page in others:
        lines += [
            f".SH {_roff(page.name.removeprefix('fteng ').upper())}",
            *_usage(page.usage),
            ".PP",
            *_paragraphs(page),
        ]
        for section in page.sections:
            if section.title not in {"environment", "see also"}:
                lines += _roff_section(section, ".SS")
    for section in top.sections:
        if section.title in shared | {"see also"}:
            lines += _roff_section(section, ".SH")
    return "\n".join(lines) + "\n"


def _usage(usages: Sequence[str]) -> list[str]:
    """The name in bold, the rest as it is; each on a line of its own."""
    split = [usage.partition(" [") for usage in usages]
    return [line for name, bracket, rest in split for line in (".br", f"\\fB{_roff(name)}\\fR{_roff(bracket + rest)}")][
        1:
    ]


def _paragraphs(page: Manual) -> list[str]:
    return [line for paragraph in page.description for line in (".PP", _roff(paragraph.replace("`", "")))][1:]


def _roff_section(section: Section, macro: str) -> list[str]:
    lines = [f"{macro} {_roff(section.title.upper() if macro == '.SH' else section.title.capitalize())}"]
    lines += [_roff(f"{section.text}.")] if section.text else []
    for left, right in section.rows:
        lines += [".TP", f"\\fB{_roff(left.strip())}\\fR", _roff(right.replace("`", "")) or "\\&"]
    return lines


def _roff(text: str) -> str:
    """Text as roff shows it: no control line, no escape, hyphens that can be copied."""
    shown = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("~", "\\(ti")
    shown = shown.replace("^", "\\(ha").replace("`", "\\(ga").replace('"', "\\(dq")
    return f"\\&{shown}" if shown.startswith(".") else shown
