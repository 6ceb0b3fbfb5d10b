"""Every shipped kernel through the real worker: right answers at one and more threads, and wrong ones found out."""

from __future__ import annotations

import dis
import importlib.util
import itertools
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from engine import kernel as kernels
from engine import resources, spawn
from engine.model import Interpreter, Kernel

SHIPPED = [kernels.load(path) for path in kernels.shipped()]

SMALL: dict[str, list[dict[str, Any]]] = {
    "list_stride": [{"size": 256}],
    "counter_slots": [{"padding": padding} for padding in (0, 8, 56, 64, 120, 128)],
    "lock_patterns": [{"inside": inside, "outside": outside} for inside, outside in ((0, 0), (3, 0), (0, 2), (3, 2))],
}
"""Values for the parameters that are no words: the smallest honest ones."""

USED_BY_NAME = {("cpu_contention", "call"): {"step"}}
"""Globals that a timed loop may load: functions, which are immortal once a thread has started."""


def combinations(kernel: Kernel) -> list[dict[str, Any]]:
    """Every combination of a kernel's words, with each of its small numbers."""
    words = {p.name: dict(p.schema)["enum"] for p in kernel.parameters if "enum" in dict(p.schema)}
    rest = {p.name: p.default for p in kernel.parameters if p.name not in words}
    return [
        rest | small | dict(zip(words, values, strict=True))
        for values in itertools.product(*words.values())
        for small in SMALL.get(kernel.name, [{}])
    ]


def defaults(kernel: Kernel) -> dict[str, Any]:
    return {p.name: p.default for p in kernel.parameters} | SMALL.get(kernel.name, [{}])[0]


def label(case: tuple[Kernel, dict[str, Any]]) -> str:
    return "-".join([case[0].name, *map(str, case[1].values())])


EVERY = [(kernel, parameters) for kernel in SHIPPED for parameters in combinations(kernel)]


def measure(
    python: Interpreter,
    path: Path | str,
    parameters: dict[str, Any],
    *,
    threads: tuple[int, ...] = (1, 2),
    loops: int = 20,
) -> dict[str, Any]:
    """The worker's reply: two iterations at each thread count, interleaved."""
    request = {
        "protocol": 1,
        "kernel": str(path),
        "parameters": parameters,
        "teams": [{"threads": count, "cpus": None, "spin": False} for count in threads],
        "calibration_cpus": None,
        "loops": loops,
        "iteration_ns": 1_000_000,
        "warmup": 1,
        "order": [list(range(len(threads)))] * 2,
        "memory_limit": 0,
    }
    reply, finished = spawn.ask(python.executable, resources.worker(), request, timeout=60)
    assert reply is not None, finished
    return reply


def metrics(reply: dict[str, Any]) -> list[dict[str, float]]:
    """What `check` returned for each thread count; the run must have been right."""
    assert "failure" not in reply, reply["failure"]
    return [team["metrics"] for team in reply["teams"]]


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


@pytest.mark.real
@pytest.mark.parametrize("case", EVERY, ids=label)
def test_every_combination_gives_the_right_answer_with_and_without_a_gil(
    either: Interpreter, case: tuple[Kernel, dict[str, Any]]
) -> None:
    kernel, parameters = case
    found = metrics(measure(either, kernel.path, parameters))
    assert [set(team) for team in found] == [{metric.name for metric in kernel.metrics}] * 2


@pytest.mark.real
@pytest.mark.parametrize("kernel", SHIPPED, ids=lambda kernel: kernel.name)
def test_the_defaults_give_the_right_answer_on_every_version(python: Interpreter, kernel: Kernel) -> None:
    metrics(measure(python, kernel.path, defaults(kernel), threads=(2, 1, 3), loops=3))


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("case", EVERY, ids=label)
def test_every_combination_gives_the_right_answer_on_every_version(
    python: Interpreter, case: tuple[Kernel, dict[str, Any]]
) -> None:
    kernel, parameters = case
    metrics(measure(python, kernel.path, parameters, threads=(1, 2, 5)))


@pytest.mark.real
@pytest.mark.parametrize("kernel", SHIPPED, ids=lambda kernel: kernel.name)
def test_no_kernel_switches_the_gil_on(free_threaded: Interpreter, kernel: Kernel) -> None:
    assert measure(free_threaded, kernel.path, defaults(kernel))["gil"] == [False] * 3


@pytest.mark.parametrize("kernel", SHIPPED, ids=lambda kernel: kernel.name)
def test_a_timed_loop_loads_nothing_but_locals(kernel: Kernel) -> None:
    for function in timed(kernel):
        code = list(dis.get_instructions(function))
        ends = [step.offset for step in code if "JUMP_BACKWARD" in step.opname]
        starts = [step.argval for step in code if "JUMP_BACKWARD" in step.opname]
        inside = [step for step in code if min(starts) <= step.offset <= max(ends)]
        names = {step.argval for step in inside if step.opname.startswith(("LOAD_GLOBAL", "LOAD_DEREF", "LOAD_NAME"))}
        assert names == USED_BY_NAME.get((kernel.name, function.__name__), set()), function


@pytest.mark.parametrize("kernel", SHIPPED, ids=lambda kernel: kernel.name)
def test_a_manual_has_all_its_parts(kernel: Kernel) -> None:
    parts = ("Stresses:", "Expect", "Does not show:", "How it goes wrong:", "Source:")
    assert [part for part in parts if f"\n\n{part}" not in f"\n\n{kernel.manual}"] == []


@pytest.mark.real
@pytest.mark.parametrize("synchronisation", ["none", "lock"])
@pytest.mark.parametrize("sharing", ["private", "shared"])
def test_only_shared_unsynchronised_counters_without_a_gil_may_lose_updates(
    either: Interpreter, sharing: str, synchronisation: str
) -> None:
    path = resources.kernels() / "counter_increment.py"
    parameters = {"sharing": sharing, "synchronisation": synchronisation}
    alone, together = (team["lost_updates"] for team in metrics(measure(either, path, parameters, loops=20_000)))
    assert alone == 0
    if either.free_threaded and (sharing, synchronisation) == ("shared", "none"):
        assert 0 <= together < 1
    else:
        assert together == 0


@pytest.mark.real
@pytest.mark.parametrize("padding", [0, 8, 56, 64, 120, 128])
@pytest.mark.parametrize("slots", ["buffer", "array", "objects"])
def test_slots_lie_as_far_apart_as_they_were_asked_to(either: Interpreter, slots: str, padding: int) -> None:
    path = resources.kernels() / "counter_slots.py"
    parameters = {"slots": slots, "padding": padding}
    for team in metrics(measure(either, path, parameters, threads=(1, 2, 5))):
        if slots == "objects":
            assert team["distance"] >= 24 + padding  # the smallest object with a slot, of a default build
        else:
            assert team["distance"] == 8 + padding
        assert padding or team["same_line"] == 1
        assert padding < 56 or team["same_line"] == 0


@pytest.mark.real
def test_arithmetic_is_specialised_by_type_where_the_build_does_so(either: Interpreter) -> None:
    path = resources.kernels() / "arithmetic.py"
    names = {
        operands: set(measure(either, path, {"operands": operands}, loops=200)["bytecode"]["names"])
        for operands in ("int", "float", "complex")
    }
    additions = {operands: {name for name in found if "ADD" in name} for operands, found in names.items()}
    if either.free_threaded:
        assert additions == {"int": set(), "float": set(), "complex": set()}
    else:
        assert additions == {"int": {"BINARY_OP_ADD_INT"}, "float": {"BINARY_OP_ADD_FLOAT"}, "complex": set()}


BREAKS = [
    ("arithmetic", "d = x + x", "d = x", {}),
    ("counter_increment", "        counter[0] += 1\n", "", {"sharing": "private"}),
    ("counter_increment", 'shared["sharing"] == "shared" else ([0]', "True else ([0]", {"sharing": "private"}),
    ("counter_increment", "            counter[0] += 1\n", "            pass\n", {"synchronisation": "lock"}),
    ("counter_slots", "stride = (WORD + padding)", "stride = WORD", {"slots": "buffer", "padding": 64}),
    ("counter_slots", "stride = (WORD + padding)", "stride = WORD", {"slots": "array", "padding": 64}),
    ("counter_slots", "free = start + size + padding", "free = 0", {"slots": "objects", "padding": 64}),
    (
        "counter_slots",
        "_value_line(thing) == _value_line(neighbour)",
        "_value_line(thing) + 9 < _value_line(neighbour)",
        {},
    ),
    ("counter_slots", "        slot.value ^= 1\n", "", {}),
    ("counter_slots", "        words[i] ^= 3\n", "", {"slots": "array"}),
    ("counter_slots", '["picked"][index]', '["picked"][0]', {}),
    ("cpu_contention", "        x = step(x)\n", "", {"work": "call"}),
    ("cpu_contention", "FACTOR, SUMMAND, MASK = 1103515245, 12345", "FACTOR, SUMMAND, MASK = 1103515245, 12346", {}),
    ("cpu_contention", "        x, y = c * x - s * y, s * x + c * y\n", "", {"work": "float"}),
    ("empty_loop", "        pass\n", "        break\n", {}),
    ("list_stride", "get(get(at))", "get(at)", {"order": "shuffled"}),
    ("list_stride", "span, stride)", "span - stride, stride)", {"order": "strided"}),
    ("lock_patterns", '(shared["make"](), [0])\n', '(shared["guarded"][0], [0])\n', {"pattern": "own"}),
    ("lock_patterns", "                guarded[0] += 1\n", "                pass\n", {"inside": 2}),
    ("lock_patterns", "        release()\n", "", {"entry": "calls", "lock": "RLock", "pattern": "own"}),
    ("real_cpus", "* (SIZE // len(PATTERN))", "* 8", {}),
    ("reference_counting", "thing, _, kept = own", "_, thing, kept = own", {}),
    (
        "reference_counting",
        "    own[2] = kept\n",
        "    own[2] = kept\n    PARAMS.setdefault('leak', thing)\n",
        {"owner": "shared"},
    ),
    (
        "shared_dict",
        'table = dict.fromkeys(shared["names"], 0)',
        'table = shared.setdefault("one", dict.fromkeys(shared["names"], 0))',
        {"sharing": "private"},
    ),
    ("shared_dict", "        table[k5] = 15\n", "        table[k5] = 16\n", {"operation": "write"}),
    ("shared_dict", "        c = get(k2)\n", "        c = get(k1)\n", {"access": "method"}),
]
"""Kernel, what is changed in its source, and the parameters at which that makes it wrong."""


@pytest.mark.real
@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: f"{broken[0]}: {broken[2].strip() or 'without'}")
def test_a_broken_kernel_is_found_out(
    default_build: Interpreter, tmp_path: Path, broken: tuple[str, str, str, dict[str, Any]]
) -> None:
    name, old, new, changes = broken
    kernel = next(kernel for kernel in SHIPPED if kernel.name == name)
    source = Path(kernel.path).read_text()
    assert old in source
    path = tmp_path / "broken.py"
    path.write_text(source.replace(old, new, 1))
    reply = measure(default_build, path, defaults(kernel) | changes, threads=(2,), loops=7)
    assert reply["failure"]["outcome"] == "wrong answer", reply["failure"]
