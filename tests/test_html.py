"""The page of a result, read by a strict parser: whole, harmless, alone, and with the numbers of the text report."""

from __future__ import annotations

import re
import runpy
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from jinja2 import UndefinedError

from engine import analysis, figure, journal, page, report
from engine.model import Journal, Reading, Results, RunProfile
from engine.report.html.figures import Gallery
from engine.report.text.rows import told

DATA = Path(__file__).parent / "data"
SAMPLE = runpy.run_path(str(DATA / "report" / "sample.py"))
KEPT, NO_JOURNAL = SAMPLE["results"](), SAMPLE["journal"]()
INTERVAL = re.compile(r"\[ *(\S+) +(\S+) +(\S+?) *\]")
BOUND = '<span class="bound">{}</span>'
ASKED = {"src", "srcset", "href", "data", "poster", "action", "formaction", "background", "cite", "ping", "manifest"}
"""Attributes by which a page asks for something else (HTML, "Attributes")."""


def parsed(text: str) -> Element:
    """The document of a page without one parse error; html5lib follows the HTML standard's own algorithm."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def words(element: Element) -> str:
    """What a reader of an element reads, on one line."""
    return " ".join("".join(element.itertext()).split())


def attributes(document: Element) -> Iterator[tuple[str, str, str]]:
    """Every element's name with each of its attributes."""
    for element in document.iter():
        if isinstance(element.tag, str):
            yield from ((element.tag, name.rpartition("}")[2], value) for name, value in element.attrib.items())


def of_class(document: Element, name: str) -> list[Element]:
    return [element for element in document.iter() if name in element.get("class", "").split()]


@pytest.fixture(scope="module")
def kept(shown_result: Path) -> Journal:
    return journal.read(shown_result)


@pytest.fixture(scope="module")
def results(kept: Journal) -> Results:
    return analysis.analyse(kept)


@pytest.fixture(scope="module")
def source(shown_result: Path) -> str:
    return (shown_result / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document(source: str) -> Element:
    return parsed(source)


def without_matplotlib(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(sys.modules, "matplotlib", None)


@pytest.mark.real
class TestAPage:
    def test_asks_for_nothing_and_runs_nothing(self, document: Element, source: str) -> None:
        asked = {(tag, name, value) for tag, name, value in attributes(document) if name in ASKED}
        assert {value for _, _, value in asked if not value.startswith("#")} == {"data:,"}
        tags = {element.tag for element in document.iter() if isinstance(element.tag, str)}
        assert not tags & {"script", "img", "iframe", "object", "embed", "audio", "video", "base", "form", "use"} - {
            "use"
        }
        assert not [name for _, name, _ in attributes(document) if name.startswith("on")]
        styles = [element.text or "" for element in document.iter("style")]
        styles += [value for _, name, value in attributes(document) if name == "style"]
        assert not [style for style in styles if re.search(r"@import|url\((?!#)", style)]
        assert re.findall(r"http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'", source)

    def test_has_each_id_once_and_all_that_are_meant(self, document: Element) -> None:
        ids = Counter(value for _, name, value in attributes(document) if name == "id")
        assert {name for name, count in ids.items() if count > 1} == set()
        meant = [value[1:] for _, name, value in attributes(document) if name == "href" and value.startswith("#")]
        meant += [one for _, name, value in attributes(document) if name == "aria-labelledby" for one in value.split()]
        assert meant
        assert set(meant) <= ids.keys()

    def test_says_every_verdict_and_why(self, document: Element, results: Results) -> None:
        (scenario,) = results.scenarios
        counts = Counter(claim.verdict for claim in scenario.claims)
        assert counts.keys() >= {"refuted", "not tested"}
        (list_,) = of_class(document, "counts")
        assert {words(one) for one in list_} == {f"{count} {verdict}" for verdict, count in counts.items()}
        (chapter,) = of_class(document, "chapter")
        said = [words(one) for one in of_class(chapter, "claims")[0]]
        for claim, words_of in zip(scenario.claims, said, strict=True):
            assert words_of.startswith(
                f"{claim.verdict} {claim.claim.text}".replace(claim.verdict + " ", claim.verdict)
            )
            assert " ".join(claim.why.split()) in words_of
        for case in (case for claim in scenario.claims for case in claim.cases):
            assert case.label in words(chapter)

    def test_has_the_rows_and_numbers_of_the_text_report(self, document: Element, results: Results) -> None:
        (scenario,) = results.scenarios
        found = told(scenario)
        assert found
        (table,) = [one for one in document.iter("table") if words(one.find("caption")) == "The runs of shown"]
        rows = [[words(cell) for cell in row] for row in table.find("tbody")]
        items = [item for item in (*found.axes, *found.numbers) if item.shown]
        expected = zip(
            *([" ".join(cell.replace("[ ", "[").split()) for cell in item.cells] for item in items), strict=True
        )
        assert rows == [[re.sub(r"\[ +", "[", cell) for cell in row] for row in expected]
        assert len(rows) == len(scenario.runs) == 12

    def test_has_every_interval_of_the_text_report(self, document: Element, shown_result: Path) -> None:
        text = (shown_result / "report.txt").read_text(encoding="utf-8")
        in_text, in_page = ({found.groups() for found in INTERVAL.finditer(one)} for one in (text, words(document)))
        assert len(in_text) > 20
        assert in_text - in_page == set()

    def test_has_tables_that_a_screen_reader_can_read(self, document: Element) -> None:
        tables = list(document.iter("table"))
        assert len(tables) > 4
        for table in tables:
            assert words(table.find("caption"))
            assert {head.get("scope") for head in table.find("thead").iter("th")} == {"col"}
            assert all(
                row.find("th") is not None and row.find("th").get("scope") == "row" for row in table.find("tbody")
            )
        assert {svg.get("role") for svg in document.iter() if str(svg.tag).endswith("svg")} <= {"img"}

    def test_shows_words_of_a_user_and_obeys_none(self, document: Element, shown_result: Path) -> None:
        title = """<script>alert(1)</script>"'><img src=x onerror=alert(2)> & {{ 7*7 }}"""
        assert words(document.find(".//h1")) == title
        assert words(document.find(".//title")).startswith(title)
        assert "<b>Nothing</b> was tested" in words(document)
        assert "a wrong <answer>" in words(document)
        assert "work few, <b>x" not in words(document)
        code = [one.text for one in document.iter("code")]
        assert (shown_result.parent / "shown.yaml").read_text(encoding="utf-8").strip() in map(
            str.strip, filter(None, code)
        )

    def test_says_what_failed_what_is_missing_and_how_to_run_it_again(self, document: Element, kept: Journal) -> None:
        said = words(document)
        assert "wrong answer in" in said
        assert "fteng interpreters install 3.99t" in said
        assert kept.header.command in said
        assert "fteng report . --format html" in said

    def test_draws_what_there_is_to_draw_with_words_beside_it(
        self, document: Element, results: Results, kept: Journal
    ) -> None:
        if not figure.available():
            pytest.skip("matplotlib is not installed")
        traces = analysis.traces(kept)
        drawn = [found for kind in figure.KINDS if (found := figure.draw(kind, results.scenarios[0], traces))]
        captions = [words(one) for one in document.iter("figcaption")]
        assert captions == [f"{one.title}. {' '.join(one.summary.split())}" for one in drawn]
        assert len(captions) >= 2

    def test_is_there_without_matplotlib_and_says_how_to_have_figures(
        self, document: Element, results: Results, kept: Journal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_matplotlib(monkeypatch)
        bare = parsed(report.render("html", results, kept))
        assert "pip install 'fteng[plot]'" in words(bare)
        assert not list(bare.iter("figure"))
        tables = [[words(one) for one in found.iter("table")] for found in (document, bare)]
        assert tables[0] == tables[1]


class TestAKeptResult:
    """What no quick measurement has, from a result that was made by hand."""

    @pytest.fixture(autouse=True)
    def _fast(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without_matplotlib(monkeypatch)

    def test_has_everything_that_its_text_has(self) -> None:
        said = words(parsed(report.render("html", KEPT, NO_JOURNAL)))
        for one in INTERVAL.finditer(report.render("text", KEPT, NO_JOURNAL)):
            assert "[{} {} {}]".format(*one.groups()) in said
        for scenario in KEPT.scenarios:
            assert all(" ".join(warning.split()) in said.replace("`", "") for warning in scenario.warnings)

    def test_shows_profiles_and_what_could_not_be_had(self) -> None:
        first = KEPT.scenarios[0]
        profile = RunProfile(
            run=first.runs[0].run.id,
            label="3.13t, <1> thread",
            readings=(Reading(name="cache-misses", value=1234567.0, source="perf stat"),),
            hot=(("dict_<lookup>", 0.25),),
        )
        shown = replace(first, profiles=(profile,), unprofiled=("run-queue wait: <no> schedstat here",))
        document = parsed(report.render("html", replace(KEPT, scenarios=(shown,)), NO_JOURNAL))
        for text in ("3.13t, <1> thread", "cache-misses", "dict_<lookup> 25 %", "run-queue wait: <no> schedstat here"):
            assert text in words(document)

    def test_says_that_an_older_journal_has_no_text_of_its_scenario(self) -> None:
        first = KEPT.scenarios[0]
        old = replace(first, scenario=replace(first.scenario, source=""))
        assert "an older one" in report.render("html", replace(KEPT, scenarios=(old,)), NO_JOURNAL)

    def test_says_that_it_is_not_complete_and_what_is_damaged(self) -> None:
        hurt = replace(KEPT, finished=False, damage=tuple(f"line {number}: <broken>" for number in range(12)))
        said = words(parsed(report.render("html", hurt, NO_JOURNAL)))
        for text in ("Not complete", "fteng run --resume", "The journal is damaged", "line 9: <broken>", "and 2 more"):
            assert text in said

    def test_has_nothing_to_show_of_nothing(self) -> None:
        nothing = replace(KEPT, interpreters=(), missing=(), scenarios=(), finished=True)
        assert "No interpreter was measured." in words(parsed(report.render("html", nothing, NO_JOURNAL)))

    def test_holds_hundreds_of_scenarios_of_one_name(self) -> None:
        many = tuple(KEPT.scenarios[:1]) * 70
        document = parsed(report.render("html", replace(KEPT, scenarios=many), NO_JOURNAL))
        ids = Counter(value for _, name, value in attributes(document) if name == "id")
        assert max(ids.values()) == 1
        assert len(of_class(document, "chapter")) == 70


def test_a_large_result_has_fewer_figures_and_says_so() -> None:
    one, many = Gallery(KEPT), Gallery(replace(KEPT, scenarios=KEPT.scenarios[:1] * 100))
    if not one.available:
        pytest.skip("matplotlib is not installed")
    assert (one.kinds, one.cut) == (figure.KINDS, "")
    assert len(many.kinds) == 1
    assert "only the scaling figures of the first 60 scenarios" in many.cut


class TestTheTemplates:
    def test_miss_no_name_silently(self) -> None:
        with pytest.raises(UndefinedError, match="'opening' is undefined"):
            page.render("report.html.j2")

    def test_make_other_ids_of_like_texts(self) -> None:
        taken = {"main"}
        assert [
            page.anchor(text, taken) for text in ("gil/contention", "gil contention", "3.13t", "", "main", "<é>")
        ] == [
            "gil-contention",
            "gil-contention-2",
            "n3-13t",
            "part",
            "main-2",
            "part-2",
        ]

    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("<b> [1 2 3] & `a <b>`", None),
            (
                "[0.9 1.0 1.1]",
                f'<span class="interval">{BOUND.format("[0.9")} <b>1.0</b> {BOUND.format("1.1]")}</span>',
            ),
            ("it took 12.5 ms, not 3 x", 'it took <span class="interval">12.5 ms</span>, not 3 x'),
            ("run `fteng <x>`", "run <code>fteng &lt;x&gt;</code>"),
            ("[<b> 1 2]", "[&lt;b&gt; 1 2]"),
            ("a\x1b[2J\u202eb\x00", "a[2Jb"),
        ],
    )
    def test_mark_numbers_and_commands_of_a_sentence(self, text: str, html: str | None) -> None:
        found = page.marked(text)
        assert "<b> " not in found
        assert html in {None, str(found)}
