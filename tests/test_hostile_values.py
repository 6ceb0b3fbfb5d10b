"""What others wrote (scenario, kernel, journal, names, environment) is code to no shell, page, sheet or terminal."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import markdown_it
import pytest

from engine import journal, report, spawn
from engine.cli import outcome
from engine.cli.result import again, shell
from engine.model import Interpreter
from engine.serial import from_plain, to_plain

ROOT = Path(__file__).resolve().parent.parent

MOVES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp\u2066\u200b\r\x08"
"""Clears a screen, names a window, colours, turns the line around, goes back over it."""
HTML = "<script>alert(1)</script><!-- --> <img src=x onerror=alert(1)> &lt;b&gt;"
MARKDOWN = "[x](javascript:alert(1)) ![i](http://e.vil/i.png) [y]: http://e.vil `code` | *b* ~~s~~ $m$"
CALLS = "@octocat #1 https://e.vil www.e.vil a@e.vil <http://e.vil>"
FORMULA = "=HYPERLINK(1)"
MARK = "MARKED"
"""Stands where a hostile journal has MOVES: a scenario and a kernel that hold such letters are refused."""
ALL = f"{FORMULA} {MARK} {HTML} {MARKDOWN} {CALLS}"


def literal(text: str) -> str:
    """The text in double quotes, as YAML and Python read it; every odd letter by its number."""
    return '"' + "".join(one if one.isprintable() and one not in '\\"' else f"\\u{ord(one):04x}" for one in text) + '"'


KERNEL = f'''"""{ascii(ALL)[1:-1]}

{ascii(ALL)[1:-1]}
"""
import sys
PARAMS = {{
    "cell": {{"type": "string", "default": "x", "description": {ALL!r}}},
    "fails": {{"type": "string", "default": "no", "description": {ALL!r}}},
}}
METRICS = {{"odd": {{"unit": {ALL!r}, "description": {ALL!r}}}}}
OPERATION = {ALL!r}
def setup(threads, *, cell, fails): return fails
def prepare(shared, index): return None
def run(own, loops): sum(range(100))
def check(shared, owns, loops):
    print({MOVES!r}, {ALL!r}, file=sys.stderr)
    assert shared == "no", {MOVES + ALL!r}
    return {{"odd": 1.0, {ALL + MOVES!r}: 2.0, "infinite": float("inf"), "none": float("nan")}}
'''

SCENARIO = f"""title: {literal(ALL)}
question: {literal(ALL)}
kernel: ./odd.py
interpreters: [3.13]
matrix:
  threads: [1, 2]
  cell: [{literal(ALL)}, "-1", plain]
  fails: ["no", {literal(ALL)}]
exclude: [{{fails: {literal(ALL)}, cell: [plain, "-1"]}}]
baseline: {{cell: {literal(ALL)}}}
measure: {{invocations: 2, iterations: 2, iteration_time: 1ms, timeout: 20s}}
claims:
  - {{claim: {literal(ALL)}, metric: odd, of: {{cell: {literal(ALL)}}}, below: 0}}
tags: [odd]
"""

Cli = Callable[..., str]


@dataclass(frozen=True)
class Place:
    """A user's folder and the result of one `fteng run` there."""

    path: Path
    scenario: str
    result: str
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A hostile kernel and scenario, whose very names are hostile, measured once in a folder with such a name."""
    path = tmp_path_factory.mktemp("hostile") / f"-a b;$(id)\n{MOVES.replace(chr(0), '')}"
    (path / "locks").mkdir(parents=True)
    (path / "odd.py").write_text(KERNEL, encoding="utf-8")
    name = "=odd $(id) <b>@me.yaml"
    (path / name).write_text(SCENARIO, encoding="utf-8")
    measured, poisoned = path / f"-{MOVES}\n=measured", f"-{MOVES}\n=result"
    done = fteng(path, "run", name, "--output", measured.name, "--seed", "1")
    kept = journal.read(measured)
    with journal.create(path / poisoned, marked(kept.header)) as writer:
        for record in (*kept.invocations, *kept.stops):
            writer.append(marked(record))
        writer.finish()
    return Place(path, name, poisoned, done)


Record = TypeVar("Record")


def marked(record: Record) -> Record:
    """The record of a journal with MOVES in place of every MARK."""
    text = json.dumps(to_plain(record)).replace(MARK, json.dumps(MOVES)[1:-1])
    return from_plain(json.loads(text), type(record))


def fteng(folder: Path, *words: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own; an option that begins with a dash is written `--output=-x`."""
    joined = [
        f"--output={word}" if before == "--output" else word for before, word in zip(("", *words), words, strict=False)
    ]
    command = [word for word in joined if word != "--output"]
    environment = {**os.environ, "TMPDIR": str(folder / "locks"), **how.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "engine", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **how,
    )


@pytest.fixture
def cli(place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """What a command prints, on both streams, run in that folder and in this process."""
    monkeypatch.chdir(place.path)

    def call(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        found = outcome(words)
        out, err = capsys.readouterr()
        assert found == code, err
        assert harmless(err), err
        return out

    return call


def harmless(text: str) -> bool:
    """Nothing but printable letters and line ends."""
    return all(one.isprintable() or one == "\n" for one in text)


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestATerminal:
    def test_obeys_nothing_of_what_a_run_says(self, place: Place) -> None:
        assert place.done.returncode == 3, place.done.stderr
        assert "alert(1)" in place.done.stdout
        assert "wrong answer in 1 of 1 invocation" in " ".join(place.done.stdout.split())
        assert harmless(place.done.stdout)
        assert harmless(place.done.stderr)

    @pytest.mark.parametrize("name", report.formats())
    def test_obeys_nothing_of_any_report(self, name: str, cli: Cli, place: Place) -> None:
        assert harmless(cli("report", f"./{place.result}", "--format", name).replace("\N{WORD JOINER}", ""))

    @pytest.mark.parametrize("name", ["text", "csv", "markdown", "json"])
    def test_obeys_nothing_of_a_comparison(self, name: str, cli: Cli, place: Place) -> None:
        shown = cli("compare", f"./{place.result}", f"./{place.result}", "--format", name)
        assert harmless(shown.replace("\N{WORD JOINER}", ""))
        assert "alert(1)" in shown

    def test_obeys_nothing_of_plan_and_validate(self, cli: Cli, place: Place) -> None:
        assert harmless(cli("plan", place.scenario))
        assert harmless(cli("validate", place.scenario))

    def test_obeys_nothing_of_an_error(self, cli: Cli, place: Place) -> None:
        broken = f"broken {MOVES}\n.yaml"
        (place.path / broken).write_text(SCENARIO.replace("cell: [", f"{literal(ALL)}: [", 1))
        assert harmless(cli("validate", broken, code=1))
        assert harmless(cli("plan", broken, code=2))
        for words in (
            ["run", MOVES],
            ["report", MOVES],
            ["compare", MOVES, MOVES],
            ["plan", place.scenario, "-k", MOVES],
        ):
            assert harmless(cli(*words, code=2))
        assert harmless(cli("plan", place.scenario, "--python", f"./{MOVES}", code=2))
        assert harmless(cli("plan", place.scenario, "-p", f"cell={MOVES}", code=2))
        assert json.loads(cli("validate", broken, "--format", "json", code=1))

    def test_obeys_nothing_of_an_interpreters_name(self, cli: Cli, place: Place, default_build: Interpreter) -> None:
        (place.path / f"env {MOVES}").mkdir()
        link = place.path / f"env {MOVES}" / "python3.13"
        link.symlink_to(default_build.executable)
        assert harmless(cli("plan", place.scenario, "--python", str(link), code=2))


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestASheet:
    @pytest.mark.parametrize("name", [name for name, file in report.formats().items() if file.endswith(".csv")])
    def test_sees_numbers_and_texts_and_no_formula(self, name: str, cli: Cli, place: Place) -> None:
        check_cells(cli("report", f"./{place.result}", "--format", name))

    def test_sees_none_in_a_comparison(self, cli: Cli, place: Place) -> None:
        check_cells(cli("compare", f"./{place.result}", f"./{place.result}", "--format", "csv"))

    def test_reads_back_what_was_written(self, cli: Cli, place: Place) -> None:
        rows = list(csv.DictReader(io.StringIO(cli("report", f"./{place.result}", "--format", "csv"))))
        cells = {row["cell"] for row in rows}
        assert {"'-1", "plain"} < cells
        assert any(cell.startswith("'=HYPERLINK(1)") and "<img src=x onerror=alert(1)>" in cell for cell in cells)
        assert {row["estimate"] for row in rows if row["metric"] == "odd"} == {"1.0"}


def check_cells(text: str) -> None:
    """Every row has as many cells as the header; a cell is a number or cannot be a formula."""
    header, *rows = csv.reader(io.StringIO(text), strict=True)
    for row in (header, *rows):
        assert len(row) == len(header)
        for part in (part for cell in row for part in ([cell] if is_number(cell) else cell.split(";"))):
            assert is_number(part) or not part.lstrip("\"' \t").startswith(("=", "+", "-", "@")) or part[0] == "'", part


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestAPage:
    @pytest.mark.parametrize("html", [True, False])
    def test_has_no_tag_link_image_or_code_of_others(self, html: bool, cli: Cli, place: Place) -> None:
        shown = cli(
            "compare", f"./{place.result}", f"./{place.result}", "--format", "markdown", "--fail-on", "slower>5%"
        )
        renderer = markdown_it.MarkdownIt("gfm-like", {"html": html, "linkify": True}).enable(["linkify", "table"])
        page = renderer.render(shown)
        tags = {tag.lower() for tag in re.findall(r"</?([a-zA-Z!][\w-]*)", page)}
        ours = {"h3", "h4", "p", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td", "em"}
        assert tags <= ours | ({"sub"} if html else set())
        assert not re.search(r"\b(?:href|src)=[^;]*$", "".join(re.findall(r"<[^>]*>", page)))
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "[x](javascript:alert(1))" in page
        assert not re.search(r"[@#]\w|://|www\.", shown)

    def test_has_every_cell_where_it_belongs(self, cli: Cli, place: Place) -> None:
        """No pipe and no line end of a value begins another cell or row."""
        shown = cli("compare", f"./{place.result}", f"./{place.result}", "--format", "markdown")
        table = [line for line in shown.splitlines() if line.startswith("| ")]
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {table[0].count("|")}


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
def test_json_has_no_number_that_json_has_not(cli: Cli, place: Place) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    shown = cli("compare", f"./{place.result}", f"./{place.result}", "--format", "json")
    document = json.loads(shown, parse_constant=refuse)
    assert document["rows"]
    assert "\\u001b[2J" in shown


class TestAShell:
    @pytest.mark.parametrize("word", ["a b", "-x", "$(id)", "a\nb", "'", '"', "\x1b[2J", "é", "\udcff", "", MOVES, ALL])
    def test_reads_back_the_very_words(self, word: str) -> None:
        if not shutil.which("bash"):
            pytest.skip("no bash here, whose $'...' is printed")
        printed = shell("printf", "%s", word)
        assert harmless(printed)
        done = subprocess.run(["bash", "-c", printed], capture_output=True, check=True)
        assert done.stdout == os.fsencode(word)

    @pytest.mark.parametrize("folder", ["-x", "--no-wait", "a b", "it's", "reports/x"])
    def test_gets_a_command_that_goes_on_with_the_folder_it_names(self, folder: str) -> None:
        words = shlex.split(again("fteng run", Path(folder)))
        assert words[:3] == ["fteng", "run", "--resume"]
        assert not words[3].startswith("-")
        assert Path(words[3]) == Path(folder)

    def test_is_never_started(self) -> None:
        """Nothing is run by a shell, nor by a function that starts one."""
        refused = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
        for path in sorted((ROOT / "engine").rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    assert ast.unparse(node.func) not in refused, f"{path}:{node.lineno}"
                    assert "shell" not in {word.arg for word in node.keywords}, f"{path}:{node.lineno}"


HOSTILE = {
    "PYTHONPATH": "{folder}",
    "PYTHONSTARTUP": "{folder}/sitecustomize.py",
    "PYTHONHOME": "",
    "PYTHONMALLOC": "debug",
    "PYTHON_GIL": "1",
    "PYTHONINSPECT": "1",
    "PYTHONBREAKPOINT": "sitecustomize.go",
    "PYTHONWARNINGS": "error",
    "LD_PRELOAD": "{folder}/none.so",
    "BASH_ENV": "{folder}/none.sh",
    "A_SECRET_TOKEN": "do-not-tell",
    "FTENG_LAYOUT": "mine",
}

TELLING = '''"""Tells its environment."""
import json, os, sys
def setup(threads): return None
def prepare(shared, index): return None
def run(own, loops): pass
def check(shared, owns, loops):
    told = dict(os.environ, FTENG_LAYOUT="".join(set(os.environ["FTENG_LAYOUT"])))
    raise AssertionError(json.dumps([told, sys.flags.isolated, "sitecustomize" in sys.modules]))
'''


@pytest.fixture
def hostile(tmp_path: Path) -> Mapping[str, str]:
    """An environment that would run other code in every Python, and hold a secret."""
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nopen({str(tmp_path / 'ran')!r}, 'a').write(sys.executable)\n"
    )
    return {name: value.format(folder=tmp_path) for name, value in HOSTILE.items()}


@pytest.mark.real
class TestTheEnvironment:
    def test_of_a_worker_is_an_allow_list(
        self,
        either: Interpreter,
        ask: Callable[..., dict[str, Any]],
        hostile: Mapping[str, str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for name, value in hostile.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "telling.py").write_text(TELLING)
        reply = ask(either, tmp_path / "telling.py", {}, threads=(1,))
        told = reply["failure"]["message"].partition("AssertionError: ")[2]
        environment, isolated, customised = json.loads(told)
        assert set(environment) <= {*spawn.PASSED_ON, "FTENG_LAYOUT"}
        assert set(environment["FTENG_LAYOUT"]) <= {"x"}
        assert "do-not-tell" not in told
        assert not customised
        assert isolated
        assert not (tmp_path / "ran").exists()

    def test_of_a_candidate_is_one_too(
        self, default_build: Interpreter, hostile: Mapping[str, str], tmp_path: Path
    ) -> None:
        """Whoever looks for interpreters starts what is on PATH, twice: the library that finds it, and our probe."""
        (tmp_path / "bin").mkdir()
        (tmp_path / "locks").mkdir()
        candidate = tmp_path / "bin" / "python3.13"
        candidate.write_text(f'#!/bin/sh\n/usr/bin/env >> "$0.env"\nexec {default_build.executable} "$@"\n')
        candidate.chmod(0o755)
        # PYTHON... of the engine's own process are its user's affair; here they are for the candidates.
        own = {name: value for name, value in hostile.items() if not name.startswith("PYTHON") and name != "LD_PRELOAD"}
        program = f"import os, sys; os.environ.update({dict(hostile)!r}); from engine.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program, "interpreters"],
            env={**own, "HOME": str(tmp_path), "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert "3.13" in done.stdout
        given = (tmp_path / "bin" / "python3.13.env").read_text()
        names = {line.partition("=")[0] for line in given.splitlines()}
        shells = {"PWD", "SHLVL", "_", "OLDPWD"}
        ours = {"FTENG_LAYOUT", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "PY_DISCOVERY_TIMEOUT"}
        assert names <= {*spawn.PASSED_ON, *shells, *ours}
        assert "do-not-tell" not in given
        ran = tmp_path / "ran"  # by the engine's own Python, perhaps: it is started in its user's environment anyway
        assert "3.13" not in (ran.read_text() if ran.exists() else "")


QUIET = """title: Quiet
question: Where does it write?
kernel: ./quiet.py
interpreters: [3.13]
matrix: {threads: 1}
measure: {invocations: 2, iterations: 1, iteration_time: 1ms, timeout: 20s}
"""

QUIET_KERNEL = '''"""Imports its neighbour."""
import neighbour
def setup(threads): return None
def prepare(shared, index): return None
def run(own, loops): pass
def check(shared, owns, loops): pass
'''

COMMANDS = (
    ("run", "quiet.yaml", "--output", "first", "--save-baseline", "kept", "--seed", "1"),
    ("run", "quiet.yaml", "--quiet", "--seed", "1", "--baseline", "kept"),
    ("validate", "quiet.yaml"),
    ("plan", "quiet.yaml"),
    ("report", "first"),
    ("report", "first", "--format", "csv"),
    ("compare", "first", "first"),
    ("list", "kernels"),
    ("calibrate", "--experiment", "family", "--samples", "2"),
)


@dataclass(frozen=True)
class Traced:
    """What all those commands, in one process, left on the disk."""

    work: Path
    before: Mapping[str, tuple[int, int]]
    after: Mapping[str, tuple[int, int]]
    shipped: bool
    """Nothing that fteng ships was touched."""
    log: str
    """What strace saw, or "" where there is none."""

    @property
    def new(self) -> set[str]:
        """Names that are new or changed."""
        return {name for name, found in self.after.items() if self.before.get(name) != found}


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Name -> mode and time of change, of everything below a folder but folders' own times."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[str(path.relative_to(folder))] = (status.st_mode, 0 if path.is_dir() else status.st_mtime_ns)
    return found


def shipped() -> dict[str, tuple[int, int]]:
    return {
        f"{name}/{path}": found
        for name in ("kernels", "scenarios", "engine/child")
        for path, found in listing(ROOT / name).items()
        if "__pycache__" not in path or name != "engine/child"
    }


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """Every command in fresh folders for HOME, TMPDIR, the XDG folders and the work; under strace where it is."""
    base = tmp_path_factory.mktemp("fresh")
    for name in ("home", "tmp", "work"):
        (base / name).mkdir()
    (base / "work" / "quiet.py").write_text(QUIET_KERNEL)
    (base / "work" / "neighbour.py").write_text("WORD = 1\n")
    (base / "work" / "quiet.yaml").write_text(QUIET)
    program = f"import sys\nfrom engine.cli import outcome\nsys.exit(max(map(outcome, {COMMANDS!r})))"
    strace, log = shutil.which("strace"), base / "log"
    calls = "openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat"
    tracer = [strace, "-f", "-y", "-qq", "--seccomp-bpf", "-s", "4096", "-e", f"trace={calls},mknod,mknodat,truncate"]
    usable = strace and not subprocess.run([*tracer, "-o", os.devnull, "true"], check=False).returncode
    keep = {
        name: os.environ[name] for name in ("PATH", "LANG", "FTENG_INTERPRETERS", "PYENV_ROOT") if name in os.environ
    }
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    before, still = listing(base), shipped()
    done = subprocess.run(
        [*((*tracer, "-o", str(log)) if usable else ()), sys.executable, "-B", "-c", program],
        cwd=base / "work",
        env={**keep, "PYENV_ROOT": str(pyenv), "HOME": str(base / "home"), "TMPDIR": str(base / "tmp")},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    text = log.read_text(errors="replace") if usable else ""
    log.unlink(missing_ok=True)
    return Traced(base, before, listing(base), shipped() == still, text)


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestNothingIsWritten:
    def test_but_results_baselines_the_cache_and_the_lock_of_the_host(self, traced: Traced) -> None:
        allowed = (
            r"work/first(/.*)?|work/reports(/.*)?",
            r"home/\.cache(/fteng(/.*)?)?",
            r"tmp/fteng-measuring\.(lock|json)",
        )
        assert {name for name in traced.new if not re.fullmatch("|".join(allowed), name)} == set()
        assert {"work/first/journal.jsonl", "work/reports/baselines/kept/journal.jsonl"} <= traced.new

    def test_beside_kernels_and_scenarios(self, traced: Traced) -> None:
        assert traced.shipped
        assert not [name for name in traced.after if "__pycache__" in name or name.endswith(".pyc") or "core" in name]

    def test_elsewhere_on_the_machine(self, traced: Traced) -> None:
        """Every file that the engine or a child of it opened for writing, made, moved or took away."""
        if not traced.log:
            pytest.skip("no strace here that may trace; only the fresh folders were compared")
        touched = set(_written(traced.log, traced.work / "work"))
        assert traced.work / "work" / "first" / "journal.jsonl" in touched
        inside = [str(traced.work / name) for name in ("work/first", "work/reports", "home/.cache", "tmp")]
        devices = {Path("/dev/null"), Path("/dev/tty")}
        strange = {path for path in touched if not str(path).startswith(tuple(inside))} - devices
        assert {path for path in strange if not re.fullmatch(r"/proc/(self|\d+)/.*", str(path))} == set()


CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
NAMED = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')


def _written(log: str, here: Path) -> Iterator[Path]:
    """The paths of calls that succeeded and change something; relative ones are taken from their folder."""
    for line in log.splitlines():
        found = CALL.match(line)
        if not found or found[3].startswith("-"):
            continue
        name, words = found[1], found[2]
        if name in {"open", "openat"} and not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", words):
            continue
        for folder, path in NAMED.findall(words):
            yield Path(os.path.normpath(Path(folder or here, path)))


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    """A folder with a scenario that is measured in no time."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "quiet.py").write_text(QUIET_KERNEL.replace("import neighbour\n", ""))
    (tmp_path / "quiet.yaml").write_text(QUIET)
    return tmp_path


@pytest.mark.real
@pytest.mark.usefixtures("default_build")
class TestAResult:
    @pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
    def test_has_the_permissions_that_its_user_gives_to_any_file(self, umask: int, quiet: Path, inside: Cli) -> None:
        before = os.umask(umask)
        try:
            done = inside(quiet, "run", "quiet.yaml", "--output", "reports/new/one", "--save-baseline", "b")
        finally:
            os.umask(before)
        assert done.returncode == 0, done.stderr
        made = [quiet / "reports", *(quiet / "reports").rglob("*")]
        assert {path.name for path in made} >= {"one", "journal.jsonl", "report.txt", "report.csv", "baselines", "b"}
        wrong = {
            str(path.relative_to(quiet)): oct(path.lstat().st_mode)
            for path in made
            if stat.S_IMODE(path.lstat().st_mode) != (0o777 if path.is_dir() else 0o666) & ~umask
        }
        assert not wrong

    def test_is_not_written_through_links_that_somebody_put_there(self, quiet: Path, inside: Cli) -> None:
        done = inside(quiet, "run", "quiet.yaml", "--output", "one", "--quiet")
        assert done.returncode == 0, done.stderr
        victim, result = quiet / "victim", quiet / "one"
        victim.write_text("mine")
        for name in ("report.txt", "report.csv", ".report.txt.new", ".report.csv.new"):
            (result / name).unlink(missing_ok=True)
            (result / name).symlink_to(victim)
        again = inside(quiet, "run", "--resume", "one", "--quiet")
        assert again.returncode == 0, again.stderr
        assert victim.read_text() == "mine"
        assert {path.name for path in result.iterdir() if path.is_symlink()} == set()
        assert "Where does it write?" in (result / "report.txt").read_text()
