"""Wheel and source distribution as a user has them: built, installed where nothing was, used in an empty folder."""

from __future__ import annotations

import csv
import email
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from engine import __version__, resources

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")


def test_the_versions_that_are_named_are_the_ones_that_are_tested() -> None:
    named = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if " :: Python :: 3." in line}
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    tested = workflow["jobs"]["tests"]["strategy"]["matrix"]["python"]
    assert named == set(tested) == set(SUPPORTED)
    assert PROJECT["requires-python"] == f">={SUPPORTED[0]}"


def run(*words: str | Path, cwd: Path = ROOT, code: int = 0, **environment: str) -> str:
    """What a command prints; it must end with `code`."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel that is built from the source distribution that is built from a copy of the checkout."""
    return build(tmp_path_factory.mktemp("dist"))


def build(folder: Path) -> tuple[Path, Path]:
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists():
        pytest.skip("uv is not installed beside this Python; to have it: pip install -e '.[install]'")
    run(uv, "build", "--quiet", "--python", sys.executable, "--out-dir", folder, ROOT)
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, source


def shipped() -> Iterator[str]:
    """Every file of the package, by its path in a wheel."""
    for path in (ROOT / "engine").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(ROOT))
    for path in [*(ROOT / "kernels").glob("*.py"), *(ROOT / "scenarios").rglob("*.yaml"), ROOT / "schema.json"]:
        yield f"engine/_shipped/{path.relative_to(ROOT)}"


@pytest.mark.slow
class TestBuilt:
    def test_the_wheel_is_the_package_and_nothing_else(self, built: tuple[Path, Path]) -> None:
        wheel, _ = built
        with zipfile.ZipFile(wheel) as archive:
            names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert names == set(shipped())
        assert "engine/py.typed" in names

    def test_its_metadata_are_whole(self, built: tuple[Path, Path]) -> None:
        wheel, _ = built
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if ".dist-info/" in name]
            told = email.message_from_bytes(archive.read(next(name for name in names if name.endswith("/METADATA"))))
        assert any(name.endswith("/licenses/LICENSE") for name in names)
        assert (told["Name"], told["Version"], told["License-Expression"]) == ("fteng", __version__, "MIT")
        assert told["Description-Content-Type"] == "text/markdown"
        assert told.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
        assert set(told.get_all("Provides-Extra", [])) == set(PROJECT["optional-dependencies"])
        assert told.get_all("Classifier") == PROJECT["classifiers"]

    def test_the_source_distribution_has_what_builds_and_tests_it(self, built: tuple[Path, Path]) -> None:
        _, source = built
        with tarfile.open(source) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        wanted = {"pyproject.toml", "schema.json", "Makefile", "mkdocs.yml", "action.yml", "LICENSE", "README.md"}
        wanted |= {".github/workflows/ci.yml", "docs/index.md", "tests/conftest.py", "kernels/empty_loop.py"}
        assert wanted <= names
        assert not [name for name in names if name.startswith((".venv", "site/", "dist/")) or name.endswith(".pyc")]

    def test_the_same_source_makes_the_same_bytes(self, built: tuple[Path, Path], tmp_path: Path) -> None:
        again = build(tmp_path)
        assert [path.read_bytes() for path in again] == [path.read_bytes() for path in built]


@pytest.fixture(scope="module", params=["wheel", "source", "wheel[plot]"])
def installed(
    request: pytest.FixtureRequest, built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The command, installed by pip in an environment that had nothing."""
    folder = tmp_path_factory.mktemp("environment")
    what = f"{built[request.param == 'source']}{'[plot]' if 'plot' in request.param else ''}"
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", what)
    return folder / "bin" / "fteng"


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("default_build", "free_threaded")
def test_it_runs_a_shipped_scenario_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "empty").mkdir()

    def fteng(*words: str, code: int = 0) -> str:
        return run(installed, *words, cwd=tmp_path / "empty", code=code, TMPDIR=str(tmp_path / "locks"))

    assert fteng("--version").strip() == f"fteng {__version__}"
    assert "gil/contention" in fteng("list", "scenarios")
    assert "empty_loop" in fteng("list", "kernels")
    shown = fteng("validate", *(str(path) for path in sorted(resources.scenarios().glob("gil/*.yaml"))))
    assert "fault" not in shown
    fteng("run", "gil/contention", "--fast", "--time-limit", "20s", "--output", "result", "--seed", "1")
    page = fteng("report", "result", "--format", "html")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert ("<svg" in page) == has_matplotlib(installed)
    with (tmp_path / "empty" / "result" / "report.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["interpreter"] for row in rows} >= {"3.13", "3.13t"}
    fteng("new", "scenario", "mine")
    fteng("validate", "mine.yaml")
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == ["mine.yaml", "result"]


def has_matplotlib(command: Path) -> bool:
    program = "import importlib.util as u; print(u.find_spec('matplotlib') is not None)"
    return run(command.parent / "python", "-c", program).strip() == "True"


@pytest.mark.slow
def test_uv_installs_it_as_a_tool(built: tuple[Path, Path], tmp_path: Path) -> None:
    folders = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    uv = Path(sys.executable).parent / "uv"
    run(uv, "tool", "install", "--quiet", "--python", sys.executable, built[0], **folders)
    assert run(tmp_path / "bin" / "fteng", "--version").strip() == f"fteng {__version__}"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_hook_finds_a_fault_before_a_commit(tmp_path: Path) -> None:
    """`pre-commit try-repo` installs fteng from a clone of this repository and runs the hook on what is staged."""
    program = shutil.which("pre-commit")
    if program is None or not (ROOT / ".git").exists():
        pytest.skip("no pre-commit on PATH, or no git checkout; to have it: uv tool install pre-commit")
    here = tmp_path / "project"
    (here / "scenarios").mkdir(parents=True)
    good = (resources.scenarios() / "gil" / "contention.yaml").read_text(encoding="utf-8")
    (here / "scenarios" / "good.yaml").write_text(good)
    (here / "other.yaml").write_text("no: scenario\n")
    git = ("git", "-c", "safe.directory=*", "-C", here)
    run(*git, "init", "--quiet")
    run(*git, "add", ".")
    try_it = [program, "try-repo", str(ROOT), "fteng-validate", "--verbose"]
    caches = {"PRE_COMMIT_HOME": str(tmp_path / "cache")}
    assert "Passed" in run(*try_it, cwd=here, **caches)
    (here / "scenarios" / "bad.yaml").write_text(good.replace("kernel:", "kernal:"))
    run(*git, "add", ".")
    said = run(*try_it, cwd=here, code=1, **caches)
    assert "scenarios/bad.yaml:" in said
    assert "did you mean" in said
