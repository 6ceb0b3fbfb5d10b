"""Threads put items into queues and take them out: each its own queue, all one queue, or from thread to thread.

Stresses: `put` and `get` of queue.SimpleQueue (C), queue.Queue (Python: a lock and three conditions), and `append` and
`popleft` of collections.deque. Methods are bound once by each thread. Each turn puts the eight items that the thread
holds and takes eight others, so the items go round, and none may be lost or come twice.

Expect:
- own: scales with the CPUs where there is no GIL; the control. A Queue costs 25 times a SimpleQueue and more:
  the price of its conditions, not of contention.
- shared: no faster in many threads than in one, on any build. SimpleQueue and deque do each step under the object's
  lock (Modules/_queuemodule.c, Modules/_collectionsmodule.c; PEP 703, "Critical sections"), Queue under a lock of its
  own (Lib/queue.py). Every thread puts before it takes, so the queue never runs empty and nobody waits.
- ring: each thread puts into its neighbour's queue and takes from its own, as in a pipeline. Each queue has two users,
  so its lock is fought over, and a thread that gets ahead has to wait; there are `ahead` items in each queue to begin
  with, so that this is rare. Below `own`; one thread alone is its own neighbour and pays for neither.
With the GIL nothing scales, and waiting costs a change of threads.

Does not show: how long a waiting thread takes to wake (some 20 to 50 us, which here is spread over many items); queues
with a bound, priority queues, `task_done` and `join`; mortal items, which take their counts from thread to thread.

How it goes wrong: two threads that hand over one item at a time measure the system's wake-ups; a queue that is filled
faster than it is emptied measures memory; a `get` with a timeout reads the clock each time. A deque has nothing that
waits, so `ring` with a deque would measure polling; it is refused.

Source: docs.python.org, queue and collections.deque; PEP 703, "Critical sections".
"""

from collections import Counter, deque
from itertools import repeat
from queue import Queue, SimpleQueue

PARAMS = {
    "queue": {
        "type": "string",
        "enum": ["SimpleQueue", "Queue", "deque"],
        "default": "SimpleQueue",
        "description": "The class of queue or collections that is used.",
    },
    "pattern": {
        "type": "string",
        "enum": ["own", "shared", "ring"],
        "default": "shared",
        "description": (
            "A queue for each thread, which it fills and empties; one for all; or a queue for each thread, which the "
            "thread before it fills (not with deque)."
        ),
    },
    "ahead": {
        "type": "integer",
        "minimum": 8,
        "maximum": 100000,
        "default": 2048,
        "unit": "items",
        "description": "Items in each queue of a ring to begin with: how far one thread may get ahead of the next.",
    },
}
OPERATION = "one item put and one taken"
OPERATIONS = 8

HELD = 8  # items that each thread holds between two turns
MAKERS = {"SimpleQueue": SimpleQueue, "Queue": Queue, "deque": deque}


def setup(threads, *, queue, pattern, ahead):
    make = MAKERS[queue]
    waiting = [i % 251 for i in range(ahead)] if pattern == "ring" else []
    # The queue of each thread. Small integers are items that nobody has to count references of.
    queues = [make()] * threads if pattern == "shared" else [make() for _ in range(threads)]
    for one in queues if waiting else ():
        for item in waiting:
            one.put(item)
    items = [[(index * HELD + i) % 251 for i in range(HELD)] for index in range(threads)]
    everything = Counter(waiting * threads) + Counter(item for held in items for item in held)
    return {
        "pattern": pattern,
        "make": make,
        "queues": queues,
        "items": items,
        "everything": everything,
        "waiting": len(waiting),
    }


def prepare(shared, index):
    queues = shared["queues"]
    if shared["pattern"] == "own":
        queues[index] = shared["make"]()  # made by its only user
    mine, next_one = queues[index], queues[index]
    if shared["pattern"] == "ring":
        next_one = queues[(index + 1) % len(queues)]
    # Where to put, where to take from, and the items that this thread holds.
    if shared["make"] is deque:
        return [next_one.append, mine.popleft, tuple(shared["items"][index])]
    return [next_one.put, mine.get, tuple(shared["items"][index])]


def choose(*, queue, pattern, ahead):
    if (queue, pattern) == ("deque", "ring"):
        raise ValueError("a deque cannot wait for an item, so there is no ring of them")
    return hand_over


# `get` without a timeout, which would read the clock: every item that is waited for has been, or will be, put, as all
# threads make the same number of turns. What is taken first is put second, so that the turns leave their mark.
def hand_over(own, loops):
    put, get, (a, b, c, d, e, f, g, h) = own
    for _ in repeat(None, loops):
        put(a)
        put(b)
        put(c)
        put(d)
        put(e)
        put(f)
        put(g)
        put(h)
        b = get()
        c = get()
        d = get()
        e = get()
        f = get()
        g = get()
        h = get()
        a = get()
    own[2] = (a, b, c, d, e, f, g, h)


def check(shared, owns, loops):
    pattern, queues = shared["pattern"], shared["queues"]
    for index, (put, get, held) in enumerate(owns):
        into = index + 1 if pattern == "ring" else index
        assert put.__self__ is queues[into % len(queues)], "a thread puts into the wrong queue"
        assert get.__self__ is queues[index], "a thread takes from the wrong queue"
        if pattern == "own":
            turned = loops % HELD
            items = shared["items"][index]
            expected = tuple(items[HELD - turned :] + items[: HELD - turned])
            assert held == expected, "a thread holds %s instead of %s" % (held, expected)
    different = {id(one): one for one in queues}
    assert len(different) == (1 if pattern == "shared" else len(owns)), "queues are shared, or not shared"
    found = Counter(item for _, _, held in owns for item in held)
    for one in different.values():
        left = list(one if isinstance(one, deque) else _drained(one))
        assert len(left) == shared["waiting"], "%d items are left in a queue, not %d" % (len(left), shared["waiting"])
        found.update(left)
    assert found == shared["everything"], "items were lost or came twice"


def _drained(queue):
    while not queue.empty():
        yield queue.get_nowait()
