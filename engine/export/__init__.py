"""Results -> files that other tools read; one module per tool, found by listing this folder. Writes no file.

A target is a module with a literal `TARGET`, what the command line calls it, and `export(results, journal, wishes) ->
Export`. `shape` (what an export is made of), `samples` (a run's invocations as plain numbers) and `names` (what a run
is called where its row is not beside it) are shared by all.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from engine import naming
from engine.errors import EngineError
from engine.export.shape import Export, File, Wishes
from engine.model import Journal, Results

__all__ = ["Export", "File", "Wishes", "check", "export", "targets"]


def targets() -> tuple[str, ...]:
    """What can be exported to, sorted by name."""
    return tuple(sorted(_modules()))


def check(target: str, wishes: Wishes) -> None:
    """Raises EngineError for a target that is not known, and for wishes that it cannot fulfil."""
    known = _modules()
    if target not in known:
        hint = naming.hint(target, known, f"known are {', '.join(sorted(known))}")
        raise EngineError(f"nothing is exported to {target!r}; {hint}")
    asked = [name for name in wishes.asked() if name not in getattr(known[target], "OPTIONS", ())]
    if asked:
        raise EngineError(
            f"{', '.join(asked)} cannot be had with --to {target}: it has no place for that; leave it out"
        )


def export(target: str, results: Results, journal: Journal, wishes: Wishes) -> Export:
    """The files for one tool, and what its user should know.

    Raises EngineError as `check` does, for an interpreter that the results lack, and for results without numbers.
    """
    check(target, wishes)
    here = {row.run.interpreter for one in results.scenarios for row in one.runs}
    if not here:
        raise EngineError("there is nothing to export: no run of this result gave numbers; fteng report says why")
    strange = [spec for spec in wishes.pythons if spec not in here]
    if strange:
        raise EngineError(
            f"--python {strange[0]}: this result has no numbers of it; it has those of {', '.join(sorted(here))}"
        )
    made: Export = _modules()[target].export(results, journal, wishes)
    return made


def _modules() -> dict[str, ModuleType]:
    """Target -> its module. They are light: all heavy work was done when there are results."""
    found = [importlib.import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__)]
    return {module.TARGET: module for module in found if hasattr(module, "TARGET")}
