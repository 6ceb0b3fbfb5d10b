"""Threads take turns: a token goes round, and each hand-over wakes the next thread.

Stresses: waking a thread that waits. Each thread has a station in a ring, waits there until it is signalled, does
`work` steps of work (one increment of a list's item, about 50 ns), moves the token on, and signals the next station.
`primitive` is what a station is made of:
- Lock: held from the start; waiting is acquire(), signalling is release() by another thread. Written in C.
- Semaphore: at 0; acquire() and release().
- Event: wait(), clear(), set().
- Condition: a flag under it; `while not flag: wait()`, then notify().

The last three are written in Python (Lib/threading.py): a wait that blocks makes a Lock and acquires it twice; the
other thread releases it.

Expect: one thread signals itself and never blocks, so its time is that of the calls alone: without work about 0.1 us
for a Lock, and several times that for the others. From two threads on every hand-over is a wake-up: the waiting thread
sleeps in the kernel (futex) and the scheduler has to start it. About 10 us for a Lock on the free-threaded CPython
3.13, 20 to 25 us with the GIL on 3.12 and 3.13: whoever wakes up has to get the GIL, too, which the one that signalled
still has (Python/ceval_gil.c). The others are dearer by less than for one thread; a thread that they wake may have to
wait once more, for the lock inside, which the one that signalled has not left yet. More threads make nothing faster:
only the one that has the token runs. All of this holds where a CPU is free for the thread that wakes up: PyMutex
(Python/lock.c) calls sched_yield some 40 times before it sleeps, which on a busy machine gives the CPU to other
programs each time, and a hand-over without a GIL then takes longer than one with it.

Does not show: signalling several threads at once (a Barrier, notify_all), waiting with a timeout, or many hand-overs at
the same time. It is about latency: `throughput` is hand-overs per second over the whole ring; `time` is that of a
thread's loop, in which the token goes round once.

How it goes wrong: a Condition without a flag loses the signal that comes before the wait, and hangs; an Event that is
cleared after the next thread was signalled can lose a turn; a loop that only signals measures no wake-up. Without work,
two threads take up to some hundred times as long as one, by which the loops are calibrated: an iteration of 20 ms takes
seconds. So `work` is 200 unless a single thread is asked. Waits have no timeout, since that would be another path
through the code; if a signal is lost, the worker's timeout ends it.

Source: "thread-ring" of the Computer Language Benchmarks Game; lat_ctx of lmbench (McVoy and Staelin 1996), which
does the same with processes and pipes.
"""

from itertools import repeat
from threading import Condition, Event, Lock, Semaphore

PARAMS = {
    "primitive": {
        "type": "string",
        "enum": ["Lock", "Semaphore", "Event", "Condition"],
        "default": "Lock",
        "description": "The class of threading that the threads wait at.",
    },
    "work": {
        "type": "integer",
        "minimum": 0,
        "maximum": 10000,
        "default": 200,
        "unit": "steps",
        "description": "Work that a thread does while it has the token, on its own data.",
    },
}
OPERATION = "one hand-over, with the work"
OPERATIONS = 1

SMALL = 256  # the largest integer that is never allocated


def setup(threads, *, primitive, work):
    make = {"Lock": Lock, "Semaphore": lambda: Semaphore(0), "Event": Event, "Condition": Condition}[primitive]
    # A station is what threads wait at, and the flag of a Condition; the token is at the first one.
    stations = [(make(), [False]) for _ in range(threads)]
    for station, _ in stations:
        if primitive == "Lock":
            station.acquire()
    signal(*stations[0], primitive)
    return {"threads": threads, "primitive": primitive, "work": work, "stations": stations, "token": [0]}


def signal(station, flag, primitive):
    """Let through whoever waits at a station, or comes there next."""
    if primitive == "Event":
        station.set()
    elif primitive == "Condition":
        flag[0] = True
    else:
        station.release()


def prepare(shared, index):
    threads, stations = shared["threads"], shared["stations"]
    # The token counts the hand-overs, modulo a number of rounds; -1 in a thread's own table is a turn that is not its.
    total = rounds(threads) * threads
    after = [(turn + 1) % total if turn % threads == index else -1 for turn in range(total)] + [-1]
    mine, flag = stations[index]
    following, their_flag = stations[(index + 1) % threads]
    return mine, flag, following, their_flag, shared["token"], after, (None,) * shared["work"], [0]


def rounds(threads):
    return max(1, SMALL // threads)


def choose(*, primitive, work):
    return {"Lock": by_release, "Semaphore": by_release, "Event": by_event, "Condition": by_condition}[primitive]


def by_release(own, loops):
    mine, _, following, _, token, after, work, done = own
    wait, wake = mine.acquire, following.release
    for _ in repeat(None, loops):
        wait()
        for _ in work:
            done[0] += 1
        token[0] = after[token[0]]
        wake()


def by_event(own, loops):
    mine, _, following, _, token, after, work, done = own
    wait, clear, wake = mine.wait, mine.clear, following.set
    for _ in repeat(None, loops):
        wait()
        clear()
        for _ in work:
            done[0] += 1
        token[0] = after[token[0]]
        wake()


def by_condition(own, loops):
    mine, flag, following, their_flag, token, after, work, done = own
    wait, wake = mine.wait, following.notify
    for _ in repeat(None, loops):
        with mine:
            while not flag[0]:
                wait()
            flag[0] = False
        for _ in work:
            done[0] += 1
        token[0] = after[token[0]]
        with following:
            their_flag[0] = True
            wake()


def check(shared, owns, loops):
    threads, (turn,) = shared["threads"], shared["token"]
    assert turn != -1, "a thread moved the token when it was not its turn"
    expected = loops % rounds(threads) * threads
    assert turn == expected, "the token was handed over %d times, not %d (modulo the rounds)" % (turn, expected)
    for *_, done in owns:
        assert done[0] == loops * shared["work"], "a thread's own work is not all done"
    for (mine, *_), (_, _, following, *_) in zip(owns, owns[-1:] + owns[:-1]):
        assert mine is following, "a thread does not signal the next one"
    signalled = [signals(*station, shared["primitive"]) for station in shared["stations"]]
    assert signalled == [1] + [0] * (threads - 1), "signals are left, or lost: %s" % signalled


def signals(station, flag, primitive):
    """How many waits would go through at a station now, counted to 2."""
    if primitive == "Event":
        return int(station.is_set())
    if primitive == "Condition":
        return int(flag[0])
    return sum(station.acquire(blocking=False) for _ in range(2))
