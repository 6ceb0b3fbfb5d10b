"""Help says what is so: every example works, every option is explained, every fault names the next command."""

from __future__ import annotations

import ast
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from engine import report, scenario
from engine.cli import colour, latest, outcome
from engine.cli.arguments import parser
from engine.cli.arguments.grammar import Grammar, leaves
from engine.cli.arguments.manual import manual
from engine.cli.arguments.texts import CODES, ENVIRONMENT, PAGES
from engine.cli.planning import overridden
from engine.journal import FILE
from engine.override import PRESETS

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = [command.prog for command in leaves(parser())]
EXAMPLES = [line for page in PAGES.values() for line, _ in page.examples]

SCENARIO = """title: Counting
question: Does it count?
kernel: cpu_contention
interpreters: [3.13]
matrix: {threads: 1, work: integer}
measure: {invocations: 3, iterations: 2, iteration_time: 2ms, time_limit: 60s, timeout: 20s}
claims:
  - {claim: It takes no time, metric: time, of: {threads: 1}, below: 1000}
  - {claim: It takes all day, metric: time, of: {threads: 1}, above: 1000}
"""


def command(name: str) -> Grammar:
    here = parser()
    for word in name.split()[1:]:
        here = dict(here.commands())[word]
    return here


def fteng(*words: str, cwd: Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if name not in {*ENVIRONMENT} - {"PATH", "XDG_DATA_HOME"}
    }
    return subprocess.run(
        [sys.executable, "-m", "engine", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=clean | {"PYTHONPATH": str(ROOT), "TMPDIR": str(cwd), "COLUMNS": "80"} | dict(environment or {}),
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_page_and_every_option_is_explained(name: str) -> None:
    page, grammar = PAGES[name], command(name)
    assert page.description.strip()
    assert any(name in line for line, _ in page.examples)
    assert set(page.codes) >= {0, 2}
    for action in [one for one in grammar.actions() if one.dest != "==SUPPRESS=="]:
        assert action.help, action.dest
        if action.default not in (None, False, [], "==SUPPRESS==") and action.option_strings:
            assert "default" in action.help, f"{action.option_strings} has a default that nobody is told of"
    found = manual(grammar)
    assert all(right for section in found.sections if section.title != "see also" for _, right in section.rows)


def test_there_is_no_page_without_a_command() -> None:
    assert set(PAGES) == {"fteng", *COMMANDS}


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_works(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    said = [words for words in _commands(line) if words[0] == "fteng"]
    assert said
    for words in said:
        asked = parser().parse_args(words[1:])
        named = [word for word in vars(asked).get("scenarios") or () if not word.startswith(("mine", "more/"))]
        loaded = scenario.load_all(scenario.find(named)) if named else ()
        if "parameters" in asked:
            assert len([overridden(one, asked) for one in loaded]) >= len(named)


def _commands(line: str) -> Iterator[list[str]]:
    """The commands of a shell's line."""
    if inner := re.search(r'"\$\((.*)\)"', line):
        line = inner[1]
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&>;")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word in {"|", "&&", ">", ";"}:
            yield words
            words = []
        else:
            words.append(word)
    yield words


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["fteng", *COMMANDS])
def test_a_page_fits_the_terminal(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = command(name).format_help()
    examples = {line for line, _ in PAGES[name].examples}
    wide = [line for line in text.splitlines() if len(line) > width and line.strip() not in examples]
    assert not wide
    assert text.startswith(f"usage: {name}")
    assert "\n\n\n" not in text


def test_help_of_a_command_is_the_same_both_ways(tmp_path: Path) -> None:
    asked, option = (
        fteng("help", "interpreters", "install", cwd=tmp_path),
        fteng("interpreters", "install", "-h", cwd=tmp_path),
    )
    assert (asked.returncode, option.returncode) == (0, 0)
    assert asked.stdout == option.stdout
    assert "fteng interpreters install 3.13t" in asked.stdout


def test_the_formats_of_a_report_are_those_that_there_are() -> None:
    sections = {section.title: dict(section.rows) for section in manual(command("fteng report")).sections}
    (said,) = (text for option, text in sections["options"].items() if option.startswith("--format"))
    assert set(re.findall(r"\w+", said.split("(")[0])) >= set(report.formats())


def test_the_presets_are_told_as_they_are() -> None:
    rows = {left: right for section in manual(command("fteng run")).sections for left, right in section.rows}
    for name, values in PRESETS.items():
        invocations = values["invocations"]
        assert f"{invocations['min']} to {invocations['max']} invocations" in rows[f"--{name}"]
        assert f"precision {values['precision']}" in rows[f"--{name}"]
        assert f"at most {values['time_limit']}" in rows[f"--{name}"]


def test_every_variable_that_is_read_is_told_of() -> None:
    read = {name for path in sorted((ROOT / "engine").rglob("*.py")) for name in _variables(path)}
    assert read >= {"NO_COLOR", "FTENG_INTERPRETERS", "PATH"}
    assert {name for name in read if not name.startswith("_")} <= set(ENVIRONMENT)


def _variables(path: Path) -> Iterator[str]:
    """Names that are asked of os.environ by a literal."""
    text = path.read_text(encoding="utf-8")
    if "environ" not in text:
        return
    asked = re.compile(r"os\.environ(?:\.get)?$|^told$|os\.getenv$")
    for node in ast.walk(ast.parse(text)):
        value, key = None, None
        if isinstance(node, ast.Call) and node.args:
            value, key = node.func, node.args[0]
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            value, key = node.value, node.slice
        if value is not None and isinstance(key, ast.Constant) and asked.search(ast.unparse(value)):
            yield str(key.value)


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    from engine import cli

    assert set(CODES) == {cli.DONE, cli.GATE, cli.USAGE, cli.FAILED, cli.BUG, cli.INTERRUPTED}


def test_the_files_of_a_result_are_called_as_they_are() -> None:
    assert latest.JOURNAL == FILE


FAULTS = {
    "": "fteng measures what Python without the GIL gains and costs. To start:",
    "rum gil/contention": "fteng: there is no command 'rum'; did you mean run?",
    "gil/contention": "fteng: there is no command 'gil/contention'; did you mean `fteng run gil/contention`?",
    "help rum": "fteng: there is no command 'rum'; did you mean run?",
    "interpreters instal 3.13t": "fteng interpreters: there is no command 'instal'; did you mean install?",
    "run": "fteng: name a scenario to run, for example `fteng run gil/contention`, or --resume DIR",
    "plan": "fteng plan: SCENARIO is missing; for example: fteng plan gil/contention",
    "run gil/contention --fats": "fteng run: there is no option --fats; did you mean --fast?",
    "run gil/contention --frobnicate=1": "fteng run: there is no option --frobnicate; `fteng help run` lists them",
    "run gil/contention --fast --rigorous": (
        "fteng run: argument --rigorous: not allowed with argument --fast; `fteng help run` has the options"
    ),
    "run gil/contention --seed": "fteng run: argument --seed: expected one argument; `fteng help run` has the options",
    "run gil/contention --seed -1": (
        "fteng run: argument --seed: expected a whole number of at least 0, found '-1'; "
        "`fteng help run` has the options"
    ),
    "run gil/contentoin": (
        "fteng: gil/contentoin: there is no such file, folder or shipped scenario; did you mean gil/contention?"
    ),
    "run zzz": (
        "fteng: zzz: there is no such file, folder or shipped scenario; `fteng list scenarios` lists the shipped ones"
    ),
    "run mine.py": (
        "fteng: mine.py: is Python, not a scenario; a scenario names its kernel, as in `kernel: ./mine.py`; "
        "`fteng new scenario mine` writes one to start from"
    ),
    "run reports/later": (
        "fteng: reports/later: is a result, not a folder of scenarios; `fteng report` shows it again"
    ),
    "run empty": "fteng: empty: the folder has no scenarios; they are files that end in .yaml or .yml",
    "run gil/contention --python 3.13,3.13t": (
        "fteng run: argument --python: one at a time; --python 3.13 --python 3.13t"
    ),
    "run gil/contention --python python3.13": (
        "fteng run: argument --python: versions have no name before them; --python 3.13"
    ),
    "run gil/contention -p wrok=integer": (
        "fteng: command line: -p wrok: neither an axis nor a parameter of the kernel cpu_contention; did you mean work?"
    ),
    "run gil/contention --baseline main": (
        "fteng: there is no baseline 'main', nor any other; save one with --save-baseline main"
    ),
    "report": "fteng report: DIR is missing; for example: fteng report reports/later",
    "report nowhere": (
        "fteng: nowhere: there is no such result; name a folder of `fteng run`, or its journal.jsonl; "
        "the latest here is reports/later"
    ),
    "report empty": (
        "fteng: empty: holds no journal.jsonl; name a result folder of `fteng run`; the latest here is reports/later"
    ),
    "report mine.yaml": (
        "fteng: mine.yaml: is no result, but a scenario: `fteng run` measures it; name a folder of `fteng run`; "
        "the latest here is reports/later"
    ),
    "report reports/later --format cvs": "fteng: there is no report format 'cvs'; did you mean csv?",
    "compare reports/later": "fteng: expected two results, or one and --baseline NAME, found 1: reports/later",
    "compare reports/later nowhere": (
        "fteng: nowhere: there is no such result; name a folder of `fteng run`, or its journal.jsonl; "
        "the latest here is reports/later"
    ),
    "compare a b --fail-on slower=5": None,
    "list": "fteng list: WHAT is missing; for example: fteng list scenarios",
    "list kernles": "fteng list: there is no 'kernles'; did you mean kernels?",
    "completion tcsh": "fteng completion: there is no 'tcsh'; known are bash, zsh, fish",
    "doctor now": "fteng doctor: 'now' is one word too many; `fteng help doctor` shows what goes where",
    "interpreters install 3.12t": "fteng: '3.12t' does not exist: CPython has free-threaded builds from 3.13 on",
}
"""Common mistakes -> the first line that is said of each; None where only its manners are looked at."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with two results, a scenario and a kernel."""
    here = tmp_path_factory.mktemp("user")
    (here / "mine.py").write_text('"""A kernel."""\n')
    (here / "mine.yaml").write_text(SCENARIO)
    (here / "empty").mkdir()
    for number, name in enumerate(("earlier", "later", "reference")):
        journal = here / "reports" / name / FILE
        journal.parent.mkdir(parents=True)
        journal.write_text("{}\n")
        os.utime(journal, (1000, 1000 + number % 2))
    return here


@pytest.mark.parametrize("words", FAULTS)
def test_a_mistake_is_one_message_that_says_what_to_do(
    words: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    try:
        code = outcome(words.split())
    except SystemExit as stop:
        code = stop.code  # type: ignore[assignment]
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert "Traceback" not in said.err
    lines = said.err.splitlines()
    assert len(lines) == 1 or not words
    if expected := FAULTS[words]:
        assert lines[0] == expected


def test_words_of_a_list_may_stand_among_options() -> None:
    asked = parser().parse_args(["run", "a.yaml", "--fast", "b.yaml", "-p", "x=1", "c.yaml"])
    assert asked.scenarios == ["a.yaml", "b.yaml", "c.yaml"]
    assert parser().parse_args(["compare", "before", "--changed", "after"]).results == ["before", "after"]


def test_what_a_user_types_is_written_out(folder: Path) -> None:
    done = fteng("run", "--\x1b[31mred", cwd=folder)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder with a real result of `fteng run --quiet`, and what that printed."""
    here = tmp_path_factory.mktemp("quiet")
    (here / "mine.yaml").write_text(SCENARIO)
    words = (
        "run",
        "mine.yaml",
        "-q",
        "-o",
        "result",
        "--save-baseline",
        "main",
        "--python",
        "3.13",
        "--python",
        "3.99",
    )
    return here, fteng(*words, cwd=here, environment={"PYTHON_GIL": "1"})


@pytest.fixture
def inside(
    quiet: tuple[Path, object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """A function that runs a command in that folder and in this process: its code, stdout and stderr."""
    monkeypatch.chdir(quiet[0])
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> tuple[int, str, str]:
        code = outcome(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestQuiet:
    def test_a_run_says_where_the_result_is_and_nothing_else(self, quiet) -> None:
        _, done = quiet
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        where, kept = done.stderr.splitlines()
        assert where.startswith("result: result (")
        assert kept == "baseline main saved"

    def test_a_gate_still_speaks(self, inside) -> None:
        code, out, err = inside("compare", "-q", "--baseline", "main", "result", "--fail-on", "inconclusive")
        assert out == ""
        assert err.startswith("inconclusive: ")
        assert code == (1 if "FAILED" in err else 0)

    def test_a_file_is_written_all_the_same(self, inside, quiet) -> None:
        assert inside("compare", "-q", "--baseline", "main", "result", "-o", "comparison.txt") == (0, "", "")
        assert "Geometric mean" in (quiet[0] / "comparison.txt").read_text()

    def test_what_is_right_needs_no_word_and_what_is_wrong_does(self, inside, quiet) -> None:
        assert inside("validate", "-q", "mine.yaml") == (0, "", "")
        (quiet[0] / "wrong.yaml").write_text("title: 1\n")
        code, out, _ = inside("validate", "-q", "wrong.yaml")
        assert code == 1
        assert all(line.startswith("wrong.yaml:") for line in out.splitlines())
        assert "there is no such result" in inside("report", "-q", "nowhere")[2]


def test_every_command_can_be_told_to_be_quiet() -> None:
    assert not [one.prog for one in leaves(parser()) if "--quiet" not in one.options() and not one.summaries()]


ESC = "\x1b"


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestColour:
    @pytest.mark.parametrize(
        ("variables", "coloured"),
        [
            ({"TERM": "xterm", "NO_COLOR": ""}, True),
            ({"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
            ({"TERM": "dumb"}, False),
        ],
    )
    def test_a_terminal_has_it_unless_somebody_says_no(self, quiet, variables: dict[str, str], coloured: bool) -> None:
        here, _ = quiet
        said = on_a_terminal("report", "result", cwd=here, environment=variables)
        assert ("[supported]" in said) is not coloured
        assert (f"[{ESC}[32msupported{ESC}[0m]" in said) is coloured
        assert (f"[{ESC}[31mrefuted{ESC}[0m]" in said) is coloured
        assert coloured or ESC not in said

    def test_a_pipe_has_it_only_where_asked_and_a_file_never(self, inside, quiet, monkeypatch) -> None:
        _, plain, _ = inside("report", "result")
        monkeypatch.setenv("FORCE_COLOR", "1")
        _, forced, _ = inside("report", "result")
        inside("report", "result", "-o", "report.txt")
        assert ESC not in plain
        assert ESC in forced
        assert re.sub(r"\x1b\[\d+m", "", forced) == plain
        assert (quiet[0] / "report.txt").read_text().rstrip("\n") == plain.rstrip("\n")

    @pytest.mark.parametrize(
        "variables", [pytest.param({"TERM": "xterm", "NO_COLOR": "1"}, marks=pytest.mark.slow), {"TERM": "dumb"}]
    )
    def test_progress_heeds_it_too(self, quiet, variables: dict[str, str]) -> None:
        here, _ = quiet
        said = on_a_terminal("run", "mine.yaml", "--invocations", "2", cwd=here, environment=variables)
        assert "done    mine: " in said
        folder = re.findall(r"^result: (\S+)", said, re.MULTILINE)[0]
        assert f"fteng report {folder}\r\n" in said
        assert not re.search(r"\x1b\[[\d;]*m", said), "a colour"
        assert variables["TERM"] != "dumb" or ESC not in said


def test_a_colour_needs_its_place() -> None:
    told = "  FAILED the supported title  slower  than\n[supported] [refuted] x\n"
    assert colour.VERDICTS.findall(told) == ["slower", "supported"]


def on_a_terminal(*words: str, cwd: Path, environment: Mapping[str, str]) -> str:
    """What the command prints, all its streams being a terminal."""
    ours, theirs = pty.openpty()
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "PYENV_ROOT", "XDG_DATA_HOME", "FTENG_INTERPRETERS")
        if name in os.environ
    }
    with subprocess.Popen(
        [sys.executable, "-m", "engine", *words],
        cwd=cwd,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "PYTHONPATH": str(ROOT), "TMPDIR": str(cwd), **environment},
        start_new_session=True,
    ):
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # Linux: EIO when the last writer has gone
                break
            if not part:
                break
            said += part
    os.close(ours)
    return said.decode()
