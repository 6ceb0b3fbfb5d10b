"""The commands that read results: `report`, `compare`, `publish`, `dashboard`."""

from __future__ import annotations

from engine.cli.arguments.shared import Commands, gates, late, salvage


def report(commands: Commands) -> None:
    """A report again, from its journal."""
    command = commands.add_parser("report", help="make a report again")
    command.add_argument("result", metavar="DIR", help="a result folder of `fteng run`, or its journal.jsonl")
    command.add_argument("--format", default="text", metavar="NAME", help="one of {formats} (default: text)")
    salvage(command, "leave out damaged lines of the journal, and say which")
    command.add_argument("--output", "-o", metavar="FILE", help="write it there instead of printing it")
    command.set_defaults(command=late("look", "report"))


def compare(commands: Commands) -> None:
    """Two results side by side."""
    command = commands.add_parser("compare", help="compare two results")
    command.add_argument(
        "results",
        nargs="+",
        metavar="RESULT",
        help="the earlier and the later result (folders or journals); with --baseline only the later",
    )
    salvage(command, "leave out damaged lines of the journals, and say which")
    command.add_argument("--changed", action="store_true", help="show only the runs that are faster or slower")
    command.add_argument(
        "--format",
        choices=("text", "csv", "markdown", "json"),
        default="text",
        help="text (default), csv, json, or markdown: for a pull request",
    )
    command.add_argument("--output", "-o", metavar="FILE", help="write it there instead of printing it")
    gates(command, baseline="the saved baseline is the earlier result")
    command.set_defaults(command=late("compare", "compare"))


def publish(commands: Commands) -> None:
    """A result for others to read."""
    command = commands.add_parser("publish", help="make a copy of a result for others to read")
    command.add_argument("result", metavar="DIR", help="a result folder of `fteng run`, or its journal.jsonl")
    command.add_argument("--output", "-o", metavar="DIR", required=True, help="the new folder")
    command.add_argument("--partial", action="store_true", help="also a result that was not measured to its end")
    command.set_defaults(command=late("publish", "publish"))


def dashboard(commands: Commands) -> None:
    """A site over many results."""
    command = commands.add_parser("dashboard", help="make a site of static pages over many results")
    command.add_argument(
        "folders", nargs="+", metavar="FOLDER", help="a folder in which, or below which, results of `fteng run` lie"
    )
    command.add_argument(
        "--output", "-o", metavar="DIR", required=True, help="a new folder, or that of an earlier dashboard"
    )
    command.add_argument("--again", action="store_true", help="make every page again, also those that are up to date")
    command.set_defaults(command=late("dashboard", "dashboard"))
