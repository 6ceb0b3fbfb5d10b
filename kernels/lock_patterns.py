"""Threads take and release locks: their own, one for all, or one of several stripes, for nothing or for some work.

Stresses: acquire and release, and what happens when the lock is taken: `inside` and `outside` say how many steps of
work (one increment of a list's item, about 50 ns) each thread does while it holds the lock and before it wants it
again. `lock` is the class: Lock and RLock are written in C; a Condition is entered through two methods written in
Python that take its RLock; a Semaphore of 1 is Python altogether, a counter under a Condition (Lib/threading.py).

Expect:
- own: uncontended; 50 to 200 ns, scales with the CPUs where there is no GIL. An RLock costs more than a Lock, `with`
  more than the bound methods (two look-ups of special methods), a Condition more than its RLock, a Semaphore several
  times a Lock.
- shared: the threads take turns, so at best the throughput of one thread, with the GIL and without. Without it, PyMutex
  spins some 40 times, then parks; a thread that waited a millisecond is handed the lock (Python/lock.c). With it, a
  bare `with` seldom meets a taken lock, as threads change places only every 5 ms; but a critical section in which the
  GIL can change hands, and even a bare acquire() and release(), makes a convoy: each release wakes a waiter, and all
  threads together do a quarter to a half of what one does. What a hand-over costs does not depend on the critical
  section: the longer that is, the smaller the share.
- shared, with much work outside: Amdahl's law; what is inside bounds the speedup, and hand-over eats the rest.
- striped: each thread goes through `stripes` locks in a random order of its own, as the users of a hash table with a
  lock for each part of it do. Without the GIL it scales the better the more stripes there are. It stays behind locks of
  one's own, since a stripe that another CPU had last has to come over: the lock, its reference count, and the data.
  One stripe is `shared`, at the price of the order (some 20 ns). With the GIL there is nothing to be won.

Does not show: how a thread that waits is woken (see signalling), nor false sharing: stripes lie side by side, as the
allocator puts them. With `calls`, a Condition's acquire and release are those of its RLock. The work is the same for
each thread, so `fairness` shows less than it would for a fixed time: the thread that was kept out catches up when the
other one is done, and two threads that run one after the other have 0.9.

How it goes wrong: making the lock, or an iterator of a C type, inside the loop measures that type's reference count on
the free-threaded 3.13; a fixed time instead of fixed work hides starvation. Stripes in the same order for all threads
are no stripes: the threads walk one behind the other, and meet never or always. Here each thread does the same number
of acquisitions, the steps of work iterate over tuples made beforehand, and the orders are shuffled, each stripe as
often as any other, which `check` counts.

Source: D. Beazley on the convoy effect (bugs.python.org/issue7946); Amdahl 1967; PEP 703, "Critical sections"; D. Lea
on the segments of ConcurrentHashMap (Java 5) for striped locks.
"""

from itertools import cycle, islice, repeat
from random import Random
from threading import Condition, Lock, RLock, Semaphore

PARAMS = {
    "pattern": {
        "type": "string",
        "enum": ["own", "shared", "striped"],
        "default": "shared",
        "description": "A lock for each thread, one for all, or several for all, each with data of its own.",
    },
    "lock": {
        "type": "string",
        "enum": ["Lock", "RLock", "Condition", "Semaphore"],
        "default": "Lock",
        "description": "The class of threading that is used; a Semaphore starts at 1.",
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
    "stripes": {
        "type": "integer",
        "minimum": 1,
        "maximum": 4096,
        "default": 16,
        "description": "How many locks the pattern `striped` has; the other patterns ignore it.",
    },
}
OPERATION = "one acquire and release, with the work inside and outside"
OPERATIONS = 1

ROUNDS = 16  # a thread's order has each stripe so many times, and starts again at its end


def setup(threads, *, pattern, lock, entry, inside, outside, stripes):
    make = {"Lock": Lock, "RLock": RLock, "Condition": Condition, "Semaphore": Semaphore}[lock]
    count = stripes if pattern == "striped" else 1
    guarded = [(make(), [0]) for _ in range(count)]
    return {"pattern": pattern, "make": make, "inside": inside, "outside": outside, "guarded": guarded}


def prepare(shared, index):
    places = [(shared["make"](), [0])] if shared["pattern"] == "own" else shared["guarded"]
    order = list(range(len(places))) * ROUNDS
    Random(index).shuffle(order)
    # Tuples of this thread's own, of what all threads use; and tuples for the steps of work, since their iterators are
    # made without touching anything shared. The last item is this thread's own count.
    doors = [(lock, lock.acquire, lock.release, guarded) for lock, guarded in places]
    visits = cycle([doors[i] for i in order])
    return doors, visits, (None,) * shared["inside"], (None,) * shared["outside"], [0], order


def choose(*, pattern, lock, entry, inside, outside, stripes):
    if pattern == "striped":
        return with_striped if entry == "with" else calls_striped
    if inside or outside:
        return with_work if entry == "with" else calls_work
    return with_bare if entry == "with" else calls_bare


def with_bare(own, loops):
    lock = own[0][0][0]
    for _ in repeat(None, loops):
        with lock:
            pass


def calls_bare(own, loops):
    _, acquire, release, _ = own[0][0]
    for _ in repeat(None, loops):
        acquire()
        release()


def with_work(own, loops):
    doors, _, inside, outside, free, _ = own
    lock, _, _, guarded = doors[0]
    for _ in repeat(None, loops):
        with lock:
            for _ in inside:
                guarded[0] += 1
        for _ in outside:
            free[0] += 1


def calls_work(own, loops):
    doors, _, inside, outside, free, _ = own
    _, acquire, release, guarded = doors[0]
    for _ in repeat(None, loops):
        acquire()
        for _ in inside:
            guarded[0] += 1
        release()
        for _ in outside:
            free[0] += 1


def with_striped(own, loops):
    _, visits, inside, outside, free, _ = own
    for lock, _, _, guarded in islice(visits, loops):
        with lock:
            for _ in inside:
                guarded[0] += 1
        for _ in outside:
            free[0] += 1


def calls_striped(own, loops):
    _, visits, inside, outside, free, _ = own
    for _, acquire, release, guarded in islice(visits, loops):
        acquire()
        for _ in inside:
            guarded[0] += 1
        release()
        for _ in outside:
            free[0] += 1


def check(shared, owns, loops):
    together = shared["pattern"] != "own"
    # Those who meet at the same locks: all threads, or each one alone.
    for users in [owns] if together else [[own] for own in owns]:
        doors, taken = users[0][0], _taken(users, loops)
        for (_, acquire, release, guarded), times in zip(doors, taken):
            assert acquire(blocking=False), "a lock is still held"
            assert shared["make"] in (RLock, Condition) or not acquire(blocking=False), "a lock lets two in"
            release()
            expected = times * shared["inside"]
            assert guarded[0] == expected, "the lock let two in: %d steps counted of %d" % (guarded[0], expected)
    sets = [{id(lock) for lock, *_ in doors} for doors, *_ in owns]
    assert [len(one) for one in sets] == [len(shared["guarded"])] * len(owns), "several stripes have one lock"
    assert len(set().union(*sets)) == (len(sets[0]) if together else len(owns)), (
        "locks are not shared as they should be"
    )
    for *_, free, _ in owns:
        assert free[0] == loops * shared["outside"], "a thread's own work is not all done"


def _taken(users, loops):
    """How often each of the locks that these threads meet at was taken, by their orders."""
    taken = [0] * len(users[0][0])
    for *_, order in users:
        rounds, rest = divmod(loops, len(order))
        for stripe in order[:rest]:
            taken[stripe] += 1
        taken = [times + rounds * ROUNDS for times in taken]
    return taken
