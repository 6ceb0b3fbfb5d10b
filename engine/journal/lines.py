"""One line of a journal <-> its record, with the checksum that ends it; knows no file.

A line is a JSON object whose last member is `crc32`: eight hexadecimal digits, the CRC-32 (zlib, ISO 3309) of all bytes
before it. Any JSON tool reads it. A CRC-32 finds every damage that lies within 32 bits, so any one byte that changed,
also a digit that became another (Peterson and Brown, Cyclic Codes for Error Detection, Proc. IRE 49, 1961).
"""

from __future__ import annotations

import json
import zlib
from typing import Any, Final, Literal

from engine.model import Header, Invocation, Plan, Profile, Stop
from engine.serial import from_plain, to_plain

FORMAT: Final = 3
PROFILED: Final = 4
"""The format of a journal that may hold profiles, which a reader of format 3 would take for damage."""
READABLE: Final = (1, 2, 3, 4)
CHECKED: Final = 3
"""The first format whose every line has a checksum."""

Record = Header | Invocation | Stop | Profile | Literal["end"]

_KINDS: Final[dict[str, type[Header | Invocation | Stop | Profile]]] = {
    "header": Header,
    "invocation": Invocation,
    "stop": Stop,
    "profile": Profile,
}
_BEFORE, _AFTER = b',"crc32":"', b'"}'
_SEAL = len(_BEFORE) + 8 + len(_AFTER)


def format_of(plan: Plan) -> int:
    """The format of a new journal for this plan: the oldest that can hold it, for the readers that are there."""
    return PROFILED if plan.profile == "detailed" else FORMAT


def line(record: Record) -> bytes:
    """The line of a record, with its newline."""
    if isinstance(record, str):
        return _sealed({"kind": record})
    kind = next(name for name, type_ in _KINDS.items() if isinstance(record, type_))
    return _sealed({"kind": kind, **to_plain(record)})


def _sealed(data: dict[str, Any]) -> bytes:
    """The line of an object that has members. It is ASCII, so that no text that a kernel wrote can spoil it."""
    body = json.dumps(data, separators=(",", ":")).encode("ascii")[:-1]
    return b"".join([body, _BEFORE, _digits(body), _AFTER, b"\n"])


def resealed(data: dict[str, Any]) -> bytes:
    """The line of an object that was read from one and changed, with a checksum only where it had one."""
    rest = {name: value for name, value in data.items() if name != "crc32"}
    return _sealed(rest) if "crc32" in data else json.dumps(rest, separators=(",", ":")).encode("ascii") + b"\n"


def intact(text: bytes) -> bool | None:
    """Whether the checksum of a line (without its newline) fits; None where it has none."""
    if len(text) < _SEAL or text[-_SEAL : len(_BEFORE) - _SEAL] != _BEFORE or not text.endswith(_AFTER):
        return None
    return text[-_SEAL:][len(_BEFORE) : -len(_AFTER)] == _digits(memoryview(text)[:-_SEAL])


def _digits(body: bytes | memoryview) -> bytes:
    return b"%08x" % zlib.crc32(body)


def parsed(text: bytes) -> Record:
    """The record of a line, whatever its checksum. Raises ValueError with what does not fit."""
    data = _object(text)
    kind = data.pop("kind", None)
    if kind == "end":
        return "end"
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError(f"its kind is {str(kind)[:40]!r}" if kind else "it has no kind")
    return from_plain(data, _KINDS[kind])


class OtherFormat(ValueError):  # noqa: N818 - it says that nothing is wrong with the line
    """A header that this version cannot read, for it has another format."""


def header(text: bytes) -> Header:
    """The header in the first line of a journal, its checksum looked at.

    Raises ValueError with what does not fit, OtherFormat where that is nothing but the format.
    """
    fits = intact(text)
    if fits is None and not text.startswith(b'{"kind":'):
        raise ValueError("a journal starts with its header; this is no result of fteng")
    if fits is False:
        raise ValueError("its checksum does not fit")
    data = _object(text)
    if data.get("kind") != "header":
        raise ValueError("a journal starts with its header, and this is none")
    format_ = data.get("format")
    if format_ not in READABLE:
        known = f"{', '.join(map(str, READABLE[:-1]))} and {READABLE[-1]}"
        raise OtherFormat(f"journal format {str(format_)[:40]}; this fteng reads {known}")
    if fits is None and format_ >= CHECKED:
        raise ValueError("its checksum is missing")
    found = parsed(text)
    if not isinstance(found, Header):
        raise TypeError(found)
    return found


def _object(text: bytes) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON ({error})") from error
    if not isinstance(data, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - a fault of the text, as the others are
    return data
