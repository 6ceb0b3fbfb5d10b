"""What the command line says instead of a file, by the same rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine import scenario
from engine.errors import ScenarioError
from engine.model import Scenario
from engine.override import override

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def base() -> Scenario:
    return scenario.load(DATA / "valid" / "everything.yaml")


def faults(base: Scenario, **said: Any) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        override(base, **said)
    return str(caught.value).splitlines()


def test_nothing_said_changes_nothing(base: Scenario) -> None:
    assert override(base) == base


def test_lists_replace_axes(base: Scenario) -> None:
    found = override(
        base,
        threads="1, 2,cpus*2",
        affinity="none,[[0],[1]]",
        gil="on",
        parameters=(("padding", "0,64"), ("weight", "2")),
    )
    matrix = dict(found.matrix)
    assert matrix["threads"] == (1, 2, "cpus*2")
    assert matrix["affinity"] == ("none", ((0,), (1,)))
    assert matrix["gil"] == ("on",)
    assert matrix["padding"] == (0, 64)
    assert matrix["weight"] == (2.0,)
    assert matrix["sharing"] == dict(base.matrix)["sharing"]
    assert [name for name, _ in found.matrix] == [name for name, _ in base.matrix]


def test_interpreters_are_taken_as_they_are_given(base: Scenario) -> None:
    found = override(base, interpreters=("3.10", "./my python", "3.10"))
    assert found.interpreters == ("3.10", "./my python")


def test_included_runs_with_other_values_are_dropped(base: Scenario) -> None:
    assert [dict(pairs) for pairs in override(base, parameters=(("padding", "0"),)).include] == [
        {"interpreter": "3.10", "affinity": ((0,),)}
    ]
    assert [dict(pairs) for pairs in override(base, interpreters=("3.13",)).include] == [{"padding": 256, "threads": 4}]
    assert len(override(base, threads="4,5").include) == 2


def test_measure(base: Scenario) -> None:
    found = override(base, invocations="7", iterations=2, precision="0.5%", time_limit="2m", warmup="auto").measure
    assert (found.invocations_min, found.invocations_max, found.iterations) == (7, 7, 2)
    either = override(base, invocations="12..30").measure
    assert (either.invocations_min, either.invocations_max) == (12, 30)
    fewer = override(base, invocations="{min: 3}").measure
    assert (fewer.invocations_min, fewer.invocations_max) == (3, base.measure.invocations_max)
    more = override(base, invocations="{min: 500}").measure
    assert (more.invocations_min, more.invocations_max) == (500, 500)
    assert any("min 30 is above max 12" in fault for fault in faults(base, invocations="30..12"))
    assert (found.precision, found.time_limit, found.warmup) == (0.005, 120, None)
    assert (found.iteration_time, found.timeout) == (base.measure.iteration_time, base.measure.timeout)


def test_presets_come_first_and_single_values_over_them(base: Scenario) -> None:
    fast = override(base, preset="fast").measure
    assert (fast.invocations_min, fast.invocations_max, fast.iterations) == (5, 8, 2)
    assert (fast.iteration_time, fast.precision, fast.time_limit) == (0.01, 0.05, 17)
    brief = override(base, iteration_time="1ms")
    assert override(brief, preset="fast").measure.iteration_time == 0.001, "only shortened, never prolonged"
    assert override(brief, preset="fast", iteration_time="5ms").measure.iteration_time == 0.005
    rigorous = override(base, preset="rigorous", precision="3%").measure
    assert (rigorous.invocations_min, rigorous.invocations_max, rigorous.iterations) == (20, 100, 3)
    assert (rigorous.precision, rigorous.time_limit) == (0.03, 1200)


def test_the_digest_follows_and_that_of_the_file_stays(base: Scenario) -> None:
    found = override(base, threads="1")
    assert found.digest == scenario.digest(found) != base.digest
    assert found.file_digest == base.file_digest == base.digest


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"threads": "1,0"}, "--threads[1]: expected an integer of at least 1, found 0; threads are 1 to 4096"),
        ({"threads": "two"}, "--threads[0]: expected a number of threads from 1 to 4096, or cpus"),
        ({"threads": ""}, "--threads: expected at least one item, found an empty list"),
        ({"threads": "1,1"}, "--threads[1]: 1 is here twice; remove one of them"),
        ({"affinity": "near"}, "--affinity[0]: expected none, compact, spread or cores, found 'near'; or"),
        ({"gil": "of"}, "--gil[0]: expected default, on or off, found 'of'; did you mean off?"),
        ({"interpreters": ("3.13", "snake")}, "--python[1]: expected a version from 3.9 on (3.13), a free"),
        ({"parameters": (("padding", "7"),)}, "-p padding[0]: expected a multiple of 8, found 7; the nearest"),
        ({"parameters": (("pading", "8"),)}, "-p pading: neither an axis nor a parameter of the kernel slots; did"),
        ({"parameters": (("padding", "8"), ("padding", "0"))}, "-p padding: is given twice; give all values at once"),
        ({"invocations": "many"}, "--invocations: expected a number of invocations, or a mapping with min and"),
        ({"iterations": "0"}, "--iterations: expected an integer of at least 1, found 0"),
        ({"precision": "2"}, "--precision: expected a number below 1, found 2; 2% is 0.02"),
        ({"time_limit": "soon"}, "--time-limit: expected a duration like 20ms, 1.5s, 5m or 1h, or a number of seconds"),
        ({"timeout": "1s"}, "--timeout: 3 iterations of 0.5s do not fit into 1s; raise timeout, or lower iterations"),
    ],
)  # fmt: skip
def test_faults_are_told_like_those_of_a_file(base: Scenario, said: dict[str, Any], message: str) -> None:
    (found,) = faults(base, **said)
    assert found.startswith(f"command line: {message}")


def test_all_faults_come_at_once(base: Scenario) -> None:
    assert len(faults(base, threads="0", gil="maybe", precision="0%", parameters=(("stride", "1"),))) == 4


def test_text_that_cannot_be_read_is_a_fault_of_its_option(base: Scenario) -> None:
    (message,) = faults(base, threads="[1")
    assert message.startswith("command line: --threads: this is not YAML")


def test_excluding_everything_by_an_override_is_a_fault() -> None:
    found = scenario.load(DATA / "valid" / "aliases.yaml")
    (message,) = faults(found, threads="1")
    assert message.startswith("command line: exclude: nothing of the matrix is left to run")
