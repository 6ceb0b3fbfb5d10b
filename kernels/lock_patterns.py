"""Threads take and release locks: their own or one for all, for nothing or for some work.

Stresses: acquire and release, and what happens when the lock is taken: `inside` and `outside` say how many steps of
work (one increment of a list's item, about 50 ns) each thread does while it holds the lock and before it wants it
again.

Expect:
- own: uncontended; 50 to 200 ns, scales with the CPUs where there is no GIL. An RLock costs more than a Lock, `with`
  more than the bound methods (two look-ups of special methods).
- shared: the threads take turns, so at best the throughput of one thread, with the GIL and without. Without it, PyMutex
  spins some 40 times, then parks; a thread that waited a millisecond is handed the lock (Python/lock.c). With it, a
  bare `with` seldom meets a taken lock, as threads change places only every 5 ms; but a critical section in which the
  GIL can change hands, and even a bare acquire() and release(), makes a convoy: each release wakes a waiter, and all
  threads together do a quarter to a half of what one does.
- shared, with much work outside: Amdahl's law; what is inside bounds the speedup, and hand-over eats the rest.

Does not show: queues, conditions and events; how fair the lock is, unless `fairness` (from the threads' own times) is
read beside the time.

How it goes wrong: making the lock, or an iterator of a C type, inside the loop measures that type's reference count on
the free-threaded 3.13; a fixed time instead of fixed work hides starvation. Here each thread does the same number of
acquisitions, and the steps of work iterate over tuples made beforehand.

Source: D. Beazley on the convoy effect (bugs.python.org/issue7946); Amdahl 1967; PEP 703, "Critical sections".
"""

from itertools import repeat
from threading import Lock, RLock

PARAMS = {
    "pattern": {
        "type": "string",
        "enum": ["own", "shared"],
        "default": "shared",
        "description": "A lock for each thread, or one for all.",
    },
    "lock": {
        "type": "string",
        "enum": ["Lock", "RLock"],
        "default": "Lock",
        "description": "The class of threading that is used.",
    },
    "entry": {
        "type": "string",
        "enum": ["with", "calls"],
        "default": "with",
        "description": "`with lock:`, or calls of its bound methods acquire and release.",
    },
    "inside": {
        "type": "integer",
        "minimum": 0,
        "maximum": 10000,
        "default": 0,
        "unit": "steps",
        "description": "Work done while the lock is held.",
    },
    "outside": {
        "type": "integer",
        "minimum": 0,
        "maximum": 10000,
        "default": 0,
        "unit": "steps",
        "description": "Work done between two acquisitions, on the thread's own data.",
    },
}
OPERATION = "one acquire and release, with the work inside and outside"
OPERATIONS = 1


def setup(threads, *, pattern, lock, entry, inside, outside):
    make = Lock if lock == "Lock" else RLock
    return {"pattern": pattern, "make": make, "inside": inside, "outside": outside, "guarded": (make(), [0])}


def prepare(shared, index):
    lock, guarded = shared["guarded"] if shared["pattern"] == "shared" else (shared["make"](), [0])
    # Tuples, since their iterators are made without touching anything shared; the last item is this thread's own count.
    return lock, guarded, (None,) * shared["inside"], (None,) * shared["outside"], [0]


def choose(*, pattern, lock, entry, inside, outside):
    if inside or outside:
        return with_work if entry == "with" else calls_work
    return with_bare if entry == "with" else calls_bare


def with_bare(own, loops):
    lock = own[0]
    for _ in repeat(None, loops):
        with lock:
            pass


def calls_bare(own, loops):
    acquire, release = own[0].acquire, own[0].release
    for _ in repeat(None, loops):
        acquire()
        release()


def with_work(own, loops):
    lock, guarded, inside, outside, free = own
    for _ in repeat(None, loops):
        with lock:
            for _ in inside:
                guarded[0] += 1
        for _ in outside:
            free[0] += 1


def calls_work(own, loops):
    lock, guarded, inside, outside, free = own
    acquire, release = lock.acquire, lock.release
    for _ in repeat(None, loops):
        acquire()
        for _ in inside:
            guarded[0] += 1
        release()
        for _ in outside:
            free[0] += 1


def check(shared, owns, loops):
    locks = {id(lock) for lock, _, _, _, _ in owns}
    assert len(locks) == (1 if shared["pattern"] == "shared" else len(owns)), "own locks are shared"
    for lock, guarded, _, _, free in owns:
        assert lock.acquire(blocking=False), "a lock is still held"
        lock.release()
        holders = len(owns) if shared["pattern"] == "shared" else 1
        expected = holders * loops * shared["inside"]
        assert guarded[0] == expected, "the lock let two in: %d steps counted of %d" % (guarded[0], expected)
        assert free[0] == loops * shared["outside"], "a thread's own work is not all done"
