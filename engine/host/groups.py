"""Where the files of this process's cgroups lie, in version 1 and 2, and how often a quota stopped it.

Sources: cgroups(7); Documentation/admin-guide/cgroup-v2.rst; Documentation/scheduler/sched-bwc.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.host.tree import Tree

MOUNT = Path("sys/fs/cgroup")


def files(tree: Tree, controller: str, new: str, old: str) -> Iterator[Path]:
    """The files called `new` (version 2) or `old` (version 1) of this process's group and of all above it, it first.

    In a container the group's path may be the host's, of which only the end, or nothing, can be seen here.
    """
    for line in tree.text("proc/self/cgroup").splitlines() or ["0::/"]:
        _, controllers, group = [*line.split(":", 2), "", ""][:3]
        if controllers and controller not in controllers.split(","):
            continue
        here = Path(*(part for part in group.split("/") if part not in {"", "..", "."}))
        mounts = [MOUNT / name for name in dict.fromkeys((controller, controllers))] if controllers else [MOUNT]
        for mount in mounts:
            found = [mount / above / (old if controllers else new) for above in (here, *here.parents)]
            if any(map(tree.exists, found)):
                yield from found
                break


def manager(tree: Tree) -> str:
    """The command that manages the container this runs in, from outside of it; "" where it is not known."""
    marks = {".dockerenv": "docker", "run/.containerenv": "podman"}
    return next((command for mark, command in marks.items() if tree.exists(mark)), "")


def throttling(tree: Tree) -> tuple[int, int, float]:
    """Periods of the quota in which there was work, those in which it was stopped, and seconds that it stood still.

    Of the group on the way up that was stopped most often, since it was made.
    """
    most = (0, 0, 0.0)
    for path in files(tree, "cpu", "cpu.stat", "cpu.stat"):
        counts = tree.numbers(path)
        seconds = counts.get("throttled_usec", 0) / 1e6 + counts.get("throttled_time", 0) / 1e9
        here = (counts.get("nr_periods", 0), counts.get("nr_throttled", 0), seconds)
        most = max(most, here, key=lambda one: (one[1], one[0]))
    return most
