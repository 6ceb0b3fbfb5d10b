"""The commands that exchange results with other tools: `export`, `import`."""

from __future__ import annotations

from engine.cli.arguments.shared import Commands, late, salvage


def export(commands: Commands) -> None:
    """A result for another tool."""
    command = commands.add_parser("export", help="make files of a result for another tool")
    command.add_argument("result", metavar="DIR", help="a result folder of `fteng run`, or its journal.jsonl")
    command.add_argument(
        "--to",
        required=True,
        metavar="TOOL",
        help="one of {targets}",
    )
    command.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="SPEC",
        help="only this interpreter, as the result calls it; repeatable",
    )
    command.add_argument(
        "--equalize",
        action="store_true",
        help="pyperf: as many values of a benchmark in each file, the first of each; compare_to tests no others",
    )
    command.add_argument(
        "--per-invocation",
        action="store_true",
        help="pyperf: one value for each invocation, its location, instead of all iterations",
    )
    salvage(command, "leave out damaged lines of the journal, and say which")
    command.add_argument(
        "--output", "-o", metavar="PATH", help="a file, or a folder for several (default: print the one there is)"
    )
    command.set_defaults(command=late("exchange", "export"))


def import_(commands: Commands) -> None:
    """A result of another tool."""
    command = commands.add_parser("import", help="make a result of a file of pyperf")
    command.add_argument("file", metavar="FILE", help="a JSON file of pyperf, plain or packed (.gz)")
    command.add_argument(
        "--as",
        dest="name",
        metavar="NAME",
        help="what its interpreter is called: runs are matched by that (default: as the file says, or python)",
    )
    command.add_argument("--output", "-o", metavar="DIR", help="the new result folder (default: reports/<time>-...)")
    command.set_defaults(command=late("exchange", "import_"))
