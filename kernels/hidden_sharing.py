"""Threads use things that do not look shared: a loop's count, a closure's variable, a global, a type, a key.

Stresses: eight uses of one thing a turn, each of which takes a reference to it or its lock. `shared` is how programs
come to have one for all; `private` is the same work with a thing that the thread made itself.

Expect, on the free-threaded 3.13 (PEP 703, "Biased reference counting" and "Deferred reference counting"), that every
private thing scales with the CPUs, and of the shared ones none but `method` and `interned_key`. Two threads together
do, measured against one:
- loop_count: `count > 0`, with a number above 256 that another thread made; about x0.4, two atomic steps a load.
- cell: a variable of an enclosing function. Reading it takes the cell's lock (PyCell_GetRef, Include/internal/
  pycore_cell.h), so about x1.0 even though the value, True, is immortal.
- global: a number of the module, made at run time; x0.6 to x0.9. Functions, classes and modules are free to share,
  since they are made immortal when the first thread starts.
- runtime_key: the threads' own dictionaries have the same strings as keys, made at run time. A look-up by an equal
  string counts a reference to the stored one (compare_unicode_unicode_threadsafe, Objects/dictobject.c); about x1.2.
  interned_key: the same with interned strings, which are immortal.
- heap_type: objects of a C type that is made when its module is loaded (itertools.repeat). Each counts a reference to
  the type; about x0.9. A class written in Python is not counted so: privately, an empty subclass is used.
- staticmethod, classmethod: called through the thread's own instance; the wrapper in the class is counted, about x1.4
  and x1.5. `method`, an ordinary one of the same class, is not: the control.
- thread_local: an attribute of one threading.local, each thread reading its own value; about x1.4, as the object itself
  and the keys of its table are counted.
- random: the module's own random.random(); about x1.0, since all calls take the lock of one generator
  (Modules/_randommodule.c).
With the GIL shared and private are alike, and neither scales. From 3.14 on a local is often borrowed, not counted
(LOAD_FAST_BORROW), and a cell is read without its lock.

Does not show: what is plainly shared (`shared_dict`, `reference_counting`), or the same names with other remedies: a
local variable for a global, a default argument for a cell, one look-up of the threading.local before the loop.

How it goes wrong: constants in the code, None and numbers up to 256 are immortal and measure nothing, so the numbers
are made from text; a key that is looked up by itself is not compared, and its count is that of the local variable; the
module's float is used by a function of this module, or it would not be global. The functions of a class that stands
inside another function are nested, and nested functions are counted: even the plain method would not scale.

Source: PEP 703; ftscalingbench in CPython's Tools.
"""

import random
import sys
from itertools import repeat
from threading import local

PARAMS = {
    "thing": {
        "type": "string",
        "enum": [
            "loop_count",
            "cell",
            "global",
            "runtime_key",
            "interned_key",
            "heap_type",
            "staticmethod",
            "classmethod",
            "method",
            "thread_local",
            "random",
        ],
        "default": "loop_count",
        "description": "What the threads use.",
    },
    "sharing": {
        "type": "string",
        "enum": ["shared", "private"],
        "default": "shared",
        "description": "One for all, as programs come to have it, or one that each thread made itself.",
    },
}
OPERATION = "one use of the thing"
OPERATIONS = 8

NUMBER = "1000.5"  # read at run time: a number in the code would be immortal
FACTOR = float(NUMBER)
THING, TURNS, FOUND, PROOF = range(4)  # of what a thread owns


def _keys(thing):
    """Eight strings, each a new object, or always the same if they are interned."""
    names = ["key %d" % i for i in range(OPERATIONS)]
    return [sys.intern(name) for name in names] if thing == "interned_key" else names


def _static():
    return True


def _method(self):
    return True


def _class():
    """A new class; the functions in it are those of this module, which are immortal, and the wrappers are new."""
    methods = {"method": _method, "static": staticmethod(_static), "of_class": classmethod(_method)}
    return type("Steps", (), methods)


def _make(thing):
    """One of the things; whoever calls this is its owner."""
    if thing == "loop_count":
        return int(float(NUMBER))
    if thing in ("runtime_key", "interned_key"):
        return _keys(thing)
    if thing in ("staticmethod", "classmethod", "method"):
        return _class()
    if thing == "thread_local":
        return local()
    return float(NUMBER) if thing == "global" else None


def setup(threads, *, thing, sharing):
    one = _make(thing)
    if thing == "global":
        one = FACTOR
    elif thing == "heap_type":
        one = repeat
    elif thing == "random":
        one = random.random
    return {"thing": thing, "private": sharing == "private", "one": one}


def prepare(shared, index):
    thing, one = shared["thing"], shared["one"]
    if shared["private"]:
        one = _make(thing)
        if thing == "heap_type":
            one = type("Own", (repeat,), {"__slots__": ()})
        elif thing == "random":
            one = random.Random(index).random
    # What is loaded in the loop; turns so far, modulo 128; what was found last; what shows whether it is shared.
    own = [one, 0, None, one]
    if thing in ("runtime_key", "interned_key"):
        table = dict(zip(one, range(OPERATIONS)))
        own[THING] = (table, tuple(_keys(thing)))
        own[PROOF] = next(iter(table))
    elif thing in ("staticmethod", "classmethod", "method"):
        own[THING] = one()
    elif thing == "thread_local":
        one.value = index
    return own


def choose(*, thing, sharing):
    if thing == "cell":
        return shared_cell if sharing == "shared" else private_cell
    if thing == "global":
        return load_global if sharing == "shared" else load_local
    return {
        "loop_count": compare,
        "runtime_key": look_up,
        "interned_key": look_up,
        "heap_type": make,
        "staticmethod": call_static,
        "classmethod": call_class,
        "method": call_method,
        "thread_local": read_attribute,
        "random": draw,
    }[thing]


def compare(own, loops):
    count, turns = own[THING], own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = count > 0
        b = count > 1
        c = count > 2
        d = count > 3
        e = count > 4
        f = count > 5
        g = count > 6
        h = count > 7
    own[TURNS], own[FOUND] = turns, [a, b, c, d, e, f, g, h]


def _enclose():
    thing = True

    def shared_cell(own, loops):
        def peek():
            return thing

        turns = own[TURNS]
        a = b = c = d = e = f = g = h = None
        for _ in repeat(None, loops):
            turns = (turns + 1) & 127
            a = thing
            b = thing
            c = thing
            d = thing
            e = thing
            f = thing
            g = thing
            h = thing
        own[TURNS], own[FOUND], own[PROOF] = turns, [a, b, c, d, e, f, g, h], peek.__closure__[0]

    return shared_cell


shared_cell = _enclose()


def private_cell(own, loops):
    thing = True  # in a cell of this call's, for the sake of `peek`

    def peek():
        return thing

    turns = own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = thing
        b = thing
        c = thing
        d = thing
        e = thing
        f = thing
        g = thing
        h = thing
    own[TURNS], own[FOUND], own[PROOF] = turns, [a, b, c, d, e, f, g, h], peek.__closure__[0]


def load_global(own, loops):
    turns = own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = FACTOR
        b = FACTOR
        c = FACTOR
        d = FACTOR
        e = FACTOR
        f = FACTOR
        g = FACTOR
        h = FACTOR
    own[TURNS], own[FOUND], own[PROOF] = turns, [a, b, c, d, e, f, g, h], a


def load_local(own, loops):
    factor, turns = own[THING], own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = factor
        b = factor
        c = factor
        d = factor
        e = factor
        f = factor
        g = factor
        h = factor
    own[TURNS], own[FOUND], own[PROOF] = turns, [a, b, c, d, e, f, g, h], a


def look_up(own, loops):
    (table, (k0, k1, k2, k3, k4, k5, k6, k7)), turns = own[THING], own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = table[k0]
        b = table[k1]
        c = table[k2]
        d = table[k3]
        e = table[k4]
        f = table[k5]
        g = table[k6]
        h = table[k7]
    own[TURNS], own[FOUND] = turns, [a, b, c, d, e, f, g, h]


def make(own, loops):
    kind, turns = own[THING], own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = kind(None)
        b = kind(None)
        c = kind(None)
        d = kind(None)
        e = kind(None)
        f = kind(None)
        g = kind(None)
        h = kind(None)
    own[TURNS], own[FOUND] = turns, [type(one) for one in (a, b, c, d, e, f, g, h)]


def call_static(own, loops):
    thing, turns = own[THING], own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = thing.static()
        b = thing.static()
        c = thing.static()
        d = thing.static()
        e = thing.static()
        f = thing.static()
        g = thing.static()
        h = thing.static()
    own[TURNS], own[FOUND] = turns, [a, b, c, d, e, f, g, h]


def call_class(own, loops):
    thing, turns = own[THING], own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = thing.of_class()
        b = thing.of_class()
        c = thing.of_class()
        d = thing.of_class()
        e = thing.of_class()
        f = thing.of_class()
        g = thing.of_class()
        h = thing.of_class()
    own[TURNS], own[FOUND] = turns, [a, b, c, d, e, f, g, h]


def call_method(own, loops):
    thing, turns = own[THING], own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = thing.method()
        b = thing.method()
        c = thing.method()
        d = thing.method()
        e = thing.method()
        f = thing.method()
        g = thing.method()
        h = thing.method()
    own[TURNS], own[FOUND] = turns, [a, b, c, d, e, f, g, h]


def read_attribute(own, loops):
    thing, turns = own[THING], own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = thing.value
        b = thing.value
        c = thing.value
        d = thing.value
        e = thing.value
        f = thing.value
        g = thing.value
        h = thing.value
    own[TURNS], own[FOUND] = turns, [a, b, c, d, e, f, g, h]


def draw(own, loops):
    call, turns = own[THING], own[TURNS]
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turns = (turns + 1) & 127
        a = call()
        b = call()
        c = call()
        d = call()
        e = call()
        f = call()
        g = call()
        h = call()
    own[TURNS], own[FOUND] = turns, [a, b, c, d, e, f, g, h]


def _expected(thing, own, index):
    """What the last turn must have found."""
    if thing in ("runtime_key", "interned_key"):
        return list(range(OPERATIONS))
    if thing == "random":
        return own[FOUND] if all(0 <= x < 1 for x in own[FOUND]) and len(set(own[FOUND])) == OPERATIONS else None
    one = {"global": FACTOR, "heap_type": own[THING], "thread_local": index}.get(thing, True)
    return [one] * OPERATIONS


def check(shared, owns, loops):
    thing = shared["thing"]
    for index, own in enumerate(owns):
        assert own[TURNS] == loops & 127, "thread %d has not done its loops" % index
        assert None not in own[FOUND], "a use was left out"
        assert own[FOUND] == _expected(thing, own, index), "thread %d found %s" % (index, own[FOUND])
    # An interned string is one object, whoever asks for it.
    alone = shared["private"] and thing != "interned_key"
    proofs = {id(own[PROOF]) for own in owns}
    assert len(proofs) == (len(owns) if alone else 1), "%d things for %d threads" % (len(proofs), len(owns))
    if alone:
        assert not any(own[PROOF] is shared["one"] for own in owns), "a private thing is the shared one"
