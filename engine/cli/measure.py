"""`fteng run`: from a plan, or a result that was interrupted, to a journal and its reports."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path

from engine import __version__, analysis, host, interpreter, interrupts, journal, plan, report, runner
from engine import topology as machine
from engine.cli import DONE, FAILED, GATE, INTERRUPTED, compare, notice, planning, put, result, resume, say, say_damage
from engine.errors import EngineError
from engine.model import Header, Invocation, Journal, Plan, Profile, Results, Stop
from engine.progress import Progress

COMMAND = "fteng run"


def run(arguments: argparse.Namespace) -> int:
    """`fteng run`: measure, keep, report."""
    compare.check(arguments)
    report.chosen(arguments.formats)
    if arguments.salvage and not arguments.resume:
        raise EngineError("--salvage goes with --resume: a new result has no damage")
    topology = machine.read()
    if arguments.resume:
        return _resumed(arguments, topology)
    if not arguments.dry_run:
        result.check(arguments.output)
    planned = planning.asked(arguments, topology)
    if arguments.dry_run:
        planning.print_plan(planned)
        return DONE
    planning.say_missing(planned)
    if not planned.groups:
        raise EngineError(planning.nothing_to_run(planned))
    with host.measuring(wait=not arguments.no_wait, say=notice):
        header = header_of(planned, topology, interpreter.build_warnings(planned.interpreters))
        folder = result.folder_for(arguments.output, result.name_of(planned.scenarios))
        with result.new(folder, header, COMMAND) as writer:
            return _measured(Journal(header=header), topology, writer, arguments)


def _resumed(arguments: argparse.Namespace, topology: machine.Topology) -> int:
    """Go on with a result; one that is complete is reported again."""
    resume.refuse_new_wishes(arguments)
    held, writer = resume.reopen(Path(arguments.resume), topology, salvage=arguments.salvage)
    with result.keeping(writer, COMMAND):
        say_damage(held, arguments.resume)
        if held.finished:
            notice(f"{writer.folder}: complete already, nothing is left to measure")
            return _ended(writer.folder, arguments, "")
        with host.measuring(wait=not arguments.no_wait, say=notice):
            return _measured(held, topology, writer, arguments)


def _measured(held: Journal, topology: machine.Topology, writer: journal.Writer, arguments: argparse.Namespace) -> int:
    return _ended(writer.folder, arguments, carry_out(held, topology, writer, quiet=arguments.quiet))


def header_of(planned: Plan, topology: machine.Topology, warnings: Sequence[str]) -> Header:
    """The first line of a new journal, with `warnings` beside those of the host."""
    described = host.describe(topology)
    return Header(
        format=journal.format_of(planned),
        version=__version__,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        command=result.shell("fteng", *sys.argv[1:]),
        host=replace(described, warnings=(*described.warnings, *warnings)),
        plan=planned,
    )


def carry_out(held: Journal, topology: machine.Topology, writer: journal.Writer, *, quiet: bool) -> str:
    """Measure what is missing, one line of the journal at a time; what ended it too early in a word, or "".

    An interrupt and a fault (a full disk, an interpreter that is gone) end it alike. Raises them if there is nothing
    to report.
    """
    planned = held.header.plan
    scenario_of = {group.id: group.scenario for group in planned.groups}
    widths = partial(analysis.widths, cpus=len(planned.cpus))
    planning.say_unheard()
    with Progress(planned, plan.seconds(planned)[0], done=_done(held), quiet=quiet) as progress:
        try:
            for record in runner.run(
                planned, topology, widths, _done(held), iterations=analysis.iterations, keep=analysis.timed
            ):
                with interrupts.held():
                    writer.append(record)
                interrupts.check()
                progress.scenario(scenario_of[record.group])
                if isinstance(record, Invocation):
                    progress.invocation(record)
                elif isinstance(record, Profile):
                    progress.profile(record)
                else:
                    progress.stop(record)
            with interrupts.held():
                writer.finish()
        except (KeyboardInterrupt, EngineError, OSError) as error:
            if not result.measured(writer.folder):
                raise
            fault = error
        else:
            return ""
    return _stopped(fault)


def _done(held: Journal) -> Iterator[Invocation | Stop | Profile]:
    """What was measured before; one record at a time, for a journal may be larger than the memory."""
    return chain[Invocation | Stop | Profile](held.invocations, held.stops, held.profiles)


def _stopped(fault: BaseException) -> str:
    """What ended the measurement, in a word; a fault is said in full."""
    if isinstance(fault, KeyboardInterrupt):
        interrupts.caught()
        return "interrupted"
    say(f"fteng: {fault}")
    return "stopped"


def _ended(folder: Path, arguments: argparse.Namespace, ended: str) -> int:
    """Report what there is and do what was asked for after it; the exit code."""
    return compare.after_run(folder, arguments, _told(folder, arguments, ended))


def _told(folder: Path, arguments: argparse.Namespace, ended: str) -> int:
    """Write the reports beside the journal, print the text, and turn what happened into an exit code."""
    kept = journal.read(folder, salvage=arguments.salvage)
    results = analysis.analyse(kept)
    text = report.render("text", results, kept)
    pieces = {
        name: [text] if name == "text" else report.pieces(name, results, kept)
        for name in report.chosen(arguments.formats)
    }
    files = {report.formats()[name]: found for name, found in pieces.items()}
    whole = result.write_all(folder, files)
    if not arguments.quiet:
        put(text, None, colour=True)
    say(f"result: {folder} ({', '.join((journal.FILE, *whole))})")
    if ended or len(whole) < len(files):
        say(result.to_go_on(COMMAND, folder, ended))
        return INTERRUPTED
    if sys.stderr.isatty():  # a person, who may not know what else there is
        again = sys.argv[1:] if arguments.preset == "fast" and not arguments.output else ()
        notice(result.next_steps(folder, whole, fast=again))
    return _verdict(results, strict=arguments.strict)


def _verdict(results: Results, *, strict: bool) -> int:
    if any(one.failed for one in results.scenarios):
        return FAILED
    doubtful = {"refuted", "inconclusive"}
    if strict and any(claim.verdict in doubtful for one in results.scenarios for claim in one.claims):
        return GATE
    return DONE
