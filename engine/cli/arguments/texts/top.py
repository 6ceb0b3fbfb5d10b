"""The pages of `fteng` itself, of `help` and of `completion`."""

from __future__ import annotations

from engine.cli.arguments.texts.page import CODES, ENVIRONMENT, Page, codes

PAGES = {
    "fteng": Page(
        description="""
        The free-threading engine: measures what Python without the GIL (PEP 703) gains and costs, pattern by pattern,
        with confidence intervals.

        A scenario is a file that asks one question: what is timed, on how many threads, on which interpreters, and what
        is expected. `fteng run` measures it in fresh processes in a random order, keeps every number in a journal, and
        says in a report which expectations are supported, refuted or not decided.

        What a command is asked for goes to stdout, everything else to stderr. Every command takes --quiet, which leaves
        out progress and notices; errors, damage, where a result is and what a gate says are always told. Words of
        scenarios may stand among the options, and -- ends the options.
        """,
        usage=("[--version] [--help] COMMAND ...",),
        examples=(
            ("fteng run gil/contention --fast", "a first look: do threads compute more without the GIL, here?"),
            ("fteng list scenarios", "what else can be asked"),
            ("fteng run gil/contention --python 3.13 --python 3.13t --threads 1,2", "the same, with your own choice"),
            ("fteng new scenario mine", "a question of your own, as a commented file"),
            ("fteng doctor", "what makes this machine noisy, and what to do about it"),
            ("fteng compare before after --fail-on 'slower>5%'", "two results, and exit 1 if a run is proven slower"),
            ("fteng interpreters install 3.13t", "a free-threaded CPython"),
            ("fteng help run", "everything about one command"),
        ),
        codes=CODES,
        files=(("reports/", "each result is a folder below it, named by time and scenario; nothing is overwritten"),),
        environment=tuple(ENVIRONMENT),
        see=("docs/report.md", "docs/scenario.md", "docs/method.md", "docs/catalogue.md", "docs/commands.md"),
    ),
    "fteng help": Page(
        description="Show the page of a command, as `fteng COMMAND --help` does; without a command, that of fteng.",
        examples=(
            ("fteng help run", "everything about `fteng run`"),
            ("fteng help interpreters install", "of a command below another"),
            ("fteng help compare | less", "page by page"),
        ),
        codes=codes(),
        environment=("COLUMNS",),
        see=("docs/commands.md",),
    ),
    "fteng completion": Page(
        description="""
        Print a script that lets a shell complete commands, options, formats, scenarios, parameters of kernels,
        interpreters, results, baselines and tags. The script begins with how to install it.
        """,
        examples=(
            ('eval "$(fteng completion bash)"', "in ~/.bashrc"),
            ('eval "$(fteng completion zsh)"', "in ~/.zshrc, after compinit"),
            ("fteng completion fish > ~/.config/fish/completions/fteng.fish", "for fish, once"),
        ),
        codes=codes(),
        see=("docs/commands.md",),
    ),
}
