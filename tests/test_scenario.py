"""What a schema cannot say: files and names, values against the kernel, defaults, digests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine import resources, scenario
from engine.errors import ScenarioError
from engine.model import Claim, Measure, Scenario, Selector

DATA = Path(__file__).parent / "data"


def write(path: Path, more: str = "", kernel: str = "slots") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"title: a\nquestion: b\nkernel: {DATA / 'kernels' / kernel}.py\n{more}")
    return path


def load(tmp_path: Path, more: str = "") -> Scenario:
    return scenario.load(write(tmp_path / "one.yaml", more))


def faults(tmp_path: Path, more: str) -> str:
    path = write(tmp_path / "one.yaml", more)
    return "\n".join(map(str, scenario.check([path]))).replace(f"{path}:", "")


def test_every_part_of_a_file_is_understood() -> None:
    found = scenario.load(DATA / "valid" / "everything.yaml")
    assert found.interpreters == ("3.10", "3.13", "3.13t", "3.14.0rc1", "./python", "~/venv/bin/python")
    assert found.matrix == (
        ("padding", (0, 8)),
        ("threads", (1, 2, "cpus", "cpus/2", "cpus*2")),
        ("affinity", ("none", "compact", "spread", "cores", ((0,), (0, 1)))),
        ("gil", ("default", "on", "off")),
        ("switch_interval", ("default", "500us", "5ms")),
        ("weight", (1.0, 1.5)),
        ("sharing", ("private",)),
        ("checked", (True,)),
    )
    assert found.exclude == (
        Selector(values=(("padding", (8,)), ("threads", (1,)))),
        Selector(values=(("free_threaded", (False,)), ("gil", ("on", "off")))),
    )
    assert found.include == (
        (("padding", 256), ("threads", 4)),
        (("affinity", ((0,),)), ("interpreter", "3.10")),
    )
    assert found.overhead == (("padding", 0),)
    assert found.baseline == (("affinity", "none"), ("interpreter", "3.10"), ("padding", 256))
    assert found.measure == Measure(
        invocations_min=20,
        invocations_max=30,
        iterations=3,
        iteration_time=0.5,
        warmup=2,
        precision=0.005,
        confidence=0.99,
        time_limit=5400,
        timeout=90,
        memory_limit=3 << 29,
    )
    assert found.claims[0] == Claim(
        text="A ratio",
        quantity="throughput",
        ratio=True,
        of=Selector(values=(("padding", (8, 256)), ("threads", ("cpus",)))),
        to=Selector(values=(("threads", (1,)),)),
        where=Selector(values=(("free_threaded", (True,)), ("gil", ("off",)))),
        relation="above",
        bounds=(1.6,),
    )
    assert [(claim.quantity, claim.ratio, claim.relation, claim.bounds) for claim in found.claims[1:]] == [
        ("lost_updates", False, "equals", (0.0,)),
        ("fairness", False, "between", (0.9, 1.0)),
        ("time", False, "below", (0.001,)),
    ]
    assert found.tags == ("memory", "ordering-2")


def test_defaults_are_those_of_the_schema() -> None:
    found = scenario.load(DATA / "valid" / "least.yaml")
    assert found.interpreters == ("3.12", "3.13", "3.13t", "3.14", "3.14t")
    assert found.matrix == (
        ("threads", (1, "cpus")),
        ("affinity", ("none",)),
        ("gil", ("default",)),
        ("switch_interval", ("default",)),
    )
    assert found.measure == Measure(
        invocations_min=10,
        invocations_max=40,
        iterations=5,
        iteration_time=0.02,
        warmup=None,
        precision=0.02,
        confidence=0.95,
        time_limit=300,
        timeout=60,
    )
    assert (found.exclude, found.include, found.baseline, found.claims, found.tags) == ((), (), (), (), ())


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("7", 7, 7),
        ("{min: 3}", 3, 40),
        ("{max: 20}", 10, 20),
        ("{max: 5}", 5, 5),  # the default minimum gives way
        ("{min: 50}", 50, 50),
        ("{min: 2, max: 2}", 2, 2),
        ("{}", 10, 40),
    ],
)
def test_invocations(tmp_path: Path, written: str, low: int, high: int) -> None:
    measure = load(tmp_path, f"measure: {{invocations: {written}}}").measure
    assert (measure.invocations_min, measure.invocations_max) == (low, high)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("20ms", 0.02), ("500us", None), ("1.5 s", 1.5), ("0.25", 0.25), ("1", 1.0), ("1m", 60.0), ("61s", None)],
)
def test_durations(tmp_path: Path, written: str, seconds: float | None) -> None:
    more = f"measure: {{iteration_time: {written}, iterations: 1, timeout: 1h}}"
    if seconds is None:
        assert "measure.iteration_time: expected 1ms to 60s" in faults(tmp_path, more)
    else:
        assert load(tmp_path, more).measure.iteration_time == pytest.approx(seconds)


def test_numbers_of_one_parameter_are_of_one_type(tmp_path: Path) -> None:
    found = load(tmp_path, "matrix: {weight: [1, 2.5]}\nexclude: [{weight: 1}]\nbaseline: {weight: 1}")
    assert dict(found.matrix)["weight"] == (1.0, 2.5)
    assert all(type(value) is float for value in dict(found.matrix)["weight"])
    assert type(found.exclude[0].values[0][1][0]) is float
    assert type(found.baseline[0][1]) is float


def test_true_is_not_one(tmp_path: Path) -> None:
    assert "expected true or false, found 1" in faults(tmp_path, "matrix: {checked: 1}")
    assert "expected an integer, found true" in faults(tmp_path, "matrix: {padding: true}")


def test_words_of_a_machine_are_compared_with_no_number(tmp_path: Path) -> None:
    assert faults(tmp_path, "matrix: {threads: [1, cpus]}\nbaseline: {threads: 2}") == ""
    assert faults(tmp_path, "matrix: {threads: [1, 2]}\nbaseline: {threads: cpus}") == ""
    assert "no run has threads 3" in faults(tmp_path, "matrix: {threads: [1, 2]}\nbaseline: {threads: 3}")


def test_states_of_the_lock_are_compared_with_no_setting(tmp_path: Path) -> None:
    claim = "claims: [{claim: x, metric: time, where: {gil: off, free_threaded: true}, below: 1}]"
    assert faults(tmp_path, claim) == ""


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ("[{threads: [1, 2]}]", False),
        ("[{threads: 1}, {threads: 2}]", False),
        ("[{interpreter: 3.13}]", False),
        ("[{gil: default}]", False),
        ("[{threads: 1}]", True),
        ("[{gil: off}]", True),  # on a free-threaded build only
        ("[{free_threaded: true}]", True),
        ("[{threads: cpus}]", True),
    ],
)
def test_a_matrix_that_excludes_everything_is_a_fault_where_a_file_can_tell(
    tmp_path: Path, exclude: str, left: bool
) -> None:
    found = faults(tmp_path, f"interpreters: [3.13]\nmatrix: {{threads: [1, 2]}}\nexclude: {exclude}\n")
    assert found == ("" if left else "6:1: exclude: nothing of the matrix is left to run; exclude less")


def test_what_is_included_is_left_to_run(tmp_path: Path) -> None:
    more = "matrix: {threads: [1]}\nexclude: [{threads: 1}]\ninclude: [{threads: 2}]\n"
    assert faults(tmp_path, more) == ""


def test_a_broken_kernel_hides_no_fault_of_the_scenario(tmp_path: Path) -> None:
    path = write(tmp_path / "one.yaml", "matrix: {threads: 0, anything: 1}\ntags: [A]\n", kernel="syntax_error")
    files = [(Path(problem.file).name, problem.where) for problem in scenario.check([path])]
    assert sorted(files) == [("one.yaml", "matrix.threads"), ("one.yaml", "tags[0]"), ("syntax_error.py", "")]


def test_a_memory_limit_decides_only_where_one_is_written(tmp_path: Path) -> None:
    base, auto = load(tmp_path), load(tmp_path, "measure: {memory_limit: auto}")
    assert base.measure.memory_limit is None
    assert auto.digest == base.digest
    small = load(tmp_path, "measure: {memory_limit: 512MiB}")
    assert small.measure.memory_limit == load(tmp_path, f"measure: {{memory_limit: {1 << 29}}}").measure.memory_limit
    assert small.measure.memory_limit == 1 << 29
    assert small.digest != base.digest


def test_the_digest_is_of_what_decides_the_runs(tmp_path: Path) -> None:
    base = load(tmp_path, "interpreters: [3.12, 3.13]\nmatrix: {threads: [1, 2], padding: [0, 8]}\n")
    reordered = load(tmp_path, "matrix: {padding: [8, 0], threads: [2, 1]}\ninterpreters: [3.13, 3.12]\n")
    assert len(base.digest) == 64
    assert base.digest == base.file_digest == reordered.digest
    words = load(tmp_path, "tags: [x]\ninterpreters: [3.12, 3.13]\nmatrix: {threads: [1, 2], padding: [0, 8]}\n")
    assert words.digest == base.digest
    for more in (
        "interpreters: [3.12]\nmatrix: {threads: [1, 2], padding: [0, 8]}\n",
        "interpreters: [3.12, 3.13]\nmatrix: {threads: [1, 2], padding: [0, 16]}\n",
        "interpreters: [3.12, 3.13]\nmatrix: {threads: [1, 2], padding: [0, 8]}\nexclude: [{threads: 1}]\n",
        "interpreters: [3.12, 3.13]\nmatrix: {threads: [1, 2], padding: [0, 8]}\ninclude: [{padding: 16}]\n",
        "interpreters: [3.12, 3.13]\nmatrix: {threads: [1, 2], padding: [0, 8]}\nmeasure: {iterations: 6}\n",
    ):
        assert load(tmp_path, more).digest != base.digest
    assert scenario.digest(replace(base, kernel=replace(base.kernel, digest="other"))) != base.digest


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("scenarios/memory/ordering/false_sharing.yaml", "memory/ordering/false_sharing"),
        ("scenarios/old/scenarios/gil/one.yml", "gil/one"),
        ("scenarios/one.yaml", "one"),
        ("elsewhere/gil/one.yaml", "one"),
        ("scenarios.yaml", "scenarios"),
    ],
)
def test_a_name_is_the_path_below_scenarios(tmp_path: Path, file: str, name: str) -> None:
    assert scenario.load(write(tmp_path / file)).name == name


def test_two_scenarios_of_one_name_are_a_fault(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a" / "one.yaml"), write(tmp_path / "b" / "one.yaml")]
    (problem,) = scenario.check(paths)
    assert problem.message == f"the scenario one has the name of another one, {paths[0]}"
    assert problem.file == str(paths[1])


def test_two_kernels_of_one_name_are_a_fault(tmp_path: Path) -> None:
    other = tmp_path / "slots.py"
    other.write_text((DATA / "kernels" / "plain.py").read_text())
    second = tmp_path / "two.yaml"
    second.write_text("title: a\nquestion: b\nkernel: ./slots.py\n")
    (problem,) = scenario.check([write(tmp_path / "one.yaml"), second])
    assert problem.message.startswith("the kernel slots has the name of another one")


def test_load_all_gives_the_faults_of_every_file(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.yaml", "tags: [A]\n"), write(tmp_path / "b.yaml"), tmp_path / "none.yaml"]
    with pytest.raises(ScenarioError) as caught:
        scenario.load_all(paths)
    assert [Path(problem.file).name for problem in caught.value.problems] == ["a.yaml", "none.yaml"]
    assert [one.name for one in scenario.load_all([paths[1]])] == ["b"]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with scenarios of its own and two shipped ones elsewhere."""
    for name in ("mine/b.yaml", "mine/a.yml", "mine/deep/c.yaml", "mine/.hidden/d.yaml", "mine/notes.txt"):
        write(tmp_path / "here" / name)
    for name in ("gil/contention.yaml", "gil/locks.yaml"):
        write(tmp_path / "shipped" / "scenarios" / name)
    (tmp_path / "here" / "empty").mkdir()
    monkeypatch.setattr(resources, "scenarios", lambda: tmp_path / "shipped" / "scenarios")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["mine/b.yaml"], ["mine/b.yaml"]),
        (["mine"], ["mine/a.yml", "mine/b.yaml", "mine/deep/c.yaml"]),
        (["mine/*.yaml"], ["mine/b.yaml"]),
        (["mine/**/*.yaml"], ["mine/b.yaml", "mine/deep/c.yaml"]),
        (["mine/deep", "mine"], ["mine/deep/c.yaml", "mine/a.yml", "mine/b.yaml"]),
        (["mine/notes.txt"], ["mine/notes.txt"]),
        (["gil/locks"], ["../shipped/scenarios/gil/locks.yaml"]),
        (["gil"], ["../shipped/scenarios/gil/contention.yaml", "../shipped/scenarios/gil/locks.yaml"]),
        (["scenarios"], ["../shipped/scenarios/gil/contention.yaml", "../shipped/scenarios/gil/locks.yaml"]),
        (["scenarios/gil/l*.yaml"], ["../shipped/scenarios/gil/locks.yaml"]),
        (["scenarios/gil/locks.yaml"], ["../shipped/scenarios/gil/locks.yaml"]),
        ([], []),
    ],
)
def test_words_mean_files_folders_globs_and_shipped_names(shelf: Path, words: list[str], files: list[str]) -> None:
    assert [path.resolve() for path in scenario.find(words)] == [Path(file).resolve() for file in files]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("nothing.yaml", "there is no such file, folder or shipped scenario; `fteng list scenarios` lists"),
        ("gil/locsk", "there is no such file, folder or shipped scenario; did you mean gil/locks?"),
        ("empty", "the folder has no scenarios; they are files that end in .yaml or .yml"),
        ("mine/*.json", "the pattern matches no file"),
        ("x" * 5000, "there is no such file"),
        ("~no_such_user/x.yaml", "there is no such file"),
        ("nul\0l", "there is no such file"),
        ("../shipped/none", "there is no such file"),
        ("scenarios/../gil", "there is no such file"),
        ("scenarios/gil/x*", "the pattern matches no file"),
    ],
)
def test_a_word_that_means_nothing_is_a_fault(shelf: Path, word: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario.find([word])
    (problem,) = caught.value.problems
    assert (problem.file, str(problem).split(": ", 1)[1].startswith(message)) == (word, True)


def test_every_word_that_means_nothing_is_named(shelf: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario.find(["mine", "one", "two"])
    assert len(caught.value.problems) == 2
