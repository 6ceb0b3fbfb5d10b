"""Threads hash memory in C with the GIL released: whether there really are that many CPUs.

Stresses: the machine. SHA-256 of 256 KiB of a thread's own bytes takes 0.1 to 1 ms, all of it in C, and hashlib lets go
of the GIL for anything above 2 KiB (Modules/_hashopenssl.c, HASHLIB_GIL_MINSIZE).

Expect: speedup equal to the number of CPUs on every build, with the GIL and without (x1.96 to x2.0 on two), and the
same time on every interpreter that uses the same OpenSSL. fteng runs it beside every scenario: where this does not
scale, the machine is shared, throttled or has fewer CPUs than it says, and no other speedup can be trusted.

Does not show: anything of Python. Two CPUs that are the hardware threads of one core share its execution units, and
stay below two.

How it goes wrong: short inputs keep the GIL; one shared hash object is locked; a source in memory that all threads read
is fine for the cache, but its reference count is shared.

Source: the documentation of hashlib ("the Python GIL is released").
"""

import hashlib
from itertools import repeat

PARAMS = {}
OPERATION = "one SHA-256 of 256 KiB"
OPERATIONS = 1

SIZE = 256 * 1024
PATTERN = bytes(range(256))
# Not computed here: the answer is SHA-256 of the numbers 0 to 255, 1024 times over, as `sha256sum` prints it.
EXPECTED = "2312394bd99545d9de131c24efb781e765ac1aec243f2ed9347597a793a415e9"


def setup(threads):
    return None


def prepare(shared, index):
    # The second item is the digest of the last run.
    return [PATTERN * (SIZE // len(PATTERN)), b""]


def run(own, loops):
    data, digest = own
    sha256 = hashlib.sha256
    for _ in repeat(None, loops):
        digest = sha256(data).digest()
    own[1] = digest


def check(shared, owns, loops):
    for _, digest in owns:
        assert digest.hex() == EXPECTED, f"SHA-256 gave {digest.hex()}"
