"""Threads add operands of one type, or of types that change from turn to turn: specialised arithmetic.

Stresses: BINARY_OP. The same four additions see 64 operands in turn, which are all integers, all floats, all complex,
all short strings, or integers and floats alternately; every operand and every sum is the thread's own.

Expect: from 3.11 on CPython puts BINARY_OP_ADD_INT, BINARY_OP_ADD_FLOAT or BINARY_OP_ADD_UNICODE in the place of the
addition once it has seen the types (PEP 659; Python/specialize.c); the metric `specialized` and the names in the report
show it. The free-threaded 3.13 has specialisation compiled out (ENABLE_SPECIALIZATION in
Include/internal/pycore_code.h), whatever the state of its GIL, and takes 1.2 to 1.5 times as long for integers and
floats; 3.14 has it back, with bytecode for each thread. Complex numbers have no specialised instruction up to 3.14: the
control. Strings gain least by it, since most of what they cost is to make the new string. Mixed types cost no more than
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
        "enum": ["int", "float", "mixed", "complex", "str"],
        "default": "int",
        "description": "The type of the operands; mixed is integers and floats alternately, str is numbers in digits.",
    },
}
OPERATION = "one addition"
OPERATIONS = 256

COUNT = 64  # operands, each added four times a turn
FIRST = 100_003  # far above the integers that are made once and kept (-5 to 256)
TYPES = {
    "int": (int, int),
    "float": (float, float),
    "mixed": (int, float),
    "complex": (complex, complex),
    "str": (str, str),
}


def setup(threads, *, operands):
    return operands


def prepare(shared, index):
    """Make the thread's own operands; the second item is the last run's sums."""
    make = TYPES[shared]
    return [tuple(make[i % 2](str(FIRST + i)) for i in range(COUNT)), None]


def run(own, loops):
    operands, _ = own
    a = b = c = d = None
    for _ in repeat(None, loops):
        for x in operands:
            a = x + x
            b = x + x
            c = x + x
            d = x + x
    own[1] = a, b, c, d


def check(shared, owns, loops):
    last = FIRST + COUNT - 1
    total = 2 * str(last) if shared == "str" else 2 * last
    kind = {"int": int, "complex": complex, "str": str}.get(shared, float)
    assert len({id(operands) for operands, _ in owns}) == len(owns), "threads share their operands"
    for _, sums in owns:
        assert sums == (total,) * 4, "sums of %s instead of %s" % (sums, total)
        assert all(type(found) is kind for found in sums), "sums are not of type %s" % kind.__name__
