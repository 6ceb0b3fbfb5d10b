"""Threads read, write, append to and iterate over a list: their own or one for all.

Stresses: access to the items of a list. The items are small integers, which have no count that could be fought over,
and the list stays at 64 items (while it is appended to, at four more for each thread), so it never has to grow for
long. Each thread reads along a chain, in which every item says which one is next; stores to eight items of its own;
appends four items and pops four; or passes over the list with an iterator of its own.

Expect:
- private: scales with the CPUs where there is no GIL; the control.
- shared, `direct` (`a[i]`, `a.append(x)`, what programs do): no more, and often less, than one thread's throughput
  without a GIL. Reading takes no lock (Objects/listobject.c, list_get_item_ref), but each access takes and drops a
  reference to the list itself, atomically, on one cache line (PEP 703, "Biased reference counting").
- shared, `bound` (`a.__getitem__`, `a.append`, bound once by each thread): the same access without that reference.
  Reads scale. Stores, appends and pops do not, as they take the list's lock (PEP 703, "Container thread-safety").
- shared, iterating: scales, as the iterator holds one reference for a whole pass, and takes the items without the lock
  (PEP 703, "Optimistically avoiding locking"). Nothing goes wrong when other threads store meanwhile.
With the GIL all are alike, and none scales.

Does not show: items that are not immortal, whose own counts are fought over, too; the cost of growing, which is the
allocator's; insert and delete, which move all items behind; updates such as `a[i] += 1` that are lost
(`counter_increment`).

How it goes wrong: bare appending measures realloc, and memory grows without bound; one iterator for all threads gives
items twice, or leaves some out, or crashes the interpreter: each thread has to make its own.

Source: PEP 703, "Optimistically avoiding locking" and "Container thread-safety".
"""

from itertools import repeat

PARAMS = {
    "operation": {
        "type": "string",
        "enum": ["read", "write", "append", "iterate", "iterate_write"],
        "default": "read",
        "description": (
            "Read items; store to them; append and pop; pass over all items; or pass over all items and store to "
            "eight of them, in turn."
        ),
    },
    "sharing": {
        "type": "string",
        "enum": ["private", "shared"],
        "default": "shared",
        "description": "Each thread has a list that it made itself, or all have one.",
    },
    "access": {
        "type": "string",
        "enum": ["direct", "bound"],
        "default": "direct",
        "description": (
            "`a[i]`, `a[i] = x`, `a.append(x)`, or methods bound once by each thread. Makes no difference to iterating."
        ),
    },
}
OPERATION = "one access; when iterating, eight items (and one store)"
OPERATIONS = 8

ITEMS = 64
CHAIN = 61  # items that are read; a prime number, so that no number of turns but a multiple of it ends where it began
SLOTS = 8  # items that a thread stores to; the last eight of the list are nobody's
TURNS = 251  # turns are counted modulo this, in small integers


def setup(threads, *, operation, sharing, access):
    return {"operation": operation, "items": _make() if sharing == "shared" else None}


def _make():
    return [(i + 1) % CHAIN for i in range(CHAIN)] + list(range(CHAIN, ITEMS))


def prepare(shared, index):
    items = _make() if shared["items"] is None else shared["items"]
    first = index * SLOTS % (ITEMS - SLOTS)
    after = tuple((i + 1) % TURNS for i in range(TURNS))
    # The list, the items to store to, a tuple that counts turns, the turn, and what was read or taken last.
    return [items, tuple(range(first, first + SLOTS)), after, 0, 0]


def choose(*, operation, sharing, access):
    return {
        ("read", "direct"): read,
        ("read", "bound"): read_bound,
        ("write", "direct"): write,
        ("write", "bound"): write_bound,
        ("append", "direct"): append,
        ("append", "bound"): append_bound,
        ("iterate", access): iterate,
        ("iterate_write", access): iterate_write,
    }[operation, access]


def read(own, loops):
    items, _, _, _, at = own
    for _ in repeat(None, loops):
        at = items[at]
        at = items[at]
        at = items[at]
        at = items[at]
        at = items[at]
        at = items[at]
        at = items[at]
        at = items[at]
    own[4] = at


def read_bound(own, loops):
    items, _, _, _, at = own
    get = items.__getitem__
    for _ in repeat(None, loops):
        at = get(at)
        at = get(at)
        at = get(at)
        at = get(at)
        at = get(at)
        at = get(at)
        at = get(at)
        at = get(at)
    own[4] = at


def write(own, loops):
    items, (s0, s1, s2, s3, s4, s5, s6, s7), after, turn, _ = own
    for _ in repeat(None, loops):
        turn = after[turn]
        items[s0] = turn
        items[s1] = turn
        items[s2] = turn
        items[s3] = turn
        items[s4] = turn
        items[s5] = turn
        items[s6] = turn
        items[s7] = turn
    own[3] = turn


def write_bound(own, loops):
    items, (s0, s1, s2, s3, s4, s5, s6, s7), after, turn, _ = own
    put = items.__setitem__
    for _ in repeat(None, loops):
        turn = after[turn]
        put(s0, turn)
        put(s1, turn)
        put(s2, turn)
        put(s3, turn)
        put(s4, turn)
        put(s5, turn)
        put(s6, turn)
        put(s7, turn)
    own[3] = turn


def append(own, loops):
    items, _, after, turn, kept = own
    for _ in repeat(None, loops):
        turn = after[turn]
        items.append(turn)
        items.append(turn)
        items.append(turn)
        items.append(turn)
        kept = items.pop()
        kept = items.pop()
        kept = items.pop()
        kept = items.pop()
    own[3], own[4] = turn, kept


def append_bound(own, loops):
    items, _, after, turn, kept = own
    put, take = items.append, items.pop
    for _ in repeat(None, loops):
        turn = after[turn]
        put(turn)
        put(turn)
        put(turn)
        put(turn)
        kept = take()
        kept = take()
        kept = take()
        kept = take()
    own[3], own[4] = turn, kept


def iterate(own, loops):
    items, _, after, turn, item = own
    for _ in repeat(None, loops):
        for item in items:  # noqa: B007 - the last one is what `check` looks at
            pass
        turn = after[turn]
    own[3], own[4] = turn, item


def iterate_write(own, loops):
    items, (s0, s1, s2, s3, s4, s5, s6, s7), after, turn, item = own
    for _ in repeat(None, loops):
        for item in items:  # noqa: B007 - the last one is what `check` looks at
            pass
        turn = after[turn]
        items[s0] = turn
        items[s1] = turn
        items[s2] = turn
        items[s3] = turn
        items[s4] = turn
        items[s5] = turn
        items[s6] = turn
        items[s7] = turn
    own[3], own[4] = turn, item


def check(shared, owns, loops):
    operation = shared["operation"]
    lists = {id(items) for items, _, _, _, _ in owns}
    assert len(lists) == (len(owns) if shared["items"] is None else 1), "private lists are shared, or shared ones not"
    for items, slots, _, turn, last in owns:
        if operation == "read":
            expected = loops * SLOTS % CHAIN
            assert last == expected, "reading came to item %d instead of %d" % (last, expected)
        else:
            assert turn == loops % TURNS, "not all turns were made"
        if operation == "append" and shared["items"] is None:
            assert last == turn, "popped %s where %s was appended last" % (last, turn)
        if operation.startswith("iterate"):
            assert last == ITEMS - 1, "a pass ended at item %s instead of the last one" % last
        expected = _make()
        if operation.endswith("write"):
            for _, others, _, _, _ in owns if shared["items"] is not None else [(items, slots, None, None, None)]:
                for slot in others:
                    expected[slot] = turn
        assert items == expected, "the list is not what it should be: %d items, %s" % (len(items), items[:ITEMS])
