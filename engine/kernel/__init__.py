"""A kernel file -> Kernel(title, parameters, ...), or every breach of the contract, by `ast`: nothing of it is run.

`source` reads the file's literals and functions, `contract` holds what is asked of them (docs/kernel.md).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine import document, resources
from engine.document import brief
from engine.errors import LONGEST, KernelError, Problem, ScenarioError
from engine.kernel.contract import CONSTANTS, WORDS, breaches
from engine.kernel.source import Source, parse
from engine.model import Kernel, Metric, Parameter
from engine.schema import did_you_mean

__all__ = ["load", "locate", "shipped"]

SUFFIX = ".py"


def load(path: Path | str) -> Kernel:
    """The facts of one kernel file. Raises KernelError with every fault found, each at its line and column."""
    path = Path(path)
    try:
        raw = document.read(path)
    except ScenarioError as error:
        raise KernelError(error.problems) from None
    return _read(str(path), str(path.resolve()), raw)


@lru_cache(maxsize=128)
def _read(path: str, resolved: str, raw: bytes) -> Kernel:
    """What the bytes of a kernel file say; thousands of scenarios may name one kernel, and it is parsed once."""
    source = parse(raw, path, CONSTANTS["properties"])
    facts, problems = breaches(source)
    if problems:
        raise KernelError(problems)
    return replace(_kernel(Path(path), source, facts, hashlib.sha256(raw).hexdigest()), path=resolved)


def locate(name: str, beside: Path) -> Path:
    """The file of a shipped kernel by its name, of any other by a path (a slash or .py) from the folder `beside`.

    Raises KernelError where there is none.
    """
    if "/" in name or name.endswith(SUFFIX):
        path = beside / os.path.expanduser(name)  # noqa: PTH111 - Path's own raises for an unknown ~user
        if wrong := _no_kernel(path, beside):
            raise KernelError([Problem(file=str(path), message=wrong[0], hint=wrong[1])])
        return path
    path = resources.kernels() / f"{name}{SUFFIX}"
    if path in shipped():
        return path
    hint = did_you_mean(name, (known.stem for known in shipped()), "`fteng list kernels` lists the shipped ones")
    raise KernelError([Problem(file=str(path), message=f"there is no shipped kernel {brief(name)!r}", hint=hint)])


def _no_kernel(path: Path, beside: Path) -> tuple[str, str] | None:
    """Why the file at `path` can be no kernel, as (message, hint); None if it can."""
    here = brief(str(path), LONGEST // 2)
    if os.path.isdir(path):  # noqa: PTH112 - Path's own raises for a name that is too long
        return f"expected a Python file, found the folder {here}", ""
    if not os.path.exists(path):  # noqa: PTH110
        return f"there is no file {here}", f"paths start from {beside}"
    if not os.path.isfile(path):  # noqa: PTH113
        return f"expected a Python file, found a device, pipe or socket: {here}", ""
    if not path.stem.isprintable():
        return f"the name of the file {here} holds characters that cannot be shown", "rename it"
    if path.suffix != SUFFIX:
        return f"expected a Python file, found {here}", f"its name has to end in {SUFFIX}"
    return None


def shipped() -> tuple[Path, ...]:
    """The files of the shipped kernels, by name; a name that starts with _ is none."""
    return tuple(sorted(path for path in resources.kernels().glob("*.py") if not path.name.startswith("_")))


def _kernel(path: Path, source: Source, facts: dict[str, Any], digest: str) -> Kernel:
    title, _, manual = source.docstring.partition("\n")
    return Kernel(
        name=path.stem,
        path=str(path),
        title=title.strip(),
        manual=manual.strip(),
        parameters=tuple(_parameter(name, schema) for name, schema in facts["PARAMS"].items()),
        metrics=tuple(Metric(name=name, **words) for name, words in facts["METRICS"].items()),
        operation=facts["OPERATION"],
        operations=facts["OPERATIONS"],
        gc=facts["GC"],
        digest=digest,
    )


def _parameter(name: str, facts: dict[str, Any]) -> Parameter:
    default = facts["default"]
    return Parameter(
        name=name,
        schema=_pairs((key, value) for key, value in facts.items() if key not in WORDS),
        default=float(default) if facts["type"] == "number" else default,
        unit=facts.get("unit", ""),
        description=facts["description"],
    )


def _pairs(items: Iterable[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((key, tuple(value) if isinstance(value, list) else value) for key, value in items))
