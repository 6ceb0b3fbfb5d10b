"""Interpreters found here -> what is missing or built in a way that shows in times; asks no interpreter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from engine.interpreter.builds import SAFE
from engine.model import Finding, Interpreter

INSTALL = "fteng interpreters install 3.13t"

DIFFERENCES = (
    ("optimized", "profile-guided optimisation"),
    ("lto", "link-time optimisation"),
    ("jit", "JIT compiler"),
    ("shared", "shared libpython"),
    ("compiler", "compiler"),
    ("version", "patch level"),
)
"""Facts in which two builds of one version differ beside the GIL, and their names."""


def findings(interpreters: Sequence[Interpreter]) -> Iterator[Finding]:
    """Which there are, debug builds, and pairs with and without the GIL that were not built alike."""
    free = [one.spec for one in interpreters if one.free_threaded]
    names = ", ".join(one.spec for one in interpreters)
    yield Finding(
        name="interpreters",
        value=names + ("" if free else "; none is free-threaded") if names else "none found",
        seriousness="fine" if free else "note",
        effect="" if free else "What needs an interpreter without the GIL is skipped, and the reports say so.",
        touches=() if free else ("speedups",),
        remedy="" if free else INSTALL,
    )
    debug = [one.spec for one in interpreters if one.debug]
    if debug:
        yield Finding(
            name="debug build",
            value=", ".join(debug),
            seriousness="note",
            effect="Built with Py_DEBUG, several times slower than a release; its numbers say nothing of a release.",
            touches=("times", "speedups"),
            advice="Measure another with --python.",
        )
    unlike = [f"{one.spec} and {other.spec} ({words})" for one, other, words in _pairs(interpreters)]
    if unlike:
        yield Finding(
            name="builds",
            value="; ".join(unlike),
            seriousness="note",
            effect=f"Built differently: {SAFE}.",
            touches=("times",),
            advice="Build both alike: fteng interpreters install VERSION --optimized.",
        )


def _pairs(interpreters: Sequence[Interpreter]) -> Iterator[tuple[Interpreter, Interpreter, str]]:
    """The default and the free-threaded build of a version that a scenario would compare, and what differs."""
    minors: dict[str, dict[bool, Interpreter]] = defaultdict(dict)
    for one in interpreters:
        minor = ".".join(one.version.split(".")[:2])
        if one.spec == minor + "t" * one.free_threaded:
            minors[minor][one.free_threaded] = one
    for pair in minors.values():
        if len(pair) == 2:
            differ = [name for field, name in DIFFERENCES if getattr(pair[False], field) != getattr(pair[True], field)]
            if differ:
                yield pair[False], pair[True], ", ".join(differ)
