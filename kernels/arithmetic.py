"""Threads add numbers of one type, or of types that change from turn to turn: specialised arithmetic.

Stresses: BINARY_OP. The same four additions see 64 numbers in turn, which are all integers, all floats, all complex, or
integers and floats alternately; every number and every sum is the thread's own.

Expect: from 3.11 on CPython puts BINARY_OP_ADD_INT or BINARY_OP_ADD_FLOAT in the place of the addition once it has seen
the types (PEP 659; Python/specialize.c); the metric `specialized` and the names in the report show it. The
free-threaded 3.13 has specialisation compiled out (ENABLE_SPECIALIZATION in Include/internal/pycore_code.h), whatever
the state of its GIL, and takes 1.2 to 1.5 times as long for integers and floats; 3.14 has it back, with bytecode for
each thread. Complex numbers have no specialised instruction on any build: the control. Mixed types cost no more than
the dearer of the two, 7 to 20 % above their mean: that a type changes costs little by itself, since the general
instruction is close behind. Nothing is shared, so it scales with the CPUs where there is no GIL.

Does not show: where specialisation gains most, which is attributes, calls and unpacking; a chain of dependent
operations.

How it goes wrong: comparing int + int with int + float compares different work (an integer is allocated, floats come
from a free list): the fair comparison of `mixed` is with the mean of `int` and `float`. Constants fold at compile time;
dispatching on the type, or building a list of results, costs more than the addition. A code object that ran another
case before is specialised for that: each run of fteng has a fresh process.

Source: PEP 659, "Specializing Adaptive Interpreter".
"""

from itertools import repeat

PARAMS = {
    "operands": {
        "type": "string",
        "enum": ["int", "float", "mixed", "complex"],
        "default": "int",
        "description": "The type of the numbers; mixed is integers and floats alternately.",
    },
}
OPERATION = "one addition"
OPERATIONS = 256

COUNT = 64  # numbers, each added four times a turn
FIRST = 100_003  # far above the integers that are made once and kept (-5 to 256)


def setup(threads, *, operands):
    return operands


def prepare(shared, index):
    """Make the thread's own numbers; the second item is the last run's sums."""
    make = {"int": (int, int), "float": (float, float), "mixed": (int, float), "complex": (complex, complex)}[shared]
    return [tuple(make[i % 2](str(FIRST + i)) for i in range(COUNT)), None]


def run(own, loops):
    numbers, _ = own
    a = b = c = d = None
    for _ in repeat(None, loops):
        for x in numbers:
            a = x + x
            b = x + x
            c = x + x
            d = x + x
    own[1] = a, b, c, d


def check(shared, owns, loops):
    last = 2 * (FIRST + COUNT - 1)
    kind = {"int": int, "complex": complex}.get(shared, float)
    for _, sums in owns:
        assert sums == (last,) * 4, "sums of %s instead of %d" % (sums, last)
        assert all(type(found) is kind for found in sums), "sums are not of type %s" % kind.__name__
