"""TAB, in the real shells: what bash, zsh and fish show for a line that is begun."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine import journal, report
from engine.cli.arguments import parser
from engine.cli.arguments.grammar import leaves
from engine.cli.completion import COMPLETERS, folders, script

ROOT = Path(__file__).resolve().parent.parent

SCENARIO = """title: Mine
question: What?
kernel: ./mine.py
tags: [draft, slow]
"""
KERNEL = """PARAMS = {"colour": {"type": "string", "enum": ["red", "blue green"], "description": "which"}}\n"""

CASES = {
    "fteng re": {"report"},
    "fteng inter": {"interpreters"},
    "fteng interpreters ": {"list", "install"},
    "fteng interpreters install 3.13": {"3.13t", "3.13"},
    "fteng help interpreters i": {"install"},
    "fteng doctor --st": {"--strict"},
    "fteng run --thr": {"--threads"},
    "fteng run gil/": {"gil/contention", "gil/counter_increment", "gil/lock_patterns", "gil/shared_dict"},
    "fteng run mi": {"mine.yaml"},
    "fteng run sub/": {"sub/other.yaml"},
    "fteng run --fast gil/cont": {"gil/contention"},
    "fteng run gil/contention -p ": {"work="},
    "fteng run mine.yaml -p col": {"colour="},
    "fteng run mine.yaml --tag ": {"draft", "slow"},
    "fteng run --threads 1,c": {"1,cpus", "1,cpus/2", "1,cpus*2"},
    "fteng run --gil default,": {"default,on", "default,off"},
    "fteng run --python 3.9": {"3.97t"},
    "fteng run --resume ": {"reports/begun"},
    "fteng report ": {"reports/begun", "reports/done"},
    "fteng report reports/done --format sc": {"scaling", "scorecard"},
    "fteng compare reports/done reports/b": {"reports/begun"},
    "fteng compare --baseline ": {"main", "main~1"},
    "fteng new k": {"kernel"},
    "fteng report 'unfinished quote": set(),
    "fteng run gil/contention --seed ": set(),
}
"""A line, with the cursor at its end -> the words that are shown."""

EQUALS = {"fteng run gil/contention -p work=": {"integer", "float", "call"}}
"""bash splits words at `=` and wants what follows it; the others want the whole word."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder, a PATH on which `fteng` is ours, and no home of anybody."""
    here = tmp_path_factory.mktemp("shell")
    (here / "mine.yaml").write_text(SCENARIO)
    (here / "mine.py").write_text(KERNEL)
    (here / "sub").mkdir()
    (here / "sub" / "other.yaml").write_text("title: [broken\n")
    for name, end in (("begun", '{"kind":"stop"}'), ("done", '{"kind":"end","crc32":"0"}')):
        path = here / "reports" / name / journal.FILE
        path.parent.mkdir(parents=True)
        path.write_text(f'{{"kind":"header"}}\n{end}\n')
        os.utime(path, (1000, 1000 if name == "done" else 2000))
    for name in ("main", "main~1"):
        (here / "reports" / "baselines" / name).mkdir(parents=True)
        (here / "reports" / "baselines" / name / journal.FILE).write_text("")
    (here / "bin").mkdir()
    command = here / "bin" / "fteng"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m engine "$@"\n')
    command.chmod(0o755)
    (here / "bin" / "python3.97t").symlink_to(sys.executable)
    return here


def environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYENV_ROOT": str(folder),
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
    }


def shell(name: str, folder: Path, text: str) -> str:
    program = shutil.which(name)
    if not program:
        pytest.skip(f"no {name} here; to have it: apt-get install {name}")
    plain = {"bash": ["--norc", "--noprofile"], "fish": ["--no-config"], "zsh": ["-f"]}[name]
    done = subprocess.run(
        [program, *plain, "-c", text],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == "", "a shell shows this in the middle of a line"
    return done.stdout


@pytest.fixture(scope="module")
def bash(folder: Path) -> dict[str, set[str]]:
    """What bash's own completion function finds for each line, all in one shell."""
    body = """
eval "$(fteng completion bash)"
try() {
    COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMPREPLY=()
    local function; function=$(complete -p fteng); function=${function##*-F }
    "${function%% *}" fteng
    printf '%s\\n' "${COMPREPLY[@]}" END
}
"""
    lines = [*CASES, *EQUALS]
    out = shell("bash", folder, body + "\n".join(f"try {_quoted(line)}" for line in lines))
    parts = [part.strip("\n").split("\n") for part in out.split("END\n")]
    return {
        line: {word.strip().replace("\\", "") for word in part} - {""} for line, part in zip(lines, parts, strict=False)
    }


@pytest.fixture(scope="module")
def fish(folder: Path) -> dict[str, set[str]]:
    """What fish completes for each line."""
    lines = [f"complete -C {_quoted(line)}; echo END" for line in CASES]
    out = shell("fish", folder, "fteng completion fish | source\n" + "\n".join(lines))
    parts = [part.strip("\n").split("\n") for part in out.split("END\n")]
    return {line: {word.split("\t")[0] for word in part} - {""} for line, part in zip(CASES, parts, strict=False)}


def _quoted(text: str) -> str:
    return '"' + text + '"'


@pytest.mark.parametrize("line", [*CASES, *EQUALS])
def test_bash_completes(line: str, bash: dict[str, set[str]]) -> None:
    assert bash[line] == (CASES | EQUALS)[line]


@pytest.mark.parametrize("line", CASES)
def test_fish_completes(line: str, fish: dict[str, set[str]]) -> None:
    assert fish[line] == CASES[line]


def test_zsh_completes_what_is_typed(folder: Path) -> None:
    """A real line editor on a terminal: TAB after the only word that fits writes it out."""
    program = shutil.which("zsh")
    if not program:
        pytest.skip("no zsh here; to have it: apt-get install zsh")
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(folder)
        os.execve(program, [program, "-f", "-i"], environment(folder))
    try:
        typed(terminal, "PS1='> '; autoload -Uz compinit; compinit -u -d ./zcompdump; echo READ''Y\n", "READY")
        typed(terminal, "eval \"$(fteng completion zsh)\"; echo LOADE''D\n", "LOADED")
        assert "fteng report" in typed(terminal, "fteng repo\t", "report")
        typed(terminal, "\x15\n", "> ")
        assert "gil/contention" in typed(terminal, "fteng run gil/cont\t", "contention")
        typed(terminal, "\x15\n", "> ")
        assert "begun" in typed(terminal, "fteng run --resume rep\t", "begun")
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def typed(terminal: int, text: str, until: str) -> str:
    """Type, and read until that appears."""
    os.write(terminal, text.encode())
    said, deadline = "", time.monotonic() + 60
    while until not in said:
        assert time.monotonic() < deadline, f"{until!r} does not appear: {said!r}"
        if select.select([terminal], [], [], 1)[0]:
            said += re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", os.read(terminal, 4096).decode(errors="replace"))
    return said


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_script_says_how_it_is_installed_and_is_one_that_the_shell_can_read(name: str, folder: Path) -> None:
    text = script(name)
    assert f"fteng completion {name}" in text
    assert (text.splitlines()[0] == "#compdef fteng") is (name != "fish")
    path = folder / f"script.{name}"
    path.write_text(text)
    assert shell(name, folder, f"{name} -n {path}") == ""


def answered(folder: Path, line: str, *options: str) -> subprocess.CompletedProcess[str]:
    """One TAB, without a shell."""
    return subprocess.run(
        [sys.executable, *options, "-m", "engine"],
        cwd=folder,
        env=environment(folder)
        | {
            "_ARGCOMPLETE": "1",
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
            "_ARGCOMPLETE_STDOUT_FILENAME": "found",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("line", ["fteng run gil/cont", "fteng run gil/contention -p w", "fteng run --tag "])
def test_a_tab_imports_nothing_that_takes_its_time(line: str, folder: Path) -> None:
    done = answered(folder, line, "-X", "importtime")
    assert (folder / "found").read_text()
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "argcomplete" in imported
    assert not imported & {"numpy", "scipy", "yaml", "jsonschema", "rich", "matplotlib", "python_discovery", "cattrs"}


def test_a_command_does_not_pay_for_it() -> None:
    program = "import sys, engine.cli as c; c.outcome(['list', 'kernels']); print('argcomplete' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "False"


def test_a_folder_that_cannot_be_read_and_a_broken_kernel_are_no_words(folder: Path) -> None:
    (folder / "broken.py").write_text("PARAMS = {")
    (folder / "broken.yaml").write_text("kernel: ./broken.py\n")
    done = answered(folder, "fteng run broken.yaml -p ")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (folder / "found").read_text() == ""
    for path in ("broken.py", "broken.yaml", "found"):
        (folder / path).unlink()


def test_every_completer_is_of_an_option_that_there_is() -> None:
    assert set(COMPLETERS) <= {action.dest for command in leaves(parser()) for action in command.actions()}


def test_what_completion_takes_for_granted_is_so() -> None:
    assert folders.JOURNAL == journal.FILE
    assert set(report.formats()) >= {"text", "csv"}
