"""`iterations: auto` from the plan to the report, on real interpreters: pilots, one number for all, going on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import pytest

from engine import analysis, journal, plan, report, runner, topology
from engine.model import Group, Header, Host, Interpreter, Invocation, Plan, Scenario, Stop
from engine.override import override
from engine.progress import Tally

Make = Callable[..., Scenario]
Records = list[Invocation | Stop]


def wide(scenario: Scenario, groups: Sequence[Group], invocations: Sequence[Invocation]) -> Mapping[str, float]:
    """A judgement that is never content."""
    return {group.id: 1.0 for group in groups}


def planned(one: Scenario, *pythons: Interpreter, cpus: tuple[int, ...] = (0, 1)) -> Plan:
    return plan.make([one], {python.spec: python for python in pythons}, cpus, seed=5)


def kept(record: Invocation) -> set[int]:
    """Iterations of each thread count that are no warm-up."""
    return {sum(not iteration.warmup for iteration in team.iterations) for team in record.teams}


class TestPlanned:
    BUILD = Interpreter(spec="3.13t", executable="", version="3.13.5", free_threaded=True, gil_option=True)

    def asked(self, scenario: Make, iterations: int | None = None, **measure: float) -> Plan:
        changes = {"time_limit": 300.0, "iteration_time": 0.02, **measure, "iterations": iterations}
        return planned(scenario(interpreters=("3.13t",), measure=changes), self.BUILD)

    def test_only_auto_has_more_pilots_and_the_control_never(self, scenario: Make) -> None:
        asked = self.asked(scenario)
        (group,) = asked.groups
        assert plan.pilots(asked.scenarios[0], group) == plan.PILOTS
        assert plan.pilots(asked.scenarios[0], dataclasses.replace(group, control=True)) == 0
        assert plan.pilots(self.asked(scenario, 5).scenarios[0], group) == 0

    def test_pilots_are_shorter_where_the_limits_are(self, scenario: Make) -> None:
        def of(**measure: float) -> int:
            asked = self.asked(scenario, **measure)
            return plan.pilot_iterations(asked, asked.scenarios[0], asked.groups[0])

        assert of() == 10
        assert of(time_limit=5.0) == 5  # a quarter of it for four: 0.31 s, of which a sweep takes 0.04
        assert of(timeout=0.5) == 3
        assert of(time_limit=0.1) == 3

    def test_their_time_is_foreseen(self, scenario: Make) -> None:
        (auto, most), (fixed, longest) = (plan.seconds(self.asked(scenario, number)) for number in (None, 5))
        four = plan.PILOTS * (plan.START_SECONDS + 11 * 0.04)
        assert (auto - fixed, most - longest) == pytest.approx((four, four))
        asked = self.asked(scenario)
        assert Tally(asked, 90.0).remaining() == pytest.approx(90.0)

    def test_the_command_line_may_say_it(self, scenario: Make) -> None:
        one = scenario(measure={"iterations": 5})
        auto = override(one, iterations="auto")
        assert auto.measure.iterations is None
        assert auto.digest != override(one, iterations="5").digest
        assert override(auto, iterations="7").measure.iterations == 7
        assert override(auto, preset="fast").measure.iterations == 2
        assert override(auto, preset="rigorous").measure.iterations is None


@pytest.mark.real
class TestMeasured:
    @pytest.fixture(scope="class")
    @staticmethod
    def pythons(default_build: Interpreter, free_threaded: Interpreter) -> tuple[Interpreter, Interpreter]:
        return default_build, free_threaded

    @pytest.fixture(scope="class")
    @staticmethod
    def asked(
        pythons: tuple[Interpreter, Interpreter],
        scenario_in: Callable[[Path], Make],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Plan:
        make = scenario_in(tmp_path_factory.mktemp("auto"))
        return planned(
            make(interpreters=("3.13", "3.13t"), measure={"iterations": None, "invocations_max": 2}), *pythons
        )

    @pytest.fixture(scope="class")
    @staticmethod
    def whole(asked: Plan) -> Records:
        """Everything that measuring it gives, from its first pilot to its end."""
        return TestMeasured.records(asked)

    @staticmethod
    def records(asked: Plan, done: Sequence[Invocation | Stop] = ()) -> Records:
        return list(runner.run(asked, topology.read(), wide, done, iterations=analysis.iterations))

    def test_pilots_choose_one_number_for_all_groups(self, asked: Plan, whole: Records) -> None:
        found = [record for record in whole if isinstance(record, Invocation)]
        assert not [record.failure for record in found if record.failure]
        pilots = [record for record in found if record.round == 0]
        assert found[: len(pilots)] == pilots, "pilots come first"
        assert [kept(record) for record in pilots] == [{1}] * 2 + [{10}] * 2 * plan.PILOTS
        assert all(len({pilots[n].group, pilots[n + 1].group}) == 2 for n in range(0, len(pilots), 2))
        one = asked.scenarios[0]
        chosen = analysis.iterations(one, asked.groups, pilots)
        assert 2 <= chosen <= 50
        assert [kept(record) for record in found[len(pilots) :]] == [{chosen}] * 2 * one.measure.invocations_max
        loops = {(record.group, team.loops) for record in found for team in record.teams}
        assert len(loops) == 2, "every pilot and invocation of a group does the loops that the first found"

    def test_going_on_keeps_the_number_and_repeats_no_pilot(self, asked: Plan, whole: Records) -> None:
        invocations = [record for record in whole if isinstance(record, Invocation)]
        count = 2 * (1 + plan.PILOTS)
        chosen = kept(invocations[-1])
        for cut in (count, count + 1):
            rest = [record for record in self.records(asked, whole[:cut]) if isinstance(record, Invocation)]
            assert [(one.round, one.group) for one in rest] == [(one.round, one.group) for one in invocations[cut:]]
            assert all(kept(one) == chosen for one in rest)
        assert self.records(asked, whole) == []

    def test_going_on_amid_the_pilots_completes_them(self, asked: Plan) -> None:
        begun = list(islice(runner.run(asked, topology.read(), wide, iterations=analysis.iterations), 5))
        every = [one for one in (*begun, *self.records(asked, begun)) if isinstance(one, Invocation)]
        pilots = [one.group for one in every if one.round == 0]
        assert {pilots.count(group.id) for group in asked.groups} == {1 + plan.PILOTS}
        assert len({frozenset(kept(one)) for one in every if one.round}) == 1

    def test_a_failing_group_keeps_no_other_from_choosing(self, scenario: Make, default_build: Interpreter) -> None:
        text = Path(scenario().kernel.path).read_text()
        text = text.replace("setup(threads)", "setup(threads, *, fails)").replace(
            "return []", "return [1 // (not fails)]"
        )
        one = scenario(source=text, matrix={"fails": (0, 1)}, measure={"iterations": None})
        asked = planned(one, default_build)
        found = self.records(asked)
        stops = sorted((stop.reason, stop.invocations) for stop in found if isinstance(stop, Stop))
        assert stops == [("failed", 0), ("maximum", 3)]
        assert len({frozenset(kept(one)) for one in found if isinstance(one, Invocation) and one.round}) == 1

    def test_no_pilots_are_left_where_the_time_is_up(self, scenario: Make, default_build: Interpreter) -> None:
        asked = planned(scenario(measure={"iterations": None, "time_limit": 0.0}), default_build)
        found = self.records(asked)
        assert [type(record) for record in found] == [Invocation, Stop]

    def test_a_number_has_to_come_from_somewhere(self, asked: Plan) -> None:
        with pytest.raises(ValueError, match="nobody says what `iterations: auto` comes to"):
            list(runner.run(asked, topology.read(), wide))

    def test_the_report_says_what_was_chosen(self, asked: Plan, whole: Records, tmp_path: Path) -> None:
        header = Header(format=journal.FORMAT, version="0", started="", command="", host=Host(), plan=asked)
        with journal.create(tmp_path / "result", header) as writer:
            for record in whole:
                writer.append(record)
            writer.finish()
        held = journal.read(tmp_path / "result")
        assert held.header.plan.scenarios[0].measure.iterations is None
        results = analysis.analyse(held)
        (number,) = kept(held.invocations[-1])
        assert results.scenarios[0].kept == number
        text = " ".join(report.render("text", results, held).split())
        assert f"2 invocations of {number} iterations (auto: chosen by the pilots) of about 2.00 ms" in text
        assert "Where to spend time" in text
