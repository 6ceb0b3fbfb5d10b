"""The grammar of the command line -> argparse; knows the names of the commands and imports none of their rooms."""

from __future__ import annotations

import argparse

from engine import __version__
from engine.cli.arguments import files, machine, measuring, results

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
    measuring.run(commands)
    measuring.plan(commands)
    files.validate(commands)
    results.report(commands)
    results.compare(commands)
    machine.interpreters(commands)
    measuring.selfcheck(commands)
    machine.doctor(commands)
    measuring.calibrate(commands)
    files.listing(commands)
    files.new(commands)
    return top
