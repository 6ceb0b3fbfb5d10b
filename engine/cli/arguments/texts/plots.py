"""The page of the command that draws."""

from __future__ import annotations

from engine.cli.arguments.texts.page import Page, codes

PAGES = {
    "fteng plot": Page(
        description="""
        Draw one kind of figure of a result, from its journal: on white paper, with its fonts inside, for a paper or a
        talk. The same journal gives the same bytes. Nothing is measured, and the result is not changed.

        Of a result of several scenarios FILE is written for each of which there is something to draw, with its name:
        `x.svg` becomes `x-gil-contention.svg`. What is left out of a figure is said at its foot.

        Figures are drawn by matplotlib, which is not installed with fteng unless asked for.
        """,
        examples=(
            ("fteng plot reports/20261122-101500-gil --kind scaling -o scaling.svg", "speedups by threads"),
            (
                "fteng plot reports/20261122-101500-gil --kind forest -o forest.pdf --width 3.4",
                "ratios, for a column of a paper",
            ),
            (
                "fteng plot reports/20261122-101500-gil --kind series --scenario gil/contention -o drift.png --dpi 150",
                "whether the machine changed meanwhile",
            ),
        ),
        codes=codes(_2="wrong usage, no matplotlib, nothing to draw, or a file that cannot be read or written"),
        files=(("FILE", "the whole figure, or what the file was before"),),
        see=("fteng help report", "docs/plots.md"),
    ),
}
