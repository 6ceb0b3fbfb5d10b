"""What an export is made of, and what its user may wish for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line says beside the target."""

    pythons: tuple[str, ...] = ()
    """Only these interpreters, as the result calls them; () for all."""
    equalize: bool = False
    """The same number of values of each benchmark in every file."""
    per_invocation: bool = False
    """One value for each invocation, its location, instead of its iterations."""

    def asked(self) -> Iterator[str]:
        """The options that not every target has."""
        for name in ("equalize", "per_invocation"):
            if getattr(self, name):
                yield f"--{name.replace('_', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file: ASCII text in pieces, which may be larger than the memory together."""

    name: str
    pieces: Iterable[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """All files for one tool."""

    files: tuple[File, ...]
    notices: tuple[str, ...] = ()
    """What the tool will make of the files that its user should know."""
