"""Threads copy, fill and read buffers of their own that fit a cache, or do not.

Stresses: the memory behind Python's byte buffers. One loop always moves 64 KiB, in four chunks of 16 KiB, and the next
loop goes on where it ended, through a buffer of the given size and round again: the work is the same for every size,
and only the way to the bytes differs.
- copy: between two memoryviews; of bytes and bytearray, a slice, which is a new object (in memory that is used again
  and so is hot). Two memoryviews take twice the size: a source and a destination.
- fill: a pattern of 16 KiB into a slice.
- find: the last byte of each chunk, by `find`, so that C code reads them all. memoryview has no such method.
- sum: `sum()` of a slice. Every byte becomes a Python integer, which takes nanoseconds where a copy takes hundredths:
  this is the interpreter at work, and memory cannot be seen behind it.

Expect: inside the first cache (16 KiB here, 32 or more on any CPU of today) some 0.01 to 0.02 ns a byte, of which the
call is a third; beyond all caches several times as much for copy, fill and find, and no difference for sum. None of
these lets go of the GIL (Objects/memoryobject.c, Objects/bytearrayobject.c), so with it two threads do the work of one.
Without it, private buffers inside the caches of a core scale with the CPUs; beyond them the threads share the bandwidth
of the machine, and a copy of 32 MiB by two threads was 1.18 times as fast as by one.

Does not show: latency, which needs reads that depend on each other (`list_stride`); the address translation apart from
the cache; input and output. With a machine shared with others, the outer cache is, too.

How it goes wrong: slices above 128 KiB are mapped anew each time, and what is measured is page faults; `bytearray[...]
= bytes` makes a copy first, so it moves the data twice; a destination that starts a few bytes behind the source,
modulo 4096, took 18 times as long on one CPU, so that views start at a page here; fresh memory that was never written
is one page of zeros, read from the cache. zlib and hashlib let go of the GIL above a few KiB (`real_cpus`).

Source: J. McCalpin's STREAM benchmark (copy, fill); U. Drepper, "What Every Programmer Should Know About Memory".
"""

from itertools import cycle, repeat
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

PARAMS = {
    "operation": {
        "type": "string",
        "enum": ["copy", "fill", "find", "sum"],
        "default": "copy",
        "description": "What is done with each chunk. There is no fill of bytes and no find in a memoryview.",
    },
    "buffer": {
        "type": "string",
        "enum": ["memoryview", "bytearray", "bytes"],
        "default": "memoryview",
        "description": "The type that is read and written.",
    },
    "size": {
        "type": "integer",
        "minimum": 16,
        "maximum": 1048576,
        "multipleOf": 16,
        "default": 16,
        "unit": "KiB",
        "description": "The size of each thread's own buffer; a copy between memoryviews has two.",
    },
}
OPERATION = "one KiB"
OPERATIONS = 64

CHUNK = 16 * 1024
CHUNKS_IN_LOOP = 4
UNTOUCHED = b"\xff" * CHUNK


def setup(threads, *, operation, buffer, size):
    return operation, buffer, size * 1024 // CHUNK


def prepare(shared, index):
    """[the chunks of each loop, over and over; what they are; the last result; what the chunks are parts of]."""
    operation, buffer, count = shared
    if operation == "copy" and buffer == "memoryview":
        source, target = _make(buffer, _content(count)), _make(buffer, [UNTOUCHED] * count)
        chunks = [(target[at : at + CHUNK], source[at : at + CHUNK]) for at in range(0, count * CHUNK, CHUNK)]
        kept = (source, target)
    elif operation == "fill":
        whole, pattern = _make(buffer, [UNTOUCHED] * count), bytearray(_chunk(index))
        if buffer == "memoryview":
            chunks = [(whole[at : at + CHUNK], pattern) for at in range(0, count * CHUNK, CHUNK)]
        else:
            chunks = [slice(at, at + CHUNK) for at in range(0, count * CHUNK, CHUNK)]
        kept = (whole, pattern)
    else:
        whole = _make(buffer, _content(count))
        make = (lambda *ends: ends) if operation == "find" else slice
        chunks = [make(at, at + CHUNK) for at in range(0, count * CHUNK, CHUNK)]
        kept = (whole,)
    # A buffer of no whole number of loops goes round until a loop begins where the first one did.
    rounds = next(n for n in range(1, CHUNKS_IN_LOOP + 1) if n * count % CHUNKS_IN_LOOP == 0)
    flat = chunks * rounds
    turns = [tuple(flat[at : at + CHUNKS_IN_LOOP]) for at in range(0, len(flat), CHUNKS_IN_LOOP)]
    return [cycle(turns).__next__, turns, None, kept]


def _chunk(number):
    """16 KiB that hold no zero but the last byte, and begin with a byte that tells one chunk from the next."""
    return bytes([number % 251 + 1]) + b"\1" * (CHUNK - 2) + b"\0"


def _content(count):
    """`count` chunks; there are 251 different ones."""
    different = [_chunk(number) for number in range(min(count, 251))]
    return [different[number % 251] for number in range(count)]


def _make(buffer, chunks):
    """A buffer that holds these chunks; a memoryview's starts at a page."""
    if buffer == "memoryview":
        view = memoryview(mmap(-1, len(chunks) * CHUNK, flags=MAP_PRIVATE | MAP_ANONYMOUS))
        for number, chunk in enumerate(chunks):
            view[number * CHUNK : (number + 1) * CHUNK] = chunk
        return view
    return bytearray().join(chunks) if buffer == "bytearray" else b"".join(chunks)


def choose(*, operation, buffer, size):
    bodies = {
        ("copy", "memoryview"): copy_view,
        ("copy", "bytearray"): copy_slice,
        ("copy", "bytes"): copy_slice,
        ("fill", "memoryview"): copy_view,
        ("fill", "bytearray"): fill_slice,
        ("find", "bytearray"): find,
        ("find", "bytes"): find,
        ("sum", "memoryview"): add,
        ("sum", "bytearray"): add,
        ("sum", "bytes"): add,
    }
    if (operation, buffer) not in bodies:
        raise ValueError("there is no %s of %s" % (operation, buffer))
    return bodies[operation, buffer]


def copy_view(own, loops):
    advance = own[0]
    for _ in repeat(None, loops):
        for target, source in advance():
            target[:] = source


def copy_slice(own, loops):
    advance, _, part, (whole,) = own
    for _ in repeat(None, loops):
        for cut in advance():
            part = whole[cut]
    own[2] = part


def fill_slice(own, loops):
    advance, _, _, (whole, pattern) = own
    for _ in repeat(None, loops):
        for cut in advance():
            whole[cut] = pattern


def find(own, loops):
    advance, _, where, (whole,) = own
    search = whole.find
    for _ in repeat(None, loops):
        for start, end in advance():
            where = search(0, start, end)
    own[2] = where


def add(own, loops):
    advance, _, total, (whole,) = own
    total, plus = total or 0, sum
    for _ in repeat(None, loops):
        for cut in advance():
            total += plus(whole[cut])
    own[2] = total


def check(shared, owns, loops):
    operation, buffer, count = shared
    assert len({id(own[3][0]) for own in owns}) == len(owns), "threads share a buffer"
    for index, own in enumerate(owns):
        advance, turns, result, kept = own
        assert len(turns) * CHUNKS_IN_LOOP % count == 0, "a turn leaves out chunks"
        assert advance() is turns[loops % len(turns)], "not every loop took its chunks"
        last = (loops * CHUNKS_IN_LOOP - 1) % count
        if operation == "fill" or (operation == "copy" and buffer == "memoryview"):
            _check_written(operation, index, kept, min(count, loops * CHUNKS_IN_LOOP), count)
        elif operation == "copy":
            assert type(result) is type(kept[0]), "a slice is %s" % type(result)
            assert result == _chunk(last), "the last slice is no copy of the last chunk"
        elif operation == "find":
            assert result == (last + 1) * CHUNK - 1, "the zero was found at %s" % result
        else:
            assert result == _sum(loops * CHUNKS_IN_LOOP, count), "the sum is %s" % result
        own.clear()  # The memory is for the threads that come next.


def _check_written(operation, index, kept, done, count):
    """The first `done` chunks hold what was written, and those that no loop came to are untouched."""
    written = memoryview(kept[1] if operation == "copy" else kept[0])
    expected = _content(done) if operation == "copy" else [_chunk(index)] * done
    expected += [UNTOUCHED] * (count - done)
    for number, chunk in enumerate(expected):
        found = bytes(written[number * CHUNK : (number + 1) * CHUNK])
        assert found == chunk, "chunk %d of %d is wrong after %d" % (number, count, done)


def _sum(done, count):
    """What the first `done` chunks add up to, going round in `count`."""
    firsts = [number % 251 + 1 for number in range(count)]
    return done * (CHUNK - 2) + done // count * sum(firsts) + sum(firsts[: done % count])
