"""The kernels about right and wrong answers, at enough loops for threads to meet: what must be exact is, everywhere."""

from __future__ import annotations

import pytest

from engine import resources, spawn
from engine.model import Interpreter

LOOPS = 20_000  # some 5 ms of four additions, so that a GIL changes hands


def metrics(python: Interpreter, kernel: str, operation: str, loops: int) -> list[dict[str, float]]:
    """What the kernel's check returned for one thread and for two."""
    request = {
        "protocol": 1,
        "kernel": str(resources.kernels() / f"{kernel}.py"),
        "parameters": {"operation": operation},
        "teams": [{"threads": count, "cpus": None, "spin": True} for count in (1, 2)],
        "calibration_cpus": None,
        "loops": loops,
        "iteration_ns": 1_000_000,
        "warmup": 0,
        "order": [[0, 1]] * 3,
        "memory_limit": 0,
    }
    reply, finished = spawn.ask(python.executable, resources.worker(), request, timeout=60)
    assert reply is not None, finished
    assert "failure" not in reply, reply["failure"]
    return [team["metrics"] for team in reply["teams"]]


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
def test_additions_are_lost_only_where_nothing_holds_them_together(either: Interpreter, operation: str) -> None:
    alone, together = metrics(either, "unsynchronised", operation, LOOPS)
    assert alone == {"lost_updates": 0}
    assert 0 <= together["lost_updates"] < 1
    if operation == "lock" or (not either.free_threaded and operation != "call_between"):
        assert together == {"lost_updates": 0}


@pytest.mark.real
@pytest.mark.parametrize("operation", ["count", "list_append", "list_extend", "deque_append", "set_add", "locked"])
def test_single_operations_are_exact_with_and_without_a_gil(either: Interpreter, operation: str) -> None:
    assert metrics(either, "exact_operations", operation, LOOPS) == [{"lost_updates": 0}] * 2


@pytest.mark.real
@pytest.mark.parametrize(
    "operation", ["dict_check", "dict_compute", "setdefault", "lock", "list_pop_check", "list_pop_try"]
)
def test_keys_are_won_once_unless_threads_look_before_they_take(either: Interpreter, operation: str) -> None:
    alone, together = metrics(
        either, "check_then_act", operation, LOOPS // (2000 if operation == "dict_compute" else 100)
    )
    assert alone == {"double_wins": 0, "errors": 0}
    assert 0 <= together["double_wins"] <= 1
    assert 0 <= together["errors"] < 1
    if operation in ("setdefault", "lock", "list_pop_try") or (
        not either.free_threaded and operation != "dict_compute"
    ):
        assert together == {"double_wins": 0, "errors": 0}
