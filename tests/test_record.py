"""Iterations as columns: the same iterations, in less memory."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Iteration, Iterations, TeamRecord
from engine.model.record import COLUMNS

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


@st.composite
def iterations(draw: st.DrawFn) -> tuple[Iteration, ...]:
    """Any iterations of one thread count."""
    threads = draw(st.integers(1, 4))
    numbers = st.tuples(*[INT64] * threads)
    one = st.builds(Iteration, warmup=st.booleans(), **dict.fromkeys(COLUMNS, numbers))
    return tuple(draw(st.lists(one, max_size=4)))


@given(iterations())
def test_columns_are_the_iterations_they_were_made_of(made: tuple[Iteration, ...]) -> None:
    columns = Iterations.of(made)
    assert tuple(columns) == made
    assert len(columns) == len(made)
    assert columns.threads == (len(made[0].start_ns) if made else 0)
    assert columns[-2:] == made[-2:]
    assert Iterations.from_columns(columns.columns()) == columns
    assert all(columns[place] == made[place] for place in range(-len(made), len(made)))


def one(start: int, threads: int = 1, *, warmup: bool = False) -> Iteration:
    return Iteration(warmup=warmup, **dict.fromkeys(COLUMNS, (start,) * threads))


def test_a_place_that_is_none_is_refused() -> None:
    with pytest.raises(IndexError):
        Iterations.of([one(1)])[1]
    with pytest.raises(IndexError):
        Iterations.of([])[0]


def test_a_team_keeps_columns_whatever_it_is_given() -> None:
    given_ = TeamRecord(threads=1, loops=1, iterations=(one(1, warmup=True), one(2)))
    assert given_ == TeamRecord(threads=1, loops=1, iterations=Iterations.of([one(1, warmup=True), one(2)]))
    assert given_ != TeamRecord(threads=1, loops=1, iterations=(one(1), one(2)))
    assert given_.iterations.warmup == b"\1\0"
    assert given_.iterations.start_ns.tolist() == [1, 2]


def test_iterations_of_different_threads_have_no_columns() -> None:
    with pytest.raises(ValueError, match="numbers for 1 and for 2 threads"):
        Iterations.of([one(1), one(2, threads=2)])


def test_columns_take_a_quarter_of_the_memory_of_objects() -> None:
    made = [one(10**15 + place, threads=2) for place in range(1000)]
    columns = Iterations.of(made)
    small = sum(sys.getsizeof(getattr(columns, name)) for name in ("warmup", *COLUMNS))
    tuples = sum(sys.getsizeof(each) + 6 * sys.getsizeof(each.start_ns) for each in made)
    numbers = sum(4 * sys.getsizeof(each.start_ns[0]) for each in made)  # the two clocks; the others are often small
    assert small < (tuples + numbers) / 4
