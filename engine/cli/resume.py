"""A result folder -> the journal to go on with, if everything it was measured with is still the same."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from engine import host, interpreter, journal, kernel, scenario
from engine.errors import EngineError, JournalError
from engine.model import Header, Journal
from engine.topology import Topology, cpu_list, cpu_words

KEPT = (
    "resume",
    "no_wait",
    "quiet",
    "salvage",
    "strict",
    "format",
    "formats",
    "baseline",
    "save_baseline",
    "fail_on",
    "fail_on_inconclusive",
)
"""What may be said beside `--resume`: all that changes nothing of what is measured."""


def refuse_new_wishes(arguments: argparse.Namespace) -> None:
    """A result goes on as it was begun. Raises EngineError where the command line asks for something else."""
    words = {"scenarios": "SCENARIO", "k": "-k", "parameters": "-p", "preset": f"--{vars(arguments).get('preset')}"}
    asked = [
        words.get(name, f"--{name.replace('_', '-')}")
        for name, value in vars(arguments).items()
        if name not in {*KEPT, "command"} and value is not None and value is not False and value != []
    ]
    if asked:
        raise EngineError(f"--resume goes on with what was asked for then; leave out {', '.join(sorted(asked))}")


def reopen(folder: Path, topology: Topology, *, salvage: bool = False) -> tuple[Journal, journal.Writer]:
    """What the folder holds and a writer that goes on. What is complete may have changed: it is only reported again.

    With `salvage`, what is damaged is left out and missing.

    Raises JournalError for a folder that is no result, is being written, or cannot go on because a kernel, scenario or
    interpreter is gone or has changed, or the CPUs are others: the numbers would not be of a kind.
    """
    held, writer = journal.reopen(folder, salvage=salvage)
    imported = [one.imported for one in held.header.plan.scenarios if one.imported]
    if imported:
        writer.close()
        raise JournalError(
            f"{folder}: {imported[0]} measured it, and fteng cannot go on with what it only imported; to look at it: "
            "fteng report"
        )
    try:
        changes = () if held.finished else tuple(_changes(held.header, topology))
    except BaseException:
        writer.close()
        raise
    if changes:
        writer.close()
        raise JournalError(f"{folder}: cannot go on: {'; '.join(changes)}; start a new result instead")
    return held, writer


def _changes(header: Header, topology: Topology) -> Iterator[str]:
    """What is no longer as it was when this result was begun, in words."""
    yield from _machine(header, topology)
    plan = header.plan
    for kept in plan.kernels:
        yield from _change(f"kernel {kept.name}", kept.path, kept.digest, lambda path: kernel.load(path).digest)
    for asked in plan.scenarios:
        yield from _change(
            f"scenario {asked.name}", asked.path, asked.file_digest, lambda path: scenario.load(path).file_digest
        )
    for known in plan.interpreters:
        build = (known.version, known.config_args)
        yield from _change(f"interpreter {known.spec}", known.executable, build, _build)


def _machine(header: Header, topology: Topology) -> Iterator[str]:
    """Another processor, or other CPUs of this one: threads would go elsewhere, and `cpus` be another number."""
    before, now = (dict(one.facts).get("CPU", "") for one in (header.host, host.describe(topology)))
    if before and before != now:
        yield f"it was begun on another machine ({before}; this is {now or 'unknown'})"
    cpus = header.plan.cpus
    if set(cpus) != set(topology.ids):
        yield (
            f"it was planned for {cpu_words(cpus)}, and {cpu_words(topology.ids)} can be used now"
            + (f" (taskset -c {cpu_list(cpus)} leaves those)" if set(cpus) < set(topology.ids) else "")
        )


def _change(what: str, path: str, before: object, now: Callable[[str], object]) -> Iterator[str]:
    if not Path(path).exists():
        yield f"the {what} is not at {path} (seen from here)"
        return
    try:
        same = now(path) == before
    except EngineError as error:
        yield f"the {what} can no longer be loaded: {'; '.join(str(error).splitlines())}"
        return
    if not same:
        yield f"the {what} has changed"


def _build(executable: str) -> tuple[str, str]:
    """What tells one build of an interpreter from another."""
    ((here,), _) = interpreter.find((executable,))
    return here.version, here.config_args
