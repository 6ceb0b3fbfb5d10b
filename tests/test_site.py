"""The documentation as a web site: built strictly, whole, readable without a network, and as GitHub shows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

pytest.importorskip("mkdocs", reason="mkdocs is not installed; to have it: pip install -e '.[docs]'")
pytest.importorskip("material", reason="mkdocs-material is not installed; to have it: pip install -e '.[docs]'")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a dead link or anchor, or a page that is not in the navigation, ends the build."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_it_has_every_page(site: Path) -> None:
    for page in PAGES:
        assert (site / page.relative_to(DOCS).with_suffix(".html")).is_file(), page


@pytest.mark.slow
def test_its_dashboard_is_found_from_every_page(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    environment = os.environ | {"FTENG_RESULTS": "dashboard/index.html"}
    subprocess.run(build, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert 'href="dashboard/index.html"' in (tmp_path / "index.html").read_text(encoding="utf-8")
    below = next((tmp_path / "decisions").glob("*.html")).read_text(encoding="utf-8")
    assert 'href="../dashboard/index.html"' in below


class Requests(HTMLParser):
    """The addresses that a browser would ask of other servers to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        loads = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}
        address = given.get(loads.get(tag, ""), "") or ""
        if re.match(r"(https?:)?//", address) and given.get("rel") != "canonical":
            self.found.append(address)


def test_it_asks_nothing_of_other_servers(site: Path) -> None:
    for page in site.rglob("*.html"):
        reader = Requests()
        reader.feed(page.read_text(encoding="utf-8"))
        assert not reader.found, page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?https?:|@import", sheet.read_text(encoding="utf-8")), sheet


class Elements(HTMLParser):
    """How many elements of each kind that a reader sees a text has."""

    SEEN = frozenset({"h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "tr", "pre", "blockquote", "strong", "em"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count.update({tag} & self.SEEN)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_page_has_the_same_parts_as_on_github(page: Path) -> None:
    """Python-Markdown wants four spaces and an empty line where CommonMark does not."""
    import markdown
    from mkdocs.config import load_config

    settings = load_config(str(ROOT / "mkdocs.yml"))
    text = page.read_text(encoding="utf-8")
    ours = markdown.markdown(text, extensions=settings.markdown_extensions, extension_configs=settings.mdx_configs)
    assert Elements(ours).count == Elements(MarkdownIt("gfm-like", {"linkify": False}).render(text)).count


def test_links_stay_within_the_documentation() -> None:
    """A link to a file beside docs/ would be dead on the site."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not re.match(r"https?://|mailto:", target):
                assert (page.parent / target).resolve().is_relative_to(DOCS), f"{page.name}: {target}"
