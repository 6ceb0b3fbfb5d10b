"""The header of a journal -> the same with names in the place of this machine's paths, and the names themselves."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace

from engine.errors import JournalError
from engine.model import Header, Kernel, Run, Scenario
from engine.publish.names import Names, shipped_or_last, tails
from engine.serial import from_plain, texts, to_plain


def cleaned(header: Header) -> tuple[Header, Names]:
    """The header without paths, and what does the same for any other text of the result.

    An interpreter's executable becomes what the interpreter is called; one that is called by its path, the shortest end
    of it that no other has. A scenario or kernel that ships keeps its place in the checkout, any other its file's name.
    Ids, digests, numbers and the order of everything stay. Raises JournalError where two runs would become one.
    """
    names = Names(known=_known(header))
    found = from_plain(texts(to_plain(header), names.text), Header)
    specs = {one.spec: new.spec for one, new in zip(header.plan.interpreters, found.plan.interpreters, strict=True)}
    interpreters = tuple(
        replace(new, executable=specs[one.spec])
        for one, new in zip(header.plan.interpreters, found.plan.interpreters, strict=True)
    )
    plan = replace(found.plan, interpreters=interpreters)
    found = replace(found, plan=plan, command=_command(header.command, names))
    _check(header, found)
    return found, names


def _command(text: str, names: Names) -> str:
    """The command line, word by word: a path with blanks was quoted, what is left of it need not be."""
    try:
        words = [] if "$'" in text else shlex.split(text)
    except ValueError:
        words = []
    return shlex.join(map(names.text, words)) if words else names.text(text)


def _known(header: Header) -> dict[str, str]:
    plan = header.plan
    specs = tails(
        {
            *(one.spec for one in plan.interpreters),
            *(one.spec for one in plan.missing),
            *(spec for one in plan.scenarios for spec in one.interpreters),
        }
    )
    executables = {one.executable: specs.get(one.spec, one.spec) for one in reversed(plan.interpreters)}
    kernels = (*plan.kernels, *(one.kernel for one in plan.scenarios))
    return {
        **executables,
        **{one.path: _scenario(one) for one in plan.scenarios},
        **{one.path: _kernel(one) for one in kernels},
        **specs,
    }


def _scenario(one: Scenario) -> str:
    return shipped_or_last(one.path, f"scenarios/{one.name}.yaml")


def _kernel(one: Kernel) -> str:
    return shipped_or_last(one.path, f"kernels/{one.name}.py")


def _check(before: Header, after: Header) -> None:
    """Raise JournalError where two runs, scenarios or interpreters would be one."""
    for what, old, new in (
        ("interpreters", [one.spec for one in before.plan.interpreters], [one.spec for one in after.plan.interpreters]),
        ("scenarios", [one.name for one in before.plan.scenarios], [one.name for one in after.plan.scenarios]),
        ("runs", _axes(before), _axes(after)),
    ):
        if len(set(new)) < len(set(old)):
            raise JournalError(
                f"cannot be published: two {what} differ only in the folders of a path, and without these they "
                "would be one; give the files names that differ, and measure again"
            )


def _axes(header: Header) -> list[str]:
    """Everything of each run but its id."""
    runs: Iterable[Run] = (run for group in header.plan.groups for run in group.runs)
    return [repr(replace(run, id="")) for run in runs]
