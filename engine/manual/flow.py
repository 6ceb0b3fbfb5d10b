"""A value as one line of YAML, as the pages quote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_.%/][A-Za-z0-9_.%/*-]*")
"""Words that need no quotes in a YAML list."""


def flow(value: Any, *, bare: bool = False) -> str:
    """The value in flow style; `bare` texts stand alone on their line and need no quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return value if bare or BARE.fullmatch(value) else f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)
