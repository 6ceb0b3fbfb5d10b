"""Finding interpreters: real ones are asked, and scripts stand in for candidates that this machine need not have."""

from __future__ import annotations

import ast
import json
import os
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from engine import interpreter
from engine.errors import InterpreterError
from engine.interpreter import facts
from engine.model import Interpreter
from engine.spawn import command

TOLD = """
import json, sys, sysconfig
print(json.dumps([sys.version.split()[0], bool(sysconfig.get_config_var("Py_GIL_DISABLED"))]))
"""
MADE_UP: dict[str, Any] = {
    name: value
    for name, value in asdict(Interpreter(spec="", executable="", version="3.98.0", compiler="GCC 14")).items()
    if name not in facts.NAMES
}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fteng's own folder and its cache, both empty and of this test only."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("FTENG_INTERPRETERS", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text + "\n")
    path.chmod(0o755)
    return path


def candidate(path: Path, **changed: Any) -> Path:
    """A program that answers as an interpreter with these facts would."""
    return script(path, f"echo '{json.dumps(MADE_UP | changed)}'")


def test_an_interpreter_is_what_it_says_of_itself(python: Interpreter) -> None:
    version, free_threaded = json.loads(command([python.executable, "-c", TOLD]).out)
    assert (python.version, python.free_threaded) == (version, free_threaded)
    assert python.gil_option == free_threaded
    assert python.implementation == "CPython"
    assert python.compiler
    assert python.machine == os.uname().machine
    assert "/" not in python.config_args + python.cflags, "facts name no place of this machine"


def test_a_version_means_the_default_build_and_t_the_free_threaded_one(either: Interpreter) -> None:
    assert either.free_threaded == either.spec.endswith("t")
    assert either.version.startswith("3.13.")


def test_a_whole_version_finds_just_that_one(either: Interpreter) -> None:
    spec = either.version + "t" * either.free_threaded
    (found,), missing = interpreter.find([spec])
    assert (found, missing) == (replace(either, spec=spec), ())


def test_a_free_threaded_build_tells_that_it_has_the_gil_option(free_threaded: Interpreter) -> None:
    assert free_threaded.gil_option
    assert command([free_threaded.executable, "-X", "gil=1", "-c", "pass"]).returncode == 0


def test_what_is_missing_comes_with_the_command_that_installs_it(own: Path) -> None:
    candidate(own / "3.98.0" / "bin" / "python3")
    found, (version, free_threaded) = interpreter.find(["3.97", "3.98t"])
    assert found == ()
    assert (version.spec, version.hint) == ("3.97", "fteng interpreters install 3.97")
    assert "3.97" in version.reason
    assert free_threaded.hint == "fteng interpreters install 3.98t"
    assert "there is 3.98.0" in free_threaded.reason


@pytest.mark.parametrize(
    "spec", ["", "3", "3.x", "pythn", "python3.13", "3.13.t", "3.13tt", "3.13.5.1", "-3.13", " 3.13"]
)
def test_a_word_that_is_no_spec_is_answered_with_the_forms(spec: str) -> None:
    with pytest.raises(InterpreterError, match=r'names no interpreter; give a version \("3.13"'):
        interpreter.find(["3.13", spec])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("2.7", "too old"),
        ("3.8", "3.9 and newer"),
        ("3.8.18", "3.9 and newer"),
        ("3.12t", "free-threaded builds from 3.13"),
    ],
)
def test_a_version_that_fteng_cannot_use_is_refused(spec: str, message: str) -> None:
    with pytest.raises(InterpreterError, match=message):
        interpreter.find([spec])


def test_a_path_is_taken_as_it_is_given(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = own.parent
    candidate(home / "one" / "python")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home / "one")
    for spec in ("./python", "~/one/python", str(home / "one" / "python"), "../one/python"):
        (found,), _ = interpreter.find([spec])
        assert found.spec == spec
        assert found.executable == str(home / "one" / "python")


def test_a_virtual_environment_is_an_interpreter_of_its_own(own: Path) -> None:
    place = own.parent / "venv"
    venv.create(place, symlinks=True)
    base, folder, inside = (
        interpreter.find([str(path)])[0][0]
        for path in (Path(sys.executable).resolve(), place, place / "bin" / "python")
    )
    assert folder.executable == inside.executable == str(place / "bin" / "python")
    assert inside.virtual
    assert not base.virtual
    said = command([inside.executable, "-c", "import sys; print(sys.prefix)"]).out.strip()
    assert said == str(place), "the link is not followed, or the environment's packages would be lost"


def no_python(folder: Path) -> dict[str, tuple[Path, str]]:
    """Paths that name no interpreter fteng can use, and what is said of each."""
    (folder / "text").write_text("no program")
    (folder / "empty").mkdir()
    old = 'case "$1" in -V) echo "Python 2.7.18" >&2;; *) echo "Unknown option: -I" >&2; exit 2;; esac'
    broken = 'case "$1" in -V) echo "Python 3.13.1";; *) echo "No module named encodings" >&2; exit 1;; esac'
    return {
        "absent": (folder / "absent", "no such file"),
        "a folder": (folder / "empty", "no such file"),
        "a text": (folder / "text", "not executable"),
        "ls": (Path("/bin/ls"), "is no Python"),
        "true": (Path("/bin/true"), "is no Python"),
        "Python 2": (script(folder / "python2", old), r"is Python 2\.7\.18; fteng measures CPython 3\.9"),
        "a broken one": (script(folder / "broken", broken), r"is Python 3\.13\.1; it is broken"),
        "3.8": (candidate(folder / "python3.8", version="3.8.18"), r"is Python 3\.8\.18; fteng measures"),
        "PyPy": (candidate(folder / "pypy", implementation="PyPy", version="3.10.14"), r"is PyPy 3\.10\.14"),
        "half facts": (script(folder / "half", """echo '{"version": "3.13.0"}'"""), "is no Python"),
        "a crash": (script(folder / "crash", "kill -SEGV $$"), "is no Python"),
    }


@pytest.mark.parametrize(
    "name",
    ["absent", "a folder", "a text", "ls", "true", "Python 2", "a broken one", "3.8", "PyPy", "half facts", "a crash"],
)
def test_a_path_that_is_no_usable_python_is_one_clear_message(name: str, own: Path) -> None:
    path, message = no_python(own.parent)[name]
    with pytest.raises(InterpreterError, match=message) as caught:
        interpreter.find([str(path)])
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_candidate_that_hangs_is_given_up(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "PATIENCE", 0.2)
    hanging = script(own / "3.98.0" / "bin" / "python3", "sleep 600")
    assert interpreter.find(["3.98"])[0] == ()
    with pytest.raises(InterpreterError, match="gave no answer"):
        interpreter.find([str(hanging)])


def test_ftengs_own_interpreter_comes_first(own: Path, default_build: Interpreter) -> None:
    wrapper = script(own / "mine" / "bin" / "python3", f'exec "{default_build.executable}" "$@"')
    (found,), _ = interpreter.find(["3.13"])
    assert found == replace(default_build, executable=str(wrapper))


def test_an_installation_in_the_making_is_not_found(own: Path) -> None:
    candidate(own / ".3.98.0" / "bin" / "python3")
    assert [missing.spec for missing in interpreter.find(["3.98"])[1]] == ["3.98"]


def test_every_version_of_pyenv_is_found_not_only_the_active_one(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = own.parent / "pyenv"
    for patch in (1, 2):
        candidate(root / "versions" / f"3.98.{patch}" / "bin" / f"python3.9{patch}", version=f"3.98.{patch}")
    monkeypatch.setenv("PYENV_ROOT", str(root))
    found, missing = interpreter.find(["3.98", "3.98.1", "3.98.2"])
    assert [one.version for one in found] == ["3.98.2", "3.98.1", "3.98.2"]
    assert not missing


@pytest.fixture
def family(own: Path) -> Path:
    """Several builds of one minor version."""
    builds = {
        "a": {"version": "3.98.0"},
        "b": {"version": "3.98.1rc1"},
        "c": {"version": "3.98.2", "debug": True},
        "d": {"version": "3.98.5", "free_threaded": True},
        "e": {"version": "3.98.0", "optimized": True},
        "f": {"version": "3.98.0a3"},
    }
    for name, changed in builds.items():
        candidate(own / name / "bin" / "python3", **changed)
    return own


def test_the_newest_patch_level_that_is_no_debug_build_is_preferred(family: Path) -> None:
    (default, free_threaded, zero), _ = interpreter.find(["3.98", "3.98t", "3.98.0"])
    assert default.version == "3.98.1rc1"
    assert free_threaded.version == "3.98.5"
    assert zero.optimized, "of two with the same version the optimised one"


def test_each_interpreter_is_called_by_the_shortest_spec_that_finds_it(family: Path) -> None:
    named = {Path(one.executable).parent.parent.name: one.spec for one in interpreter.every() if "3.98" in one.version}
    path = str(family / "a" / "bin" / "python3")
    assert named == {"a": path, "b": "3.98", "c": "3.98.2", "d": "3.98t", "e": "3.98.0", "f": "3.98.0a3"}


def test_everything_that_is_listed_can_be_named(family: Path) -> None:
    listed = interpreter.every()
    assert interpreter.find([one.spec for one in listed]) == (listed, ())
    assert len({Path(one.executable).resolve() for one in listed}) == len(listed)
    assert all(one.implementation == "CPython" for one in listed)


def counting(path: Path, counter: Path) -> Path:
    return script(path, f"echo asked >> '{counter}'; echo '{json.dumps(MADE_UP)}'")


def test_an_interpreter_is_asked_again_only_when_it_has_changed(own: Path) -> None:
    counter = own.parent / "counter"
    python = counting(own.parent / "python", counter)
    first = interpreter.find([str(python)])
    assert interpreter.find([str(python)]) == first
    assert counter.read_text().count("asked") == 1
    status = python.stat()
    os.utime(python, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
    assert interpreter.find([str(python)]) == first
    assert counter.read_text().count("asked") == 2


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"version": 3}', "\x00\xff", "[" * 100_000, json.dumps(MADE_UP | {"lto": 1})]
)
def test_a_damaged_cache_is_asked_around_and_mended(own: Path, damage: str) -> None:
    counter = own.parent / "counter"
    python = counting(own.parent / "python", counter)
    first = interpreter.find([str(python)])
    (entry,) = (own.parent / "cache" / "fteng" / "facts").iterdir()
    entry.write_text(damage, "latin-1")
    assert interpreter.find([str(python)]) == first
    assert interpreter.find([str(python)]) == first
    assert counter.read_text().count("asked") == 2


def test_without_a_place_for_the_cache_everything_still_works(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own.parent / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(own.parent / "file"))
    candidate(own / "3.98.0" / "bin" / "python3")
    assert interpreter.find(["3.98"])[0][0].version == "3.98.0"
    assert len(interpreter.every()) >= 2


def test_many_may_fill_the_cache_at_the_same_time(own: Path) -> None:
    python = candidate(own.parent / "python")
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: interpreter.find([str(python)]), range(24)))
    assert len(answers) == 1
    assert [path.suffix for path in (own.parent / "cache" / "fteng" / "facts").iterdir()] == [".json"]


def test_what_a_candidate_prints_at_its_start_spoils_no_output(
    own: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, default_build: Interpreter
) -> None:
    script(own.parent / "bin" / "python3", f"echo hello; echo hello >&2; exec '{default_build.executable}' \"$@\"")
    monkeypatch.setenv("PATH", str(own.parent / "bin"), prepend=os.pathsep)
    interpreter.every()
    assert capfd.readouterr() == ("", "")


def test_the_probe_is_valid_on_python_3_6() -> None:
    ast.parse(facts.PROBE.read_text(), feature_version=(3, 6))


def built(spec: str, **facts_: Any) -> Interpreter:
    version = facts_.pop("version", "3.13.5")
    return Interpreter(
        spec=spec, executable=f"/{spec}", version=version, compiler=facts_.pop("compiler", "GCC 14"), **facts_
    )


def test_builds_that_are_alike_are_compared_without_a_warning() -> None:
    assert interpreter.build_warnings([]) == ()
    assert interpreter.build_warnings([built("3.13", optimized=True), built("3.13t", optimized=True)]) == ()
    assert interpreter.build_warnings([built("3.13", lto=True), built("3.13", lto=True)]) == ()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"optimized": True}, "3.13 is built with profile-guided optimisation (PGO), 3.13t and 3.14t are not"),
        ({"lto": True}, "link-time optimisation"),
        ({"jit": True}, "JIT"),
        ({"shared": True}, "shared libpython"),
        ({"debug": True}, "3.13: a debug build, several times slower"),
        ({"version": "3.13.0"}, "CPython 3.13 at different patch levels (3.13 is 3.13.0, 3.13t is 3.13.5)"),
        ({"compiler": "Clang 18"}, "different compilers (3.13 by Clang 18; 3.13t and 3.14t by GCC 14)"),
    ],
)
def test_a_difference_between_builds_is_told_with_what_it_does(changed: dict[str, Any], words: str) -> None:
    (warning,) = interpreter.build_warnings(
        [built("3.13", **changed), built("3.13t"), built("3.14t", version="3.14.0")]
    )
    assert words in warning


def test_a_debug_build_is_told_even_if_all_are() -> None:
    (warning,) = interpreter.build_warnings([built("3.13", debug=True), built("3.13t", debug=True)])
    assert warning.startswith("3.13 and 3.13t: a debug build")


def test_every_text_that_names_no_interpreter_is_told_of_at_once() -> None:
    with pytest.raises(InterpreterError) as caught:
        interpreter.find(["snake", "3.13", "/no/such/python", "~no_such_user_of_fteng/python", "/" + "x" * 300, "2.7"])
    lines = str(caught.value).splitlines()
    assert [line.split()[0].strip("':") for line in lines] == [
        "snake", "/no/such/python", "~no_such_user_of_fteng/python", "/" + "x" * 300, "2.7",
    ]  # fmt: skip
