"""Threads change a dictionary, their own or one for all: update, insert, delete, and iterate while others insert.

Stresses: what `shared_dict` leaves out. Look-ups by `d.get`, beside `d.__getitem__`; an update of a value (`d[key] =
d[key] + 1 & 127`); eight new keys and `clear()`; one key that comes and goes; a pass over the dictionary, or over a
list that was made of it, after inserting a key. Each thread has keys of its own, so that no update is lost. Keys are
interned strings and values small integers, so that the dictionary is all that is shared.

Expect:
- getitem and get, both methods bound once by each thread: without a GIL `__getitem__` scales, as it takes no lock
  (Objects/dictobject.c, _Py_dict_lookup_threadsafe). `get` takes the dictionary's lock on 3.13, and hardly does.
- update, insert, delete, shared: no faster in many threads than in one, as every store takes the lock of the dictionary
  (PEP 703, "Container thread-safety"). Private they scale where there is no GIL; the control.
- delete: on the free-threaded 3.13, inserting and deleting one key over and over takes time in proportion to the size
  of the dictionary, with its GIL switched on, too: a deleted key's slot is not used again, and the search for a free
  one passes all that were left before (Objects/dictobject.c, is_unusable_slot and find_empty_slot) until the table is
  made anew. At 64 keys about nine times the time of the default build. Keys that take turns pass fewer.
- iterate, shared: without a GIL many passes end in `RuntimeError: dictionary changed size during iteration`, and
  `errors` is their share. With the GIL a pass is seldom interrupted, as threads change places every 5 ms only, but
  that is luck, not a promise.
- snapshot, shared: `list(d)` is one step, under the GIL as well as under the dictionary's lock: no errors on any build.

Does not show: updates of the same key, which are lost without a lock (`counter_increment`); resizing of large
dictionaries; `setdefault` and `pop`, which are single steps on any build.

How it goes wrong: a "churn" of inserts and deletes measures the search past the slots that are not used again, and
takes that for contention; a pass that ends in an error is shorter than a whole one, so the time of `iterate` means
little without `errors`; keys made at run time and not interned are compared with a reference to the stored one.

Source: PEP 703, "Container thread-safety"; docs.python.org, "Python support for free threading".
"""

import sys
from itertools import repeat

PARAMS = {
    "operation": {
        "type": "string",
        "enum": ["getitem", "get", "update", "insert", "delete", "iterate", "snapshot"],
        "default": "update",
        "description": (
            "`d.__getitem__(k)`; `d.get(k)`; `d[k] = d[k] + 1 & 127`; store eight new keys, then `d.clear()`; store "
            "and delete one key, over and over; store a new key, pass over `d`, delete the key; the same, but pass "
            "over `list(d)`."
        ),
    },
    "sharing": {
        "type": "string",
        "enum": ["private", "shared"],
        "default": "shared",
        "description": "Each thread has a dictionary that it made itself, or all have one.",
    },
    "size": {
        "type": "integer",
        "minimum": 0,
        "maximum": 100000,
        "default": 64,
        "unit": "keys",
        "description": "Other keys in the dictionary. It is empty when insert begins.",
    },
}
METRICS = {
    "errors": {
        "unit": "",
        "description": "Share of the passes over the dictionary that ended in RuntimeError; 0 for other operations.",
    },
}
OPERATION = "one look-up, update, insert, insert and delete, or insert, pass and delete"
OPERATIONS = 8

KEYS = 8  # of each thread, used in each turn
CHAIN = 11  # keys of each thread that are looked up, each the value of another one
FEWEST = 8  # threads that have keys in the dictionary, so that its table is as large for one thread as for a few
TURNS = 251  # turns are counted modulo this, in small integers


def setup(threads, *, operation, sharing, size):
    names = [sys.intern("other%d" % i) for i in range(size)]
    keys = [[sys.intern("key%d_%d" % (thread, i)) for i in range(CHAIN)] for thread in range(max(threads, FEWEST))]
    shared = {"operation": operation, "sharing": sharing, "names": names, "keys": keys}
    shared["table"] = _make(shared) if sharing == "shared" else None
    return shared


def _make(shared):
    """A dictionary as it is before the first turn."""
    operation = shared["operation"]
    if operation == "insert":
        return {}
    table = dict.fromkeys(shared["names"], 0)
    for keys in shared["keys"]:
        if operation == "update":
            table.update(dict.fromkeys(keys[:KEYS], 0))
        if operation in ("get", "getitem"):
            table.update(zip(keys, keys[1:] + keys[:1]))
    return table


def prepare(shared, index):
    table = shared["table"] if shared["sharing"] == "shared" else _make(shared)
    keys = shared["keys"][index]
    after = tuple((i + 1) % TURNS for i in range(TURNS))
    # The dictionary, this thread's keys, a tuple that counts turns, the turn, what was found last, and the errors.
    return [table, tuple(keys[:KEYS]), after, 0, keys[0], 0]


def choose(*, operation, sharing, size):
    return {
        "getitem": getitem,
        "get": get,
        "update": update,
        "insert": insert,
        "delete": delete,
        "iterate": iterate,
        "snapshot": snapshot,
    }[operation]


def getitem(own, loops):
    table, _, _, _, key, _ = own
    look = table.__getitem__
    for _ in repeat(None, loops):
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
    own[4] = key


def get(own, loops):
    table, _, _, _, key, _ = own
    look = table.get
    for _ in repeat(None, loops):
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
        key = look(key)
    own[4] = key


def update(own, loops):
    table, (k0, k1, k2, k3, k4, k5, k6, k7), _, _, _, _ = own
    for _ in repeat(None, loops):
        table[k0] = table[k0] + 1 & 127
        table[k1] = table[k1] + 1 & 127
        table[k2] = table[k2] + 1 & 127
        table[k3] = table[k3] + 1 & 127
        table[k4] = table[k4] + 1 & 127
        table[k5] = table[k5] + 1 & 127
        table[k6] = table[k6] + 1 & 127
        table[k7] = table[k7] + 1 & 127


def insert(own, loops):
    table, (k0, k1, k2, k3, k4, k5, k6, k7), after, turn, _, _ = own
    held = 0
    for _ in repeat(None, loops):
        turn = after[turn]
        table[k0] = turn
        table[k1] = turn
        table[k2] = turn
        table[k3] = turn
        table[k4] = turn
        table[k5] = turn
        table[k6] = turn
        table[k7] = turn
        held = table.__len__()  # `len` would be one more object that all threads load
        table.clear()
    own[3], own[4] = turn, held


def delete(own, loops):
    table, (key, _, _, _, _, _, _, _), after, turn, _, _ = own
    for _ in repeat(None, loops):
        turn = after[turn]
        table[key] = turn
        del table[key]
        table[key] = turn
        del table[key]
        table[key] = turn
        del table[key]
        table[key] = turn
        del table[key]
        table[key] = turn
        del table[key]
        table[key] = turn
        del table[key]
        table[key] = turn
        del table[key]
        table[key] = turn
        del table[key]
    own[3] = turn


def iterate(own, loops):
    table, keys, after, turn, name, errors = own
    for _ in repeat(None, loops):
        for key in keys:
            turn = after[turn]
            table[key] = turn
            try:
                for name in table:  # noqa: B007 - the last one is what `check` looks at
                    pass
            except RuntimeError:
                errors += 1
            del table[key]
    own[3], own[4], own[5] = turn, name, errors


def snapshot(own, loops):
    table, keys, after, turn, name, errors = own
    for _ in repeat(None, loops):
        for key in keys:
            turn = after[turn]
            table[key] = turn
            try:
                for name in list(table):  # noqa: B007 - the last one is what `check` looks at
                    pass
            except RuntimeError:
                errors += 1
            del table[key]
    own[3], own[4], own[5] = turn, name, errors


def check(shared, owns, loops):
    operation, private = shared["operation"], shared["sharing"] == "private"
    tables = {id(own[0]) for own in owns}
    assert len(tables) == (len(owns) if private else 1), "private dictionaries are shared, or shared ones not"
    steps = loops * {"insert": 1, "delete": 1, "iterate": KEYS, "snapshot": KEYS}.get(operation, 0)
    for index, own in enumerate(owns):
        table, _, _, turn, found, errors = own
        assert turn == steps % TURNS, "not all turns were made"
        expected = _make(shared)
        if operation == "update":
            for user in [own] if private else owns:
                expected.update(dict.fromkeys(user[1], loops % 128))
        # Key by key and in order: nothing lost, nothing left over.
        assert list(table.items()) == list(expected.items()), "%d keys, not %d, or wrong values" % (
            len(table),
            len(expected),
        )
        _check_found(shared, index, loops, found)
        assert errors == 0 or not (private or operation == "snapshot"), "the size of a dictionary changed by itself"
        assert 0 <= errors <= steps, "more errors than passes"
    return {"errors": sum(own[5] for own in owns) / (steps * len(owns)) if steps else 0.0}


def _check_found(shared, index, loops, found):
    """What the thread came upon last is what it should be; where others change the dictionary, it may be theirs."""
    operation, keys = shared["operation"], shared["keys"][index]
    if operation in ("get", "getitem"):
        assert found == keys[loops * KEYS % CHAIN], "looked up %s instead of %s" % (found, keys[loops * KEYS % CHAIN])
    elif shared["sharing"] == "private" and operation == "insert":
        assert found == KEYS, "%s keys were held instead of %d" % (found, KEYS)
    elif shared["sharing"] == "private" and operation in ("iterate", "snapshot"):
        assert found == keys[KEYS - 1], "a pass ended at %s instead of %s" % (found, keys[KEYS - 1])
