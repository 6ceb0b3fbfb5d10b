"""`fteng run` and `fteng plan`: from the words of the command line to a plan, a journal and a report."""

from __future__ import annotations

import argparse
import random
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from engine import __version__, analysis, host, interpreter, journal, kernel, override, plan, report, resources, runner
from engine import scenario as scenarios
from engine import topology as machine
from engine.cli import DONE, FAILED, GATE, INTERRUPTED, compare, resume, say
from engine.errors import EngineError, JournalError
from engine.model import Header, Interpreter, Invocation, Journal, Missing, Plan, Results, Scenario, Stop
from engine.progress import Progress
from engine.report.plan import plan_text
from engine.report.tables import skip_line

CONTROL = "real_cpus"
"""The kernel that shows whether there really are several CPUs: a hash that releases the GIL."""


def run(arguments: argparse.Namespace) -> int:
    """`fteng run`: measure, keep, report."""
    compare.check(arguments)
    topology = machine.read()
    planned = None if arguments.resume else _planned(arguments, topology)
    if planned and arguments.dry_run:
        _print_plan(planned)
        return DONE
    if planned:
        _say_missing(planned)
        if not planned.groups:
            raise EngineError(_nothing_to_run(planned))
    with host.measuring(wait=not arguments.no_wait, say=say):
        held, writer = _begun(planned, topology, arguments) if planned else resume.reopen(Path(arguments.resume))
        with writer:
            interrupted = carry_out(held, topology, writer, quiet=arguments.quiet)
    return compare.after_run(writer.folder, arguments, _told(writer.folder, arguments, interrupted=interrupted))


def show_plan(arguments: argparse.Namespace) -> int:
    """`fteng plan`: what `run` would do."""
    _print_plan(_planned(arguments, machine.read()))
    return DONE


def _planned(arguments: argparse.Namespace, topology: machine.Topology) -> Plan:
    """The plan for what the command line selects, on this machine."""
    if not arguments.scenarios:
        raise EngineError("name a scenario to run, for example `fteng run gil/contention`, or --resume DIR")
    chosen = _filtered(scenarios.load_all(scenarios.find(arguments.scenarios)), arguments)
    chosen = tuple(overridden(one, arguments) for one in chosen)
    specs = tuple(dict.fromkeys(spec for one in chosen for spec in one.interpreters))
    found, missing = interpreter.find(specs)
    known: dict[str, Interpreter | Missing] = {here.spec: here for here in found}
    known |= {absent.spec: absent for absent in missing}
    return plan_for(chosen, {spec: known[spec] for spec in specs}, topology, arguments.seed)


def plan_for(
    chosen: Sequence[Scenario],
    interpreters: Mapping[str, Interpreter | Missing],
    topology: machine.Topology,
    seed: int | None,
) -> Plan:
    """The plan with its control; where no seed is asked for, with a random one, which the plan keeps."""
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    return plan.make(chosen, interpreters, topology.ids, seed, kernel.load(resources.kernels() / f"{CONTROL}.py"))


def _filtered(loaded: Sequence[Scenario], arguments: argparse.Namespace) -> tuple[Scenario, ...]:
    """The scenarios that -k and --tag leave."""
    kept = tuple(
        one
        for one in loaded
        if (not arguments.k or _named(one.name, arguments.k)) and set(arguments.tag) <= set(one.tags)
    )
    if not kept:
        tags = ", ".join(sorted({tag for one in loaded for tag in one.tags})) or "none"
        names = ", ".join(one.name for one in loaded)
        raise EngineError(f"-k and --tag leave no scenario of {names} (their tags: {tags})")
    return kept


def _named(name: str, expression: str) -> bool:
    """Whether a name matches `a and not b or c`, where a word matches the names that contain it."""

    def word(text: str) -> bool:
        wanted = text.strip()
        return not word(wanted[4:]) if wanted.startswith("not ") else wanted in name

    return any(all(word(part) for part in either.split(" and ")) for either in expression.split(" or "))


def overridden(one: Scenario, arguments: argparse.Namespace) -> Scenario:
    """The scenario with what the command line says instead."""
    pairs = []
    for text in arguments.parameters:
        name, equals, values = text.partition("=")
        if not equals:
            raise EngineError(f"-p {text}: expected NAME=VALUES, for example -p padding=0,64")
        pairs.append((name.strip(), values))
    return override.override(
        one,
        interpreters=tuple(arguments.python),
        parameters=tuple(pairs),
        threads=arguments.threads,
        affinity=arguments.affinity,
        gil=arguments.gil,
        switch_interval=arguments.switch_interval,
        preset=arguments.preset,
        invocations=arguments.invocations,
        iterations=arguments.iterations,
        precision=arguments.precision,
        time_limit=arguments.time_limit,
    )


def _print_plan(planned: Plan) -> None:
    first = [
        group.id for one in planned.scenarios for group in plan.order(planned.seed, plan.groups_of(planned, one), 1)
    ]
    print(plan_text(planned, first, *plan.seconds(planned)))


def _say_missing(planned: Plan) -> None:
    for one in planned.missing:
        say(f"missing: {one.spec} ({one.reason}); to have it measured: {one.hint}")


def _nothing_to_run(planned: Plan) -> str:
    reasons = "\n".join(f"  {skip_line(one)}" for one in planned.skips)
    return f"nothing to run:\n{reasons}"


def _begun(planned: Plan, topology: machine.Topology, arguments: argparse.Namespace) -> tuple[Journal, journal.Writer]:
    """A new result folder with a journal that holds nothing yet but its header."""
    header = header_of(planned, topology, interpreter.build_warnings(planned.interpreters))
    return Journal(header=header), journal.create(folder_for(arguments.output, _name(planned.scenarios)), header)


def header_of(planned: Plan, topology: machine.Topology, warnings: Sequence[str]) -> Header:
    """The first line of a new journal, with `warnings` beside those of the host."""
    described = host.describe(topology)
    return Header(
        format=journal.FORMAT,
        version=__version__,
        started=_now().isoformat(timespec="seconds"),
        command=shlex.join(["fteng", *sys.argv[1:]]),
        host=replace(described, warnings=(*described.warnings, *warnings)),
        plan=planned,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def folder_for(asked: str | None, name: str) -> Path:
    """The folder for a new result: the one asked for, or one of this name that no other has."""
    if asked:
        return Path(asked)
    stem = f"{_now().astimezone():%Y%m%d-%H%M%S}-{name.replace('/', '-')}"
    tries = (Path("reports", stem + suffix) for suffix in ("", *(f"-{number}" for number in range(2, 100))))
    return next(path for path in tries if not path.exists())


def _name(chosen: Sequence[Scenario]) -> str:
    """One scenario's own name, or the folder that all have in common."""
    names = {one.name for one in chosen}
    return names.pop() if len(names) == 1 else (_shared_folder(names) or "scenarios")


def _shared_folder(names: set[str]) -> str:
    folders = {name.rpartition("/")[0] for name in names}
    return folders.pop() if len(folders) == 1 else ""


def carry_out(held: Journal, topology: machine.Topology, writer: journal.Writer, *, quiet: bool) -> bool:
    """Measure what is missing, one line of the journal at a time; True if the user interrupted it."""
    planned = held.header.plan
    done: tuple[Invocation | Stop, ...] = (*held.invocations, *held.stops)
    scenario_of = {group.id: group.scenario for group in planned.groups}
    widths = partial(analysis.widths, cpus=len(planned.cpus))
    with _ends_well(), Progress(planned, plan.seconds(planned)[0], done=done, quiet=quiet) as progress:
        try:
            for record in runner.run(planned, topology, widths, done, iterations=analysis.iterations):
                writer.append(record)
                progress.scenario(scenario_of[record.group])
                if isinstance(record, Invocation):
                    progress.invocation(record)
                else:
                    progress.stop(record)
        except KeyboardInterrupt:
            return True
    if not held.finished:
        writer.finish()
    return False


@contextmanager
def _ends_well() -> Iterator[None]:
    """SIGTERM and a closed terminal are interrupts like Ctrl-C: no worker is left behind, and there is a report."""
    ends = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(end, signal.default_int_handler) for end in ends]
    try:
        yield
    finally:
        for end, handler in zip(ends, before, strict=True):
            signal.signal(end, handler)


def _told(folder: Path, arguments: argparse.Namespace, *, interrupted: bool) -> int:
    """Write every default report beside the journal, print the text, and turn what happened into an exit code."""
    kept = journal.read(folder)
    results = analysis.analyse(kept)
    for name in report.defaults():
        text = report.render(name, results, kept)
        write(folder / report.formats()[name], text)
        if name == "text" and not arguments.quiet:
            print(text)
    say(f"result: {folder} ({', '.join((journal.FILE, *(report.formats()[name] for name in report.defaults())))})")
    if interrupted:
        say(f"interrupted; to go on: fteng run --resume {shlex.quote(str(folder))}")
        return INTERRUPTED
    return _verdict(results, strict=arguments.strict)


def write(path: Path, text: str) -> None:
    """Write a report beside its journal. Raises JournalError where the disk refuses."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise JournalError(f"{path}: cannot be written: {error.strerror}; the journal is kept") from error


def _verdict(results: Results, *, strict: bool) -> int:
    if any(one.failed for one in results.scenarios):
        return FAILED
    doubtful = {"refuted", "inconclusive"}
    if strict and any(claim.verdict in doubtful for one in results.scenarios for claim in one.claims):
        return GATE
    return DONE
