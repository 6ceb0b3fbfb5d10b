"""The command that draws: `plot`."""

from __future__ import annotations

from engine.cli.arguments.shared import Commands, late, salvage

KINDS = ("scaling", "forest", "series", "heatmap", "warmup")
"""As `engine.figure.KINDS`, which a start does not import."""


def plot(commands: Commands) -> None:
    """A figure of a result, as a file."""
    command = commands.add_parser("plot", help="draw a figure of a result, as a file for a paper")
    command.add_argument("result", metavar="DIR", help="a result folder of `fteng run`, or its journal.jsonl")
    command.add_argument(
        "--kind",
        choices=KINDS,
        required=True,
        help="scaling: speedup by threads; forest: ratios with intervals; series: invocations in the order of time; "
        "heatmap: two axes; warmup: iterations by their place",
    )
    command.add_argument(
        "--output",
        "-o",
        metavar="FILE",
        required=True,
        help="where to; its suffix says the format: .svg, .pdf or .png",
    )
    command.add_argument("--scenario", metavar="NAME", help="of a result of several; without, each has a file")
    command.add_argument("--width", type=float, metavar="INCHES", help="at least 3 (default: 7.5)")
    command.add_argument("--height", type=float, metavar="INCHES", help="default: what its rows need")
    command.add_argument(
        "--dpi", type=float, default=300.0, metavar="N", help="pixels of an inch of a .png (default: 300)"
    )
    salvage(command, "leave out damaged lines of the journal, and say which")
    command.set_defaults(command=late("plot", "plot"))
