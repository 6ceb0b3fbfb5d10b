"""Every file in data/invalid gives exactly the messages beside it, and every file in data/valid none.

To write the messages again, and then read every one of them: `FTENG_REWRITE=1 pytest tests/test_bad_scenarios.py`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine import document, scenario, schema
from engine.errors import LONGEST

DATA = Path(__file__).parent / "data"
INVALID = sorted((DATA / "invalid").glob("*.yaml"))
VALID = sorted((DATA / "valid").glob("*.yaml"))


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_each_fault_has_one_clear_message_with_its_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("HOME", "/home/nobody")
    found = "\n".join(map(str, scenario.check([Path(path.name)]))) + "\n"
    if os.environ.get("FTENG_REWRITE"):
        path.with_suffix(".txt").write_text(found, encoding="utf-8")
    for line in found.splitlines():
        assert line.isprintable()
        assert len(line) < 3 * LONGEST
    assert found == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_each_case_has_its_messages_and_each_message_its_case() -> None:
    assert [path.with_suffix(".txt") for path in INVALID] == sorted((DATA / "invalid").glob("*.txt"))
    assert len(INVALID) > 150


def test_faults_of_all_files_come_at_once_and_sorted() -> None:
    problems = scenario.check(INVALID)
    assert {path.name for path in INVALID if not path.name.startswith("kernel_")} <= {
        Path(problem.file).name for problem in problems
    }
    assert list(problems) == sorted(problems)


HOSTILE = sorted(
    {*DATA.glob("invalid/alias_*.yaml"), *DATA.glob("invalid/*nest*.yaml"), *DATA.glob("invalid/*less*.yaml")}
)


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_hostile_files_are_refused_at_once(path: Path) -> None:
    began = time.process_time()
    assert scenario.check([path])
    assert time.process_time() - began < 5  # grown, a bomb has 10^9 items


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_files_load(path: Path) -> None:
    assert scenario.check([path]) == ()
    assert scenario.load(path).name == path.stem


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_the_schema_alone_accepts_valid_files(path: Path) -> None:
    """As an editor or any JSON Schema tool has it: no defaults, no source texts, no checker of ours."""
    plain = Draft202012Validator(schema.scenario_schema())
    assert list(plain.iter_errors(document.load(path).data)) == []


REFUSED_BY_ANY_TOOL = (
    "affinity_and_gil", "empty_axes", "list_for_mapping", "missing_keys", "tags", "threads", "twice_in_a_list",
    "unknown_key", "wrong_types",
)  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_BY_ANY_TOOL)
def test_the_schema_alone_refuses_what_a_schema_can(name: str) -> None:
    plain = Draft202012Validator(schema.scenario_schema())
    data = document.load(DATA / "invalid" / f"{name}.yaml").data
    if name == "twice_in_a_list":
        del data["interpreters"]  # 3.13 and "3.13" are the same to us only
    assert list(plain.iter_errors(data))
