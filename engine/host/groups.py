"""Where the files of this process's cgroups lie, in version 1 and 2, and how often a quota stopped it.

Sources: cgroups(7); Documentation/admin-guide/cgroup-v2.rst; Documentation/scheduler/sched-bwc.rst;
proc_pid_mountinfo(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from engine.host.tree import Tree

MOUNT = Path("sys/fs/cgroup")


def files(tree: Tree, controller: str, new: str, old: str) -> Iterator[Path]:
    """The files called `new` (version 2) or `old` (version 1) of this process's group and of all above it, it first.

    Where a hierarchy is mounted in several places, those of the first that has any.
    """
    for version, chains in _hierarchies(tree, controller):
        for chain in chains:
            found = [folder / (new if version == 2 else old) for folder in chain]
            if any(map(tree.exists, found)):
                yield from found
                break


def folders(tree: Tree, controller: str) -> Iterator[Path]:
    """The folders of the groups that may limit this process: its own and all above it, wherever they are mounted.

    Where version 1 and 2 are mounted side by side, only one of them has the controller; the other's folders say
    nothing.
    """
    for _, chains in _hierarchies(tree, controller):
        for chain in chains:
            yield from chain


def _hierarchies(tree: Tree, controller: str) -> Iterator[tuple[int, list[list[Path]]]]:
    """(version, for each mount this process's group and those above it), from cgroups(7) /proc/PID/cgroup.

    Where no mount is told, the usual places. In a container the group's path may be the host's, of which only the end,
    or nothing, can be seen here.
    """
    told = list(_mounts(tree, controller))
    for line in tree.text("proc/self/cgroup").splitlines() or ["0::/"]:
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controller in controllers.split(","):
            usual = [MOUNT / name for name in dict.fromkeys((controller, controllers))]
            version = 1
        elif number == "0" and not controllers:
            usual, version = [MOUNT], 2
        else:
            continue
        mounts = [(place, top) for kind, place, top in told if kind == version]
        if not told:
            mounts = [(place, Path("/")) for place in usual]
        yield version, [_upwards(place, top, Path(path)) for place, top in mounts]


def _mounts(tree: Tree, controller: str) -> Iterator[tuple[int, Path, Path]]:
    """(version, place below the root, group that is seen there) of each mount, from proc_pid_mountinfo(5)."""
    for line in tree.text("proc/self/mountinfo").splitlines():
        words = line.split()
        if "-" not in words[6:-3]:
            continue
        kind, _, options = words[words.index("-", 6) + 1 :][:3]
        version = {"cgroup2": 2, "cgroup": 1}.get(kind, 0)
        if version == 2 or (version == 1 and controller in options.split(",")):
            top, place = (_unescaped(word) for word in words[3:5])
            yield version, Path(place.lstrip("/")), Path(top)


def _upwards(mount: Path, top: Path, path: Path) -> list[Path]:
    """The group's folder and those above it, up to the mount; in a container the mount may begin at its own group."""
    here = path.relative_to(top) if path.is_relative_to(top) else Path()
    if ".." in here.parts:
        here = Path()
    return [mount / above for above in (here, *here.parents)]


def _unescaped(word: str) -> str:
    r"""A path of proc_pid_mountinfo(5), where a blank is \040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), word)


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
