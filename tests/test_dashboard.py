"""A site over many results: real ones, and histories made of a real one by moving it in time and scale."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest

from engine import journal
from engine.cli import DONE, USAGE, outcome
from engine.dashboard import index
from engine.journal.lines import line

SHIFTED = runpy.run_path(str(Path(__file__).parent / "benchmarks" / "dashboard_size.py"))["shifted"]
HOSTILE = "<script>alert(4)</script> & \"'"
DAYS, SINCE = 12, 6

pytestmark = pytest.mark.real


def dashboard(*words: object) -> int:
    return outcome(["dashboard", *map(str, words)])


def read(site: Path) -> dict[str, Any]:
    return json.loads((site / "index.json").read_text(encoding="utf-8"))


def parsed(page: Path) -> Element:
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.read_text(encoding="utf-8"))


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def with_header(result: Path, target: Path, **changes: Any) -> Path:
    """A copy of a result whose header says something else."""
    _, *rest = (result / journal.FILE).read_bytes().splitlines(keepends=True)
    target.mkdir(parents=True)
    told = journal.read(result).header
    plan = replace(told.plan, **changes.pop("plan", {}))
    (target / journal.FILE).write_bytes(line(replace(told, plan=plan, **changes)) + b"".join(rest))
    return target


@pytest.fixture(scope="module")
def histories(shown_result: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve sessions, from the seventh on with two threads slower by half; and folders that hold no result."""
    folder = tmp_path_factory.mktemp("histories")
    list(SHIFTED(shown_result, folder, DAYS, step=(SINCE, 1.5), seed=40))
    (folder / "notes").mkdir()
    (folder / "notes" / "journal.txt").write_text("none")
    broken = folder / HOSTILE.replace("/", "")
    shutil.copytree(folder / "day-003", broken)
    text = bytearray((broken / journal.FILE).read_bytes())
    text[len(text) // 2] ^= 1
    (broken / journal.FILE).write_bytes(text)
    shutil.copytree(folder / "day-005", folder / "older" / "again")
    (folder / "older" / "empty").mkdir()
    (folder / "older" / "empty" / journal.FILE).write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def site(histories: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("pages") / "site"
    assert dashboard(histories, "--output", output, "--quiet") == DONE
    return output


class TestHistories:
    def test_a_planted_change_is_found_where_it_is_and_nowhere_else(self, site: Path) -> None:
        told = read(site)
        assert len(told["results"]) == DAYS
        found = {(one["label"], one["quantity"]): one for one in told["histories"]}
        assert all(len(one["points"]) == DAYS for one in found.values())
        slower = {key: one for key, one in found.items() if "2 threads" in key[0] and key[1] == "time"}
        assert len(slower) == 6
        for one in slower.values():
            (change,) = one["changes"]
            assert change["result"] == one["points"][SINCE]["result"]
            assert change["ratio"]["low"] < 1.5 < change["ratio"]["high"]
            assert change["ratio"]["low"] > 1.3
        scaling = [one for key, one in found.items() if key[1] == "speedup"]
        assert len(scaling) == 6
        assert all(one["changes"][0]["ratio"]["value"] == pytest.approx(1 / 1.5, rel=0.05) for one in scaling)
        steady = [one for key, one in found.items() if "1 thread" in key[0]]
        assert {one["course"] for one in steady} == {"steady"}
        assert [one["course"] for one in told["histories"] if one["control"]] == ["steady"]

    def test_the_first_page_says_what_changed_and_what_speaks_against_the_machine(self, site: Path) -> None:
        (changes,) = [one for one in parsed(site / "index.html").iter("table") if one.get("class") == "changes"]
        rows = [words(row) for row in changes.iter("tr")][1:]
        assert len(rows) == 12
        assert sum("the control did not change; 5 of 11 other runs changed alike" in row for row in rows) == 6
        assert sum("scales worse" in row and "both sides were measured together" in row for row in rows) == 6

    def test_identical_sessions_have_no_change_point(self, shown_result: Path, tmp_path: Path) -> None:
        list(SHIFTED(shown_result, tmp_path / "same", 10, seed=40))
        assert dashboard(tmp_path / "same", "--output", tmp_path / "site", "--quiet") == DONE
        told = read(tmp_path / "site")
        assert {one["course"] for one in told["histories"]} <= {"steady", "drifting"}
        assert "No change point in" in words(parsed(tmp_path / "site" / "index.html"))

    def test_another_machine_build_or_kernel_is_never_joined(
        self, shown_result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = journal.read(shown_result).header
        other = tuple((name, "Other CPU" if name == "CPU" else value) for name, value in told.host.facts)
        debug = tuple(replace(one, debug=True) if one.spec == "3.13" else one for one in told.plan.interpreters)
        newer = tuple(replace(one, version="3.13.99") for one in told.plan.interpreters)
        changed = tuple(replace(one, kernel=replace(one.kernel, digest="0" * 64)) for one in told.plan.scenarios)
        folder = tmp_path / "results"
        shutil.copytree(shown_result, folder / "first")
        with_header(
            shown_result, folder / "machine", started="2027-01-01T00:00:00+00:00", host=replace(told.host, facts=other)
        )
        with_header(shown_result, folder / "build", started="2027-01-02T00:00:00+00:00", plan={"interpreters": debug})
        with_header(shown_result, folder / "newer", started="2027-01-03T00:00:00+00:00", plan={"interpreters": newer})
        with_header(shown_result, folder / "kernel", started="2027-01-04T00:00:00+00:00", plan={"scenarios": changed})
        assert dashboard(folder, "--output", tmp_path / "site") == DONE
        lines = [
            [point["result"] for point in one["points"]]
            for one in read(tmp_path / "site")["histories"]
            if one["label"] == "3.13, 1 thread, work few" and one["quantity"] == "time"
        ]
        assert sorted(lines) == [["build"], ["first", "newer", "kernel"], ["machine"]]
        (joined,) = (
            one for one in read(tmp_path / "site")["histories"]
            if len(one["points"]) == 3 and one["label"] == "3.13, 1 thread, work few" and one["quantity"] == "time"
        )  # fmt: skip
        assert joined["course"] == "too few"
        assert joined["points"][1]["new"] == [f"Python {told.plan.interpreters[0].version} → 3.13.99"]
        assert [point["breaks"] for point in joined["points"]] == [False, False, True]
        assert "Too few results to say" in words(parsed(tmp_path / "site" / "index.html"))
        assert "5 results; 0 change points" in capsys.readouterr().err


@pytest.fixture(scope="module")
def documents(site: Path) -> dict[Path, Element]:
    """Every page, but of the reports, which are all made alike, only two."""
    reports = sorted(site.glob("results/*/report.html"))
    return {page: parsed(page) for page in pages(site) if page not in reports[2:]}


class TestPages:
    def test_every_page_is_html_and_harmless(self, site: Path, documents: dict[Path, Element]) -> None:
        assert len(pages(site)) == DAYS + 4
        for page, document in documents.items():
            tags = {element.tag for element in document.iter() if isinstance(element.tag, str)}
            assert not tags & {"script", "iframe", "object", "form", "img"}, page
            assert not [name for element in document.iter() for name in element.attrib if name.startswith("on")]
            assert "<script>alert" not in page.read_text(encoding="utf-8")
        front = words(documents[site / "index.html"])
        assert "<script>alert(1)</script>" in front
        assert HOSTILE.replace("/", "") in front

    def test_every_link_leads_somewhere_inside(self, site: Path, documents: dict[Path, Element]) -> None:
        ids = {page.resolve(): {one.get("id") for one in document.iter()} for page, document in documents.items()}
        count = 0
        for page, document in documents.items():
            for element in document.iter():
                for name in ("href", "src"):
                    address = element.get(name, "")
                    if not address or address.startswith(("data:", "#f")):
                        continue
                    parts = urlsplit(address)
                    assert not parts.scheme, (page, address)
                    assert not parts.netloc, (page, address)
                    assert not parts.path.startswith("/"), (page, address)
                    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page.resolve()
                    assert target.is_relative_to(site.resolve())
                    assert target.is_file(), (page, address)
                    assert not parts.fragment or parts.fragment in ids[target], (page, address)
                    count += 1
        assert count > 100

    def test_every_result_has_its_report_and_is_found_by_machine_and_interpreters(self, site: Path) -> None:
        told = read(site)
        assert {one["name"] for one in told["results"]} == {path.name for path in (site / "results").iterdir()}
        for folder in ("hosts", "interpreters"):
            (listed,) = (site / folder).glob("*.html")
            (table,) = parsed(listed).iter("table")
            assert len(list(table.iter("tr"))) == DAYS + 1

    def test_what_cannot_be_read_and_what_is_there_twice_is_listed(self, site: Path) -> None:
        left = {one["folder"]: one["reason"] for one in read(site)["left_out"]}
        assert set(left) == {HOSTILE.replace("/", ""), "older/again", "older/empty"}
        assert "checksum does not fit" in left[HOSTILE.replace("/", "")]
        assert left["older/again"] == "the same result as day-005"
        assert "is empty" in left["older/empty"]
        assert str(site.parent.parent) not in json.dumps(left)
        assert all(folder in words(parsed(site / "index.html")) for folder in left)

    def test_figures_say_in_words_what_they_show(self, site: Path) -> None:
        pytest.importorskip("matplotlib")
        (page,) = (site / "scenarios").glob("*.html")
        told = [words(one) for one in parsed(page).iter("figcaption")]
        assert len(told) == len(read(site)["histories"])
        assert sum("Changed on" in one and "slower" in one for one in told) == 6
        text = page.read_text(encoding="utf-8")
        assert len(set(re.findall(r' id="([^"]+)"', text))) == len(re.findall(r' id="([^"]+)"', text))

    def test_without_matplotlib_there_are_tables_and_a_sentence(
        self, histories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        shutil.copytree(histories / "day-001", tmp_path / "results" / "one")
        assert dashboard(tmp_path / "results", "--output", tmp_path / "site", "--quiet") == DONE
        (page,) = (tmp_path / "site" / "scenarios").glob("*.html")
        document = parsed(page)
        assert not list(document.iter("svg"))
        assert "matplotlib is not installed" in words(document)
        assert all("open" in one.attrib for one in document.iter("details"))


class TestAgain:
    def test_what_is_up_to_date_is_kept(
        self, histories: Path, site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = {page: (page.read_bytes(), page.stat().st_ino) for page in pages(site)}
        assert dashboard(histories, "--output", site) == DONE
        assert f"2 pages made, {len(before)} kept" in capsys.readouterr().err  # index.json, .nojekyll
        assert {page: (page.read_bytes(), page.stat().st_ino) for page in pages(site)} == before
        kept = tmp_path / "copy"
        shutil.copytree(site, kept)
        report = next((kept / "results").iterdir()) / "report.html"
        report.write_text("spoilt")
        assert dashboard(histories, "--output", kept) == DONE
        told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("report ")]
        assert [line.split()[-1] for line in told if "day" in line] == [report.parent.name]
        assert report.read_bytes() == (site / report.relative_to(kept)).read_bytes()

    def test_one_result_more_makes_one_report_more(
        self, histories: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("day-000", "day-001"):
            shutil.copytree(histories / name, tmp_path / "results" / name)
        assert dashboard(tmp_path / "results", "--output", tmp_path / "site") == DONE
        shutil.copytree(histories / "day-002", tmp_path / "results" / "a" / "day-002")
        capsys.readouterr()
        assert dashboard(tmp_path / "results", "--output", tmp_path / "site") == DONE
        told = capsys.readouterr().err
        assert "report 1/3 a/day-002" in told
        assert sum(line.startswith("report ") for line in told.splitlines()) == 1
        shutil.rmtree(tmp_path / "results" / "day-001")
        assert dashboard(tmp_path / "results", "--output", tmp_path / "site", "--quiet") == DONE
        assert sorted(path.name for path in (tmp_path / "site" / "results").iterdir()) == ["a-day-002", "day-000"]


@pytest.fixture
def small(histories: Path, tmp_path: Path) -> Path:
    shutil.copytree(histories / "day-000", tmp_path / "results" / "one")
    return tmp_path / "results"


class TestFolders:
    def test_what_is_foreign_is_never_touched(
        self, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        mine = tmp_path / "mine"
        mine.mkdir()
        (mine / "thesis.txt").write_text("two years")
        assert dashboard(small, "--output", mine) == USAGE
        assert "is not empty, and no dashboard of fteng (thesis.txt)" in capsys.readouterr().err
        assert [path.name for path in mine.iterdir()] == ["thesis.txt"]
        assert dashboard(small, "--output", small) == USAGE
        assert dashboard(small, "--output", mine / "thesis.txt") == USAGE
        assert "is no folder" in capsys.readouterr().err

    def test_a_file_that_somebody_put_beside_the_pages_stays(
        self, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        site = tmp_path / "site"
        assert dashboard(small, "--output", site) == DONE
        (site / "CNAME").write_text("example.org")
        assert dashboard(small, "--output", site) == USAGE
        assert "holds files that no dashboard wrote (CNAME)" in capsys.readouterr().err
        assert (site / "CNAME").read_text() == "example.org"

    def test_a_disk_that_refuses_leaves_the_earlier_site_as_it_was(self, small: Path, tmp_path: Path) -> None:
        site = tmp_path / "site"
        assert dashboard(small, "--output", site, "--quiet") == DONE
        before = {page: page.read_bytes() for page in pages(site)}
        command = ["sh", "-c", 'ulimit -f 16; exec "$@"', "sh", sys.executable, "-m", "engine", "dashboard"]
        done = subprocess.run(
            [*command, str(small), "--output", str(site), "--again"],
            capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        )  # fmt: skip
        assert done.returncode == USAGE, done.stderr
        assert "cannot be written: File too large; nothing was changed" in done.stderr
        assert {page: page.read_bytes() for page in pages(site)} == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "site"]

    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda folder: folder.mkdir(), "no result of `fteng run` in there"),
            (lambda folder: folder.write_text(""), "is no folder"),
            (lambda _: None, "is not there"),
            (lambda folder: (folder / "bad").mkdir(parents=True) or (folder / "bad" / journal.FILE).write_text("{"),
             "none of the results can be read: bad: "),
        ],
    )  # fmt: skip
    def test_nothing_to_show_is_said_and_nothing_written(
        self, make: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        make(tmp_path / "results")
        assert dashboard(tmp_path / "results", "--output", tmp_path / "site") == USAGE
        assert said in capsys.readouterr().err
        assert not (tmp_path / "site").exists()

    def test_a_spoilt_index_is_told(self, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        site = tmp_path / "site"
        assert dashboard(small, "--output", site, "--quiet") == DONE
        told = read(site) | {"results": [{}]}
        (site / "index.json").write_text(json.dumps(told))
        assert dashboard(small, "--output", site) == USAGE
        assert "index.json: is damaged; remove the folder" in capsys.readouterr().err
        (site / "index.json").write_text(json.dumps(told | {"version": "0"}))
        assert index.read(site).entries == {}
        assert dashboard(small, "--output", site) == DONE
        assert "report 1/1 one" in capsys.readouterr().err


@pytest.fixture(scope="module")
def browser(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    made = runpy.run_path(str(Path(__file__).parent / "test_browser.py"))["Browser"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SE_OFFLINE", "true")
        found = made(site / "index.html", tmp_path_factory.mktemp("chromium"))
        yield found
        found.driver.quit()


@pytest.mark.slow
def test_a_browser_and_axe_find_nothing(browser: Any, site: Path) -> None:
    axe = Path(pytest.importorskip("axe_playwright_python").__file__).with_name("axe.min.js").read_text("utf-8")
    (scenario,) = (site / "scenarios").glob("*.html")
    for page, dark in ((site / "index.html", False), (scenario, True)):
        browser.page = page.as_uri()
        browser.open(dark=dark)
        browser.open_all()
        browser.run(axe)
        found = browser.driver.execute_async_script(
            "axe.run({exclude: [['svg']]}).then(arguments[arguments.length - 1])"
        )
        wrong = {one["id"]: [node["html"][:200] for node in one["nodes"]] for one in found["violations"]}
        assert wrong == {}
        assert [url for url in browser.requests() if not url.startswith("data:")] == [browser.page]
        browser.open(size=(360, 740))
        assert browser.run("return document.documentElement.scrollWidth") <= 360
