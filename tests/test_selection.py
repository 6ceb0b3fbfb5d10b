"""Which runs a selector means, and what a thread word is worth."""

from __future__ import annotations

from typing import Any

import pytest

from engine.model import Interpreter, Run, Selector
from engine.selection import Index, gil_enabled, thread_count

GIL = Interpreter(spec="3.13", executable="python3.13", version="3.13.0")
FREE = Interpreter(spec="3.13t", executable="python3.13t", version="3.13.5", free_threaded=True, gil_option=True)


def run(interpreter: Interpreter = FREE, **changes: Any) -> Run:
    fields = {
        "id": "x",
        "threads": 2,
        "affinity": "none",
        "gil": "default",
        "parameters": (("keys", "same"), ("padding", 64)),
    }
    return Run(scenario="s", kernel="k", interpreter=interpreter.spec, **(fields | changes))


def meant(values: dict[str, Any], one: Run) -> list[Run]:
    return Index([one], {FREE.spec: FREE}, 2).chosen([Selector(values=tuple(values.items()))])


@pytest.mark.parametrize(
    ("word", "cpus", "threads"),
    [(3, 2, 3), ("cpus", 8, 8), ("cpus/2", 8, 4), ("cpus/3", 2, 1), ("cpus*2", 8, 16), ("cpus/16", 8, 1)],
)
def test_a_thread_word_is_worth_a_number(word: int | str, cpus: int, threads: int) -> None:
    assert thread_count(word, cpus) == threads


@pytest.mark.parametrize("word", ["two", "cpus/0", "cpus-1", "CPUS", "cpus/2/2", ""])
def test_no_other_word_is_a_thread_word(word: str) -> None:
    with pytest.raises(ValueError, match="is no thread word"):
        thread_count(word, 2)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, True),
        ({"threads": (2,)}, True),
        ({"threads": ("cpus",)}, True),
        ({"threads": (1, 4)}, False),
        ({"padding": (0, 64)}, True),
        ({"padding": (64.0,)}, False),
        ({"keys": ("same",), "padding": (0,)}, False),
        ({"interpreter": ("3.13t",)}, True),
        ({"interpreter": ("3.13",)}, False),
        ({"free_threaded": (True,)}, True),
        ({"gil": ("off",)}, True),
        ({"gil": ("default",)}, True),
        ({"gil": ("on",)}, False),
        ({"nonsense": (1,)}, False),
    ],
)
def test_a_selector_matches_where_every_axis_has_one_of_its_values(values: dict[str, Any], expected: bool) -> None:
    assert bool(meant(values, run())) is expected


def test_several_selectors_mean_the_runs_that_each_of_them_means_in_their_order() -> None:
    runs = [run(id=str(number), threads=number % 3 + 1, parameters=(("padding", number),)) for number in range(9)]
    index = Index(runs, {FREE.spec: FREE}, 2)
    one, other = Selector(values=(("padding", (7, 4, 1, 0)),)), Selector(values=(("threads", ("cpus",)),))
    assert [found.id for found in index.chosen((one, other))] == ["1", "4", "7"]
    assert index.chosen((Selector(), Selector())) == runs


def test_the_effective_gil_is_what_the_build_and_the_setting_make_of_it() -> None:
    states = [gil_enabled(run(python, gil=gil), python) for python in (GIL, FREE) for gil in ("default", "on")]
    assert states == [True, True, False, True]
    assert not gil_enabled(run(gil="off"), FREE)


def test_true_is_not_one() -> None:
    assert not meant({"flag": (1,)}, run(parameters=(("flag", True),)))
    assert meant({"flag": (True,)}, run(parameters=(("flag", True),)))
