"""The system that runs: kernel, libc, the engine's own Python, and what of them fteng builds on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator

from engine.host.seen import Seen
from engine.host.tree import Tree
from engine.model import Finding

PIDFD = (5, 3)
"""The kernel that brought pidfd_open(2)."""


def findings(seen: Seen) -> Iterator[Finding]:
    """Facts of the software, and whether the kernel wakes fteng when a worker ends."""
    tree = seen.tree
    release = tree.text("proc/sys/kernel/osrelease")
    yield Finding(name="system", value=" ".join(filter(None, _system(tree, release))))
    if tree.real:
        yield Finding(name="libc", value=" ".join(platform.libc_ver()).strip())
    yield Finding(name="engine's Python", value=f"{platform.python_implementation()} {platform.python_version()}")
    yield from _pidfd(tree, release)


def _system(tree: Tree, release: str) -> tuple[str, str, str]:
    if tree.real:
        return platform.system(), platform.release(), platform.machine()
    return tree.text("proc/sys/kernel/ostype"), release, tree.text("proc/sys/kernel/arch")


def _pidfd(tree: Tree, release: str) -> Iterator[Finding]:
    """Without it `Popen.wait` looks at intervals of up to 50 ms (CPython, Lib/subprocess.py)."""
    version = re.match(r"(\d{1,4})\.(\d{1,4})", release)
    if not version:
        return
    there = (int(version[1]), int(version[2])) >= PIDFD
    if tree.real and there:
        there = _opens()
    yield Finding(
        name="pidfd",
        value="available" if there else "not available",
        seriousness="fine" if there else "note",
        effect=""
        if there
        else "fteng looks every 50 ms whether a worker has ended, so rounds take longer; no number "
        "of a report changes.",
        advice="" if there else "Linux 5.3 or newer, and a container whose seccomp profile allows pidfd_open.",
    )


def _opens() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True
