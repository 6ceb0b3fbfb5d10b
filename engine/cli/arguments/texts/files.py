"""The pages of the commands that are about scenarios and kernels."""

from __future__ import annotations

from engine.cli.arguments.texts.page import Page, codes

PAGES = {
    "fteng validate": Page(
        description="""
        Print every fault of every scenario file at once, each with its line and column and what to do. Reads kernels
        without running them. With --quiet, nothing is printed if there are no faults.
        """,
        examples=(
            ("fteng validate mine.yaml", "one file"),
            ("fteng validate scenarios 'more/*.yaml'", "a folder and a pattern"),
            ("fteng validate mine.yaml --format json", "for editors and CI: a list of objects with file, line, column"),
        ),
        codes=codes(_0="no faults", _1="there are faults", _2="wrong usage, or there is no such file"),
        see=("fteng help new", "docs/scenario.md", "docs/kernel.md"),
    ),
    "fteng list": Page(
        description="List what ships with fteng, each with its title: scenarios to run, or kernels to ask with.",
        examples=(
            ("fteng list scenarios", "names for `fteng run`"),
            ("fteng list kernels", "names for `kernel:` in a scenario"),
        ),
        codes=codes(),
        see=("docs/catalogue.md",),
    ),
    "fteng new": Page(
        description="""
        Write a commented starting point that validates and runs as it is. A name has small letters, digits and _; it
        may have folders (gil/mine). Overwrites nothing.
        """,
        examples=(
            ("fteng new scenario mine", "mine.yaml, here"),
            ("fteng new kernel queue_handover --folder kernels", "a kernel of your own: kernels/queue_handover.py"),
        ),
        codes=codes(),
        files=(("DIR/NAME.yaml, DIR/NAME.py", "the scenario, or the kernel"),),
        see=("fteng help validate", "docs/scenario.md", "docs/kernel.md"),
    ),
}
