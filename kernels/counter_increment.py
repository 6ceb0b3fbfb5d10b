"""Threads add one to a counter: their own or one for all, bare or under a lock.

Stresses: `counter[0] += 1` on a list, which is a read, an addition and a write that nothing holds together. The metric
`lost_updates` says how many of them another thread overwrote.

Expect:
- private, without a lock: scales with the CPUs where there is no GIL (about x1.8 to x2.0 on two), not at all with one.
- shared, without a lock: on a free-threaded build several threads together are not faster than one, since the list's
  reference count, its lock and its item travel between the CPUs at each step (PEP 703, "Biased reference counting" and
  "Container thread-safety"); 10 to 50 % of the updates are lost. With the GIL none is lost: from 3.10 on a thread gives
  the GIL up only at calls and at the end of a loop's turn (CHECK_EVAL_BREAKER in Python/ceval.c and
  Python/bytecodes.c), never inside `+=` on a list. That is luck of the implementation, not a promise: 3.9 loses some.
- with a lock: exact everywhere; own locks scale like no lock, a shared one makes the threads take turns.

Does not show: false sharing (`counter_slots`) or what a lock costs by itself (`lock_patterns`). A counter that passes
256 makes a new integer each time, on every build; that is part of the operation.

How it goes wrong: a counter in a closure or a module's dictionary adds the lock of the cell or of the dictionary; a
"private" counter in a list that the main thread made lies beside its neighbours and is not private to the cache (x1.3
instead of x2.0). Here each thread makes its own counter and its own lock.

Source: the classic lost update; PEP 703, "Container thread-safety".
"""

from itertools import repeat
from threading import Lock

PARAMS = {
    "sharing": {
        "type": "string",
        "enum": ["private", "shared"],
        "default": "shared",
        "description": "Each thread has a counter (and a lock) of its own, or all have one.",
    },
    "synchronisation": {
        "type": "string",
        "enum": ["none", "lock"],
        "default": "none",
        "description": "Each increment stands alone, or inside `with lock:`.",
    },
}
METRICS = {
    "lost_updates": {"unit": "", "description": "Share of all increments that the counter does not show at the end."},
}
OPERATION = "one increment"
OPERATIONS = 4


def setup(threads, *, sharing, synchronisation):
    return {"sharing": sharing, "exact": sharing == "private" or synchronisation == "lock", "own": ([0], Lock())}


def prepare(shared, index):
    return shared["own"] if shared["sharing"] == "shared" else ([0], Lock())


def choose(*, sharing, synchronisation):
    return locked if synchronisation == "lock" else bare


def bare(own, loops):
    counter, _ = own
    for _ in repeat(None, loops):
        counter[0] += 1
        counter[0] += 1
        counter[0] += 1
        counter[0] += 1


def locked(own, loops):
    counter, lock = own
    for _ in repeat(None, loops):
        with lock:
            counter[0] += 1
        with lock:
            counter[0] += 1
        with lock:
            counter[0] += 1
        with lock:
            counter[0] += 1


def check(shared, owns, loops):
    counters = {id(counter): counter[0] for counter, _ in owns}
    assert len(counters) == (1 if shared["sharing"] == "shared" else len(owns)), "private counters are shared"
    made, found = len(owns) * loops * OPERATIONS, sum(counters.values())
    if shared["exact"] or len(owns) == 1:
        assert all(count == made // len(counters) for count in counters.values()), (
            f"counted {found} of {made} increments"
        )
    assert 0 < found <= made, f"counted {found} of {made} increments"
    return {"lost_updates": 1 - found / made}
