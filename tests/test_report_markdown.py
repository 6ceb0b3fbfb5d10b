"""report.md as GitHub would show it: verdicts first, nothing of others alive in it, never too long for a comment."""

from __future__ import annotations

import re
import runpy
from dataclasses import replace
from pathlib import Path

import markdown_it
import pytest

from engine import analysis, journal, report
from engine.report import markdown

SAMPLE = runpy.run_path(str(Path(__file__).parent / "data" / "report" / "sample.py"))
RESULTS, JOURNAL = SAMPLE["results"](), SAMPLE["journal"]()
COMMENT = 65_536
"""Characters that GitHub takes in a comment."""
OURS = {
    "h3",
    "h4",
    "p",
    "ul",
    "li",
    "strong",
    "em",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "sub",
    "details",
    "summary",
}


def page(text):
    return markdown_it.MarkdownIt("gfm-like", {"html": True, "linkify": True}).enable(["linkify", "table"]).render(text)


def many(count, **changes):
    """The sample's first scenario with so many rows of its first run."""
    one = RESULTS.scenarios[0]
    runs = tuple(
        replace(
            one.runs[0], run=replace(one.runs[0].run, id=f"r{number}", parameters=(("padding", number), ("slots", 0)))
        )
        for number in range(count)
    )
    return replace(one, runs=runs, **changes)


def render(results):
    return report.render("markdown", results, JOURNAL)


class TestOrder:
    def test_verdicts_stand_first_and_what_failed_before_what_held(self):
        lines = render(RESULTS).splitlines()
        assert lines[0] == "### Claims: 1 supported, 1 refuted, 1 not tested"
        verdicts = [line.split(" | ")[0] for line in lines if re.match(r"\| (\*\*)?(supp|refu|inco|not )", line)]
        assert verdicts == ["| **refuted**", "| **not tested**", "| supported"]
        warnings = lines.index("**Warnings**")
        assert warnings < next(number for number, line in enumerate(lines) if line.startswith("| verdict"))
        assert any("crashed in 3 of 3 invocations" in line for line in lines[warnings:])
        assert any("NOT COMPLETE" in line for line in lines[warnings:])

    def test_numbers_are_those_of_the_text(self):
        text = report.render("text", RESULTS, JOURNAL)
        for row in (row for one in RESULTS.scenarios for row in one.runs if row.speedup):
            cell = f"{row.speedup.ratio.low:.2f} {row.speedup.ratio.value:.2f} {row.speedup.ratio.high:.2f}]"
            assert cell in render(RESULTS)
            assert cell in text

    def test_a_result_without_claims_says_what_it_has(self):
        bare = replace(RESULTS, scenarios=(replace(RESULTS.scenarios[0], claims=()),))
        assert re.match(r"### \d+ runs of 1 scenario, no claims\n", render(bare))

    def test_an_empty_result_is_a_page_too(self):
        assert render(replace(RESULTS, scenarios=())).startswith("### 0 runs of 0 scenarios, no claims\n")

    def test_many_scenarios_are_folded_away(self):
        few, folded = render(replace(RESULTS, scenarios=(many(3),))), render(replace(RESULTS, scenarios=(many(3),) * 4))
        assert "\n#### " in few
        assert "\n#### " not in folded
        assert folded.count("(3 rows)</summary>") == 4


class TestLength:
    @pytest.mark.parametrize("count", [100, 3_000])
    def test_rows_that_do_not_fit_are_counted(self, count):
        text = render(replace(RESULTS, scenarios=(many(count),) * 3))
        assert len(text) < COMMENT
        shown = sum(line.startswith("| 3.13") for line in text.splitlines())
        left = [int(number.replace(",", "")) for number in re.findall(r"and ([\d,]+) more rows", text)]
        assert shown + sum(left) == 3 * count
        assert (left != []) == (count == 3_000)

    def test_scenarios_that_do_not_fit_are_counted(self):
        one = many(2, warnings=("w" * 300,) * 5, claims=RESULTS.scenarios[0].claims * 3)
        text = render(replace(RESULTS, scenarios=(one,) * 300))
        assert 40_000 < len(text) < COMMENT
        scenarios, rows = re.search(r"Left out for their size: ([\d,]+) scenarios with ([\d,]+) rows", text).groups()
        assert int(scenarios) + text.count("(2 rows)</summary>") == 300
        assert int(rows) == 2 * int(scenarios)
        assert text.count("<details>") == text.count("</details>")
        assert re.search(r"and [\d,]+ more claims", text)

    def test_texts_without_end_are_cut(self):
        long = "x" * 100_000
        one = replace(many(2), scenario=replace(many(1).scenario, title=long, question=long), warnings=(long,) * 3)
        whole = replace(RESULTS, scenarios=(one,), command=long, damage=(long,) * 9)
        text = render(whole)
        assert len(text) < 20_000
        assert "DAMAGED: 9 lines of the journal" in text


@pytest.mark.real
class TestHostileWords:
    @pytest.fixture
    def shown(self, shown_result):
        kept = journal.read(shown_result)
        results = analysis.analyse(kept)
        alive = "[x](javascript:alert(1)) @octocat #1 https://e.vil www.e.vil `c` | *b* $m$ <img src=x> </details> &lt;"
        first = results.scenarios[0]
        scenario = replace(first.scenario, title=alive, question=alive, name=alive)
        host = replace(results.host, facts=((alive, alive),), warnings=(alive,))
        hostile = replace(first, scenario=scenario, warnings=(alive, *first.warnings))
        return [
            markdown.render(replace(results, host=host, command=alive, scenarios=(hostile,) * times), kept)
            for times in (1, 4)
        ]

    def test_are_shown_and_do_nothing(self, shown):
        for text in shown:
            html = page(text)
            tags = {tag.lower() for tag in re.findall(r"</?([a-zA-Z!][\w-]*)", html)}
            assert tags <= OURS
            assert not re.search(r"<[^>]*\b(?:href|src)=", html)
            assert not re.search(r"[@#]\w|://|www\.", text.replace("#### ", "").replace("### ", ""))
            assert "[x](javascript:alert(1))" in html
            assert html.count("<details>") == html.count("</details>")
            assert all(letter.isprintable() or letter in "\n\N{WORD JOINER}" for letter in text)

    def test_begin_no_cell_and_no_row(self, shown):
        for text in shown:
            tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
            assert tables
            for table in tables:
                assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1

    def test_an_unclear_verdict_stays_visible(self, shown_result):
        kept = journal.read(shown_result)
        text = report.render("markdown", analysis.analyse(kept), kept)
        assert "| **not tested** |" in text
        rows = [row for one in analysis.analyse(kept).scenarios for row in one.runs if row.against]
        unclear = sum(row.against.direction == "inconclusive" for row in rows)
        assert sum("| unclear |" in line for line in text.splitlines()) == unclear
