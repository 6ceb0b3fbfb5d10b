"""The commands that are about this machine: `interpreters`, `doctor`."""

from __future__ import annotations

import argparse

from engine.cli.arguments.shared import Commands, late

DOCTOR_EXAMPLES = """examples:
  fteng doctor                                  before a measurement that has to be right
  fteng doctor --strict && fteng run mine.yaml  measure only where nothing disturbs
  fteng doctor --format json | jq -r '.findings[] | select(.seriousness == "disturbs") | .remedy'
"""


def interpreters(commands: Commands) -> None:
    """List or install interpreters."""
    command = commands.add_parser(
        "interpreters", help="list or install interpreters", description="List the interpreters found, or install one."
    )
    command.set_defaults(command=late("look", "interpreters"))
    actions = command.add_subparsers(title="actions", metavar="ACTION")
    listing = actions.add_parser("list", help="what was found here (the default)")
    listing.set_defaults(command=late("look", "interpreters"))
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
    install.set_defaults(command=late("look", "install"))


def doctor(commands: Commands) -> None:
    """What makes this machine noisy."""
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
    command.set_defaults(command=late("doctor", "doctor"))
