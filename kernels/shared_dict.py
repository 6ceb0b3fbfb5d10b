"""Threads read and write a dictionary: their own or one for all, with the same or different keys.

Stresses: look-up and store of existing keys. Values are small integers and keys interned strings, which have no count
that could be fought over; the dictionary never grows. Eight accesses a turn, each to another key.

Expect:
- private: scales with the CPUs where there is no GIL; the control.
- shared, access by `subscript` (`d[key]`, what programs do): less than one thread's throughput without a GIL. A look-up
  takes no lock (Objects/dictobject.c, _Py_dict_lookup_threadsafe), but each access takes and drops a reference to the
  dictionary itself, atomically, on one cache line (PEP 703, "Biased reference counting").
- shared, access by `method` (`d.__getitem__`, bound once by each thread): the same look-up without that reference.
  Reads scale: the difference to `subscript` is the dictionary's own reference count.
- shared writes take the dictionary's lock, one for all keys (PEP 703, "Container thread-safety"): different keys are no
  faster than the same ones.
On a free-threaded build one thread, too, pays for a dictionary that another one made (a third to a half more). With the
GIL all are alike, and none scales.

Does not show: inserting and deleting (on the free-threaded 3.13 that takes time in proportion to the dictionary's size,
as the slots of deleted keys are not used again) or growing; `dict.get`, which takes the lock on 3.13; lost updates of
`d[key] += 1` (`counter_increment`).

How it goes wrong: keys made at run time and not interned are compared with a reference to the stored one, which makes
even private dictionaries contend; values that are not immortal add their own count.

Source: PEP 703, "Optimistically avoiding locking" and "Container thread-safety".
"""

import sys
from itertools import repeat

PARAMS = {
    "operation": {
        "type": "string",
        "enum": ["read", "write", "mixed"],
        "default": "read",
        "description": "Look up, store to existing keys, or three look-ups and one store in turn.",
    },
    "keys": {
        "type": "string",
        "enum": ["same", "disjoint"],
        "default": "same",
        "description": "All threads use the same eight keys, or each has eight of its own.",
    },
    "sharing": {
        "type": "string",
        "enum": ["private", "shared"],
        "default": "shared",
        "description": "Each thread has a dictionary that it made itself, or all have one.",
    },
    "access": {
        "type": "string",
        "enum": ["subscript", "method"],
        "default": "subscript",
        "description": "`d[key]`, or the bound methods `d.__getitem__` and `d.__setitem__`, made once by each thread.",
    },
}
OPERATION = "one look-up or store"
OPERATIONS = 8

KEYS = 8  # of each thread
FEWEST = 64  # keys in a dictionary, so that its table is as large for one thread as for a few


def setup(threads, *, operation, keys, sharing, access):
    names = [sys.intern("key%d" % i) for i in range(max(FEWEST, KEYS * threads))]
    return {
        "operation": operation,
        "names": names,
        "same": keys == "same",
        "table": dict.fromkeys(names, 0) if sharing == "shared" else None,
    }


def prepare(shared, index):
    table = shared["table"]
    if table is None:
        table = dict.fromkeys(shared["names"], 0)
    first = 0 if shared["same"] else index * KEYS
    keys = shared["names"][first : first + KEYS]
    if shared["operation"] == "read":
        # Threads with the same keys write the same values.
        for value, key in enumerate(keys):
            table[key] = value
    # The last item is what the last run read.
    return [table, keys, None]


def choose(*, operation, keys, sharing, access):
    return {
        ("read", "subscript"): read,
        ("write", "subscript"): write,
        ("mixed", "subscript"): mixed,
        ("read", "method"): read_by_method,
        ("write", "method"): write_by_method,
        ("mixed", "method"): mixed_by_method,
    }[operation, access]


def read(own, loops):
    table, (k0, k1, k2, k3, k4, k5, k6, k7), _ = own
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        a = table[k0]
        b = table[k1]
        c = table[k2]
        d = table[k3]
        e = table[k4]
        f = table[k5]
        g = table[k6]
        h = table[k7]
    own[2] = [a, b, c, d, e, f, g, h]


def write(own, loops):
    table, (k0, k1, k2, k3, k4, k5, k6, k7), _ = own
    for _ in repeat(None, loops):
        table[k0] = 10
        table[k1] = 11
        table[k2] = 12
        table[k3] = 13
        table[k4] = 14
        table[k5] = 15
        table[k6] = 16
        table[k7] = 17


def mixed(own, loops):
    table, (k0, k1, k2, k3, k4, k5, k6, k7), _ = own
    a = b = c = e = f = g = None
    for _ in repeat(None, loops):
        a = table[k0]
        b = table[k1]
        c = table[k2]
        table[k3] = 13
        e = table[k4]
        f = table[k5]
        g = table[k6]
        table[k7] = 17
    own[2] = [a, b, c, e, f, g]


def read_by_method(own, loops):
    table, (k0, k1, k2, k3, k4, k5, k6, k7), _ = own
    get = table.__getitem__
    a = b = c = d = e = f = g = h = None
    for _ in repeat(None, loops):
        a = get(k0)
        b = get(k1)
        c = get(k2)
        d = get(k3)
        e = get(k4)
        f = get(k5)
        g = get(k6)
        h = get(k7)
    own[2] = [a, b, c, d, e, f, g, h]


def write_by_method(own, loops):
    table, (k0, k1, k2, k3, k4, k5, k6, k7), _ = own
    put = table.__setitem__
    for _ in repeat(None, loops):
        put(k0, 10)
        put(k1, 11)
        put(k2, 12)
        put(k3, 13)
        put(k4, 14)
        put(k5, 15)
        put(k6, 16)
        put(k7, 17)


def mixed_by_method(own, loops):
    table, (k0, k1, k2, k3, k4, k5, k6, k7), _ = own
    get, put = table.__getitem__, table.__setitem__
    a = b = c = e = f = g = None
    for _ in repeat(None, loops):
        a = get(k0)
        b = get(k1)
        c = get(k2)
        put(k3, 13)
        e = get(k4)
        f = get(k5)
        g = get(k6)
        put(k7, 17)
    own[2] = [a, b, c, e, f, g]


# What each operation leaves behind the eight keys, and what its look-ups find.
LEFT = {
    "read": list(range(KEYS)),
    "write": [10, 11, 12, 13, 14, 15, 16, 17],
    "mixed": [0, 0, 0, 13, 0, 0, 0, 17],
}
FOUND = {"read": list(range(KEYS)), "write": None, "mixed": [0] * 6}


def check(shared, owns, loops):
    names, operation = shared["names"], shared["operation"]
    tables = {id(table) for table, _, _ in owns}
    assert len(tables) == (len(owns) if shared["table"] is None else 1), "private dictionaries are shared"
    for table, keys, found in owns:
        assert list(table) == names, "the keys have changed: %d instead of %d" % (len(table), len(names))
        assert found == FOUND[operation], "looked up %s instead of %s" % (found, FOUND[operation])
        left = [table[key] for key in keys]
        assert left == LEFT[operation], "%s stands where %s was written" % (left, LEFT[operation])
