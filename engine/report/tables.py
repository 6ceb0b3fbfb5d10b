"""Interpreters and catalogues -> the tables that commands of the CLI print."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model import Interpreter, Missing, Skip
from engine.report.cells import build, optimisation, plain
from engine.report.layout import Column, bullets, paragraph, table


def interpreters_text(
    interpreters: Sequence[Interpreter],
    missing: Sequence[Missing] = (),
    warnings: Sequence[str] = (),
    *,
    paths: bool = True,
) -> str:
    """What was found, with how it was built; what is missing, with the command that installs it; warnings."""
    blocks = [interpreter_table(interpreters, paths=paths) if interpreters else "No interpreter was found."]
    if missing:
        blocks.append("\n".join(["Missing", *missing_lines(missing)]))
    if warnings:
        blocks.append("\n".join(["Warnings", *bullets(map(plain, warnings), "! ")]))
    return "\n\n".join(blocks)


def interpreter_table(interpreters: Sequence[Interpreter], indent: str = "", *, paths: bool = False) -> str:
    """One row for each interpreter; with `paths`, where it is."""
    columns = [
        Column(header="name", cells=tuple(plain(one.spec) for one in interpreters)),
        Column(header="version", cells=tuple(plain(one.version) for one in interpreters)),
        Column(header="build", cells=tuple(map(build, interpreters))),
        Column(header="optimised", cells=tuple(map(optimisation, interpreters))),
        Column(header="compiler", cells=tuple(plain(one.compiler) for one in interpreters)),
    ]
    if paths:
        columns.append(Column(header="where", cells=tuple(plain(one.executable) for one in interpreters)))
    return table(columns, indent)


def missing_lines(missing: Sequence[Missing]) -> list[str]:
    """Two lines for each missing interpreter: why, and the command, alone on its line to be copied."""
    lines: list[str] = []
    for one in missing:
        lines.append(paragraph(f"{plain(one.spec)}: {plain(one.reason)}; to install it:", "  - ", "    "))
        lines.append(f"      {plain(one.hint)}")
    return lines


def skip_line(skip: Skip) -> str:
    """What is not run, why, and what would change that."""
    return plain(f"{skip.what}: {skip.reason}" + (f"; {skip.hint}" if skip.hint else ""))


def listing_text(rows: Sequence[Sequence[str]], headers: Sequence[str] = ("name", "what it is")) -> str:
    """A catalogue (kernels, scenarios): one line for each row under the headers."""
    if not rows:
        return "There is none."
    cells = zip(*(map(plain, row) for row in rows), strict=True)
    columns = [Column(header=header, cells=column) for header, column in zip(headers, cells, strict=True)]
    return table(columns)
