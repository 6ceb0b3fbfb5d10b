"""Single values -> the words of a cell: axis values, flags, text made harmless; knows no table."""

from __future__ import annotations

from engine.model import Interpreter, Value


def word(value: Value) -> str:
    """The value of an axis as a scenario file would write it: `none`, `64`, `true`, `[[0], [1]]`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(word(item) for item in value) + "]"
    return plain(str(value))


def plain(text: str, *, keep: bool = False) -> str:
    """The text on one line, without characters that move a cursor, colour a terminal or turn a line around.

    `keep` its spacing. What is left is what `str.isprintable` lets pass: no "Other" (control characters, bidi
    overrides, lone surrogates) of Unicode's categories, and no "Separator" but the blank.
    """
    line = text.expandtabs(4) if keep else " ".join(text.split())
    return line if line.isprintable() else "".join(letter for letter in line if letter.isprintable())


def on_off(state: bool) -> str:
    """The state of the GIL."""
    return "on" if state else "off"


def build(interpreter: Interpreter) -> str:
    """What kind of CPython it is: "free-threaded, debug"."""
    kind = "free-threaded" if interpreter.free_threaded else "with GIL"
    return ", ".join([kind, *(name for name in ("debug", "jit") if getattr(interpreter, name))])


def optimisation(interpreter: Interpreter) -> str:
    """How it was compiled, as far as it decides speed: "PGO and LTO", "PGO", "LTO" or "no"."""
    return " and ".join(name for name, had in (("PGO", interpreter.optimized), ("LTO", interpreter.lto)) if had) or "no"
