"""The commands that are about files of scenarios and kernels: `validate`, `list`, `new`."""

from __future__ import annotations

from engine.cli.arguments.shared import Commands, late, selection


def validate(commands: Commands) -> None:
    """Check scenario files."""
    command = commands.add_parser(
        "validate",
        help="check scenario files",
        description="Print every fault of every file. Runs no kernel's code. Exits with 1 if there are faults.",
    )
    selection(command, filters=False)
    command.add_argument("--format", choices=("text", "json"), default="text", help="json: for editors and CI")
    command.set_defaults(command=late("look", "validate"))


def listing(commands: Commands) -> None:
    """What ships with fteng."""
    command = commands.add_parser("list", help="list kernels or scenarios", description="List what ships with fteng.")
    command.add_argument("what", choices=("kernels", "scenarios"))
    command.set_defaults(command=late("look", "listing"))


def new(commands: Commands) -> None:
    """Start a scenario or a kernel."""
    command = commands.add_parser(
        "new",
        help="start a scenario or a kernel",
        description="Write a commented starting point that validates and runs.",
    )
    command.add_argument("what", choices=("scenario", "kernel"))
    command.add_argument("name", metavar="NAME")
    command.add_argument("--folder", default=".", metavar="DIR", help="where (default: here)")
    command.set_defaults(command=late("look", "new"))
