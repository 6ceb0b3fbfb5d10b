"""What of this machine's memory one worker may have, so that a faulty kernel ends itself and nothing else.

Sources: proc_meminfo(5); Documentation/admin-guide/cgroup-v2.rst (memory.max) and cgroup-v1/memory.rst
(memory.limit_in_bytes) of the Linux kernel.
"""

from __future__ import annotations

import os
from pathlib import Path

from engine.host.groups import files
from engine.host.tree import Tree

MOST = 12 << 30
"""Bytes; a faulty kernel on a free-threaded build can take all there are (an unguarded shared iterator once did)."""

SHARE = 0.75
"""The part of what there is, or is allowed, that a worker may have: something is left for everything else."""


def memory(root: Path = Path("/")) -> int:
    """Bytes that a worker may take: the least of MOST and SHARE of the machine's and of its control groups' memory."""
    tree = Tree(root)
    limits = [tree.number(path) for path in files(tree, "memory", "memory.max", "memory.limit_in_bytes")]
    told = tree.numbers("proc/meminfo").get("MemTotal")
    total = told * 1024 if told else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(MOST, *(round(SHARE * bytes_) for bytes_ in (total, *limits) if bytes_ and bytes_ > 0))
