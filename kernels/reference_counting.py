"""Threads take and drop references to an object: their own, another thread's, one for all, or an immortal one.

Stresses: the reference count and nothing else: eight times `kept = thing`, which takes one reference and drops one.

Expect, where there is no GIL (PEP 703, "Biased reference counting" and "Immortalization"; Include/refcount.h,
Include/object.h in 3.13):
- worker: the thread that made the object counts without atomic instructions; scales with the CPUs.
- main: one object a thread, all made by the main thread. The users are not the owners and count atomically: two to
  three times the time of `worker`, but no two on the same word, so it scales.
- neighbour: as `main`, but the maker is another worker, which is busy counting an object that it was handed itself.
  The same as `main`: it does not matter who else made the object, nor what that thread does meanwhile.
- borrowed: the first thread's object, used by all. The owner counts without atomic instructions, the others with them,
  and both counts lie in one cache line, which goes to and fro. The owner pays little and the others two to three times
  as much, which `fairness` shows; together they have no more than the owner alone. One thread alone is `worker`.
- shared: one object for all, made by the main thread. Every step is an atomic instruction on the same word: two
  threads together get 0.3 to 0.6 of the throughput of one.
- immortal: None is not counted (PEP 683); the control, which scales.
On a default build all of them behave alike but for `immortal`, which is a little cheaper, and none scales. With its GIL
on, a free-threaded build does not scale either, but still pays for the atomic instructions.

Does not show: making and freeing objects (`object_churn`, `object_hand_over`), or objects whose count is deferred
(functions, modules, classes). From 3.14 on the compiler borrows references for many loads (LOAD_FAST_BORROW); a plain
assignment like this one still counts.

How it goes wrong: a lock around each step measures the lock; a shared list of objects measures the list's count; a
small integer, None, a string constant or any other constant of the code is immortal on the free-threaded build and
measures nothing. Here the objects are bare `object()`s in a local variable, and `check` knows which thread made them.

Source: PEP 703 and PEP 683.
"""

import sys
from itertools import repeat
from threading import get_ident

PARAMS = {
    "owner": {
        "type": "string",
        "enum": ["worker", "main", "neighbour", "borrowed", "shared", "immortal"],
        "default": "worker",
        "description": (
            "Who made the object: the thread that uses it, the main thread (one for each thread), the thread started "
            "before it (for the first, the main thread), the first thread (one for all), the main thread (one for "
            "all), or nobody (None, which is immortal)."
        ),
    },
}
OPERATION = "one reference taken and one dropped"
OPERATIONS = 8


def setup(threads, *, owner):
    return {
        "owner": owner,
        # Of the main thread: one for each thread, one for all, or the one that the first thread is handed.
        "made": [_make(owner) for _ in range(threads if owner == "main" else 1)],
        "main": get_ident(),
    }


def _make(owner):
    # Each object has a twin that is kept in the same places and never used: at the end their counts must agree.
    thing, twin = (None, None) if owner == "immortal" else (object(), object())
    return thing, twin, get_ident()


def prepare(shared, index):
    owner, made = shared["owner"], shared["made"]
    if owner == "main":
        pair = made[index]
    elif owner == "worker":
        pair = _make(owner)
    elif owner == "neighbour":
        # One thread prepares after the other: each takes what is there and leaves one of its own for the next.
        pair, made[0] = made[0], _make(owner)
    else:
        if owner == "borrowed" and index == 0:
            made[0] = _make(owner)
        pair = made[0]
    thing, twin, maker = pair
    # The third item is what the last run kept. The list is this thread's own, whoever made the objects.
    return [thing, twin, None, maker, get_ident()]


def run(own, loops):
    thing, _, kept, _, _ = own
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
    owner, main = shared["owner"], shared["main"]
    users = [user for _, _, _, _, user in owns]
    right = {
        "worker": users,
        "neighbour": [main, *users[:-1]],
        "borrowed": users[:1] * len(owns),
    }.get(owner, [main] * len(owns))
    assert [maker for _, _, _, maker, _ in owns] == right, "an object was made by another thread than it should be"
    things = {id(own[0]) for own in owns}
    assert len(things) == (1 if owner in ("borrowed", "shared", "immortal") else len(owns)), "%d objects" % len(things)
    for own in owns:
        assert own[2] is own[0], "another object came out than went in"
        if own[0] is None:
            continue
        # Nothing is dropped before it is counted: a reference that its owner took and another thread drops stays in the
        # count until the owner gets to it (Python/brc.c).
        held = sys.getrefcount(own[1]) + sum(other[2] is own[0] for other in owns)
        counted = sys.getrefcount(own[0])
        assert counted == held, f"{counted} references are counted where {held} are held"
