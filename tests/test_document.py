"""YAML means what YAML 1.2 says, every node knows its place, and nothing hostile gets far."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import pytest

from engine import document
from engine.document import Place
from engine.errors import ScenarioError


def data(text: str) -> Any:
    return document.parse(text, "x.yaml").data


def problems(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        document.parse(text, "x.yaml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # the table of YAML 1.2.2, 10.3.2, and what YAML 1.1 makes of the same texts
        ("null", None), ("~", None), ("", None), ("Null", None), ("NULL", None), ("nUll", "nUll"),
        ("true", True), ("True", True), ("FALSE", False), ("tRue", "tRue"),
        ("on", "on"), ("off", "off"), ("yes", "yes"), ("No", "No"), ("y", "y"),
        ("0", 0), ("-19", -19), ("+12", 12), ("0o17", 15), ("017", 17), ("0x3A", 58), ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("0.", 0.0), ("-0.0", -0.0), (".5", 0.5), ("+12e03", 12000.0), ("-2E+05", -200000.0), ("1e3", 1000.0),
        (".inf", math.inf), ("-.Inf", -math.inf), ("+.INF", math.inf),
        ("12:30:45", "12:30:45"), ("2026-11-22", "2026-11-22"), ("=", "="), ("3.13t", "3.13t"), ("5m", "5m"),
        ("'12'", "12"), ('"true"', "true"), ("'~'", "~"),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_the_core_schema_says(text: str, value: object) -> None:
    found = data(f"key: {text}\n")["key"]
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_read() -> None:
    assert math.isnan(data("key: .NaN")["key"])


def test_block_scalars_are_texts() -> None:
    assert data("a: |\n  1\nb: >-\n  2\n") == {"a": "1\n", "b": "2"}


def test_every_value_and_key_has_its_place_and_every_scalar_its_text() -> None:
    found = document.parse("a: 1\nlist:\n  - 3.10\n  - {deep: 'x'}\n", "x.yaml")
    assert found.data == {"a": 1, "list": [3.1, {"deep": "x"}]}
    assert found.place(("list", 0)) == Place(3, 5)
    assert found.place(("list", 1, "deep")) == Place(4, 12)
    assert found.key_place(("list", 1, "deep")) == Place(4, 6)
    assert found.key_place(("list",)) == Place(2, 1)
    assert found.texts == {("a",): "1", ("list", 0): "3.10", ("list", 1, "deep"): "x"}


def test_what_a_file_does_not_have_is_placed_at_what_is_around_it() -> None:
    found = document.parse("a: {b: 1}\n", "x.yaml")
    assert found.place(("a", "missing", 3)) == Place(1, 4)
    assert found.place(("nothing",)) == Place(1, 1)
    assert document.Document(path="command line", data={}).place(("a",)) == Place(0, 0)


def test_columns_count_characters_not_bytes() -> None:
    assert document.parse("{ä: é, b: c}", "x.yaml").place(("b",)) == Place(1, 11)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbftitle: x\r\nkernel: y\r\n")
    found = document.load(path)
    assert found.data == {"title": "x", "kernel": "y"}
    assert found.place(("kernel",)) == Place(2, 9)


def test_aliases_have_the_value_of_their_anchor_and_a_place_of_their_own() -> None:
    found = document.parse("a: &few [1, 2]\nb: *few\n", "x.yaml")
    assert found.data == {"a": [1, 2], "b": [1, 2]}
    assert found.data["a"] is not found.data["b"]
    assert found.place(("b",)) == Place(2, 4)
    assert found.place(("b", 1)) == Place(1, 13)


def test_a_later_anchor_of_the_same_name_counts() -> None:
    assert data("[&a 1, *a, &a 2, *a]") == [1, 1, 2, 2]


def test_many_aliases_of_a_small_thing_are_fine() -> None:
    assert len(data("a: &a x\nb: [" + "*a, " * 1000 + "]\n")["b"]) == 1000


def test_aliases_may_not_nest_deeper_than_brackets_may() -> None:
    lines = ["a0: &a0 [[[[[[1]]]]]]"] + [f"a{n}: &a{n} [[[[[[*a{n - 1}]]]]]]" for n in range(1, 9)]
    (message,) = problems("\n".join(lines))
    assert message.endswith("more than 32 levels of nesting")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_bounded_long_before_the_stack_is(opening: str) -> None:
    (message,) = problems(opening * 20_000)
    assert "more than 32 levels" in message


def test_all_faults_are_reported_even_before_a_syntax_error() -> None:
    found = problems("a: !!str x\na: 2\nb: *c\nd: [\n")
    assert [message.split(": ", 1)[0] for message in found] == ["x.yaml:1:4", "x.yaml:2:1", "x.yaml:3:4", "x.yaml:5:1"]


@pytest.mark.parametrize("tag", ["!!str", "!!python/name:os.system", "!", "!mine", "!<tag:example.org,2026:x>"])
def test_every_tag_is_refused(tag: str) -> None:
    (message,) = problems(f"a: {tag} x\n")
    assert "is refused" in message


@pytest.mark.parametrize("escape", [r'"\ud800"', r'"\U00110000"'])
def test_characters_that_do_not_exist_are_refused(escape: str) -> None:
    (message,) = problems(f"a: {escape}\n")
    assert "character" in message


def test_a_quoted_merge_sign_is_a_key_like_any_other() -> None:
    assert data('{"<<": 1}') == {"<<": 1}


def load_problem(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        document.load(path)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    return problem.message


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert load_problem(tmp_path / "missing.yaml") == "there is no such file"
    assert load_problem(tmp_path) == "expected a file, found a folder"
    assert load_problem(Path("/dev/zero")) == "expected a file, found a device, pipe or socket"


@pytest.mark.timeout(10)
def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    assert load_problem(path) == "expected a file, found a device, pipe or socket"


def test_a_file_has_to_be_of_sensible_size(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (document.SIZE + 1))
    assert load_problem(path) == "the file is larger than 1024 KiB"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_said_to_be_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    assert "Permission denied" in load_problem(path)
