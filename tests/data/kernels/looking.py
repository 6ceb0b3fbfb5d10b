"""Bodies whose profile is known: one allocates, one waits for a lock, one changes its types, one collects garbage."""

PARAMS = {
    "work": {
        "type": "string",
        "enum": ["plain", "allocating", "locking", "changing", "collecting"],
        "default": "plain",
        "description": "What it does.",
    },
}
GC = True

from mmap import mmap  # noqa: E402
from threading import Lock  # noqa: E402


def setup(threads, *, work):
    return {"lock": Lock(), "threads": threads}


def prepare(shared, index):
    return {"lock": shared["lock"], "turn": 0, "kept": []}


def choose(*, work):
    return {
        "plain": plain,
        "allocating": allocating,
        "locking": locking,
        "changing": changing,
        "collecting": collecting,
    }[work]


def plain(own, loops):
    total = 0
    for number in range(loops):
        total += number


def allocating(own, loops):
    for _ in range(loops):
        with mmap(-1, 16 * 4096) as pages:
            for place in range(0, 16 * 4096, 4096):
                pages[place] = 1


def locking(own, loops):
    lock = own["lock"]
    for _ in range(loops):
        with lock:
            sum(range(200))


def changing(own, loops):
    own["turn"] += 1
    value = (1, 1.5, "a")[own["turn"] % 3]
    for _ in range(loops):
        added(value)


def added(value):
    return value + value


def collecting(own, loops):
    for _ in range(loops):
        pair = []
        pair.append([pair])


def check(shared, owns, loops):
    pass
