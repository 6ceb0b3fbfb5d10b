"""Threads take and drop references to an object that is their own, another thread's, everyone's, or immortal.

Stresses: the reference count and nothing else: eight times `kept = thing`, which takes one reference and drops one.

Expect, where there is no GIL (PEP 703, "Biased reference counting" and "Immortalization"; Include/refcount.h,
Include/object.h in 3.13):
- worker: the thread that made the object counts without atomic instructions; scales with the CPUs.
- main: one object a thread, all made by the main thread. The users are not the owners and count atomically: two to
  three times the time of `worker`, but no two on the same word, so it scales.
- shared: one object for all. Every step is an atomic instruction on the same cache line: two threads together get 0.3
  to 0.6 of the throughput of one.
- immortal: None is not counted (PEP 683); the control, which scales.
With the GIL all four behave alike, and none scales.

Does not show: making and freeing objects, or objects whose count is deferred (functions, modules, classes). From 3.14
on the compiler borrows references for many loads (LOAD_FAST_BORROW); a plain assignment like this one still counts.

How it goes wrong: a lock around each step measures the lock; a shared list of objects measures the list's count; a
small integer, None, a string constant or any other constant of the code is immortal on the free-threaded build and
measures nothing. Here the objects are bare `object()`s in a local variable.

Source: PEP 703 and PEP 683.
"""

import sys
from itertools import repeat

PARAMS = {
    "owner": {
        "type": "string",
        "enum": ["worker", "main", "shared", "immortal"],
        "default": "worker",
        "description": (
            "Who made the object: the thread that uses it, the main thread (one for each thread), the main thread "
            "(one for all), or nobody (None, which is immortal)."
        ),
    },
}
OPERATION = "one reference taken and one dropped"
OPERATIONS = 8


def setup(threads, *, owner):
    # Each object has a twin that is kept in the same places and never used: at the end their counts must agree.
    if owner == "main":
        return [[object(), object(), None] for _ in range(threads)]
    if owner == "worker":
        return None
    thing, twin = (None, None) if owner == "immortal" else (object(), object())
    return [[thing, twin, None] for _ in range(threads)]


def prepare(shared, index):
    # The third item is what the last run kept. The list is this thread's own, whoever made the objects.
    return [object(), object(), None] if shared is None else list(shared[index])


def run(own, loops):
    thing, _, kept = own
    for _ in repeat(None, loops):
        kept = thing
        kept = thing
        kept = thing
        kept = thing
        kept = thing
        kept = thing
        kept = thing
        kept = thing
    own[2] = kept


def check(shared, owns, loops):
    for own in owns:
        assert own[2] is own[0], "another object came out than went in"
        if own[0] is None:
            continue
        # Nothing is dropped before it is counted: a reference that its owner took and another thread drops stays in the
        # count until the owner gets to it (Python/brc.c).
        held = sys.getrefcount(own[1]) + sum(other[2] is own[0] for other in owns)
        counted = sys.getrefcount(own[0])
        assert counted == held, f"{counted} references are counted where {held} are held"
