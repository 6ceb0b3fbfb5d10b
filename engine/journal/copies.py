"""A journal -> a copy of it with another header and other words in its failures; no number changes."""

from __future__ import annotations

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


def copy(result: Path, target: Path, header: Header, words: Callable[[str], str]) -> int:
    """Write the journal of a result folder (or a journal file) to the new file `target`; lines whose words changed.

    `header` takes the place of the first line. Texts that hold a slash, such as the traceback of a failure, go through
    `words`; every other line stays as it is, checksum included, and a torn last one is left out. Raises JournalError
    for a journal that is damaged, or where the disk refuses.
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
    new = {name: _texts(value, words) for name, value in data.items()}
    return resealed(new) if new != data else text


def _texts(value: Any, words: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return words(value) if "/" in value else value
    if isinstance(value, dict):
        return {name: _texts(member, words) for name, member in value.items()}
    return [_texts(member, words) for member in value] if isinstance(value, list) else value
