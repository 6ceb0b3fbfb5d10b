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
    "fteng publish": Page(
        description="""
        Make a copy of a result that others may read: its journal, its reports, and a README.md with the verdicts. Paths
        of this machine are cut: interpreters are called by their names, scenarios and kernels by their places in a
        checkout or their file names, home folders become ~, and of any other path the last part is left, also in the
        texts of failed invocations. No number is changed, and the result itself is not touched.

        What the copy still holds of this machine's home folder, user or host name is told on stderr.
        """,
        examples=(
            (
                "fteng publish reports/20261122-101500-gil --output reports/reference/2026-11-gil",
                "for a repository",
            ),
            ("fteng report reports/reference/2026-11-gil", "what others do with it"),
            ("fteng compare reports/reference/2026-11-gil reports/20261124-101500-gil", "and their own beside it"),
        ),
        codes=codes(),
        files=(
            ("DIR/journal.jsonl", "of --output: every invocation; reports, comparisons and exports are made from it"),
            ("DIR/README.md", "what was measured, where, by which builds, and the verdicts"),
            ("DIR/report.txt, DIR/report.csv", "the reports"),
        ),
        see=("fteng help report", "fteng help compare", "reports/README.md"),
    ),
    "fteng dashboard": Page(
        description="""
        Make a site of static pages over all results below some folders: what changed and when, the history of every run
        with intervals and change points, each scenario, each report. It needs no server, no network and no JavaScript;
        GitHub Pages can serve it as it is.

        What is up to date is not made again: index.json holds the digest of each journal. Results that cannot be read
        are left out, and listed with the reason. The site is written whole or not at all; a folder that holds anything
        else is refused.
        """,
        examples=(
            ("fteng dashboard reports --output site", "all results below a folder"),
            ("fteng dashboard reports kept/reports --output site/dashboard", "of two folders, into a part of a site"),
            ("fteng dashboard reports --output site --again", "every page again"),
        ),
        codes=codes(),
        files=(
            ("DIR/index.html", "of --output: the first page"),
            ("DIR/index.json", "every number of it, for programs (docs/dashboard.md)"),
        ),
        see=("fteng help report", "fteng help compare", "docs/dashboard.md"),
    ),
}
