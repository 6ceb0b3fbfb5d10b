"""Threads execute one bytecode instruction over and over, each on objects of its own: what an instruction costs.

Stresses: one instruction, eight times a turn, with the local variable that its result is stored to. What it costs is
its time minus that of `loop`, the same loop with nothing in it (a turn's time divided by eight as well): the metric
`net` of a scenario that says `overhead: {instruction: loop}`. Every result is the same immortal string where it can be,
so that counting references to the result is no part of the difference.

Expect, on one thread:
- load_fast, load_const: a few ns on every build; neither is specialised before 3.14. On 3.13t about 1.3 times as long,
  since counting a reference asks first who owns the object, and whether it is counted at all (Include/refcount.h).
- load_global, load_attr, store_attr, unpack and the calls: default builds from 3.11 on put a specialised instruction in
  the place of each (PEP 659; Python/specialize.c). The free-threaded 3.13 has that compiled out (ENABLE_SPECIALIZATION
  in Include/internal/pycore_code.h), whatever the state of its GIL, and takes 1.5 to 3 times as long; a store takes the
  instance's lock besides (Objects/dictobject.c). A comparison gains less from it (about 1.2).
- From 3.14 on free-threaded builds specialise, too, in bytecode that each thread has for itself.
Where there is no GIL all of them scale with the CPUs. Threads share the code, its constants, the function and the
class, and none of these is counted. On 3.13t functions and classes become immortal when the first thread starts
(Python/pystate.c); from 3.14 on counting them is deferred (PEP 703, "Deferred Reference Counting"). The metric
`immortal` tells which. With the GIL none scales.

Does not show: how predictable the next instruction is, since each body is one instruction repeated; what a real mix of
instructions costs. On 3.12 neighbouring LOAD_FAST and STORE_FAST are fused at run time, so that load_fast costs less
than its parts there.

How it goes wrong: making a dictionary or a nested function in the body measures the making; leaving in the loop's own
cost hides differences, as the loop costs as much as several instructions (about 5, 9 and 7 ns a turn on 3.12, 3.13 and
3.13t). A small integer is no LOAD_CONST on 3.14 (LOAD_SMALL_INT), and two locals on one line are loaded by one
instruction on 3.13. A static method fetched through an instance has a count that all threads share.

Source: PEP 659, "Specializing Adaptive Interpreter"; the documentation of `dis`.
"""

import sys
from itertools import repeat

PARAMS = {
    "instruction": {
        "type": "string",
        "enum": [
            "loop",
            "load_const",
            "load_fast",
            "load_global",
            "load_attr",
            "store_attr",
            "unpack",
            "compare",
            "dict_item",
            "call_function",
            "call_method",
            "call_builtin",
        ],
        "default": "loop",
        "description": (
            "What is executed: nothing (loop); LOAD_CONST, LOAD_FAST or LOAD_GLOBAL; LOAD_ATTR or STORE_ATTR of an "
            "instance's attribute; UNPACK_SEQUENCE of a pair; COMPARE_OP of small integers; a dictionary's item; or a "
            "call of a function, a method or len."
        ),
    },
}
METRICS = {
    "immortal": {
        "unit": "",
        "description": "Share of what the threads share, the function and the class, that is immortal (not counted).",
    },
}
OPERATION = "one instruction, with the store of its result"
OPERATIONS = 8

VALUE = "constant"  # immortal on free-threaded builds, as every constant of the code


class Thing:
    """Eight attributes, one for each of a turn's instructions, and a method."""

    def __init__(self, value):
        self.a = self.b = self.c = self.d = self.e = self.f = self.g = self.h = value

    def method(self):
        """Return what every instruction is about."""
        return "constant"


def function():
    return "constant"


def setup(threads, *, instruction):
    return instruction


def prepare(shared, index):
    """Make the thread's own objects; `kept` is what the last turn stored, `left` the turns that were not taken."""
    thing = Thing(None if shared == "store_attr" else VALUE)
    return {"thing": thing, "table": {"key": VALUE}, "pair": (VALUE, VALUE), "kept": None, "left": None}


def choose(*, instruction):
    return {
        "loop": loop,
        "load_const": load_const,
        "load_fast": load_fast,
        "load_global": load_global,
        "load_attr": load_attr,
        "store_attr": store_attr,
        "unpack": unpack,
        "compare": compare,
        "dict_item": dict_item,
        "call_function": call_function,
        "call_method": call_method,
        "call_builtin": call_builtin,
    }[instruction]


def loop(own, loops):
    turns = repeat(None, loops)
    for _ in turns:
        pass
    own["left"] = list(turns)


def load_const(own, loops):
    a = b = c = d = e = f = g = h = None
    turns = repeat(None, loops)
    for _ in turns:
        a = "constant"
        b = "constant"
        c = "constant"
        d = "constant"
        e = "constant"
        f = "constant"
        g = "constant"
        h = "constant"
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h], list(turns)


def load_fast(own, loops):
    value = own["pair"][0]
    a = b = c = d = e = f = g = h = None
    turns = repeat(None, loops)
    for _ in turns:
        a = value
        b = value
        c = value
        d = value
        e = value
        f = value
        g = value
        h = value
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h], list(turns)


def load_global(own, loops):
    a = b = c = d = e = f = g = h = None
    turns = repeat(None, loops)
    for _ in turns:
        a = VALUE
        b = VALUE
        c = VALUE
        d = VALUE
        e = VALUE
        f = VALUE
        g = VALUE
        h = VALUE
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h], list(turns)


def load_attr(own, loops):
    thing = own["thing"]
    a = b = c = d = e = f = g = h = None
    turns = repeat(None, loops)
    for _ in turns:
        a = thing.a
        b = thing.b
        c = thing.c
        d = thing.d
        e = thing.e
        f = thing.f
        g = thing.g
        h = thing.h
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h], list(turns)


def store_attr(own, loops):
    thing, value = own["thing"], own["pair"][0]
    turns = repeat(None, loops)
    for _ in turns:
        thing.a = value
        thing.b = value
        thing.c = value
        thing.d = value
        thing.e = value
        thing.f = value
        thing.g = value
        thing.h = value
    own["left"] = list(turns)


def unpack(own, loops):
    pair = own["pair"]
    a = b = c = d = e = f = g = h = i = j = k = m = n = o = p = q = None
    turns = repeat(None, loops)
    for _ in turns:
        a, b = pair
        c, d = pair
        e, f = pair
        g, h = pair
        i, j = pair
        k, m = pair
        n, o = pair
        p, q = pair
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q], list(turns)


def compare(own, loops):
    low, high = len(own["table"]), len(own["pair"])
    a = b = c = d = e = f = g = h = None
    turns = repeat(None, loops)
    for _ in turns:
        a = low < high
        b = low < high
        c = low < high
        d = low < high
        e = low < high
        f = low < high
        g = low < high
        h = low < high
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h], list(turns)


def dict_item(own, loops):
    table, key = own["table"], "key"
    a = b = c = d = e = f = g = h = None
    turns = repeat(None, loops)
    for _ in turns:
        a = table[key]
        b = table[key]
        c = table[key]
        d = table[key]
        e = table[key]
        f = table[key]
        g = table[key]
        h = table[key]
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h], list(turns)


def call_function(own, loops):
    a = b = c = d = e = f = g = h = None
    turns = repeat(None, loops)
    for _ in turns:
        a = function()
        b = function()
        c = function()
        d = function()
        e = function()
        f = function()
        g = function()
        h = function()
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h], list(turns)


def call_method(own, loops):
    thing = own["thing"]
    a = b = c = d = e = f = g = h = None
    turns = repeat(None, loops)
    for _ in turns:
        a = thing.method()
        b = thing.method()
        c = thing.method()
        d = thing.method()
        e = thing.method()
        f = thing.method()
        g = thing.method()
        h = thing.method()
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h], list(turns)


def call_builtin(own, loops):
    pair = own["pair"]
    a = b = c = d = e = f = g = h = None
    turns = repeat(None, loops)
    for _ in turns:
        a = len(pair)
        b = len(pair)
        c = len(pair)
        d = len(pair)
        e = len(pair)
        f = len(pair)
        g = len(pair)
        h = len(pair)
    own["kept"], own["left"] = [a, b, c, d, e, f, g, h], list(turns)


KEPT = {"loop": None, "store_attr": None, "unpack": [VALUE] * 16, "compare": [True] * 8, "call_builtin": [2] * 8}


def check(shared, owns, loops):
    for name in ("thing", "table", "pair"):
        assert len({id(own[name]) for own in owns}) == len(owns), "threads share a %s" % name
    for own in owns:
        assert own["left"] == [], "a loop ended before its last turn"
        expected = KEPT.get(shared, [VALUE] * 8)
        assert own["kept"] == expected, "kept %s instead of %s" % (own["kept"], expected)
        stored = list(vars(own["thing"]).values())
        assert stored == [VALUE] * 8, "the attributes are %s" % stored
    return {"immortal": sum(map(_immortal, (function, Thing))) / 2}


def _immortal(thing):
    ask = getattr(sys, "_is_immortal", None)
    if ask:  # from 3.14 on, where a deferred count is a large number, too
        return ask(thing)
    # An immortal object's count is one and the same large number; None has it wherever there are such objects.
    return sys.getrefcount(thing) == sys.getrefcount(None) > 1 << 30
