"""What is shown while measuring, and the arithmetic behind the time to go."""

import io
import runpy
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.model import Failure, Invocation, Stop
from engine.progress import Progress, Tally

SAMPLE = runpy.run_path(str(Path(__file__).parent / "data" / "report" / "sample.py"))
PLAN = SAMPLE["journal"]().header.plan
SLOTS, ODD = (scenario.name for scenario in PLAN.scenarios)
CRASH = Failure(outcome="crashed", message="died of SIGSEGV \x1b[31m[bold]")


class Terminal(io.StringIO):
    """A stream that says it is a terminal, as stderr of a person does."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _terminal_without_colour(monkeypatch):
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")


def invocation(group, round_=1, duration=2.0, failure=None):
    return Invocation(group=group, round=round_, started="", duration=duration, failure=failure)


def stop(group):
    return Stop(group=group, reason="precision", invocations=10)


def watched(stream, **more):
    with Progress(PLAN, 60.0, stream, **more) as progress:
        progress.scenario(SLOTS)
        progress.invocation(invocation("g1", 0))
        progress.invocation(invocation("gc", 1))
        progress.scenario(ODD)
        progress.invocation(invocation("g3", failure=CRASH))
        progress.invocation(invocation("g3", failure=CRASH))
        progress.stop(stop("g3"))
        progress.stop(stop("g1"))
        progress.stop(stop("gc"))
    return stream.getvalue()


def test_outside_a_terminal_nothing_at_all_is_written():
    assert watched(io.StringIO()) == ""


def test_quiet_writes_nothing_on_a_terminal_either():
    assert watched(Terminal(), quiet=True) == ""


def test_every_scenario_ends_with_one_line_and_a_group_fails_with_one():
    shown = watched(Terminal())
    assert shown.count(f"failed  {ODD}: 3.13, deep true, metric =1+1: crashed: died of SIGSEGV") == 1
    assert shown.count(f"done    {ODD}: 2 invocations in 4 s, 2 failed") == 1
    assert shown.count(f"done    {SLOTS}: 2 invocations in 4 s\n") == 1


def test_a_message_cannot_colour_the_terminal_and_no_color_is_obeyed():
    shown = watched(Terminal())
    assert "\x1b[31m" not in shown
    assert "[bold]" in shown


def test_the_bar_says_where_it_is_and_how_long_it_takes():
    stream = Terminal()
    with Progress(PLAN, 60.0, stream) as progress:
        progress.scenario(SLOTS)
        progress.invocation(invocation("g1", 3))
    assert f"{SLOTS}, round 3, 2 groups running, 1 invocation" in stream.getvalue()
    assert "left" in stream.getvalue()


def test_nothing_is_drawn_while_a_worker_runs():
    """A thread that repaints the bar would take its CPU time from what is being measured."""
    stream = Terminal()
    with Progress(PLAN, 60.0, stream) as progress:
        progress.invocation(invocation(PLAN.groups[0].id))
        drawn, threads = stream.getvalue(), threading.active_count()
        time.sleep(0.5)
        assert stream.getvalue() == drawn
    assert threads == threading.active_count()


def test_an_interrupt_passes_through_and_the_bar_is_gone():
    stream = Terminal()

    def interrupted():
        with Progress(PLAN, 60.0, stream):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().endswith("\x1b[2K")


def test_before_anything_ran_the_time_to_go_is_the_estimate():
    assert Tally(PLAN, 60.0).remaining() == pytest.approx(60.0)
    assert Tally(PLAN, 60.0).share() == 0.0


def test_groups_to_go_take_as_long_as_their_invocations_took():
    tally = Tally(PLAN, 0.0)
    for round_ in range(4):
        tally.invocation(invocation("g1", round_, duration=3.0))
    assert tally.remaining() == pytest.approx((11 - 4) * 3.0)


def test_a_group_past_its_minimum_counts_for_one_more_until_it_stops():
    tally = Tally(PLAN, 0.0)
    for round_ in range(15):
        tally.invocation(invocation("g1", round_, duration=3.0))
    assert tally.remaining() == pytest.approx(3.0)
    tally.stop(stop("g1"))
    assert tally.remaining() == 0.0


def test_a_scenario_is_never_expected_to_outlast_its_time_limit():
    tally = Tally(PLAN, 0.0)
    tally.invocation(invocation("g1", 0, duration=290.0))
    assert tally.remaining() == pytest.approx(10.0)


def test_the_share_done_grows_to_one():
    tally, shares = Tally(PLAN, 60.0), []
    for group in ("g1", "gc", "g3"):
        for round_ in range(11):
            tally.invocation(invocation(group, round_, duration=2.0))
            shares.append(tally.share())
        tally.stop(stop(group))
    assert shares == sorted(shares)
    assert tally.share() == 1.0


def test_what_a_resumed_journal_holds_counts_as_done():
    held = (*(invocation("g1", round_) for round_ in range(11)), stop("g1"), stop("gc"))
    stream = Terminal()
    with Progress(PLAN, 60.0, stream, done=held) as progress:
        progress.scenario(ODD)
        progress.invocation(invocation("g3"))
    assert f"{ODD}, round 1, 1 group running, 12 invocations" in stream.getvalue()


def test_records_of_unknown_groups_and_an_empty_plan_do_no_harm():
    tally = Tally(replace(PLAN, scenarios=(), groups=()), 0.0)
    tally.invocation(invocation("nobody"))
    tally.stop(stop("nobody"))
    assert (tally.invocations, tally.remaining(), tally.share()) == (0, 0.0, 1.0)
