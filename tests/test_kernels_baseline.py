"""What the kernels of memory and of threads say in numbers that can be known beforehand, on real interpreters."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from engine import resources, spawn
from engine.model import Interpreter


def metrics(python: Interpreter, kernel: str, loops: int = 20, **parameters: Any) -> list[dict[str, float]]:
    """What `check` returned for one and for two threads."""
    request = {
        "protocol": 1,
        "kernel": str(resources.kernels() / f"{kernel}.py"),
        "parameters": parameters,
        "teams": [{"threads": count, "cpus": None, "spin": False} for count in (1, 2)],
        "calibration_cpus": None,
        "loops": loops,
        "iteration_ns": 1_000_000,
        "warmup": 0,
        "order": [[0, 1]],
        "memory_limit": 0,
    }
    reply, finished = spawn.ask(python.executable, resources.worker(), request, timeout=60)
    assert reply is not None, finished
    assert "failure" not in reply, reply["failure"]
    return [team["metrics"] for team in reply["teams"]]


@pytest.mark.real
@pytest.mark.parametrize(
    ("kind", "expression"),
    [
        ("object", "object()"),
        ("int", "10**6"),
        ("float", "1.5"),
        ("str", "'1000000'"),
        ("tuple", "(1, 2)"),
        ("list", "[1, 2]"),
        ("dict", "{'left': 1, 'right': 2}"),
    ],
)
def test_a_size_is_what_the_interpreter_itself_says(either: Interpreter, kind: str, expression: str) -> None:
    command = [either.executable, "-c", f"import sys; print(sys.getsizeof({expression}))"]
    size = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for team in metrics(either, "footprint", kind=kind, objects=1000):
        assert team["size"] == size


@pytest.mark.real
@pytest.mark.parametrize("kind", ["object", "float", "tuple", "slots"])
def test_the_process_grows_by_little_more_than_the_objects(either: Interpreter, kind: str) -> None:
    for team in metrics(either, "footprint", kind=kind, objects=50000):
        assert 0.97 * team["size"] < team["resident"] < team["size"] + 16


@pytest.mark.real
def test_only_objects_without_the_collectors_header_are_larger_on_a_free_threaded_build(
    default_build: Interpreter, free_threaded: Interpreter
) -> None:
    more = {}
    for kind in ("object", "int", "float", "str", "tuple", "list", "dict", "instance", "slots"):
        plain, free = (
            metrics(python, "footprint", kind=kind, objects=1000) for python in (default_build, free_threaded)
        )
        more[kind] = free[0]["size"] - plain[0]["size"]
    assert more == dict.fromkeys(("object", "int", "float", "str"), 16) | dict.fromkeys(
        ("tuple", "list", "dict", "instance", "slots"), 0
    )


@pytest.mark.real
@pytest.mark.parametrize("api", ["threading", "_thread"])
def test_a_thread_takes_as_long_as_its_work_and_no_less(either: Interpreter, api: str) -> None:
    (idle, _), (busy, _) = (
        metrics(either, "thread_creation", loops=5, api=api, batch=1, work=work) for work in (0, 100_000)
    )
    for found in (idle, busy):
        assert 0 < found["p50"] <= found["p99"] <= found["longest"] < 10
    assert busy["p50"] > idle["p50"] + 100_000 * 5e-9  # a step of arithmetic is no faster than that
