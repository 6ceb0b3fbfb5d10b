"""Threads make objects that they drop themselves, or that another thread drops.

Stresses: dropping the last reference to an object of another thread. In each call of `run` a thread makes a hundred
objects a turn for the next call, and drops a hundred that were made in the last call: its own (`freed_by` maker), or
those of the next thread (`other`). Between two calls all threads wait, so no two touch a list at once.

Expect:
- Without the GIL and with two threads or more, `other` costs more than `maker`: 1.3 times as much or more. Only the
  maker may count without atomic instructions, so another thread cannot tell that it drops the last reference. It puts
  the object on the maker's queue, under a lock, and the maker, between two of its instructions, merges both counts and
  frees the object (PEP 703, "Biased reference counting"; Python/brc.c). The memory goes back to the heap it came from.
- `maker` scales with the CPUs.
- With the GIL a default build has one count and frees at once, so it makes no difference. A free-threaded build keeps
  its queues with the GIL on, too.
- One thread is its own neighbour: there `other` is the same as `maker`, and the control.

Does not show: queues between threads and waiting for them; a maker that has ended (then whoever drops the object frees
it) or that sleeps (then its queue grows). What is queued for a maker that has done its loops is freed after its time
was taken; it is little if the threads run side by side, up to a switch interval's work if they take turns.

How it goes wrong: if a container with a thousand objects is handed over and dropped whole, only the container is
queued, and all in it is freed by its maker as if nothing had happened: the objects must be dropped one by one. A
`queue.Queue` or a lock around each object measures that. Lists of the threads' own add their own foreign counts to
`other` alone. Here the main thread made all the lists, for `maker` as well, and a slice is deleted from them, which
drops a hundred objects by themselves in one instruction.

Source: PEP 703; J. Choi et al., "Biased Reference Counting: Minimizing Atomic Operations in Garbage Collection", 2018.
"""

import sys
from itertools import repeat

PARAMS = {
    "freed_by": {
        "type": "string",
        "enum": ["maker", "other"],
        "default": "other",
        "description": "Each thread drops what it made itself, or what the next thread made.",
    },
    "kind": {
        "type": "string",
        "enum": ["object", "list"],
        "default": "object",
        "description": "What is made: object(), or a list of one.",
    },
}
METRICS = {
    "handed_over": {
        "unit": "",
        "description": (
            "Share of the dropped objects that another thread had made, but for those that a thread makes for itself "
            "in its first call."
        ),
    },
}
OPERATION = "one object made and one dropped"
OPERATIONS = 100

TURN = 100  # objects; the slice in the loops below says it again, as a constant


def setup(threads, *, freed_by, kind):
    # Two lists a thread: in one call of `run` it fills the first and somebody empties the second, in the next the other
    # way round. All are made here, so that they are as foreign to `maker` as to `other`.
    return {"freed_by": freed_by, "kind": kind, "lists": [([], []) for _ in range(threads)]}


def prepare(shared, index):
    lists = shared["lists"]
    from_index = (index + 1) % len(lists) if shared["freed_by"] == "other" else index
    return {
        "fill": list(lists[index]),
        "empty": list(reversed(lists[from_index])),
        "hundred": (None,) * TURN,
        "made": 0,
        "dropped": 0,
        "extra": 0,  # made in `stock`, and dropped by the same thread
        "most": 0,  # objects that one call was to drop
    }


def choose(*, freed_by, kind):
    return run_object if kind == "object" else run_list


def stock(own, loops, make):
    """Begin a call of `run`: the two lists, the second holding as much as will be dropped.

    It lacks something only when the number of loops has grown: in the first call, which is warm-up, and while the loops
    are calibrated. What is missing is made here and dropped by the same thread, so each loop has a hundred to drop.
    """
    fill, empty = own["fill"][0], own["empty"][0]
    missing = max(0, loops * TURN - len(empty))
    own["extra"] += missing
    own["most"] = max(own["most"], loops * TURN)
    empty.extend([make() for _ in range(missing)])
    own["made"] -= len(fill)
    own["dropped"] += len(empty)
    return fill, empty, own["hundred"]


def settle(own):
    """End a call of `run`: count what is in the lists, and change them over."""
    own["made"] += len(own["fill"][0])
    own["dropped"] -= len(own["empty"][0])
    own["fill"].reverse()
    own["empty"].reverse()


def run_object(own, loops):
    fill, empty, hundred = stock(own, loops, object)
    make = object
    for _ in repeat(None, loops):
        fill += [make() for _ in hundred]
        del empty[-100:]
    settle(own)


def run_list(own, loops):
    fill, empty, hundred = stock(own, loops, lambda: [None])
    x = None
    for _ in repeat(None, loops):
        fill += [[x] for _ in hundred]
        del empty[-100:]
    settle(own)


def check(shared, owns, loops):
    lists, expected = shared["lists"], loops * TURN
    handed = foreign = 0
    for index, own in enumerate(owns):
        assert own["made"] == expected, "%d objects were made, not %d" % (own["made"], expected)
        assert own["dropped"] == expected, "%d objects were dropped, not %d" % (own["dropped"], expected)
        assert own["extra"] == own["most"], "the objects of the call before were not there to be dropped"
        filled = {id(one) for one in own["fill"]}
        assert filled == {id(one) for one in lists[index]}, "a thread filled another one's lists"
        emptied = {id(one) for one in own["empty"]}
        if len(owns) > 1:
            assert (filled == emptied) == (shared["freed_by"] == "maker"), "the wrong thread dropped the objects"
        handed += own["dropped"] - own["extra"]
        foreign += own["dropped"] - own["extra"] if filled != emptied else 0
    left = [thing for pair in lists for one in pair for thing in one]
    extra = sum(own["extra"] for own in owns)
    assert len(left) == extra, "%d objects are left of %d" % (len(left), extra)
    assert len({id(thing) for thing in left}) == len(left), "an object stands in two places"
    kind = object if shared["kind"] == "object" else list
    assert all(type(thing) is kind for thing in left), "not a %s" % shared["kind"]
    # A list held the only reference to what was dropped, or dropping freed nothing: compare with objects kept alike.
    model = [[object()]]
    alike = [thing for one in model for thing in one]
    assert _counts(left[:TURN]) <= _counts(alike[:TURN]), "an object is kept elsewhere"
    return {"handed_over": foreign / max(1, handed)}


def _counts(things):
    return {sys.getrefcount(thing) for thing in things}
