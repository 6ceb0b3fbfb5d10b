"""What the kernels about memory say of addresses: true of the layouts they were asked for."""

from __future__ import annotations

from typing import Any

import pytest

from engine import resources, spawn
from engine.model import Interpreter


def metrics(python: Interpreter, kernel: str, parameters: dict[str, Any], threads: int = 2) -> dict[str, float]:
    """What `check` returned after one iteration of ten loops; the run must have been right."""
    request = {
        "protocol": 1,
        "kernel": str(resources.kernels() / f"{kernel}.py"),
        "parameters": parameters,
        "teams": [{"threads": threads, "cpus": None, "spin": False}],
        "calibration_cpus": None,
        "loops": 10,
        "iteration_ns": 1_000_000,
        "warmup": 0,
        "order": [[0]],
        "memory_limit": 0,
    }
    reply, finished = spawn.ask(python.executable, resources.worker(), request, timeout=60)
    assert reply is not None, finished
    assert "failure" not in reply, reply["failure"]
    return dict(reply["teams"][0]["metrics"])


@pytest.mark.real
@pytest.mark.parametrize(
    ("offset", "crossed"),
    [(0, ""), (1, ""), (56, ""), (57, "line"), (63, "line"), (64, ""), (4088, ""), (4092, "line page")],
)
@pytest.mark.parametrize(("access", "side"), [("read", "source"), ("write", "target")])
def test_a_word_crosses_lines_and_pages_where_its_offset_says_so(
    either: Interpreter, access: str, side: str, offset: int, crossed: str
) -> None:
    other = {"source": "target", "target": "source"}[side]
    # What the other side's offset is makes no difference to words.
    found = metrics(either, "alignment", {"access": access, f"{side}_offset": offset, f"{other}_offset": 60})
    expected = {f"{side}_in_page": offset, f"{other}_in_page": 0}
    assert found == expected | {f"crosses_{unit}": unit in crossed for unit in ("line", "page")}


@pytest.mark.real
def test_a_copy_has_two_places_of_its_own(either: Interpreter) -> None:
    found = metrics(either, "alignment", {"access": "copy", "source_offset": 60, "target_offset": 4092})
    assert found == {"source_in_page": 60, "target_in_page": 4092, "crosses_line": 1, "crosses_page": 0.5}


@pytest.mark.real
@pytest.mark.parametrize(("padding", "line", "pair"), [(0, 1, 1), (48, 1, 1), (56, 0, 1), (64, 0, 1), (120, 0, 0)])
@pytest.mark.parametrize("slots", ["buffer", "array"])
def test_slots_lie_in_lines_and_pairs_of_lines_as_their_padding_says(
    either: Interpreter, slots: str, padding: int, line: int, pair: int
) -> None:
    found = metrics(either, "counter_slots", {"slots": slots, "padding": padding})
    assert (found["same_line"], found["same_pair"]) == (line, pair)


@pytest.mark.real
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("padding", [120, 128, 256])
def test_objects_a_pair_of_lines_apart_share_none(either: Interpreter, padding: int, threads: int) -> None:
    assert metrics(either, "counter_slots", {"slots": "objects", "padding": padding}, threads)["same_pair"] == 0
