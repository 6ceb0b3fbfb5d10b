"""Threads make and drop objects of their own: one at a time, a hundred at a time, or in a pool of kept ones.

Stresses: allocating and freeing small objects. Each thread makes, keeps and drops its own; nothing is shared but the
types. A turn is a hundred objects, by `pattern`:
- single: each object takes the name of the one before, which is dropped. Two are alive, so the same two pieces of
  memory serve again and again: the fast path of a freelist or of the allocator.
- batch: a hundred are made, then all are dropped at once. More than the freelists of lists and dictionaries hold (80),
  but no more than those of floats (100) and tuples (2000 of each length) do in 3.13.
- pool: `kept` objects stay, and the oldest is replaced each time. The memory is that which was freed longest ago.

Expect:
- Without the GIL all of it scales with the CPUs: each thread has freelists and an allocator's heap of its own (PEP 703,
  "Memory management"; Objects/obmalloc.c, Objects/mimalloc). With the GIL nothing scales.
- One thread of the free-threaded 3.13 makes lists and tuples for a little less than one of the default build (about 0.8
  to 0.9 of the time), and instances of Python classes for about twice as much, as `__init__` is called without
  specialisation (PEP 703, "Performance"). Switching its GIL on changes neither: it is the build.

Does not show: objects that another thread frees (`object_hand_over`); the garbage collector, which is off; large
objects; growing containers; how much memory is wasted.

How it goes wrong: objects of types written in C that are made on the heap (`deque`, `array`, `Lock`, `repeat`) count
references to their type, which all threads share on the free-threaded 3.13; a constant tuple or number is made once,
when the code is compiled; a shared list that keeps the objects measures that list. Keeping every object measures the
growth of memory, so here their number is bounded.

Source: PEP 703, "Memory management"; D. Leijen et al., "Mimalloc: Free List Sharding in Action", 2019.
"""

from itertools import count, cycle, repeat

PARAMS = {
    "kind": {
        "type": "string",
        "enum": ["object", "tuple", "list", "dict", "instance", "slots", "float", "bytes"],
        "default": "list",
        "description": (
            "What is made: object(), a tuple of two, a list or dict of one, an instance of a Python class with one "
            "attribute in a dictionary or in __slots__, a sum of two floats, or two bytes objects joined."
        ),
    },
    "pattern": {
        "type": "string",
        "enum": ["single", "batch", "pool"],
        "default": "single",
        "description": "Drop each at once, a hundred together, or the oldest of a pool.",
    },
    "kept": {
        "type": "integer",
        "minimum": 100,
        "maximum": 100000,
        "multipleOf": 100,
        "default": 1000,
        "unit": "objects",
        "description": "Size of each thread's pool; the other patterns ignore it.",
    },
}
OPERATION = "one object made and one dropped"
OPERATIONS = 100

TURN = 100  # objects, which the loops below go over: a tuple costs less to go over than the shortest operation


class Instance:
    """One attribute in a dictionary, or where the build keeps a small one's values."""

    def __init__(self):
        self.value = None


class Slots:
    """One attribute in a slot."""

    __slots__ = ("value",)

    def __init__(self):
        self.value = None


CALLED = {"object": object, "instance": Instance, "slots": Slots}


def setup(threads, *, kind, pattern, kept):
    return {"kind": kind, "pattern": pattern, "kept": kept}


def prepare(shared, index):
    # A callable, and the operands: all of this thread's own, but for classes and None, which are immortal.
    kind = shared["kind"]
    make = CALLED.get(kind)
    x = y = None
    if kind == "float":
        x, y = float("0.25"), float("0.5")
    elif kind == "bytes":
        x, y = bytes(bytearray(b"12345678")), bytes(bytearray(b"abcdefgh"))
    # `turn` counts the loops, or gives the row of the pool whose objects are replaced next.
    rows, turn = [], count(1).__next__
    if shared["pattern"] == "pool":
        rows = [[None] * TURN for _ in range(shared["kept"] // TURN)]
        turn = cycle(rows).__next__
    # The last item is what is alive when a run ends.
    return [make, x, y, turn, (None,) * TURN, tuple(range(TURN)), rows, None]


def choose(*, kind, pattern, kept):
    made_by = {"float": "sum", "bytes": "sum", "tuple": "tuple", "list": "list", "dict": "dict"}.get(kind, "call")
    return {
        ("single", "call"): single_call,
        ("single", "tuple"): single_tuple,
        ("single", "list"): single_list,
        ("single", "dict"): single_dict,
        ("single", "sum"): single_sum,
        ("batch", "call"): batch_call,
        ("batch", "tuple"): batch_tuple,
        ("batch", "list"): batch_list,
        ("batch", "dict"): batch_dict,
        ("batch", "sum"): batch_sum,
        ("pool", "call"): pool_call,
        ("pool", "tuple"): pool_tuple,
        ("pool", "list"): pool_list,
        ("pool", "dict"): pool_dict,
        ("pool", "sum"): pool_sum,
    }[pattern, made_by]


def single_call(own, loops):
    make, _, _, turn, hundred, _, _, _ = own
    thing = None
    for _ in repeat(None, loops):
        turn()
        for _ in hundred:
            thing = make()
    own[7] = [thing]


def single_tuple(own, loops):
    _, x, y, turn, hundred, _, _, _ = own
    thing = None
    for _ in repeat(None, loops):
        turn()
        for _ in hundred:
            thing = (x, y)
    own[7] = [thing]


def single_list(own, loops):
    _, x, _, turn, hundred, _, _, _ = own
    thing = None
    for _ in repeat(None, loops):
        turn()
        for _ in hundred:
            thing = [x]
    own[7] = [thing]


def single_dict(own, loops):
    _, x, y, turn, hundred, _, _, _ = own
    thing = None
    for _ in repeat(None, loops):
        turn()
        for _ in hundred:
            thing = {x: y}
    own[7] = [thing]


def single_sum(own, loops):
    _, x, y, turn, hundred, _, _, _ = own
    thing = None
    for _ in repeat(None, loops):
        turn()
        for _ in hundred:
            thing = x + y
    own[7] = [thing]


# In a batch the old things are dropped before the new ones are made.


def batch_call(own, loops):
    make, _, _, turn, hundred, _, _, _ = own
    things = own[7] = None
    for _ in repeat(None, loops):
        turn()
        things = None
        things = [make() for _ in hundred]
    own[7] = things


def batch_tuple(own, loops):
    _, x, y, turn, hundred, _, _, _ = own
    things = own[7] = None
    for _ in repeat(None, loops):
        turn()
        things = None
        things = [(x, y) for _ in hundred]
    own[7] = things


def batch_list(own, loops):
    _, x, _, turn, hundred, _, _, _ = own
    things = own[7] = None
    for _ in repeat(None, loops):
        turn()
        things = None
        things = [[x] for _ in hundred]
    own[7] = things


def batch_dict(own, loops):
    _, x, y, turn, hundred, _, _, _ = own
    things = own[7] = None
    for _ in repeat(None, loops):
        turn()
        things = None
        things = [{x: y} for _ in hundred]
    own[7] = things


def batch_sum(own, loops):
    _, x, y, turn, hundred, _, _, _ = own
    things = own[7] = None
    for _ in repeat(None, loops):
        turn()
        things = None
        things = [x + y for _ in hundred]
    own[7] = things


def pool_call(own, loops):
    make, _, _, turn, _, places, _, _ = own
    for _ in repeat(None, loops):
        row = turn()
        for place in places:
            row[place] = make()


def pool_tuple(own, loops):
    _, x, y, turn, _, places, _, _ = own
    for _ in repeat(None, loops):
        row = turn()
        for place in places:
            row[place] = (x, y)


def pool_list(own, loops):
    _, x, _, turn, _, places, _, _ = own
    for _ in repeat(None, loops):
        row = turn()
        for place in places:
            row[place] = [x]


def pool_dict(own, loops):
    _, x, y, turn, _, places, _, _ = own
    for _ in repeat(None, loops):
        row = turn()
        for place in places:
            row[place] = {x: y}


def pool_sum(own, loops):
    _, x, y, turn, _, places, _, _ = own
    for _ in repeat(None, loops):
        row = turn()
        for place in places:
            row[place] = x + y


RIGHT = {
    "tuple": (None, None),
    "list": [None],
    "dict": {None: None},
    "float": 0.75,
    "bytes": b"12345678abcdefgh",
}


def check(shared, owns, loops):
    kind, pattern = shared["kind"], shared["pattern"]
    every = []
    for _, _, _, turn, _, _, rows, alive in owns:
        if pattern == "pool":
            # The first rows are filled, the others were not reached yet; and the right one would be next.
            filled = min(loops, len(rows))
            assert not any(thing is not None for row in rows[filled:] for thing in row), "too much was replaced"
            assert turn() is rows[loops % len(rows)], "loops were left out, or done twice"
            things = [thing for row in rows[:filled] for thing in row]
            expected = filled * TURN
        else:
            done = turn() - 1
            assert done == loops, "%d loops were done of %d" % (done, loops)
            things, expected = alive, TURN if pattern == "batch" else 1
        assert len(things) == expected, "%d objects are alive, not %d" % (len(things), expected)
        assert all(_is_right(kind, thing) for thing in things), "not a %s, or not the right value" % kind
        every += things
    assert len({id(thing) for thing in every}) == len(every), "an object stands in two places"
    operands = [operand for own in owns for operand in own[1:3] if operand is not None]
    assert len({id(operand) for operand in operands}) == len(operands), "an operand is shared"


def _is_right(kind, thing):
    if kind in CALLED:
        return type(thing) is CALLED[kind] and (kind == "object" or thing.value is None)
    return type(thing) is type(RIGHT[kind]) and thing == RIGHT[kind]
