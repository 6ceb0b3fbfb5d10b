"""The commands that are about files of scenarios and kernels: `validate`, `list`, `new`."""

from __future__ import annotations

from engine.cli.arguments.shared import Commands, late, selection


def validate(commands: Commands) -> None:
    """Check scenario files."""
    command = commands.add_parser("validate", help="check scenario files")
    selection(command, filters=False)
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help="text (default), or json: for editors and CI"
    )
    command.set_defaults(command=late("look", "validate"))


def listing(commands: Commands) -> None:
    """What ships with fteng."""
    command = commands.add_parser("list", help="list kernels or scenarios")
    command.add_argument("what", choices=("kernels", "scenarios"), metavar="WHAT", help="kernels or scenarios")
    command.set_defaults(command=late("look", "listing"))


def new(commands: Commands) -> None:
    """Start a scenario or a kernel."""
    command = commands.add_parser("new", help="start a scenario or a kernel")
    command.add_argument("what", choices=("scenario", "kernel"), metavar="WHAT", help="scenario or kernel")
    command.add_argument("name", metavar="NAME", help="of the file, without its suffix: lock_handover")
    command.add_argument("--folder", default=".", metavar="DIR", help="where it is written (default: here)")
    command.set_defaults(command=late("look", "new"))
