"""What a matrix leaves to run: something, and not more than anybody can wait for. A plan has the last word on it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence, Set

from engine.model import Pairs, Selector, Value
from engine.scenario.draft import Draft
from engine.selection import identity

RUNS = 10_000
"""Combinations that a matrix may have, on all interpreters together; at a second each that is three hours a round."""


def check(
    draft: Draft, matrix: Mapping[str, tuple[Value, ...]], exclude: Sequence[Selector], include: Sequence[Pairs]
) -> None:
    """Report a matrix that is too large, or that `exclude` leaves nothing of as far as a file can tell."""
    if not (draft.sound("matrix") and draft.sound("interpreters") and draft.sound("exclude")):
        return
    axes = {"interpreter": tuple(draft.data["interpreters"]), **matrix}
    count = math.prod(len(values) for values in axes.values())
    if count > RUNS:
        message = f"the matrix has {count} combinations, on all interpreters; at most {RUNS} are allowed"
        draft.report(("matrix",), message, "split the scenario", at_key=True)
    elif exclude and not include and count:
        combinations = (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))
        rules = [{name: set(map(identity, values)) for name, values in rule.values} for rule in exclude]
        if all(any(_excludes(rule, one) for rule in rules) for one in combinations):
            draft.report(("exclude",), "nothing of the matrix is left to run", "exclude less", at_key=True)


def _excludes(rule: Mapping[str, Set[tuple[type, Value]]], combination: Mapping[str, Value]) -> bool:
    """Whether the rule drops the combination on every machine."""
    return bool(rule) and all(
        name in combination and identity(combination[name]) in values for name, values in rule.items()
    )
