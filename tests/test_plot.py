"""`fteng plot` as a user meets it: a real result of real interpreters, files of three formats, one message a fault."""

import contextlib
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from engine import journal
from engine.cli import outcome
from engine.figure import KINDS

KERNEL = '''"""Counts its loops."""
from itertools import repeat
PARAMS = {
    "extra": {"type": "integer", "minimum": 0, "default": 0, "description": "how much more"},
    "how": {"type": "string", "enum": ["plain", "$x_1$"], "default": "plain", "description": "a name to draw"},
}
def setup(threads, *, extra, how): return extra
def prepare(shared, index): return [0, shared]
def run(own, loops):
    for _ in repeat(None, loops):
        pass
    own[0] += loops
def check(shared, owns, loops):
    assert all(own[0] == loops for own in owns)
'''
MEASURE = "measure: {invocations: 6, iterations: 3, iteration_time: 1ms, time_limit: 60s, timeout: 20s}\n"
GRID = f"""title: Two axes
question: What differs?
kernel: ./counting.py
interpreters: [3.13]
matrix: {{threads: [1, 2], extra: [0, 1], how: [plain, $x_1$]}}
baseline: {{extra: 0}}
{MEASURE}"""
SINGLE = f"""title: One run
question: Is there one?
kernel: ./counting.py
interpreters: [3.13]
matrix: {{threads: 1}}
{MEASURE}"""

pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'fteng[plot]'")
pytestmark = [pytest.mark.real, pytest.mark.usefixtures("default_build")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder of a user with the result `both` of two scenarios, really measured."""
    folder = tmp_path_factory.mktemp("plot")
    (folder / "locks").mkdir()
    (folder / "counting.py").write_text(KERNEL)
    (folder / "grid.yaml").write_text(GRID)
    (folder / "single.yaml").write_text(SINGLE)
    patch = pytest.MonkeyPatch()
    patch.setenv("TMPDIR", str(folder / "locks"))
    words = ["run", "grid.yaml", "single.yaml", "--quiet", "--output", "both", "--no-wait"]
    done = subprocess.run(
        [sys.executable, "-m", "engine", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    yield folder
    patch.undo()


@pytest.fixture
def plot(place):
    """The command in that folder: its exit code and what it said."""

    def call(*words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(place), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = outcome(["plot", *map(str, words)])
        assert out.getvalue() == ""
        return code, err.getvalue()

    return call


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_a_file(place, plot, kind):
    before = (place / "both" / journal.FILE).read_bytes()
    code, said = plot("both", "--kind", kind, "--scenario", "grid", "-o", f"{kind}.svg")
    assert (code, said) == (0, f"written: {kind}.svg\n")
    root = ET.fromstring((place / f"{kind}.svg").read_text())
    assert root.tag.endswith("svg")
    assert any("$x_1$" in "".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))
    assert (place / "both" / journal.FILE).read_bytes() == before


def test_several_scenarios_have_a_file_each_and_none_for_nothing(place, plot):
    code, said = plot("both", "--kind", "series", "-o", "all.svg")
    assert (code, said) == (0, "written: all-grid.svg\nwritten: all-single.svg\n")
    code, said = plot("both", "--kind", "scaling", "-o", "some.svg")
    assert code == 0
    assert said == "single: nothing to draw: no runs differ only in threads\nwritten: some-grid.svg\n"
    assert sorted(one.name for one in place.glob("some*")) == ["some-grid.svg"]
    assert plot("both", "--kind", "scaling", "-o", "some.svg", "--quiet") == (0, "written: some-grid.svg\n")


def test_the_suffix_says_the_format_and_the_bytes_stay_the_same(place, plot):
    for suffix, magic in (("svg", b"<?xml"), ("PDF", b"%PDF"), ("png", b"\x89PNG")):
        words = ("both", "--kind", "heatmap", "--scenario", "grid", "--width", "4", "--dpi", "50", "-o")
        for name in ("one", "two"):
            assert plot(*words, f"{name}.{suffix}")[0] == 0
        data = (place / f"one.{suffix}").read_bytes()
        assert data.startswith(magic)
        assert data == (place / f"two.{suffix}").read_bytes()
    png = (place / "one.png").read_bytes()
    assert int.from_bytes(png[16:20], "big") == 200


def test_a_journal_by_itself_is_drawn(place, plot):
    assert plot(f"both/{journal.FILE}", "--kind", "forest", "--scenario", "grid", "-o", "alone.svg")[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("both", "--kind", "forest", "-o", "x.gif"), "x.gif: the suffix says the format, one of .svg, .png, .pdf; "),
        (("both", "--kind", "forest", "-o", "plain"), "plain: the suffix says the format"),
        (("both", "--kind", "forest", "-o", "no/x.svg"), "no/x.svg: there is no folder no; make it, or "),
        (("both", "--kind", "forest", "-o", "locks.svg"), "locks.svg: is no file; choose another --output"),
        (("none", "--kind", "forest", "-o", "x.svg"), "none: there is no such result"),
        (("both", "--kind", "forest", "--scenario", "gridd", "-o", "x.svg"), "no scenario 'gridd'; did you mean grid?"),
        (("both", "--kind", "forest", "--scenario", "?", "-o", "x.svg"), "no scenario '?'; it has grid, single"),
        (
            ("both", "--kind", "heatmap", "--scenario", "single", "-o", "x.svg"),
            "no figure of the kind heatmap: no two axes have two values",
        ),
        (("both", "--kind", "forest", "--scenario", "grid", "--width", "1", "-o", "x.svg"), "3 to 100 inches wide"),
        (("both", "--kind", "forest", "--scenario", "grid", "--height", "0.1", "-o", "x.svg"), "inches high"),
        (("both", "--kind", "forest", "--scenario", "grid", "--dpi", "1e6", "-o", "x.png"), "another dpi"),
    ],
)
def test_a_fault_is_one_message_and_nothing_is_written(place, plot, words, message):
    (place / "locks.svg").mkdir(exist_ok=True)
    code, said = plot(*words)
    assert code == 2
    assert message in said
    assert said.count("\n") == 1
    assert not list(place.glob("x*"))


def test_the_journal_is_never_overwritten(place, plot):
    kept = place / "kept"
    kept.mkdir()
    (kept / "j.svg").write_bytes((place / "both" / journal.FILE).read_bytes())
    (kept / "link.svg").symlink_to("j.svg")
    before = (kept / "j.svg").read_bytes()
    for name in ("j.svg", "link.svg"):
        code, said = plot("kept/j.svg", "--kind", "forest", "--scenario", "grid", "-o", f"kept/{name}")
        assert code == 2
        assert "is what the figure is made from" in said
    assert (kept / "j.svg").read_bytes() == before


def test_a_file_that_the_disk_does_not_take_is_what_it_was(place):
    (place / "old.png").write_bytes(b"old")
    words = [sys.executable, "-m", "engine", "plot", "both", "--kind", "forest", "--scenario", "grid", "-o", "old.png"]
    limited = ["bash", "-c", 'ulimit -f 1; exec "$@"', "bash", *words]
    done = subprocess.run(limited, cwd=place, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "old.png: cannot be written: File too large" in done.stderr
    assert (place / "old.png").read_bytes() == b"old"
    assert not list(place.glob(".old*"))


def test_without_matplotlib_there_is_one_message_with_the_command(place):
    code = (
        "import sys; sys.modules['matplotlib'] = None; from engine.cli import main;"
        "sys.argv = ['fteng', 'plot', 'both', '--kind', 'forest', '-o', 'y.svg']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"{sys.executable} -m pip install 'matplotlib>=3.9'" in done.stderr
    assert not (place / "y.svg").exists()


def test_names_of_scenarios_become_names_of_files_without_collision(tmp_path):
    from engine.cli.plot import _places

    found = _places(tmp_path / "x.svg", ["a/b", "a b", "../../etc", "é\n", "x" * 500])
    assert [one.name for one in found[:4]] == ["x-a-b.svg", "x-a-b-2.svg", "x-etc.svg", "x-.svg"]
    assert all(one.parent == tmp_path for one in found)
    assert len(found[4].name) < 120


def test_damage_is_told_and_left_out_with_salvage(place, plot):
    hurt = place / "hurt"
    hurt.mkdir()
    lines = (place / "both" / journal.FILE).read_bytes().splitlines(keepends=True)
    place_of = next(n for n, one in enumerate(lines) if json.loads(one)["kind"] == "invocation" and n > 12)
    lines[place_of] = lines[place_of][:40] + b"#" + lines[place_of][41:]
    (hurt / journal.FILE).write_bytes(b"".join(lines))
    words = ("hurt", "--kind", "series", "--scenario", "grid", "-o", "hurt.svg")
    code, said = plot(*words)
    assert code == 2
    assert "--salvage" in said
    code, said = plot(*words, "--salvage")
    assert code == 0
    assert "DAMAGED: hurt: left out:" in said
