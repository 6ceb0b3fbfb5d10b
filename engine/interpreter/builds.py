"""Interpreters that are compared -> what their builds do to the comparison, in words; asks no interpreter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from engine.model import Interpreter

SAFE = "ratios between interpreters hold that difference too, speedups within one interpreter do not"


def build_warnings(interpreters: Sequence[Interpreter]) -> tuple[str, ...]:
    """A sentence for each difference between the builds that shows when times are compared, and for a debug build.

    What a build does not say of itself (Debian's own Python hides that it is optimised) cannot be told.
    """
    once = {one.executable: one for one in interpreters}
    return (*_debug(tuple(once.values())), *_differences(tuple(once.values())), *_patch_levels(tuple(once.values())))


def _debug(interpreters: Sequence[Interpreter]) -> list[str]:
    debug = [one.spec for one in interpreters if one.debug]
    if not debug:
        return []
    return [f"{_list(debug)}: a debug build, several times slower than a release; its numbers say nothing of a release"]


def _differences(interpreters: Sequence[Interpreter]) -> list[str]:
    """The two-sided differences, each as who has it and who has not."""
    told: tuple[tuple[Callable[[Interpreter], bool], str, str], ...] = (
        (
            lambda one: one.optimized,
            "built with profile-guided optimisation (PGO)",
            "makes most code faster on one thread",
        ),
        (lambda one: one.lto, "built with link-time optimisation (LTO)", "makes most code a little faster"),
        (lambda one: one.jit, "built with the JIT compiler", "changes single-thread times"),
        (
            lambda one: one.shared,
            "built around a shared libpython",
            "makes calls inside the interpreter dearer",
        ),
    )
    sentences = []
    for has, what, effect in told:
        those = [one.spec for one in interpreters if has(one)]
        others = [one.spec for one in interpreters if not has(one)]
        if those and others:
            sentences.append(
                f"{_list(those)} {_is(those)} {what}, {_list(others)} {_is(others)} not, which {effect}: {SAFE}"
            )
    compilers = _grouped(interpreters, lambda one: one.compiler)
    if len(compilers) > 1:
        which = "; ".join(f"{_list(specs)} by {compiler or 'an unknown one'}" for compiler, specs in compilers.items())
        sentences.append(f"built by different compilers ({which}): {SAFE}")
    return sentences


def _patch_levels(interpreters: Sequence[Interpreter]) -> list[str]:
    """One minor version at several patch levels: bug fixes look like an effect of the build."""
    minors = defaultdict(list)
    for one in interpreters:
        minors[".".join(one.version.split(".")[:2])].append(one)
    return [
        f"CPython {minor} at different patch levels ({', '.join(f'{one.spec} is {one.version}' for one in those)}): "
        "fixes between them count as a difference of the interpreters"
        for minor, those in minors.items()
        if len({one.version for one in those}) > 1
    ]


def _grouped(interpreters: Sequence[Interpreter], key: Callable[[Interpreter], str]) -> dict[str, list[str]]:
    groups = defaultdict(list)
    for one in interpreters:
        groups[key(one)].append(one.spec)
    return dict(groups)


def _list(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1]


def _is(words: Sequence[str]) -> str:
    return "are" if len(words) > 1 else "is"
