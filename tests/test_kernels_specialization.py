"""The kernels about single instructions, through real interpreters: what is timed is what the parameter says."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from engine import resources
from engine.model import Interpreter

BODIES = """
import dis, json, runpy, sys
kernel = runpy.run_path(sys.argv[1])
parameters = {**{name: p["default"] for name, p in kernel["PARAMS"].items()}, **json.loads(sys.argv[2])}
steps = list(dis.get_instructions(kernel["choose"](**parameters)))
jumps = [step for step in steps if step.opname.startswith(("JUMP_BACKWARD", "JUMP_ABSOLUTE"))]
first, last = min(step.argval for step in jumps), max(step.offset for step in jumps)
print(json.dumps([step.opname for step in steps if first <= step.offset <= last]))
"""
"""Prints the names of the instructions of the timed loop, the loop's own among them."""


def loop(python: Interpreter, kernel: str, **parameters: str) -> list[str]:
    path = str(resources.kernels() / f"{kernel}.py")
    command = [python.executable, "-I", "-B", "-c", BODIES, path, json.dumps(parameters)]
    names = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)
    return [name for name in names if name not in {"CACHE", "PRECALL", "PUSH_NULL", "NOT_TAKEN", "NOP"}]


LOAD = r"LOAD_FAST(_BORROW)?"
PAIR = rf"{LOAD}_{LOAD}|{LOAD} {LOAD}"
ONE = {
    "load_const": "LOAD_CONST STORE_FAST",
    "load_fast": f"{LOAD} STORE_FAST",
    "load_global": "LOAD_GLOBAL STORE_FAST",
    "load_attr": f"{LOAD} LOAD_ATTR STORE_FAST",
    "store_attr": f"({PAIR}) STORE_ATTR",
    "unpack": f"{LOAD} UNPACK_SEQUENCE STORE_FAST(_| )STORE_FAST",
    "compare": f"({PAIR}) COMPARE_OP STORE_FAST",
    "dict_item": f"({PAIR}) (BINARY_SUBSCR|BINARY_OP) STORE_FAST",
    "call_function": "LOAD_GLOBAL (CALL|CALL_FUNCTION) STORE_FAST",
    "call_method": f"{LOAD} (LOAD_ATTR|LOAD_METHOD) (CALL|CALL_METHOD) STORE_FAST",
    "call_builtin": f"LOAD_GLOBAL {LOAD} (CALL|CALL_FUNCTION) STORE_FAST",
}
"""What one operation is made of, over all versions (neighbours on one line may be fused)."""


@pytest.mark.real
@pytest.mark.parametrize("instruction", ONE)
def test_the_loop_is_the_instruction_eight_times_and_nothing_else(python: Interpreter, instruction: str) -> None:
    empty = loop(python, "dispatch", instruction="loop")
    body = loop(python, "dispatch", instruction=instruction)
    head = next(i for i, name in enumerate(empty) if name.startswith("STORE_FAST")) + 1
    assert body[:head] == empty[:head]
    assert body[-1] == empty[-1]
    assert re.fullmatch(f"({ONE[instruction]} ?){{8}}", " ".join(body[head:-1])), body


@pytest.mark.real
def test_functions_and_classes_are_immortal_on_the_free_threaded_3_13_only(
    python: Interpreter, measure: Callable[..., dict[str, Any]]
) -> None:
    team = measure(python, "dispatch", {"instruction": "call_function"}, threads=(2,), loops=200)["teams"][0]
    assert team["metrics"] == {"immortal": python.spec == "3.13t"}


SPECIALISED = {
    "load_global": {"LOAD_GLOBAL_MODULE"},
    "load_attr": {"LOAD_ATTR_INSTANCE_VALUE"},
    "store_attr": {"STORE_ATTR_INSTANCE_VALUE"},
    "unpack": {"UNPACK_SEQUENCE_TWO_TUPLE"},
}


@pytest.mark.real
@pytest.mark.parametrize("instruction", SPECIALISED)
def test_the_instruction_is_specialised_where_the_build_does_so(
    either: Interpreter, instruction: str, measure: Callable[..., dict[str, Any]]
) -> None:
    reply = measure(either, "dispatch", {"instruction": instruction}, threads=(2,), loops=200)
    names = set(reply["bytecode"]["names"])
    assert names >= SPECIALISED[instruction] if not either.free_threaded else not names


GUARDED = {
    "attribute": "LOAD_ATTR_INSTANCE_VALUE",
    "method": "LOAD_ATTR_METHOD_WITH_VALUES",
    "call": "CALL_PY_EXACT_ARGS",
}


@pytest.mark.real
@pytest.mark.parametrize("site", GUARDED)
def test_a_site_of_one_kind_is_specialised_where_the_build_does_so(
    either: Interpreter, site: str, measure: Callable[..., dict[str, Any]]
) -> None:
    reply = measure(either, "dynamic_operations", {"site": site, "kinds": 1}, threads=(2,), loops=200)
    names = set(reply["bytecode"]["names"])
    assert GUARDED[site] in names if not either.free_threaded else not names


@pytest.mark.real
@pytest.mark.parametrize("operands", ["int", "float", "complex", "str"])
def test_strings_have_an_addition_of_their_own(
    either: Interpreter, operands: str, measure: Callable[..., dict[str, Any]]
) -> None:
    reply = measure(either, "arithmetic", {"operands": operands}, threads=(2,), loops=200)
    names = set(reply["bytecode"]["names"])
    assert ("BINARY_OP_ADD_UNICODE" in names) == (operands == "str" and not either.free_threaded)
