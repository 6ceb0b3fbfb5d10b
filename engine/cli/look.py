"""The commands that measure nothing: `validate`, `report`, `interpreters`, `list`, `new`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from engine.cli import DONE, GATE, notice, put


def validate(arguments: argparse.Namespace) -> int:
    """`fteng validate`: every fault of every file at once."""
    from engine import scenario, units

    paths = scenario.find(arguments.scenarios)
    problems = scenario.check(paths)
    if arguments.format == "json":
        print(json.dumps([asdict(problem) for problem in problems], indent=2))
    else:
        for problem in problems:
            print(problem)
        faulty, files = len({problem.file for problem in problems}), units.count(len(paths), "file")
        if not arguments.quiet:
            print(f"{files} checked: {units.count(faulty, 'file')} with faults" if faulty else f"{files} valid")
    return GATE if problems else DONE


def report(arguments: argparse.Namespace) -> int:
    """`fteng report`: any format again, from the journal."""
    from engine import report as formats
    from engine.cli import result

    judged, results = formats.needs_results(arguments.format), None
    kept, made_from = result.opened(arguments)
    if judged:
        from engine import analysis

        results = analysis.analyse(kept)
    put(formats.pieces(arguments.format, results, kept), arguments.output, made_from, colour=arguments.format == "text")
    return DONE


def interpreters(_: argparse.Namespace) -> int:
    """`fteng interpreters`: what was found here, how it was built, and what that does to a comparison."""
    from engine import interpreter
    from engine.report.tables import interpreters_text

    found = interpreter.every()
    print(interpreters_text(found, (), interpreter.build_warnings(found)))
    if not any(one.free_threaded for one in found):
        print("no free-threaded interpreter here; to have one: fteng interpreters install 3.13t")
    return DONE


def install(arguments: argparse.Namespace) -> int:
    """`fteng interpreters install`: uv, then Debian's source package, or a given source."""
    from engine import interpreter

    if arguments.needed:
        here = [one for one in interpreter.every() if one.free_threaded]
        if here:
            notice(f"a free-threaded interpreter is here already: {here[0].spec} ({here[0].version})")
            return DONE
    made = interpreter.install(
        arguments.spec,
        source=arguments.source,
        optimized=arguments.optimized,
        say=notice,
    )
    print(f"{made.spec}: CPython {made.version} at {made.executable}")
    return DONE


def listing(arguments: argparse.Namespace) -> int:
    """`fteng list`: the shipped kernels or scenarios with their titles."""
    from engine import kernel, resources, scenario
    from engine.report.tables import listing_text

    if arguments.what == "kernels":
        rows = [(one.name, one.title) for one in map(kernel.load, kernel.shipped())]
    else:
        rows = [(one.name, one.title) for one in scenario.load_all(scenario.find([str(resources.scenarios())]))]
    print(listing_text(rows))
    return DONE


def new(arguments: argparse.Namespace) -> int:
    """`fteng new`: a commented starting point."""
    from engine import scaffold

    make = scaffold.new_scenario if arguments.what == "scenario" else scaffold.new_kernel
    path = make(arguments.name, Path(arguments.folder))
    print(f"written: {path}")
    return DONE
