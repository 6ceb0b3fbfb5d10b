"""The kernels about references through the real worker: who dropped what, whatever the number of loops did."""

from __future__ import annotations

from typing import Any

import pytest

from engine import resources, spawn
from engine.model import Interpreter

pytestmark = pytest.mark.real


def measure(python: Interpreter, name: str, parameters: dict[str, Any], loops: int | None) -> dict[str, Any]:
    """The worker's reply for one, two and three threads; without `loops` it calibrates them, so that they grow."""
    request = {
        "protocol": 1,
        "kernel": str(resources.kernels() / f"{name}.py"),
        "parameters": parameters,
        "teams": [{"threads": count, "cpus": None, "spin": False} for count in (1, 2, 3)],
        "calibration_cpus": None,
        "loops": loops,
        "iteration_ns": 1_000_000,
        "warmup": 1,
        "order": [[2, 0, 1]] * 3,
        "memory_limit": 0,
    }
    reply, finished = spawn.ask(python.executable, resources.worker(), request, timeout=60)
    assert reply is not None, finished
    assert "failure" not in reply, reply["failure"]
    return reply


@pytest.mark.parametrize("loops", [1, 20, None])
@pytest.mark.parametrize(("freed_by", "expected"), [("maker", [0, 0, 0]), ("other", [0, 1, 1])])
def test_objects_are_dropped_by_whom_they_should_be(
    either: Interpreter, freed_by: str, expected: list[int], loops: int | None
) -> None:
    reply = measure(either, "object_hand_over", {"freed_by": freed_by, "kind": "object"}, loops)
    assert [team["metrics"]["handed_over"] for team in reply["teams"]] == expected


@pytest.mark.parametrize("pattern", ["single", "batch", "pool"])
def test_a_pool_may_be_larger_or_smaller_than_what_was_made(either: Interpreter, pattern: str) -> None:
    for kept in (100, 20_000):
        measure(either, "object_churn", {"kind": "list", "pattern": pattern, "kept": kept}, None)
