"""The grammar of the command line -> argparse; knows the names of the commands and imports none of their rooms."""

from __future__ import annotations

from engine import __version__
from engine.cli.arguments import exchange, files, machine, measuring, plots, results, shell
from engine.cli.arguments.grammar import Grammar
from engine.cli.arguments.shared import quiet


def parser() -> Grammar:
    """The whole grammar; each command's function is in `command` of what it parses."""
    top = Grammar(prog="fteng")
    top.add_argument("--version", action="version", version=f"fteng {__version__}", help="show the version")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    measuring.run(commands)
    measuring.plan(commands)
    files.validate(commands)
    results.report(commands)
    plots.plot(commands)
    results.compare(commands)
    exchange.export(commands)
    exchange.import_(commands)
    results.publish(commands)
    results.dashboard(commands)
    machine.interpreters(commands)
    measuring.selfcheck(commands)
    machine.doctor(commands)
    measuring.calibrate(commands)
    files.listing(commands)
    files.new(commands)
    shell.show_help(commands)
    shell.completion(commands)
    quiet(top)
    return top
