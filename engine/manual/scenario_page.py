"""schema.json -> docs/scenario.md: every key of a scenario file."""

from __future__ import annotations

from collections.abc import Iterator

from engine.manual.flow import flow
from engine.schema import Schema, scenario_schema
from engine.schema.words import TYPES

INTRODUCTION = """\
# The scenario file

A scenario is one question: a kernel, the axes it is run along, the interpreters, how carefully it is measured, and what
is expected. It is one YAML file. `fteng new scenario NAME` writes one to start from, `fteng validate FILE` names every
fault with its line and column, and an editor that speaks JSON Schema completes and explains the keys if the file begins
with a line that points to `schema.json`, as below.

This page is made from `schema.json` (`python -m engine.manual scenario > docs/scenario.md`).

```yaml
{example}```

## How it is read

- The meaning is that of YAML 1.2: `on`, `off`, `yes` and `no` are words, not truth values.
- Versions need no quotes: `3.10` under `interpreters` is the version 3.10, not the number 3.1.
- A key that stands twice, tags (`!!python/...`), merge keys (`<<`) and a second document are faults. Anchors and
  aliases are allowed.
- A file is UTF-8 and has at most 1 MiB, 10,000 keys and values (an alias counts as what it stands for), 32 levels of
  nesting and 4096 characters in a text. Texts hold no control characters and no marks that change the direction of
  writing.
- A kernel's path leads to an ordinary file whose name ends in `.py`.
- Durations are `20ms`, `1.5s`, `5m`, `1h`, or a number of seconds; percentages are `2%`, or the fraction `0.02`.
- The name of a scenario is its path below the nearest folder called `scenarios`, without the suffix
  (`memory/ordering/false_sharing`), else the name of the file.
- A word for a number of threads follows the machine: `cpus` is the number of CPUs that fteng may use, `cpus/2` half of
  it (at least 1), `cpus*2` twice as many.
- The metrics of every run are `time` (seconds per operation), `throughput` (operations per second, all threads),
  `fairness`, `cpu`, `switches`, `rss`, `specialized`, `skew` and, where the scenario names an `overhead`, `net`
  (see method.md); a kernel's `METRICS` adds its own.

## Keys
"""

EXAMPLE = """\
# yaml-language-server: $schema=../../../schema.json
title: False sharing between neighbouring counters
question: Does padding per-thread counters to a cache line restore scaling?
kernel: counter_slots
interpreters: [3.12, 3.13, 3.13t]
matrix:
  threads: [1, cpus]
  padding: [0, 64, 128]
  affinity: [none, spread]
exclude:
  - {threads: 1, affinity: spread}
include:
  - {threads: 2, padding: 256}
baseline: {interpreter: 3.13, padding: 0}
measure:
  invocations: {min: 10, max: 40}
  precision: 2%
claims:
  - claim: Without the GIL, two threads on their own cache lines scale
    ratio: throughput
    of: {threads: cpus, padding: 128}
    to: {threads: 1, padding: 128}
    where: {gil: off}
    above: 1.6
tags: [memory, ordering]
"""

SHARED = {"selector": "Selecting runs", "combination": "Naming one run"}
"""Parts of the schema that several keys have, and the sections that explain each once."""

RANGES = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
}


def scenario_page() -> str:
    """The whole page, in Markdown."""
    schema = scenario_schema()
    page = [INTRODUCTION.format(example=EXAMPLE), *_properties(schema, schema, "", 3)]
    for name, heading in SHARED.items():
        part = schema["$defs"][name]
        page += [f"\n## {heading}\n\n{part['description']}\n", *_properties(schema, part, "", 3)]
        page.append(f"\nEvery other key: {_lowered(part['additionalProperties']['description'])}\n")
    return "".join(page)


def _properties(root: Schema, schema: Schema, above: str, level: int) -> Iterator[str]:
    """One paragraph for each key of a mapping, and for those of the mappings below it."""
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        path = f"{above}{name}"
        whole = {**_resolved(root, part), **part}
        yield f"\n{'#' * level} `{path}`{' (required)' if name in required else ''}\n\n{part['description']}\n"
        facts = [*_facts(root, whole)]
        yield "\n" + "".join(f"- {fact}\n" for fact in facts) if facts else ""
        if examples := whole.get("examples"):
            yield "\n```yaml\n" + "# or\n".join(f"{name}: {flow(one, bare=True)}\n" for one in examples) + "```\n"
        yield from _below(root, whole, path, min(level + 1, 5))


def _below(root: Schema, schema: Schema, path: str, level: int) -> Iterator[str]:
    reference = schema.get("$ref", schema.get("items", {}).get("$ref", "")).removeprefix("#/$defs/")
    if reference in SHARED:
        heading = SHARED[reference]
        yield f"\nIts keys: [{heading}](#{heading.lower().replace(' ', '-')}).\n"
        return
    items = _resolved(root, schema.get("items", {}))
    yield from _properties(root, schema, f"{path}.", level)
    yield from _properties(root, schema.get("then", {}), f"{path}.", level)
    yield from _properties(root, items, f"{path}[].", level)


def _facts(root: Schema, schema: Schema) -> Iterator[str]:
    if expected := _expected(root, schema):
        yield f"Value: {expected}."
    if "default" in schema and schema["default"] not in ({}, []):
        yield f"Default: `{flow(schema['default'])}`."


def _expected(root: Schema, schema: Schema) -> str:
    """What may stand there, in words."""
    schema = _resolved(root, schema)
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if "enum" in schema:
        words = ", ".join(f"`{word}`" for word in schema["enum"])
        return f"{words}, {schema['x-hint']}" if "x-hint" in schema else words
    if "else" in schema:
        one = _expected(root, schema["else"])
        items = _resolved(root, schema["then"]).get("items", {})
        explicit = _resolved(root, items).get("type") == "array"  # an affinity's lists of CPUs, told of already
        return one if explicit or one.endswith("of such") else f"{one}, or a list of such"
    types = schema.get("type", [])
    words = " or ".join(TYPES[name] for name in ([types] if isinstance(types, str) else types))
    bounds = [form.format(schema[key]) for key, form in RANGES.items() if key in schema]
    return " ".join([words, " and ".join(bounds)]).strip()


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _resolved(root: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema
