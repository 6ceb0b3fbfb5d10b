"""The grammar of the command line -> argparse; knows the names of the commands and imports none of their rooms."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from engine import __version__

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name

EXAMPLES = """examples:
  fteng run gil/contention                      one shipped scenario, on every interpreter it asks for that is here
  fteng run scenarios/gil/*.yaml --fast         a folder of them, quickly
  fteng run mine.yaml --python 3.13 --python 3.14t --threads 1,2,4
  fteng validate mine.yaml                      every fault at once, with line and column
  fteng report reports/20261122-101500-gil      the report again, from the journal
  fteng compare BEFORE AFTER --fail-on 'slower>5%'   two results, and exit 1 if a run is proven slower by more than 5 %
  fteng doctor                                  what makes this machine noisy, and what to do about it
  fteng selfcheck                               how small a difference this machine can show
  fteng interpreters install 3.13t              a free-threaded CPython
"""


DOCTOR_EXAMPLES = """examples:
  fteng doctor                                  before a measurement that has to be right
  fteng doctor --strict && fteng run mine.yaml  measure only where nothing disturbs
  fteng doctor --format json | jq -r '.findings[] | select(.seriousness == "disturbs") | .remedy'
"""


def parser() -> argparse.ArgumentParser:
    """The whole grammar; each command's function is in `command` of what it parses."""
    top = argparse.ArgumentParser(
        prog="fteng",
        description="The free-threading engine: declarative benchmarks of Python without the GIL (PEP 703).",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"fteng {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _run(commands)
    _plan(commands)
    _validate(commands)
    _report(commands)
    _compare(commands)
    _interpreters(commands)
    _selfcheck(commands)
    _doctor(commands)
    _calibrate(commands)
    _list(commands)
    _new(commands)
    return top


def _late(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    """The function of a command, imported when it is called."""

    def call(arguments: argparse.Namespace) -> int:
        return int(getattr(import_module(f"engine.cli.{module}"), function)(arguments))

    return call


def _run(commands: Commands) -> None:
    command = commands.add_parser(
        "run", help="measure scenarios and report", description="Measure scenarios and report."
    )
    _selection(command, required=False)
    _overrides(command)
    command.add_argument("--output", "-o", metavar="DIR", help="the new result folder (default: reports/<time>-<name>)")
    command.add_argument("--resume", metavar="DIR", help="go on with an interrupted result: measure what is missing")
    _salvage(command, "with --resume: leave out damaged lines of the journal, and measure again what they held")
    command.add_argument("--dry-run", action="store_true", help="print the plan and measure nothing")
    command.add_argument("--strict", action="store_true", help="exit with 1 if a claim is refuted or inconclusive")
    _manners(command)
    _gates(command, baseline="compare the result with this saved baseline, after the report")
    command.set_defaults(command=_late("measure", "run"))


def _salvage(command: argparse.ArgumentParser, meaning: str) -> None:
    command.add_argument("--salvage", action="store_true", help=meaning)


def _manners(command: argparse.ArgumentParser) -> None:
    """What every command that measures can be told."""
    command.add_argument(
        "--no-wait", action="store_true", help="fail at once if another fteng measures on this machine"
    )
    command.add_argument("--quiet", "-q", action="store_true", help="print neither progress nor the report")


def _plan(commands: Commands) -> None:
    command = commands.add_parser(
        "plan", help="print what would be run", description="Print what would be run, and why not."
    )
    _selection(command)
    _overrides(command)
    command.add_argument("--all", action="store_true", help="every run, where a plan of thousands would be summed up")
    command.set_defaults(command=_late("planning", "show_plan"))


def _validate(commands: Commands) -> None:
    command = commands.add_parser(
        "validate",
        help="check scenario files",
        description="Print every fault of every file. Runs no kernel's code. Exits with 1 if there are faults.",
    )
    _selection(command, filters=False)
    command.add_argument("--format", choices=("text", "json"), default="text", help="json: for editors and CI")
    command.set_defaults(command=_late("look", "validate"))


def _report(commands: Commands) -> None:
    command = commands.add_parser(
        "report", help="make a report again", description="Make a report again from a journal."
    )
    command.add_argument("result", metavar="DIR", help="a result folder, or its journal")
    formats = "text (default), csv, iterations; scorecard, scaling, variance, warmup (all CSV)"
    command.add_argument("--format", default="text", metavar="NAME", help=formats)
    _salvage(command, "leave out damaged lines of the journal, and say which")
    command.add_argument("--output", "-o", metavar="FILE", help="write it there instead of printing it")
    command.set_defaults(command=_late("look", "report"))


def _compare(commands: Commands) -> None:
    command = commands.add_parser(
        "compare",
        help="compare two results",
        description="Compare what two results both measured: ratios with intervals, corrected verdicts, gates.",
    )
    command.add_argument(
        "results",
        nargs="+",
        metavar="RESULT",
        help="the earlier and the later result (folders or journals); with --baseline only the later",
    )
    _salvage(command, "leave out damaged lines of the journals, and say which")
    command.add_argument("--changed", action="store_true", help="show only the runs that are faster or slower")
    command.add_argument(
        "--format", choices=("text", "csv", "markdown", "json"), default="text", help="markdown: for a pull request"
    )
    command.add_argument("--output", "-o", metavar="FILE", help="write it there instead of printing it")
    _gates(command, baseline="the saved baseline is the earlier result")
    command.set_defaults(command=_late("compare", "compare"))


def _interpreters(commands: Commands) -> None:
    command = commands.add_parser(
        "interpreters", help="list or install interpreters", description="List the interpreters found, or install one."
    )
    command.set_defaults(command=_late("look", "interpreters"))
    actions = command.add_subparsers(title="actions", metavar="ACTION")
    listing = actions.add_parser("list", help="what was found here (the default)")
    listing.set_defaults(command=_late("look", "interpreters"))
    install = actions.add_parser(
        "install",
        help="install one",
        description="Install a CPython: with uv, or built from Debian's source package, or from --source.",
    )
    install.add_argument("spec", metavar="VERSION", help="3.13t, 3.14, ...")
    install.add_argument(
        "--source", metavar="PATH", help="a source tarball or tree of CPython; no other way is tried then"
    )
    install.add_argument("--optimized", action="store_true", help="build with PGO and LTO (much slower to build)")
    install.add_argument(
        "--needed", action="store_true", help="do nothing if a free-threaded interpreter is here already"
    )
    install.set_defaults(command=_late("look", "install"))


def _selfcheck(commands: Commands) -> None:
    command = commands.add_parser(
        "selfcheck",
        help="how small a difference this machine can show",
        description="Measure each interpreter beside itself, its clock and the harness. Says how small a difference "
        "this machine can show, and whether identical code comes out different. Scenarios that are named take the "
        "place of the usual work; their claims are not judged.",
    )
    _selection(command, required=False, filters=False)
    _overrides(command)
    command.add_argument("--output", "-o", metavar="DIR", help="the new result folder (default: reports/<time>-...)")
    command.add_argument(
        "--resume", metavar="DIR", help="go on with an interrupted check, or show a finished one again"
    )
    command.add_argument("--format", choices=("text", "json"), default="text", help="json: for machines")
    _manners(command)
    command.set_defaults(command=_late("selfcheck", "run"))


def _doctor(commands: Commands) -> None:
    command = commands.add_parser(
        "doctor",
        help="what makes this machine noisy, and what to do",
        description="Say what on this machine disturbs measurements, what it does to which numbers, and the command\n"
        "that would change it.\nLooks at the machine for a second and changes nothing (docs/machine.md).",
        epilog=DOCTOR_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--format", choices=("text", "json"), default="text", help="json: for machines")
    command.add_argument("--strict", action="store_true", help="exit with 1 if anything disturbs measurements")
    command.set_defaults(command=_late("doctor", "doctor"))


def _calibrate(commands: Commands) -> None:
    command = commands.add_parser(
        "calibrate",
        help="test the statistics where the truth is known",
        description="Simulate measurements whose truth is known; print how often each interval and verdict is right. "
        "Measures nothing. The same samples and seed print the same tables.",
    )
    command.add_argument(
        "--experiment",
        action="append",
        choices=("intervals", "stopping", "location", "ratios", "family", "drift"),
        metavar="NAME",
        help="intervals, stopping, location, ratios, family or drift; repeatable (default: all of them)",
    )
    command.add_argument(
        "--samples", type=int, default=1000, metavar="N", help="for each case (default: 1000, about two minutes in all)"
    )
    command.add_argument("--seed", type=int, default=1, metavar="N", help="of the noise (default: 1)")
    command.set_defaults(command=_late("calibrate", "calibrate"))


def _list(commands: Commands) -> None:
    command = commands.add_parser("list", help="list kernels or scenarios", description="List what ships with fteng.")
    command.add_argument("what", choices=("kernels", "scenarios"))
    command.set_defaults(command=_late("look", "listing"))


def _new(commands: Commands) -> None:
    command = commands.add_parser(
        "new",
        help="start a scenario or a kernel",
        description="Write a commented starting point that validates and runs.",
    )
    command.add_argument("what", choices=("scenario", "kernel"))
    command.add_argument("name", metavar="NAME")
    command.add_argument("--folder", default=".", metavar="DIR", help="where (default: here)")
    command.set_defaults(command=_late("look", "new"))


def _gates(command: argparse.ArgumentParser, *, baseline: str) -> None:
    group = command.add_argument_group("baselines and gates", "see docs/compare.md")
    group.add_argument("--baseline", metavar="NAME", help=baseline)
    group.add_argument("--save-baseline", metavar="NAME", help="keep the (later) result under this name")
    group.add_argument(
        "--fail-on",
        action="append",
        default=[],
        metavar="GATE",
        help="exit with 1 if a run is proven to be so: 'slower>5%%', faster, 'changed>2.5%%', inconclusive; repeatable",
    )
    group.add_argument(
        "--fail-on-inconclusive",
        action="store_true",
        help="exit with 1 also if a run may lie beyond the gate or not; without a gate: if any verdict is inconclusive",
    )


def _selection(command: argparse.ArgumentParser, *, required: bool = True, filters: bool = True) -> None:
    command.add_argument(
        "scenarios",
        nargs="+" if required else "*",
        metavar="SCENARIO",
        help="a file, a folder, a glob, or the name of a shipped scenario (gil/contention)",
    )
    if filters:
        command.add_argument("-k", metavar="EXPR", help='only names that match: "lock", "gil and not dict"')
        command.add_argument("--tag", action="append", default=[], metavar="TAG", help="only scenarios with this tag")


def _overrides(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("overrides", "what the command line says instead of the scenario")
    group.add_argument("--python", action="append", default=[], metavar="SPEC", help="3.14t, or a path; repeatable")
    group.add_argument("-p", action="append", default=[], dest="parameters", metavar="NAME=VALUES", help="padding=0,64")
    group.add_argument("--threads", metavar="LIST", help="1,2,cpus")
    group.add_argument("--affinity", metavar="LIST", help="none,compact,spread,cores")
    group.add_argument("--gil", metavar="LIST", help="default,on,off")
    group.add_argument("--switch-interval", metavar="LIST", help="how long a thread keeps the GIL: default,500us,5ms")
    preset = group.add_mutually_exclusive_group()
    preset.add_argument("--fast", dest="preset", action="store_const", const="fast", help="fewer invocations, wider")
    preset.add_argument("--rigorous", dest="preset", action="store_const", const="rigorous", help="more, narrower")
    group.add_argument("--invocations", metavar="N", help="worker processes for each run: 20, or 10..40")
    group.add_argument("--iterations", metavar="N", help="kept in an invocation at each thread count, or auto")
    group.add_argument("--precision", metavar="PERCENT", help="stop at this half-width of the intervals: 2%%")
    group.add_argument("--time-limit", metavar="TIME", help="of each scenario: 90s, 5m")
    group.add_argument("--seed", type=int, metavar="N", help="of the order of the rounds (default: random, recorded)")
