"""Threads make objects of one kind and keep them: bytes for each, by what Python says and by what the system gave.

Stresses: memory. It is read as metrics, not as a time:
- size: what sys.getsizeof says of one object, its collector's header included, what it refers to not.
- resident: how much the process grew for one, from before each thread made its own objects to after: with the
  allocator's rounding, and with what belongs to the object but is not in its size (an instance's values, a list's
  items).
A thread is a kind of object, too: a threading.Thread that has started and waits at a lock, with its stack, its state,
and the heaps it has of its own on a free-threaded build. Of those there are a thousandth as many.
The time is that of making one object in place of an earlier one, and a by-product.

Expect, on 64 bits: object(), int, float and str are 16 bytes larger on a free-threaded build, because every object
begins with its owner, a lock of its own and two reference counts (PEP 703, "Reference Counting" and "Per-object
locks"): 32 bytes instead of 16. What the collector tracks (tuple, list, dict, instances) has the same size as before:
the 16 bytes in front of it that linked it to the next are gone (PEP 703, "Garbage Collection"; Include/internal/
pycore_gc.h). All this is laid down when the interpreter is built: the GIL, on or off, changes none of it. What the
system gives is somewhat more, as mimalloc rounds to other sizes than the default build's allocator.

Does not show: what the interpreter itself takes, fragmentation, or what is given back when objects die.

How it goes wrong: objects that came out of memory freed earlier make the process grow by nothing. So all that was made
is kept until the process ends, that of other thread counts included, and the holes that the start of the interpreter
left are filled first. Few objects drown in what else grows; the list that keeps them must be there, and written to,
before. `check` finds growth that is less than the objects' own size. On Linux the resident memory is read from
/proc/self/smaps_rollup, which counts exactly; elsewhere the growth of its peak stands for it. This kernel breaks a
rule on purpose: it starts threads, and leaves them waiting, since stacks given back would be used again.

Source: PEP 703; the documentation of sys.getsizeof; proc_pid_smaps(5).
"""

import resource
import sys
import threading
from itertools import cycle, repeat

PARAMS = {
    "kind": {
        "type": "string",
        "enum": ["object", "int", "float", "str", "tuple", "list", "dict", "instance", "slots", "thread"],
        "default": "object",
        "description": (
            "What is made. A str has 7 letters; tuple, list, dict, instance (attributes in a dictionary) and slots "
            "hold two references to one integer."
        ),
    },
    "objects": {
        "type": "integer",
        "minimum": 1000,
        "maximum": 10000000,
        "multipleOf": 1000,
        "default": 50000,
        "description": "How many each thread makes and keeps; of threads, one for every thousand.",
    },
}
METRICS = {
    "size": {"unit": "B", "description": "sys.getsizeof of one object."},
    "resident": {"unit": "B", "description": "Growth of the resident memory for each object, the mean of all threads."},
}
OPERATION = "one object made"
OPERATIONS = 8

THREADS_IN = 1000  # one thread for so many objects
ENOUGH = 1 << 18  # bytes; below it the growth is too coarse to be judged
LONGEST_FILL = 50  # tenths of the objects
RING = 61  # objects that the timed loop keeps; a prime, so that a number of makings left out does not come round


class Instance:
    """Two attributes."""

    def __init__(self, left, right):
        self.left, self.right = left, right


class Slots:
    """Two attributes that are fields of the object."""

    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


def make_object(seed):
    return object()


def make_int(seed):
    return seed + 1


def make_float(seed):
    return seed + 0.5


def make_str(seed):
    return str(seed)


def make_tuple(seed):
    return (seed, seed)


def make_list(seed):
    return [seed, seed]


def make_dict(seed):
    return {"left": seed, "right": seed}


def make_instance(seed):
    return Instance(seed, seed)


def make_slots(seed):
    return Slots(seed, seed)


def make_thread(seed):
    """A thread that has ended."""
    thread = threading.Thread(target=int, daemon=True)
    thread.start()
    thread.join()
    return thread


def waiting_thread(lock):
    """A thread that waits for a lock that nobody releases."""
    thread = threading.Thread(target=lock.acquire, daemon=True)
    thread.start()
    return thread


MAKERS = {
    "object": (make_object, object),
    "int": (make_int, int),
    "float": (make_float, float),
    "str": (make_str, str),
    "tuple": (make_tuple, tuple),
    "list": (make_list, list),
    "dict": (make_dict, dict),
    "instance": (make_instance, Instance),
    "slots": (make_slots, Slots),
    "thread": (make_thread, threading.Thread),
}


def setup(threads, *, kind, objects):
    return kind, objects // THREADS_IN if kind == "thread" else objects


def prepare(shared, index):
    kind, count = shared
    make, seed = MAKERS[kind][0], 1000000 + index
    if kind == "thread":
        make, seed = waiting_thread, threading.Lock()
        seed.acquire()
    kept = [None] * count
    filling = _fill(make, seed, max(1, count // 10))
    before = _resident()
    for at in range(count):
        kept[at] = make(seed)
    return {
        "grown": _resident() - before,
        "kept": kept,
        "filling": filling,
        "make": MAKERS[kind][0],
        "seed": int(str(1000000 + index)),
        "ring": [None] * RING,
        "advance": cycle(range(RING)).__next__,
    }


def _fill(make, seed, count):
    """Objects for the holes that compiling and importing left, so that those made after them take new memory."""
    pieces = []
    for _ in range(LONGEST_FILL):
        piece = [None] * count  # of its final length, as a list that grows would leave holes again
        pieces.append(piece)
        before = _resident()
        for at in range(count):
            piece[at] = make(seed)
        if _resident() - before > count * sys.getsizeof(piece[0]):
            break
    return pieces


def _resident():
    """Bytes of this process in memory now; where the system does not tell, the most there ever were."""
    try:
        with open("/proc/self/smaps_rollup", "rb") as rollup:  # noqa: PTH123 - pathlib is a module more in memory
            for line in rollup:
                if line.startswith(b"Rss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def run(own, loops):
    ring, advance, make, seed = own["ring"], own["advance"], own["make"], own["seed"]
    for _ in repeat(None, loops):
        ring[advance()] = make(seed)
        ring[advance()] = make(seed)
        ring[advance()] = make(seed)
        ring[advance()] = make(seed)
        ring[advance()] = make(seed)
        ring[advance()] = make(seed)
        ring[advance()] = make(seed)
        ring[advance()] = make(seed)


def check(shared, owns, loops):
    kind, count = shared
    expected = MAKERS[kind][1]
    sizes = set()
    for own in owns:
        assert own["advance"]() == loops * OPERATIONS % RING, "not every object was made"
        made = [thing for thing in own["ring"] if thing is not None]
        assert len(made) == min(RING, loops * OPERATIONS), "%d objects are in the ring" % len(made)
        every = own["kept"] + made
        assert set(map(type, every)) == {expected}, "not all are of type %s" % expected
        sizes |= {sys.getsizeof(every[0]), sys.getsizeof(every[count - 1]), sys.getsizeof(every[-1])}
    assert len(sizes) == 1, "objects of one kind have the sizes %s" % sorted(sizes)
    kept = [id(thing) for own in owns for thing in own["kept"]]
    assert len(set(kept)) == count * len(owns), "some objects are one"
    if kind == "thread":
        assert all(thing.is_alive() for own in owns for thing in own["kept"]), "a thread that should wait has ended"
    (size,) = sizes
    resident = sum(own["grown"] for own in owns) / len(kept)
    assert resident > 0.95 * size or size * count < ENOUGH, "memory was used again: %d bytes each" % resident
    return {"size": size, "resident": resident}
