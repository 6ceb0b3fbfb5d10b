"""Threads test, add to and remove from a set: their own or one for all.

Stresses: membership tests, four of which find their element and four do not; adding elements that are there already;
adding four elements of one's own and removing them. The elements are small integers, which have no count that could be
fought over, and the set stays at 64 elements (four more for each thread while it is changed).

Expect:
- private: scales with the CPUs where there is no GIL; the control.
- shared: no more, and often less, than one thread's throughput without a GIL. Sets have no reading without the lock, as
  lists and dictionaries have: on 3.13 and 3.14 a membership test takes the set's lock, too (Objects/setobject.c,
  set_contains; PEP 703, "Container thread-safety"), and each access by name takes and drops a reference to the set.
- `bound` (`s.__contains__`, `s.add`, bound once by each thread): without that reference. The lock remains, and does not
  let reads scale: this is where a set differs from a dictionary (`shared_dict`, access by `method`).
Adding and removing do not slow down with the size of the set, as inserting and deleting in a dictionary does on the
free-threaded 3.13. With the GIL all are alike, and none scales.

Does not show: elements that are not immortal, whose own counts are fought over, too; unions and other operations on
two sets, which take both locks; a frozenset, which needs no lock.

How it goes wrong: "add if it is not there yet" in two steps is no longer safe, and no faster; elements made at run
time, such as large integers, make even private sets contend; a set that only grows measures the allocator.

Source: PEP 703, "Container thread-safety".
"""

from itertools import repeat

PARAMS = {
    "operation": {
        "type": "string",
        "enum": ["contains", "add", "churn"],
        "default": "contains",
        "description": "Test for elements; add elements that are there; add new elements and remove them.",
    },
    "sharing": {
        "type": "string",
        "enum": ["private", "shared"],
        "default": "shared",
        "description": "Each thread has a set that it made itself, or all have one.",
    },
    "access": {
        "type": "string",
        "enum": ["direct", "bound"],
        "default": "direct",
        "description": "`x in s`, `s.add(x)`, `s.remove(x)`, or methods bound once by each thread.",
    },
}
OPERATION = "one test, add or remove"
OPERATIONS = 8

ELEMENTS = 64  # 0 to 63; what threads add for themselves comes above, what is tested for in vain above that
OWN = 4
ABSENT = 250
TURNS = 251  # turns are counted modulo this, in small integers


def setup(threads, *, operation, sharing, access):
    return {"operation": operation, "elements": set(range(ELEMENTS)) if sharing == "shared" else None}


def prepare(shared, index):
    elements = set(range(ELEMENTS)) if shared["elements"] is None else shared["elements"]
    # No two threads add the same element. There are small integers for 46 threads; the others have strings.
    first = ELEMENTS + index * OWN
    new = tuple(range(first, first + OWN)) if first + OWN <= ABSENT else tuple("%d-%d" % (index, i) for i in range(OWN))
    after = tuple((i + 1) % TURNS for i in range(TURNS))
    # The set, elements that are in it, elements to add, a tuple that counts turns, the turn, and what was found last.
    there = tuple((index * 8 + i) % ELEMENTS for i in range(8))
    return [elements, there, new, after, 0, None]


def choose(*, operation, sharing, access):
    return {
        ("contains", "direct"): contains,
        ("contains", "bound"): contains_bound,
        ("add", "direct"): add,
        ("add", "bound"): add_bound,
        ("churn", "direct"): churn,
        ("churn", "bound"): churn_bound,
    }[operation, access]


def contains(own, loops):
    elements, (e0, e1, e2, e3, _, _, _, _), _, after, turn, _ = own
    n0, n1, n2, n3 = ABSENT, ABSENT + 1, ABSENT + 2, ABSENT + 3
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turn = after[turn]
        a = e0 in elements
        b = n0 in elements
        c = e1 in elements
        d = n1 in elements
        e = e2 in elements
        f = n2 in elements
        g = e3 in elements
        h = n3 in elements
    own[4], own[5] = turn, [a, b, c, d, e, f, g, h]


def contains_bound(own, loops):
    elements, (e0, e1, e2, e3, _, _, _, _), _, after, turn, _ = own
    n0, n1, n2, n3 = ABSENT, ABSENT + 1, ABSENT + 2, ABSENT + 3
    test = elements.__contains__
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        turn = after[turn]
        a = test(e0)
        b = test(n0)
        c = test(e1)
        d = test(n1)
        e = test(e2)
        f = test(n2)
        g = test(e3)
        h = test(n3)
    own[4], own[5] = turn, [a, b, c, d, e, f, g, h]


def add(own, loops):
    elements, (e0, e1, e2, e3, e4, e5, e6, e7), _, after, turn, _ = own
    for _ in repeat(None, loops):
        turn = after[turn]
        elements.add(e0)
        elements.add(e1)
        elements.add(e2)
        elements.add(e3)
        elements.add(e4)
        elements.add(e5)
        elements.add(e6)
        elements.add(e7)
    own[4] = turn


def add_bound(own, loops):
    elements, (e0, e1, e2, e3, e4, e5, e6, e7), _, after, turn, _ = own
    put = elements.add
    for _ in repeat(None, loops):
        turn = after[turn]
        put(e0)
        put(e1)
        put(e2)
        put(e3)
        put(e4)
        put(e5)
        put(e6)
        put(e7)
    own[4] = turn


# `remove` and not `discard`: it raises KeyError where an element that was added is not there.
def churn(own, loops):
    elements, _, (n0, n1, n2, n3), after, turn, _ = own
    for _ in repeat(None, loops):
        turn = after[turn]
        elements.add(n0)
        elements.add(n1)
        elements.add(n2)
        elements.add(n3)
        elements.remove(n0)
        elements.remove(n1)
        elements.remove(n2)
        elements.remove(n3)
    own[4] = turn


def churn_bound(own, loops):
    elements, _, (n0, n1, n2, n3), after, turn, _ = own
    put, drop = elements.add, elements.remove
    for _ in repeat(None, loops):
        turn = after[turn]
        put(n0)
        put(n1)
        put(n2)
        put(n3)
        drop(n0)
        drop(n1)
        drop(n2)
        drop(n3)
    own[4] = turn


def check(shared, owns, loops):
    sets = {id(own[0]) for own in owns}
    assert len(sets) == (len(owns) if shared["elements"] is None else 1), "private sets are shared, or shared ones not"
    for elements, _, _, _, turn, found in owns:
        assert turn == loops % TURNS, "not all turns were made"
        assert elements == set(range(ELEMENTS)), "elements were lost or left over: %d" % len(elements)
        expected = [True, False] * 4 if shared["operation"] == "contains" else None
        assert found == expected, "tests found %s instead of %s" % (found, expected)
