"""Threads count words, each in a text of its own, into totals of their own or into one for all.

Stresses: splitting a string, looking up words, adding to numbers in a dictionary, and how often threads meet at a lock.
Each turn takes one text of 5142 words, 100 of them different, through all three ways of counting.

Expect:
- own: each thread counts a text into a small dictionary and adds that to a total of its own, under a lock that nobody
  else wants. Scales with the CPUs where there is no GIL; the control.
- merged: the same code, but total and lock are everyone's. Threads meet once a text, for 100 additions after 5142, so
  it scales nearly as well: this is how to do it.
- locked: no dictionary of one's own, each word is added to the shared total under the shared lock. The threads take
  turns word by word: at best the throughput of one, with the GIL or without. What a thread does outside the lock is
  next to nothing, and the numbers and words that it finds were made by others (PEP 703, "Biased reference counting").
With the GIL none scales.

Does not show: reading files; `collections.Counter`, which counts in C; what becomes of a shared dictionary that is
written without a lock, which loses counts (`counter_increment`).

How it goes wrong: one list of words for all, whose reference counts are then what is measured; a total that is checked
for one word only; texts that differ in length, so that one thread is done early. Here all texts have the same words in
another order, and each word of each text must be in the total.

Source: J. Dean and S. Ghemawat, "MapReduce" (2004), whose first example this is; the frequencies follow Zipf's law.
"""

import random
from itertools import repeat
from threading import Lock

PARAMS = {
    "counts": {
        "type": "string",
        "enum": ["own", "merged", "locked"],
        "default": "merged",
        "description": (
            "Totals: each thread's own, one for all to which each text's counts are added under a lock, or one for "
            "all to which each single word is added under a lock."
        ),
    },
}
OPERATION = "one word"
OPERATIONS = 5142

# The k-th word occurs 1000 / k times in a text.
TIMES = {"word%d" % k: 1000 // k for k in range(1, 101)}


def setup(threads, *, counts):
    assert sum(TIMES.values()) == OPERATIONS, "a text has %d words" % sum(TIMES.values())
    return {"counts": counts, "total": {}, "lock": Lock()}


def prepare(shared, index):
    words = [word for word, times in TIMES.items() for _ in range(times)]
    random.Random(index).shuffle(words)
    text = " ".join(words)
    return (text, {}, Lock()) if shared["counts"] == "own" else (text, shared["total"], shared["lock"])


def choose(*, counts):
    return locked if counts == "locked" else merged


def merged(own, loops):
    text, total, lock = own
    for _ in repeat(None, loops):
        counts = {}
        for word in text.split():
            if word in counts:
                counts[word] += 1
            else:
                counts[word] = 1
        with lock:
            for word, count in counts.items():
                if word in total:
                    total[word] += count
                else:
                    total[word] = count


def locked(own, loops):
    text, total, lock = own
    for _ in repeat(None, loops):
        for word in text.split():
            with lock:
                if word in total:
                    total[word] += 1
                else:
                    total[word] = 1


def check(shared, owns, loops):
    alone = shared["counts"] == "own"
    assert len({id(total) for _, total, _ in owns}) == (len(owns) if alone else 1), "the totals are shared wrongly"
    assert len({id(lock) for _, _, lock in owns}) == (len(owns) if alone else 1), "the locks are shared wrongly"
    assert len({text for text, _, _ in owns}) == len(owns), "two threads have the same text"
    texts = loops if alone else loops * len(owns)
    expected = {word: times * texts for word, times in TIMES.items()}
    for _, total, _ in owns:
        wrong = {word: count for word, count in total.items() if expected.get(word) != count}
        assert total == expected, "%d of %d words are counted wrongly: %s" % (len(wrong), len(expected), wrong)
