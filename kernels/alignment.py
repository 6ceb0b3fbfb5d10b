"""Threads read, write and copy at chosen addresses: on their natural boundary, beside it, over a line's or page's end.

Stresses: alignment, in two ways. Eight-byte words are read or written one by one, through a memoryview whose first word
lies so many bytes behind the start of a page; five words (four when written) a page apart, all at the same place in
their line and page. Or blocks of 16 KiB, which fit the first-level cache, are copied from view to view.

Expect:
- read, write: nothing that can be seen. A CPU takes a cycle or a few more for a word that lies in two lines or pages;
  finding the item of a view costs 15 to 25 ns of bytecode and C (Objects/memoryobject.c, unpack_single, which uses
  memcpy and so allows any address). Single accesses are here to show that, and that nobody need align them.
- copy: a source one byte off its boundary costs about a fifth; source and target both off by one, nothing, as then
  every load and store has the same place in its line. A target a little above the source, counted modulo 4096, is
  another matter: the CPU compares the low twelve bits of addresses first and takes loads for loads of what was just
  stored (4K aliasing), or its copying instruction falls back to small steps. Some CPUs copy many times slower then, by
  up to 18 times on one server CPU, others hardly so. A target as badly aligned but half a page away has no such
  neighbour: the difference between the two is aliasing, not alignment.
All of this is the CPU's and the same on every build. Nothing is shared, so all threads scale without a GIL.

Does not show: atomic instructions over two lines (split locks); structures whose fields are misaligned in C; vector
code, except what memcpy has of it, which differs between C libraries and CPUs.

How it goes wrong: an `array.array` is aligned whatever its index, so items of it are never misaligned; a buffer at a
chance address hides which case it is. Here the addresses come from `array.buffer_info` and `check` proves them:
`source_in_page`, `target_in_page`, `crosses_line` and `crosses_page`.

Source: Intel, "Intel 64 and IA-32 Architectures Optimization Reference Manual", on alignment, store forwarding and 4K
aliasing.
"""

import sys
from array import array
from itertools import cycle, islice, repeat

PARAMS = {
    "access": {
        "type": "string",
        "enum": ["read", "write", "copy"],
        "default": "read",
        "description": "Words read one by one, words written one by one, or blocks copied.",
    },
    "source_offset": {
        "type": "integer",
        "minimum": 0,
        "maximum": 4095,
        "default": 0,
        "unit": "bytes",
        "description": "From the start of a page to what is read or copied. Writing does not use it.",
    },
    "target_offset": {
        "type": "integer",
        "minimum": 0,
        "maximum": 4095,
        "default": 0,
        "unit": "bytes",
        "description": "From the start of a page to what is written or copied to. Reading does not use it.",
    },
}
METRICS = {
    "source_in_page": {
        "unit": "B",
        "description": "The address of the first word read, or of the block copied, modulo 4096; 0 for writing.",
    },
    "target_in_page": {
        "unit": "B",
        "description": "The address of the first word written, or of the block's copy, modulo 4096; 0 for reading.",
    },
    "crosses_line": {
        "unit": "",
        "description": "Share of the words that lie in two lines of 64 bytes; of a copy's, the first of each block.",
    },
    "crosses_page": {
        "unit": "",
        "description": "Share of the words that lie in two pages of 4096 bytes; of a copy's, the first of each block.",
    },
}
OPERATION = "four reads or writes of eight bytes, or one copy of 16 KiB"
OPERATIONS = 1

WORD, LINE, PAGE = 8, 64, 4096
ACCESSES = 4  # in a loop
READ = 5  # words to read: no divisor of the accesses, so that a read left out leads astray
BLOCK = 16 * 1024
REGION = 6 * PAGE  # what one side needs with the largest offset
VALUES = range(251)  # what is written in turn; small integers are not counted


def setup(threads, *, access, source_offset, target_offset):
    return {
        "access": access,
        "source": 0 if access == "write" else source_offset,
        "target": 0 if access == "read" else target_offset,
    }


def prepare(shared, index):
    memory = array("B", bytes(PAGE + 2 * REGION))
    first = -memory.buffer_info()[0] % PAGE
    source, target = first + shared["source"], first + REGION + shared["target"]
    whole = memoryview(memory)
    own = {"memory": memory, "first": first, "source": source, "target": target}
    if shared["access"] == "read":
        words = _words(whole, source, READ)
        for i in range(READ):
            words[i] = (i + 1) % READ  # a chain: each word says which to read next
        own["body"] = [words, 0]
    elif shared["access"] == "write":
        own["body"] = [_words(whole, target, ACCESSES), cycle(VALUES)]
    else:
        blocks = [whole[start : start + BLOCK] for start in (source, target)]
        blocks[0][:] = bytes(i % len(VALUES) for i in range(BLOCK))
        # The last byte of the source changes with each copy. It is the last to be read, long after it was written.
        own["body"] = [*blocks, blocks[0][BLOCK - 1 :], slice(None), cycle(VALUES)]
    return own


def _words(whole, start, count):
    """A view of so many words a page apart, the first of them at `start`."""
    return whole[start : start + (count - 1) * PAGE + WORD].cast("Q")[:: PAGE // WORD]


def choose(*, access, source_offset, target_offset):
    return {"read": read_words, "write": write_words, "copy": copy_block}[access]


def read_words(own, loops):
    words, at = own["body"]
    for _ in repeat(None, loops):
        at = words[at]
        at = words[at]
        at = words[at]
        at = words[at]
    own["body"][1] = at


def write_words(own, loops):
    words, values = own["body"]
    for value in islice(values, loops):
        words[0] = value
        words[1] = value
        words[2] = value
        words[3] = value


def copy_block(own, loops):
    source, target, last, whole, values = own["body"]
    for value in islice(values, loops):
        last[0] = value
        target[whole] = source


def check(shared, owns, loops):
    assert len({id(own["memory"]) for own in owns}) == len(owns), "threads share memory that should be their own"
    prove = {"read": _prove_read, "write": _prove_write, "copy": _prove_copy}[shared["access"]]
    found = []
    for own in owns:
        base = own["memory"].buffer_info()[0]
        # The regions as they should be now, byte by byte, and where its words start.
        expected = bytearray(len(own["memory"]))
        words = prove(own, loops, expected)
        assert own["memory"].tobytes() == expected, "something else was written, or somewhere else"
        assert (base + own["first"]) % PAGE == 0, "the memory does not start at a page"
        in_page = [(base + own[side]) % PAGE for side in ("source", "target")]
        assert in_page == [shared["source"], shared["target"]], "the offsets in a page are %s" % in_page
        found.append((*in_page, _crossing(base, words, LINE), _crossing(base, words, PAGE)))
    return dict(zip(METRICS, found[0]))


def _crossing(base, words, unit):
    """Share of the words at these places that begin in one unit of memory and end in the next."""
    return sum((base + at) // unit != (base + at + WORD - 1) // unit for at in words) / len(words)


def _prove_read(own, loops, expected):
    words = [own["source"] + i * PAGE for i in range(READ)]
    for i, at in enumerate(words):
        expected[at : at + WORD] = ((i + 1) % READ).to_bytes(WORD, sys.byteorder)
    assert own["body"][1] == loops * ACCESSES % READ, "the chain ends at word %d" % own["body"][1]
    return words


def _prove_write(own, loops, expected):
    words = [own["target"] + i * PAGE for i in range(ACCESSES)]
    for at in words:
        expected[at : at + WORD] = VALUES[(loops - 1) % len(VALUES)].to_bytes(WORD, sys.byteorder)
    return words


def _prove_copy(own, loops, expected):
    content = bytearray(i % len(VALUES) for i in range(BLOCK))
    content[-1] = VALUES[(loops - 1) % len(VALUES)]
    for side in ("source", "target"):
        expected[own[side] : own[side] + BLOCK] = content
    return [own["source"], own["target"]]
