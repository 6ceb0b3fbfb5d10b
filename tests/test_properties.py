"""Properties of all scenarios: valid ones load, plan and survive being written; broken ones have good messages.

What is valid is judged by jsonschema straight on schema.json and on the kernel's own PARAMS: it knows none of our
code. The examples are the same in every run (`derandomize`); the slow tests try twenty times as many.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from engine import document, durations, scenario
from engine.cli.arguments import parser
from engine.cli.planning import overridden
from engine.errors import EngineError, Problem, ScenarioError
from engine.model import Kernel, Scenario
from engine.override import FILE, override
from engine.scenario.measure import fraction
from engine.schema import examine, scenario_schema
from engine.selection import thread_count
from tests.fuzz import oracle
from tests.fuzz.strategies import ANY_TEXT, MATRIX, allowed, mutated, scenarios, shuffled, spliced, written

DATA = Path(__file__).parent / "data"
QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
THOROUGH = settings(QUICK, max_examples=1200, phases=[*QUICK.phases, Phase.shrink])

JUDGE = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
            "number": lambda _, value: isinstance(value, (int, float)) and type(value) is not bool and _finite(value),
        }
    ),
)(scenario_schema())
"""Any JSON Schema tool, but for two of fteng's rules: 2.0 is no integer, and infinity and NaN are no numbers."""

BEYOND_THE_SCHEMA = re.compile(
    r"no run has|neither an axis nor|expected either|expected one of above|a ratio needs|`to` has a meaning|"
    r"there is no metric|is above max|do not fit into|nothing of the matrix|combinations, on all|expected 1ms to 60s|"
    r"expected at most 168h|expected 50% to|expected 64MiB to|"
    r"expected default or 10us|select the same runs|nothing lies between|"
    r"there is no file|there is no shipped kernel|expected a Python file|interpreters have a list of their own"
)
"""What fteng says of a file that its schema allows; what a parameter of the kernel allows comes on top."""


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


EXAMPLES = pytest.mark.parametrize(
    "how", [QUICK, pytest.param(THOROUGH, marks=pytest.mark.slow)], ids=["quick", "slow"]
)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for one file after the other."""
    return tmp_path_factory.mktemp("case") / "case.yaml"


def in_file(path: Path, text: str | bytes) -> Scenario | tuple[Problem, ...]:
    """What fteng makes of it; problems are looked at."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return oracle.loaded(path)


def run_ids(one: Scenario) -> set[str]:
    return {run.id for group in oracle.planned(one).groups for run in group.runs}


@EXAMPLES
def test_a_valid_scenario_loads_and_plans_however_it_is_written(how: settings, case: Path) -> None:
    @how
    @given(scenarios(), st.booleans(), st.booleans(), st.integers(0, 99))
    def holds(drawn: tuple[dict[str, Any], Kernel], flow: bool, aliases: bool, seed: int) -> None:
        data, _ = drawn
        assert not list(JUDGE.iter_errors(data))
        one = in_file(case, written(data, flow=flow, aliases=aliases))
        assert isinstance(one, Scenario), one
        planned = oracle.planned(one)
        assert planned.groups or planned.skips
        again = in_file(case, json.dumps(data, ensure_ascii=False))
        assert isinstance(again, Scenario)
        assert replace(again, source="") == replace(one, source="")
        other = in_file(case, written(shuffled(data, seed)))
        assert isinstance(other, Scenario)
        assert other.digest == one.digest
        assert run_ids(other) == run_ids(one)
        assert override(one) == one

    holds()


@EXAMPLES
def test_a_changed_scenario_is_valid_for_any_judge_or_has_good_messages(how: settings, case: Path) -> None:
    @how
    @given(st.data())
    def holds(drawn: st.DataObject) -> None:
        data, its_kernel = drawn.draw(scenarios())
        data = drawn.draw(mutated(data))
        found = in_file(case, written(data, aliases=False))
        try:
            text = document.load(case)
        except ScenarioError:
            assert isinstance(found, tuple)
            return
        assert text.data == data
        agree(text, found, its_kernel)

    holds()


@EXAMPLES
def test_a_spliced_text_is_valid_for_any_judge_or_has_good_messages(how: settings, case: Path) -> None:
    @how
    @given(st.data())
    def holds(drawn: st.DataObject) -> None:
        data, its_kernel = drawn.draw(scenarios())
        raw = drawn.draw(spliced(written(data, flow=drawn.draw(st.booleans()))))
        found = in_file(case, raw)
        try:
            text = document.load(case)
        except ScenarioError:
            assert isinstance(found, tuple)
            return
        agree(text, found, its_kernel)

    holds()


def agree(text: document.Document, found: Scenario | tuple[Problem, ...], its_kernel: Kernel) -> None:
    """Schema and kernel allow it just where fteng loads it, or complains of what neither can say; loaded, it plans."""
    data = meant(text)
    wrong = list(JUDGE.iter_errors(data))
    if isinstance(found, Scenario):
        assert not wrong
        oracle.planned(found)
        return
    if wrong or ends_a_line(data):
        return
    assert not examine(text, scenario_schema())[1]
    for problem in found:
        assert BEYOND_THE_SCHEMA.search(problem.message) or not fits(data, its_kernel), problem


def fits(data: Any, its_kernel: Kernel) -> bool:
    """Whether every parameter that the file has anywhere is one that the kernel's PARAMS allow."""
    schemas = {parameter.name: {**dict(parameter.schema)} for parameter in its_kernel.parameters}
    for name, value in leaves(data, ()):
        if name in schemas and name not in MATRIX:
            schema = {key: list(part) if isinstance(part, tuple) else part for key, part in schemas[name].items()}
            if not JUDGE.evolve(schema=schema).is_valid(value):
                return False
    return True


def leaves(data: Any, way: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every scalar with the key that it, or its list, stands under."""
    if isinstance(data, dict):
        for key, part in data.items():
            yield from leaves(part, (*way, key))
    elif isinstance(data, list):
        for part in data:
            yield from leaves(part, way)
    elif way:
        yield way[-1], data


def ends_a_line(data: Any) -> bool:
    """Texts that end in a line feed: the `$` of Python's `re`, with which this judge works, lets them pass."""
    return any(isinstance(value, str) and value.endswith("\n") for _, value in leaves(data, ("",)))


def meant(text: document.Document) -> Any:
    """The data with interpreters as they are written: a schema's number 3.10 would be 3.1."""

    def part(data: Any, way: document.Keys) -> Any:
        if isinstance(data, dict):
            return {key: part(item, (*way, key)) for key, item in data.items()}
        if isinstance(data, list):
            return [part(item, (*way, index)) for index, item in enumerate(data)]
        named = {"interpreter", "interpreters"} & set(way)
        return text.texts.get(way, data) if named and type(data) in {int, float} else data

    return part(text.data, ())


WORDS = st.sampled_from([
    "cpus", "cpus/2", "cpus*", "1,2", "[1]", "1..3", "9..1", "default,on", "off", "5%", "1e9%", "0", "-1", "9" * 400,
    "20ms", "1e999s", "none,[[0]]", "[[0],[1]]", "*a", "&a [*a]", "{min: 1}", "!!x 1", "#", "]", "] [", ",", ": ",
    "\n---\n", "~", ".nan", "auto", "3.13t", "/x", "~nobody/x", "private",
])  # fmt: skip
TEXTS = WORDS | ANY_TEXT | st.from_regex(r"[0-9.eE+*/%a-z,\[\]{}: -]{0,12}", fullmatch=True)

OPTIONS = (
    "threads", "affinity", "gil", "switch_interval", "invocations", "iterations", "iteration_time", "warmup",
    "precision", "confidence", "time_limit", "timeout",
)  # fmt: skip
WORDED = (
    "threads",
    "affinity",
    "gil",
    "switch-interval",
    "invocations",
    "iterations",
    "precision",
    "time-limit",
    "python",
    "p",
)


@pytest.fixture(scope="module")
def base() -> Scenario:
    return scenario.load(DATA / "valid" / "everything.yaml")


@EXAMPLES
@pytest.mark.parametrize("option", [*OPTIONS, "interpreters", "parameters"])
def test_any_text_of_an_override_gives_a_value_or_messages(how: settings, base: Scenario, option: str) -> None:
    @settings(how, max_examples=how.max_examples // 2)
    @given(TEXTS, st.sampled_from(["padding", "sharing", "weight", "checked", "threads", "nothing", ""]))
    def holds(text: str, name: str) -> None:
        said: Any = (text,) if option == "interpreters" else ((name, text),) if option == "parameters" else text
        try:
            found = override(base, **{option: said})
        except ScenarioError as error:
            for problem in error.problems:
                assert problem.file == FILE
                assert (problem.line, problem.column) == (0, 0)
                assert str(problem).isprintable()
                assert problem.where
        else:
            oracle.planned(found)

    holds()


@EXAMPLES
def test_any_words_of_the_command_line_give_a_scenario_or_one_error(how: settings, base: Scenario) -> None:
    said = st.fixed_dictionaries({}, optional=dict.fromkeys(WORDED, TEXTS))

    @how
    @given(said)
    def holds(words: dict[str, str]) -> None:
        argv = [f"-p{text}" if name == "p" else f"--{name}={text}" for name, text in words.items()]
        assume("-p" not in argv)
        arguments = parser().parse_args(["plan", "x", *argv])
        try:
            found = overridden(base, arguments)
        except EngineError:
            return
        oracle.planned(found)

    holds()


@EXAMPLES
def test_any_text_is_a_duration_or_a_value_error(how: settings) -> None:
    @how
    @given(TEXTS | st.from_regex(r"[0-9.]{1,12} ?(us|ms|s|m|h)", fullmatch=True))
    def holds(text: str) -> None:
        try:
            found = durations.seconds(text)
        except ValueError:
            return
        assert 0 <= found < math.inf
        again = durations.written(text)
        assert durations.seconds(again) == pytest.approx(found, rel=1e-8, abs=1e-12)
        assert durations.written(again) == again

    holds()


@EXAMPLES
def test_any_text_is_a_number_of_threads_or_a_value_error(how: settings) -> None:
    @how
    @given(TEXTS | st.from_regex(r"cpus[*/]?[0-9]{0,6}", fullmatch=True), st.integers(1, 1024))
    def holds(text: str, cpus: int) -> None:
        try:
            found = thread_count(text, cpus)
        except ValueError:
            return
        assert found >= 1

    holds()


@pytest.mark.parametrize(("name", "least", "most"), [("share", 0, 1), ("duration", 0, 604800 * 1e9)])
@EXAMPLES
def test_what_the_schema_takes_for_a_quantity_is_one(how: settings, name: str, least: float, most: float) -> None:
    schema = scenario_schema()["$defs"][name]

    @how
    @given(allowed(schema))
    def holds(value: float | str) -> None:
        assert least < {"share": fraction, "duration": durations.seconds}[name](value) < most

    holds()
