"""Figures: what they say against the results, what is in the SVG, PNG and PDF, colours, hostile names, traces."""

from __future__ import annotations

import hashlib
import math
import os
import pickle
import re
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from engine import analysis, figure, resources, scenario, units
from engine import journal as journals
from engine.analysis.series import by_group, series
from engine.errors import EngineError
from engine.figure import panel, style
from engine.figure.rows import arrange
from engine.figure.series import MOST, picture
from engine.model import Estimate, Failure, Header, Warmup

DATA = Path(__file__).parent / "data"
MAKE = runpy.run_path(str(DATA / "figure" / "sample.py"))
SAMPLE = runpy.run_path(str(DATA / "report" / "sample.py"))
SHIPPED = sorted(str(path) for path in scenario.find([str(resources.scenarios())]))
SHAPES = (
    "memory/ordering/false_sharing",  # two axes of the kernel
    "memory/ordering/alignment",  # three, most combinations left out
    "evolution/single_thread",  # one thread count
    "locks/signalling",  # four thread counts, cases of `include`
    "specialization/typed_operations",  # one axis
    "baseline/memory_io",  # three axes
)
SVG = "{http://www.w3.org/2000/svg}"

pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'fteng[plot]'")


def loaded(name):
    return scenario.load(Path(next(path for path in SHIPPED if path.endswith(f"{name}.yaml"))))


def judged(journal):
    return analysis.analyse(journal).scenarios, analysis.traces(journal)


def drawings(one, traces):
    return {kind: found for kind in figure.KINDS if (found := figure.draw(kind, one, traces))}


def words(svg):
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture(scope="module")
def sharing():
    """A scenario with two axes, measured twice over: eight rounds of two builds, a slow one among them, and a pause."""
    made = MAKE["journal"]([loaded("memory/ordering/false_sharing")], rounds=8, kept=5, slow=(6,), pause=4000.0)
    (one,), traces = judged(made)
    return made, one, traces


def check_svg(svg, drawing):
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    title, desc = (root.find(f"{SVG}{tag}") for tag in ("title", "desc"))
    assert root.get("aria-labelledby").split() == [title.get("id"), desc.get("id")]
    assert (title.text, desc.text) == (drawing.title, drawing.summary)
    named = {element.get("href")[1:] for element in root.iter() if element.get("href")}
    named |= set(re.findall(r"url\(#([^)]+)\)", svg))
    assert named <= set(ids)
    assert set(re.findall(r"var\(--fig-(\w+)", svg)) <= set(style.COLOURS)
    assert not set(re.findall(r"#[0-9a-f]{6}", re.sub(r"var\(--fig-\w+, #[0-9a-f]{6}\)", "", svg)))
    assert "<style" not in svg
    assert "font-family" not in svg
    assert not re.search(r"<(path|g)[^>]*></\1>", svg)
    return ids


@pytest.mark.parametrize("name", SHAPES)
def test_every_kind_draws_each_shape_of_scenario_or_says_why_not(name):
    (one,), traces = judged(MAKE["journal"]([loaded(name)], rounds=4, kept=2, warmup=1))
    check(one, traces)


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED)
def test_every_kind_draws_every_shipped_scenario_or_says_why_not(path):
    builds = ("3.12", "3.13", "3.13t", "3.14", "3.14t")
    made = MAKE["journal"]([scenario.load(Path(path))], rounds=6, kept=4, builds=builds, cpus=(0, 1, 2, 3))
    check(*[judged(made)[0][0], judged(made)[1]])


def check(one, traces):
    seen = []
    for kind in figure.KINDS:
        drawing, why = figure.draw(kind, one, traces), figure.why_not(kind, one, traces)
        assert (drawing is None) == bool(why)
        if drawing:
            seen += check_svg(drawing.svg(), drawing)
            assert drawing.title.startswith(one.scenario.name)
            assert drawing.summary.endswith(".")
            assert "nan" not in drawing.summary
    assert len(seen) == len(set(seen))
    assert {"forest", "series"} <= set(drawings(one, traces))


def test_all_kinds_draw_what_has_all_of_it(sharing):
    _, one, traces = sharing
    assert set(drawings(one, traces)) == set(figure.KINDS)


def test_the_text_of_a_figure_is_text(sharing):
    _, one, traces = sharing
    shown = {kind: words(drawing.svg()) for kind, drawing in drawings(one, traces).items()}
    assert {"3.13", "3.13t", "ideal", "1", "2"} <= set(shown["scaling"])
    assert {"slots objects, padding 64", "3.13t, 2 threads", "slower", "faster"} <= set(shown["forest"])
    assert {"all runs", "paused 1 h 6 min", "seconds of measuring, pauses left out"} <= set(shown["series"])
    assert {"padding", "64", "slots buffer", "base", "3.13, 1 thread"} <= set(shown["heatmap"])
    assert {"1 thread", "2 threads", "3.13, slots objects"} <= set(shown["warmup"])


def test_numbers_of_a_forest_are_those_of_the_results(sharing):
    _, one, traces = sharing
    shown = words(figure.draw("forest", one, traces).svg())
    wanted = [row.against for row in one.runs if row.against]
    assert len(wanted) > 10
    for found in wanted:
        assert units.interval(found.ratio.low, found.ratio.value, found.ratio.high) in shown
    verdicts = [word for word in shown if word in {"faster", "slower", "same", "unclear"}]
    told = sorted({"inconclusive": "unclear"}.get(one.direction, one.direction) for one in wanted)
    assert sorted(verdicts) == told


def test_numbers_of_the_heat_map_are_those_of_the_results(sharing):
    _, one, traces = sharing
    shown = words(figure.draw("heatmap", one, traces).svg())
    for row in one.runs:
        if row.against:
            text = units.quantity(row.against.ratio.value)
            assert (f"({text})" if row.against.direction == "inconclusive" else text) in shown


def test_the_summary_has_the_numbers(sharing):
    _, one, traces = sharing
    found = drawings(one, traces)
    best = max((row.speedup.ratio for row in one.runs if row.speedup), key=lambda ratio: ratio.value)
    assert units.interval(best.low, best.value, best.high) in found["scaling"].summary
    ratios = [row.against.ratio for row in one.runs if row.against]
    for ratio in (min(ratios, key=lambda one: one.value), max(ratios, key=lambda one: one.value)):
        for kind in ("forest", "heatmap"):
            assert units.interval(ratio.low, ratio.value, ratio.high) in found[kind].summary
    count = sum(len(trace.times) for run, trace in traces.items() if run in {row.run.id for row in one.runs})
    assert found["series"].summary.startswith(units.count(count, "invocation"))
    late = [e for row in one.runs for e, sure in zip(row.warmup.relative, row.warmup.proven, strict=True) if sure]
    furthest = max(late, key=lambda one: abs(math.log(one.value)))
    assert units.interval(furthest.low, furthest.value, furthest.high) in found["warmup"].summary


def test_a_verdict_has_its_own_shape_and_an_unclear_one_is_not_filled(sharing):
    _, one, _ = sharing
    few = []
    for direction in ("faster", "slower", "same", "inconclusive"):
        row = next(row for row in one.runs if row.against)
        few.append(replace(one, runs=(replace(row, against=replace(row.against, direction=direction)),)))
    svgs = [figure.draw("forest", found, {}).svg() for found in few]
    shapes = [re.search(r'<path id="[^"]*" d="([^"]*)"', svg)[1] for svg in svgs]
    assert len(set(shapes)) == 4
    assert ["var(--fig-paper" in svg for svg in svgs] == [False, False, False, True]


def test_without_a_baseline_the_forest_shows_speedups(sharing):
    _, one, _ = sharing
    alone = replace(one, runs=tuple(replace(row, against=None) for row in one.runs))
    drawing = figure.draw("forest", alone, {})
    assert "Speedup over one thread" in drawing.summary
    speedup = next(row.speedup.ratio for row in one.runs if row.speedup)
    assert units.interval(speedup.low, speedup.value, speedup.high) in words(drawing.svg())


def test_without_one_thread_the_scaling_shows_throughput(sharing):
    _, one, _ = sharing
    groups = [replace(row, run=replace(row.run, threads=2 * row.run.threads), speedup=None) for row in one.runs]
    drawing = figure.draw("scaling", replace(one, runs=tuple(groups)), {})
    assert "Operations per second" in drawing.summary
    assert any("M/s" in word for word in words(drawing.svg()))


@pytest.mark.parametrize("counts", [(1, 2), (1, 2, 4, 8), (1, 2, 4, 8, 16, 32, 64)])
def test_any_number_of_thread_counts_is_drawn(sharing, counts):
    _, one, _ = sharing
    single, double = sorted((row for row in one.runs[:2]), key=lambda row: row.run.threads)
    rows = [single]
    for count in counts[1:]:
        ratio = Estimate(value=0.9 * count, low=0.8 * count, high=count * 1.0, confidence=0.95, count=8)
        run = replace(double.run, threads=count, id=f"{count:010x}")
        over = ("oversubscribed",) if count > 32 else ()
        rows.append(replace(double, run=run, speedup=replace(double.speedup, ratio=ratio), flags=over))
    shown = words(figure.draw("scaling", replace(one, runs=tuple(rows)), {}).svg())
    assert {str(count) for count in counts} <= set(shown)
    assert any(units.ratio(0.9 * counts[-1]) in word for word in shown)
    assert any("more threads than CPUs" in word for word in shown) == (counts[-1] == 64)


def test_what_is_too_much_is_cut_and_named(sharing):
    _, one, traces = sharing
    many = []
    for number in range(20):
        for row in one.runs:
            values = (("padding", 1000 + number), ("slots", dict(row.run.parameters)["slots"]))
            many.append(replace(row, run=replace(row.run, parameters=values, id=f"{number}-{row.run.id}")))
    large = replace(one, runs=tuple(many))
    scaling = figure.draw("scaling", large, {})
    panels = len({row.case for row in arrange(large)})
    assert f"Left out: {panels - 16} more cases of {panels}" in scaling.summary
    ratios = sum(bool(row.against) for row in many)
    forest = figure.draw("forest", large, {})
    assert f"48 of {ratios} rows" in forest.summary
    assert sum(word in {"faster", "slower", "same", "unclear"} for word in words(forest.svg())) == 48
    copies = {run.run.id: replace(traces[run.run.id.partition("-")[2]], run=run.run.id) for run in many}
    assert f"{MOST} of {len(many)} runs" in figure.draw("series", large, copies).summary
    paddings = len({dict(row.run.parameters)["padding"] for row in many})
    assert f"Left out, the last ones: {paddings - 10} columns" in figure.draw("heatmap", large, {}).summary
    groups = len({row.group for row in arrange(large)})
    assert f"12 of {groups} groups" in figure.draw("warmup", large, {}).summary


HOSTILE = (
    "$\\frac{1}{0}$ and $x",
    "</text><script>alert(1)</script>",
    "a\x1b[31m\x00\x07\r\nb\u202e\ud800c\ufffe",
    "&amp; \" ' <!-- ]]> %s {0} \\N",
    "漢字 \N{ROCKET} e\u0301",
    "long " * 200,
)


@pytest.mark.parametrize("text", [*HOSTILE[:2], *(pytest.param(one, marks=pytest.mark.slow) for one in HOSTILE[2:])])
def test_hostile_names_are_drawn_as_text_and_do_nothing(sharing, text):
    _, one, traces = sharing
    runs = tuple(
        replace(row, run=replace(row.run, parameters=(("padding", text), ("slots", str(place % 3)))))
        for place, row in enumerate(one.runs)
    )
    bad = replace(
        one,
        scenario=replace(one.scenario, name=text, title=text, interpreters=(text, "3.13t")),
        runs=tuple(
            replace(row, run=replace(row.run, interpreter=text if row.run.interpreter == "3.13" else "3.13t"))
            for row in runs
        ),
    )
    for kind in figure.KINDS:
        drawing = figure.draw(kind, bad, traces)
        svg = drawing.svg()
        root = ET.fromstring(svg)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            *("svg", "title", "desc", "g", "defs", "path", "use", "text"),
        }
        said = "".join(root.itertext())
        assert all(letter.isprintable() for letter in said)
        assert ("$" in said) == ("$" in text) or len(text) > 100
    for form, magic in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
        assert figure.draw("forest", bad, traces).file(form, dpi=40).startswith(magic)


def test_a_dollar_sign_begins_no_mathematics(sharing):
    _, one, _ = sharing
    runs = tuple(replace(row, run=replace(row.run, interpreter=f"$x_1^{row.run.interpreter}$")) for row in one.runs)
    shown = words(figure.draw("scaling", replace(one, runs=runs), {}).svg())
    assert {"$x_1^3.13$", "$x_1^3.13t$"} <= set(shown)


def size_of(png):
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_a_png_has_the_size_that_was_asked_for(sharing):
    _, one, traces = sharing
    drawing = figure.draw("heatmap", one, traces)
    png = drawing.file("png", width=6, height=9, dpi=50)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert size_of(png) == (300, 450)
    assert size_of(drawing.file("png", dpi=20))[0] == round(style.WIDTH / 72 * 20)


def test_a_pdf_holds_its_fonts_as_outlines_and_no_date(sharing):
    _, one, traces = sharing
    pdf = figure.draw("forest", one, traces).file("pdf", width=5)
    assert pdf.startswith(b"%PDF-1.4")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf
    assert b"/MediaBox [ 0 0 360 " in pdf


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"width": 2}, "3 to 100 inches wide"),
        ({"width": math.nan}, "3 to 100 inches wide"),
        ({"height": 0.5}, "inches high"),
        ({"height": math.inf}, "inches high"),
        ({"dpi": 1e9}, "dpi"),
        ({"dpi": -1}, "dpi"),
        ({"dpi": math.nan}, "dpi"),
    ],
)
def test_a_size_that_cannot_be_is_refused(sharing, how, message):
    _, one, traces = sharing
    with pytest.raises(EngineError, match=message):
        figure.draw("forest", one, traces).file("png", **how)


PROGRAM = """
import hashlib, pickle, sys
from engine import figure
one, traces = pickle.load(sys.stdin.buffer)
found = [figure.draw(kind, one, traces) for kind in ("scaling", "series")]
print("matplotlib" in sys.modules, figure.available())
for drawing in found:
    for data in (drawing.svg().encode(), *(drawing.file(form, dpi=60) for form in ("svg", "png", "pdf"))):
        print(hashlib.sha256(data).hexdigest())
"""


def test_the_bytes_are_the_same_in_every_process_whatever_the_user_set_up(sharing, tmp_path):
    """And matplotlib is not imported before something is drawn."""
    _, one, traces = sharing
    rc = "font.size: 30\nlines.linewidth: 9\ntext.parse_math: True\nsvg.fonttype: path\npath.sketch: 3, 9, 2\n"
    (tmp_path / "matplotlibrc").write_text(rc)
    settings = os.environ | {"PYTHONHASHSEED": "2", "MATPLOTLIBRC": str(tmp_path), "TZ": "Asia/Tokyo"}
    asked = pickle.dumps((one, dict(traces)))
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=asked, capture_output=True, check=True, env=settings)
    said, *digests = done.stdout.decode().splitlines()
    assert said == "False True"
    here = []
    for drawing in (figure.draw(kind, one, traces) for kind in ("scaling", "series")):
        files = [drawing.file(form, dpi=60) for form in ("svg", "png", "pdf")]
        here += [hashlib.sha256(data).hexdigest() for data in (drawing.svg().encode(), *files)]
    assert digests == here
    assert len(set(here)) == 8


def test_an_unknown_kind_is_a_mistake_of_ours(sharing):
    with pytest.raises(ValueError, match="scaling, forest"):
        figure.draw("pie", sharing[1], {})


# Colours


def channels(colour):
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def linear(colour):
    return np.array([one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels(colour)])


def contrast(one, other):
    """WCAG 2.2, relative luminance and contrast ratio."""
    light, dark = sorted((float(np.dot(linear(c), (0.2126, 0.7152, 0.0722))) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [style.LIGHT, style.DARK])
def test_text_and_marks_have_the_contrast_of_wcag_aa(theme):
    colours = {role: both[theme] for role, both in style.COLOURS.items()}
    tones = [role for role in colours if role.startswith("tone")]
    for ground in ("paper", "shade"):
        for role in ("ink", "muted", *tones):
            assert contrast(colours[role], colours[ground]) >= 4.5, (role, ground)
    for role, colour in colours.items():
        if role.startswith(("less", "more", "even")):
            assert contrast(colours["ink"], colour) >= 4.5, role
    assert contrast(colours["muted"], colours["even"]) >= 4.5


DEFICIENT = {
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
}
"""Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color vision deficiency, 2009."""


def lab(values):
    """CIE 1976, D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(
        values, 0, 1
    )
    f = np.cbrt(np.maximum(xyz / (0.9505, 1.0, 1.089), 1e-6))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", [style.LIGHT, style.DARK])
@pytest.mark.parametrize("kind", [None, *DEFICIENT])
def test_the_first_tones_differ_for_every_eye_and_all_by_dash_and_mark(theme, kind):
    matrix = np.array(DEFICIENT[kind]) if kind else np.eye(3)
    seen = [lab(matrix @ linear(style.COLOURS[tone.colour][theme])) for tone in style.TONES[:4]]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 10
    assert len({tone.mark for tone in style.TONES}) == len({tone.dash for tone in style.TONES}) == len(style.TONES)


def test_the_stylesheet_names_every_colour_in_both_themes_and_is_light_on_paper():
    css = style.stylesheet()
    for role, (light, dark) in style.COLOURS.items():
        assert css.count(f"--fig-{role}: {light};") == 2
        assert css.count(f"--fig-{role}: {dark};") == 2
    assert len({both[style.LIGHT] for both in style.COLOURS.values()}) == len(style.COLOURS)
    assert "@media print" in css


# Places


def test_a_scale_puts_values_where_they_belong_and_ticks_between_its_ends():
    for log in (False, True):
        scale = panel.Scale(low=0.25, high=4.0, start=100.0, end=0.0, log=log)
        assert (scale.at(0.25), scale.at(4.0), scale.at(99)) == (100.0, 0.0, 0.0)
        ticks = scale.ticks()
        assert 1.0 in ticks
        assert all(0.25 <= tick <= 4.0 for tick in ticks)
    assert panel.Scale(low=0.25, high=4.0, start=100.0, end=0.0, log=True).at(1.0) == pytest.approx(50)
    narrow = panel.Scale(low=0.98, high=1.03, start=0, end=1, log=True).ticks()
    assert len(narrow) >= 3
    wide = panel.Scale(low=1e-9, high=1e9, start=0, end=1, log=True).ticks()
    assert 3 <= len(wide) <= 7


def test_labels_are_moved_apart_and_stay_inside():
    found = panel.spread([50, 50, 51, 10], 12, 0, 70)
    assert sorted(found) == sorted(set(found))
    ordered = sorted(found)
    assert all(later - earlier >= 12 - 1e-9 for earlier, later in pairwise(ordered))
    assert ordered[-1] <= 70
    assert found[3] == 10


# Traces


def test_a_trace_has_the_times_that_the_series_computes(sharing):
    made, one, traces = sharing
    members = by_group(made)
    plan = made.header.plan
    runs = [(group, run) for group in plan.groups for run in group.runs]
    assert set(traces) == {run.id for _, run in runs}
    for group, run in runs[:6]:
        operations = one.scenario.kernel.operations if not group.control else 1
        known = series(run, operations, members[group.id]).times
        trace = traces[run.id]
        assert dict(zip(trace.rounds, trace.times, strict=True)) == pytest.approx(known)
        assert list(trace.seconds) == sorted(trace.seconds)
        begun = datetime.fromisoformat(made.header.started)
        starts = [datetime.fromisoformat(found.started) - begun for found in members[group.id]]
        assert list(trace.seconds) == [start.total_seconds() for start in starts]


def test_slow_invocations_are_those_whose_probe_was_slow(sharing):
    _, _, traces = sharing
    for trace in traces.values():
        for number, slowness in zip(trace.rounds, trace.slowness, strict=True):
            assert slowness == pytest.approx(2.0 if number == 6 else 1.0, rel=0.1)


def test_pilots_failures_and_starts_that_are_no_time_are_left_out(sharing):
    made, _, traces = sharing
    group = made.header.plan.groups[0]
    found = [one for one in made.invocations if one.group == group.id]
    spoilt = [
        replace(found[0], round=0),
        replace(found[1], failure=Failure(outcome="crashed", message="died")),
        replace(found[2], started="yesterday"),
        *found[3:],
    ]
    run = group.runs[0].id
    trace = analysis.traces(replace(made, invocations=tuple(spoilt)))[run]
    assert trace.rounds == (4, 5, 6, 7, 8)
    assert trace.times == traces[run].times[3:]
    nothing = replace(made, header=replace(made.header, started="?"))
    assert all(not trace.times for trace in analysis.traces(nothing).values())


def test_a_journal_in_a_file_gives_the_same_traces(sharing, tmp_path):
    made, _, traces = sharing
    with journals.create(tmp_path / "result", made.header) as writer:
        for invocation in made.invocations:
            writer.append(invocation)
    assert analysis.traces(journals.read(tmp_path / "result")) == traces


@pytest.mark.parametrize("name", ["format1.jsonl", "format2.jsonl"])
def test_old_journals_are_drawn_too(name):
    made = journals.read(DATA / "journal" / name)
    (one, *_), traces = judged(made)
    found = drawings(one, traces)
    assert {"scaling", "forest", "series"} <= set(found)
    for drawing in found.values():
        check_svg(drawing.svg(), drawing)


def test_a_pause_is_left_out_of_the_scale_and_named(sharing):
    _, one, traces = sharing
    found = picture(one, traces)
    assert [round(long) for _, long in found.pauses] == [4000]
    assert found.length < 120
    assert "1 pause left out" in found.summary


def test_many_invocations_are_taken_together_and_their_range_is_kept():
    from engine.figure.series import POINTS, Dot, _thinned

    dots = [
        Dot(when=float(n), value=1 + n % 7 / 100, slow=False, low=1 + n % 7 / 100, high=1 + n % 7 / 100)
        for n in range(999)
    ]
    found = _thinned(dots)
    assert len(found) <= POINTS
    assert all(dot.low <= dot.value <= dot.high for dot in found)
    assert min(dot.low for dot in found) == 1.0
    assert max(dot.high for dot in found) == pytest.approx(1.06)


def test_iterations_of_batches_are_drawn_at_their_places(sharing):
    _, one, _ = sharing
    row = one.runs[0]
    some = Estimate(value=1.5, low=1.4, high=1.6, confidence=0.95, count=8)
    long = Warmup(
        relative=(some,) * 20,
        declared=100,
        settled=None,
        known=True,
        proven=(True,) + (False,) * 19,
        first=50,
        width=50,
    )
    drawing = figure.draw("warmup", replace(one, runs=(replace(row, warmup=long),)), {})
    assert "iteration 51" in drawing.summary
    assert "1000" in words(drawing.svg())


def test_results_made_by_hand_are_drawn_or_not_in_words():
    slots, odd = SAMPLE["results"]().scenarios
    assert set(drawings(slots, {})) == {"scaling", "forest", "heatmap"}
    assert drawings(odd, {}) == {}
    assert isinstance(SAMPLE["journal"]().header, Header)
    assert {figure.why_not(kind, odd, {}) for kind in figure.KINDS}.isdisjoint({""})
