"""The scenarios that ship: each loads, asks something of runs that exist, and is short enough to be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import kernel, plan, resources, scenario
from engine.analysis import claims
from engine.model import Interpreter, Missing, Plan, Scenario

SHIPPED = [scenario.load(path) for path in sorted(resources.scenarios().rglob("*.yaml"))]

ALL = {
    spec: Interpreter(
        spec=spec,
        executable=spec,
        version=f"{spec.rstrip('t')}.0",
        free_threaded=spec.endswith("t"),
        gil_option=spec.endswith("t"),
    )
    for spec in ("3.12", "3.13", "3.13t", "3.14", "3.14t", "3.15", "3.15t")
}
FIVE = tuple(ALL)[:5]
HERE = ("3.12", "3.13", "3.13t")

every_scenario = pytest.mark.parametrize("shipped", SHIPPED, ids=lambda shipped: shipped.name)


def planned(shipped: Scenario, specs: tuple[str, ...] = tuple(ALL), cpus: int = 2) -> Plan:
    control = kernel.load(resources.kernels() / "real_cpus.py")
    lacking = {spec: Missing(spec=spec, reason="not here", hint="install it") for spec in ALL if spec not in specs}
    return plan.make([shipped], ALL | lacking, tuple(range(cpus)), 1, control)


def evidence(shipped: Scenario) -> claims.Evidence:
    made = planned(shipped)
    runs = [run for group in made.groups if not group.control for run in group.runs]
    return claims.Evidence(scenario=shipped, runs=runs, series={}, interpreters=ALL, cpus=2)


@every_scenario
def test_it_asks_for_the_five_interpreters_or_for_those_of_the_evolution(shipped: Scenario) -> None:
    if shipped.name.startswith("evolution/"):
        assert {"3.13t", "3.14t", "3.15t"} <= set(shipped.interpreters) <= set(ALL) - {"3.12"}
    else:
        assert shipped.interpreters == FIVE


@every_scenario
def test_every_claim_speaks_of_runs_that_exist(shipped: Scenario) -> None:
    assert shipped.claims
    known = evidence(shipped)
    for claim in shipped.claims:
        if claim.ratio:
            found: list[object] = list(claims._pairs(claim, known))
        else:
            found = list(known.selected(claim.of, claim.where))
        assert found, claim.text


@every_scenario
def test_every_claim_is_one_of_its_own(shipped: Scenario) -> None:
    texts = [claim.text for claim in shipped.claims]
    assert len(set(texts)) == len(texts)


@every_scenario
def test_some_claim_holds_a_control_against_the_effect(shipped: Scenario) -> None:
    """A scenario with lower bounds only would be content with a kernel in which nothing happens, and the other way."""
    lower = [claim for claim in shipped.claims if claim.relation == "above"]
    assert lower
    assert len(lower) < len(shipped.claims)


@every_scenario
def test_it_runs_in_two_minutes_on_two_cpus(shipped: Scenario) -> None:
    assert plan.seconds(planned(shipped, HERE))[0] < 120
    assert shipped.measure.time_limit <= 120


def test_what_make_run_runs_takes_less_than_seven_minutes() -> None:
    gil = [shipped for shipped in SHIPPED if shipped.name.startswith("gil/")]
    assert len(gil) == 4
    assert sum(shipped.measure.time_limit for shipped in gil) <= 7 * 60


def test_every_kernel_has_a_scenario_but_the_control() -> None:
    asked = {shipped.kernel.name for shipped in SHIPPED}
    assert {path.stem for path in kernel.shipped()} - asked == {"real_cpus"}


@every_scenario
def test_its_first_line_leads_an_editor_to_the_schema(shipped: Scenario) -> None:
    path = Path(shipped.path)
    marker, _, reference = path.read_text().partition("\n")[0].partition("$schema=")
    assert marker == "# yaml-language-server: "
    assert (path.parent / reference).resolve() == resources.schema()
