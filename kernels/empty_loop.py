"""A loop with an empty body: what the harness itself costs.

Stresses: nothing but the loop that every other kernel is wrapped in, so its time is the overhead that stands in every
other figure (divided by the operations of one of their loops).

Expect: 4 to 9 ns a turn for `repeat`, about twice that for `range` and more for `while`, and a speedup equal to the
number of CPUs without the GIL, since nothing is shared. `itertools.repeat` hands out the same object each time; `range`
makes an integer a turn (Objects/rangeobject.c, rangeiter_next), and integers from 257 up are allocated. Builds that
specialise bytecode (PEP 659) run `range` through FOR_ITER_RANGE; the free-threaded 3.13 specialises nothing
(ENABLE_SPECIALIZATION is 0 under Py_GIL_DISABLED, Include/internal/pycore_code.h).

Does not show: the cost of a call, or of the barrier and the clock around an iteration.

How it goes wrong: the loop count is an object. If all threads count down from one shared integer, its reference count
is the only thing measured, and two threads reach 0.3 to 0.5 of the throughput of one. The same happens to a shared
iterator, which is not even safe. A speedup well below the number of CPUs here means that the harness is broken, or the
machine busy.

Source: the `for _ in repeat(None, n)` of the standard library's timeit.
"""

from itertools import repeat

PARAMS = {
    "loop": {
        "type": "string",
        "enum": ["repeat", "range", "while"],
        "default": "repeat",
        "description": (
            "What counts the turns: itertools.repeat (as in all other kernels), range, or a while loop that counts "
            "down."
        ),
    },
}
OPERATION = "one turn of the loop"
OPERATIONS = 1


def setup(threads, *, loop):
    return None


def prepare(shared, index):
    # What the last run left over: nothing, if the loop came to its end.
    return [None]


def choose(*, loop):
    return {"repeat": by_repeat, "range": by_range, "while": by_while}[loop]


def by_repeat(own, loops):
    turns = repeat(None, loops)
    for _ in turns:
        pass
    own[0] = list(turns)


def by_range(own, loops):
    turns = iter(range(loops))
    for _ in turns:
        pass
    own[0] = list(turns)


def by_while(own, loops):
    while loops:
        loops -= 1
    own[0] = [None] * loops


def check(shared, owns, loops):
    assert all(own[0] == [] for own in owns), "a loop ended before its last turn"
