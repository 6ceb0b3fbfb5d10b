"""What was measured: the lines of a journal. Clocks are integer nanoseconds of the worker, sizes bytes."""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, Literal, Self, SupportsIndex, overload

from engine.model.question import Pairs, Plan

Outcome = Literal["error", "wrong answer", "crashed", "timeout", "gil", "protocol"]
ProfileKind = Literal["counted", "sampled", "shared"]
Per = Literal["operation", "iteration", ""]
StopReason = Literal["precision", "maximum", "time limit", "failed", "interrupted", "unfinished", "imported"]
"""`imported`: another program measured it, for a reason of its own."""


COLUMNS = ("start_ns", "end_ns", "cpu_ns", "voluntary", "involuntary", "on_cpu", "speed_ns")
"""What an iteration has for each of its threads."""

UNTOLD = -1
"""Stands in `cpu_ns`, `voluntary`, `involuntary` and `on_cpu` of an imported result, of which only the wall time of all
threads together is known."""

UNREAD = -2
"""Stands in `cpu_ns`, `voluntary` and `involuntary` where nothing but the clock was read (`--profile none`)."""

LATER = {"speed_ns": 0}
"""Columns that older journals lack, and what stands there then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Iteration:
    """One timed execution by all threads together. Tuples have one item per thread; clocks are the worker's own."""

    warmup: bool
    start_ns: tuple[int, ...]
    end_ns: tuple[int, ...]
    cpu_ns: tuple[int, ...]
    """CPU time of each thread between its start and its end; see UNREAD, here and in the next two."""
    voluntary: tuple[int, ...]
    """Context switches that the thread asked for by waiting (a lock, the GIL)."""
    involuntary: tuple[int, ...]
    """Context switches that the kernel's scheduler forced."""
    on_cpu: tuple[int, ...]
    """The CPU each thread ended on; -1 where the system does not tell."""
    speed_ns: tuple[int, ...] = ()
    """CPU time of a short fixed piece of work just before the start: whether the CPU was in its fast or its slow state.
    0 where it was not taken: there were more threads than CPUs, or the journal is older. () stands for zeros."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Iterations(Sequence[Iteration]):
    """Iterations as columns: a result may hold a million, and objects take three times the memory.

    A column has the numbers of the first iteration's threads, then the second's, and so on, in 64 bits each.
    """

    warmup: bytes
    """A byte for each iteration: 1 or 0."""
    start_ns: array[int]
    end_ns: array[int]
    cpu_ns: array[int]
    voluntary: array[int]
    involuntary: array[int]
    on_cpu: array[int]
    speed_ns: array[int]

    @classmethod
    def of(cls, iterations: Iterable[Iteration]) -> Self:
        """The columns of these iterations. Raises ValueError as `from_rows` does."""
        if isinstance(iterations, cls):
            return iterations
        names = ("warmup", *COLUMNS)
        rows = [{name: getattr(one, name) for name in names} for one in iterations]
        untold = {name: (value,) for name, value in LATER.items()}
        for row in rows:
            row |= {name: value * len(row["start_ns"]) for name, value in untold.items() if row[name] == ()}
        return cls.from_rows(rows)

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[str, Any]]) -> Self:
        """The columns of iterations given as mappings of plain lists, as a worker tells them.

        Raises ValueError where they are not whole numbers of 64 bits for the same threads, KeyError where one lacks.
        """
        try:
            told = tuple(name for name in COLUMNS if name not in LATER or any(name in row for row in rows))
            cells = list(zip(*map(itemgetter("warmup", *told), rows), strict=True)) or [()] * (1 + len(told))
            threads = {len(one) for column in cells[1:] for one in column}
            columns = [cells[0], *(list(chain.from_iterable(column)) for column in cells[1:])]
        except TypeError as error:
            raise ValueError(f"expected a list of iterations: {error}") from error
        if len(threads) > 1:
            raise ValueError(f"an iteration has numbers for {min(threads)} and for {max(threads)} threads")
        return cls.from_columns(dict(zip(("warmup", *told), columns, strict=True)))

    @classmethod
    def from_columns(cls, columns: Mapping[str, Sequence[int]]) -> Self:
        """The columns given as plain lists. Raises as `from_rows` does."""
        try:
            warmup = bytes([*columns["warmup"]])
            lacking = LATER.keys() - columns.keys()
            found = {name: array("q", columns[name]) for name in COLUMNS if name not in lacking}
            found |= {name: array("q", [LATER[name]]) * len(found["start_ns"]) for name in lacking}
        except (TypeError, OverflowError) as error:
            raise ValueError(f"expected whole numbers of iterations: {error}") from error
        if warmup.strip(b"\0\1"):
            raise ValueError("an iteration is neither warm-up nor kept")
        lengths = {len(column) for column in found.values()}
        if len(lengths) > 1 or max(lengths) % max(1, len(warmup)) or (max(lengths) and not warmup):
            raise ValueError(f"columns of {sorted(lengths)} numbers do not make {len(warmup)} iterations")
        return cls(warmup=warmup, **found)

    def columns(self) -> dict[str, list[int]]:
        """What `from_columns` reads."""
        return {"warmup": list(self.warmup)} | {name: getattr(self, name).tolist() for name in COLUMNS}

    @property
    def threads(self) -> int:
        """How many numbers a column has for each iteration; 0 where there is no iteration."""
        return len(self.start_ns) // len(self.warmup) if self.warmup else 0

    def __len__(self) -> int:
        return len(self.warmup)

    @overload
    def __getitem__(self, place: SupportsIndex) -> Iteration: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Iteration, ...]: ...

    def __getitem__(self, place: SupportsIndex | slice) -> Iteration | tuple[Iteration, ...]:
        if isinstance(place, slice):
            return tuple(self[number] for number in range(*place.indices(len(self))))
        number = range(len(self))[place]
        width = self.threads
        cells = {name: tuple(getattr(self, name)[number * width : (number + 1) * width]) for name in COLUMNS}
        return Iteration(warmup=bool(self.warmup[number]), **cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRecord:
    """What one invocation measured at one thread count."""

    threads: int
    loops: int
    iterations: Iterations
    """In time order, warm-up first. Any other sequence of iterations that is given becomes one."""
    metrics: tuple[tuple[str, float], ...] = ()
    """What the kernel's `check` returned."""
    faults: tuple[int, int] | None = None
    """Page faults, minor and major, of all threads within all kept iterations; None where they were not read."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "iterations", Iterations.of(self.iterations))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytecode:
    """How far CPython specialised the timed function (PEP 659)."""

    instructions: int = 0
    specialized_before: int = 0
    specialized_after: int = 0
    names: tuple[str, ...] = ()
    """Specialised instructions after measuring, sorted, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an invocation gave no numbers."""

    outcome: Outcome
    message: str
    """One line."""
    detail: str = ""
    """A traceback, the threads' stacks or the tail of stderr."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contamination:
    """What others did to the usable CPUs during one invocation, in seconds; None where the system does not tell."""

    busy: float | None = None
    """CPU time of other programs on the usable CPUs."""
    stolen: float | None = None
    """Time in which the host of a virtual machine ran something else on its CPUs (steal)."""
    throttled: float | None = None
    """Time in which a cgroup's quota stopped threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One worker process for one group in one round: the statistically independent unit."""

    group: str
    round: int
    """From 1; 0 is the pilot, which calibrates `loops` and is never counted."""
    started: str
    """ISO 8601, UTC."""
    duration: float
    """Seconds from starting the process to its end, as the engine saw it."""
    teams: tuple[TeamRecord, ...] = ()
    gil: tuple[bool, ...] = ()
    """GIL enabled at the start, after set-up and after measuring (always true on a default build)."""
    rss: int = 0
    """Peak resident set size in bytes."""
    bytecode: Bytecode = Bytecode()
    switch_interval: float = 0.0
    contamination: Contamination = Contamination()
    failure: Failure | None = None


class Invocations(Sequence[Invocation]):
    """Invocations that may lie in a file: those of a group can be had without reading the others."""

    @abstractmethod
    def of(self, group: str) -> Sequence[Invocation]:
        """Those of one group, in the same order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a group is measured no further."""

    group: str
    reason: StopReason
    invocations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One number that an extra invocation gave, over all of its kept iterations and threads."""

    name: str
    value: float
    unit: str = ""
    """As in `UNITS`."""
    source: str = ""
    """What told it."""
    per: Per = ""
    """What it is to be divided by, to be held against that of another run; "" where nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One extra invocation of one run, in no estimate: what profilers and the interpreter said of it."""

    group: str
    run: str
    """Its id."""
    how: ProfileKind
    """How it was looked at: counters and the interpreter itself, samples, or cache lines that threads share."""
    started: str
    """ISO 8601, UTC."""
    duration: float
    """Seconds."""
    loops: int = 0
    iterations: int = 0
    """Those that were counted."""
    counts: tuple[Count, ...] = ()
    hot: tuple[tuple[str, float], ...] = ()
    """Functions and their samples, the hottest first."""
    sampler: str = ""
    """What took these."""
    unprofiled: tuple[str, ...] = ()
    """What could not be told, a sentence each."""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Facts of the machine, in words, and what makes its numbers noisy."""

    facts: Pairs = ()
    """For example ("CPU", "AMD EPYC, 2 cores")."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a journal: what was asked, of whom, where."""

    format: int
    version: str
    started: str
    """ISO 8601, UTC."""
    command: str
    host: Host
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Everything a result folder holds, in the order it was measured."""

    header: Header
    invocations: Sequence[Invocation] = ()
    stops: tuple[Stop, ...] = ()
    profiles: tuple[Profile, ...] = ()
    finished: bool = False
    damage: tuple[str, ...] = ()
    """What was left out because it could not be read, one line each; only `--salvage` reads such a journal at all."""
