"""Every shipped kernel through the real worker: right answers at one and more threads, and wrong ones found out."""

from __future__ import annotations

import dis
import importlib.util
import itertools
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from engine import document
from engine import kernel as kernels
from engine.model import Interpreter, Kernel

SHIPPED = [kernels.load(path) for path in kernels.shipped()]

Measured = Callable[..., dict[str, Any]]
Metrics = Callable[..., list[dict[str, float]]]

CASES = Path(__file__).parent / "data" / "cases"


def cases(kernel: Kernel) -> dict[str, Any]:
    """What tests/data/cases/<kernel>.yaml says of a kernel beside its own facts; each key may be missing.

    sizes: values for parameters that are no words, the smallest honest ones. without: combinations that there are none
    of. globals: timed function -> names that its loop may load (functions and classes, immortal once a thread has
    started, or what the kernel is about). broken: a change of the source, and the parameters at which it is wrong.
    """
    path = CASES / f"{kernel.name}.yaml"
    return dict(document.load(path).data) if path.exists() else {}


def combinations(kernel: Kernel) -> list[dict[str, Any]]:
    """Every combination of a kernel's words, with each of its small numbers."""
    words = {p.name: dict(p.schema)["enum"] for p in kernel.parameters if "enum" in dict(p.schema)}
    rest = {p.name: p.default for p in kernel.parameters if p.name not in words}
    every = [
        rest | dict(zip(words, values, strict=True)) | size
        for values in itertools.product(*words.values())
        for size in cases(kernel).get("sizes", [{}])
    ]
    without = cases(kernel).get("without", [])
    unique = {repr(sorted(one.items())): one for one in every if not any(one | rule == one for rule in without)}
    return list(unique.values())


def defaults(kernel: Kernel) -> dict[str, Any]:
    return {p.name: p.default for p in kernel.parameters} | cases(kernel).get("sizes", [{}])[0]


def label(case: tuple[Kernel, dict[str, Any]]) -> str:
    return "-".join([case[0].name, *map(str, case[1].values())])


EVERY = [(kernel, parameters) for kernel in SHIPPED for parameters in combinations(kernel)]


Replies = Callable[[Any], dict[str, Any]]


def ahead(
    request: pytest.FixtureRequest, beside: Executor, test: Callable[..., None], ask: Callable[..., dict[str, Any]]
) -> Replies:
    """The reply to each case of a test, for all that are selected: workers beside each other give them, not in turns.

    `ask` is given what the test is parametrised with.
    """
    cases = [item.callspec.params for item in request.session.items if getattr(item, "function", None) is test]
    replies = {repr(sorted(case.items())): beside.submit(ask, **case) for case in cases}
    return lambda case: replies[repr(sorted(case.items()))].result()


def load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("kernel", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def timed(kernel: Kernel) -> set[FunctionType]:
    """The functions that are timed, over all combinations of words."""
    module = load(kernel.path)
    return {module.choose(**p) if hasattr(module, "choose") else module.run for p in combinations(kernel)}


@pytest.fixture(scope="module")
def of_combination(
    request: pytest.FixtureRequest, beside: Executor, free_threaded: Interpreter, measure: Measured
) -> Replies:
    return ahead(
        request,
        beside,
        test_every_combination_gives_the_right_answer_and_leaves_the_gil_off,
        lambda case: measure(free_threaded, case[0].path, case[1]),
    )


@pytest.mark.real
@pytest.mark.parametrize("case", EVERY, ids=label)
def test_every_combination_gives_the_right_answer_and_leaves_the_gil_off(
    case: tuple[Kernel, dict[str, Any]], of_combination: Replies
) -> None:
    reply = of_combination({"case": case})
    names = {metric.name for metric in case[0].metrics}
    assert [set(team["metrics"]) for team in reply["teams"]] == [names] * 2
    assert reply["gil"] == [False] * 4


@pytest.fixture(scope="module")
def of_version(
    request: pytest.FixtureRequest,
    beside: Executor,
    interpreter_of: Callable[[str], Interpreter],
    measure: Measured,
) -> Replies:
    def ask(python: str, kernel: Kernel) -> dict[str, Any]:
        return measure(interpreter_of(python), kernel.path, defaults(kernel), threads=(2, 1, 3), loops=3)

    return ahead(request, beside, test_the_defaults_give_the_right_answer_on_every_version, ask)


@pytest.mark.real
@pytest.mark.parametrize("kernel", SHIPPED, ids=lambda kernel: kernel.name)
def test_the_defaults_give_the_right_answer_on_every_version(
    python: Interpreter, kernel: Kernel, of_version: Replies
) -> None:
    assert len(of_version({"python": python.spec, "kernel": kernel})["teams"]) == 3


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("case", EVERY, ids=label)
def test_every_combination_gives_the_right_answer_on_every_version(
    python: Interpreter, case: tuple[Kernel, dict[str, Any]], measure: Measured
) -> None:
    kernel, parameters = case
    assert len(measure(python, kernel.path, parameters, threads=(1, 2, 5))["teams"]) == 3


@pytest.mark.parametrize("kernel", SHIPPED, ids=lambda kernel: kernel.name)
def test_a_timed_loop_loads_nothing_but_locals(kernel: Kernel) -> None:
    allowed = cases(kernel).get("globals", {})
    for function in timed(kernel):
        code = list(dis.get_instructions(function))
        ends = [step.offset for step in code if "JUMP_BACKWARD" in step.opname]
        starts = [step.argval for step in code if "JUMP_BACKWARD" in step.opname]
        inside = [step for step in code if min(starts) <= step.offset <= max(ends)]
        names = {step.argval for step in inside if step.opname.startswith(("LOAD_GLOBAL", "LOAD_DEREF", "LOAD_NAME"))}
        assert names == set(allowed.get(function.__name__, ())), function


@pytest.mark.parametrize("kernel", SHIPPED, ids=lambda kernel: kernel.name)
def test_a_manual_has_all_its_parts(kernel: Kernel) -> None:
    parts = ("Stresses:", "Expect", "Does not show:", "How it goes wrong:", "Source:")
    assert [part for part in parts if f"\n\n{part}" not in f"\n\n{kernel.manual}"] == []


@pytest.mark.real
@pytest.mark.parametrize("synchronisation", ["none", "lock"])
@pytest.mark.parametrize("sharing", ["private", "shared"])
def test_only_shared_unsynchronised_counters_without_a_gil_may_lose_updates(
    either: Interpreter, sharing: str, synchronisation: str, metrics: Metrics
) -> None:
    parameters = {"sharing": sharing, "synchronisation": synchronisation}
    found = metrics(either, "counter_increment", parameters, loops=20_000)
    alone, together = (team["lost_updates"] for team in found)
    assert alone == 0
    if either.free_threaded and (sharing, synchronisation) == ("shared", "none"):
        assert 0 <= together < 1
    else:
        assert together == 0


@pytest.mark.real
@pytest.mark.parametrize("padding", [0, 8, 56, 64, 120, 128])
@pytest.mark.parametrize("slots", ["buffer", "array", "objects"])
def test_slots_lie_as_far_apart_as_they_were_asked_to(
    either: Interpreter, slots: str, padding: int, metrics: Metrics
) -> None:
    for team in metrics(either, "counter_slots", {"slots": slots, "padding": padding}, threads=(1, 2, 5)):
        if slots == "objects":
            assert team["distance"] >= 24 + padding  # the smallest object with a slot, of a default build
        else:
            assert team["distance"] == 8 + padding
        assert padding or team["same_line"] == 1
        assert padding < 56 or team["same_line"] == 0


@pytest.mark.real
def test_arithmetic_is_specialised_by_type_where_the_build_does_so(either: Interpreter, measure: Measured) -> None:
    names = {
        operands: set(measure(either, "arithmetic", {"operands": operands}, loops=200)["bytecode"]["names"])
        for operands in ("int", "float", "complex")
    }
    additions = {operands: {name for name in found if "ADD" in name} for operands, found in names.items()}
    if either.free_threaded:
        assert additions == {"int": set(), "float": set(), "complex": set()}
    else:
        assert additions == {"int": {"BINARY_OP_ADD_INT"}, "float": {"BINARY_OP_ADD_FLOAT"}, "complex": set()}


BREAKS = [(kernel, broken) for kernel in SHIPPED for broken in cases(kernel).get("broken", [])]
"""What is changed in a kernel's source, and the parameters at which that makes it wrong."""


def test_every_kernel_is_broken_on_purpose_somewhere() -> None:
    assert {path.stem for path in CASES.iterdir()} <= {kernel.name for kernel in SHIPPED}
    assert {kernel.name for kernel in SHIPPED} == {kernel.name for kernel, _ in BREAKS}


@pytest.fixture(scope="module")
def of_broken(
    request: pytest.FixtureRequest,
    beside: Executor,
    default_build: Interpreter,
    tmp_path_factory: pytest.TempPathFactory,
    ask: Measured,
) -> Replies:
    folder = tmp_path_factory.mktemp("broken")

    def spoilt(kernel: Kernel, broken: dict[str, Any]) -> dict[str, Any]:
        source = Path(kernel.path).read_text()
        assert broken["text"] in source
        path = folder / f"{kernel.name}-{BREAKS.index((kernel, broken))}.py"
        path.write_text(source.replace(broken["text"], broken["becomes"], 1))
        return ask(default_build, path, defaults(kernel) | broken.get("parameters", {}), threads=(2,), loops=7)

    return ahead(request, beside, test_a_broken_kernel_is_found_out, spoilt)


@pytest.mark.real
@pytest.mark.parametrize(
    ("kernel", "broken"), BREAKS, ids=lambda part: part.name if isinstance(part, Kernel) else part["text"].strip()
)
def test_a_broken_kernel_is_found_out(kernel: Kernel, broken: dict[str, Any], of_broken: Replies) -> None:
    reply = of_broken({"kernel": kernel, "broken": broken})
    assert reply["failure"]["outcome"] == "wrong answer", reply["failure"]
