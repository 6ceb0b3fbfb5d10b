"""Starting points validate and run as they are, and overwrite nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine import kernel, resources, scaffold, scenario, spawn
from engine.errors import EngineError
from engine.model import Interpreter


def test_a_new_scenario_validates_as_it_is(tmp_path: Path) -> None:
    path = scaffold.new_scenario("gil/my_first", tmp_path)
    assert path == tmp_path / "gil" / "my_first.yaml"
    assert scenario.check([path]) == ()
    assert scenario.load(path).title == "My first"


def test_a_new_scenario_points_editors_to_the_schema(tmp_path: Path) -> None:
    first, *_ = scaffold.new_scenario("one", tmp_path).read_text().splitlines()
    assert first == f"# yaml-language-server: $schema={resources.schema().as_uri()}"


def test_inside_a_checkout_the_schema_is_found_by_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "home", lambda: tmp_path)
    path = scaffold.new_scenario("memory/one", tmp_path / "scenarios")
    assert path.read_text().startswith("# yaml-language-server: $schema=../../schema.json\n")


def test_a_new_kernel_keeps_the_contract(tmp_path: Path) -> None:
    found = kernel.load(scaffold.new_kernel("mine", tmp_path))
    assert found.name == "mine"
    assert [parameter.name for parameter in found.parameters] == ["sharing"]


@pytest.mark.real
@pytest.mark.parametrize("sharing", ["private", "shared"])
def test_a_new_kernel_runs_as_it_is(tmp_path: Path, python: Interpreter, sharing: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import json, runpy, sys, threading\n"
        "asked = json.load(sys.stdin)\n"
        "made = runpy.run_path(asked['path'])\n"
        "shared = made['setup'](2, sharing=asked['sharing'])\n"
        "owns = [made['prepare'](shared, index) for index in range(2)]\n"
        "threads = [threading.Thread(target=made['run'], args=(own, 1000)) for own in owns]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "print(json.dumps(made['check'](shared, owns, 1000)))\n"
    )
    path = scaffold.new_kernel("mine", tmp_path)
    reply, ended = spawn.ask(python.executable, program, {"path": str(path), "sharing": sharing}, timeout=60)
    assert reply == {"left_over": 0}, ended.err


@pytest.mark.parametrize("make", [scaffold.new_scenario, scaffold.new_kernel])
def test_nothing_is_overwritten(tmp_path: Path, make: object) -> None:
    assert callable(make)
    path = make("mine", tmp_path)
    path.write_text("precious")
    with pytest.raises(EngineError, match="exists already"):
        make("mine", tmp_path)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["", "Mine", "a-b", "../up", "/root", "a//b", "1st", "a b", "mine.txt"])
def test_a_name_has_to_be_one(tmp_path: Path, name: str) -> None:
    for make in (scaffold.new_scenario, scaffold.new_kernel):
        with pytest.raises(EngineError, match="is no name"):
            make(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_suffix_may_be_given(tmp_path: Path) -> None:
    assert scaffold.new_scenario("one.yaml", tmp_path).name == "one.yaml"
    assert scaffold.new_kernel("two.py", tmp_path).name == "two.py"


def test_a_folder_that_is_a_file_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="cannot be written"):
        scaffold.new_kernel("mine", tmp_path / "file" / "deeper")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said_to_be_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(EngineError, match="cannot be written"):
        scaffold.new_kernel("mine", tmp_path)
