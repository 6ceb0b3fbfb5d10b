"""A closer look at real workers: what each kind of code shows, with the tools that are here, and why others are not."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import profile, request, resources, spawn
from engine.model import Group, Interpreter, Profile, Run
from engine.profile import counted, sampled, shared
from engine.profile.tools import HARDWARE, Tools, reason, tools

pytestmark = pytest.mark.real

DATA = Path(__file__).parent / "data"
KERNEL = DATA / "kernels" / "looking.py"

needs_perf = pytest.mark.skipif(not shutil.which("perf"), reason="perf is not installed")
Look = Callable[..., dict[str, Any]]


def asked(python: Interpreter, work: str, *, threads: int = 2, sweeps: int = 6, loops: int = 200) -> profile.Asked:
    run = Run(
        id="0123456789",
        scenario="tests/looking",
        kernel="looking",
        interpreter=python.spec,
        threads=threads,
        affinity="none",
        gil="default",
        parameters=(("work", work),),
    )
    wanted = request.request(
        str(KERNEL), {"work": work}, [request.team(threads, spin=False)], [[0]] * sweeps, loops=loops, warmup=1
    )
    return profile.Asked(
        group=Group(id="9876543210", scenario=run.scenario, runs=(run,)),
        executable=python.executable,
        options=(),
        request=lambda _: wanted,
        timeout=60,
        gil=not python.free_threaded,
        memory_limit=0,
    )


@pytest.fixture(scope="module")
def look() -> Look:
    """A function that lets a worker tell of itself, without any tool."""

    def told(python: Interpreter, work: str, **how: Any) -> dict[str, Any]:
        wanted = asked(python, work, **how).request("counted")
        reply, finished = spawn.ask(
            python.executable, resources.worker(), {**wanted, "profile": {"inside": True}}, timeout=60
        )
        assert reply, finished
        assert "failure" not in reply, reply["failure"]
        return reply

    return told


class TestTheWorkerItself:
    def test_page_faults_are_those_of_what_allocates(self, python: Interpreter, look: Look) -> None:
        allocating, plain = (look(python, work, loops=20)["teams"][0]["faults"] for work in ("allocating", "plain"))
        assert allocating[0] > 20 * 2 * 5, "each of 200 maps has pages that nobody had"
        assert allocating[0] > 10 * plain[0]

    def test_threads_that_want_one_lock_switch(self, either: Interpreter, look: Look) -> None:
        def switches(reply: dict[str, Any]) -> int:
            kept = [one for one in reply["teams"][0]["iterations"] if not one["warmup"]]
            return sum(sum(one["voluntary"]) for one in kept)

        locking, plain = (look(either, work, threads=4, loops=5000) for work in ("locking", "plain"))
        assert switches(locking) > switches(plain)
        if not Path("/proc/self/schedstat").exists():
            pytest.skip("this system has no schedstat")
        waits = [thread[1] for thread in locking["profile"]["queue"]]
        assert len(waits) == 4
        assert sum(waits) > 0, "four threads on fewer CPUs stand in the run queue"

    def test_code_that_changes_its_types_is_seen_to_be_specialised_anew(
        self, default_build: Interpreter, look: Look
    ) -> None:
        changing, plain = (look(default_build, work, sweeps=12)["profile"] for work in ("changing", "plain"))
        assert plain["lost"] == plain["changed"] == {}
        assert plain["specialized"]["BINARY_OP_ADD_INT"] >= 1
        assert changing["codes"] == 2, "what it calls is looked at as well"
        moves = {**changing["lost"], **changing["changed"]}
        assert any(move.startswith("BINARY_OP_ADD") for move in moves), changing

    def test_what_is_not_specialised_is_told_as_none(self, free_threaded: Interpreter, look: Look) -> None:
        found = look(free_threaded, "plain")["profile"]
        assert found["instructions"] > 0
        assert found["specialized"] == found["lost"] == {}

    def test_collections_are_counted_where_the_collector_runs(self, python: Interpreter, look: Look) -> None:
        found = look(python, "collecting", loops=20_000)["profile"]
        assert sum(generation["collections"] for generation in found["collections"]) > 0
        count, whole, longest = found["pauses"]
        assert count > 0
        assert 0 < longest <= whole

    def test_the_allocator_says_what_it_says(self, python: Interpreter, look: Look) -> None:
        found = look(python, "plain")["profile"]
        assert found["allocated"] > 10_000
        assert found["allocator"], "every CPython has sys._debugmallocstats"
        names = {count.name for count in counted.by_itself(found)}
        silent = any("pages of the allocator" in said for said in counted.lacking(found, python.spec))
        assert silent == ("allocated blocks" not in names)

    def test_a_look_changes_nothing_of_what_else_is_told(self, either: Interpreter, look: Look) -> None:
        reply = look(either, "plain")
        assert [one["warmup"] for one in reply["teams"][0]["iterations"]] == [True] + [False] * 5
        assert reply["profile"]["iterations"] == 5

    def test_with_nothing_but_the_clock_nothing_else_is_read(self, python: Interpreter) -> None:
        wanted = asked(python, "plain").request("counted")
        reply, _ = spawn.ask(python.executable, resources.worker(), {**wanted, "readings": False}, timeout=60)
        assert reply
        team = reply["teams"][0]
        assert team["faults"] is None
        for one in team["iterations"]:
            assert set(one["cpu_ns"] + one["voluntary"] + one["involuntary"]) == {-2}
            assert set(one["on_cpu"]) == {-1}
            assert all(start < end for start, end in zip(one["start_ns"], one["end_ns"], strict=True))


def value(found: Profile, name: str) -> float:
    return next(count.value for count in found.counts if count.name == name)


class TestTools:
    @needs_perf
    def test_perf_counts_the_iterations_and_nothing_else(self, either: Interpreter) -> None:
        profiler = profile.Profiler()
        if "page-faults" not in profiler.tools.events:
            pytest.skip(f"perf cannot count here: {profiler.tools.why_not}")
        allocating = profiler.profile("counted", asked(either, "allocating", loops=20))
        plain = profiler.profile("counted", asked(either, "plain", loops=20))
        assert allocating.failure is plain.failure is None
        assert allocating.iterations == 5
        assert value(allocating, "page-faults") > 20 * 2 * 5
        assert value(plain, "page-faults") < 500, "a start of CPython alone takes more than that"
        assert value(plain, "task-clock") < 0.1

    @needs_perf
    def test_what_this_machine_does_not_count_is_said(self) -> None:
        found = tools()
        absent = set(HARDWARE) - set(found.events)
        assert all(any(name in said for said in found.why_not) for name in absent)
        assert found.shared or any("perf c2c" in said for said in found.why_not)

    def test_without_perf_and_py_spy_the_interpreter_still_tells_of_itself(self, either: Interpreter) -> None:
        profiler = profile.Profiler(Tools(why_not=("No perf.",), no_sampler="no perf"))
        run = asked(either, "plain")
        assert profiler.kinds(run.run) == ("counted",)
        found = profiler.profile("counted", run)
        assert found.failure is None
        assert value(found, "allocator blocks") > 0
        assert found.unprofiled[0] == "No perf."
        assert "py-spy is not installed" in found.unprofiled[1]

    @needs_perf
    def test_perf_samples_the_functions_of_the_interpreter(self, either: Interpreter) -> None:
        here = tools()
        if not here.record:
            pytest.skip(here.no_sampler)
        profiler = profile.Profiler(dataclasses.replace(here, spy=""))
        found = profiler.profile("sampled", asked(either, "plain", loops=300_000, sweeps=11))
        assert found.failure is None
        assert found.sampler == "perf record"
        assert any("_PyEval_EvalFrameDefault" in name for name, _ in found.hot), found.hot

    def test_py_spy_names_python_functions_and_is_refused_by_name(self, either: Interpreter) -> None:
        here = tools()
        if not here.spy:
            pytest.skip("py-spy is not installed")
        profiler = profile.Profiler(here)
        found = profiler.profile("sampled", asked(either, "plain", loops=300_000, sweeps=11))
        assert found.failure is None
        if either.spec in profiler.refused:
            (said,) = found.unprofiled
            assert f"py-spy cannot look into {either.spec}: " in said
        else:
            assert found.sampler == "py-spy --native"
            assert dict(found.hot)["plain (looking.py)"] > 0

    def test_an_invocation_that_fails_is_a_profile_that_says_so(self, default_build: Interpreter) -> None:
        run = dataclasses.replace(asked(default_build, "plain", loops=10**9), timeout=1.0)
        found = profile.Profiler().profile("counted", run)
        assert found.failure
        assert found.failure.outcome == "timeout"
        assert not any(count.source == "perf stat" for count in found.counts)

    def test_a_tool_that_cannot_be_started_leaves_the_worker_alone(self, default_build: Interpreter) -> None:
        wanted = asked(default_build, "plain").request("counted")
        with spawn.Tool(("/no/such/profiler",), attached=True, ready="never", each=False) as tool:
            reply, _ = spawn.ask(default_build.executable, resources.worker(), wanted, timeout=60, tool=tool)
        assert tool.failed
        assert "/no/such/profiler" in tool.said
        assert reply
        assert "failure" not in reply


class TestWordsOfTools:
    def test_counters_of_a_pmu_are_read(self) -> None:
        found = counted.counts((DATA / "profile" / "stat.csv").read_text())
        assert found["cycles"] == (20574191, 1)
        assert found["instructions"] == (10562267, 1)
        assert found["cpu-clock"] == (pytest.approx(8.01348), 1)
        hardware = {count.name: count.per for count in counted.by_perf("20574191,,cycles,8,100.00,,\n", HARDWARE)}
        assert hardware == {"cycles": "operation"}

    @pytest.mark.parametrize(
        ("line", "found"),
        [
            ("<not supported>,,cycles,0,100.00,,", {}),
            ("<not counted>,,cycles,0,0.00,,", {}),
            ("130379,,instructions:u,249770,100.00,,", {"instructions": (130379, 1)}),
            ("7,,cpu_core/cycles/,9,50.00,,\n5,,cpu_atom/cycles/,9,25.00,,", {"cycles": (12, 0.25)}),
            ("# started on Wed Apr 24 11:18:56 2024\n\n,,,,,0.04,stalled cycles per insn", {}),
            ("nonsense", {}),
            ("", {}),
        ],
    )
    def test_what_was_not_counted_is_left_out(self, line: str, found: dict[str, tuple[float, float]]) -> None:
        assert counted.counts(line) == found

    def test_counting_of_user_space_alone_is_noticed(self) -> None:
        assert counted.user_only("130379,,instructions:u,249770,100.00,,")
        assert counted.user_only("7,,cpu_core/cycles/u,9,50.00,,")
        assert not counted.user_only((DATA / "profile" / "stat.csv").read_text())

    def test_counters_that_took_turns_say_so(self) -> None:
        (_, share) = counted.by_perf("150396,,cache-misses,976557104,74.00,,", HARDWARE)
        assert (share.name, share.value) == ("counted share of the time", 0.74)

    def test_shared_cache_lines_are_read(self) -> None:
        found = {count.name: count.value for count in shared.counted((DATA / "profile" / "c2c.txt").read_text())}
        assert found["local HITM"] == 92117
        assert found["remote HITM"] == 139
        assert found["HITM share of loads"] == pytest.approx((92117 + 139) / 623219)
        assert not list(shared.counted("failed: memory events not supported"))

    def test_stacks_count_where_they_lie_in_the_timed_code(self) -> None:
        within = "work (engine/child/worker.py:159);timed (engine/child/worker.py:193)"
        stacks = (
            f"0x7f (libc.so.6);{within};write (mine.py:7) 5\n"
            f"{within};write (mine.py:7);pthread_cond_timedwait (libc.so.6);0x7fdb (libc.so.6) 3\n"
            f"{within};used (engine/child/inspection.py:9) 4\n"
            f"{within};clock_gettime (libc.so.6) 9\n"
            "main (engine/child/worker.py:300);lock (libc.so.6) 100\nnonsense\n"
        )
        assert sampled.of_spy(stacks) == (("write (mine.py)", 5.0), ("pthread_cond_timedwait (libc.so.6)", 3.0))

    def test_functions_of_perf_are_named_with_their_file(self) -> None:
        text = (
            "# comment\n 32         |libpython3.9.so.1.0|[.] lookdict_unicode_nodummy\n"
            " 4          |[kernel.kallsyms]|[k] do_sched_yield\n"
            " 2          |libc.so.6|[.] 0x0000000000012345\n 1          |libc.so.6|[.] 0x0000000000012346\n"
        )
        assert sampled.of_perf(text) == (
            ("lookdict_unicode_nodummy (libpython3.9.so.1.0)", 32.0),
            ("do_sched_yield (kernel)", 4.0),
            ("without a name (libc.so.6)", 3.0),
        )

    def test_the_reason_is_the_line_that_says_something(self) -> None:
        assert reason("Error:\nAccess to performance monitoring is limited.\nConsider") == (
            "Access to performance monitoring is limited"
        )
        assert reason("") == ""
