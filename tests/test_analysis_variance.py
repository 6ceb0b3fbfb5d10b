"""Where the scatter of records comes from, what they cost, and what `iterations: auto` makes of its pilots."""

import dataclasses
import math

import numpy as np
import pytest

from engine import stats
from engine.analysis import analyse, iterations
from engine.model import Failure
from engine.plan import ITERATIONS
from tests.test_analysis import LOOPS, MEASURE, OPERATIONS, group, invocation, journal, scenario, team

AUTO = dataclasses.replace(MEASURE, iterations=None)
FAILURE = Failure(outcome="crashed", message="died")


def measured(of, between=0.02, within=0.01, *, count=12, size=5, rounds=None, start=0.06, seed=1, wall=20e6):
    """Invocations whose logs scatter so; iterations last about `wall` ns, starting (with warm-up) takes `start` s."""
    generator, found = np.random.default_rng(seed), []
    for number in rounds or range(1, count + 1):
        level, teams, inside = generator.normal(scale=between), [], 0.0
        for run in of.runs:
            walls = wall * run.threads * np.exp(level + generator.normal(scale=within, size=size))
            teams.append(team(run.threads, [round(one) for one in walls]))
            inside += sum(round(one) for one in walls) * 1e-9
        found.append(invocation(of, number, teams, duration=start + inside))
    return found


def piloted(of, **how):
    """The pilot that calibrates, and four more."""
    calibrating = invocation(of, 0, [team(run.threads, [20_000_000]) for run in of.runs], duration=0.1)
    return [calibrating, *measured(of, rounds=[0] * 4, size=how.pop("size", 10), **how)]


def judged(groups, invocations, **changes):
    return analyse(journal(groups, invocations, asked=scenario(**changes))).scenarios[0]


class TestVariance:
    def test_components_are_those_of_the_kept_iterations(self):
        of = group()
        invocations = measured(of)
        for found in judged([of], invocations).runs:
            index = [run.threads for run in of.runs].index(found.run.threads)
            walls = [[i.end_ns[0] - 5 for i in one.teams[index].iterations if not i.warmup] for one in invocations]
            expected = stats.components(walls, 0.95)
            for name in ("between", "within", "correlation"):
                one, other = getattr(found.variance, name), getattr(expected, name)
                assert (one.low, one.value, one.high) == pytest.approx((other.low, other.value, other.high))
            assert found.variance.autocorrelation == pytest.approx(expected.autocorrelation)

    def test_costs_are_what_was_measured(self):
        one, two = judged([group()], measured(group(), start=0.3)).runs
        assert one.variance.start_seconds == two.variance.start_seconds == pytest.approx(0.15)
        assert one.variance.iteration_seconds == pytest.approx(0.02, rel=0.05)
        assert two.variance.iteration_seconds == pytest.approx(0.04, rel=0.05)
        time = dict(one.metrics)["time"].value
        assert one.variance.iteration_seconds == pytest.approx(time * LOOPS * OPERATIONS, rel=0.05)

    def test_best_is_kalibera_and_joness(self):
        for found in judged([group()], measured(group(), between=0.03, within=0.05, count=30, start=0.4)).runs:
            variance = found.variance
            wanted = math.sqrt(variance.start_seconds / variance.iteration_seconds)
            wanted *= variance.within.value / variance.between.value
            assert variance.best == math.ceil(wanted) > 2

    def test_pilots_and_failures_have_no_say(self):
        of = group()
        invocations = measured(of)
        more = [*piloted(of, between=0.5, seed=9), *invocations]
        more.append(dataclasses.replace(measured(of, between=0.5, rounds=[13], seed=8)[0], failure=FAILURE))
        assert judged([of], more).runs[0].variance == judged([of], invocations).runs[0].variance

    @pytest.mark.parametrize("how", [{"count": 1}, {"size": 1}])
    def test_one_invocation_or_one_iteration_tells_nothing(self, how):
        found = judged([group()], measured(group(), **how))
        assert [run.variance for run in found.runs] == [None, None]
        assert found.spending is None

    def test_a_duration_that_cannot_be_costs_nothing(self):
        invocations = [dataclasses.replace(one, duration=0.01) for one in measured(group())]
        found = judged([group()], invocations).runs[0].variance
        assert (found.start_seconds, found.best) == (0.0, 2)

    def test_iterations_that_are_all_equal(self):
        found = judged([group()], measured(group(), between=0.0, within=0.0))
        variance = found.runs[0].variance
        assert (variance.between.value, variance.within.value, variance.best) == (0, 0, 2)
        assert math.isnan(variance.correlation.value)
        assert math.isnan(found.spending.change)
        assert found.spending.half_width == found.spending.doubled == 0


class TestSpending:
    def test_is_over_all_runs(self):
        groups = [group(padding=0), group(padding=8), group("3.13", padding=0)]
        invocations = [one for seed, of in enumerate(groups) for one in measured(of, seed=seed)]
        found = judged(groups, invocations)
        spending, between = found.spending, [run.variance.between.value for run in found.runs]
        assert spending.runs == 6
        assert spending.between == (min(between), pytest.approx(np.median(between)), max(between))
        assert (spending.kept, found.kept) == (5, 5)
        assert spending.seconds == pytest.approx(sum(one.duration for one in invocations))
        widths = [stats.relative_half_width(dict(run.metrics)["time"]) for run in found.runs]
        assert spending.half_width == pytest.approx(np.median(widths))
        assert math.log1p(spending.doubled) == pytest.approx(math.log1p(spending.half_width) / math.sqrt(2))

    def test_noise_within_asks_for_more_iterations_and_noise_between_for_fewer(self):
        many = judged([group()], measured(group(), between=0.002, within=0.05, count=30, start=0.6)).spending
        few = judged([group()], measured(group(), between=0.05, within=0.005, count=30)).spending
        assert few.best == 2
        assert many.best > 20
        assert few.change < 1
        assert many.change < 0.9

    def test_the_change_is_that_of_the_interval(self):
        # The same time for invocations of either kind: the widths have to differ as foretold.
        of, widths = group(threads=(1,)), {}
        foretold = judged([of], measured(of, between=0.002, within=0.05, count=300, seed=2)).spending
        cost = {size: 0.06 + size * 0.02 for size in (5, foretold.best)}
        for size, seconds in cost.items():
            count = round(300 * cost[5] / seconds)
            found = [
                judged([of], measured(of, between=0.002, within=0.05, size=size, count=count, seed=seed))
                for seed in range(6)
            ]
            widths[size] = np.mean([one.spending.half_width for one in found])
        assert widths[foretold.best] / widths[5] == pytest.approx(foretold.change, rel=0.2)


class TestAuto:
    def test_as_asked_where_the_scenario_says_so(self):
        assert iterations(scenario(), [group()], []) == MEASURE.iterations

    def test_the_pilots_decide_for_all_groups_alike(self):
        groups = [group(padding=0), group(padding=8)]
        found = {}
        for name, (between, within) in {"between": (0.05, 0.01), "within": (0.002, 0.05)}.items():
            how = {"between": between, "within": within, "start": 0.3}
            pilots = [one for seed, of in enumerate(groups) for one in piloted(of, seed=seed, **how)]
            found[name] = iterations(scenario(measure=AUTO), groups, pilots)
            assert found[name] == iterations(scenario(measure=AUTO), groups[::-1], pilots[::-1])
        assert found["between"] < 5
        assert 5 < found["within"] <= stats.MOST

    def test_the_pilot_that_calibrates_and_those_that_failed_have_no_say(self):
        of = group()
        pilots = piloted(of)
        odd = dataclasses.replace(piloted(of, between=0.001, within=0.3, seed=5)[1], failure=FAILURE)
        asked = scenario(measure=AUTO)
        assert iterations(asked, [of], [pilots[0], odd, *pilots[1:]]) == iterations(asked, [of], pilots[1:])

    def test_the_control_has_no_say(self):
        of, control = group(), group("3.13", control=True, kernel="control")
        asked, pilots = scenario(measure=AUTO), piloted(of, between=0.05, within=0.01)
        alone = iterations(asked, [of], pilots)
        assert iterations(asked, [of, control], [*pilots, *piloted(control, between=0.001, within=0.3)]) == alone

    def test_a_result_goes_on_as_it_began(self):
        of = group()
        begun = [*piloted(of, between=0.05, within=0.01), *measured(of, size=7, count=2)]
        assert iterations(scenario(measure=AUTO), [of], begun) == 7

    def test_the_fewest_invocations_fit_into_the_time_limit_and_each_into_its_timeout(self):
        of = group()
        pilots = piloted(of, between=0.001, within=0.1, start=0.6)
        free = iterations(scenario(measure=AUTO), [of], pilots)
        spent = sum(one.duration for one in pilots)
        limited = dataclasses.replace(AUTO, time_limit=spent + 10 * (0.6 + 8.5 * 0.06))
        assert free > 20
        assert iterations(scenario(measure=limited), [of], pilots) == pytest.approx(8, abs=1)
        short = dataclasses.replace(AUTO, timeout=2 * (0.6 + 6.5 * 0.06))
        assert iterations(scenario(measure=short), [of], pilots) == pytest.approx(6, abs=1)
        assert iterations(scenario(measure=dataclasses.replace(AUTO, time_limit=0.1)), [of], pilots) == 2

    def test_without_pilots_that_worked(self):
        of = group()
        failed = [dataclasses.replace(one, failure=FAILURE, teams=()) for one in piloted(of)]
        assert iterations(scenario(measure=AUTO), [of], failed) == ITERATIONS
        assert iterations(scenario(measure=AUTO), [of], piloted(of)[:1]) == ITERATIONS

    def test_a_result_says_what_it_came_to(self):
        of = group()
        begun = [*piloted(of), *measured(of, size=7, count=3)]
        found = judged([of], begun, measure=AUTO)
        assert found.kept == found.spending.kept == 7
        assert judged([of], piloted(of), measure=AUTO).kept == 0
