"""What the kernels about memory say of addresses: true of the layouts they were asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.model import Interpreter


@pytest.mark.real
@pytest.mark.parametrize(
    "placed",
    [(0, ""), (1, ""), (56, ""), (57, "line"), (63, "line"), (64, ""), (4088, ""), (4092, "line page")],
)
@pytest.mark.parametrize(("access", "side"), [("read", "source"), ("write", "target")])
def test_a_word_crosses_lines_and_pages_where_its_offset_says_so(
    either: Interpreter, access: str, side: str, placed: tuple[int, str], metrics: Callable[..., list[dict[str, float]]]
) -> None:
    offset, crossed = placed
    other = {"source": "target", "target": "source"}[side]
    # What the other side's offset is makes no difference to words.
    parameters = {"access": access, f"{side}_offset": offset, f"{other}_offset": 60}
    (found,) = metrics(either, "alignment", parameters, threads=(2,), loops=10)
    expected = {f"{side}_in_page": offset, f"{other}_in_page": 0}
    assert found == expected | {f"crosses_{unit}": unit in crossed for unit in ("line", "page")}


@pytest.mark.real
def test_a_copy_has_two_places_of_its_own(either: Interpreter, metrics: Callable[..., list[dict[str, float]]]) -> None:
    parameters = {"access": "copy", "source_offset": 60, "target_offset": 4092}
    (found,) = metrics(either, "alignment", parameters, threads=(2,), loops=10)
    assert found == {"source_in_page": 60, "target_in_page": 4092, "crosses_line": 1, "crosses_page": 0.5}


@pytest.mark.real
@pytest.mark.parametrize("shared", [(0, 1, 1), (48, 1, 1), (56, 0, 1), (64, 0, 1), (120, 0, 0)])
@pytest.mark.parametrize("slots", ["buffer", "array"])
def test_slots_lie_in_lines_and_pairs_of_lines_as_their_padding_says(
    either: Interpreter, slots: str, shared: tuple[int, int, int], metrics: Callable[..., list[dict[str, float]]]
) -> None:
    padding, line, pair = shared
    (found,) = metrics(either, "counter_slots", {"slots": slots, "padding": padding}, threads=(2,), loops=10)
    assert (found["same_line"], found["same_pair"]) == (line, pair)


@pytest.mark.real
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("padding", [120, 128, 256])
def test_objects_a_pair_of_lines_apart_share_none(
    either: Interpreter, padding: int, threads: int, metrics: Callable[..., list[dict[str, float]]]
) -> None:
    parameters = {"slots": "objects", "padding": padding}
    (found,) = metrics(either, "counter_slots", parameters, threads=(threads,), loops=10)
    assert found["same_pair"] == 0
