"""schema.json -> a dictionary for libFuzzer: every key, word, example and default, and what YAML is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.kernel.contract import CONSTANTS
from engine.schema import scenario_schema

SYNTAX = (
    "- ", ": ", "\n", "\n  ", "{", "}", "[", "]", ", ", "# ", "'", '"', "|\n", ">-\n", "&a ", "*a", "<<: ", "? ",
    "---\n", "...\n", "!!str ", "%YAML 1.2\n", "\t", "\r\n", "\ufeff", "\x85", "\u2028", "\u202e", '"\\u0000"',
    '"\\ud800"', '"\\e[31m"', '"\\n"', "~", "null", "true", ".nan", ".inf", "-.inf", "1e400", "-0", "0x7fffffffffffff",
    "0o17", "3.10", "3.13t", "99999999999", "1e-9", "2%", "1e9%", "20ms", "cpus*9999", "~/x", "./x",
)  # fmt: skip

PYTHON = (
    "PARAMS = ", "METRICS = ", "OPERATION = ", "OPERATIONS = ", "GC = ", "def setup(threads",
    "def prepare(shared, index)", "def run(own, loops)", "def choose(*, ", "def check(shared, owns, loops)", "async ",
    "*args", "**kwargs", ": pass\n",
    "{**{}}", "{1, 2}", "1e400", "0x" + "f" * 300, "10**400", "...", "1j", 'b""', "None", "True", "-1", '"""', "\\x1b",
    "# coding: utf-16\n", "(a|aa)+$", "a{99999}", "[", "(", ")*",
)  # fmt: skip


def words(schema: Any = None) -> Iterator[str]:
    """Every word that a scenario may have in it, and some that it may not."""
    found = scenario_schema() if schema is None else schema
    if isinstance(found, dict):
        for key, part in found.items():
            if key == "properties":
                yield from part
            if key in {"examples", "default", "enum"}:
                yield from _leaves(part)
            else:
                yield from words(part)
    elif isinstance(found, list):
        for part in found:
            yield from words(part)


def dictionary(target: str) -> str:
    """The text of a dictionary file (https://llvm.org/docs/LibFuzzer.html#dictionaries)."""
    entries = (
        {*words(), *(f"{word}: " for word in words()), *SYNTAX}
        if target == "scenario"
        else {f'"{word}"' for word in words(CONSTANTS)} | {*PYTHON}
    )
    escaped = ("".join(map("\\x{:02x}".format, entry.encode())) for entry in sorted(entries))
    return "".join(f'"{entry}"\n' for entry in escaped)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (leaf for part in value.values() for leaf in _leaves(part))
    elif isinstance(value, list):
        yield from (leaf for part in value for leaf in _leaves(part))
    else:
        yield str(value)
