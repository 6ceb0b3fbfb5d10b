"""Journals whose groups follow known scaling laws, judged and reported."""

import csv
import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pytest

from engine import report
from engine.analysis import analyse
from engine.model import Failure
from tests.test_analysis import group, invocation, journal, judged, measured, only, run, team

THREADS = (1, 2, 4, 8)


def following(of, sigma=0.0, kappa=0.0, *, rounds=12, seed=1):
    """Invocations whose throughput follows a law, with noise."""
    generator = np.random.default_rng(seed)
    times = []
    for _ in range(rounds):
        level = 20_000_000 * math.exp(0.03 * generator.standard_normal())
        shape = {r.threads: 1 + sigma * (r.threads - 1) + kappa * r.threads * (r.threads - 1) for r in of.runs}
        times.append({t: round(level * s * math.exp(0.01 * generator.standard_normal())) for t, s in shape.items()})
    return measured(of, times)


def judged_on(cpus, groups, invocations):
    return judged(groups, invocations, cpus=tuple(range(cpus)))


def chapter(cpus, groups, invocations):
    """The block of the report, unbroken."""
    made = journal(groups, invocations, cpus=tuple(range(cpus)))
    blocks = report.render("text", analyse(made), made).split("\n\n")
    return [" ".join(block.split()) for block in blocks if "caling law" in block]


class TestFits:
    @pytest.mark.parametrize(
        ("law", "sigma", "kappa"), [("linear", 0, 0), ("Amdahl", 0.1, 0), ("USL", 0.05, 0.01), ("USL", 0.9, 0.5)]
    )
    def test_the_law_of_a_group_is_found_with_its_parameters(self, law, sigma, kappa):
        of = group(threads=THREADS)
        (found,) = judged_on(8, [of], following(of, sigma, kappa)).scaling
        best = found.fits[0]
        assert best.law == law
        assert best.sigma.low - 1e-9 <= sigma <= best.sigma.high + 1e-9
        assert best.kappa.low <= kappa <= best.kappa.high
        assert best.sigma.count == 12
        assert [fit.aicc for fit in found.fits] == sorted(fit.aicc for fit in found.fits)
        assert found.runs == tuple(r.id for r in of.runs)
        assert (found.label, found.why_not) == ("3.13t", "")

    def test_the_scale_is_the_throughput_of_one_thread(self):
        of = group(threads=THREADS)
        result = judged_on(8, [of], following(of, 0.1))
        assert result.scaling[0].fits[0].scale.value == pytest.approx(
            dict(only(result, 1).metrics)["throughput"].value, rel=0.01
        )

    def test_an_oversubscribed_thread_count_is_left_out(self):
        of = group(threads=(*THREADS, 16))
        invocations = following(of, 0.1)
        (found,) = judged_on(8, [of], invocations).scaling
        assert found.runs == tuple(r.id for r in of.runs[:-1])
        (free,) = judged_on(16, [of], invocations).scaling
        assert len(free.runs) == 5

    def test_only_rounds_that_all_thread_counts_share_are_used(self):
        of = group(threads=THREADS)
        invocations = following(of, 0.1)
        torn = dataclasses.replace(invocations[0], teams=invocations[0].teams[:-1])
        (found,) = judged_on(8, [of], [torn, *invocations[1:]]).scaling
        assert found.fits[0].sigma.count == 11

    def test_each_group_has_its_own(self):
        groups = [group(threads=THREADS, padding=p) for p in (0, 64)]
        invocations = following(groups[0], 0.3) + following(groups[1], 0)
        found = judged_on(8, groups, invocations).scaling
        assert [(one.label, one.fits[0].law) for one in found] == [
            ("3.13t, padding 0", "Amdahl"),
            ("3.13t, padding 64", "linear"),
        ]

    def test_karp_flatt_is_the_serial_share_that_the_speedup_implies(self):
        of = group(threads=THREADS)
        result = judged_on(8, [of], following(of, 0.1))
        assert only(result, 1).karp_flatt is None
        for threads in THREADS[1:]:
            share, speedup = only(result, threads).karp_flatt, only(result, threads).speedup.ratio
            assert share.low <= 0.1 <= share.high
            assert share.low == pytest.approx((threads / speedup.high - 1) / (threads - 1))
        one = judged([group()], following(group(), 0.1, rounds=1))
        assert math.isnan(only(one, 2).karp_flatt.low)


class TestWhyNot:
    @pytest.mark.parametrize(
        ("threads", "cpus", "why"),
        [
            (
                (1, 2),
                2,
                "it takes 4 usable thread counts, not 2 (1 and 2): ask for threads: [1, 2, 4, 8] on 8 CPUs or more",
            ),
            ((1, 2, 4, 8), 2, "not 2 (1 and 2; 4 and 8 oversubscribed on 2 CPUs): ask for threads: [1, 2, 4, 8] on 8"),
            ((2, 4), 1, "not 0 (2 and 4 oversubscribed on 1 CPU): ask for threads: [1, 2, 4, 8] on 8 CPUs or more"),
            ((1, 4), 4, "not 2 (1 and 4): ask for threads: [1, 2, 3, 4]"),
            ((1, 2, 8), 8, "not 3 (1, 2 and 8): ask for threads: [1, 2, 4, 8]"),
        ],
    )
    def test_too_few_thread_counts(self, threads, cpus, why):
        of = group(threads=threads)
        (found,) = judged_on(cpus, [of], following(of)).scaling
        assert found.fits == ()
        assert why in found.why_not
        assert len(found.runs) == len([count for count in threads if count <= cpus])

    def test_a_thread_count_without_numbers(self):
        of = group(threads=THREADS)
        torn = [dataclasses.replace(one, teams=one.teams[:-1]) for one in following(of)]
        (found,) = judged_on(8, [of], torn).scaling
        assert "not 3 (1, 2 and 4; 8 without numbers): make these work" in found.why_not

    def test_threads_pinned_to_too_few_cpus(self):
        plain = group(threads=(1, 2, 4))
        runs = tuple(dataclasses.replace(r, affinity=((0,),), id=r.id + "pinned") for r in plain.runs)
        of = dataclasses.replace(plain, runs=runs)
        (found,) = judged_on(8, [of], following(of)).scaling
        assert "not 1 (1; 2 and 4 oversubscribed on the CPUs of their affinity): pin them to more" in found.why_not

    def test_one_invocation(self):
        of = group(threads=THREADS)
        (found,) = judged_on(8, [of], following(of, rounds=1)).scaling
        assert found.why_not == "it takes 2 invocations with 1, 2, 4 and 8 threads, not 1: ask for more"

    def test_nothing_is_said_where_threads_do_not_vary_or_nothing_worked(self):
        alone, failed = group(threads=(1,), padding=0), group(threads=THREADS, padding=1)
        invocations = [*following(alone), invocation(failed, 1, [], failure=Failure(outcome="error", message=""))]
        assert judged_on(8, [alone, failed], invocations).scaling == ()

    def test_the_control_has_no_law(self):
        control = group(threads=THREADS, kernel="control", control=True)
        assert judged_on(8, [control], following(control)).scaling == ()


class TestReport:
    def test_says_the_preferred_law_with_intervals_and_the_others(self):
        of = group(threads=THREADS)
        (block,) = chapter(8, [of], following(of, 0.05, 0.005))
        assert "3.13t: USL: contention [" in block
        assert "most throughput at [" in block
        assert "a guess beyond the 8 measured" in block
        assert "AICc above it: Amdahl " in block
        assert "At 8 threads: efficiency [" in block
        assert "Karp-Flatt [" in block

    def test_a_loss_has_most_throughput_at_one_thread(self):
        of = group(threads=THREADS)
        (block,) = chapter(8, [of], following(of, 0.9, 2))
        assert "most throughput at 1 thread." in block

    def test_a_law_that_is_far_off_is_called_so(self):
        of = group(threads=THREADS)
        steps = {1: 20_000_000, 2: 20_000_000, 4: 60_000_000, 8: 60_000_000}
        (block,) = chapter(8, [of], measured(of, [steps] * 6))
        assert "It fits badly, off by at most" in block

    def test_a_reason_that_all_groups_share_is_one_line(self):
        groups = [group(threads=(1, 2), padding=p) for p in range(5)]
        (block,) = chapter(2, groups, [one for of in groups for one in following(of)])
        assert block == (
            "No scaling law: it takes 4 usable thread counts, not 2 (1 and 2): ask for threads: [1, 2, 4, 8] on 8 CPUs "
            "or more."
        )

    def test_a_reason_of_some_groups_names_them_once(self):
        groups = [group(threads=(1, 2) if p else THREADS, padding=p) for p in range(3)]
        (block,) = chapter(8, groups, [one for of in groups for one in following(of)])
        assert block.count("no law") == 1
        assert "3.13t, padding 1; 3.13t, padding 2: no law: it takes 4" in block

    def test_nothing_is_shown_where_threads_do_not_vary(self):
        of = group(threads=(2,))
        assert chapter(2, [of], following(of)) == []

    def test_csv_has_a_row_for_each_law_or_the_reason(self):
        groups = [group(threads=THREADS, padding=0), group(threads=(1, 2), padding=1)]
        made = journal(groups, [one for of in groups for one in following(of, 0.1)], cpus=tuple(range(8)))
        results = analyse(made)
        rows = list(csv.DictReader(io.StringIO(report.render("scaling", results, made)), strict=True))
        fitted, none = results.scenarios[0].scaling
        assert [row["law"] for row in rows] == [*(fit.law for fit in fitted.fits), ""]
        assert [row["preferred"] for row in rows] == ["true", "false", "false", ""]
        assert float(rows[0]["sigma_low"]) == fitted.fits[0].sigma.low
        assert (rows[0]["threads"], rows[0]["invocations"], rows[0]["peak"]) == ("1;2;4;8", "12", "")
        assert rows[0]["runs"].split(";") == [r.id for r in groups[0].runs]
        assert (rows[-1]["why_not"], rows[-1]["sigma"]) == (none.why_not, "")

    def test_columns_of_the_csv_are_documented(self):
        made = journal([], [])
        (header,) = csv.reader(io.StringIO(report.render("scaling", analyse(made), made)))
        documented = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")
        documented = documented[documented.index("scaling.csv`\n") :]
        assert [column for column in header if f"`{column}`" not in documented] == []

    def test_efficiency_and_karp_flatt_are_metrics_of_the_summary(self):
        of = group(threads=(1, 2))
        made = journal([of], following(of, 0.1))
        results = analyse(made)
        rows = {
            (row["run"], row["metric"]): row
            for row in csv.DictReader(io.StringIO(report.render("csv", results, made)), strict=True)
        }
        two = only(results.scenarios[0], 2)
        for name, estimate in (("efficiency", two.efficiency), ("karp_flatt", two.karp_flatt)):
            assert (run("3.13t", 1).id, name) not in rows
            row = rows[two.run.id, name]
            assert (float(row["estimate"]), float(row["low"]), float(row["high"])) == (
                estimate.value,
                estimate.low,
                estimate.high,
            )

    def test_a_kernels_own_metric_of_that_name_comes_first(self):
        of = group(threads=(1, 2))
        teams = [team(count, [1000] * 5, metrics=(("efficiency", 7.0),)) for count in (1, 2)]
        made = journal([of], [invocation(of, number, teams) for number in (1, 2)])
        text = report.render("csv", analyse(made), made)
        found = [row for row in csv.DictReader(io.StringIO(text)) if row["metric"] == "efficiency"]
        assert [row["estimate"] for row in found] == ["7.0", "7.0"]
