"""Threads walk through a list larger than the caches, slot after slot, in strides, or by chance.

Stresses: memory. A list is a row of 8-byte pointers; how fast they come depends on the order in which they are asked
for.

Orders:
- sequential, strided: extended slices (`items[start:stop:step]`) of 4096 slots each, so that the loop is C and a slot
  costs a few ns. The slots hold None, which is immortal: pointers are read, objects are not written. Strided lanes
  follow one another, so that a whole round visits every slot once, as sequential does, and no cache line again before
  all the others: the whole list is the working set at every stride.
- chained: every slot a line apart holds the index of the next, so that each step waits for the one before: `at =
  get(at)`, some 30 to 40 ns of bytecode, and the memory's latency where the next line is not foreseen. Neighbours are.
- shuffled: the same chain in a random order. The difference to `chained` is latency (caches, TLB) and nothing else.

Expect: a stride of 8 slots (one line) costs twice as much a slot as sequential, more from 16 on, once the list is
larger than the L2 cache; in a small list the stride costs little. Shuffled costs more than chained in proportion to
what the caches miss. Private lists scale without a GIL until the memory's bandwidth is used up. One shared list: a
slice holds the list's lock while it copies (Objects/listobject.c, critical sections; PEP 703 "Container
thread-safety"), so slicing threads take turns; reading items one by one is lock-free and scales.

Does not show: the cost of `items[i]` in bytecode, or of touching what the items point to (their reference counts).

How it goes wrong: `for i in range(0, n, step): x += items[i]` spends 40 to 60 ns a slot on bytecode and integers, ten
times the effect; integers as items are written by counting references, and on a free-threaded build atomically by all
but their owner; a shared list that is named in the loop measures its own reference count, which is why `get` is a
method bound by each thread; lanes in their order (slots 0, 1, 2 from the start) come back to the same lines at once
when the stride is larger than a line, and find them in a cache.

Source: J. McCalpin, "STREAM"; lmbench's lat_mem_rd for the chain.
"""

from itertools import accumulate, cycle, islice, repeat

PARAMS = {
    "order": {
        "type": "string",
        "enum": ["sequential", "strided", "chained", "shuffled"],
        "default": "sequential",
        "description": (
            "Slices of neighbouring slots or of every stride-th; a chain through every eighth slot, in order or "
            "shuffled."
        ),
    },
    "stride": {
        "type": "integer",
        "minimum": 2,
        "maximum": 1024,
        "default": 8,
        "unit": "slots",
        "description": (
            "Distance of the slots that a strided slice reads; a slot is 8 bytes. Needs a list of 32 KiB times the "
            "stride, or more. The other orders do not use it."
        ),
    },
    "size": {
        "type": "integer",
        "minimum": 64,
        "maximum": 1048576,
        "multipleOf": 64,
        "default": 32768,
        "unit": "KiB",
        "description": "The list's slots together: the working set of one thread, or of all if they share.",
    },
    "sharing": {
        "type": "string",
        "enum": ["private", "shared"],
        "default": "private",
        "description": "A list for each thread, made by it, or one for all.",
    },
}
OPERATION = "one slot"
OPERATIONS = 4096

SLOTS = 128  # in a KiB
LINE = 8  # slots in a cache line of 64 bytes
UNROLLED = 8


def setup(threads, *, order, stride, size, sharing):
    shared = {
        "threads": threads,
        "order": order,
        "stride": stride if order == "strided" else 1,
        "slots": size * SLOTS,
        "chained": order in ("chained", "shuffled"),
    }
    shared["list"] = _make(shared) if sharing == "shared" else None
    return shared


def _make(shared):
    """The list, and the order of its chain if it has one."""
    items = [None] * shared["slots"]
    if not shared["chained"]:
        return items, ()
    lines = shared["slots"] // LINE
    visits = list(range(0, shared["slots"], LINE)) if shared["order"] == "chained" else _shuffle(lines)
    # The numbers were made in the order they are visited: they lie in a row, and only the list's slots are far apart.
    for here, after in zip(visits, visits[1:] + visits[:1]):
        items[here] = after
    return items, visits


def _shuffle(lines):
    """The first slots of all lines in a fixed random order (not `random`, whose import and shuffle take too long)."""
    period = 1 << max(2, (lines - 1).bit_length())
    # Multiplier 1 mod 4 and odd summand: every number below a power of two once (Hull and Dobell 1962).
    values = accumulate(repeat(12345 % period, period), lambda x, _: (x * 2891336453 + 1013904223) % period)
    return [x * LINE for x in values if x < lines]


def prepare(shared, index):
    items, visits = shared["list"] or _make(shared)
    # Threads that share start at different places.
    part = index / shared["threads"]
    if shared["chained"]:
        start = int(part * len(visits))
        # [bound look-up, turns for one loop, where it is, where it started, the chain's order]
        return [items.__getitem__, (None,) * (OPERATIONS // UNROLLED), visits[start], start, visits]
    slices = _slices(shared["slots"], shared["stride"])
    start = int(part * len(slices))
    # [list, walk that never ends, last slice read, all slices, where the walk began]
    return [items, cycle(slices[start:] + slices[:start]), None, slices, start]


def _slices(slots, stride):
    """Slices that read every slot once (but for a rest at the end), and no line again before all others were read."""
    span = OPERATIONS * stride
    if slots < span:
        raise ValueError(
            "a slice of %d slots with a stride of %d needs a size of at least %d" % (OPERATIONS, stride, span // SLOTS)
        )
    starts = range(0, slots - span + 1, span)
    lanes = [lane for first in range(min(LINE, stride)) for lane in range(first, stride, LINE)]
    return [slice(start + lane, start + lane + span, stride) for lane in lanes for start in starts]


def choose(*, order, stride, size, sharing):
    return follow if order in ("chained", "shuffled") else slice_by_slice


def slice_by_slice(own, loops):
    items, walk = own[:2]
    for part in islice(walk, loops):
        read = items[part]
    own[2] = read


def follow(own, loops):
    get, turns, at, _, _ = own
    for _ in repeat(None, loops):
        for _ in turns:
            at = get(get(get(get(get(get(get(get(at))))))))
    own[2] = at


def check(shared, owns, loops):
    lists = {id(own[0].__self__ if shared["chained"] else own[0]) for own in owns}
    assert len(lists) == (1 if shared["list"] else len(owns)), "%d lists for %d threads" % (len(lists), len(owns))
    for own in owns:
        if shared["chained"]:
            _, _, at, start, visits = own
            assert len(set(visits)) == len(visits) == shared["slots"] // LINE, (
                "the chain does not visit every line once"
            )
            expected = visits[(start + loops * OPERATIONS) % len(visits)]
            assert at == expected, "the walk ended at slot %d instead of %d" % (at, expected)
        else:
            _, walk, read, slices, start = own
            assert read == [None] * OPERATIONS, "a slice has %d slots, not %d" % (len(read), OPERATIONS)
            assert next(walk) is slices[(start + loops) % len(slices)], "the walk is not where %d loops lead" % loops
            _prove(slices, shared)


def _prove(slices, shared):
    """Raises AssertionError if the walk is not through the whole list, line after line."""
    rest = shared["slots"] % (OPERATIONS * shared["stride"])
    assert len({part.start for part in slices}) * OPERATIONS == shared["slots"] - rest, "not every slot is read once"
    # As many slices as it takes to read each line once start in lines of their own.
    fresh = slices[: len(slices) // min(shared["stride"], LINE)]
    assert len({part.start // LINE for part in fresh}) == len(fresh), "lines are read again while they are in a cache"
