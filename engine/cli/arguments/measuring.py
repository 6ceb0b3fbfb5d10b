"""The commands that measure, plan or simulate: `run`, `plan`, `selfcheck`, `calibrate`."""

from __future__ import annotations

from engine.cli.arguments.shared import Commands, gates, late, manners, overrides, profile, salvage, selection, whole


def run(commands: Commands) -> None:
    """Measure scenarios and report."""
    command = commands.add_parser("run", help="measure scenarios and report")
    selection(command, required=False)
    overrides(command)
    profile(command)
    command.add_argument("--output", "-o", metavar="DIR", help="the new result folder (default: reports/TIME-NAME)")
    command.add_argument("--resume", metavar="DIR", help="go on with an interrupted result: measure what is missing")
    salvage(command, "with --resume: leave out damaged lines of the journal, and measure again what they held")
    command.add_argument("--dry-run", action="store_true", help="print the plan and measure nothing")
    command.add_argument("--strict", action="store_true", help="exit with 1 if a claim is refuted or inconclusive")
    command.add_argument(
        "--formats", metavar="LIST", help="the report files to write: text,csv (default: text,csv,html,iterations)"
    )
    manners(command)
    gates(command, baseline="compare the result with this saved baseline, after the report")
    command.set_defaults(command=late("measure", "run"))


def plan(commands: Commands) -> None:
    """What would be run."""
    command = commands.add_parser("plan", help="print what would be run")
    selection(command)
    overrides(command)
    profile(command)
    command.add_argument("--all", action="store_true", help="every run, where a plan of thousands would be summed up")
    command.set_defaults(command=late("planning", "show_plan"))


def selfcheck(commands: Commands) -> None:
    """What this machine can show."""
    command = commands.add_parser("selfcheck", help="how small a difference this machine can show")
    selection(command, required=False, filters=False)
    overrides(command)
    command.add_argument(
        "--output", "-o", metavar="DIR", help="the new result folder (default: reports/TIME-selfcheck)"
    )
    command.add_argument(
        "--resume", metavar="DIR", help="go on with an interrupted check, or show a finished one again"
    )
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help="text (default), or json: for programs"
    )
    manners(command)
    command.set_defaults(command=late("selfcheck", "run"))


def calibrate(commands: Commands) -> None:
    """The statistics where the truth is known."""
    command = commands.add_parser("calibrate", help="test the statistics where the truth is known")
    command.add_argument(
        "--experiment",
        action="append",
        choices=("intervals", "stopping", "location", "ratios", "family", "drift", "steps"),
        metavar="NAME",
        help="intervals, stopping, location, ratios, family, drift or steps; repeatable (default: all of them)",
    )
    command.add_argument(
        "--samples",
        type=whole,
        default=1000,
        metavar="N",
        help="simulated measurements of each case (default: 1000, about three minutes in all)",
    )
    command.add_argument("--seed", type=whole, default=1, metavar="N", help="of the noise (default: 1)")
    command.set_defaults(command=late("calibrate", "calibrate"))
