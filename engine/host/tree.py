"""A root -> the texts and numbers of the files below it. Knows no file by name and judges nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of /proc and /sys, real or made up."""

    root: Path

    @property
    def real(self) -> bool:
        """Whether it is the running machine's, so that system calls tell of the same one."""
        return self.root == Path("/")

    def text(self, path: str | Path) -> str:
        """The content without blanks around it; "" where it cannot be read."""
        try:
            return (self.root / path).read_bytes().decode("utf-8", "replace").strip("\0 \t\n")
        except (OSError, ValueError):
            return ""

    def number(self, path: str | Path) -> int | None:
        """The whole number that the file holds; None where it holds none."""
        return whole(self.text(path))

    def numbers(self, path: str | Path) -> dict[str, int]:
        """The numbers of a file with a name and a number on each line (`cpu.stat`, `vmstat`, `meminfo`)."""
        found = {}
        for line in self.text(path).splitlines():
            name, _, rest = line.replace(":", " ", 1).partition(" ")
            value = whole(next(iter(rest.split()), ""))
            if value is not None:
                found[name] = value
        return found

    def exists(self, path: str | Path) -> bool:
        """Whether there is such a file or folder."""
        try:
            return (self.root / path).exists()
        except OSError:
            return False

    def glob(self, pattern: str) -> list[Path]:
        """The paths below the root that match, sorted; none where a folder cannot be read."""
        try:
            return sorted(path.relative_to(self.root) for path in self.root.glob(pattern))
        except OSError:
            return []

    def texts(self, pattern: str) -> dict[Path, str]:
        """Every matching file that has a content, with it."""
        return {path: text for path in self.glob(pattern) if (text := self.text(path))}


def whole(text: str) -> int | None:
    """The whole number that a text is; None for any other."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,20}", text) else None
