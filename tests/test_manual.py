"""The generated pages say what they are made from, and name every scenario and kernel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine import kernel, manual, resources, scenario
from engine.document import parse
from engine.manual.scenario_page import EXAMPLE
from engine.schema import validate

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("name", sorted(manual.PAGES))
def test_a_page_is_what_it_is_made_from(name: str) -> None:
    kept = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert kept == manual.PAGES[name](), "run: make docs"


def test_a_page_is_printed_by_its_name() -> None:
    command = [sys.executable, "-m", "engine.manual"]
    done = subprocess.run([*command, "scenario"], capture_output=True, text=True, check=True, cwd=DOCS.parent)
    assert done.stdout == manual.PAGES["scenario"]()
    done = subprocess.run([*command, "nothing"], capture_output=True, text=True, check=False, cwd=DOCS.parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert all(name in done.stderr for name in manual.PAGES)


def test_the_example_of_the_scenario_page_is_valid(tmp_path: Path) -> None:
    assert validate(parse(EXAMPLE, "example"))["tags"] == ["memory", "ordering"]
    path = tmp_path / "false_sharing.yaml"
    path.write_text(EXAMPLE)
    assert scenario.check([path]) == ()


def test_the_catalogue_has_a_heading_for_each_scenario_and_kernel_and_every_link_leads_to_one() -> None:
    page = manual.PAGES["catalogue"]()
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    names = [path.relative_to(resources.scenarios()).with_suffix("") for path in resources.scenarios().rglob("*.yaml")]
    for name in [*map(str, names), *(path.stem for path in kernel.shipped())]:
        assert headings.count(name) == 1, name
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors


def test_the_links_of_the_page_of_commands_lead_to_its_headings_and_to_pages() -> None:
    page = manual.PAGES["commands"]()
    anchors = {heading.replace(" ", "-") for heading in re.findall(r"^## (.+)$", page, re.MULTILINE)}
    links = set(re.findall(r"\]\(([^)]+)\)", page))
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    assert all((DOCS / link).is_file() for link in links if not link.startswith("#"))


def test_the_man_page_is_one_that_man_can_show() -> None:
    program = shutil.which("mandoc")
    if not program:
        pytest.skip("no mandoc here; to have it: apt-get install mandoc")
    page = manual.OTHERS["man"]()
    lint = subprocess.run(
        [program, "-T", "lint", "-W", "warning"], input=page, capture_output=True, text=True, check=False
    )
    assert [line for line in lint.stdout.splitlines() if "missing date" not in line] == []
    shown = subprocess.run([program, "-T", "utf8"], input=page, capture_output=True, text=True, check=True).stdout
    plain = re.sub(r".\x08", "", shown)
    assert "fteng run --resume reports/20261122-101500-gil" in plain
    assert "--fail-on 'slower>5%'" in plain
