"""Two journals with known answers, made by hand, become changes, warnings, gates and their words."""

import csv
import io
import json
import math
import re
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as scipy_stats

from engine import stats
from engine.analysis import changes
from engine.analysis.change.gate import INCONCLUSIVE, judge, parse, passes
from engine.errors import EngineError
from engine.model import Comparison, Failure, RunChange
from engine.report.change import FORMATS, render

DATA = Path(__file__).parent / "data" / "change"
SAMPLE = runpy.run_path(str(DATA / "sample.py"))
journal, around, scenario, run = (SAMPLE[name] for name in ("journal", "around", "scenario", "run"))
BUILDS, HOST, KERNEL, CONTROL, LATER = (SAMPLE[name] for name in ("BUILDS", "HOST", "KERNEL", "CONTROL", "LATER"))


def whole():
    return changes(SAMPLE["before"](), SAMPLE["after"](), ("reports/a", "reports/b"))


def one(times, spec="3.13", name="s", **how):
    """A result of one run: what each of its invocations took, in ns."""
    return journal({(name, spec): {1: times}}, **how)


def ratio_of(before, after, **how):
    (row,) = changes(one(before), one(after, **({"started": LATER} | how))).rows
    return row


def said(before, after):
    return " ".join(changes(before, after).warnings)


class TestRows:
    def test_the_ratio_is_after_by_before_the_median_of_all_pairs_and_the_numbers_of_invocations_may_differ(self):
        before, after = around(1000, 10, 0.02), around(1300, 14, 0.03)
        row = ratio_of(before, after)
        assert row.comparison.ratio.value == pytest.approx(np.median(np.divide.outer(after, before)))
        assert row.comparison.ratio == stats.unpaired_ratio(row.after_values, row.before_values, 0.95)
        assert (row.before.count, row.after.count) == (len(row.before_values), len(row.after_values)) == (10, 14)
        assert row.before.value == pytest.approx(1e-6, rel=1e-3)
        assert not row.comparison.paired
        assert row.comparison.direction == "slower"
        # 1 - U / nm of Mann and Whitney is the other side's probability of superiority.
        assert row.comparison.effect == scipy_stats.mannwhitneyu(after, before).statistic / 140 == 1

    def test_turned_round_it_is_the_reciprocal_and_faster(self):
        before, after = around(1000, 10, 0.02), around(1300, 14, 0.03)
        there, back = ratio_of(before, after).comparison, ratio_of(after, before).comparison
        assert back.direction == "faster"
        assert back.ratio.value == pytest.approx(1 / there.ratio.value)
        assert (back.ratio.low, back.ratio.high) == pytest.approx((1 / there.ratio.high, 1 / there.ratio.low))
        assert back.effect == pytest.approx(1 - there.effect)

    def test_pairs_by_round_are_not_made_however_alike_the_rounds_look(self):
        drifting = [1000 * 1.05**place for place in range(10)]
        row = ratio_of(drifting, [time * 1.02 for time in drifting])
        assert row.comparison.ratio.high / row.comparison.ratio.low > 1.2, "paired, it would have no width at all"
        assert row.comparison.direction == "inconclusive"

    def test_rows_stand_in_the_order_of_the_later_plan_scenario_by_scenario(self):
        found = whole()
        assert [(row.run.scenario, row.label) for row in found.rows] == [
            ("gil/count", "3.13, 1 thread, padding 0"),
            ("gil/count", "3.13, 2 threads, padding 0"),
            ("gil/count", "3.13t, 1 thread, padding 0"),
            ("gil/count", "3.13t, 2 threads, padding 0"),
            ("gil/lock", "3.13t, 1 thread"),
            ("gil/lock", "3.13t, 2 threads"),
            ("gil/lock", "3.13, 1 thread"),
        ]
        assert [row.comparison.direction for row in found.rows] == [
            *("slower", "slower", "same", "faster", "inconclusive", "same", "inconclusive")
        ]
        assert found.titles == (("gil/count", "About gil/count"), ("gil/lock", "About gil/lock"))

    def test_p_is_corrected_for_all_rows_of_all_scenarios(self):
        rows = whole().rows
        plain = [stats.compared(row.after_values, row.before_values, 0.95, paired=False).p for row in rows]
        assert [row.comparison.p for row in rows] == pytest.approx(stats.holm(plain))
        assert {row.comparison.family for row in rows} == {7}

    def test_a_verdict_that_stands_alone_may_fall_among_many(self):
        near = {("s", "3.13", ("n", 0)): {1: around(1013, 10, 0.008)}}
        noise = {("s", "3.13", ("n", n)): {1: around(1000, 10, 0.5)} for n in range(1, 60)}
        base = {key: {1: around(1000, 10, 0.008 if key[2][1] == 0 else 0.5)} for key in near | noise}
        alone = changes(journal({key: base[key] for key in near}), journal(near, started=LATER)).rows[0]
        among = changes(journal(base), journal(near | noise, started=LATER)).rows[0]
        assert among.comparison.ratio == alone.comparison.ratio
        assert alone.comparison.ratio.low < 1.01 or alone.comparison.direction == "slower"
        assert among.comparison.p > alone.comparison.p
        assert among.comparison.direction == "inconclusive"

    def test_the_control_and_warmup_are_no_rows(self):
        assert all(row.run.kernel == "count" for row in whole().rows)

    def test_few_invocations_and_a_changed_kernel_are_noted(self):
        assert [row.notes for row in whole().rows if row.notes] == [("few invocations",)]
        row = ratio_of(around(1), around(1, 3), kernels=(replace(KERNEL, digest="k2"), CONTROL))
        assert row.notes == ("kernel changed", "few invocations")

    def test_the_higher_confidence_of_the_two_is_used(self):
        sure = scenario("s", measure=replace(SAMPLE["MEASURE"], confidence=0.99))
        row = ratio_of(around(1000), around(1000), scenarios=(sure,))
        assert row.comparison.ratio.confidence == 0.99

    def test_scenarios_that_changed_their_kernel_are_told_apart_and_not_compared(self):
        other = journal({("s", "3.13"): {1: around(5)}, ("s", "3.13t", ("padding", 1)): {1: around(5)}})
        found = changes(one(around(5)), other)
        assert len(found.rows) == 1
        assert [lone.label for lone in found.only_after] == ["3.13t"]


class TestNotCompared:
    def test_runs_without_numbers_enough_are_listed_with_the_reason(self):
        crashed = Failure(outcome="crashed", message="SIGSEGV")
        before = journal(
            {
                ("s", "3.13"): {1: around(5)},
                ("s", "3.13", ("n", 1)): {1: around(5)},
                ("s", "3.13", ("n", 2)): crashed,
                ("s", "3.13", ("n", 3)): {1: [5]},
            }
        )
        after = journal(
            {
                ("s", "3.13"): {1: around(5)},
                ("s", "3.13", ("n", 1)): crashed,
                ("s", "3.13", ("n", 2)): crashed,
                ("s", "3.13", ("n", 3)): {1: []},
            },
            started=LATER,
        )
        found = changes(before, after)
        assert len(found.rows) == 1
        assert [(lone.reason, lone.broke) for lone in found.uncompared] == [
            ("no numbers after (crashed: SIGSEGV)", True),
            *[("no numbers before (crashed: SIGSEGV); no numbers after (crashed: SIGSEGV)", False)] * 2,
            ("only 1 invocation before, 2 are needed; no numbers after", False),
        ]

    def test_runs_of_one_side_say_why_as_far_as_the_other_tells(self):
        before = journal(
            {("s", "3.13"): {1: around(5)}, ("s", "3.13t"): {1: around(5)}, ("old", "3.13"): {1: around(5)}}
        )
        after = journal({("s", "3.13"): {1: around(5), 2: around(5)}}, missing=(SAMPLE["MISSING"],), started=LATER)
        found = changes(before, after)
        assert [(lone.scenario, lone.label, lone.reason) for lone in found.only_before] == [
            ("s", "3.13t", "3.13t was missing after"),
            ("old", "3.13", "the scenario was not measured after"),
        ]
        assert [lone.reason for lone in found.only_after] == ["not asked for before"]

    @pytest.mark.parametrize(
        ("after", "words"),
        [
            ({("s", "/opt/new"): {1: around(5)}}, "only in the name of the interpreter (3.13 before, /opt/new after)"),
            ({("moved", "3.13"): {1: around(5)}}, "only in the name of the scenario (s before, moved after)"),
        ],
    )
    def test_a_name_that_alone_differs_is_told_and_nothing_is_matched_by_guess(self, after, words):
        builds = (*BUILDS, replace(BUILDS[0], spec="/opt/new"))
        shared = {("both", "3.13"): {1: around(5)}}
        before = journal(shared | {("s", "3.13"): {1: around(5)}})
        found = changes(before, journal(shared | after, builds=builds, started=LATER))
        assert len(found.rows) == 1
        (warning,) = [text for text in found.warnings if words in text]
        assert warning.startswith("1 run differs ")

    def test_nothing_in_common_is_an_error_that_says_why(self):
        builds = (*BUILDS, replace(BUILDS[0], spec="/opt/new"))
        with pytest.raises(EngineError, match=r"A and B have no run in common.*\(3.13 before, /opt/new after\)"):
            changes(one(around(5)), one(around(5), spec="/opt/new", builds=builds), ("A", "B"))
        with pytest.raises(EngineError, match=r"1 without numbers enough\); s: 3.13: only 1 invocation after"):
            changes(one(around(5)), one([5.0]))


def changed(**how):
    """The warnings of a second result that was made otherwise in one thing."""
    return said(one(around(5)), one(around(5), **({"started": LATER} | how)))


class TestWarnings:
    def test_nothing_is_said_where_nothing_differs(self):
        assert said(one(around(5)), one(around(5), started=LATER)) == ""

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            ({"kernels": (replace(KERNEL, digest="k2"), CONTROL)}, "THE KERNEL CHANGED: count has another source now"),
            ({"builds": (replace(BUILDS[0], version="3.13.6"),)}, "version 3.13.5 before, 3.13.6 after"),
            ({"builds": (replace(BUILDS[0], debug=True),)}, "debug no before, yes after"),
            ({"builds": (replace(BUILDS[0], optimized=False),)}, "optimized yes before, no after"),
            ({"builds": (replace(BUILDS[0], lto=False),)}, "lto yes before, no after"),
            ({"builds": (replace(BUILDS[0], free_threaded=True),)}, "free-threaded no before, yes after"),
            ({"builds": (replace(BUILDS[0], compiler="Clang 20"),)}, "compiler GCC 14.2.0 before, Clang 20 after"),
            (
                {"builds": (replace(BUILDS[0], config_args="'--with-lto' '--with-pydebug'"),)},
                "configure arguments --enable-optimizations only before and --with-pydebug only after",
            ),
            (
                {"builds": (replace(BUILDS[0], config_args="'--with-lto' '--enable-optimizations'"),)},
                "configure arguments in another order",
            ),
            ({"builds": (replace(BUILDS[0], cflags="-O3 -DNDEBUG -mtune=native"),)}, "-mtune=native only after"),
            ({"builds": (replace(BUILDS[0], cflags="-O2 'unbalanced"),)}, "compiler flags"),
            (
                {"host": replace(HOST, facts=(*HOST.facts[:1], ("CPU", "Slow"), *HOST.facts[2:]))},
                "Another machine: CPU",
            ),
            ({"host": replace(HOST, facts=HOST.facts[:2])}, "Another machine: memory 7.8 GiB before, unknown after"),
            (
                {"host": replace(HOST, facts=(("system", "Linux 6.2"), *HOST.facts[1:]))},
                "not set up as it was: system Linux 6.1 before, Linux 6.2 after",
            ),
            (
                {"host": replace(HOST, facts=(*HOST.facts, ("governor", "powersave")))},
                "not set up as it was: governor unknown before, powersave after",
            ),
            ({"cpus": (0,)}, "Other CPUs could be used: CPUs 0, 1 before, 0 after"),
            ({"version": "0.2.0"}, "two versions of fteng (0.1.0 before, 0.2.0 after)"),
            ({"finished": False}, "after is not complete"),
            (
                {"scenarios": (scenario("s", matrix=(("threads", (1, 4)),)),)},
                "s: the scenario differs in matrix. Only runs that both measured",
            ),
            *(
                (
                    {"scenarios": (scenario("s", measure=replace(SAMPLE["MEASURE"], **measure)),)},
                    f"s: measured otherwise ({words})",
                )
                for measure, words in (
                    ({"iterations": 9}, "iterations 3 before, 9 after"),
                    ({"iteration_time": 0.1}, "iteration_time 20.0 ms before, 100 ms after"),
                    ({"warmup": None}, "warmup 1 before, auto after"),
                )
            ),
        ],
    )
    def test_each_difference_is_named(self, how, words):
        assert words in changed(**how)

    @pytest.mark.parametrize(
        "how",
        [
            {"host": replace(HOST, facts=(*HOST.facts[:3], ("load", "9.00"), ("engine's Python", "CPython 3.14")))},
            {"command": "fteng run elsewhere.yaml"},
            {"builds": (BUILDS[0], replace(BUILDS[1], version="3.13.9"))},
            {"builds": (replace(BUILDS[0], executable="/usr/bin/python"),)},
            {"scenarios": (scenario("s", measure=replace(SAMPLE["MEASURE"], invocations_max=99, precision=0.5)),)},
            {"scenarios": (scenario("s", title="Other words", question="?", tags=("x",)),)},
            {"kernels": (replace(KERNEL, digest=""), CONTROL)},
        ],
        ids=["moment", "command", "another interpreter", "path", "how well", "words", "no digest"],
    )
    def test_what_touches_no_time_is_not(self, how):
        assert changed(**how) == ""

    def test_the_gravest_comes_first(self):
        found = changes(
            one(around(5)),
            one(around(5), kernels=(replace(KERNEL, digest="k2"), CONTROL), version="0.2.0", cpus=(0,), started=LATER),
        )
        assert [text.split(":")[0].split(" (")[0] for text in found.warnings] == [
            *("THE KERNEL CHANGED", "Other CPUs could be used", "Measured by two versions of fteng")
        ]

    def test_a_result_against_itself_says_that_it_says_nothing(self):
        same = one(around(5))
        assert "one and the same measurement" in said(same, same)

    def test_a_machine_without_its_cpus_is_told_for_each_side(self):
        quiet = {("s", "3.13"): {1: around(5)}, ("s", "control"): {1: around(50), 2: around(50)}}
        busy = quiet | {("s", "control"): {1: around(50), 2: around(100)}}
        assert "Machine disturbed before: s" in said(journal(busy), journal(quiet, started=LATER))
        assert "Machine disturbed after: s" in said(journal(quiet), journal(busy, started=LATER))


def shifted(factors, *, control=None):
    """As many rows, each moved by its factor, and the control by its own."""
    base = {("s", "3.13", ("n", n)): {1: around(1000 + 10 * n)} for n in range(len(factors))}
    moved = {("s", "3.13", ("n", n)): {1: around((1000 + 10 * n) * by)} for n, by in enumerate(factors)}
    if control:
        base[("s", "control")] = {1: around(50), 2: around(50)}
        moved[("s", "control")] = {1: around(50 * control), 2: around(50 * control)}
    return changes(journal(base), journal(moved, started=LATER))


class TestShift:
    @pytest.mark.parametrize(("by", "way"), [(1.04, "slower"), (0.96, "faster")])
    def test_where_all_moved_alike_the_machine_is_suspected_and_nothing_corrected(self, by, way):
        found = shifted([by] * 8)
        (warning,) = found.warnings
        assert f"8 of 8 are {way}" in warning
        assert "two interpreters of one scenario are measured in turns" in warning
        assert all(row.comparison.ratio.value == pytest.approx(by) for row in found.rows)
        assert found.overall.value == pytest.approx(by)

    def test_nine_of_ten_are_nearly_all(self):
        assert "9 of 10 are slower" in " ".join(shifted([1.05] * 9 + [0.99]).warnings)

    @pytest.mark.parametrize(
        "factors",
        [[1.04] * 5, [1.004] * 10, [1.05] * 5 + [0.95] * 5, [1.0] * 7 + [1.3] * 3, [1.05] * 8 + [0.99] * 2],
        ids=["few rows", "within the margin", "both ways", "some", "not nearly all"],
    )
    def test_else_it_is_not(self, factors):
        assert shifted(factors).warnings == ()

    def test_the_control_tells_for_or_against_the_machine(self):
        still, moved = shifted([1.04] * 8, control=1.0), shifted([1.04] * 8, control=1.05)
        assert "kept its time ([0.99 1.00 1.01]): that speaks against the machine" in still.warnings[0]
        assert still.control.value == pytest.approx(1)
        assert "speaks against" not in moved.warnings[0]
        assert "The machine itself changed its speed" in moved.warnings[1]
        assert "[1.04 1.05 1.06]" in moved.warnings[1]

    def test_the_control_of_another_build_or_kernel_tells_nothing(self):
        base = {("s", "3.13"): {1: around(5)}, ("s", "control"): {1: around(50), 2: around(50)}}
        for how in (
            {"builds": (replace(BUILDS[0], version="3.14.0"),)},
            {"kernels": (KERNEL, replace(CONTROL, digest="c2"))},
        ):
            assert changes(journal(base), journal(base, started=LATER, **how)).control is None
        assert changes(journal(base), journal(base, started=LATER)).control is not None


class TestOverall:
    def test_it_is_the_geometric_mean_of_the_rows(self):
        found = whole()
        assert found.overall.value == pytest.approx(
            scipy_stats.gmean([row.comparison.ratio.value for row in found.rows])
        )
        assert found.overall.count == 7
        assert found.overall.low < found.overall.value < found.overall.high

    def test_of_one_row_it_is_that_row(self):
        found = changes(one(around(5)), one(around(6), started=LATER))
        assert found.overall == replace(found.rows[0].comparison.ratio, count=1)

    def test_its_interval_covers_the_truth_where_rows_err_together(self):
        rng, hits, repeats = np.random.default_rng(11), 0, 120
        keys = [("s", "3.13", ("n", n)) for n in range(4)]
        for _ in range(repeats):
            sides = []
            for count in (8, 12):
                drift = rng.normal(0, 0.03, count)
                sides.append({key: {1: list(1000 * np.exp(drift + rng.normal(0, 0.01, count)))} for key in keys})
            found = changes(journal(sides[0]), journal(sides[1], started=LATER)).overall
            hits += found.low <= 1 <= found.high
        # 95 % of 120 within three standard errors; treated as independent, the rows would cover about 65 %.
        assert 0.89 <= hits / repeats <= 1


class TestClaims:
    def test_a_claim_with_another_verdict_is_told_with_the_reason(self):
        (found,) = whole().claims
        assert (found.scenario, found.claim, found.before, found.after) == (
            *("gil/count", "One thread is quick", "supported", "refuted"),
        )
        assert "1.05" in found.why

    def test_one_that_was_reworded_is_another_claim(self):
        after = SAMPLE["after"]()
        asked = after.header.plan.scenarios[0]
        reworded = replace(asked, claims=(replace(asked.claims[0], bounds=(2e-6,)),))
        plan = replace(after.header.plan, scenarios=(reworded, *after.header.plan.scenarios[1:]))
        assert changes(SAMPLE["before"](), replace(after, header=replace(after.header, plan=plan))).claims == ()


def row_of(before, after, label="r"):
    """A row from times alone."""
    found = stats.compared(after, before, 0.95, paired=False)
    return RunChange(
        run=run("s", "3.13", 1, n=label),
        label=str(label),
        before=stats.positive_interval(before, 0.95),
        after=stats.positive_interval(after, 0.95),
        before_values=tuple(before),
        after_values=tuple(after),
        comparison=Comparison(
            base="b", ratio=found.ratio, direction=stats.direction(found.ratio, found.p), paired=False, p=found.p
        ),
    )


def gated(gate, *rows):
    """The labels of the rows that fail a gate, and of those that may."""
    found = judge(parse(gate), replace(whole(), rows=tuple(rows)))
    return [case.label for case in found.failed], [case.label for case in found.doubtful]


def beyond(edge, *, by):
    """A row whose interval's lower bound lies a little above (or below) the edge."""
    before, after = around(1000, 10, 0.01), around(1000, 10, 0.01)
    low = stats.unpaired_ratio(after, before, 0.95).low
    return row_of(before, [time * edge / low * by for time in after])


class TestGates:
    def test_slower_fails_only_where_the_lower_bound_is_beyond(self):
        above, below = beyond(1.05, by=1.0005), beyond(1.05, by=0.9995)
        assert above.comparison.ratio.low > 1.05 > below.comparison.ratio.low
        assert below.comparison.ratio.value > 1.05, "the estimate alone is no proof"
        assert gated("slower>5%", above) == (["r"], [])
        assert gated("slower>5%", below) == ([], ["r"])

    def test_faster_is_the_same_turned_round(self):
        for by, wanted in ((1.0005, (["r"], [])), (0.9995, ([], ["r"]))):
            slow = beyond(1.05, by=by)
            assert gated("faster>5%", row_of(slow.after_values, slow.before_values)) == wanted
            assert gated("slower>5%", row_of(slow.after_values, slow.before_values)) == ([], [])

    def test_changed_looks_both_ways(self):
        slow = row_of(around(1000), around(1200), "slow")
        fast = row_of(around(1200), around(1000), "fast")
        still = row_of(around(1000), around(1000), "still")
        assert gated("changed>10%", slow, fast, still) == (["slow", "fast"], [])
        assert gated("slower>10%", slow, fast, still) == (["slow"], [])
        assert gated("faster>10%", slow, fast, still) == (["fast"], [])
        assert gated("changed>25%", slow, fast, still) == ([], [])

    def test_without_a_number_it_is_the_verdict(self):
        found = whole()
        failed = {case.label for case in judge(parse("slower"), found).failed}
        assert failed == {row.label for row in found.rows if row.comparison.direction == "slower"}

    def test_what_lies_wholly_on_the_good_side_is_not_doubtful(self):
        assert gated("slower>5%", row_of(around(1000), around(1020))) == ([], [])
        assert gated("slower>1%", row_of(around(1000), around(1010))) == ([], ["r"])

    def test_a_row_that_alone_fails_may_pass_among_many_and_is_doubtful_then(self):
        row = beyond(1.05, by=1.0005)
        noise = [row_of(around(1000, 10, 0.3), around(1000, 10, 0.3), n) for n in range(40)]
        assert gated("slower>5%", row)[0] == ["r"]
        failed, doubtful = gated("slower>5%", row, *noise)
        assert failed == []
        assert "r" in doubtful
        clear = row_of(around(1000), around(1500), "clear")
        assert gated("slower>5%", row, clear, *noise)[0] == ["clear"]

    def test_inconclusive_fails_on_verdicts_that_are_not_known(self):
        noisy = row_of(around(1000, 10, 0.3), around(1000, 10, 0.3), "noisy")
        result = judge(INCONCLUSIVE, replace(whole(), rows=(noisy, row_of(around(1000), around(1300)))))
        assert [case.label for case in result.failed] == ["noisy"]

    def test_doubt_fails_only_where_it_was_asked_for(self):
        result = judge(parse("slower>5%"), replace(whole(), rows=(beyond(1.05, by=0.9995),)))
        assert passes(result, doubt=False)
        assert not passes(result, doubt=True)

    @pytest.mark.parametrize(
        ("text", "kind", "threshold"),
        [
            ("slower>5%", "slower", 0.05),
            ("slower >= 5 %", "slower", 0.05),
            (" Changed>2.5% ", "changed", 0.025),
            ("faster", "faster", 0.01),
            ("slower>0%", "slower", 0.0),
            ("slower>250%", "slower", 2.5),
            ("inconclusive", "inconclusive", 0.01),
        ],
    )
    def test_what_a_gate_may_say(self, text, kind, threshold):
        found = parse(text)
        assert (found.kind, found.threshold) == (kind, pytest.approx(threshold))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "slow",
            "slower5%",
            "slower>5",
            "slower>-5%",
            "slower>five%",
            "slower<5%",
            "slower>nan%",
            "slower>1e3%",
            "slower>5%%",
            "same",
            "slower>\u0665%",
            "inconclusive>5%",
            "slower>99999999%",
            "slower>5%,faster",
        ],
    )
    def test_anything_else_is_one_message_with_what_is_accepted(self, text):
        with pytest.raises(
            EngineError, match=re.escape(f"--fail-on {text!r}: expected slower, faster or changed")
        ) as told:
            parse(text)
        assert "\n" not in str(told.value)

    @pytest.mark.slow
    def test_a_gate_over_many_rows_that_sit_on_its_edge_gives_few_false_alarms(self):
        rng, alarms, repeats = np.random.default_rng(3), 0, 200
        found = whole()
        for _ in range(repeats):
            rows = [row_of(rng.lognormal(0, 0.03, 10), 1.05 * rng.lognormal(0, 0.03, 12), n) for n in range(166)]
            alarms += bool(judge(parse("slower>5%"), replace(found, rows=tuple(rows))).failed)
        assert alarms / repeats <= 0.06


class TestWords:
    @pytest.mark.parametrize(("name", "file"), [("text", "compare.txt"), ("markdown", "compare.md")])
    def test_the_whole_comparison_reads_as_the_kept_one(self, name, file):
        found = whole()
        gates = [judge(parse(text), found) for text in ("slower>5%", "faster>50%")]
        assert render(name, found, gates) == (DATA / file).read_text(encoding="utf-8")

    def test_warnings_come_before_any_number(self):
        shown = render("text", whole())
        assert shown.index("Warnings") < shown.index("gil/count: About")

    def test_only_what_changed_is_shown_where_that_is_asked_and_all_is_counted(self):
        found = whole()
        for name in ("text", "markdown"):
            shown = render(name, found, only_changed=True)
            assert "gil/lock: About" not in shown
            assert "3.13t, 2 threads, padding 0" in shown
            assert "Not shown: 4 runs, neither faster nor slower." in shown
            assert "1 faster, 2 slower, 2 same, 2 inconclusive of 7" in shown
        assert len(render("csv", found, only_changed=True).splitlines()) == 4
        assert len(json.loads(render("json", found, only_changed=True))["rows"]) == 3

    def test_doubt_is_listed_where_it_fails_and_counted_where_not(self):
        found = whole()
        gates = [judge(parse("slower>5%"), found)]
        assert "2 may lie beyond it" not in render("text", found, gates, doubt=True)
        assert "may lie beyond it or not" in render("text", found, gates, doubt=True)
        passing = [judge(parse("slower>40%"), found)]
        assert "slower>40%: passed by 7 runs" in render("text", found, passing)
        assert "slower>20%: passed by 7 runs; 3 may lie beyond it or not" in render(
            "text", found, [judge(parse("slower>20%"), found)]
        )

    def test_the_csv_has_plain_numbers_and_a_column_for_each_parameter(self):
        found = whole()
        rows = list(csv.DictReader(io.StringIO(render("csv", found, [judge(parse("slower>5%"), found)]))))
        assert [float(row["ratio"]) for row in rows] == [row.comparison.ratio.value for row in found.rows]
        assert [row["failed_gates"] for row in rows] == ["slower>5%"] * 2 + [""] * 5
        assert [row["padding"] for row in rows] == ["0"] * 4 + [""] * 3
        assert {row["family"] for row in rows} == {"7"}

    def test_the_json_holds_all_and_null_for_what_is_not_known(self):
        found = whole()
        endless = replace(found.rows[0], after=replace(found.rows[0].after, high=math.inf, low=math.nan))
        document = json.loads(
            render("json", replace(found, rows=(endless, *found.rows[1:])), [judge(parse("slower>5%"), found)])
        )
        assert (document["rows"][0]["after"]["high"], document["rows"][0]["after"]["low"]) == (None, None)
        assert document["summary"] == {"faster": 1, "slower": 2, "same": 2, "inconclusive": 2, "of": 7}
        assert len(document["rows"][0]["after_values"]) == 14
        assert document["rows"][0]["run"]["parameters"] == {"padding": 0}
        assert document["gates"][0]["passed"] is False
        assert [lone["broke"] for lone in document["uncompared"]] == [True, True]

    def test_markdown_shows_what_it_would_eat(self):
        odd = replace(whole().rows[0], label="a|b *c* <script> _d_")
        shown = render("markdown", replace(whole(), rows=(odd,)))
        assert r"a\|b \*c\* \<script\> \_d\_" in shown

    @pytest.mark.parametrize("name", FORMATS)
    def test_nothing_can_move_a_cursor(self, name):
        odd = replace(whole().rows[0], label="\x1b[31mred", run=replace(whole().rows[0].run, interpreter="\x1b[2J"))
        shown = render(name, replace(whole(), rows=(odd,)))
        assert "\x1b" not in shown
