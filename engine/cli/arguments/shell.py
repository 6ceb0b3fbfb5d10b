"""The commands that are about the command line itself: `help`, `completion`."""

from __future__ import annotations

from engine.cli.arguments.shared import Commands, late

SHELLS = ("bash", "zsh", "fish")


def show_help(commands: Commands) -> None:
    """The page of a command."""
    command = commands.add_parser("help", help="show the page of a command")
    command.add_argument("words", nargs="*", metavar="COMMAND", help="run, or interpreters install (default: fteng)")
    command.set_defaults(command=late("habits", "show_help"))


def completion(commands: Commands) -> None:
    """What a shell needs to complete words."""
    command = commands.add_parser("completion", help="print the completion script of a shell")
    command.add_argument("shell", choices=SHELLS, metavar="SHELL", help="which shell: bash, zsh or fish")
    command.set_defaults(command=late("habits", "completion"))
