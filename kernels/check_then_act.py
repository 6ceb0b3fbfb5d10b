"""Threads look whether there is something to do, and then do it, sometimes two of them the same.

Stresses: check-then-act. All threads go through the same keys, in the same order, and take each that nobody has taken;
or they put items into one list and take them out as long as there are any. `double_wins` says how many keys were taken
by more than one thread, `errors` how many items were there when a thread looked and gone when it took them.

Expect:
- dict_check, `if key not in table: table[key] = me`: exact with the GIL from 3.10 on, by luck, as no thread gives the
  GIL up between the two steps (CHECK_EVAL_BREAKER in Python/bytecodes.c: calls and the end of a loop's turn). Without
  it both steps are atomic, but not together: about 0.4 % of the keys are won twice by two threads on 3.13t.
- dict_compute, `table[key] = compute(key)`: the same with a call between the steps, as caches are filled. Without the
  GIL threads that run side by side compute nearly everything twice; with it, one key at each switch (every 5 ms).
- setdefault: one step, one winner, on every build (PEP 703, "Container thread-safety"). lock: the same.
- list_pop_check, `if items: items.pop()`: raises IndexError now and then where there is no GIL. list_pop_try, which
  asks forgiveness: cannot be wrong, but an exception costs more than a question if there is often nothing to take.

Does not show: scaling. The keys are there for all threads together, so several threads have less to take each than one
has, and `time` is to be compared at one number of threads only.

How it goes wrong: threads that start one after the other never meet, as the first takes all. Here whoever is behind
finds all keys taken, which is quicker than taking them, and so catches up. Every turn begins with a new dictionary of
its own number, made by whoever gets there first and dropped when all have left, both under a lock: one for 256 keys.

Source: the classic check-then-act race (CWE-367); PEP 703, "Container thread-safety".
"""

from itertools import repeat
from threading import Lock

PARAMS = {
    "operation": {
        "type": "string",
        "enum": ["dict_check", "dict_compute", "setdefault", "lock", "list_pop_check", "list_pop_try"],
        "default": "dict_check",
        "description": (
            "Take keys: after a look, after a look and a computation, by dict.setdefault, after a look under a lock; "
            "take items: after a look, or by trying."
        ),
    },
}
METRICS = {
    "double_wins": {"unit": "", "description": "Winners of keys beyond the first, over all keys."},
    "errors": {"unit": "", "description": "Items that were there when looked for and gone when taken, over all items."},
}
OPERATION = "one key, or one item put in and taken"
OPERATIONS = 256

EFFORT = 64  # steps of a computation


class Tables:
    """The dictionary of each turn, for all threads."""

    def __init__(self, threads):
        self.threads = threads
        self.lock = Lock()
        self.present = {}  # turn -> its dictionary and how many threads have left it
        self.finished = 0  # turns that all threads have left
        self.keys = 0  # in those turns

    def enter(self, turn):
        """Leave the turn before this one; the dictionary of this one."""
        with self.lock:
            if turn:
                before = self.present[turn - 1]
                before[1] += 1
                if before[1] == self.threads:
                    del self.present[turn - 1]
                    self.finished += 1
                    self.keys += len(before[0])
            if turn not in self.present:
                self.present[turn] = [{}, 0]
            return self.present[turn][0]


def compute(steps, me):
    """Some work on the thread's own data."""
    x = me
    for _ in steps:
        x = (x * 5 + 3) & 127
    return x


def setup(threads, *, operation):
    return {"operation": operation, "tables": Tables(threads), "items": [], "lock": Lock()}


def prepare(shared, index):
    return {
        "keys": tuple(range(OPERATIONS)),  # small integers are immortal, and the tuple is this thread's own
        "steps": (None,) * EFFORT,
        "me": index,
        "enter": shared["tables"].enter,
        "items": shared["items"],
        "lock": shared["lock"],
        "turn": 0,
        "won": 0,  # keys, or items taken
        "errors": 0,
    }


def choose(*, operation):
    return {
        "dict_check": dict_check,
        "dict_compute": dict_compute,
        "setdefault": setdefault,
        "lock": locked,
        "list_pop_check": list_pop_check,
        "list_pop_try": list_pop_try,
    }[operation]


def dict_check(own, loops):
    keys, me, enter, turn, won = own["keys"], own["me"], own["enter"], own["turn"], own["won"]
    for _ in repeat(None, loops):
        table = enter(turn)
        turn += 1
        for key in keys:
            if key not in table:
                table[key] = me
                won += 1
    own["turn"], own["won"] = turn, won


def dict_compute(own, loops):
    keys, me, enter, turn, won = own["keys"], own["me"], own["enter"], own["turn"], own["won"]
    steps, work = own["steps"], compute
    for _ in repeat(None, loops):
        table = enter(turn)
        turn += 1
        for key in keys:
            if key not in table:
                table[key] = work(steps, me)
                won += 1
    own["turn"], own["won"] = turn, won


def setdefault(own, loops):
    keys, me, enter, turn, won = own["keys"], own["me"], own["enter"], own["turn"], own["won"]
    for _ in repeat(None, loops):
        take = enter(turn).setdefault
        turn += 1
        for key in keys:
            if take(key, me) is me:
                won += 1
    own["turn"], own["won"] = turn, won


def locked(own, loops):
    keys, me, enter, turn, won = own["keys"], own["me"], own["enter"], own["turn"], own["won"]
    lock = own["lock"]
    for _ in repeat(None, loops):
        table = enter(turn)
        turn += 1
        for key in keys:
            with lock:
                if key not in table:
                    table[key] = me
                    won += 1
    own["turn"], own["won"] = turn, won


def list_pop_check(own, loops):
    keys, items, turn, won, errors = own["keys"], own["items"], own["turn"], own["won"], own["errors"]
    put, take = items.append, items.pop
    for _ in repeat(None, loops):
        turn += 1
        for key in keys:
            put(key)
            # Twice, so that a thread also takes what others have put there. Alone, it finds nothing the second time.
            try:
                if items:
                    take()
                    won += 1
                if items:
                    take()
                    won += 1
            except IndexError:
                errors += 1
    own["turn"], own["won"], own["errors"] = turn, won, errors


def list_pop_try(own, loops):
    keys, items, turn, won = own["keys"], own["items"], own["turn"], own["won"]
    put, take = items.append, items.pop
    for _ in repeat(None, loops):
        turn += 1
        for key in keys:
            put(key)
            try:
                take()
                won += 1
                take()
                won += 1
            except IndexError:
                pass
    own["turn"], own["won"] = turn, won


def check(shared, owns, loops):
    tables, items, count = shared["tables"], shared["items"], loops * OPERATIONS
    assert all(own["turn"] == loops for own in owns), "a thread has not done its turns"
    assert all(own["items"] is items and own["lock"] is shared["lock"] for own in owns), "the threads do not meet"
    won, errors = sum(own["won"] for own in owns), sum(own["errors"] for own in owns)
    if shared["operation"].startswith("list"):
        put = len(owns) * count
        assert won + len(items) == put, "%d items were put in, %d taken, %d are left" % (put, won, len(items))
        assert errors == 0 or (len(owns) > 1 and shared["operation"] == "list_pop_check"), "%d errors" % errors
        return {"double_wins": 0, "errors": errors / put}
    # The last turn has not been left, as there was no next one to enter.
    assert len(tables.present) == 1, "a thread has stayed behind, or has met no other"
    ((table, left),) = tables.present.values()
    assert (tables.finished, left) == (loops - 1, 0), "a thread has stayed behind"
    assert len(table) == OPERATIONS, "%d keys are taken of %d" % (len(table), OPERATIONS)
    assert tables.keys == count - OPERATIONS, "%d keys are taken of %d" % (tables.keys, count - OPERATIONS)
    assert count <= won <= len(owns) * count, "%d keys were won %d times" % (count, won)
    if len(owns) == 1 or shared["operation"] in ("setdefault", "lock"):
        assert won == count, "%d keys were won %d times" % (count, won)
    if shared["operation"] != "dict_compute":
        assert all(0 <= me < len(owns) for me in table.values()), "a key was taken by nobody"
    return {"double_wins": won / count - 1, "errors": 0}
