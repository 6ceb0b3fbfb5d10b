"""Data x JSON Schema -> defaults filled in, or every fault with its place and advice.

Knows the keywords of JSON Schema and four annotations of ours, and no key of a scenario: `x-source-text` (a number
here is meant as it is written: 3.10 is not 3.1), `x-short` (words that stand for mappings), `x-expected` (what belongs
here, in words) and `x-hint` (advice).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine import resources
from engine.document import Document, Keys
from engine.errors import Problem, ScenarioError
from engine.schema.keywords import Validator, Wary, number, pattern_fault, repeated
from engine.schema.words import Breach, did_you_mean, in_words, meant, shown

__all__ = [
    "Fault", "Schema", "did_you_mean", "examine", "misfit", "pattern_fault", "scenario_schema", "shown", "validate",
]  # fmt: skip

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem and the keys that lead to what is wrong."""

    keys: Keys
    problem: Problem


def validate(document: Document) -> dict[str, Any]:
    """The data of a scenario file with all defaults filled in. Raises ScenarioError with every fault."""
    data, faults = examine(document, scenario_schema())
    if faults:
        raise ScenarioError(fault.problem for fault in faults)
    return dict(data)


@cache
def scenario_schema() -> Schema:
    """The schema of a scenario file, as schema.json has it; not to be changed."""
    schema: Schema = json.loads(resources.schema().read_text(encoding="utf-8"))
    return schema


def examine(document: Document, schema: Schema, *, defaults: bool = True) -> tuple[Any, tuple[Fault, ...]]:
    """The data with source texts and (unless told otherwise) defaults put in, and every fault of what is written."""
    data = _Completion(document, schema, defaults=defaults).of(schema, document.data, ())
    return data, tuple(_faults(document, list(_breaches(schema, data))))


def misfit(schema: Schema, value: object) -> tuple[str, str] | None:
    """What is wrong with one value under one schema, as (message, hint); None if nothing is."""
    return next((in_words(breach, shown(value)) for breach in _breaches(schema, value, Wary)), None)


def _breaches(schema: Schema, data: object, validator: Any = Validator) -> Iterator[Breach]:
    for error in validator(schema).iter_errors(data):
        yield Breach(
            keys=tuple(error.absolute_path),
            keyword=error.validator,
            limit=error.validator_value,
            schema=error.schema,
            value=error.instance,
            said=error.message,
        )


class _Completion:
    """Follows schema and data together: numbers become their source text, missing keys their defaults."""

    def __init__(self, document: Document, schema: Schema, *, defaults: bool) -> None:
        self._document = document
        self._root = schema
        self._defaults = defaults

    def of(self, schema: Schema, value: Any, keys: Keys) -> Any:
        """The value at `keys`, completed as its part of the schema says."""
        schema = self._resolved(schema)
        if "if" in schema:
            branch = schema.get("then" if Validator(schema["if"]).is_valid(value) else "else", {})
            value = self.of(branch, value, keys)
        if isinstance(value, str) and value in schema.get("x-short", {}):
            value = deepcopy(schema["x-short"][value])
        if isinstance(value, dict):
            return self._mapping(schema, value, keys)
        if isinstance(value, list) and isinstance(items := schema.get("items"), dict):
            return [self.of(items, item, (*keys, index)) for index, item in enumerate(value)]
        if schema.get("x-source-text") and number(None, value):
            return self._document.texts.get(keys, value)
        return value

    def _mapping(self, schema: Schema, value: dict[str, Any], keys: Keys) -> dict[str, Any]:
        properties: Schema = schema.get("properties", {})
        others = schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        full = {key: self.of(properties.get(key, others), item, (*keys, key)) for key, item in value.items()}
        if self._defaults:
            for key, part in properties.items():
                if key not in full and "default" in part:
                    full[key] = self.of(part, deepcopy(part["default"]), (*keys, key))
        return full

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return schema


def _faults(document: Document, breaches: Sequence[Breach]) -> Iterator[Fault]:
    """Each breach as a fault, but one only where one explains another.

    Of several about one value, a wrong type says it all; and a misspelt key is why the right one is missing.
    """
    closed = [breach for breach in breaches if breach.keyword == "additionalProperties"]
    for breach in closed:
        yield from _unknown(document, breach)
    meant = {(*breach.keys, near) for breach in closed for _, near in breach.unknown()}
    told: set[Keys] = set()
    for breach in sorted(breaches, key=lambda breach: breach.keyword != "type"):
        if breach.keyword == "required":
            yield from (fault for fault in _missing(document, breach) if fault.keys not in meant)
        elif breach.keyword == "uniqueItems":
            yield _duplicate(document, breach)
        elif breach.keyword != "additionalProperties" and breach.keys not in told:
            told.add(breach.keys)
            found = shown(breach.value, document.texts.get(breach.keys))
            yield Fault(breach.keys, document.problem(breach.keys, *in_words(breach, found)))


def _unknown(document: Document, breach: Breach) -> Iterator[Fault]:
    for key, near in breach.unknown():
        hint = meant(key, near) if near else did_you_mean("", breach.known())
        keys = (*breach.keys, key)
        yield Fault(keys, document.problem(keys, "there is no such key", hint, at_key=True))


def _missing(document: Document, breach: Breach) -> Iterator[Fault]:
    for key in breach.limit:
        if key not in breach.value:
            examples = breach.schema.get("properties", {}).get(key, {}).get("examples")
            hint = f"for example {key}: {examples[0]}" if examples else ""
            yield Fault((*breach.keys, key), document.problem(breach.keys, f"the key {key} is missing", hint))


def _duplicate(document: Document, breach: Breach) -> Fault:
    index = repeated(breach.value) or 0
    keys = (*breach.keys, index)
    found = shown(breach.value[index], document.texts.get(keys))
    return Fault(keys, document.problem(keys, f"{found} is here twice", "remove one of them"))
