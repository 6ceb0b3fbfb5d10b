"""The plan: which runs, with which ids, in which order, and why not the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine import plan
from engine.errors import ScenarioError
from engine.model import Interpreter, Kernel, Missing, Plan, Scenario, Selector

Make = Callable[..., Scenario]

GIL = Interpreter(spec="3.13", executable="/usr/bin/python3.13", version="3.13.0")
FREE = Interpreter(spec="3.13t", executable="/x/python3.13t", version="3.13.5", free_threaded=True, gil_option=True)
ABSENT = Missing(spec="3.14t", reason="not found here", hint="fteng interpreters install 3.14t")
KNOWN: dict[str, Interpreter | Missing] = {"3.13": GIL, "3.13t": FREE, "3.14t": ABSENT}
CONTROL = Kernel(name="real_cpus", path="real_cpus.py", title="Hashes.", manual="")


def made(*scenarios: Scenario, cpus: tuple[int, ...] = (0, 1), seed: int = 1, control: Kernel | None = None) -> Plan:
    return plan.make(scenarios, KNOWN, cpus, seed, control)


def settings(planned: Plan, *axes: str) -> list[tuple[Any, ...]]:
    return [tuple(run.axis(axis) for axis in axes) for group in planned.groups for run in group.runs]


def test_the_product_of_the_axes_is_the_runs(scenario: Make) -> None:
    one = scenario(interpreters=("3.13", "3.13t"), matrix={"threads": (1, 2), "padding": (0, 64)})
    found = settings(made(one), "interpreter", "padding", "threads")
    assert found == [(i, p, t) for i in ("3.13", "3.13t") for p in (0, 64) for t in (1, 2)]


def test_runs_that_differ_only_in_threads_are_one_group(scenario: Make) -> None:
    planned = made(scenario(matrix={"threads": (2, 1, 4), "padding": (0, 64)}))
    assert [[run.threads for run in group.runs] for group in planned.groups] == [[1, 2, 4]] * 2


@pytest.mark.parametrize(
    ("words", "cpus", "threads"),
    [
        ((1, "cpus"), 2, [1, 2]),
        ((1, "cpus"), 1, [1]),
        (("cpus/2", "cpus", "cpus*2"), 8, [4, 8, 16]),
        (("cpus/4",), 2, [1]),
    ],
)
def test_thread_words_become_numbers_of_this_machine(
    scenario: Make, words: tuple[Any, ...], cpus: int, threads: list[int]
) -> None:
    planned = made(scenario(matrix={"threads": words}), cpus=tuple(range(cpus)))
    assert [run.threads for run in planned.groups[0].runs] == threads


def test_ids_do_not_depend_on_the_order_of_keys_or_lists(scenario: Make) -> None:
    one = scenario(interpreters=("3.13", "3.13t"), matrix={"threads": (1, 2), "padding": (0, 64), "slots": ("a", "b")})
    other = scenario(
        interpreters=("3.13t", "3.13"),
        matrix={"slots": ("b", "a"), "padding": (64, 0), "gil": ("default",), "threads": (2, 1)},
    )
    ids = [{run.id for group in made(s).groups for run in group.runs} for s in (one, other)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 16


def test_an_id_is_the_same_on_every_machine_and_in_every_release(scenario: Make) -> None:
    planned = made(scenario(matrix={"threads": (2,), "padding": (0,)}))
    assert planned.groups[0].runs[0].id == "033815a5ee", "changing it makes every kept result a stranger"


def test_exclude_drops_runs_that_match_every_key_of_a_rule(scenario: Make) -> None:
    rule = Selector(values=(("threads", (1,)), ("padding", (64, 128))))
    one = scenario(matrix={"threads": (1, 2), "padding": (0, 64, 128)}, exclude=(rule,))
    assert settings(made(one), "threads", "padding") == [(1, 0), (2, 0), (2, 64), (2, 128)]


def test_exclude_knows_thread_words_interpreters_and_the_effective_gil(scenario: Make) -> None:
    rules = (
        Selector(values=(("interpreter", ("3.13",)), ("threads", ("cpus",)))),
        Selector(values=(("free_threaded", (True,)), ("gil", ("on",)))),
    )
    one = scenario(interpreters=("3.13", "3.13t"), matrix={"gil": ("default", "on")}, exclude=rules)
    found = settings(made(one), "interpreter", "gil", "threads")
    assert found == [("3.13", "default", 1), ("3.13t", "default", 1), ("3.13t", "default", 2)]


def test_include_adds_a_run_that_no_exclude_drops(scenario: Make) -> None:
    one = scenario(
        matrix={"threads": (1,), "padding": (0, 64)},
        include=((("padding", 256), ("threads", "cpus")),),
        exclude=(Selector(values=(("padding", (256,)),)),),
    )
    assert (2, 256) in settings(made(one), "threads", "padding")


def test_excluding_everything_is_a_fault_of_the_scenario(scenario: Make) -> None:
    with pytest.raises(ScenarioError, match="excludes every run"):
        made(scenario(exclude=(Selector(values=(("interpreter", ("3.13",)),)),)))


def test_a_missing_interpreter_is_one_skip_with_the_command_that_installs_it(scenario: Make) -> None:
    planned = made(scenario(interpreters=("3.13", "3.14t"), matrix={"padding": (0, 64)}))
    assert [(skip.what, skip.hint) for skip in planned.skips] == [
        ("3.14t (4 runs)", "fteng interpreters install 3.14t")
    ]
    assert planned.missing == (ABSENT,)


def test_the_runs_of_a_missing_interpreter_are_counted_as_if_it_were_here(scenario: Make) -> None:
    absent = Missing(spec="3.14", reason="not found here", hint="fteng interpreters install 3.14")
    rule = Selector(values=(("interpreter", ("3.14t",)), ("threads", (1,))))
    one = scenario(interpreters=("3.13", "3.14", "3.14t"), matrix={"gil": ("default", "on")}, exclude=(rule,))
    planned = plan.make([one], KNOWN | {"3.14": absent}, (0, 1), 1)
    assert [skip.what for skip in planned.skips] == ["3.14 (2 runs)", "3.14t (2 runs)"]


def test_a_default_build_has_its_gil_on_anyway(scenario: Make) -> None:
    planned = made(scenario(interpreters=("3.13", "3.13t"), matrix={"threads": (1,), "gil": ("default", "on")}))
    found = settings(planned, "interpreter", "gil")
    assert found == [("3.13", "default"), ("3.13t", "default"), ("3.13t", "on")]
    assert planned.skips == ()


def test_a_default_build_cannot_switch_its_gil_off(scenario: Make) -> None:
    planned = made(scenario(matrix={"gil": ("off",)}))
    assert planned.groups == ()
    assert "cannot switch its GIL off" in planned.skips[0].reason
    assert planned.skips[0].hint == "a free-threaded one can: name 3.13t or a later one"


def test_an_affinity_of_absent_cpus_is_skipped(scenario: Make) -> None:
    planned = made(scenario(matrix={"affinity": ("none", ((0,), (7,)))}))
    assert settings(planned, "affinity") == [("none",), ("none",)]
    assert planned.skips[0].reason == "CPU 7 is not usable here"


def test_the_control_runs_beside_each_scenario_that_uses_two_cpus(scenario: Make) -> None:
    planned = made(scenario(matrix={"threads": (1, 2, 8)}), control=CONTROL)
    control = [group for group in planned.groups if group.control]
    assert [[run.threads for run in group.runs] for group in control] == [[1, 2]]
    assert CONTROL in planned.kernels
    alone = made(scenario(matrix={"threads": (1,)}), control=CONTROL)
    assert not any(group.control for group in alone.groups)


def test_each_round_has_an_order_of_its_own_that_the_seed_alone_decides(scenario: Make) -> None:
    groups = made(scenario(matrix={"padding": tuple(range(12))})).groups
    orders = [[group.id for group in plan.order(7, groups, number)] for number in range(4)]
    assert len({tuple(one) for one in orders}) == 4
    assert all(sorted(one) == sorted(orders[0]) for one in orders)
    assert orders[2] == [group.id for group in plan.order(7, reversed(groups), 2)]
    assert orders[2] != [group.id for group in plan.order(8, groups, 2)]


def test_thread_counts_change_places_from_sweep_to_sweep(scenario: Make) -> None:
    group = made(scenario(matrix={"threads": (1, 2, 4)})).groups[0]
    found = plan.sweeps(7, group, 1, 20)
    assert len(found) == 20
    assert all(sorted(sweep) == [0, 1, 2] for sweep in found)
    assert len({tuple(sweep) for sweep in found}) > 1


def test_the_estimate_grows_with_what_is_asked(scenario: Make) -> None:
    small, large = (plan.seconds(made(scenario(measure={"iterations": count}))) for count in (1, 9))
    assert small[0] < large[0]
    assert small[0] < small[1]
    capped = plan.seconds(made(scenario(measure={"invocations_max": 10_000, "time_limit": 5.0})))
    assert capped[1] == 5.0
