"""`fteng compare`, and what `fteng run` does with `--baseline`, `--fail-on` and `--save-baseline`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from engine import baseline
from engine.cli import DONE, FAILED, GATE, INTERRUPTED, put, say, say_damage
from engine.errors import EngineError, NoResultError
from engine.model import Changes, Gate, GateResult


def compare(arguments: argparse.Namespace) -> int:
    """`fteng compare`: two results, or a baseline and a result."""
    before, after = _results(arguments)
    gates = check(arguments)
    changes = _changes(before, after, salvage=arguments.salvage)
    code, failed = _shown(
        changes,
        gates,
        doubt=arguments.fail_on_inconclusive,
        name=arguments.format,
        output=arguments.output,
        only_changed=arguments.changed,
        quiet=arguments.quiet,
    )
    _save(arguments.save_baseline, after[1], failed=failed)
    return code


def check(arguments: argparse.Namespace) -> tuple[Gate, ...]:
    """The gates asked for, everything that the command line says of them and of baselines being well.

    `fteng run` calls it before it measures anything. Raises EngineError.
    """
    asked = arguments.fail_on or arguments.fail_on_inconclusive
    if "results" not in arguments and asked and not arguments.baseline:
        raise EngineError("--fail-on needs something to compare with: name it with --baseline")
    if arguments.save_baseline:
        baseline.named(arguments.save_baseline)
    if arguments.baseline:
        baseline.find(arguments.baseline)
    if not asked:
        return ()
    from engine.analysis.change.gate import INCONCLUSIVE, parse

    return tuple(dict.fromkeys(map(parse, arguments.fail_on))) or (INCONCLUSIVE,)


def after_run(folder: Path, arguments: argparse.Namespace, code: int) -> int:
    """What is left to do when `fteng run` has made its report with exit code `code`; the code to end with."""
    if not (arguments.baseline or arguments.save_baseline):
        return code
    if code == INTERRUPTED:
        say("interrupted: neither compared with a baseline nor saved as one")
        return code
    failed = False
    if arguments.baseline:
        before = (f"baseline {arguments.baseline}", baseline.find(arguments.baseline))
        found, failed = _shown(
            _changes(before, (str(folder), folder), salvage=arguments.salvage),
            check(arguments),
            doubt=arguments.fail_on_inconclusive,
            quiet=arguments.quiet,
        )
        code = max(code, found)
    _save(arguments.save_baseline, folder, failed=failed)
    return code


Named = tuple[str, Path]
"""How the user calls a result, and its folder or journal."""


def _results(arguments: argparse.Namespace) -> tuple[Named, Named]:
    """The earlier and the later result."""
    given = arguments.results
    if len(given) != (1 if arguments.baseline else 2):
        wanted = "--baseline NAME and one result" if arguments.baseline else "two results, or one and --baseline NAME"
        raise EngineError(f"expected {wanted}, found {len(given)}: {' '.join(given)}")
    *earlier, later = ((name, Path(name)) for name in given)
    if arguments.baseline:
        earlier = [(f"baseline {arguments.baseline}", baseline.find(arguments.baseline))]
    return earlier[0], later


def _changes(before: Named, after: Named, *, salvage: bool = False) -> Changes:
    from engine import analysis, journal

    for name, path in (before, after):
        if not path.exists():
            raise NoResultError(f"{name}: there is no such result; name a folder of `fteng run`, or its {journal.FILE}")
    sides = journal.read(before[1], salvage=salvage), journal.read(after[1], salvage=salvage)
    for kept, (name, _) in zip(sides, (before, after), strict=True):
        say_damage(kept, name)
    return analysis.changes(*sides, (before[0], after[0]))


def _shown(
    changes: Changes,
    gates: Sequence[Gate],
    *,
    doubt: bool,
    name: str = "text",
    output: str | None = None,
    only_changed: bool = False,
    quiet: bool = False,
) -> tuple[int, bool]:
    """Print or write the comparison; the exit code, and whether a gate failed.

    What the gates say goes to stderr where no reader of stdout would see it.
    """
    from engine.analysis.change.gate import judge, passes
    from engine.report.change import render
    from engine.report.change.rows import gate_lines

    results: list[GateResult] = [judge(gate, changes) for gate in gates]
    if output or not quiet:
        put(render(name, changes, results, doubt=doubt, only_changed=only_changed), output, colour=name == "text")
    if quiet or output or name != "text":
        for line in gate_lines(changes, results, doubt=doubt):
            say(line)
    broke = bool(gates) and any(one.broke for one in changes.uncompared)
    lost = bool(gates) and doubt and bool(changes.uncompared)
    failed = lost or not all(passes(result, doubt=doubt) for result in results)
    return (FAILED if broke else GATE if failed else DONE), failed or broke


def _save(name: str | None, result: Path, *, failed: bool) -> None:
    """Save the baseline that was asked for, unless a gate says that the result is no good one."""
    if name and failed:
        say(f"baseline {name} not saved: a gate failed")
    elif name:
        say(baseline.save(name, result))
