"""Threads walk through a buffer of bytes, in a row or in strides: caches, prefetching and bandwidth.

Stresses: reading memory. A loop reads 4096 bytes by one extended slice (`buffer[start:stop:stride]`), so that the loop
over them is C (Objects/bytesobject.c, bytes_subscript) and a byte costs a nanosecond or less. An object is made for the
4096 together, not for each.

Strides and sizes:
- stride 1 is a memcpy of 4 KiB; making the result is a good part of its time.
- from 2 on it is a loop of single bytes. Up to 64 each cache line is still wanted, and the time for a byte grows with
  the share of a line that one slice leaves unread; from 64 on every byte is a line of its own, and 4096 is a page for
  each byte, which neither prefetchers nor the TLB like.
- `size` decides where the lines come from. A stride needs 4 KiB of it for each of its bytes.
Bytes that one slice leaves out are read by later ones, but never before the walk has been through all other lines: the
whole of `size` is the working set at every stride.

Expect: in a buffer of 64 MiB a stride of 64 costs six to eight times as much a byte as a stride of 2, and 4096 three
times as much again; in one that fits the second-level cache about twice. No build differs from another, as it is the
same loop in C. Without a GIL private buffers scale until the memory's bandwidth is used up: small strides nearly
double with two threads, a stride of 64 hardly gains where one thread draws most of the bandwidth already. A shared
buffer is only read, so its lines may be in all caches at once, and it scales as private ones or better. With the GIL
nothing scales.

Does not show: the latency of one access, as slices do not wait for one byte before they ask for the next (the shuffled
order of `list_stride` does); writing; the cost of `buffer[i]`, which is bytecode.

How it goes wrong: a loop `for i in range(0, n, stride): buffer[i]` spends 40 ns on bytecode and hides what a line
costs. `bytes(n)` is zeros that nobody wrote: all its pages are one page of the system until then, and fit the first
cache. Lanes in their order (0, 1, 2 bytes from the start) read the same lines 64 times in a row once the stride is
larger than a line, and those few lines stay in a cache. Slicing one shared object by name counts references to it, two
atomic instructions a slice (PEP 703, "Biased reference counting"), so `get` is a method bound by each thread; a
bytearray takes a lock for it from 3.14 on (gh-129107), which bytes, which never change, do not need.

Source: J. McCalpin, "STREAM"; J. Hennessy and D. Patterson, "Computer Architecture", on strides and cache lines.
"""

from itertools import cycle, islice

PARAMS = {
    "stride": {
        "type": "integer",
        "minimum": 1,
        "maximum": 4096,
        "default": 1,
        "unit": "bytes",
        "description": "Distance of the bytes that a slice reads; 64 is one of each cache line.",
    },
    "size": {
        "type": "integer",
        "minimum": 16,
        "maximum": 1048576,
        "default": 16384,
        "unit": "KiB",
        "description": (
            "The working set of one thread, or of all if they share. At least four times as many KiB as the stride has "
            "bytes."
        ),
    },
    "sharing": {
        "type": "string",
        "enum": ["private", "shared"],
        "default": "private",
        "description": "A buffer for each thread, made by it, or one for all.",
    },
}
OPERATION = "one byte read"
OPERATIONS = 4096

KIB = 1024
LINE = 64
PERIOD = 251  # prime: bytes a stride apart differ


def setup(threads, *, stride, size, sharing):
    span = OPERATIONS * stride
    if size * KIB < span:
        raise ValueError(
            "a slice of %d bytes with a stride of %d needs a size of at least %d" % (OPERATIONS, stride, span // KIB)
        )
    shared = {"threads": threads, "stride": stride, "bytes": size * KIB}
    shared["buffer"] = _make(size * KIB) if sharing == "shared" else None
    return shared


def _make(count):
    """Bytes that were all written, so that they are in pages of their own; a few more than asked for."""
    return bytes(range(PERIOD)) * (count // PERIOD + 1)


def prepare(shared, index):
    buffer = shared["buffer"] or _make(shared["bytes"])
    slices = _slices(shared["bytes"], shared["stride"])
    # Threads that share start at different places.
    start = index * len(slices) // shared["threads"]
    # [bound look-up, walk that never ends, last bytes read, all slices, where the walk began]
    return [buffer.__getitem__, cycle(slices[start:] + slices[:start]), None, slices, start]


def _slices(count, stride):
    """Slices that read every byte once (but for a rest at the end), and no line again before all others were read."""
    span = OPERATIONS * stride
    starts = range(0, count - span + 1, span)
    lanes = [lane for first in range(min(LINE, stride)) for lane in range(first, stride, LINE)]
    return [slice(start + lane, start + lane + span, stride) for lane in lanes for start in starts]


def run(own, loops):
    get, walk = own[:2]
    for part in islice(walk, loops):
        read = get(part)
    own[2] = read


def check(shared, owns, loops):
    buffers = {id(own[0].__self__) for own in owns}
    assert len(buffers) == (1 if shared["buffer"] else len(owns)), "%d buffers for %d threads" % (
        len(buffers),
        len(owns),
    )
    for _, walk, read, slices, start in owns:
        _prove(slices, shared)
        last = slices[(start + loops - 1) % len(slices)]
        expected = bytes([(last.start + i * shared["stride"]) % PERIOD for i in range(OPERATIONS)])
        assert read == expected, "the last slice has other bytes than slice %d" % (start + loops - 1)
        assert next(walk) is slices[(start + loops) % len(slices)], "the walk is not where %d loops lead" % loops


def _prove(slices, shared):
    """Raises AssertionError if the walk is not through the whole buffer, line after line."""
    rest = shared["bytes"] % (OPERATIONS * shared["stride"])
    assert len({part.start for part in slices}) * OPERATIONS == shared["bytes"] - rest, "not every byte is read once"
    # As many slices as it takes to read each line once start in lines of their own.
    fresh = slices[: len(slices) // min(shared["stride"], LINE)]
    assert len({part.start // LINE for part in fresh}) == len(fresh), "lines are read again while they are in a cache"
