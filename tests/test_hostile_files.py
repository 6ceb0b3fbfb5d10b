"""What is no ordinary scenario, kernel or interpreter: one message, an exit code, no traceback, no wait, little memory.

Made by the tests, since no repository can hold them; the texts of hostile scenarios are in data/invalid.
"""

from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import document, scenario
from engine.errors import LONGEST

DATA = Path(__file__).parent / "data"
HEAD = f"title: A case\nquestion: What is said of it?\nkernel: {DATA}/kernels/slots.py\n"

MEMORY = 2 << 30
"""Bytes of addresses that the command may take: a scenario that grows ends in a MemoryError, which is a traceback."""

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def fteng(tmp_path: Path) -> Command:
    """The command as it is installed, in a folder of its own, with a limit on memory and time."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    def call(*words: str | bytes | Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        (tmp_path / "locks").mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "engine", *words],
            cwd=tmp_path,
            env={
                **os.environ,
                "TMPDIR": str(tmp_path / "locks"),
                "PYTHONPATH": str(DATA.parent.parent),
                "OPENBLAS_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            preexec_fn=limited,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        for line in (done.stdout + done.stderr).splitlines():
            assert line.isprintable()
            assert len(line) < 5 * LONGEST
        return done

    return call


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one problem that `fteng validate` printed."""
    assert (done.returncode, done.stderr) == (1, "")
    problem, summary = done.stdout.splitlines()
    assert summary == "1 file checked: 1 file with faults"
    return problem


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere.yaml")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def linked_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 20)


def linked_memory(path: Path) -> None:
    path.symlink_to("/proc/self/mem")


def linked_log(path: Path) -> None:
    path.symlink_to("/proc/kmsg")


def folder(path: Path) -> None:
    (path / "deep.yaml").mkdir(parents=True)


TRICKS = {
    loop: "the file cannot be read: Too many levels of symbolic links",
    dangling: "there is no such file",
    pipe: "expected a file, found a device, pipe or socket",
    linked_device: "expected a file, found a device, pipe or socket",
    listening: "expected a file, found a device, pipe or socket",
    large: "the file is larger than 1024 KiB; is it the right file?",
    linked_memory: "the file cannot be read: Input/output error",
    linked_log: "the file cannot be read: ",
    folder: "expected a file, found a folder",
}
"""What makes it, and what is said of it."""


@pytest.mark.parametrize("make", TRICKS, ids=lambda make: make.__name__)
def test_what_is_no_ordinary_file_is_refused(fteng: Command, tmp_path: Path, make: Callable[[Path], None]) -> None:
    if make is linked_log and not Path("/proc/kmsg").exists():
        pytest.skip("there is no /proc/kmsg here")
    home = tmp_path / "files"
    home.mkdir()
    make(home / "case.yaml")
    done = fteng("validate", "files/case.yaml")
    if make in {loop, dangling}:  # not there, so the word may be a shipped name
        assert done.returncode == 2
        assert done.stderr.startswith("fteng: files/case.yaml: there is no such file, folder or shipped scenario")
        done = fteng("validate", "files")
    assert TRICKS[make] in refused(done)


def test_what_cannot_be_loaded_is_wrong_usage_of_run(fteng: Command, tmp_path: Path) -> None:
    pipe(tmp_path / "case.yaml")
    done = fteng("run", "case.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "fteng: case.yaml: expected a file, found a device, pipe or socket\n"


@pytest.mark.parametrize("make", [loop, dangling, pipe, linked_device, listening, large, linked_memory, linked_log])
def test_a_kernel_that_is_no_ordinary_file_is_refused(
    fteng: Command, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "kernel.py")
    (tmp_path / "case.yaml").write_text(HEAD.replace(f"{DATA}/kernels/slots.py", "./kernel.py"))
    assert "kernel.py" in refused(fteng("validate", "case.yaml"))


TEXTS = {
    "a megabyte": f"title: {'x' * 1_000_000}\n",
    "a megabyte in quotes": f"title: '{' ' * 1_000_000}'\n",
    "a megabyte of brackets": "[" * 1_000_000,
    "a megabyte of a comment": "#" + "x" * 1_000_000,
    "a megabyte of lines": "\n" * 1_000_000,
    "a megabyte of a tag": "!" + "x" * 1_000_000 + " a",
    "a megabyte of a key": HEAD + '? "' + "x" * 1_000_000 + '"\n: 1\n',
    "a hundred thousand brackets": "[" * 100_000 + "]" * 100_000,
    "a hundred thousand dashes": "- " * 100_000,
    "a hundred thousand braces": "{a: " * 100_000,
    "a hundred thousand questions": "? " * 100_000,
    "a hundred thousand spaces deep": "\n".join(" " * depth + "a:" for depth in range(400)),
    "a hundred thousand digits": HEAD + "matrix: {threads: " + "9" * 100_000 + "}\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_that_is_too_much_has_one_short_message(fteng: Command, tmp_path: Path, text: str) -> None:
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    problem = refused(fteng("validate", "case.yaml"))
    assert problem.startswith("case.yaml:")
    assert len(problem) < LONGEST


MANY = {
    "keys": HEAD + "".join(f"kernal{index}: 1\n" for index in range(4900)),
    "aliases": HEAD + "tags:\n" + "".join(f"- &a{index} x\n- *b{index}\n" for index in range(3000)),
    "tags": HEAD + f"tags: [{', '.join(f'{{a: {index}}}' for index in range(3000))}]\n",
    "values": HEAD + f"matrix: {{padding: [{', '.join(f'{index}, a{index}' for index in range(4500))}]}}\n",
    "unknown values": HEAD
    + f"matrix: {{padding: [{', '.join(str(8 * index) for index in range(500))}]}}\nexclude:\n"
    + f"- {{padding: [{', '.join(str(8 * index + 1) for index in range(4000))}]}}\n",
    "rules": HEAD
    + f"matrix:\n  threads: [{', '.join(map(str, range(1, 51)))}]\n"
    + f"  padding: [{', '.join(str(8 * n) for n in range(39))}]\nexclude:\n"
    + "".join(f"- {{threads: [{', '.join(map(str, range(2, 50)))}]}}\n" for _ in range(190)),
}  # fmt: skip


@pytest.mark.parametrize("text", MANY.values(), ids=MANY)
def test_thousands_of_faults_take_no_longer_than_thousands_of_lines(tmp_path: Path, text: str) -> None:
    """Processor time, and a bound far above what is needed: with all pairs compared, each takes minutes."""
    path = tmp_path / "case.yaml"
    path.write_text(text)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    scenario.check([path])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 20


@pytest.mark.slow
def test_ten_thousand_files_are_checked(fteng: Command, tmp_path: Path) -> None:
    home = tmp_path / "many"
    home.mkdir()
    for number in range(10_000):
        (home / f"{number:05}.yaml").write_text("title: a\nquestion: b\n")
    done = fteng("validate", "many", timeout=200)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("many/00000.yaml:1:1: the key kernel is missing")
    assert done.stdout.splitlines()[-1] == "10,000 files checked: 10,000 files with faults"


@pytest.fixture
def circle(tmp_path: Path) -> Path:
    """A folder with links to itself and its parent: followed, they multiply."""
    home = tmp_path / "circle"
    (home / "deep").mkdir(parents=True)
    for name in ("one.yaml", "deep/two.yaml"):
        (home / name).write_text(HEAD)
    for name in ("again", "more", "deep/up", "deep/top"):
        (home / name).symlink_to(home, target_is_directory=True)
    return home


@pytest.mark.timeout(60)
@pytest.mark.parametrize("word", ["circle", "circle/**/*.yaml", "**/*.yaml", "circle/**"])
def test_a_circle_of_links_is_gone_round_once(
    circle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert {path.name for path in scenario.find([word])} == {"one.yaml", "two.yaml"}
    assert len(scenario.find([word])) == 2


@pytest.mark.parametrize(
    "word", ["*.nothing", "**/*.nothing", "[", "[!", "***", "x" * 300 + "*", "\0*", "/**/no such/*.yaml", "{a,b}*"]
)
def test_a_pattern_that_matches_nothing_is_said_to(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(document.ScenarioError) as caught:
        scenario.find([word if "/**/" not in word else str(tmp_path) + word])
    assert len(caught.value.problems) == 1


def test_a_file_that_vanishes_between_finding_and_reading_is_said_to(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(HEAD)
    paths = scenario.find([str(path)])
    path.unlink()
    assert [problem.message for problem in scenario.check(paths)] == ["there is no such file"]


def test_a_file_that_becomes_a_pipe_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at it and its opening; the look is the real one of another file."""
    path, other = tmp_path / "case.yaml", tmp_path / "other.yaml"
    os.mkfifo(path)
    other.write_text(HEAD)
    look = Path.stat
    monkeypatch.setattr(Path, "stat", lambda self, **how: look(other if self == path else self, **how))
    (problem,) = scenario.check([path])
    assert problem.message == "expected a file, found a device, pipe or socket"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_kernel_and_folder_are_said_to_be_so(fteng: Command, tmp_path: Path) -> None:
    shutil.copy(DATA / "kernels" / "slots.py", tmp_path / "kernel.py")
    (tmp_path / "kernel.py").chmod(0)
    (tmp_path / "case.yaml").write_text(HEAD.replace(f"{DATA}/kernels/slots.py", "./kernel.py"))
    assert "Permission denied" in refused(fteng("validate", "case.yaml"))


@pytest.mark.parametrize("name", [b"a\nb.yaml", b"\x1b[31m.yaml", b"\xff.yaml", "a\u202eb.yaml".encode()])
def test_a_name_that_cannot_be_shown_is_refused(fteng: Command, tmp_path: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(HEAD)
    assert "the name of the file holds characters that cannot be shown; rename it" in refused(fteng("validate", name))


def test_a_kernel_whose_name_cannot_be_shown_is_refused(fteng: Command, tmp_path: Path) -> None:
    shutil.copy(DATA / "kernels" / "slots.py", tmp_path / "bad\u3164 \u2067name.py")
    (tmp_path / "case.yaml").write_text(HEAD.replace(f"{DATA}/kernels/slots.py", '"./bad\u3164 \\u2067name.py"'))
    assert "case.yaml:3:9: kernel: " in refused(fteng("validate", "case.yaml"))


@pytest.mark.parametrize(
    "words",
    [
        ["\x1b[31m.yaml"], ["a\nb"], [b"\xff\xfe"], ["--threads", "\x1b[31m"], ["-p", "\x1b]0;x\x07"], ["-p", "\n=1"],
        ["--python", "~no_such_user/\x1b[31m"], ["--python", "/" + "x" * 500], ["--python", "/\x9b31m"],
        ["--invocations", "9" * 5000], ["--precision", "1e999%"], ["--seed", "1\x1b"], ["-k", "\x1b[31m"],
    ],
)  # fmt: skip
def test_no_word_of_the_command_line_gets_to_the_terminal_as_it_is(fteng: Command, words: list[str | bytes]) -> None:
    done = fteng("plan", *([] if len(words) == 1 else [DATA / "valid" / "least.yaml"]), *words)
    assert done.returncode == 2
    assert done.stderr


@pytest.fixture
def impostors(tmp_path: Path) -> dict[str, str]:
    """Programs that are no Python, and what is said of each."""
    scripts = {
        "hangs": ("exec sleep 1000", "gave no answer within 10 s; is it a Python?"),
        "floods": ("exec yes 'a line of an endless text'", ""),
        "floods_errors": ("exec yes 'a line of an endless text' >&2", ""),
        "lies": ("echo '{\"version\": 1}'", "is no Python; give the path of one"),
        "lies_colourfully": ("printf '\\033[31mPython 2.7.18\\033[0m\\n'", "is no Python; give the path of one"),
        "fails": ("exit 3", "is no Python; give the path of one"),
        "dies": ("kill -SEGV $$", "is no Python; give the path of one"),
    }
    said = {}
    for name, (line, message) in scripts.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
        said[f"./{name}"] = message
    (tmp_path / "not_executable").write_text("x")
    (tmp_path / "empty_folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\x7fELF" + bytes(100))
    (tmp_path / "binary").chmod(0o755)
    loop(tmp_path / "loop")
    pipe(tmp_path / "pipe")
    said |= {
        "./not_executable": "is not executable",
        "./empty_folder": "there is no such file",
        "./loop": "there is no such file",
        "./pipe": "is not executable",
        "./binary": "cannot start",
        "/bin/sh": "is no Python; give the path of one",
        "/dev/null": "is not executable",
        "~no_such_user_of_fteng/python": "there is no such file",
        "/" + "x" * 300: "there is no such file",
    }
    return said


@pytest.mark.slow
def test_each_impostor_of_an_interpreter_has_one_line(
    fteng: Command, tmp_path: Path, impostors: dict[str, str]
) -> None:
    (tmp_path / "case.yaml").write_text(HEAD + f"interpreters: [{', '.join(map(repr, impostors))}]\n")
    done = fteng("run", "case.yaml", timeout=100)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert [line.split(": ", 1)[0] for line in lines] == list(impostors)
    for line, message in zip(lines, impostors.values(), strict=True):
        assert message in line
    assert not list((tmp_path / "locks").glob("tmp*"))
    assert not (tmp_path / "reports").exists()
