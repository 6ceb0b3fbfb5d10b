"""The pages of the commands that measure, plan or simulate."""

from __future__ import annotations

from engine.cli.arguments.texts.page import FINDING, LOOKS, Page, codes

RESULT = (
    ("reports/TIME-NAME/", "the result, or the folder of --output; it must be new"),
    ("  journal.jsonl", "everything that was measured, a line for each invocation, written as it comes"),
    ("  report.*, ...", "the reports that are written unasked; `fteng report` makes each of them again"),
)

PAGES = {
    "fteng run": Page(
        description="""
        Measure scenarios and report. Each run (a combination of threads, parameters and interpreter) is measured in
        several fresh processes, called invocations, in a random order, until its confidence interval is narrow
        enough or the time is over.

        Every invocation is kept as it comes: Ctrl-C ends with a report of what there is, and --resume goes on. An
        interpreter that a scenario asks for and that is not here is skipped, with the command that installs it. One
        fteng at a time measures on a machine; the next one waits.

        The report goes to stdout, everything else (progress, notices, where the result is) to stderr. With --quiet
        neither progress nor the report is printed; the line `result:`, errors and what a gate says always are.
        """,
        usage=("[options] SCENARIO ...", "[options] --resume DIR"),
        examples=(
            ("fteng run gil/contention", "one shipped scenario, on every interpreter it asks for that is here"),
            ("fteng run gil/contention --fast", "a first look, in a few seconds"),
            ("fteng run gil memory/ordering --rigorous", "two folders of shipped scenarios, with narrow intervals"),
            ("fteng run mine.yaml --python 3.13 --python ./python", "your own file, against a Python you built"),
            ("fteng run gil/contention --threads 1,2,cpus -p work=integer,call", "fewer runs of a scenario"),
            ("fteng run gil --tag gil -k 'contention or dict' --dry-run", "what would be run of a folder"),
            ("fteng run gil/contention --profile detailed", "counters, bytecode and hot functions as well, beside it"),
            ("fteng run gil/contention --save-baseline main", "keep the result under a name"),
            (
                "fteng run gil/contention --baseline main --fail-on 'slower>5%'",
                "compare with it, and exit with 1 if a run is proven to be slower by more than 5 %",
            ),
            ("fteng run --resume reports/20261122-101500-gil", "go on with a result that was interrupted"),
        ),
        codes=codes(3, 130, _1="a claim is not supported (--strict), or a gate failed (--fail-on)"),
        files=RESULT,
        environment=(*LOOKS, *FINDING, "TMPDIR", "LD_LIBRARY_PATH"),
        see=(
            "fteng help plan",
            "fteng help report",
            "docs/scenario.md",
            "docs/report.md",
            "docs/profiles.md",
            "docs/method.md",
        ),
    ),
    "fteng plan": Page(
        description="""
        Print what `fteng run` would do with the same words: every run, on which interpreter, in which order, how long
        it will take; and what would not be run, and why. Measures nothing and writes nothing.
        """,
        examples=(
            ("fteng plan gil/contention", "the runs of a shipped scenario on this machine"),
            ("fteng plan gil --rigorous", "how long a folder would take with narrow intervals"),
            ("fteng plan mine.yaml --threads 1,2,4 --all", "every run of your own file"),
        ),
        codes=codes(),
        environment=FINDING,
        see=("fteng help run", "docs/scenario.md"),
    ),
    "fteng selfcheck": Page(
        description="""
        Measure each interpreter beside itself, its clock and the harness. Says how small a difference this machine can
        show, and whether identical code comes out different. Scenarios that are named take the place of the usual work;
        their claims are not judged.
        """,
        usage=("[options] [SCENARIO ...]", "[options] --resume DIR"),
        examples=(
            ("fteng selfcheck --fast", "a first look, at the newest interpreters of each kind"),
            ("fteng selfcheck --python 3.13t", "one interpreter"),
            ("fteng selfcheck gil/contention --format json", "with the runs of a scenario, for a program"),
        ),
        codes=codes(3, 130),
        files=(
            ("reports/TIME-selfcheck/", "the result, or the folder of --output; it must be new"),
            ("  journal.jsonl", "everything that was measured"),
            ("  instruments.json", "what each interpreter's clock and empty iterations cost"),
            ("  selfcheck.txt, selfcheck.json", "what it says"),
        ),
        environment=(*FINDING, "TMPDIR"),
        see=("fteng help doctor", "docs/method.md", "docs/machine.md"),
    ),
    "fteng calibrate": Page(
        description="""
        Simulate measurements whose truth is known, and print how often each interval and verdict is right. Measures
        nothing on this machine; the same samples and seed print the same tables everywhere.
        """,
        examples=(
            ("fteng calibrate --experiment ratios --samples 100", "one experiment, roughly"),
            ("fteng calibrate", "all of them; about three minutes"),
        ),
        codes=codes(),
        see=("docs/method.md",),
    ),
}
