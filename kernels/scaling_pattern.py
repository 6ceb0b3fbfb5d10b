"""Threads repeat one small pattern of code that is meant to scale and, on some build, has not.

Stresses: one pattern at a time, under the names of CPython's own benchmark: calls of several kinds, small objects made
and dropped, constants loaded, a `threading.local` read. Each pattern works on what its thread made; what all threads
share is what every program shares: code, functions, classes, modules and constants.

Expect:
- A free-threaded build scales with the CPUs in all patterns but one, x1.7 to x2.0 on two. Functions, classes and
  modules are immortal on 3.13 once a second thread starts (Python/pystate.c), and on 3.14 counted late or for each
  thread apart (PEP 703, "Deferred reference counting"); constants of the code are immortal on both.
- thread_local_read is the one: the `threading.local` is a shared mortal object, and each load of it takes and drops a
  reference with atomic instructions (PEP 703, "Biased reference counting"). About x1.4 on two CPUs with 3.13t, with a
  wide spread. From 3.14 on the compiler borrows such references (LOAD_FAST_BORROW).
- With the GIL nothing scales. One thread pays for the build of 3.13t, which specialises no bytecode (PEP 659), GIL or
  not: about 1.1 times for what makes objects, more than twice for a method call that updates an attribute.

Does not show: contention for data, which is what most programs meet first (`shared_dict`, `reference_counting`); whole
programs (`pagerank`, `word_count`, `json_round_trip`, `parser`).

How it goes wrong: the original counts with range(N) around each pattern. Its integers are the thread's own, but N, if
all threads are given the same one and the pattern uses it (object_lookup_special divides by it), is a shared mortal
object and turns x2.0 into x1.4. The original also times the hand-over through two queues, once. Here the numbers are
made by their thread, and each pattern is repeated four times a turn in a loop that makes none. A turn that is left out
shows: the answers are added up, or kept, and the loop's iterator must have run out.

Source: the patterns and their names are those of Tools/ftscalingbench/ftscalingbench.py in CPython's repository, by
S. Gross and others; the code around them is fteng's.
"""

import math
import sys
import threading
from itertools import repeat
from operator import length_hint

PARAMS = {
    "pattern": {
        "type": "string",
        "enum": [
            "object_cfunction",
            "cmodule_function",
            "object_lookup_special",
            "context_manager",
            "mult_constant",
            "generator",
            "pymethod",
            "pyfunction",
            "module_function",
            "load_string_const",
            "load_tuple_const",
            "create_pyobject",
            "create_closure",
            "create_dict",
            "thread_local_read",
        ],
        "default": "pyfunction",
        "description": "What is repeated, named as in ftscalingbench.",
    },
}
OPERATION = "one execution of the pattern"
OPERATIONS = 4

HERE = sys.modules.get(__name__)  # this module, for module_function
ITEMS = [1, 2, 3, 4] * 25  # object_cfunction: a turn takes four off the front and puts the same four to the end


class Thing:
    """What create_pyobject makes."""


class Counter:
    """What pymethod calls."""

    def __init__(self):
        self.i = 0

    def next_number(self):
        """Count on."""
        self.i += 1
        return self.i


class Context:
    """What context_manager enters and leaves."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        pass


def next_number(i):
    return i + 1


def double(x):
    return x + x


def count_to_ten():
    for i in range(10):
        yield i


def setup(threads, *, pattern):
    return pattern, threading.local()


def prepare(shared, index):
    """Make what the pattern works on, what came of it, and the number of turns that were taken."""
    pattern, local = shared
    if pattern == "object_cfunction":
        return [list(ITEMS), 0, 0]
    if pattern == "pymethod":
        return [Counter(), 0, 0]
    if pattern == "mult_constant":
        return [float("1.5"), 0, 0]
    if pattern == "thread_local_read":
        local.x = index & 127
        return [local, 0, 0]
    # Of this thread's own making: a literal would be one immortal object for all.
    return [int("1009"), 0, 0]


def choose(*, pattern):
    return {
        "object_cfunction": object_cfunction,
        "cmodule_function": cmodule_function,
        "object_lookup_special": object_lookup_special,
        "context_manager": context_manager,
        "mult_constant": mult_constant,
        "generator": generator,
        "pymethod": pymethod,
        "pyfunction": pyfunction,
        "module_function": module_function,
        "load_string_const": load_string_const,
        "load_tuple_const": load_tuple_const,
        "create_pyobject": create_pyobject,
        "create_closure": create_closure,
        "create_dict": create_dict,
        "thread_local_read": thread_local_read,
    }[pattern]


def object_cfunction(own, loops):
    tab, total, _ = own
    turns = repeat(None, loops)
    for _ in turns:
        tab.pop(0)
        tab.append(1)
        total += tab[50]
        tab.pop(0)
        tab.append(2)
        total += tab[50]
        tab.pop(0)
        tab.append(3)
        total += tab[50]
        tab.pop(0)
        tab.append(4)
        total += tab[50]
    own[1] = total
    own[2] += loops - length_hint(turns)


def cmodule_function(own, loops):
    i = own[0]
    a = b = c = d = None
    turns = repeat(None, loops)
    for _ in turns:
        a = math.floor(i * i)
        b = math.floor(i * i)
        c = math.floor(i * i)
        d = math.floor(i * i)
    own[1] = [a, b, c, d]
    own[2] += loops - length_hint(turns)


def object_lookup_special(own, loops):
    i = own[0]
    n = i + i // 2
    a = b = c = d = None
    turns = repeat(None, loops)
    for _ in turns:
        a = round(i / n)
        b = round(i / n)
        c = round(i / n)
        d = round(i / n)
    own[1] = [a, b, c, d]
    own[2] += loops - length_hint(turns)


def context_manager(own, loops):
    a = b = c = d = None  # which check finds where a `with` was left out
    turns = repeat(None, loops)
    for _ in turns:
        with Context() as a:  # noqa: F811
            pass
        with Context() as b:  # noqa: F811
            pass
        with Context() as c:  # noqa: F811
            pass
        with Context() as d:  # noqa: F811
            pass
    own[1] = [a, b, c, d]
    own[2] += loops - length_hint(turns)


def mult_constant(own, loops):
    x = own[0]
    turns = repeat(None, loops)
    for _ in turns:
        # The original multiplies by 1.01 until it is at infinity; these four are exact, and their product is 1.
        x *= 2.0
        x *= 0.25
        x *= 4.0
        x *= 0.5
    own[1] = x
    own[2] += loops - length_hint(turns)


def generator(own, loops):
    total = own[1]
    turns = repeat(None, loops)
    for _ in turns:
        for v in count_to_ten():
            total += v
        for v in count_to_ten():
            total += v
        for v in count_to_ten():
            total += v
        for v in count_to_ten():
            total += v
    own[1] = total
    own[2] += loops - length_hint(turns)


def pymethod(own, loops):
    counter = own[0]
    turns = repeat(None, loops)
    for _ in turns:
        counter.next_number()
        counter.next_number()
        counter.next_number()
        counter.next_number()
    own[1] = counter.i
    own[2] += loops - length_hint(turns)


def pyfunction(own, loops):
    i = own[1]
    turns = repeat(None, loops)
    for _ in turns:
        i = next_number(i)
        i = next_number(i)
        i = next_number(i)
        i = next_number(i)
    own[1] = i
    own[2] += loops - length_hint(turns)


def module_function(own, loops):
    i, total, _ = own
    turns = repeat(None, loops)
    for _ in turns:
        total += HERE.double(i)
        total += HERE.double(i)
        total += HERE.double(i)
        total += HERE.double(i)
    own[1] = total
    own[2] += loops - length_hint(turns)


def load_string_const(own, loops):
    i, total, _ = own
    turns = repeat(None, loops)
    for _ in turns:
        if i == "one string":
            total += 7
        else:
            total += 1
        if i == "another string":
            total += 7
        else:
            total += 2
        if i == "a third string":
            total += 7
        else:
            total += 3
        if i == "a fourth string":
            total += 7
        else:
            total += 4
    own[1] = total
    own[2] += loops - length_hint(turns)


def load_tuple_const(own, loops):
    i, total, _ = own
    turns = repeat(None, loops)
    for _ in turns:
        if i == (1, 2):
            total += 7
        else:
            total += 1
        if i == (2, 3):
            total += 7
        else:
            total += 2
        if i == (3, 4):
            total += 7
        else:
            total += 3
        if i == (4, 5):
            total += 7
        else:
            total += 4
    own[1] = total
    own[2] += loops - length_hint(turns)


def create_pyobject(own, loops):
    a = b = c = d = None
    turns = repeat(None, loops)
    for _ in turns:
        a = Thing()
        b = Thing()
        c = Thing()
        d = Thing()
    own[1] = [a, b, c, d]
    own[2] += loops - length_hint(turns)


def create_closure(own, loops):
    i = own[0]
    a = b = c = d = None
    turns = repeat(None, loops)
    for _ in turns:

        def first(x):
            return x

        a = first(i)

        def second(x):
            return x

        b = second(i)

        def third(x):
            return x

        c = third(i)

        def fourth(x):
            return x

        d = fourth(i)
    own[1] = [a, b, c, d]
    own[2] += loops - length_hint(turns)


def create_dict(own, loops):
    a = b = c = d = None
    turns = repeat(None, loops)
    for _ in turns:
        a = {"key": "value"}
        b = {"key": "value"}
        c = {"key": "value"}
        d = {"key": "value"}
    own[1] = [a, b, c, d]
    own[2] += loops - length_hint(turns)


def thread_local_read(own, loops):
    local = own[0]
    a = b = c = d = None
    turns = repeat(None, loops)
    for _ in turns:
        a = local.x
        b = local.x
        c = local.x
        d = local.x
    own[1] = [a, b, c, d]
    own[2] += loops - length_hint(turns)


# What a turn adds to the total of the patterns that have one.
ADDED = {
    "object_cfunction": 10,
    "generator": 180,
    "pymethod": 4,
    "pyfunction": 4,
    "module_function": 8 * 1009,
    "load_string_const": 10,
    "load_tuple_const": 10,
}


# What the patterns that make objects leave of their last turn: four of these.
KEPT = {"context_manager": Context, "create_pyobject": Thing, "create_dict": dict}


def check(shared, owns, loops):
    pattern, _ = shared
    expected = 1 if pattern == "thread_local_read" else len(owns)
    assert len({id(own[0]) for own in owns}) == expected, "what should be each thread's own is shared, or not shared"
    for index, (state, result, turns) in enumerate(owns):
        assert turns == loops, "%d turns were taken instead of %d" % (turns, loops)
        if pattern in ADDED:
            total = loops * ADDED[pattern]
            assert result == total, "%d came out instead of %d" % (result, total)
        elif pattern in KEPT:
            assert len({id(thing) for thing in result}) == OPERATIONS, "an object was not made: %s" % result
            assert all(type(thing) is KEPT[pattern] for thing in result), "other objects were made: %s" % result
        else:
            value = {
                "cmodule_function": 1009 * 1009,
                "object_lookup_special": 1,
                "mult_constant": 1.5,
                "create_closure": 1009,
                "thread_local_read": index & 127,
            }[pattern]
            found = [result] if pattern == "mult_constant" else result
            assert set(found) == {value}, "%s came out instead of %s" % (found, value)
        if pattern == "object_cfunction":
            assert state == ITEMS, "an item was not taken or not put back"
        if pattern == "create_dict":
            assert all(thing == {"key": "value"} for thing in result), "other dictionaries were made: %s" % result
