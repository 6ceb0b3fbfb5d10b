"""Threads add one to something they share, without a lock, and lose updates.

Stresses: `x += 1` on one place for all threads, by the kind of place. It is a read, an addition and a write, and
nothing holds them together. The metric `lost_updates` says how many of them another thread overwrote.

Expect:
- without a GIL every kind but `lock` loses updates, about 7 to 50 % of them with two threads on 3.13t: single reads and
  writes of a list, a dictionary or an attribute are atomic, a read with a later write is not (PEP 703, "Container
  thread-safety"). An object with __slots__ loses the fewest.
- with the GIL, from 3.10 on, only `call_between` loses updates, again up to half of them: a thread gives the GIL up at
  calls and at the end of a loop's turn only (CHECK_EVAL_BREAKER in Python/ceval.c and Python/bytecodes.c), and
  `x += f()` has read x before it calls. One switch throws away all that the other threads counted meanwhile. That
  the rest is exact is luck of the implementation, not a promise: 3.9 looks for a switch in more places.
- lock: exact on every build.
- None is faster with more threads: without a GIL the place, and mostly its object's reference count, travels between
  the CPUs at each step.

Does not show: what a right counter costs (`counter_increment`, `exact_operations`), or how long it takes until another
thread sees an update.

How it goes wrong: a thousand updates a thread are over before the other threads have started, and nothing is ever lost;
counters of one's own that are added up at the end cannot lose anything either. Here the threads start together, and the
number of updates is fixed, so that each missing one was lost.

Source: the classic lost update; PEP 703; "What kinds of global value mutation are thread-safe?" in the Python FAQ.
"""

from array import array
from itertools import repeat
from threading import Lock
from types import FunctionType

PARAMS = {
    "operation": {
        "type": "string",
        "enum": [
            "slot",
            "attribute",
            "list_item",
            "dict_item",
            "array",
            "memoryview",
            "global",
            "nonlocal",
            "call_between",
            "lock",
        ],
        "default": "list_item",
        "description": (
            "What is added to: an attribute in a slot or in an instance's dictionary, an item, a name of a module or "
            "of an enclosing function; an attribute, by the result of a call; an attribute, under a lock."
        ),
    },
}
METRICS = {
    "lost_updates": {"unit": "", "description": "Share of all additions that the sum does not show at the end."},
}
OPERATION = "one addition"
OPERATIONS = 4


class Slot:
    """Keeps its attribute in itself."""

    __slots__ = ("value",)


class Plain:
    """Keeps its attribute in a dictionary, or in values beside it."""


def one():
    return 1


def _count_in_globals():
    global total  # noqa: PLW0603 - the subject; it is that of the dictionary which a thread's function is given
    total += 1
    total += 1
    total += 1
    total += 1


def _count_in_cell():
    total = 0

    def count():
        nonlocal total
        total += 1
        total += 1
        total += 1
        total += 1

    return count


def setup(threads, *, operation):
    if operation in ("slot", "attribute", "call_between", "lock"):
        place = Slot() if operation == "slot" else Plain()
        place.value = 0
    elif operation == "global":
        place = {"total": 0}  # a module's dictionary, so that each number of threads has its own
    elif operation == "nonlocal":
        place = _count_in_cell().__closure__[0]
    elif operation == "dict_item":
        place = {"value": 0}
    elif operation == "list_item":
        place = [0]
    else:
        place = array("q", [0])
        if operation == "memoryview":
            place = memoryview(place)
    return {"operation": operation, "place": place, "lock": Lock()}


def prepare(shared, index):
    operation, place = shared["operation"], shared["place"]
    # The functions are each thread's own; what they count in is not.
    if operation == "global":
        return FunctionType(_count_in_globals.__code__, place), None
    if operation == "nonlocal":
        return FunctionType(_count_in_cell().__code__, {}, "count", None, (place,)), None
    return place, shared["lock"] if operation == "lock" else one


def choose(*, operation):
    if operation in ("slot", "attribute"):
        return add_to_attribute
    if operation in ("global", "nonlocal"):
        return add_to_name
    if operation == "dict_item":
        return add_to_key
    return {"call_between": add_call, "lock": add_locked}.get(operation, add_to_item)


def add_to_attribute(own, loops):
    place, _ = own
    for _ in repeat(None, loops):
        place.value += 1
        place.value += 1
        place.value += 1
        place.value += 1


def add_to_item(own, loops):
    place, _ = own
    for _ in repeat(None, loops):
        place[0] += 1
        place[0] += 1
        place[0] += 1
        place[0] += 1


def add_to_key(own, loops):
    place, _ = own
    for _ in repeat(None, loops):
        place["value"] += 1
        place["value"] += 1
        place["value"] += 1
        place["value"] += 1


def add_to_name(own, loops):
    # A function that has the name as its global or its enclosing one: four additions, and nothing between them.
    count, _ = own
    for _ in repeat(None, loops):
        count()


def add_call(own, loops):
    place, step = own
    for _ in repeat(None, loops):
        place.value += step()
        place.value += step()
        place.value += step()
        place.value += step()


def add_locked(own, loops):
    place, lock = own
    for _ in repeat(None, loops):
        with lock:
            place.value += 1
        with lock:
            place.value += 1
        with lock:
            place.value += 1
        with lock:
            place.value += 1


def _place(operation, thing):
    """Where a thread has counted."""
    if operation == "global":
        return thing.__globals__
    return thing.__closure__[0] if operation == "nonlocal" else thing


def _sum(operation, place):
    if operation == "global":
        return place["total"]
    if operation == "nonlocal":
        return place.cell_contents
    if operation == "dict_item":
        return place["value"]
    return place[0] if operation in ("list_item", "array", "memoryview") else place.value


def check(shared, owns, loops):
    operation, place = shared["operation"], shared["place"]
    assert all(_place(operation, thing) is place for thing, _ in owns), "the threads do not share one place"
    made, found = len(owns) * loops * OPERATIONS, _sum(operation, place)
    if operation == "lock" or len(owns) == 1:
        assert found == made, "%d of %d additions are there, and none may be lost" % (found, made)
    # At worst, the first write and the last one of a thread that had read before all others, and read again after one.
    assert 2 <= found <= made, "%d of %d additions are there" % (found, made)
    return {"lost_updates": 1 - found / made}
