"""Results -> text, one module per format, found by listing this folder; no mathematics, files or clock.

A format is a module with `render(results: Results, journal: Journal) -> str | Iterator[str]` (pieces of a text that may
be larger than the memory), a literal `FILE`, the name it has in a result folder, and a literal `DEFAULT`: whether
`fteng run` writes it unasked. `RESULTS = False` says that it shows the journal alone. A module without `FILE` is no
format.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable
from functools import cache

from engine import naming
from engine.errors import EngineError
from engine.model import Journal, Results


def formats() -> dict[str, str]:
    """Every format and the file it is written to, sorted by name."""
    return {name: str(facts["FILE"]) for name, facts in _formats().items()}


def defaults() -> tuple[str, ...]:
    """The formats that are written unasked, sorted by name."""
    return tuple(name for name, facts in _formats().items() if facts["DEFAULT"])


def chosen(words: str | None) -> tuple[str, ...]:
    """The formats of a list like "text,csv", each once; those of `defaults` for None.

    Raises EngineError for an unknown one, and for a list of none.
    """
    if words is None:
        return defaults()
    names = tuple(dict.fromkeys(filter(None, map(str.strip, words.split(",")))))
    if not names:
        raise EngineError(f"--formats names no format; known are {', '.join(_formats())}")
    for name in names:
        _facts(name)
    return names


def needs_results(name: str) -> bool:
    """Whether a format shows results, and not the journal alone. Raises EngineError for an unknown one."""
    return bool(_facts(name).get("RESULTS", True))


def render(name: str, results: Results | None, journal: Journal) -> str:
    """The whole text of `pieces`."""
    return "".join(pieces(name, results, journal))


def pieces(name: str, results: Results | None, journal: Journal) -> Iterable[str]:
    """The results in one format, piece by piece; only that format's module is imported.

    None is for a format that does not need them. Raises EngineError for an unknown format, and JournalError, also while
    pieces are taken, where the journal cannot be read.
    """
    _facts(name)
    found: str | Iterable[str] = importlib.import_module(f"{__name__}.{name}").render(results, journal)
    return [found] if isinstance(found, str) else found


def _facts(name: str) -> dict[str, object]:
    """The literals of a format."""
    known = _formats()
    if name not in known:
        hint = naming.hint(name, known, f"known are {', '.join(known)}")
        raise EngineError(f"there is no report format {name!r}; {hint}")
    return known[name]


@cache
def _formats() -> dict[str, dict[str, object]]:
    """Format -> its literals, read from the source: listing formats imports none of them, nor what they need."""
    found = {module.name: _literals(module.name) for module in pkgutil.iter_modules(__path__)}
    return {name: facts for name, facts in sorted(found.items()) if "FILE" in facts}


def _literals(name: str) -> dict[str, object]:
    spec = importlib.util.find_spec(f"{__name__}.{name}")
    source = getattr(spec and spec.loader, "get_source", lambda _: None)(f"{__name__}.{name}")
    return {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(source or "").body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in {"FILE", "DEFAULT", "RESULTS"}
    }
