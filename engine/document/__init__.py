"""YAML text -> plain data and the place of every node in it. Knows no key of ours.

The meaning is that of the YAML 1.2 core schema: `on` and `yes` are words, 0o17 is fifteen, dates are texts. What
invites accidents is refused: duplicate keys, keys that are no texts, tags, merge keys (which YAML 1.2 does not have), a
second document. Aliases are allowed, but what they grow to is counted while reading, before anything grows.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from io import FileIO
from pathlib import Path
from typing import Any, NoReturn

from engine.document.content import CONTROL, Document, Keys, Place, brief, trail
from engine.document.reader import Node, Reader
from engine.errors import Problem, ScenarioError

__all__ = [
    "CONTROL",
    "LINE_END",
    "SIZE",
    "Document",
    "Keys",
    "Place",
    "brief",
    "decoded",
    "load",
    "parse",
    "read",
    "trail",
]

SIZE = 1024 * 1024
"""Bytes a file may have."""

LINE_END = re.compile("\r\n?")
"""What ends a line beside a line feed (YAML 1.2.2, 5.4)."""


def load(path: Path | str) -> Document:
    """Read one YAML file. Raises ScenarioError with every fault found, each at its line and column."""
    return parse(decoded(read(Path(path)), str(path)), str(path))


def read(path: Path) -> bytes:
    """The bytes of a regular file of at most `SIZE` bytes. Raises ScenarioError for anything else, and never waits."""
    try:
        _expect_file(path, path.stat().st_mode)  # to open a device can be an act
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            _expect_file(path, os.fstat(descriptor).st_mode)  # another one may have taken its place
            raw = _all_of(file)
    except FileNotFoundError:
        _refuse(path, "there is no such file", "check the spelling and the folder you are in")
    except OSError as error:
        _refuse(path, f"the file cannot be read: {error.strerror}")
    except ValueError as error:  # a null character in the name
        _refuse(path, f"the file cannot be read: {error}")
    if len(raw) > SIZE:
        _refuse(path, f"the file is larger than {SIZE // 1024} KiB", "is it the right file?")
    return raw


def decoded(raw: bytes, path: str) -> str:
    """The text of a file, with its line ends as they are. Raises ScenarioError where it is no UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"the byte 0x{raw[error.start]:02x} is no UTF-8"
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            message = "the file is UTF-16"
        lines = LINE_END.sub("\n", raw[: error.start].decode("utf-8-sig", "replace")).split("\n")
        place = Place(len(lines), len(lines[-1]) + 1)
        raise ScenarioError(
            [Problem(file=path, line=place.line, column=place.column, message=message, hint="save the file as UTF-8")]
        ) from None


def parse(text: str, path: str) -> Document:
    """Read YAML from a text; `path` is what problems call it. Raises ScenarioError."""
    reader = Reader(LINE_END.sub("\n", text), path)
    root = reader.document()
    if reader.problems:
        raise ScenarioError(reader.problems)
    values: dict[Keys, Place] = {}
    keys: dict[Keys, Place] = {}
    texts: dict[Keys, str] = {}
    data = _unfold(root, (), values, keys, texts)
    return Document(path=path, data=data, values=values, keys=keys, texts=texts, text=text)


def _unfold(node: Node, way: Keys, values: dict[Keys, Place], keys: dict[Keys, Place], texts: dict[Keys, str]) -> Any:
    """Nodes -> data, with places and texts written down; the depth is bounded by now."""
    values[way] = node.place
    if node.items is not None:
        return [_unfold(child, (*way, index), values, keys, texts) for index, child in enumerate(node.items)]
    if node.entries is not None:
        keys |= {(*way, key): place for key, (place, _) in node.entries.items()}
        return {key: _unfold(child, (*way, key), values, keys, texts) for key, (_, child) in node.entries.items()}
    if node.text is not None:
        texts[way] = node.text
    return node.value


def _expect_file(path: Path, mode: int) -> None:
    """Refuse all but a regular file: to read a pipe or a device could take for ever."""
    if stat.S_ISDIR(mode):
        _refuse(path, "expected a file, found a folder")
    if not stat.S_ISREG(mode):
        _refuse(path, "expected a file, found a device, pipe or socket")


def _all_of(file: FileIO) -> bytes:
    """What a file holds, up to a byte more than it may. Raises OSError, also where it would have to wait."""
    raw = b""
    while len(raw) <= SIZE and (more := file.read(SIZE + 1 - len(raw))) != b"":
        if more is None:
            raise BlockingIOError(errno.EAGAIN, "it gives nothing without waiting")
        raw += more
    return raw


def _refuse(path: Path, message: str, hint: str = "") -> NoReturn:
    raise ScenarioError([Problem(file=str(path), message=message, hint=hint)])
