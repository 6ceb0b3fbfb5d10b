"""Options that several commands have, and how a command names its function."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def late(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    """The function of a command, imported when it is called."""

    def call(arguments: argparse.Namespace) -> int:
        return int(getattr(import_module(f"engine.cli.{module}"), function)(arguments))

    return call


def selection(command: argparse.ArgumentParser, *, required: bool = True, filters: bool = True) -> None:
    """Which scenarios; `filters` choose among what is named."""
    command.add_argument(
        "scenarios",
        nargs="+" if required else "*",
        metavar="SCENARIO",
        help="a file, a folder, a glob, or the name of a shipped scenario (gil/contention)",
    )
    if filters:
        command.add_argument("-k", metavar="EXPR", help='only names that match: "lock", "gil and not dict"')
        command.add_argument("--tag", action="append", default=[], metavar="TAG", help="only scenarios with this tag")


def overrides(command: argparse.ArgumentParser) -> None:
    """What the command line may say instead of a scenario."""
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


def salvage(command: argparse.ArgumentParser, meaning: str) -> None:
    """`--salvage`, with its meaning for this command."""
    command.add_argument("--salvage", action="store_true", help=meaning)


def manners(command: argparse.ArgumentParser) -> None:
    """What every command that measures can be told."""
    command.add_argument(
        "--no-wait", action="store_true", help="fail at once if another fteng measures on this machine"
    )
    command.add_argument("--quiet", "-q", action="store_true", help="print neither progress nor the report")


def gates(command: argparse.ArgumentParser, *, baseline: str) -> None:
    """Baselines and gates; `baseline` is what `--baseline` means to this command."""
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
