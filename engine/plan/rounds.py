"""A seed -> the random order of the groups of a round, and of thread counts in a sweep, the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Iterable
from operator import attrgetter

from engine.model import Group


def order(seed: int, groups: Iterable[Group], number: int) -> tuple[Group, ...]:
    """The groups in the random order of round `number`; the same for the same seed, whatever order they come in."""
    ordered = sorted(groups, key=attrgetter("id"))
    random.Random(f"{seed}:{number}").shuffle(ordered)
    return tuple(ordered)


def sweeps(seed: int, group: Group, number: int, count: int) -> list[list[int]]:
    """For each of `count` sweeps over the thread counts of a group, their order in round `number`."""
    generator = random.Random(f"{seed}:{number}:{group.id}")
    indexes = list(range(len(group.runs)))
    return [generator.sample(indexes, len(indexes)) for _ in range(count)]
