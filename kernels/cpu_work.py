"""Threads compute, each by itself, the way programs do: integers, floats in objects, strings, calls.

Stresses: the interpreter on plain work, one kind at a time, with nothing shared but the code:
- integer: the Collatz sequence of 27, that is 111 steps of comparing, dividing, multiplying and adding.
- nbody: one step of three bodies that attract each other; floats in the attributes of instances.
- strings: a line of 16 fields is split, each field sliced and formatted, and all joined again.
- recursion: Fibonacci's 10th number by the definition, 177 calls.

Expect, in one thread: a free-threaded 3.13 takes 1.0 to 1.2 times as long as a default build for integers, 1.4 to 2
times for calls, and most where attributes are read and written (nbody), with the GIL on as with the GIL off. The price
is the build's: it does not specialise bytecode (PEP 659; Include/internal/pycore_code.h, ENABLE_SPECIALIZATION) and
counts references with an owner in mind (PEP 703, "Performance"). From 3.14 on it specialises, too. Strings are made in
C, so the builds differ little. Across threads: a speedup of about the number of CPUs without a GIL (x1.75 to x2.0 on
two), 0.9 to 1.0 with it.

Does not show: shared data, memory beyond the caches (`memory_traffic`), C code that lets go of the GIL (`real_cpus`).
The four kinds are no average of any program.

How it goes wrong: a body that ends with the same value each time can be skipped without notice, so here every body
carries something on from loop to loop; a pair of bodies, or a list of words, that all threads use measures its
reference count; whole processes timed from outside include the start of the interpreter.

Source: pyperformance (nbody, chaos, fannkuch: the same idea, one program a benchmark); A. Chenciner and R. Montgomery,
"A remarkable periodic solution of the three-body problem" (Annals of Mathematics 2000), whose orbit is stable, so that
its energy can be checked after any number of steps.
"""

from itertools import repeat

PARAMS = {
    "work": {
        "type": "string",
        "enum": ["integer", "nbody", "strings", "recursion"],
        "default": "integer",
        "description": "What is computed: integers, floats in objects, strings, or a function that calls itself.",
    },
}
OPERATION = "one piece of work: 111 Collatz steps, a step of 3 bodies, a line of 16 fields, or 177 calls"
OPERATIONS = 1

COLLATZ_STEPS = 111  # of 27: OEIS A006577
FIBONACCI = 55
STEP, DRIFT = 0.001, 0.5  # of time; of all three bodies together, right and up for each unit of time
FIELDS, WIDTH = 16, 9  # have no common divisor, so that a line looks the same only after 144 loops


class Body:
    """A mass of one in the plane."""

    def __init__(self, x, y, vx, vy):
        self.x, self.y, self.vx, self.vy = x, y, vx, vy


def setup(threads, *, work):
    return work


def prepare(shared, index):
    if shared == "nbody":
        return _bodies()
    if shared == "strings":
        return [_line()]
    return [0]


def _bodies():
    """The three bodies, their pairs and the step: the figure eight, all of it drifting, in numbers of this thread."""
    x, y, vx, vy = 0.97000436, -0.24308753, 0.93240737, 0.86473146
    first = Body(x, y, vx / 2 + DRIFT, vy / 2 + DRIFT)
    second = Body(-x, -y, vx / 2 + DRIFT, vy / 2 + DRIFT)
    third = Body(0.0, 0.0, DRIFT - vx, DRIFT - vy)
    return (first, second, third), ((first, second), (first, third), (second, third)), STEP + 0.0


def _line():
    return ",".join("".join(chr(97 + (field + at) % 26) for at in range(WIDTH)) for field in range(FIELDS))


def choose(*, work):
    return {"integer": integer, "nbody": nbody, "strings": strings, "recursion": recursion}[work]


def integer(own, loops):
    total = own[0]
    for _ in repeat(None, loops):
        n = 27
        while n != 1:
            n = 3 * n + 1 if n % 2 else n // 2
            total = total + 1 & 127
    own[0] = total


def nbody(own, loops):
    bodies, pairs, dt = own
    for _ in repeat(None, loops):
        for one, other in pairs:
            dx = other.x - one.x
            dy = other.y - one.y
            pull = dt * (dx * dx + dy * dy) ** -1.5
            one.vx += dx * pull
            one.vy += dy * pull
            other.vx -= dx * pull
            other.vy -= dy * pull
        for body in bodies:
            body.x += dt * body.vx
            body.y += dt * body.vy


def strings(own, loops):
    line = own[0]
    for _ in repeat(None, loops):
        fields = [f"{field[1:]}{field[:1]}" for field in line.split(",")]
        fields.append(fields.pop(0))
        line = ",".join(fields)
    own[0] = line


def fibonacci(n):
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def recursion(own, loops):
    total = own[0]
    for _ in repeat(None, loops):
        total = total + fibonacci(10) & 127
    own[0] = total


def check(shared, owns, loops):
    if shared == "nbody":
        for bodies, _, _ in owns:
            _check_bodies(bodies, loops)
        # All threads start alike and round alike.
        assert len({tuple(body.x for body in bodies) for bodies, _, _ in owns}) == 1, "the threads' bodies differ"
        return
    expected = {
        "integer": COLLATZ_STEPS * loops % 128,
        "recursion": FIBONACCI * loops % 128,
        "strings": _turned(_line().split(","), loops),
    }[shared]
    for (answer,) in owns:
        assert answer == expected, "%s after %d loops, not %s" % (answer, loops, expected)


def _turned(fields, loops):
    """The line after `loops` loops: each moves every field's first letter, and the line's first field, to the end."""
    at, to = loops % WIDTH, loops % FIELDS
    fields = [field[at:] + field[:at] for field in fields]
    return ",".join(fields[to:] + fields[:to])


def _check_bodies(bodies, loops):
    """How far the centre of mass drifted counts the steps; the energy would not last if a force were left out."""
    for drifted in (sum(body.x for body in bodies), sum(body.y for body in bodies)):
        steps = drifted / (3 * DRIFT * STEP)
        assert abs(steps - loops) < 0.01 + loops * 1e-9, "the bodies drifted by %f steps, not %d" % (steps, loops)
    before, after = _energy(_bodies()[0]), _energy(bodies)
    assert abs(after - before) < 2 * STEP, "energy went from %f to %f" % (before, after)


def _energy(bodies):
    pairs = ((bodies[0], bodies[1]), (bodies[0], bodies[2]), (bodies[1], bodies[2]))
    motion = sum((body.vx - DRIFT) ** 2 + (body.vy - DRIFT) ** 2 for body in bodies) / 2
    return motion - sum(1 / ((b.x - a.x) ** 2 + (b.y - a.y) ** 2) ** 0.5 for a, b in pairs)
