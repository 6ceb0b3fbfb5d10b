"""Threads compute, each by itself, in pure Python: what a GIL makes of it.

Stresses: the interpreter's right to run. Nothing is shared but the code, so without a GIL N threads on N CPUs do N
times the work of one, and with it the work of one.

Expect: speedup about the number of CPUs on a free-threaded build (x1.75 to x2.0 on two), and 0.9 to 1.0 with the GIL
on, whichever build: a thread that wants the GIL asks the holder to let go after one switch interval of 5 ms
(Python/ceval_gil.c, take_gil). On one thread the free-threaded 3.13 is slower than the default build (1.0 to 1.2 times
for arithmetic, up to twice for calls), with the GIL on as with the GIL off: the price is the build's (no specialised
bytecode, biased reference counts; PEP 703, "Performance"), not the lock's.

Does not show: contention for anything but the GIL and the CPUs; input and output; C code that releases the GIL
(`real_cpus`). Hand-over is seen only if an iteration lasts several switch intervals; in a shorter one the threads run
one after the other.

How it goes wrong: timing whole processes, or adding up the rates of threads that ran one after the other, which makes
the GIL look parallel; a loop over a shared `range`, whose count then is what is measured.

Source: D. Beazley, "Understanding the Python GIL" (PyCon 2010); the generator is a linear congruential one, whose n-th
value has a closed form, so that the answer can be checked exactly.
"""

import math
from itertools import repeat

PARAMS = {
    "work": {
        "type": "string",
        "enum": ["integer", "float", "call"],
        "default": "integer",
        "description": (
            "One step: of a random number generator in integers, of a rotation in floats, or the integer step inside "
            "a function that is called."
        ),
    },
}
OPERATION = "one step"
OPERATIONS = 8

FACTOR, SUMMAND, MASK = 1103515245, 12345, 0x7FFFFFFF  # the generator of ISO C's example for rand()
ANGLE = 0.001
COSINE, SINE = math.cos(ANGLE), math.sin(ANGLE)


def setup(threads, *, work):
    return work


def prepare(shared, index):
    """Make the thread's own state: where it started and where it is."""
    if shared == "float":
        return [0.0, 1.0, 0.0]
    seed = 1000003 * (index + 1)
    return [seed, seed]


def choose(*, work):
    return {"integer": integer, "float": rotate, "call": call}[work]


def integer(own, loops):
    x = own[1]
    for _ in repeat(None, loops):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
    own[1] = x


def rotate(own, loops):
    _, x, y = own
    # Own copies: a float that the module made is shared, and its count with it.
    c, s = COSINE + 0.0, SINE + 0.0
    for _ in repeat(None, loops):
        x, y = c * x - s * y, s * x + c * y
        x, y = c * x - s * y, s * x + c * y
        x, y = c * x - s * y, s * x + c * y
        x, y = c * x - s * y, s * x + c * y
        x, y = c * x - s * y, s * x + c * y
        x, y = c * x - s * y, s * x + c * y
        x, y = c * x - s * y, s * x + c * y
        x, y = c * x - s * y, s * x + c * y
    own[1:] = x, y


def step(x):
    return (x * 1103515245 + 12345) & 0x7FFFFFFF


def call(own, loops):
    x = own[1]
    for _ in repeat(None, loops):
        x = step(x)
        x = step(x)
        x = step(x)
        x = step(x)
        x = step(x)
        x = step(x)
        x = step(x)
        x = step(x)
    own[1] = x


def check(shared, owns, loops):
    steps = loops * OPERATIONS
    for own in owns:
        if shared == "float":
            _, x, y = own
            error = math.hypot(x - math.cos(ANGLE * steps), y - math.sin(ANGLE * steps))
            # Each step rounds to 53 bits; the errors add up at worst linearly.
            assert error < 1e-6 + steps * 1e-15, f"the rotation is off by {error}"
        else:
            seed, x = own
            expected = _jump(seed, steps)
            assert x == expected, f"step {steps} gave {x} instead of {expected}"


def _jump(x, steps):
    """The generator's value `steps` after `x`, by the closed form of its geometric series."""
    power = pow(FACTOR, steps, (FACTOR - 1) * (MASK + 1))
    return (power * x + (power - 1) // (FACTOR - 1) * SUMMAND) & MASK
