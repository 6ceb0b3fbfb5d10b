"""What people ask of free-threaded Python -> the claims of the catalogue that answer it; knows no result.

Each part names a claim by its text and, where the claim speaks of more, the runs that are told of. `{n}` is the
interval, `{python}` the interpreter, `{threads}` the number of threads in words. A sentence must be true whichever way
the number comes out: it says what was compared, not what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SLOTS: Final = ("n", "python", "threads")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One sentence for each interpreter that the claim was tested on."""

    claim: str
    """The text of the claim in its scenario."""
    words: str
    runs: Mapping[str, Any] = field(default_factory=dict)
    """Axis -> the value, or values, of the runs that are told of; the others stand in the report."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One finding: a title and the sentences that answer it."""

    title: str
    scenario: str
    parts: tuple[Part, ...]


QUESTIONS: Final = (
    Question(
        title="Threads that only compute",
        scenario="gil/contention",
        parts=(
            Part(
                claim="With the GIL, all threads together compute no more than one",
                words="With the GIL, {threads} of {python} do {n} times the work of one.",
                runs={"gil": "default", "switch_interval": "default"},
            ),
            Part(
                claim="Without the GIL, more CPUs compute more",
                words="Without it, {threads} of {python} do {n} times the work of one.",
                runs={"switch_interval": "default"},
            ),
        ),
    ),
    Question(
        title="A counter of one's own, and one for all",
        scenario="gil/counter_increment",
        parts=(
            Part(
                claim="Without the GIL, counters and locks of one's own scale",
                words="Counting each for itself, {threads} of {python} do {n} times the work of one.",
                runs={"synchronisation": "none"},
            ),
            Part(
                claim=(
                    "Without the GIL, a shared counter is counted no faster by many threads than by one, locked or not"
                ),
                words="Counting together under one lock, they do {n} times the work of one.",
                runs={"synchronisation": "lock"},
            ),
            Part(
                claim="Without the GIL and without a lock, a shared counter loses updates",
                words="Without the lock they lose {n} of all updates (1 is all).",
            ),
        ),
    ),
    Question(
        title="One dictionary for all",
        scenario="gil/shared_dict",
        parts=(
            Part(
                claim="Without the GIL, dictionaries of one's own scale",
                words=(
                    "Reading a dictionary of its own with `d[key]`, {threads} of {python} do {n} times the work of one."
                ),
                runs={"operation": "read", "access": "subscript"},
            ),
            Part(
                claim=(
                    "Without the GIL, d[key] on a shared dictionary is no faster in many threads than in one, reading "
                    "or writing"
                ),
                words="Reading one dictionary for all with `d[key]`, they do {n} times the work of one.",
                runs={"operation": "read"},
            ),
            Part(
                claim=(
                    "The look-up itself scales; what stands in the way is the reference count of the dictionary, which "
                    "a bound method does without"
                ),
                words="Reading it through a method that each has bound once (`d.__getitem__`), {n} times.",
            ),
        ),
    ),
    Question(
        title="False sharing",
        scenario="memory/ordering/false_sharing",
        parts=(
            Part(
                claim="Without the GIL, neighbouring objects on one line do not scale",
                words=(
                    "Each writing to a small object of its own that lies beside the other's on one cache line, "
                    "{threads} of {python} do {n} times the work of one."
                ),
            ),
            Part(
                claim="Without the GIL, neighbouring objects get faster by a line between them",
                words="With a line between the objects, it takes them {n} times as long as without.",
            ),
        ),
    ),
    Question(
        title="Reference counts",
        scenario="memory/ref_counting/cross_thread",
        parts=(
            Part(
                claim=(
                    "Without the GIL, an object that all threads use gives them together no more than one of them "
                    "would have"
                ),
                words="Using one ordinary object, {threads} of {python} do {n} times the work of one.",
            ),
            Part(
                claim=(
                    "Without the GIL, threads with an object of their own, and threads that all use an immortal one, "
                    "scale"
                ),
                words="Using one immortal object, which nobody counts, they do {n} times the work of one.",
                runs={"owner": "immortal"},
            ),
        ),
    ),
    Question(
        title="Locks",
        scenario="gil/lock_patterns",
        parts=(
            Part(
                claim="Without the GIL, locks that nobody else wants scale, with and without work inside",
                words=(
                    "Each with a lock of its own and nothing inside, {threads} of {python} do {n} times the work of "
                    "one."
                ),
                runs={"inside": 0},
            ),
            Part(
                claim="Without the GIL, handing the lock over costs less than half of the work",
                words="With one lock for all and a little work inside, they do {n} times the work of one.",
            ),
            Part(
                claim="With the GIL, work inside a shared lock makes a convoy, slower than one thread",
                words=(
                    "With one lock for all and a little work inside, {threads} of {python} do {n} times the work of "
                    "one."
                ),
            ),
        ),
    ),
    Question(
        title="Specialised bytecode",
        scenario="specialization/typed_operations",
        parts=(
            Part(
                claim="One thread pays on 3.13t for what is not specialised",
                words="Adding integers or floats, one thread of {python} takes {n} times as long as one of 3.13.",
            ),
            Part(
                claim="One thread does not pay on 3.13t where 3.13 does not specialise either",
                words="Adding complex numbers, which neither specialises, it takes {n} times as long.",
            ),
        ),
    ),
    Question(
        title="Attributes and calls",
        scenario="specialization/dynamic_operations",
        parts=(
            Part(
                claim="One class costs more on 3.13t than on 3.13, which is specialised for it",
                words=(
                    "Reading attributes and calling methods and functions of one class, one thread of {python} takes "
                    "{n} times as long as one of 3.13."
                ),
            ),
        ),
    ),
    Question(
        title="Large lists, read in strides",
        scenario="memory/ordering/strided_access",
        parts=(
            Part(
                claim="In a large list, a slot of every eighth line costs more still",
                words=(
                    "Reading a slot of every eighth cache line of a list of 16 MiB takes one thread of {python} {n} "
                    "times as long as reading all in a row."
                ),
            ),
            Part(
                claim="Without the GIL, threads with lists of their own scale",
                words="In a row, each through a list of its own, {threads} of {python} do {n} times the work of one.",
                runs={"order": "sequential", "size": 16384},
            ),
            Part(
                claim=(
                    "Without the GIL, slices of one shared list are taken in turn, since a slice holds the list's lock"
                ),
                words="Through one list for all, they do {n} times.",
            ),
        ),
    ),
    Question(
        title="Counting words",
        scenario="scaling/word_count",
        parts=(
            Part(
                claim=(
                    "Without the GIL, it is enough to count a text by oneself and to add the counts to a shared total "
                    "under a lock"
                ),
                words=(
                    "Counting texts and adding the counts of each to a shared total under a lock, {threads} of "
                    "{python} do {n} times the work of one."
                ),
            ),
            Part(
                claim="A lock for each word gives all threads together no more than one, on any build",
                words="Taking the lock for each word, {threads} of {python} do {n} times the work of one.",
                runs={"gil": "default"},
            ),
        ),
    ),
    Question(
        title="Thread pools",
        scenario="scaling/thread_pool",
        parts=(
            Part(
                claim="Sixteen tasks submitted as one cost less than half of sixteen submitted one by one",
                words="Handing a pool sixteen small tasks as one takes {python} {n} times as long as one by one.",
                runs={"gil": "default"},
            ),
        ),
    ),
    Question(
        title="Memory",
        scenario="evolution/single_thread",
        parts=(
            Part(
                claim="A process of 3.13t takes more memory than one of 3.13",
                words="A small process of {python} takes {n} times the memory of one of 3.13.",
            ),
        ),
    ),
)
"""In the order in which they are told."""
