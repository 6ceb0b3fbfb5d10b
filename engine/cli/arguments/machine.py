"""The commands that are about this machine: `interpreters`, `doctor`."""

from __future__ import annotations

from engine.cli.arguments.shared import Commands, late


def interpreters(commands: Commands) -> None:
    """List or install interpreters."""
    command = commands.add_parser("interpreters", help="list or install interpreters")
    command.set_defaults(command=late("look", "interpreters"))
    actions = command.add_subparsers(title="actions", metavar="ACTION")
    listing = actions.add_parser("list", help="what was found here (the default)")
    listing.set_defaults(command=late("look", "interpreters"))
    install = actions.add_parser("install", help="install one")
    install.add_argument("spec", metavar="VERSION", help="3.13t, 3.14, 3.14.1, ...: t is the free-threaded build")
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
    command = commands.add_parser("doctor", help="what makes this machine noisy, and what to do")
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help="text (default), or json: for programs"
    )
    command.add_argument("--strict", action="store_true", help="exit with 1 if anything disturbs measurements")
    command.set_defaults(command=late("doctor", "doctor"))
