"""`fteng selfcheck`: each interpreter measured beside itself, to say how small a difference this machine shows."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from engine import host, interpreter, journal, plan, resources, units
from engine import scenario as scenarios
from engine import topology as machine
from engine.analysis.selfcheck import selfcheck
from engine.analysis.selfcheck.twins import TWIN
from engine.cli import DONE, FAILED, INTERRUPTED, notice, result, resume, say
from engine.cli.measure import carry_out, header_of
from engine.cli.planning import overridden, plan_for
from engine.errors import EngineError, JournalError
from engine.instrument import instrument
from engine.model import Instrument, Interpreter, Journal, Missing, Plan, Scenario
from engine.override import override
from engine.report.selfcheck import selfcheck_json, selfcheck_text
from engine.serial import from_plain, to_plain

COMMAND = "fteng selfcheck"

NULL = ("bytecode/empty_loop", (("loop", "repeat"),))
"""The shipped scenario that measures the harness, and what is taken of it."""
WORK = ("baseline/cpu", (("work", "nbody,strings"),))
"""What is compared where the user names no scenario: attributes and calls, and objects that are made and let go."""

ROUNDS = {None: "20", "fast": "10", "rigorous": "40"}
"""Invocations of each run; always all of them, for the scatter is what is asked for."""
TIME_LIMIT = "24h"
NEWEST = 2
"""So many interpreters of each kind (with a GIL, free-threaded) are checked unless the user names some."""

INSTRUMENTS, TEXT, JSON = "instruments.json", "selfcheck.txt", "selfcheck.json"


def run(arguments: argparse.Namespace) -> int:
    """`fteng selfcheck`: measure, keep, say what it means. With --resume, go on with a result or say it again."""
    topology = machine.read()
    if arguments.resume:
        return _resumed(arguments, topology)
    result.check(arguments.output)
    planned = _planned(arguments, topology)
    with host.measuring(wait=not arguments.no_wait, say=notice):
        held = Journal(header=header_of(planned, topology, ()))  # how two builds differ matters nothing here
        with result.new(result.folder_for(arguments.output, "selfcheck"), held.header, COMMAND) as writer:
            return _measured(held, topology, writer, arguments)


def _resumed(arguments: argparse.Namespace, topology: machine.Topology) -> int:
    """Go on with a check; one that is complete is told again."""
    resume.refuse_new_wishes(arguments)
    held, writer = resume.reopen(Path(arguments.resume), topology)
    with result.keeping(writer, COMMAND):
        if held.finished:
            return _told(writer.folder, arguments, "")
        _refuse_others(held)
        with host.measuring(wait=not arguments.no_wait, say=notice):
            return _measured(held, topology, writer, arguments)


def _measured(held: Journal, topology: machine.Topology, writer: journal.Writer, arguments: argparse.Namespace) -> int:
    if not (writer.folder / INSTRUMENTS).exists():
        _keep_instruments(writer.folder, held.header.plan)
    return _told(writer.folder, arguments, carry_out(held, topology, writer, quiet=arguments.quiet))


def _planned(arguments: argparse.Namespace, topology: machine.Topology) -> Plan:
    """Every interpreter beside itself, on the empty loop and on some work."""
    found = _interpreters(arguments)
    both = tuple(one for first in found for one in (first, replace(first, spec=first.spec + TWIN)))
    chosen = tuple(_bare(one, [one.spec for one in both]) for one in _scenarios(arguments))
    known: dict[str, Interpreter | Missing] = {one.spec: one for one in both}
    planned = plan_for(chosen, known, topology, arguments.seed)
    if not planned.groups:
        raise EngineError("nothing to check: " + "; ".join(f"{one.what}: {one.reason}" for one in planned.skips))
    names = ", ".join(one.spec for one in found)
    others = "" if arguments.python else " (the newest found of each kind; --python SPEC for others)"
    notice(f"checking {names}{others}: about {units.long_duration(plan.seconds(planned)[0])}")
    return planned


def _interpreters(arguments: argparse.Namespace) -> tuple[Interpreter, ...]:
    """Those that the user names, or the newest of each kind. What is missing is said; raises where nothing is left."""
    if not arguments.python:
        found = interpreter.every()
        chosen = (*_newest(found, free_threaded=False), *_newest(found, free_threaded=True))
        if not chosen:
            raise EngineError("no interpreter was found here; name one: --python PATH")
        if not chosen[-1].free_threaded:
            notice("no free-threaded interpreter here; to have one: fteng interpreters install 3.13t")
        return chosen
    found, missing = interpreter.find(arguments.python)
    said = [f"missing: {one.spec} ({one.reason}); to have it checked: {one.hint}" for one in missing]
    if not found:
        raise EngineError("\n".join(said))
    for line in said:
        notice(line)
    return found


def _newest(found: Sequence[Interpreter], *, free_threaded: bool) -> tuple[Interpreter, ...]:
    """The newest versions of a kind, each as a scenario would find it: "3.13" and no other build of it."""
    mark = "t" if free_threaded else ""
    usual = [
        one
        for one in found
        if one.free_threaded is free_threaded
        and not one.debug
        and one.spec == ".".join(one.version.split(".")[:2]) + mark
    ]
    return tuple(usual[-NEWEST:])


def _scenarios(arguments: argparse.Namespace) -> Iterator[Scenario]:
    """The empty loop, then the user's scenarios or the usual work, as the command line wants them measured."""
    arguments = argparse.Namespace(
        **vars(arguments)
        | {
            "python": [],
            "invocations": arguments.invocations or ROUNDS[arguments.preset],
            "time_limit": arguments.time_limit or TIME_LIMIT,
        }
    )
    named = scenarios.load_all(scenarios.find(arguments.scenarios)) if arguments.scenarios else (_shipped(*WORK),)
    null = _shipped(*NULL)
    if null.name not in {one.name for one in named}:
        yield overridden(null, argparse.Namespace(**vars(arguments) | {"parameters": []}))
    yield from (overridden(one, arguments) for one in named)


def _shipped(name: str, parameters: Sequence[tuple[str, str]]) -> Scenario:
    """A part of a shipped scenario, with the iterations that scenarios have by default."""
    found = scenarios.load(resources.scenarios() / f"{name}.yaml")
    return override(found, parameters=parameters, gil="default", iterations=5)


def _bare(one: Scenario, interpreters: Sequence[str]) -> Scenario:
    """The runs of a scenario without what it asks of them, on these interpreters."""
    found = replace(one, interpreters=tuple(interpreters), claims=(), baseline=(), overhead=())
    return replace(found, digest=scenarios.digest(found))


def _refuse_others(held: Journal) -> None:
    if not any(one.spec.endswith(TWIN) for one in held.header.plan.interpreters):
        raise JournalError("--resume: this is no result of fteng selfcheck; fteng run --resume goes on with others")


def _keep_instruments(folder: Path, planned: Plan) -> None:
    """Ask every interpreter for its clock and its empty iterations, and keep what it says beside the journal."""
    threads = sorted({run.threads for group in planned.groups if not group.control for run in group.runs})
    firsts = [one for one in planned.interpreters if not one.spec.endswith(TWIN)]
    found = [to_plain(instrument(one, threads, len(planned.cpus))) for one in firsts]
    result.write(folder / INSTRUMENTS, json.dumps(found, indent=2) + "\n")


def _instruments(folder: Path) -> tuple[Instrument, ...]:
    path = folder / INSTRUMENTS
    if not path.exists():
        return ()
    try:
        return tuple(from_plain(one, Instrument) for one in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise JournalError(f"{path}: cannot be read: {error}; without the file the rest can be shown") from error


def _told(folder: Path, arguments: argparse.Namespace, ended: str) -> int:
    """Say what the journal means, keep that beside it, and turn what happened into an exit code."""
    check = selfcheck(journal.read(folder), _instruments(folder))
    shown = {TEXT: selfcheck_text(check), JSON: selfcheck_json(check)}
    whole = result.write_all(folder, shown)
    if not arguments.quiet:
        print(shown[JSON if arguments.format == "json" else TEXT], end="")
    say(f"result: {folder} ({', '.join((journal.FILE, INSTRUMENTS, *whole))})")
    if ended or len(whole) < len(shown):
        say(result.to_go_on(COMMAND, folder, ended))
        return INTERRUPTED
    return FAILED if check.failed else DONE
