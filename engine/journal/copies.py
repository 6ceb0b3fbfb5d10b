"""A journal -> a copy of it with another header and other words in its failures; no number changes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import JournalError
from engine.journal.lines import line, resealed
from engine.journal.records import journal_file, opened
from engine.journal.scan import lines, scan
from engine.journal.writer import FILE
from engine.model import Header
from engine.serial import texts


def digest(folder: Path) -> str:
    """SHA-256 of the journal in a result folder, in hexadecimal digits. Raises OSError."""
    with (folder / FILE).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy(result: Path, target: Path, header: Header, words: Callable[[str], str]) -> int:
    """Write the journal of a result folder (or a journal file) to the new file `target`; lines whose words changed.

    `header` takes the place of the first line. The texts of lines that hold a slash, such as the traceback of a
    failure, go through `words`; every other line stays as it is, checksum included, and a torn last one is left out.
    Raises JournalError for a journal that is damaged, or where the disk refuses.
    """
    source = journal_file(result, FILE)
    end, changed = scan(source, salvage=False).end, 0
    try:
        with opened(source) as descriptor, target.open("xb") as file:
            for number, offset, text in lines(source, descriptor):
                if offset >= end:
                    break
                kept = text if text.endswith(b"\n") else text + b"\n"
                new = line(header) if number == 1 else _reworded(kept, words)
                changed += number > 1 and new != kept
                file.write(new)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise JournalError(f"{target}: cannot be written: {error.strerror}") from error
    return changed


def _reworded(text: bytes, words: Callable[[str], str]) -> bytes:
    """The line with its texts changed; the very same bytes where none does."""
    if b"/" not in text:
        return text
    data: dict[str, Any] = json.loads(text)
    new: dict[str, Any] = texts(data, words)
    return resealed(new) if new != data else text
