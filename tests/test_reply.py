"""What a worker's reply, or its silence, becomes."""

from __future__ import annotations

from typing import Any

import pytest

from engine import reply
from engine.model import Group, Invocation, Run
from engine.spawn import Finished

RUN = Run(
    id="r", scenario="s", kernel="k", interpreter="3.13t", threads=1, affinity="none", gil="default", parameters=()
)
GROUP = Group(id="g", scenario="s", runs=(RUN,))
ITERATION = {
    "warmup": False,
    "start_ns": [1],
    "end_ns": [5],
    "cpu_ns": [4],
    "voluntary": [0],
    "involuntary": [0],
    "on_cpu": [1],
}
TEAM = {"threads": 1, "loops": 7, "iterations": [ITERATION], "metrics": {"lost_updates": 0.0}}
REPLY: dict[str, Any] = {
    "protocol": 1,
    "teams": [TEAM],
    "gil": [False, False, False, False],
    "rss": 1,
    "bytecode": {"instructions": 2, "specialized_before": 0, "specialized_after": 1, "names": ["A_B"]},
    "switch_interval": 0.005,
}


def made(answer: Any, gil: bool = False, **how: Any) -> Invocation:
    finished = Finished(**({"returncode": 0, "out": "", "err": "", "duration": 0.5} | how))
    return reply.invocation(answer, finished, group=GROUP, number=3, started="now", gil=gil, memory_limit=1 << 30)


def failed(answer: Any, gil: bool = False, **how: Any) -> tuple[str, str]:
    failure = made(answer, gil, **how).failure
    assert failure is not None
    return failure.outcome, failure.message


def test_a_good_reply_keeps_every_number() -> None:
    record = made(REPLY)
    assert record.failure is None
    assert (record.group, record.round, record.duration, record.rss) == ("g", 3, 0.5, 1)
    assert record.teams[0].iterations[0].end_ns == (5,)
    assert record.teams[0].metrics == (("lost_updates", 0.0),)
    assert record.bytecode.names == ("A_B",)


@pytest.mark.parametrize(
    ("how", "outcome", "said"),
    [
        ({"returncode": -11}, "crashed", "SIGSEGV"),
        ({"returncode": -9}, "crashed", "SIGKILL"),
        ({"returncode": -64}, "crashed", "SIGRTMAX"),
        ({"returncode": 3}, "crashed", "status 3"),
        ({"returncode": 0}, "crashed", "status 0"),
        ({"returncode": 0, "out": "?", "written": 1}, "protocol", "no JSON object"),
        ({"returncode": 0, "written": 300 << 20}, "protocol", "300 MiB, more than the 64.0 MiB that are read"),
        ({"returncode": -9, "timed_out": True, "timeout": 60}, "timeout", "within 60 s"),
        ({"returncode": -6, "err": "Fatal Python error: MemoryError"}, "crashed", "memory (limit 1.00 GiB; measure"),
    ],
)
def test_silence_has_a_reason(how: dict[str, Any], outcome: str, said: str) -> None:
    found = failed(None, **how)
    assert found[0] == outcome
    assert said in found[1]


@pytest.mark.parametrize(
    "change",
    [
        {"teams": None},
        {"teams": [{**TEAM, "iterations": [{**ITERATION, "start_ns": "soon"}]}]},
        {"gil": 1},
        {"gil": []},
        {"gil": [False] * 3},
        {"gil": [False] * 5},
        {"teams": []},
        {"teams": [TEAM, TEAM]},
        {"teams": [TEAM | {"threads": 2}]},
        {"teams": [TEAM | {"loops": 0}]},
        {"teams": [TEAM | {"iterations": []}]},
        {"teams": "none"},
        {"teams": [TEAM | {"metrics": {"lost": "many"}}]},
        {"rss": float("inf")},
        {"switch_interval": None},
        {"rss": "much"},
        {"bytecode": 1},
        {"failure": "yes"},
    ],
)
def test_a_reply_that_does_not_fit_is_no_result(change: dict[str, Any]) -> None:
    record = made(REPLY | change)
    assert record.failure is not None
    assert record.failure.outcome == "protocol"
    assert record.teams == ()


def test_the_kernels_own_failure_is_told_with_what_it_wrote() -> None:
    told = {"outcome": "wrong answer", "message": "check: AssertionError: 3", "detail": "Traceback"}
    record = made(REPLY | {"failure": told}, err="a print of the kernel")
    assert record.failure is not None
    assert (record.failure.outcome, record.failure.message) == ("wrong answer", "check: AssertionError: 3")
    assert record.failure.detail == "Traceback\na print of the kernel"


def test_much_that_a_kernel_wrote_does_not_push_out_its_traceback() -> None:
    told = {"outcome": "error", "message": "run: OSError", "detail": "Traceback"}
    record = made(REPLY | {"failure": told}, err="x" * 100_000)
    assert record.failure is not None
    assert record.failure.detail.startswith("Traceback\n")
    assert len(record.failure.detail) < 5000


def test_words_that_cannot_be_written_become_ones_that_can() -> None:
    told = {"outcome": "error", "message": "run: \ud800", "detail": "\udfff"}
    record = made(REPLY | {"failure": told})
    assert record.failure is not None
    assert (record.failure.message + record.failure.detail).encode() == b"run: ??"


def test_a_kernel_that_found_too_little_memory_is_told_its_limit() -> None:
    told = {"outcome": "error", "message": "setup: out of memory", "detail": "", "memory": True}
    record = made(REPLY | {"failure": told})
    assert record.failure is not None
    assert record.failure.message == "setup: out of memory (limit 1.00 GiB; measure.memory_limit)"


@pytest.mark.parametrize(
    ("states", "asked", "said"),
    [
        ([False, True, True], False, "must be off and was on after set-up"),
        ([False, False, True], False, "must be off and was on after measuring"),
        ([False, False, False, True], False, "must be off and was on after the check"),
        ([True, True, True], False, "must be off and was on at the start"),
        ([False, False, False], True, "must be on and was off at the start"),
    ],
)
def test_the_gil_must_be_as_asked_all_the_way(states: list[bool], asked: bool, said: str) -> None:
    outcome, message = failed(REPLY | {"gil": states}, gil=asked)
    assert outcome == "gil"
    assert said in message


def test_the_module_that_enabled_the_gil_is_named() -> None:
    warning = (
        "RuntimeWarning: The global interpreter lock (GIL) has been enabled to load module 'old', which has not"
        " declared that it can run safely without the GIL."
    )
    switched = REPLY | {"gil": [False, True, True]}
    assert failed(switched, err=warning)[1].endswith("after set-up: loading 'old' enabled it")
    assert failed(switched | {"enabled_by": ["other"]}, err=warning)[1].endswith("loading 'old' enabled it")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"enabled_by": ["a.b", "c"], "extensions": ["x"]}, ": it came on while 'a.b', 'c' was loaded"),
        ({"enabled_by": [], "extensions": ["x", "y"]}, ": the extension modules that may have enabled it are 'x', 'y'"),
        ({"extensions": [str(number) for number in range(99)]}, "'9'"),
        ({"enabled_by": 7, "extensions": None}, "was on after set-up"),
    ],
)
def test_where_the_interpreter_does_not_say_which_module_it_was_the_worker_does(
    known: dict[str, Any], said: str
) -> None:
    assert failed(REPLY | {"gil": [False, True, True]} | known)[1].endswith(said)


def test_no_module_is_blamed_for_a_lock_that_was_on_from_the_start_or_must_be() -> None:
    suspects = {"extensions": ["x"], "enabled_by": ["x"]}
    assert failed(REPLY | suspects | {"gil": [True, True, True]})[1].endswith("was on at the start")
    assert failed(REPLY | suspects | {"gil": [True, False, False]}, gil=True)[1].endswith("was off after set-up")
