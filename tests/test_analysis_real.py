"""Invocations of real interpreters, through a journal on disk, become results that agree with a count by hand."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import analysis, journal, plan, runner, topology
from engine.model import Header, Host, Interpreter, Invocation, Scenario

pytestmark = pytest.mark.real


def test_a_real_journal_is_judged(
    scenario: Callable[..., Scenario], default_build: Interpreter, free_threaded: Interpreter, tmp_path: Path
) -> None:
    one = scenario(
        interpreters=("3.13", "3.13t"),
        measure={"invocations_min": 3, "invocations_max": 4, "iterations": 4},
        baseline=(("interpreter", "3.13"),),
    )
    builds = {"3.13": default_build, "3.13t": free_threaded}
    asked = plan.make([one], builds, topology.read().ids, seed=1)
    header = Header(format=journal.FORMAT, version="0", started="", command="", host=Host(), plan=asked)
    with journal.Writer(tmp_path) as writer:
        writer.append(header)
        for record in runner.run(asked, topology.read(), analysis.widths):
            writer.append(record)
        writer.finish()
    kept = journal.read(tmp_path)
    results = analysis.analyse(kept)

    judged = results.scenarios[0]
    assert results.finished
    assert judged.failed == ()
    assert {(found.run.interpreter, found.gil) for found in judged.runs} == {("3.13", True), ("3.13t", False)}
    assert 0 < judged.timed_share < 1
    for found in judged.runs:
        by_hand = [
            seconds_per_operation(record, found.run.threads) for record in of(kept.invocations, asked, found.run.id)
        ]
        time = dict(found.metrics)["time"]
        assert time.count == len(by_hand) >= 3
        assert min(by_hand) * 0.999 <= time.value <= max(by_hand) * 1.001
        assert time.low <= time.value <= time.high
        assert dict(found.metrics)["throughput"].value == pytest.approx(found.run.threads / time.value)
        assert 0 < dict(found.metrics)["fairness"].value <= 1
        assert (found.against is None) == (found.run.interpreter == "3.13")
        assert (found.speedup is None) == (found.run.threads == 1)


def of(invocations: tuple[Invocation, ...], asked: plan.Plan, run: str) -> list[Invocation]:
    """The counted invocations of the group of a run."""
    group = next(group.id for group in asked.groups for member in group.runs if member.id == run)
    return [record for record in invocations if record.group == group and record.round > 0]


def seconds_per_operation(record: Invocation, threads: int) -> float:
    """The second way to the value of an invocation, in plain Python."""
    (team,) = (team for team in record.teams if team.threads == threads)
    walls = [max(i.end_ns) - min(i.start_ns) for i in team.iterations if not i.warmup]
    return statistics.quantiles(walls, n=4, method="inclusive")[0] * 1e-9 / team.loops
