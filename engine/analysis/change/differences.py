"""The headers of two results become warnings: what was not the same when they were measured. Sees no time."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields

from engine import units
from engine.model import Header, Host, Interpreter, Measure, Scenario, Value

IDENTITY = {"CPU", "CPUs", "SMT", "caches of a CPU", "memory", "virtualisation"}
"""Facts of a host in which two machines differ; the others are how one of them is set up."""
PASSING = {"load", "engine's Python"}
"""Facts that differ from one moment to the next, or do not touch what is timed."""

BUILD = ("version", "free_threaded", "debug", "optimized", "lto", "jit", "shared", "compiler", "machine")
FLAGS = {"config_args": "configure arguments", "cflags": "compiler flags"}

HARMLESS = {"invocations_min", "invocations_max", "precision", "time_limit", "timeout"}
"""Settings that decide how well a time is known, not what it is."""

QUESTION = ("matrix", "interpreters", "exclude", "include")


def differences(
    before: Header, after: Header, scenarios: Collection[str], kernels: Collection[str], specs: Collection[str]
) -> tuple[str, ...]:
    """A sentence for each difference that a ratio may show, the gravest first.

    `scenarios`, `kernels` and `specs` (interpreters) are the names that the compared runs have.
    """
    if before == after:
        return ("Both are one and the same measurement, so nothing can differ: this says nothing.",)
    earlier = {one.name: one for one in before.plan.scenarios}
    pairs = [(earlier[one.name], one) for one in after.plan.scenarios if one.name in scenarios and one.name in earlier]
    said = [
        *_kernels(before, after, kernels),
        *_interpreters(before, after, specs),
        *_hosts(before.host, after.host),
        _cpus(before.plan.cpus, after.plan.cpus),
        *_measures(pairs),
        *_questions(pairs),
        _versions(before.version, after.version),
    ]
    return tuple(text for text in said if text)


def changed_kernels(before: Header, after: Header) -> frozenset[str]:
    """The names of the kernels whose source is not the same; one without a digest cannot be told."""
    digests = [{kernel.name: kernel.digest for kernel in header.plan.kernels} for header in (before, after)]
    return frozenset(
        name for name, digest in digests[0].items() if digest and digests[1].get(name) and digests[1][name] != digest
    )


def same_build(one: Interpreter, other: Interpreter) -> bool:
    """Whether two interpreters say the same of how they were built, as far as times may show it."""
    return all(getattr(one, name) == getattr(other, name) for name in (*BUILD, *FLAGS))


def _kernels(before: Header, after: Header, names: Collection[str]) -> Iterator[str]:
    changed = sorted(changed_kernels(before, after) & set(names))
    if changed:
        yield (
            f"THE KERNEL CHANGED: {_list(changed)} {'has' if len(changed) == 1 else 'have'} another source now. These "
            "numbers are not of a kind: a ratio shows what the change of the benchmark did, mixed with everything "
            "else. Measure both sides again with one kernel."
        )


def _interpreters(before: Header, after: Header, specs: Collection[str]) -> Iterator[str]:
    earlier = {one.spec: one for one in before.plan.interpreters}
    for later in after.plan.interpreters:
        was = earlier.get(later.spec)
        if was and later.spec in specs and not same_build(was, later):
            said = "; ".join(_build(was, later))
            yield (
                f"Interpreter {later.spec} is another build: {said}. Perhaps that is the question; if not, a ratio "
                "shows the builds' difference too."
            )


def _build(was: Interpreter, now: Interpreter) -> Iterator[str]:
    for name in BUILD:
        values = getattr(was, name), getattr(now, name)
        if values[0] != values[1]:
            yield _changed(name.replace("_", "-"), *map(_word, values))
    for name, words in FLAGS.items():
        old, new = _tokens(getattr(was, name)), _tokens(getattr(now, name))
        gone, added = [t for t in old if t not in new], [t for t in new if t not in old]
        if gone or added:
            yield (
                words
                + " "
                + " and ".join(
                    f"{' '.join(tokens)} only {when}" for tokens, when in ((gone, "before"), (added, "after")) if tokens
                )
            )
        elif getattr(was, name) != getattr(now, name):
            yield f"{words} in another order"


def _tokens(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _hosts(before: Host, after: Host) -> Iterator[str]:
    facts: tuple[Mapping[str, Value], Mapping[str, Value]] = dict(before.facts), dict(after.facts)
    names = [name for name in {**facts[0], **facts[1]} if name not in PASSING]
    differ = [name for name in names if facts[0].get(name) != facts[1].get(name)]
    told = {name: _changed(name, *(str(side.get(name, "unknown")) for side in facts)) for name in differ}
    machine = [told[name] for name in differ if name in IDENTITY]
    if machine:
        yield f"Another machine: {'; '.join(machine)}. Ratios between results of two machines compare the machines."
    setting = [told[name] for name in differ if name not in IDENTITY]
    if setting:
        yield f"The machine is not set up as it was: {'; '.join(setting)}. A ratio may show that."


def _cpus(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    if before == after:
        return ""
    words = [", ".join(map(str, cpus)) or "none" for cpus in (before, after)]
    return f"Other CPUs could be used: {_changed('CPUs', *words)}. Threads may have shared cores on one side only."


def _measures(pairs: Iterable[tuple[Scenario, Scenario]]) -> Iterator[str]:
    by_words: dict[str, list[str]] = {}
    for was, now in pairs:
        words = "; ".join(_settings(was.measure, now.measure))
        if bool(was.imported) != bool(now.imported):
            words = f"{was.imported or 'fteng'} before, {now.imported or 'fteng'} after"
        if words:
            by_words.setdefault(words, []).append(now.name)
    for words, names in by_words.items():
        yield (
            f"{_listed(names)}: measured otherwise ({words}). The value of an invocation depends on that a little; "
            "measure both sides alike."
        )


def _settings(was: Measure, now: Measure) -> Iterator[str]:
    for field in fields(Measure):
        values = getattr(was, field.name), getattr(now, field.name)
        if field.name not in HARMLESS and values[0] != values[1]:
            yield _changed(field.name, *(_setting(field.name, value) for value in values))


def _setting(name: str, value: Value) -> str:
    if name == "iteration_time" and isinstance(value, float):
        return units.duration(value)
    if name == "confidence" and isinstance(value, float):
        return units.percent(value)
    return "auto" if value is None else _word(value)


def _questions(pairs: Iterable[tuple[Scenario, Scenario]]) -> Iterator[str]:
    by_words: dict[str, list[str]] = {}
    for was, now in pairs:
        differ = [name for name in QUESTION if getattr(was, name) != getattr(now, name)]
        if differ:
            by_words.setdefault(_list(differ), []).append(now.name)
    for words, names in by_words.items():
        yield f"{_listed(names)}: the scenario differs in {words}. Only runs that both measured are compared."


def _versions(before: str, after: str) -> str:
    if before == after:
        return ""
    return (
        f"Measured by two versions of fteng ({before} before, {after} after): what it times may have changed a little."
    )


def _changed(what: str, before: str, after: str) -> str:
    return f"{what} {before or 'unknown'} before, {after or 'unknown'} after"


def _word(value: Value) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _list(words: Collection[str]) -> str:
    *most, last = words
    return ", ".join(most) + (" and " if most else "") + last


def _listed(names: list[str]) -> str:
    """A few names, and how many more."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
