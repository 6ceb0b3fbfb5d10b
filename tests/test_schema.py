"""schema.json is a good schema by itself, and what breaks it is said in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine import schema
from engine.document import parse
from engine.errors import ScenarioError

LEAST = "title: a\nquestion: b\nkernel: c\n"


def properties(part: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property that the schema describes, wherever it is."""
    if isinstance(part, dict):
        for name, value in part.get("properties", {}).items():
            yield f"{path}.{name}", value
        for name, value in part.items():
            if name not in ("examples", "default"):
                yield from properties(value, f"{path}/{name}")
    elif isinstance(part, list):
        for item in part:
            yield from properties(item, path)


def objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if "properties" in part:
            yield part
        for value in part.values():
            yield from objects(value)


def test_it_is_a_schema_of_2020_12() -> None:
    Draft202012Validator.check_schema(schema.scenario_schema())
    assert schema.scenario_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_key_is_described() -> None:
    assert [path for path, part in properties(schema.scenario_schema()) if not part.get("description")] == []


def test_every_mapping_is_closed_or_says_what_else_it_takes() -> None:
    for part in objects(schema.scenario_schema()):
        others = part.get("additionalProperties")
        assert others is False or others["description"]


def test_nothing_blurs_messages() -> None:
    text = str(schema.scenario_schema())
    assert "'oneOf'" not in text
    assert "'anyOf'" not in text


def test_every_default_and_example_is_valid() -> None:
    whole = schema.scenario_schema()
    for path, part in properties(whole):
        alone = Draft202012Validator({**part, "$defs": whole["$defs"]})
        for value in [*part.get("examples", ()), *([part["default"]] if "default" in part else ())]:
            assert list(alone.iter_errors(value)) == [], path


def test_defaults_are_filled_in_at_every_depth() -> None:
    found = schema.validate(parse(LEAST, "x"))
    assert found["measure"] == {
        "invocations": {"min": 10, "max": 40},
        "iterations": 5,
        "iteration_time": "20ms",
        "warmup": "auto",
        "precision": "2%",
        "confidence": "95%",
        "time_limit": "5m",
        "timeout": "60s",
        "memory_limit": "auto",
    }
    assert found["matrix"] == {
        "threads": [1, "cpus"],
        "affinity": "none",
        "gil": "default",
        "switch_interval": "default",
    }
    assert found["interpreters"] == ["3.12", "3.13", "3.13t", "3.14", "3.14t"]


def test_defaults_do_not_touch_what_is_written_nor_leak_into_the_next_file() -> None:
    first = schema.validate(parse(LEAST + "measure: {invocations: {min: 3}}\nmatrix: {padding: 0}\n", "x"))
    assert first["measure"]["invocations"] == {"min": 3, "max": 40}
    assert list(first["matrix"]) == ["padding", "threads", "affinity", "gil", "switch_interval"]
    first["interpreters"].append("changed")
    assert "changed" not in schema.validate(parse(LEAST, "x"))["interpreters"]


def test_versions_are_taken_as_they_are_written_everywhere() -> None:
    text = (
        LEAST + "interpreters: [3.10, '3.11', 3.13t]\nbaseline: {interpreter: 3.10}\n"
        "exclude: [{interpreter: [3.10, 3.20]}, {interpreter: 3.10}]\nmatrix: {ratio: 3.10}\n"
        "claims: [{claim: x, metric: time, where: {interpreter: 3.10}, above: 3.10}]\n"
    )
    found = schema.validate(parse(text, "x"))
    assert found["interpreters"] == ["3.10", "3.11", "3.13t"]
    assert found["baseline"]["interpreter"] == "3.10"
    assert found["exclude"] == [{"interpreter": ["3.10", "3.20"]}, {"interpreter": "3.10"}]
    assert found["claims"][0]["where"] == {"interpreter": "3.10"}
    assert found["claims"][0]["above"] == found["matrix"]["ratio"] == 3.1


def test_all_faults_come_at_once_sorted_by_place() -> None:
    with pytest.raises(ScenarioError) as caught:
        schema.validate(parse("title: a\nmatrix: {threads: [1, 0]}\nkernal: x\ntags: [A]\n", "x.yaml"))
    assert str(caught.value).splitlines() == [
        (
            "x.yaml:1:1: the key question is missing; for example question: "
            "Does padding per-thread counters to a cache line restore scaling?"
        ),
        (
            "x.yaml:2:23: matrix.threads[1]: expected an integer of at least 1, found 0; "
            "threads are 1 to 4096, or words: cpus, cpus/2, cpus*2"
        ),
        "x.yaml:3:1: kernal: there is no such key; did you mean kernel?",
        "x.yaml:4:8: tags[0]: expected a word of small letters, digits, - and _, found 'A'",
    ]


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ({"type": "integer"}, 1.0, "expected an integer, found 1.0"),
        ({"type": "integer"}, True, "expected an integer, found true"),
        ({"type": "number"}, float("nan"), "expected a number, found nan"),
        ({"type": "number", "multipleOf": 2}, float("inf"), "expected a number, found inf"),
        ({"type": "string"}, 3, "expected a text, found 3"),
        ({"type": ["integer", "string"]}, [1], "expected an integer or a text, found a list"),
        ({"type": "boolean"}, "yes", "expected true or false, found 'yes'"),
        ({"enum": ["a", "b", "c"]}, "d", "expected a, b or c, found 'd'"),
        ({"enum": ["only"]}, "", "expected only, found an empty text"),
        ({"type": "number", "exclusiveMaximum": 1}, 1, "expected a number below 1, found 1"),
        ({"type": "integer", "maximum": 3}, 4, "expected an integer of at most 3, found 4"),
        ({"type": "integer", "multipleOf": 8}, 7, "expected a multiple of 8, found 7"),
        ({"minItems": 2}, [1], "expected at least 2 items, found 1"),
        ({"minProperties": 1}, {}, "expected at least one key, found an empty mapping"),
        ({"type": "integer"}, "x" * 99, f"expected an integer, found '{'x' * 37}...'"),
    ],
)  # fmt: skip
def test_misfits_are_told_in_words(part: dict[str, Any], value: object, message: str) -> None:
    wrong = schema.misfit(part, value)
    assert wrong
    assert wrong[0] == message


def test_what_fits_is_no_misfit() -> None:
    assert schema.misfit({"type": "integer", "minimum": 0, "multipleOf": 8, "enum": (0, 8)}, 8) is None


def test_hints_name_the_nearest_word_or_the_known_ones() -> None:
    assert schema.did_you_mean("pading", ["padding", "threads"]) == "did you mean padding?"
    assert schema.did_you_mean("colour", ["threads", "padding"]) == "known: padding, threads"
    assert schema.did_you_mean("colour", []) == ""
