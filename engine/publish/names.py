"""Texts that may hold paths of a machine -> the same texts without their folders; knows no journal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

CUT = "..."
"""What stands for the folders of a path."""

HOME = re.compile(r"/(?:(?:var/)?home|Users)/[^/\s:;,'\"`()<>|&]+|(?:(?<![\w.])|(?<=-[ILB]))/root(?![\w-])")
"""The home folder of somebody, wherever it stands (file-hierarchy(7); /var/home of ostree, /Users of macOS)."""

SYSTEM = ("bin", "boot", "dev", "etc", "lib", "lib64", "proc", "sbin", "sys", "usr")
"""Folders that are alike everywhere and belong to nobody (hier(7)): what a finding of the doctor speaks of."""

PATH = re.compile(
    rf"(?:(?<![\w.~/*-])|(?<=-[ILB])|(?<=file://))(?:~[\w.-]*|/(?!(?:{'|'.join(SYSTEM)})(?:/|\b))[\w.@+%~-]+)"
    r"(?:/[\w.@+%~-]+)*/(?P<last>[\w.@+%~-]*)"
)
"""A path with at least one folder, that of a home or from the root: no `on/off`, no URL, no part of a longer word."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """Which words take the place of which paths; whatever else looks like a path keeps only its last part."""

    known: Mapping[str, str] = field(default_factory=dict)
    """Path -> what it is called instead: of interpreters, scenarios and kernels."""

    def text(self, text: str) -> str:
        """The text without folders."""
        if "/" not in text:
            return text
        if text in self.known:
            return self.known[text]
        text = self._literal.sub(self._called, text) if self._literal else text
        return PATH.sub(lambda found: f"{CUT}/{found['last']}", HOME.sub("~", text))

    @cached_property
    def _folders(self) -> frozenset[str]:
        """Those in which the known paths lie, system's left out: their names may have blanks, which `PATH` has not."""
        folders = (str(one) for path in self.known for one in PurePosixPath(path).parents)
        return frozenset(one for one in folders if one.count("/") > 1 and not _system(one))

    @cached_property
    def _literal(self) -> re.Pattern[str] | None:
        found = sorted({*(one for one in self.known if one.startswith("/")), *self._folders}, key=len, reverse=True)
        if not found:
            return None
        return re.compile(rf"(?:{'|'.join(map(re.escape, found))})(?![\w-]|\.\w)")

    def _called(self, found: re.Match[str]) -> str:
        return self.known.get(found[0], CUT)


def tails(paths: Collection[str]) -> dict[str, str]:
    """Each path -> so many of its last parts as tell it from the others: `python`, or `main/python` and `mine/python`.

    A word that is no path stays as it is.
    """
    parts = {path: [one for one in path.split("/") if one] for path in paths if "/" in path}
    taken = {path for path in paths if "/" not in path}
    return {path: _tail(of, [other for other in parts.values() if other != of], taken) for path, of in parts.items()}


def _tail(of: Sequence[str], others: Iterable[Sequence[str]], taken: Collection[str]) -> str:
    rest = list(others)
    for count in range(1, len(of)):
        tail = list(of[-count:])
        if "/".join(tail) not in taken and not any(list(other[-count:]) == tail for other in rest):
            return "/".join(tail)
    return "/".join(of)


def shipped_or_last(path: str, place: str) -> str:
    """`place` (kernels/x.py), if that is how the path ends, wherever the rest of it leads; else its last part."""
    return place if path == place or path.endswith(f"/{place}") else path.rpartition("/")[2]


def _system(folder: str) -> bool:
    return folder.split("/")[1] in SYSTEM
