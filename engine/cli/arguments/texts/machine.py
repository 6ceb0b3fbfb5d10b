"""The pages of the commands that are about this machine."""

from __future__ import annotations

from engine.cli.arguments.texts.page import FINDING, Page, codes

LIST = """
List the interpreters that were found here, how each was built (free-threaded or not, optimised, by which compiler), and
what that does to a comparison of them.
"""

PAGES = {
    "fteng interpreters": Page(
        description=LIST + "\n\nWithout an action, it lists.",
        usage=("", "list", "install [options] VERSION"),
        examples=(
            ("fteng interpreters", "what is here"),
            ("fteng interpreters install 3.13t", "a free-threaded CPython"),
        ),
        codes=codes(),
        environment=FINDING,
        see=("fteng help interpreters install", "docs/interpreters.md"),
    ),
    "fteng interpreters list": Page(
        description=LIST,
        examples=(("fteng interpreters list", "what is here"),),
        codes=codes(),
        environment=FINDING,
        see=("fteng help interpreters install", "docs/interpreters.md"),
    ),
    "fteng interpreters install": Page(
        description="""
        Install a CPython. Tries in this order: uv (a prebuilt one, in seconds), then Debian's source package (two
        minutes on two cores); with --source only that. Needs no root and changes nothing of the system.

        What is being done is said on stderr, unless --quiet; where the interpreter is now, on stdout.
        """,
        examples=(
            ("fteng interpreters install 3.13t", "a free-threaded CPython"),
            ("fteng interpreters install 3.14 --source ~/cpython", "built from a tree of your own"),
            ("fteng interpreters install 3.13t --optimized", "built with PGO and LTO, as distributions do"),
            ("fteng interpreters install 3.13t --needed", "in a script: only if no free-threaded one is here"),
        ),
        codes=codes(_2="wrong usage, or every way failed; the message has the reason of each"),
        files=(("FTENG_INTERPRETERS", "a folder for each version that was built"),),
        environment=FINDING,
        see=("fteng help interpreters", "docs/interpreters.md"),
    ),
    "fteng doctor": Page(
        description="""
        Say what on this machine disturbs measurements, what it does to which numbers, and the command that would change
        it. Looks at the machine for a second and changes nothing.
        """,
        examples=(
            ("fteng doctor", "before a measurement that has to be right"),
            ("fteng doctor --strict && fteng run mine.yaml", "measure only where nothing disturbs"),
            (
                """fteng doctor --format json | jq -r '.findings[] | select(.seriousness == "disturbs") | .remedy'""",
                "only what to do",
            ),
        ),
        codes=codes(_1="something disturbs measurements (--strict)"),
        see=("fteng help selfcheck", "docs/machine.md"),
    ),
}
