"""The page of a result in a real browser: quiet, accessible, selectable, without JavaScript, on paper, narrow."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import analysis, journal
from engine.model import Results

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
WIDE, PHONE = (1400, 900), (360, 740)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Browser:
    """One Chromium on one page; what it asks for and says is kept."""

    def __init__(self, page: Path, folder: Path) -> None:
        binary, driver = (
            next(filter(None, map(shutil.which, names)), None)
            for names in (("chromium", "chromium-browser", "google-chrome"), ("chromedriver",))
        )
        if not binary or not driver:
            pytest.skip(f"no {'chromedriver' if binary else 'chromium'} here")
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for flag in (*FLAGS, f"--user-data-dir={folder}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.page = page.as_uri()
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))

    def tell(self, command: str, **how: Any) -> dict[str, Any]:
        """A command of the Chrome DevTools Protocol."""
        return self.driver.execute_cdp_cmd(command, how)

    def open(self, *, dark: bool = False, size: tuple[int, int] = WIDE, script: bool = True) -> None:
        """The page again, as this reader sees it."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme])
        self.tell(
            "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False
        )
        self.tell("Emulation.setScriptExecutionDisabled", value=not script)
        self.driver.get(self.page)

    def run(self, script: str, *words: object) -> Any:
        return self.driver.execute_script(script, *words)

    def open_all(self) -> None:
        self.run("document.querySelectorAll('details').forEach(one => { one.open = true })")

    def requests(self) -> list[str]:
        """Everything that the page asked for, from the log of the network; Chromium's own first page is not ours."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [one["params"] for one in events if one["method"] == "Network.requestWillBeSent"]
        return [one["request"]["url"] for one in sent if one["documentURL"] == self.page]


@pytest.fixture(scope="module")
def browser(shown_result: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SE_OFFLINE", "true")  # selenium looks for no driver elsewhere
        made = Browser(shown_result / "report.html", tmp_path_factory.mktemp("chromium"))
        yield made
        made.driver.quit()


@pytest.fixture(scope="module")
def results(shown_result: Path) -> Results:
    return analysis.analyse(journal.read(shown_result))


@pytest.fixture(scope="module")
def axe() -> str:
    """The program axe-core, as the package that is kept up with it has it; nothing of the package runs."""
    found = importlib.util.find_spec("axe_playwright_python")
    if not found or not found.submodule_search_locations:
        pytest.skip("axe-playwright-python is not installed")
    return Path(found.submodule_search_locations[0], "axe.min.js").read_text(encoding="utf-8")


pytestmark = pytest.mark.real


def test_it_asks_for_nothing_but_itself_and_has_no_fault(browser: Browser) -> None:
    browser.open()
    asked = browser.requests()
    assert [url for url in asked if not url.startswith("data:")] == [browser.page]
    assert [entry for entry in browser.driver.get_log("browser") if entry["level"] != "INFO"] == []
    assert browser.run("return document.compatMode") == "CSS1Compat"


@pytest.mark.parametrize(("dark", "size"), [(False, WIDE), (True, PHONE)], ids=["light", "dark"])
def test_axe_finds_nothing(browser: Browser, axe: str, dark: bool, size: tuple[int, int]) -> None:
    browser.open(dark=dark, size=size)
    browser.open_all()
    browser.run(axe)
    found = browser.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        f"axe.run(document, {{runOnly: {{type: 'tag', values: {json.dumps(RULES)}}}}}).then(done, done)"
    )
    wrong = {one["id"]: [node["html"][:200] for node in one["nodes"]] for one in found["violations"]}
    assert wrong == {}
    # What axe cannot tell is text in an SVG: tests/test_figure.py holds the contrast of its colours.
    (contrast,) = [one["nodes"] for one in found["passes"] if one["id"] == "color-contrast"]
    assert len(contrast) > 100


def test_light_and_dark_are_two_papers(browser: Browser) -> None:
    papers = []
    for dark in (False, True):
        browser.open(dark=dark)
        papers.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
    assert papers == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


def test_numbers_and_labels_of_figures_are_text_that_can_be_selected(browser: Browser) -> None:
    browser.open()
    selected = "getSelection().selectAllChildren(arguments[0]); return getSelection().toString()"
    cells = browser.driver.find_elements("css selector", "section.chapter tbody td:has(b)")
    assert cells
    for cell in (cells[0], cells[-1]):
        assert " ".join(browser.run(selected, cell).split()) == " ".join(cell.text.split())
    labels = [one for one in browser.driver.find_elements("css selector", "figure svg text") if one.text.strip()]
    if not labels:
        pytest.skip("matplotlib is not installed")
    assert browser.run(selected, labels[0]).strip() == labels[0].text.strip()


def test_everything_is_there_without_javascript(browser: Browser, results: Results) -> None:
    browser.open(script=False)
    try:
        shot = browser.tell("DOMSnapshot.captureSnapshot", computedStyles=[])
    finally:
        browser.tell("Emulation.setScriptExecutionDisabled", value=False)
    strings, (whole, *_) = shot["strings"], shot["documents"]
    laid_out = squeezed("".join(strings[place] for place in whole["layout"]["text"] if place >= 0))
    for claim in results.scenarios[0].claims:
        for words in (claim.verdict, claim.claim.text, claim.why):
            assert squeezed(words) in laid_out
    assert laid_out.count("3.13toff") >= sum(one.run.interpreter == "3.13t" for one in results.scenarios[0].runs)


def squeezed(text: str) -> str:
    """The letters of a text: where an element begins and ends, a snapshot has other blanks than a line."""
    return "".join(text.split())


def test_a_phone_scrolls_tables_and_not_the_page(browser: Browser) -> None:
    browser.open(size=PHONE)
    browser.open_all()
    wide = browser.run(
        "return [...document.querySelectorAll('body *')]"
        ".filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1"
        " && !one.closest('.scroll, pre, .drawing')).map(one => one.outerHTML.slice(0, 100))"
    )
    assert wide == []
    assert browser.run("return document.documentElement.scrollWidth") <= PHONE[0]
    assert browser.run(
        "const one = document.querySelector('.chapter .scroll'); return one.scrollWidth > one.clientWidth"
    )


def test_it_can_be_used_by_keyboard(browser: Browser) -> None:
    browser.open()
    browser.driver.switch_to.active_element.send_keys("\ue004")  # Tab
    assert browser.driver.switch_to.active_element.text == "Skip to the content"
    unreachable = browser.run(
        "return [...document.querySelectorAll('.scroll, pre')].filter(one => one.tabIndex < 0).length"
    )
    assert unreachable == 0


def test_on_paper_it_is_whole(browser: Browser, results: Results) -> None:
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    browser.open(dark=True)
    printed = base64.b64decode(browser.tell("Page.printToPDF", printBackground=True)["data"])
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed)).pages]
    text = " ".join(unicodedata.normalize("NFKC", " ".join(pages)).split())  # ligatures
    for claim in results.scenarios[0].claims:
        assert claim.verdict in text
        assert claim.claim.text in text
    folded = ("matrix: {threads: [1, 2]", "a wrong <answer>", "those that do not hold first", "L1 data")
    assert [one for one in folded if one not in text] == []
    assert "Skip to the content" not in text
