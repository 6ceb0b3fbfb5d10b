"""The commands that measure, plan or simulate: `run`, `plan`, `selfcheck`, `calibrate`."""

from __future__ import annotations

from engine.cli.arguments.shared import Commands, gates, late, manners, overrides, salvage, selection


def run(commands: Commands) -> None:
    """Measure scenarios and report."""
    command = commands.add_parser(
        "run", help="measure scenarios and report", description="Measure scenarios and report."
    )
    selection(command, required=False)
    overrides(command)
    command.add_argument("--output", "-o", metavar="DIR", help="the new result folder (default: reports/<time>-<name>)")
    command.add_argument("--resume", metavar="DIR", help="go on with an interrupted result: measure what is missing")
    salvage(command, "with --resume: leave out damaged lines of the journal, and measure again what they held")
    command.add_argument("--dry-run", action="store_true", help="print the plan and measure nothing")
    command.add_argument("--strict", action="store_true", help="exit with 1 if a claim is refuted or inconclusive")
    manners(command)
    gates(command, baseline="compare the result with this saved baseline, after the report")
    command.set_defaults(command=late("measure", "run"))


def plan(commands: Commands) -> None:
    """What would be run."""
    command = commands.add_parser(
        "plan", help="print what would be run", description="Print what would be run, and why not."
    )
    selection(command)
    overrides(command)
    command.add_argument("--all", action="store_true", help="every run, where a plan of thousands would be summed up")
    command.set_defaults(command=late("planning", "show_plan"))


def selfcheck(commands: Commands) -> None:
    """What this machine can show."""
    command = commands.add_parser(
        "selfcheck",
        help="how small a difference this machine can show",
        description="Measure each interpreter beside itself, its clock and the harness. Says how small a difference "
        "this machine can show, and whether identical code comes out different. Scenarios that are named take the "
        "place of the usual work; their claims are not judged.",
    )
    selection(command, required=False, filters=False)
    overrides(command)
    command.add_argument("--output", "-o", metavar="DIR", help="the new result folder (default: reports/<time>-...)")
    command.add_argument(
        "--resume", metavar="DIR", help="go on with an interrupted check, or show a finished one again"
    )
    command.add_argument("--format", choices=("text", "json"), default="text", help="json: for machines")
    manners(command)
    command.set_defaults(command=late("selfcheck", "run"))


def calibrate(commands: Commands) -> None:
    """The statistics where the truth is known."""
    command = commands.add_parser(
        "calibrate",
        help="test the statistics where the truth is known",
        description="Simulate measurements whose truth is known; print how often each interval and verdict is right. "
        "Measures nothing. The same samples and seed print the same tables.",
    )
    command.add_argument(
        "--experiment",
        action="append",
        choices=("intervals", "stopping", "location", "ratios", "family", "drift"),
        metavar="NAME",
        help="intervals, stopping, location, ratios, family or drift; repeatable (default: all of them)",
    )
    command.add_argument(
        "--samples", type=int, default=1000, metavar="N", help="for each case (default: 1000, about two minutes in all)"
    )
    command.add_argument("--seed", type=int, default=1, metavar="N", help="of the noise (default: 1)")
    command.set_defaults(command=late("calibrate", "calibrate"))
