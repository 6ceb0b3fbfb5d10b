"""What the kernels of memory and of threads say in numbers that can be known beforehand, on real interpreters."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from engine.model import Interpreter


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
def test_a_size_is_what_the_interpreter_itself_says(
    either: Interpreter, kind: str, expression: str, metrics: Callable[..., list[dict[str, float]]]
) -> None:
    command = [either.executable, "-c", f"import sys; print(sys.getsizeof({expression}))"]
    size = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for team in metrics(either, "footprint", {"kind": kind, "objects": 1000}, sweeps=1):
        assert team["size"] == size


@pytest.mark.real
@pytest.mark.parametrize("kind", ["object", "float", "tuple", "slots"])
def test_the_process_grows_by_little_more_than_the_objects(
    either: Interpreter, kind: str, metrics: Callable[..., list[dict[str, float]]]
) -> None:
    for team in metrics(either, "footprint", {"kind": kind, "objects": 50000}, sweeps=1):
        assert 0.97 * team["size"] < team["resident"] < team["size"] + 16


@pytest.mark.real
def test_only_objects_without_the_collectors_header_are_larger_on_a_free_threaded_build(
    default_build: Interpreter,
    free_threaded: Interpreter,
    metrics: Callable[..., list[dict[str, float]]],
) -> None:
    more = {}
    for kind in ("object", "int", "float", "str", "tuple", "list", "dict", "instance", "slots"):
        plain, free = (
            metrics(python, "footprint", {"kind": kind, "objects": 1000}, sweeps=1)
            for python in (default_build, free_threaded)
        )
        more[kind] = free[0]["size"] - plain[0]["size"]
    assert more == dict.fromkeys(("object", "int", "float", "str"), 16) | dict.fromkeys(
        ("tuple", "list", "dict", "instance", "slots"), 0
    )


@pytest.mark.real
@pytest.mark.parametrize("api", ["threading", "_thread"])
def test_a_thread_with_work_takes_longer_than_one_without(
    either: Interpreter, api: str, metrics: Callable[..., list[dict[str, float]]]
) -> None:
    (idle, _), (busy, _) = (
        metrics(either, "thread_creation", {"api": api, "batch": 1, "work": work}, loops=5, sweeps=1)
        for work in (0, 100_000)
    )
    for found in (idle, busy):
        assert 0 < found["p50"] <= found["p99"] <= found["longest"]
    assert busy["p50"] > idle["p50"]
