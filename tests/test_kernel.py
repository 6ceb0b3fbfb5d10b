"""A kernel's facts are read from its text; none of it is run."""

from __future__ import annotations

import hashlib
import runpy
from pathlib import Path

import pytest

from engine import kernel, resources, scenario
from engine.errors import KernelError

KERNELS = Path(__file__).parent / "data" / "kernels"

BODY = """
def setup(threads): pass
def prepare(shared, index): pass
def run(own, loops): pass
def check(shared, owns, loops): pass
"""


def problems(tmp_path: Path, text: str | bytes) -> list[str]:
    path = tmp_path / "some.py"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(KernelError) as caught:
        kernel.load(path)
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


def test_the_facts_of_a_kernel() -> None:
    found = kernel.load(KERNELS / "slots.py")
    assert found.name == "slots"
    assert found.title == "Threads add to slots of their own."
    assert found.manual.startswith("A small kernel for the tests")
    assert (found.operation, found.operations, found.gc) == ("one addition", 2, False)
    assert found.digest == hashlib.sha256((KERNELS / "slots.py").read_bytes()).hexdigest()
    assert [metric.name for metric in found.metrics] == ["lost_updates"]
    padding, sharing, weight, checked = found.parameters
    assert dict(padding.schema) == {"type": "integer", "minimum": 0, "maximum": 4096, "multipleOf": 8}
    assert (padding.default, padding.unit, padding.description) == (0, "bytes", "Bytes between two slots.")
    assert dict(sharing.schema)["enum"] == ("private", "shared")
    assert weight.default == 1.0
    assert type(weight.default) is float
    assert checked.default is True


def test_everything_but_functions_and_a_docstring_may_be_left_out() -> None:
    found = kernel.load(KERNELS / "plain.py")
    assert (found.parameters, found.metrics, found.operation, found.operations, found.gc) == (
        (), (), "operation", 1, False,
    )  # fmt: skip


def test_a_module_body_is_never_run(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    mine = tmp_path / "mine.py"
    mine.write_text(f'"""A kernel with a side effect."""\nimport pathlib\npathlib.Path({str(proof)!r}).touch()\n{BODY}')
    asking = tmp_path / "asking.yaml"
    asking.write_text("title: a\nquestion: b\nkernel: ./mine.py\n")
    assert kernel.load(mine).name == "mine"
    assert scenario.check([asking]) == ()
    assert not proof.exists()
    runpy.run_path(str(mine))  # the trap works
    assert proof.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def run(:\n", "1:9: this is no Python 3.9: invalid syntax"),
        (b'"""a\x00b"""', " this is no Python"),
        ('"""a"""\nx = ' + "(" * 5000 + ")" * 5000, "this is no Python"),
        (b'"""\xff"""', "1:4: the byte 0xff is no UTF-8"),
        ('"""é"""\r\nGC = True'.encode() + b"# \xe9", "2:12: the byte 0xe9 is no UTF-8"),
        ('"""a"""\nPARAMS = dict(a=1)\n' + BODY, "2:10: PARAMS: expected a literal"),
        ('"""a"""\nPARAMS = {**{}}\n' + BODY, "2:10: PARAMS: expected a literal"),
        ('"""a"""\nGC = 1 > 0\n' + BODY, "2:6: GC: expected a literal"),
        ('"""a"""\nGC = True\nGC = False\n' + BODY, "3:1: GC: is assigned twice"),
        ('"""a"""\nPARAMS = {[]: 1}\n' + BODY, "2:10: PARAMS: expected a literal"),
        ('"""a"""\nPARAMS = []\n' + BODY, "2:10: PARAMS: expected a mapping (key: value), found an empty list"),
        ('"""a"""\nPARAMS = {1: {}}\n' + BODY, "2:11: PARAMS.1: expected a text as key"),
        ('"""ä"""; é = 1; PARAMS = {1: {}}\n' + BODY, "1:27: PARAMS.1: expected a text as key"),
        (('# coding: latin-1\n"""ä"""\n' + BODY).encode(), "1:1: this says that it is no UTF-8: iso-8859-1"),
        ('"""a"""\nGC = ...\n' + BODY, "2:6: GC: expected a value that is one of JSON too"),
        ('"""a\x1b[31m"""\n' + BODY, "1:1: the docstring holds the control character '\\x1b'"),
        ('"""a"""\nMETRICS = {"=cmd": {}}\n' + BODY, "2:12: METRICS.=cmd: a metric is the name of a column"),
        ("# coding: nonsense\n" + BODY, "1:1: this says that it is no UTF-8: unknown encoding: nonsense"),
        ('"""a"""' + BODY.replace("owns, loops", "loops, owns"), "check: expected the arguments"),
        ('"""a"""' + BODY.replace("threads", "threads, *, padding"), "setup: it takes padding, which is no parameter"),
    ],
)  # fmt: skip
def test_breaches_are_told_with_their_place(tmp_path: Path, text: str | bytes, message: str) -> None:
    found = problems(tmp_path, text)
    assert any(message in one for one in found), found


@pytest.mark.parametrize("name", ["threads", "affinity", "gil", "interpreter", "free_threaded"])
def test_a_parameter_may_not_take_the_name_of_an_axis(tmp_path: Path, name: str) -> None:
    text = f'"""a"""\nPARAMS = {{"{name}": {{"type": "integer", "default": 1, "description": "x"}}}}\n{BODY}'
    assert any(f"PARAMS.{name}: a parameter may not have this name" in one for one in problems(tmp_path, text))


def test_a_missing_file_is_a_kernel_error(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="there is no such file"):
        kernel.load(tmp_path / "none.py")


def test_a_path_starts_from_the_scenario_and_a_name_from_the_shipped_kernels(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("")
    assert kernel.locate("./mine.py", tmp_path) == tmp_path / "mine.py"
    assert kernel.locate("mine.py", tmp_path) == tmp_path / "mine.py"
    assert kernel.locate("empty_loop", tmp_path) == resources.kernels() / "empty_loop.py"
    with pytest.raises(KernelError, match="there is no shipped kernel 'emty_loop'; did you mean empty_loop"):
        kernel.locate("emty_loop", tmp_path)
    with pytest.raises(KernelError, match="there is no file"):
        kernel.locate("../nowhere.py", tmp_path)


@pytest.mark.parametrize(
    "name", ["../kernels/empty_loop", "..", "~no_such_user/x.py", "x" * 5000 + ".py", "x" * 5000, "nul\0l.py"]
)
def test_a_strange_name_is_no_kernel(name: str, tmp_path: Path) -> None:
    with pytest.raises(KernelError):
        kernel.locate(name, tmp_path)


def test_shipped_kernels_are_the_files_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.py", "a.py", "_private.py", "notes.txt"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(resources, "kernels", lambda: tmp_path)
    assert [path.name for path in kernel.shipped()] == ["a.py", "b.py"]


@pytest.mark.parametrize("path", kernel.shipped(), ids=lambda path: path.stem)
def test_every_shipped_kernel_keeps_the_contract(path: Path) -> None:
    found = kernel.load(path)
    assert found.title
    assert found.manual
