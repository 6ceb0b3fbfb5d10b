"""Hypothesis strategies: values that one JSON Schema allows, whole valid scenarios, and broken ones made from them.

`allowed` walks schema.json (its `$ref`, if/then/else and bounds), so that a key that is added there is drawn as well;
`scenarios` adds what a schema cannot say: the kernel's own parameters, and values that some run has.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from engine import kernel, resources
from engine.document import CONTROL
from engine.model import Kernel
from engine.schema import Schema, scenario_schema

MATRIX = ("threads", "affinity", "gil", "switch_interval")
PLAIN_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn")), min_size=1, max_size=30
)
TEXT = PLAIN_TEXT.filter(lambda text: bool(text.strip()) and not CONTROL.search(text))
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)

RELATIONS: dict[str, SearchStrategy[Any]] = {
    "above": st.floats(-1e6, 1e6),
    "below": st.floats(-1e6, 1e6),
    "equals": st.integers(-5, 5),
    "between": st.tuples(st.integers(-5, 0), st.integers(1, 5)).map(list),
}


def resolved(schema: Schema) -> dict[str, Any]:
    """The schema with what its `$ref` names put in."""
    found = dict(schema)
    while "$ref" in found:
        name = found.pop("$ref").removeprefix("#/$defs/")
        found = {**scenario_schema()["$defs"][name], **found, "x-name": name}
    return found


def allowed(schema: Schema) -> SearchStrategy[Any]:
    """Values that the schema allows; of a closed mapping any keys, of an open one only those that are named."""
    schema = resolved(schema)
    if schema.get("x-name") in {"line", "prose"}:
        return TEXT
    if schema.get("x-name") == "interpreter":
        minor = st.sampled_from(["3.9", "3.10", "3.13", "3.13t", "3.14.0rc1", "3.99t", "./python", "~/a b/python"])
        return minor | st.sampled_from([3.12, 3.13, 3.14])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "if" in schema:
        rest = {key: part for key, part in schema.items() if key not in {"if", "then", "else", "type", "x-name"}}
        yes = {**rest, **resolved(schema["if"]), **resolved(schema["then"])}
        no = {**rest, **resolved(schema["else"])}
        return allowed({key: part for key, part in yes.items() if key != "prefixItems"}) | allowed(no)
    types = schema.get("type", "array" if "items" in schema else [])
    return st.one_of(*(OF_TYPE[one](schema) for one in ([types] if isinstance(types, str) else types)))


def _string(schema: Schema) -> SearchStrategy[str]:
    return st.from_regex(re.compile(schema["pattern"].replace("$", r"\Z"), re.ASCII)) if "pattern" in schema else TEXT


def _integer(schema: Schema) -> SearchStrategy[int]:
    step = schema.get("multipleOf", 1)
    low, high = schema.get("minimum", -1000), schema.get("maximum", 1000)
    low = low if "exclusiveMinimum" not in schema else max(low, schema["exclusiveMinimum"] + 1)
    return st.integers(-(-low // step), high // step).map(lambda number: number * step)


def _number(schema: Schema) -> SearchStrategy[float]:
    low = schema.get("exclusiveMinimum", schema.get("minimum", -1e6))
    high = schema.get("exclusiveMaximum", schema.get("maximum", 1e6))
    return st.floats(
        low, high, exclude_min="exclusiveMinimum" in schema, exclude_max="exclusiveMaximum" in schema, allow_nan=False
    )


def _list(schema: Schema) -> SearchStrategy[list[Any]]:
    items, unique = allowed(schema["items"]), schema.get("uniqueItems")
    size = {"min_size": schema.get("minItems", 0), "max_size": min(schema.get("maxItems", 3), 3)}
    return st.lists(items, unique_by=_identity, **size) if unique else st.lists(items, **size)


def _mapping(schema: Schema) -> SearchStrategy[dict[str, Any]]:
    parts = {name: allowed(part) for name, part in schema.get("properties", {}).items()}
    needed = {name: parts.pop(name) for name in schema.get("required", ())}
    return st.fixed_dictionaries(needed, optional=parts)


OF_TYPE: dict[str, Callable[[Schema], SearchStrategy[Any]]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda _: st.booleans(),
    "array": _list,
    "object": _mapping,
}


def _identity(value: Any) -> str:
    """Equal for what fteng takes for the same: an interpreter 3.13 is the text 3.13."""
    return str(value) if isinstance(value, (str, float)) else json.dumps(value, sort_keys=True)


KERNELS: tuple[Kernel, ...] = tuple(
    kernel.load(path)
    for path in (
        Path(__file__).parent.parent / "data" / "kernels" / "slots.py",
        Path(__file__).parent.parent / "data" / "kernels" / "plain.py",
        *(
            resources.kernels() / f"{name}.py"
            for name in ("counter_slots", "lock_patterns", "shared_dict", "word_count")
        ),
    )
)


@st.composite
def scenarios(draw: st.DrawFn) -> tuple[dict[str, Any], Kernel]:
    """The data of a valid scenario file, and its kernel."""
    whole = scenario_schema()["properties"]
    chosen = draw(st.sampled_from(KERNELS))
    interpreters = draw(
        st.lists(allowed(resolved(whole["interpreters"])["items"]), min_size=1, max_size=3, unique_by=_identity)
    )
    axes = {name: _axis(resolved(whole["matrix"])["properties"][name]) for name in MATRIX}
    axes["switch_interval"] = st.lists(st.sampled_from(["default", "500us", "5 ms", "0.1s"]), min_size=1, unique=True)
    for parameter in chosen.parameters:
        axes[parameter.name] = st.lists(allowed(_parts(parameter.schema)), min_size=1, max_size=3, unique_by=_identity)
    matrix = draw(st.fixed_dictionaries({}, optional=axes))
    data = {
        "title": draw(TEXT),
        "question": draw(TEXT),
        "kernel": chosen.path,
        "interpreters": interpreters,
        "matrix": {name: _alone(draw, values) for name, values in matrix.items()},
    }
    known = {"interpreter": interpreters, **{name: values for name, values in matrix.items() if name != "affinity"}}
    combination = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in known.items()})
    some = combination.filter(bool)
    optional = {
        "exclude": st.lists(some.filter(lambda rule: len(rule) > 1), max_size=2),
        "include": st.lists(some, min_size=1, max_size=2),
        "baseline": some,
        "overhead": some,
        "measure": _measure(),
        "claims": st.lists(_claim(some), max_size=2),
        "tags": allowed(whole["tags"]),
    }
    data |= draw(st.fixed_dictionaries({}, optional=optional))
    if "exclude" in data and "include" not in data:
        del data["exclude"]  # it might leave nothing
    return data, chosen


def _axis(schema: Schema) -> SearchStrategy[list[Any]]:
    """A list of one to three values of an axis of the harness."""
    one = schema
    while "else" in (one := resolved(one)):
        one = one["else"]
    return st.lists(allowed(one), min_size=1, max_size=3, unique_by=_identity)


def _alone(draw: st.DrawFn, values: list[Any]) -> Any:
    """A list of one value is as well written without brackets."""
    return values[0] if len(values) == 1 and not isinstance(values[0], list) and draw(st.booleans()) else values


def _parts(pairs: Any) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in pairs}


def _measure() -> SearchStrategy[Any]:
    """What schema.json allows, within what its patterns cannot say."""
    parts = {
        name: allowed(part) for name, part in resolved(scenario_schema()["properties"]["measure"])["properties"].items()
    }
    parts |= {
        "invocations": st.integers(1, 40)
        | st.tuples(st.integers(1, 10), st.integers(10, 99)).map(
            lambda pair: dict(zip(("min", "max"), pair, strict=True))
        ),
        "iteration_time": st.sampled_from(["1ms", "1.5 ms", 0.01, "0.02s"]),
        "timeout": st.sampled_from(["60s", "1m", "168h", 120]),
        "time_limit": st.sampled_from(["5m", 1, "168h"]),
        "confidence": st.sampled_from(["50%", "99.99 %", 0.95]),
        "memory_limit": st.sampled_from(["auto", "512MiB", "1.5 GiB", 1 << 30]),
    }
    return st.just("auto") | st.fixed_dictionaries({}, optional=parts)


@st.composite
def _claim(draw: st.DrawFn, some: SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    relation = draw(st.sampled_from(sorted(RELATIONS)))
    metric = draw(st.sampled_from(["time", "throughput", "fairness", "rss"]))
    claim = {"claim": draw(TEXT), relation: draw(RELATIONS[relation])}
    of, to = draw(some), draw(some)
    if of != to and draw(st.booleans()):
        return {**claim, "ratio": metric, "of": of, "to": to}
    return {**claim, "metric": metric, **draw(st.fixed_dictionaries({}, optional={"of": some, "where": some}))}


class _Dumper(yaml.SafeDumper):
    """Texts in quotes: PyYAML writes YAML 1.1, where other words than in 1.2 need them."""


_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def written(data: Any, *, flow: bool = False, aliases: bool = True) -> str:
    """The data as YAML; what is there twice as an alias."""
    copy = data if aliases else json.loads(json.dumps(data))
    return yaml.dump(copy, Dumper=_Dumper, default_flow_style=flow, sort_keys=False, allow_unicode=True)


def shuffled(data: Any, seed: int) -> Any:
    """The same with the keys of every mapping in another order."""
    if isinstance(data, list):
        return [shuffled(item, seed) for item in data]
    if not isinstance(data, dict):
        return data
    keys = sorted(data)
    random.Random(seed).shuffle(keys)
    return {key: shuffled(data[key], seed) for key in keys}


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 7, 10**18, 0.5, -0.0, 1e308, "", " ", "x", "auto", "on", "cpus", "cpus*9999", "20ms",
    "1e999s", "2%", "101%", "3.13t", "2.7", "\x1b[31m", "../../etc/passwd", [], {}, [[]], [{}], [0], [[0]], [1, 1],
    {"min": 9, "max": 1}, {"threads": 1}, {"": 1}, "a" * 5000,
)  # fmt: skip
"""Values that are wrong in most places."""


def places(data: Any, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to every value."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [way, *(inner for key, part in entries for inner in places(part, (*way, key)))]


@st.composite
def mutated(draw: st.DrawFn, data: dict[str, Any]) -> Any:
    """The data with one thing changed: a key renamed, added or deleted, a value replaced, an item put in or out."""
    data = json.loads(json.dumps(data))
    way = draw(st.sampled_from(places(data)[1:]))
    around = data
    for key in way[:-1]:
        around = around[key]
    last, odd = way[-1], draw(st.sampled_from(ODD))
    what = draw(st.sampled_from(["replace", "delete", "rename", "add", "wrap", "move"]))
    if what == "replace":
        around[last] = odd
    elif what == "wrap":
        around[last] = [around[last]]
    elif what == "move":
        other = draw(st.sampled_from(["matrix", "claims", "measure", "tags", "title"]))
        around[last] = json.loads(json.dumps(data.get(other)))
    elif isinstance(around, list):
        if what == "delete":
            del around[int(last)]
        else:
            around.insert(int(last), odd if what == "add" else around[int(last)])
    elif what == "add":
        around[draw(st.sampled_from(["treads", "kernal", "", "gil", "\u0435", "threads", "of"]))] = odd
    else:
        value = around.pop(last)
        if what == "rename":
            around[str(last)[:-1] + draw(st.sampled_from("sx_ \u0430"))] = value
    return json.loads(json.dumps(data))


@st.composite
def spliced(draw: st.DrawFn, text: str) -> bytes:
    """The text with some bytes cut, put in, doubled or changed at random."""
    raw = bytearray(text.encode())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 30))
        what = draw(st.sampled_from(["cut", "put", "double", "end"]))
        if what == "cut":
            del raw[at : at + length]
        elif what == "put":
            raw[at:at] = draw(st.binary(max_size=3) | st.sampled_from(SPLICES))
        elif what == "double":
            raw[at:at] = raw[at : at + length]
        else:
            del raw[at:]
    return bytes(raw)


SPLICES = tuple(
    part.encode()
    for part in (
        "\n", "\n\n", "  ", "\t", ": ", "- ", "[", "]", "{", "}", '"', "'", "#", "&a ", "*a", "!!x ", "|", ">", "? ",
        "---\n", "\r", "\0", "\ufeff", "\x85", "\u2028", "\u202e", "e400", "-", "0x", "~", ".nan",
    )
)  # fmt: skip
