"""The kernels about right and wrong answers, at enough loops for threads to meet: what must be exact is, everywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.model import Interpreter

LOOPS = 20_000  # some 5 ms of four additions, so that a GIL changes hands


@pytest.mark.real
@pytest.mark.parametrize(
    "operation",
    [
        "slot",
        "attribute",
        "list_item",
        "dict_item",
        "array",
        "memoryview",
        "global",
        "nonlocal",
        "call_between",
        "lock",
    ],
)
def test_additions_are_lost_only_where_nothing_holds_them_together(
    either: Interpreter, operation: str, metrics: Callable[..., list[dict[str, float]]]
) -> None:
    alone, together = metrics(either, "unsynchronised", {"operation": operation}, loops=LOOPS, sweeps=3, spin=True)
    assert alone == {"lost_updates": 0}
    assert 0 <= together["lost_updates"] < 1
    if operation == "lock" or (not either.free_threaded and operation != "call_between"):
        assert together == {"lost_updates": 0}


@pytest.mark.real
@pytest.mark.parametrize("operation", ["count", "list_append", "list_extend", "deque_append", "set_add", "locked"])
def test_single_operations_are_exact_with_and_without_a_gil(
    either: Interpreter, operation: str, metrics: Callable[..., list[dict[str, float]]]
) -> None:
    assert (
        metrics(either, "exact_operations", {"operation": operation}, loops=LOOPS, sweeps=3, spin=True)
        == [{"lost_updates": 0}] * 2
    )


@pytest.mark.real
@pytest.mark.parametrize(
    "operation", ["dict_check", "dict_compute", "setdefault", "lock", "list_pop_check", "list_pop_try"]
)
def test_keys_are_won_once_unless_threads_look_before_they_take(
    either: Interpreter, operation: str, metrics: Callable[..., list[dict[str, float]]]
) -> None:
    loops = LOOPS // (2000 if operation == "dict_compute" else 100)
    alone, together = metrics(either, "check_then_act", {"operation": operation}, loops=loops, sweeps=3, spin=True)
    assert alone == {"double_wins": 0, "errors": 0}
    assert 0 <= together["double_wins"] <= 1
    assert 0 <= together["errors"] < 1
    if operation in ("setdefault", "lock", "list_pop_try") or (
        not either.free_threaded and operation != "dict_compute"
    ):
        assert together == {"double_wins": 0, "errors": 0}
