"""A folder of pages, new or an earlier dashboard's: written whole or not at all; what is foreign is never touched."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine import interrupts
from engine.dashboard import index
from engine.dashboard.index import Earlier, Made
from engine.errors import EngineError

SHOWN = 3
"""Foreign files that are named."""


class Site:
    """The pages while they are made, beside the folder that they will take the place of."""

    def __init__(self, output: Path, *, again: bool = False) -> None:
        """`again`: keep nothing of an earlier dashboard. Raises EngineError for a folder that is not ours."""
        self.output = Path(os.path.abspath(output)) if not output.is_symlink() else output.resolve()  # noqa: PTH100
        self.earlier = check(self.output) or Earlier()
        if again:
            self.earlier = Earlier(files=self.earlier.files)
        self.again = again
        self.files: dict[str, Made] = {}
        self.made = 0
        """Pages that were not taken over."""
        self.new = self.output.with_name(f".{self.output.name}.new-{os.getpid()}")

    @contextmanager
    def staged(self) -> Iterator[None]:
        """Make the pages; when all are there the folder is put in place, else nothing is left. Raises EngineError."""
        try:
            self.output.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self.new, ignore_errors=True)
            self.new.mkdir()
            yield
            with interrupts.held():
                self._put()
        except OSError as error:
            raise EngineError(
                f"{self.output}: cannot be written: {error.strerror or error}; nothing was changed"
            ) from error
        finally:
            with interrupts.held():
                shutil.rmtree(self.new, ignore_errors=True)

    def kept(self, path: str, source: str) -> bool:
        """Take a page over from the earlier dashboard, if it was made from the same."""
        before, place = self.earlier.files.get(path), self.output / path
        if self.again or before is None or before.source != source or place.is_symlink():
            return False
        try:
            if place.stat().st_size != before.size:
                return False
            target = self._target(path)
            try:
                os.link(place, target)
            except OSError:
                shutil.copyfile(place, target)
        except FileNotFoundError:
            return False
        self.files[path] = before
        return True

    def write(self, path: str, source: str, pieces: Iterable[str]) -> None:
        """Write a page, or leave nothing of it where its pieces end with an exception."""
        target = self._target(path)
        try:
            with target.open("x", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(pieces)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        self.files[path] = Made(source=source, size=target.stat().st_size)
        self.made += 1

    def page(self, path: str, source: str, make: Callable[[], Iterable[str]]) -> None:
        """Take a page over, or make it."""
        if not self.kept(path, source):
            self.write(path, source, make())

    def _target(self, path: str) -> Path:
        target = self.new / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _put(self) -> None:
        """Two renames: a reader sees the earlier dashboard, for a moment none, then the new one."""
        check(self.output)
        old = self.output.with_name(f".{self.output.name}.old-{os.getpid()}")
        if not self.output.exists():
            self.new.rename(self.output)
            return
        self.output.rename(old)
        try:
            self.new.rename(self.output)
        except BaseException:
            old.rename(self.output)
            raise
        shutil.rmtree(old, ignore_errors=True)


def check(output: Path) -> Earlier | None:
    """The dashboard that is in a folder; None where the folder is empty or not there.

    Raises EngineError where it is something else, or holds a file that no dashboard wrote.
    """
    if not os.path.lexists(output):
        return None
    if not output.is_dir():
        raise EngineError(f"{output}: is no folder; choose another --output")
    earlier = index.read(output)
    known = {index.FILE, *(earlier.files if earlier else ())}
    foreign = []
    for place, _, files in os.walk(output):
        below = Path(place).relative_to(output)
        foreign += [one for file in files if (one := (below / file).as_posix()) not in known or not earlier]
    if foreign:
        named = ", ".join(sorted(foreign)[:SHOWN]) + (" and more" if len(foreign) > SHOWN else "")
        what = "holds files that no dashboard wrote" if earlier else "is not empty, and no dashboard of fteng"
        raise EngineError(f"{output}: {what} ({named}); choose another --output, or move them away")
    return earlier


def source(*parts: object) -> str:
    """A digest of what a page is made from."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()
