"""The kernels about references through the real worker: who dropped what, whatever the number of loops did."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.model import Interpreter

pytestmark = pytest.mark.real


@pytest.mark.parametrize("loops", [1, 20, None])
@pytest.mark.parametrize(("freed_by", "expected"), [("maker", [0, 0, 0]), ("other", [0, 1, 1])])
def test_objects_are_dropped_by_whom_they_should_be(
    either: Interpreter,
    freed_by: str,
    expected: list[int],
    loops: int | None,
    metrics: Callable[..., list[dict[str, float]]],
) -> None:
    parameters = {"freed_by": freed_by, "kind": "object"}
    found = metrics(either, "object_hand_over", parameters, threads=(1, 2, 3), loops=loops, sweeps=3)
    assert [team["handed_over"] for team in found] == expected


@pytest.mark.parametrize("pattern", ["single", "batch", "pool"])
def test_a_pool_may_be_larger_or_smaller_than_what_was_made(
    either: Interpreter, pattern: str, metrics: Callable[..., list[dict[str, float]]]
) -> None:
    for kept in (100, 20_000):
        parameters = {"kind": "list", "pattern": pattern, "kept": kept}
        assert metrics(either, "object_churn", parameters, threads=(1, 2, 3), loops=None, sweeps=3) == [{}] * 3
