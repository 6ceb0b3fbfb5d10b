"""Threads change one thing that they share by operations that need no lock, because each is a single step.

Stresses: single operations of built-in types that change something: numbers drawn from one itertools.count, items put
into and taken out of one list, deque or set. `lost_updates` says how many of them had no effect or the wrong one.
`locked` and `bare` are the controls: `+= 1` on a list's item under a lock, and without one.

Expect:
- On every build all but `bare` are exact. With the GIL each is one call of C code, during which no other thread runs.
  Without it, lists, deques and sets take a lock of their own in each of these methods (PEP 703, "Container
  thread-safety"), and itertools.count counts with a compare-and-exchange (count_next in Modules/itertoolsmodule.c).
- bare: exact with the GIL from 3.10 on, by luck; without it, 7 to 50 % are lost. That is how one sees that the threads
  really met, and that the others had something to withstand.
- None scales: the container's lock and its reference count are one for all.

Does not show: operations that are two steps (`unsynchronised`, `check_then_act`), or dict.setdefault, which is there.
Other iterators than itertools.count must not be shared: on 3.13t they give items twice, and generators crash.

How it goes wrong: counting calls instead of effects finds nothing lost. A list that only grows measures its growing, so
what was put in is taken out again; the list starts with some items to spare, so that a lost one makes it shorter in the
end instead of running empty. A set keeps no count, so each thread has elements of its own, and misses them.

Source: PEP 703, "Container thread-safety"; "What kinds of global value mutation are thread-safe?" in the Python FAQ.
"""

import sys
from collections import deque
from itertools import count, repeat
from threading import Lock

PARAMS = {
    "operation": {
        "type": "string",
        "enum": ["count", "list_append", "list_extend", "deque_append", "set_add", "locked", "bare"],
        "default": "list_append",
        "description": (
            "next(count()); append and pop; extend by one item and pop; append and popleft; add and remove; `+= 1` "
            "under a lock; `+= 1` without one."
        ),
    },
}
METRICS = {
    "lost_updates": {"unit": "", "description": "Share of all operations that had no effect, or one that another had."},
}
OPERATION = "one change, or one put in and one taken out"
OPERATIONS = 4

SPARE = 1000  # items that a list or deque has from the start


def setup(threads, *, operation):
    if operation in ("list_append", "list_extend"):
        place = [0] * SPARE
    elif operation == "deque_append":
        place = deque([0] * SPARE)
    elif operation == "set_add":
        place = set()
    else:
        place = count() if operation == "count" else [0]
    return {"operation": operation, "place": place, "lock": Lock()}


def prepare(shared, index):
    # The place; what only this thread puts there, four times; the lock; what it has missed.
    mine = tuple("%d of %d" % (i, index) for i in range(OPERATIONS))
    return [shared["place"], mine if shared["operation"] == "set_add" else (index,), shared["lock"], 0]


def choose(*, operation):
    return {
        "count": draw,
        "list_append": append,
        "list_extend": extend,
        "deque_append": append_right,
        "set_add": add,
        "locked": locked,
        "bare": bare,
    }[operation]


def draw(own, loops):
    step = own[0].__next__
    for _ in repeat(None, loops):
        step()
        step()
        step()
        step()


def append(own, loops):
    put, take, (mine,) = own[0].append, own[0].pop, own[1]
    for _ in repeat(None, loops):
        put(mine)
        put(mine)
        put(mine)
        put(mine)
        take()
        take()
        take()
        take()


def extend(own, loops):
    put, take, mine = own[0].extend, own[0].pop, own[1]
    for _ in repeat(None, loops):
        put(mine)
        put(mine)
        put(mine)
        put(mine)
        take()
        take()
        take()
        take()


def append_right(own, loops):
    put, take, (mine,) = own[0].append, own[0].popleft, own[1]
    for _ in repeat(None, loops):
        put(mine)
        put(mine)
        put(mine)
        put(mine)
        take()
        take()
        take()
        take()


def add(own, loops):
    put, take, (a, b, c, d), missed = own[0].add, own[0].remove, own[1], own[3]
    for _ in repeat(None, loops):
        put(a)
        put(b)
        put(c)
        put(d)
        try:
            take(a)
            take(b)
            take(c)
            take(d)
        except KeyError:
            missed += 1
    own[3] = missed


def locked(own, loops):
    place, _, lock, _ = own
    for _ in repeat(None, loops):
        with lock:
            place[0] += 1
        with lock:
            place[0] += 1
        with lock:
            place[0] += 1
        with lock:
            place[0] += 1


def bare(own, loops):
    place, _, _, _ = own
    for _ in repeat(None, loops):
        place[0] += 1
        place[0] += 1
        place[0] += 1
        place[0] += 1


def _lost(operation, place, owns, made):
    """How many changes the place does not show; below zero, if it shows more than there were."""
    if operation == "count":
        return made - next(place)
    if operation == "set_add":
        return sum(own[3] for own in owns) + len(place)
    return SPARE - len(place) if operation not in ("locked", "bare") else made - place[0]


def check(shared, owns, loops):
    operation, place = shared["operation"], shared["place"]
    assert all(own[0] is place for own in owns), "the threads do not share one place"
    made = len(owns) * loops * OPERATIONS
    lost = _lost(operation, place, owns, made)
    # With a GIL a single call of C code loses nothing, so the fault would be in this file.
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    if operation == "locked" or len(owns) == 1 or (gil and operation != "bare"):
        assert lost == 0, "%d of %d changes are not there" % (lost, made)
    assert 0 <= lost < made, "%d of %d changes are not there" % (lost, made)
    return {"lost_updates": lost / made}
