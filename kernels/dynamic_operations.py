"""Threads access an attribute, or call, where the code meets one class or function, or several in turn.

Stresses: the guards of specialised bytecode. The same four places in the code see 64 objects in turn, whose classes (or
64 functions, which) are all the same, or two, four or eight different ones that alternate. The work is equal: all
classes have the same attribute and the same method, all functions the same body, and `kinds` changes nothing but how
often the next one differs from the last.

Expect:
- Default builds, from 3.11 on: with one kind, the place is specialised for it (LOAD_ATTR_INSTANCE_VALUE,
  LOAD_ATTR_METHOD_WITH_VALUES, CALL_PY_EXACT_ARGS; PEP 659, Python/specialize.c), and the guard always holds. With
  several it misses and falls back to the general instruction, so attributes and methods take longer. A place remembers
  one kind, so that of two every second one still passes the guard, and of eight hardly one. A call of a function loses
  least, since the general instruction goes the same way but for the checks (Python/bytecodes.c, CALL).
- The free-threaded 3.13 specialises nothing (ENABLE_SPECIALIZATION in Include/internal/pycore_code.h), so one kind
  costs as much as eight: the control. From 3.14 on free-threaded builds specialise as the default ones do, each thread
  in bytecode of its own.
Objects are the thread's own; classes and functions are shared and not counted, so it scales where there is no GIL.

Does not show: how often a place is specialised anew, as a miss leaves the specialised instruction's name where it is:
`specialized` is about the same for all numbers of kinds. Types of operands (`arithmetic`), and objects that differ in
what has to be done for them.

How it goes wrong: comparing an integer's attribute with an instance's compares different work. Functions made from one
piece of code (in a loop, or a method that all classes inherit) have one version number and pass each other's guards, so
the eight here are written out. Nested functions are counted, and contend on 3.13t where threads share them. The code
must not have run with another number of kinds before: each run of fteng has a fresh process.

Source: PEP 659, "Specializing Adaptive Interpreter"; U. Hoelzle, C. Chambers and D. Ungar, "Optimizing
Dynamically-Typed Object-Oriented Languages With Polymorphic Inline Caches" (ECOOP 1991).
"""

from itertools import repeat

PARAMS = {
    "site": {
        "type": "string",
        "enum": ["attribute", "method", "call"],
        "default": "attribute",
        "description": "What the place in the code does: read an attribute, call a method, or call a function.",
    },
    "kinds": {
        "type": "integer",
        "enum": [1, 2, 4, 8],
        "default": 1,
        "description": "How many classes (or functions) the place meets in turn.",
    },
}
OPERATION = "one access or call"
OPERATIONS = 256

COUNT = 64  # objects, each used four times a turn


class Thing:
    """What the eight classes have in common; each has a method of its own."""

    def __init__(self, value):
        self.value = value


def first(thing):
    return thing


def second(thing):
    return thing


def third(thing):
    return thing


def fourth(thing):
    return thing


def fifth(thing):
    return thing


def sixth(thing):
    return thing


def seventh(thing):
    return thing


def eighth(thing):
    return thing


FUNCTIONS = (first, second, third, fourth, fifth, sixth, seventh, eighth)
CLASSES = tuple(type(function.__name__, (Thing,), {"method": function}) for function in FUNCTIONS)


def setup(threads, *, site, kinds):
    return {"site": site, "kinds": kinds}


def prepare(shared, index):
    """Make the thread's own objects; the other items are the last turn's results and the turns that were not taken."""
    used = (FUNCTIONS if shared["site"] == "call" else CLASSES)[: shared["kinds"]]
    met = [used[i % len(used)] for i in range(COUNT)]
    if shared["site"] != "call":
        met = [kind(i) for i, kind in enumerate(met)]
    return [tuple(met), None, None]


def choose(*, site, kinds):
    return {"attribute": attribute, "method": method, "call": call}[site]


def attribute(own, loops):
    things = own[0]
    a = b = c = d = None
    turns = repeat(None, loops)
    for _ in turns:
        for x in things:
            a = x.value
            b = x.value
            c = x.value
            d = x.value
    own[1:] = [a, b, c, d], list(turns)


def method(own, loops):
    things = own[0]
    a = b = c = d = None
    turns = repeat(None, loops)
    for _ in turns:
        for x in things:
            a = x.method()
            b = x.method()
            c = x.method()
            d = x.method()
    own[1:] = [a, b, c, d], list(turns)


def call(own, loops):
    functions = own[0]
    a = b = c = d = None
    turns = repeat(None, loops)
    for _ in turns:
        for x in functions:
            a = x(None)
            b = x(1)
            c = x(2)
            d = x(3)
    own[1:] = [a, b, c, d], list(turns)


def check(shared, owns, loops):
    site, kinds = shared["site"], shared["kinds"]
    assert len({id(function.__code__) for function in FUNCTIONS}) == 8, "functions share their code"
    for met, kept, left in owns:
        assert left == [], "a loop ended before its last turn"
        expected = {"attribute": [COUNT - 1] * 4, "method": [met[-1]] * 4, "call": [None, 1, 2, 3]}[site]
        assert kept == expected, "the last results are %s instead of %s" % (kept, expected)
        types = met if site == "call" else tuple(map(type, met))
        assert len(set(types)) == kinds, "%d kinds instead of %d" % (len(set(types)), kinds)
        assert kinds == 1 or all(x is not y for x, y in zip(types, types[1:])), "the kinds do not alternate"
    if site != "call":
        assert len({id(x) for met, _, _ in owns for x in met}) == COUNT * len(owns), "threads share their objects"
