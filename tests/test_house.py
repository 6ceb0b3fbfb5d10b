"""The rules of the house that matter: who may import whom, what a start costs, what runs on 3.9, what ships."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import resources
from engine.model import Interpreter

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "engine"

STORY = (
    ("errors", "model", "units", "durations", "naming", "resources", "interrupts"),
    ("selection", "serial"),
    ("document",),
    ("schema",),
    ("kernel",),
    ("scenario",),
    ("override", "scaffold"),
    ("plan",),
    ("spawn", "topology", "request"),
    ("interpreter", "host", "reply"),
    ("contamination", "profile"),
    ("runner", "instrument", "journal", "importing"),
    ("baseline", "publish"),
    ("stats",),
    ("analysis",),
    ("calibration",),
    ("figure", "page"),
    ("report",),
    ("export", "dashboard"),
    ("progress",),
    ("cli",),
    ("manual",),
)
"""The rooms from top to bottom (ground, intake, plan, run, judge, show): a module imports only from rows above its own,
or from its own room."""

CHILD = "child"
"""The room of what runs in the interpreters that are measured: imports nothing of ours, is imported by nobody."""

ONE_DOOR = {
    "yaml": {"document"},
    "jsonschema": {"schema"},
    "regex": {"schema"},
    "subprocess": {"spawn"},
    "cattrs": {"serial"},
    "tabulate": {"report"},
    "rich": {"progress"},
    "numpy": {"stats", "analysis", "calibration"},
    "scipy": {"stats", "calibration"},
    "filelock": {"journal", "host", "interpreter"},
    "matplotlib": {"figure"},
    "jinja2": {"page"},
    "argcomplete": {"cli"},
}
"""Libraries and the rooms that may import them."""

REFUSED = {"utils", "helpers", "common", "base", "manager", "misc", "core"}


def modules() -> list[Path]:
    return sorted(path for path in ENGINE.rglob("*.py") if "_shipped" not in path.parts)


def room(path: Path) -> str:
    return path.relative_to(ENGINE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "engine":
                yield from (f"engine.{name.name}" for name in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_imports_run_downwards_only(path: Path) -> None:
    rank = {name: number for number, row in enumerate(STORY) for name in row}
    here = room(path)
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("engine.")} - {"__version__", here}
    if here == CHILD:
        assert not ours
        return
    if here in {"__init__", "__main__"}:
        assert ours <= {"cli"}
        return
    assert here in rank, f"{here} has no place in the story: give it one"
    assert CHILD not in ours, "the child is run, never imported"
    upward = {name for name in ours if rank[name] >= rank[here]}
    assert not upward, f"{here} may not import {sorted(upward)}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_each_library_has_one_door(path: Path) -> None:
    used = {name.partition(".")[0] for name in imports(path)}
    wrong = {name for name, rooms in ONE_DOOR.items() if name in used and room(path) not in rooms}
    assert not wrong


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not {path.stem for path in modules()} & REFUSED


def test_no_module_is_too_long_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): count for path in modules() if (count := len(path.read_text().splitlines())) > 350
    }
    assert not long


def test_a_start_imports_nothing_heavy() -> None:
    heavy = (
        "numpy",
        "scipy",
        "jsonschema",
        "regex",
        "matplotlib",
        "yaml",
        "rich",
        "cattrs",
        "python_discovery",
        "jinja2",
    )
    program = f"import sys, engine.cli; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_validating_a_scenario_imports_no_numbers() -> None:
    program = (
        "import sys; from engine.cli import outcome\n"
        "code = outcome(['validate', 'gil/contention'])\n"
        "print(code, [name for name in ('numpy', 'scipy', 'regex', 'rich', 'python_discovery') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_what_runs_in_the_child_compiles_on_every_version(python: Interpreter) -> None:
    children = sorted((ENGINE / CHILD).glob("*.py")) + sorted(resources.kernels().glob("*.py"))
    program = "import sys; [compile(open(p, encoding='utf-8').read(), p, 'exec') for p in sys.argv[1:]]"
    subprocess.run([python.executable, "-I", "-c", program, *map(str, children)], check=True)


@pytest.mark.slow
def test_a_wheel_has_the_kernels_the_scenarios_and_the_schema(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("fteng-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = [*(ROOT / "kernels").glob("*.py"), *(ROOT / "scenarios").rglob("*.yaml"), ROOT / "schema.json"]
    assert {f"engine/_shipped/{path.relative_to(ROOT)}" for path in shipped} <= names
    assert not {name for name in names if name.startswith("tests/")}
