"""Options that several commands have, and how a command names its function."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from engine.cli.arguments.grammar import Grammar, leaves

Commands: TypeAlias = "argparse._SubParsersAction[Grammar]"  # noqa: SLF001 - it has no public name


def late(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    """The function of a command, imported when it is called."""

    def call(arguments: argparse.Namespace) -> int:
        return int(getattr(import_module(f"engine.cli.{module}"), function)(arguments))

    return call


def whole(text: str) -> int:
    """A whole number of at least 0."""
    if not text.isdecimal() or not text.isascii() or len(text) > DIGITS:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 0, found {text!r}")
    return int(text)


def spec(text: str) -> str:
    """An interpreter as it is asked for. The two ways to misspell one that everybody tries are answered here."""
    if "," in text and "/" not in text:
        raise argparse.ArgumentTypeError(f"one at a time; {' '.join(f'--python {one}' for one in text.split(','))}")
    if text.startswith("python3."):
        raise argparse.ArgumentTypeError(f"versions have no name before them; --python {text.removeprefix('python')}")
    return text


DIGITS = 18
"""Digits of the longest whole number that an option takes."""


def quiet(top: Grammar) -> None:
    """`--quiet` for every command that has none of its own: a script may say it to all of them."""
    for command in leaves(top):
        if "--quiet" not in command.options() and not command.summaries():
            command.add_argument("--quiet", "-q", action="store_true", help="print no notices (errors always are)")


def selection(command: argparse.ArgumentParser, *, required: bool = True, filters: bool = True) -> None:
    """Which scenarios; `filters` choose among what is named."""
    command.add_argument(
        "scenarios",
        nargs="+" if required else "*",
        metavar="SCENARIO",
        help="a file, a folder, a pattern ('gil/*.yaml'), or the name of a shipped scenario or of a folder of them",
    )
    if filters:
        command.add_argument("-k", metavar="EXPR", help="only names that match: 'lock', 'gil and not dict'")
        command.add_argument(
            "--tag", action="append", default=[], metavar="TAG", help="only scenarios with this tag; repeatable"
        )


def overrides(command: argparse.ArgumentParser) -> None:
    """What the command line may say instead of a scenario."""
    group = command.add_argument_group("overrides", "instead of what each scenario says (default: what it says)")
    group.add_argument(
        "--python",
        action="append",
        type=spec,
        default=[],
        metavar="SPEC",
        help="interpreters: 3.14t, or a path; repeatable",
    )
    group.add_argument(
        "-p",
        action="append",
        default=[],
        dest="parameters",
        metavar="NAME=VALUES",
        help="values of a parameter of the kernel: padding=0,64; repeatable",
    )
    group.add_argument("--threads", metavar="LIST", help="numbers of threads: 1,2,cpus (also cpus/2, cpus*2)")
    group.add_argument("--affinity", metavar="LIST", help="which CPUs a thread may use: none,compact,spread,cores")
    group.add_argument("--gil", metavar="LIST", help="default,on,off; on: a free-threaded build with its GIL")
    group.add_argument("--switch-interval", metavar="LIST", help="how long a thread keeps the GIL: default,500us,5ms")
    preset = group.add_mutually_exclusive_group()
    preset.add_argument(
        "--fast",
        dest="preset",
        action="store_const",
        const="fast",
        help="wide intervals in seconds: 5 to 8 invocations, precision 5%%, at most 17s for each scenario",
    )
    preset.add_argument(
        "--rigorous",
        dest="preset",
        action="store_const",
        const="rigorous",
        help="narrow ones in minutes: 20 to 100 invocations, precision 1%%, at most 20m for each scenario",
    )
    group.add_argument("--invocations", metavar="N", help="worker processes for each run: 20, or 10..40")
    group.add_argument("--iterations", metavar="N", help="kept in an invocation at each thread count; or auto")
    group.add_argument("--precision", metavar="PERCENT", help="stop at this half-width of the intervals: 2%%")
    group.add_argument("--time-limit", metavar="TIME", help="the longest that each scenario is measured: 90s, 5m")
    group.add_argument(
        "--seed", type=whole, metavar="N", help="of the order of the rounds (default: random, and recorded)"
    )


def profile(command: argparse.ArgumentParser) -> None:
    """What is read beside the clock."""
    command.add_argument(
        "--profile",
        choices=("none", "basic", "detailed"),
        help="what is read beside the clock: nothing; CPU time, context switches and page faults (basic, the default); "
        "or counters, run queue, bytecode and a sampling profile as well, in extra invocations (docs/profiles.md)",
    )


def salvage(command: argparse.ArgumentParser, meaning: str) -> None:
    """`--salvage`, with its meaning for this command."""
    command.add_argument("--salvage", action="store_true", help=meaning)


def manners(command: argparse.ArgumentParser) -> None:
    """What every command that measures can be told."""
    command.add_argument(
        "--no-wait", action="store_true", help="fail at once if another fteng measures on this machine"
    )
    command.add_argument("--quiet", "-q", action="store_true", help="print neither progress nor notices nor the report")


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
