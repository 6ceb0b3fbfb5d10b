"""Threads start threads and wait for their ends, one after the other or a batch at a time.

Stresses: what a thread costs from its start to its join. A loop always starts 20 threads: 20 batches of one, or one
batch of 20, started and then joined. `threads` is how many do so at once, the creators. The metrics are of single
threads: the median, the 99th percentile and the longest that a creator waited from the call that started a thread to
the return of the call that joined it (in a batch that includes the waiting for those before it).

Expect: 60 to 80 us for threading.Thread on a default build, 40 to 50 us for a raw `_thread` that ends by releasing a
lock; on the free-threaded 3.13 2.0 to 3.5 times as much for a Thread, with the GIL on as with the GIL off, and no less
for a raw one. There each thread has heaps of its own, and what it leaves in them when it ends is put on a list of
abandoned memory, which every later thread goes through (_mi_abandoned_collect in Objects/mimalloc/segment.c; PEP 703,
"Memory Management"). So a thread's cost depends on the threads before it: in a process where none had made an object a
raw thread took about 55 us on 3.13.5t, after one that had 120 us, after hundreds 330 us. Without the GIL, threads of a
batch that have work to do run while the next are started, and creators hardly wait for each other; with it they do.

Does not show: what a thread costs in memory (`footprint`), a pool of threads (concurrent.futures), or the first thread
of a process: without a GIL that one takes 0.4 ms on 3.13, and more with many objects alive, as it makes functions,
classes and modules immortal (Python/pystate.c). Here it is long past, for the creators are threads themselves.

How it goes wrong: threads that sleep measure how sleeps overlap; a mean alone hides the tail; the first thread in the
sample is an outlier that is none. A raw thread's lock is released a little before the system has cleared the thread
away, so the end of a raw thread is not all in its own time, but it is in the time of the loop. This kernel breaks two
rules on purpose: it starts threads, which is its subject, and it reads the clock (some 40 ns, twice a thread), because
the worker's clock sees whole iterations and there is no tail in those.

Source: Lib/threading.py (Thread.start, Thread.join); PEP 703, "Thread States and the GIL API".
"""

import _thread
import threading
from itertools import cycle, repeat
from time import perf_counter_ns

PARAMS = {
    "api": {
        "type": "string",
        "enum": ["threading", "_thread"],
        "default": "threading",
        "description": "A threading.Thread, or _thread.start_new_thread and a lock that tells the end.",
    },
    "batch": {
        "type": "integer",
        "enum": [1, 20],
        "default": 1,
        "unit": "threads",
        "description": "How many are started before the first of them is joined.",
    },
    "work": {
        "type": "integer",
        "minimum": 0,
        "maximum": 1000000,
        "default": 0,
        "unit": "steps",
        "description": "What each thread does: so many steps of arithmetic, some 30 ns each.",
    },
}
METRICS = {
    "p50": {"unit": "s", "description": "The median of a thread's time from start to join."},
    "p99": {"unit": "s", "description": "The 99th percentile of a thread's time from start to join."},
    "longest": {"unit": "s", "description": "The longest time from start to join."},
}
OPERATION = "one thread started and joined"
OPERATIONS = 20

KEPT = 8192  # of the last threads' times; a few hundred are started in an iteration


class Creator:
    """What one creator has to hand, and what its threads leave behind, each in a slot of its own."""

    def __init__(self, api, batch, work):
        slots = range(OPERATIONS)
        self.ident = _thread.get_ident()
        self.batches = [tuple(slots[at : at + batch]) for at in range(0, OPERATIONS, batch)]
        self.threads = [None] * OPERATIONS
        self.locks = [_thread.allocate_lock() for _ in slots]
        for lock in self.locks:
            lock.acquire()
        steps = (None,) * work
        self.arguments = [(self, slot, steps) for slot in slots]
        if api == "_thread":
            self.arguments = [(self, slot, steps, lock.release) for slot, lock in zip(slots, self.locks)]
        self.ran, self.results, self.idents = [0] * OPERATIONS, [None] * OPERATIONS, [None] * OPERATIONS
        self.begun = [0] * OPERATIONS
        self.times, self.next_time = [0] * KEPT, cycle(range(KEPT)).__next__


def setup(threads, *, api, batch, work):
    return {"api": api, "batch": batch, "work": work}


def prepare(shared, index):
    # The first thread that this one starts: threading then makes an entry for the creator, too.
    first = threading.Thread(target=int)
    first.start()
    first.join()
    return Creator(**shared)


def choose(*, api, batch, work):
    return by_threading if api == "threading" else by_thread


def task(creator, slot, steps):
    """What a started thread does; with no steps, and after the first time, it makes no object."""
    if steps:
        value = 0
        for _ in steps:
            value = value * 5 + 1 & 127
        creator.results[slot] = value
    if creator.idents[slot] is None:
        creator.idents[slot] = _thread.get_ident()
    creator.ran[slot] = creator.ran[slot] + 1 & 127


def task_and_release(creator, slot, steps, release):
    """What a raw one does: its lock says when it is done."""
    task(creator, slot, steps)
    release()


def by_threading(own, loops):
    batches, threads, arguments = own.batches, own.threads, own.arguments
    begun, times, next_time = own.begun, own.times, own.next_time
    clock, make, target = perf_counter_ns, threading.Thread, task
    for _ in repeat(None, loops):
        for batch in batches:
            for slot in batch:
                begun[slot] = clock()
                thread = threads[slot] = make(target=target, args=arguments[slot])
                thread.start()
            for slot in batch:
                threads[slot].join()
                times[next_time()] = clock() - begun[slot]


def by_thread(own, loops):
    batches, locks, arguments = own.batches, own.locks, own.arguments
    begun, times, next_time = own.begun, own.times, own.next_time
    clock, start, target = perf_counter_ns, _thread.start_new_thread, task_and_release
    for _ in repeat(None, loops):
        for batch in batches:
            for slot in batch:
                begun[slot] = clock()
                start(target, arguments[slot])
            for slot in batch:
                locks[slot].acquire()
                times[next_time()] = clock() - begun[slot]


def check(shared, owns, loops):
    value = 0 if shared["work"] else None
    for _ in range(shared["work"] % 128):  # the generator comes back to 0 after 128 steps
        value = value * 5 + 1 & 127
    times = []
    for own in owns:
        assert own.ran == [loops % 128] * OPERATIONS, "of %d threads a slot, %s (modulo 128) ran" % (loops, own.ran)
        assert own.results == [value] * OPERATIONS, "a thread's work is not done"
        assert len(set(map(len, own.batches))) == 1, "the batches differ"
        assert len(own.batches[0]) == shared["batch"], "the batches are of another size"
        assert all(lock.locked() for lock in own.locks), "a thread was not waited for"
        assert own.ident not in own.idents, "the work was done without a thread"
        count = loops * OPERATIONS
        assert own.next_time() == count % KEPT, "not every thread was timed"
        times += own.times[: min(count, KEPT)]
    left = [thread for thread in threading.enumerate() if type(thread) is threading.Thread]
    assert not left, "%d threads were not joined" % len(left)
    times.sort()
    assert times[0] > 0, "a thread took no time"
    return {
        "p50": times[len(times) // 2] / 1e9,
        "p99": times[min(len(times) - 1, len(times) * 99 // 100)] / 1e9,
        "longest": times[-1] / 1e9,
    }
