"""What many results say of one run over time. Estimates as in a result: seconds per operation, or ratios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.model.estimate import Estimate

Course = Literal["too few", "steady", "drifting", "changed"]
Tracked = Literal["time", "speedup", "against"]
"""Seconds per operation; throughput against one thread; time against the baseline of the scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """Where a series takes another level."""

    place: int
    """The first value of the new level, from 0."""
    ratio: Estimate
    """The level after it, up to the next change, by that before it; `count` is the length of the shorter one."""
    p: float
    """Of so clear a change anywhere in the piece of the series in which it was looked for, by chance alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is said of a series over time."""

    course: Course
    """`drifting`: it changes, and a straight line tells more of that than levels do."""
    changes: tuple[ChangePoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one result says of a run."""

    result: str
    """Name of the result in the dashboard."""
    started: str
    """ISO 8601, UTC."""
    estimate: Estimate
    marks: tuple[str, ...] = ()
    """What is new in this result, in words: "Python 3.14.0 -> 3.14.1"."""
    breaks: bool = False
    """What was timed is other code than before: the kernel changed. No line joins it to the point before."""
    flags: tuple[str, ...] = ()
    """As in `RunResult`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One quantity of one run on one host, measured by one kind of build, in the order of time."""

    scenario: str
    run: str
    """Its id."""
    label: str
    quantity: Tracked
    host: str
    """Key of the machine."""
    build: str
    """Key of how the interpreter was built."""
    points: tuple[Point, ...]
    course: Course
    changes: tuple[ChangePoint, ...] = ()
    control: bool = False
    """It is the scenario's "two real CPUs" control: code that only the machine can make faster or slower."""
