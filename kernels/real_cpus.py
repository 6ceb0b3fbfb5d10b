"""Threads hash memory in C with the GIL released: whether there really are that many CPUs.

Stresses: the machine. CRC-32 of 256 KiB of a thread's own bytes takes some 60 us, all of it in C, and zlib lets go of
the GIL for anything above 5 KiB (Modules/zlibmodule.c, zlib_crc32). Of the hashes that do, it is the one that keeps a
core's execution units busy: on a virtual machine whose two CPUs were two hardware threads of one core for a while, two
threads did 1.07 times the work of one in CRC-32 and 1.15 times in Python, but 1.51 times in SHA-256, a chain of
instructions that wait for each other and leave room for a neighbour.

Expect: speedup equal to the number of CPUs on every build, with the GIL and without (x1.95 to x2.0 on two). fteng runs
it beside every scenario: where this does not scale, the machine is shared, throttled or has fewer CPUs than it says,
and no other speedup can be trusted.

Does not show: anything of Python. An interpreter that was built without zlib hashes with SHA-256 instead, which
notices less.

How it goes wrong: short inputs keep the GIL; one shared hash object is locked; a source in memory that all threads read
is fine for the cache, but its reference count is shared.

Source: the documentation of hashlib and zlib; the answers are those of `gzip -lv` and `sha256sum`.
"""

import hashlib
from itertools import repeat

try:
    from zlib import crc32
except ImportError:
    crc32 = None

PARAMS = {}
OPERATION = "one hash of 256 KiB"
OPERATIONS = 1

SIZE = 256 * 1024
PATTERN = bytes(range(256))
# Not computed here: of the numbers 0 to 255, 1024 times over.
CRC32 = 0xC790BFF6
SHA256 = "2312394bd99545d9de131c24efb781e765ac1aec243f2ed9347597a793a415e9"


def setup(threads):
    return None


def prepare(shared, index):
    # The second item is the answer of the last run.
    return [PATTERN * (SIZE // len(PATTERN)), None]


def choose():
    return by_crc32 if crc32 else by_sha256


def by_crc32(own, loops):
    data, answer = own
    checksum = crc32
    for _ in repeat(None, loops):
        answer = checksum(data)
    own[1] = answer


def by_sha256(own, loops):
    data, answer = own
    sha256 = hashlib.sha256
    for _ in repeat(None, loops):
        answer = sha256(data).hexdigest()
    own[1] = answer


def check(shared, owns, loops):
    for _, answer in owns:
        assert answer == (CRC32 if crc32 else SHA256), f"the hash of a thread is {answer}"
