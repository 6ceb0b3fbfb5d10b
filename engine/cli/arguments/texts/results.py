"""The pages of the commands that read results."""

from __future__ import annotations

from engine.cli.arguments.texts.page import LOOKS, Page, codes

PAGES = {
    "fteng report": Page(
        description="""
        Make any report again from the journal of a result, today or on another machine. Nothing is measured, and the
        result is not changed.

        Lines of a journal that are damaged are an error, and with --salvage a warning on stderr that --quiet does not
        silence.
        """,
        examples=(
            ("fteng report reports/20261122-101500-gil", "the text again"),
            ("fteng report reports/20261122-101500-gil --format csv", "one row for each run and metric"),
            (
                "fteng report reports/20261122-101500-gil --format scaling -o scaling.csv",
                "the scaling laws, into a file",
            ),
        ),
        codes=codes(),
        files=(("FILE", "of --output: the whole report, or what the file was before"),),
        environment=LOOKS,
        see=("fteng help compare", "docs/report.md"),
    ),
    "fteng compare": Page(
        description="""
        Compare what two results both measured: the ratio of times of each run with its interval, a verdict (faster,
        slower, same, inconclusive) corrected for the number of comparisons, and what else was not the same. Gates turn
        it into an exit code.

        With --quiet the comparison is not printed to a terminal or pipe; what a gate says is.
        """,
        usage=("[options] BEFORE AFTER", "[options] --baseline NAME AFTER"),
        examples=(
            ("fteng compare before after", "two results"),
            ("fteng compare before after --changed", "only what is faster or slower"),
            ("fteng compare before after --fail-on 'slower>5%'", "exit with 1 if a run is proven slower by over 5 %"),
            ("fteng compare before after --format markdown -o comment.md", "for a pull request"),
            ("fteng compare --baseline main reports/20261124-101500-gil", "against a saved baseline"),
        ),
        codes=codes(
            _1="a gate failed (--fail-on, --fail-on-inconclusive)",
            _3="with a gate: a run that gave numbers before only fails now",
        ),
        files=(
            ("FILE", "of --output: the comparison"),
            ("reports/baselines/NAME/", "of --save-baseline: a copy of the journal; an older one becomes NAME~1, ..."),
        ),
        environment=LOOKS,
        see=("fteng help run", "docs/compare.md"),
    ),
}
