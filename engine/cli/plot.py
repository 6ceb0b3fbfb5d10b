"""The command `plot`: a journal -> figures as files, each whole or not at all."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine import naming
from engine.cli import DONE, notice, say
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.figure import Drawing, Format
    from engine.model import ScenarioResult

UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
"""What a name of a scenario has and a name of a file better has not."""
LONGEST = 100
"""Characters of a scenario's name in a name of a file."""


def plot(arguments: argparse.Namespace) -> int:
    """`fteng plot`: one kind of figure of one scenario, or of each."""
    from engine import figure

    path = Path(arguments.output)
    form = _format(path)
    if not figure.available():
        command = f"{sys.executable} -m pip install 'matplotlib>=3.9'"
        raise EngineError(f"figures are drawn by matplotlib, which is not here; to have it: {command}")
    from engine import analysis
    from engine.cli import result

    kept, made_from = result.opened(arguments)
    _check(path, made_from)
    chosen = _chosen(analysis.analyse(kept).scenarios, arguments.scenario)
    traces = analysis.traces(kept) if arguments.kind == "series" else {}
    drawings = [(one, figure.draw(arguments.kind, one, traces)) for one in chosen]
    found = [(one, drawing) for one, drawing in drawings if drawing]
    if not found:
        reasons = dict.fromkeys(figure.why_not(arguments.kind, one, traces) for one in chosen)
        raise EngineError(f"there is no figure of the kind {arguments.kind}: {'; '.join(reasons)}")
    for one, drawing in drawings:
        if drawing is None:
            notice(f"{one.scenario.name}: nothing to draw: {figure.why_not(arguments.kind, one, traces)}")
    places = [path] if len(chosen) == 1 else _places(path, [one.scenario.name for one, _ in found])
    for place, (_, drawing) in zip(places, found, strict=True):
        _check(place, made_from)
        _write(place, drawing, form, arguments)
        say(f"written: {place}")
    return DONE


def _format(path: Path) -> Format:
    """What the suffix says. Raises EngineError for another."""
    from engine.figure import FORMATS

    suffix = path.suffix.lower().removeprefix(".")
    for form in FORMATS:
        if suffix == form:
            return form
    known = ", ".join(f".{form}" for form in FORMATS)
    wanted = path.with_suffix(".svg") if path.name else "figure.svg"
    raise EngineError(f"{path}: the suffix says the format, one of {known}; for example --output {wanted}")


def _chosen(scenarios: Sequence[ScenarioResult], name: str | None) -> Sequence[ScenarioResult]:
    """The scenario of this name, or all. Raises EngineError where there is none."""
    if name is None:
        return scenarios
    names = [one.scenario.name for one in scenarios]
    if name not in names:
        hint = naming.hint(name, names, f"it has {', '.join(names)}")
        raise EngineError(f"the result has no scenario {name!r}; {hint}")
    return [one for one in scenarios if one.scenario.name == name]


def _places(path: Path, names: Iterable[str]) -> list[Path]:
    """A file for each of several scenarios."""
    found: list[Path] = []
    for name in names:
        stem = f"{path.stem}-{UNSAFE.sub('-', name).strip('-.')[:LONGEST]}"
        unlike = naming.free(stem, lambda one: path.with_name(one + path.suffix) in found)
        found.append(path.with_name(unlike + path.suffix))
    return found


def _check(path: Path, made_from: Iterable[Path]) -> None:
    """Refuse what is no file, and what the figure is made from. Raises EngineError."""
    from engine.cli import result

    try:
        result.refuse(path, made_from, "figure")
        if os.path.lexists(path) and not path.is_file():
            raise EngineError(f"{path}: is no file; choose another --output")
        if not path.absolute().parent.is_dir():
            raise EngineError(f"{path}: there is no folder {path.parent}; make it, or choose another --output")
    except OSError as error:
        raise EngineError(f"{path}: cannot be written: {error.strerror}") from error


def _write(path: Path, drawing: Drawing, form: Format, arguments: argparse.Namespace) -> None:
    from engine.cli import result

    content = drawing.file(form, width=arguments.width, height=arguments.height, dpi=arguments.dpi)
    result.write(path.resolve() if path.is_symlink() else path, content)
