"""The pages of the commands that exchange results with other tools."""

from __future__ import annotations

from engine.cli.arguments.texts.page import Page, codes

PAGES = {
    "fteng export": Page(
        description="""
        Make files of a result for another tool: pyperf (its stats, hist and compare_to), github-action-benchmark (a
        history on GitHub Pages), Bencher, or the plotting scripts of hyperfine. Nothing is measured, and the result is
        not changed.

        For pyperf there is a file for each interpreter and state of its GIL; benchmarks have the same names in all of
        them, so that compare_to finds the pairs. For github-action-benchmark there are two: smaller and bigger is
        better.
        """,
        examples=(
            ("fteng export reports/20261122-101500-gil --to pyperf --output pyperf", "a file for each interpreter"),
            ("fteng export reports/20261122-101500-gil --to pyperf --python 3.13t", "one of them, printed"),
            ("fteng export reports/20261122-101500-gil --to bencher -o bmf.json", "for bencher run --adapter json"),
            ("fteng export reports/20261122-101500-gil --to hyperfine -o times.json", "for hyperfine's scripts"),
        ),
        codes=codes(),
        files=(("PATH", "of --output: one file (with .gz packed, for pyperf), or a folder for several"),),
        see=("fteng help import", "fteng help report", "docs/exports.md"),
    ),
    "fteng import": Page(
        description="""
        Make a result of a file of pyperf, for `fteng report`, `fteng compare` and `fteng export`. Each process of
        pyperf becomes an invocation, each value an iteration. Two files are compared with fteng's statistics, also
        where they have not the same number of values. A file that `fteng export` made becomes the same runs again.

        Nothing is overwritten. Such a result cannot be gone on with: `fteng run --resume` refuses it.
        """,
        examples=(
            ("fteng import before.json --output before", "a result to report and compare"),
            ("fteng import py313t.json.gz --as 3.13t", "with a name for its interpreter"),
        ),
        codes=codes(),
        files=(("DIR/journal.jsonl", "what the file holds, as a journal of fteng"),),
        see=("fteng help compare", "docs/exports.md"),
    ),
}
