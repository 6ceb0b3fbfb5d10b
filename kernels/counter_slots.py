"""Threads update a slot each, packed into one cache line or padded apart: false sharing.

Stresses: the cache line (64 bytes on x86-64 and most ARM cores), which only one CPU at a time may write. No two threads
touch the same slot, and the eight updates a turn change a number that stays below 257, so none allocates.

Expect, by what the slots are:
- objects: one small object with `__slots__` for each thread, made side by side by the main thread and picked by their
  addresses. This is where Python programs meet false sharing: an object is 24 to 48 bytes, so neighbours share a line,
  with their values and their reference counts. Expect a factor of 1.5 to 2 between packed and padded at two threads
  without a GIL.
- buffer: a memoryview for each thread, made by that thread, onto its own word of one page-aligned block. Nothing but
  the line is shared. Expect little, 5 to 25 %: some 40 ns of bytecode between two stores give the line time to come
  back.
- array: all threads index one shared `array.array`, as a direct translation from C would. It measures the array's
  reference count (two atomic instructions for each access, PEP 703 "Biased reference counting"): two threads are no
  faster than one, and padding, the point of the exercise, has no visible effect.

A second line of padding would help where a CPU fetches lines in pairs of 128 bytes and so takes a neighbour's line
along (Intel's adjacent-line prefetch). Little is to be expected of it: what a whole line in common costs a buffer is
little already.

With the GIL, padding changes nothing: the threads never run at once.

Does not show: atomic instructions or the price of a line in C, which is several times the work there (0.3 against 1.6
ns for an increment); for two threads only what these two CPUs have between them (shared caches or none).

How it goes wrong: see `array`; objects that each thread makes for itself are already apart, since each thread has a
heap of its own (mimalloc; Objects/obmalloc.c); slots at chance addresses. Here `check` proves the addresses:
`distance`, `same_line` and `same_pair`.

Source: Intel, "Avoiding and Identifying False Sharing Among Threads"; J. Evans, "A scalable concurrent malloc(3)" for
allocators.
"""

from array import array
from itertools import repeat

PARAMS = {
    "slots": {
        "type": "string",
        "enum": ["buffer", "objects", "array"],
        "default": "objects",
        "description": (
            "What holds a thread's number: its own view into one block, an object of its own, or an item of one "
            "shared array."
        ),
    },
    "padding": {
        "type": "integer",
        "minimum": 0,
        "maximum": 4096,
        "multipleOf": 8,
        "default": 0,
        "unit": "bytes",
        "description": (
            "Bytes left free between the end of one slot and the start of the next: exactly, for buffer and array (a "
            "slot is 8 bytes, so 56 is one slot a line and 120 one every second line); at least, for objects, where 0 "
            "picks pairs that share a line."
        ),
    },
}
METRICS = {
    "distance": {
        "unit": "B",
        "description": (
            "The smallest distance from one slot's start to the next one's. One thread has an idle neighbour that it "
            "is measured to."
        ),
    },
    "same_line": {"unit": "", "description": "Share of the slots that have bytes in a 64-byte line with another slot."},
    "same_pair": {
        "unit": "",
        "description": (
            "Share of the slots that have bytes in an aligned pair of such lines, which some CPUs fetch together, with "
            "another slot."
        ),
    },
}
OPERATION = "one update of a slot"
OPERATIONS = 8

WORD, LINE, PAGE = 8, 64, 4096


class Slot:
    """A number in an object of its own; `value` is its last word."""

    __slots__ = ("value",)

    def __init__(self):
        self.value = 0


def setup(threads, *, slots, padding):
    # An even number, so that the last thread has a neighbour, too, and a single thread is laid out as if it had one.
    count = max(2, threads + threads % 2)
    if slots == "objects":
        every = sorted((Slot() for _ in range(1024 + count * (2 + padding // 16))), key=id)
        # All are kept: what is freed would be given to a thread, beside another one's slot.
        return {"slots": slots, "padding": padding, "every": every, "picked": _pick(every, count, padding)}
    stride = (WORD + padding) // WORD
    words = array("Q", bytes(PAGE + count * stride * WORD))
    first = -words.buffer_info()[0] % PAGE // WORD
    return {"slots": slots, "padding": padding, "words": words, "indexes": [first + i * stride for i in range(count)]}


def _pick(every, count, padding):
    """Choose objects by address: `padding` bytes or more apart; or, for no padding, pairs whose values share a line."""
    size, picked, free = Slot.__basicsize__, [], 0
    for thing, neighbour in zip(every, every[1:]):
        start = id(thing)
        if padding and start >= free:
            picked.append(thing)
            free = start + size + padding
        elif not padding and start >= free and _value_line(thing) == _value_line(neighbour):
            picked += [thing, neighbour]
            free = id(neighbour) + size + 2 * LINE  # away from the next pair
        if len(picked) >= count:
            return picked[:count]
    raise RuntimeError("the allocator laid out no %d objects %d bytes apart" % (count, padding))


def _value_line(slot):
    return (id(slot) + Slot.__basicsize__ - WORD) // LINE


def prepare(shared, index):
    kind = shared["slots"]
    if kind == "objects":
        return (shared["picked"][index],)
    where = shared["indexes"][index]
    if kind == "array":
        # 0 + makes this thread's own integer; the list's may be a shared one.
        return shared["words"], 0 + int(str(where))
    return (memoryview(shared["words"])[where : where + 1],)


def choose(*, slots, padding):
    return {"buffer": by_view, "objects": by_object, "array": by_index}[slots]


def by_view(own, loops):
    (slot,) = own
    for _ in repeat(None, loops):
        slot[0] ^= 1
        slot[0] ^= 2
        slot[0] ^= 4
        slot[0] ^= 8
        slot[0] ^= 16
        slot[0] ^= 3
        slot[0] ^= 28
        slot[0] = slot[0] * 5 + 1 & 31


def by_object(own, loops):
    (slot,) = own
    for _ in repeat(None, loops):
        slot.value ^= 1
        slot.value ^= 2
        slot.value ^= 4
        slot.value ^= 8
        slot.value ^= 16
        slot.value ^= 3
        slot.value ^= 28
        slot.value = slot.value * 5 + 1 & 31


def by_index(own, loops):
    words, i = own
    for _ in repeat(None, loops):
        words[i] ^= 1
        words[i] ^= 2
        words[i] ^= 4
        words[i] ^= 8
        words[i] ^= 16
        words[i] ^= 3
        words[i] ^= 28
        words[i] = words[i] * 5 + 1 & 31


def check(shared, owns, loops):
    spans, values = _layout(shared)
    # The seven flips of a turn cancel; what remains is a generator that comes back to 0 after 32 turns.
    expected = 0
    for _ in range(loops % 32):
        expected = expected * 5 + 1 & 31
    used = len(owns)
    assert values[:used] == [expected] * used, "an update was lost or done twice: %s instead of %d" % (
        values[:used],
        expected,
    )
    assert not any(values[used:]), "a slot that nobody owns was written"
    return _proven(sorted(spans), shared)


def _layout(shared):
    """The (start, end) address and the value of each slot, as they are now."""
    if shared["slots"] == "objects":
        picked = shared["picked"]
        return [(id(slot), id(slot) + Slot.__basicsize__) for slot in picked], [slot.value for slot in picked]
    words, indexes = shared["words"], shared["indexes"]
    base = words.buffer_info()[0]
    assert (base + indexes[0] * WORD) % PAGE == 0, "the block does not start at a page"
    return [(base + i * WORD, base + (i + 1) * WORD) for i in indexes], [words[i] for i in indexes]


def _proven(spans, shared):
    """The metrics; raises AssertionError if the slots do not lie as they were asked to."""
    padding = shared["padding"]
    gaps = [after[0] - before[1] for before, after in zip(spans, spans[1:])]
    widest = padding if shared["slots"] != "objects" else max(gaps)
    assert padding <= min(gaps) <= max(gaps) <= widest, "gaps of %s bytes, not %d" % (gaps, padding)
    near, paired = _together(spans, LINE), _together(spans, 2 * LINE)
    assert all(near) or padding, "slots without padding do not share a line"
    assert not any(near) or padding < LINE - WORD, "padded slots share a line"
    assert not any(paired) or padding < 2 * LINE - WORD, "slots padded by a line and more share a pair of lines"
    return {
        "distance": min(after[0] - before[0] for before, after in zip(spans, spans[1:])),
        "same_line": sum(near) / len(near),
        "same_pair": sum(paired) / len(paired),
    }


def _together(spans, unit):
    """For each span, whether it has bytes in one aligned unit of memory with another span."""
    units = [set(range(start // unit, (end - 1) // unit + 1)) for start, end in spans]
    return [any(mine & other for j, other in enumerate(units) if j != i) for i, mine in enumerate(units)]
