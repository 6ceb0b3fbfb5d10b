"""Results and a journal made by hand, with everything a report must survive."""

from dataclasses import replace

from engine.model import (
    Build, Claim, ClaimCase, ClaimResult, Comparison, Conditions, Cost, Estimate, FailedRun, Failure, Gain, Group, Header, Host, Interpreter,
    Invocation, Iteration, Journal, Kernel, Machine, Measure, Metric, Missing, Parameter, Pattern, Plan, Results, Run, RunResult, Scenario,
    ScenarioResult, Scorecard, Selector, Skip, Speedup, Stop, Summary, TeamRecord,
)

NAN = float("nan")

INTERPRETERS = (
    Interpreter(spec="3.13", executable="/opt/python3.13", version="3.13.5", optimized=True, lto=True, compiler="GCC 14.2.0"),
    Interpreter(
        spec="3.13t", executable="/opt/python3.13t", version="3.13.5", free_threaded=True, gil_option=True,
        compiler="Clang 20.1.4",
    ),
)
MISSING = (
    Missing(spec="3.14t", reason="not found on this machine", hint="fteng interpreters install 3.14t"),
)
MEASURE = Measure(
    invocations_min=10, invocations_max=40, iterations=5, iteration_time=0.02, warmup=None, precision=0.02,
    confidence=0.95, time_limit=300.0, timeout=60.0,
)
SLOTS = Kernel(
    name="counter_slots", path="kernels/counter_slots.py", title="Threads increment slots", manual="",
    parameters=(
        Parameter(name="padding", schema=(("type", "integer"),), default=0, unit="bytes"),
        Parameter(name="slots", schema=(("type", "string"),), default="buffer"),
    ),
    metrics=(Metric(name="lost_updates"), Metric(name="distance", unit="bytes")),
    operation="one increment",
)
ODD = Kernel(
    name="odd", path="kernels/odd.py", title="Odd", manual="",
    parameters=(
        Parameter(name="metric", schema=(("type", "string"),), default="=1+1"),
        Parameter(name="deep", schema=(("type", "boolean"),), default=True),
    ),
)


def estimate(value, spread=0.02, count=12, confidence=0.95):
    low, high = (NAN, NAN) if count < 3 else (value * (1 - spread), value * (1 + spread))
    return Estimate(value=value, low=low, high=high, confidence=confidence, count=count)


def slot_run(number, interpreter, threads, padding, gil="default"):
    return Run(
        id=f"{number:010x}", scenario="memory/ordering/false_sharing", kernel="counter_slots", interpreter=interpreter,
        threads=threads, affinity="none", gil=gil, parameters=(("padding", padding), ("slots", "buffer")),
    )


def slot_result(number, interpreter, threads, padding, nanoseconds, *, gil, base, against=None, stop="precision", **more):
    run = slot_run(number, interpreter, threads, padding, **({"gil": "on"} if gil and interpreter.endswith("t") else {}))
    seconds = nanoseconds * 1e-9
    return RunResult(
        run=run, gil=gil, median_time=seconds * 1.01, loops=100_000, invocations=12, iterations=60, stop=stop,
        metrics=(
            ("time", estimate(seconds)), ("throughput", estimate(threads / seconds)),
            ("fairness", estimate(1.0 if threads == 1 else 0.97, 0.01)), ("cpu", estimate(0.99 if gil else threads * 0.99)),
            ("switches", estimate(12.0)), ("rss", estimate(12.5 * 2**20)), ("specialized", estimate(0.4)),
            ("skew", estimate(4e-7)), ("lost_updates", estimate(0.0)), ("distance", estimate(float(padding or 8), 0.0)),
        ),
        speedup=None if threads == 1 else Comparison(
            base=f"{number - 1:010x}", ratio=estimate(base), direction="faster" if base > 1.1 else "slower", paired=True),
        efficiency=None if threads == 1 else estimate(base / threads),
        against=against and Comparison(
            base=against[0], ratio=estimate(against[1]), direction=against[2], paired=True),
        specialized=("BINARY_OP_ADD_INT", "FOR_ITER_RANGE") if gil else (),
        **more,
    )


def slots():
    scenario = Scenario(
        name="memory/ordering/false_sharing", path="scenarios/memory/ordering/false_sharing.yaml",
        title="False sharing between neighbouring counters",
        question="Does padding per-thread counters to a cache line restore scaling?",
        kernel=SLOTS, interpreters=("3.13", "3.13t", "3.14t"),
        matrix=(("padding", (0, 64)), ("threads", (1, "cpus")), ("slots", ("buffer",)), ("affinity", ("none",)),
                ("gil", ("default", "on"))),
        baseline=(("interpreter", "3.13"),), measure=MEASURE, tags=("memory",),
    )
    runs = (
        slot_result(9, "3.13t", 2, 64, 35.1, gil=False, base=1.93, against=("0000000002", 0.554, "faster")),
        slot_result(8, "3.13t", 1, 64, 33.9, gil=False, base=1, against=("0000000001", 1.13, "slower")),
        slot_result(1, "3.13", 1, 64, 30.1, gil=True, base=1),
        slot_result(2, "3.13", 2, 64, 63.4, gil=True, base=0.95, stop="maximum"),
        slot_result(3, "3.13", 1, 0, 30.0, gil=True, base=1),
        slot_result(4, "3.13", 2, 0, 62.0, gil=True, base=0.968),
        slot_result(5, "3.13t", 1, 0, 34.0, gil=False, base=1, against=("0000000003", 1.13, "slower")),
        slot_result(6, "3.13t", 2, 0, 221.0, gil=False, base=0.308, against=("0000000004", 3.56, "slower"),
                    flags=("unfair", "slowed")),
        slot_result(10, "3.13t", 1, 0, 35.0, gil=True, base=1, against=("0000000003", 1.17, "slower")),
        slot_result(11, "3.13t", 2, 0, 72.5, gil=True, base=0.965, against=("0000000004", 1.16, "inconclusive"),
                    stop="time limit", flags=("unfair",)),
    )
    claims = (
        ClaimResult(
            claim=Claim(
                text="Without the GIL, two threads on their own cache lines scale", quantity="throughput", ratio=True,
                of=Selector(values=(("threads", ("cpus",)),)), relation="above", bounds=(1.6,)),
            verdict="supported", why="the ratio is [1.89 1.93 1.97], above 1.6",
            cases=(ClaimCase(runs=("0000000009", "0000000008"), label="3.13t, padding 64", estimate=estimate(1.93),
                             verdict="supported"),)),
        ClaimResult(
            claim=Claim(text="Nothing is ever lost", quantity="lost_updates", ratio=False, relation="equals", bounds=(0.0,)),
            verdict="refuted", why="1 of 2 cases is not 0",
            cases=(ClaimCase(runs=("0000000009",), label="3.13t, padding 64", estimate=estimate(0.0), verdict="supported"),
                   ClaimCase(runs=("0000000006",), label="3.13t", estimate=estimate(3.0), verdict="refuted"))),
        ClaimResult(
            claim=Claim(text="Newer is faster", quantity="time", ratio=True, relation="below", bounds=(1.0,)),
            verdict="not tested", why="3.14t is missing"),
    )
    skips = (
        Skip(scenario=scenario.name, what="3.14t (4 runs)", reason="not found on this machine",
             hint="fteng interpreters install 3.14t"),
    )
    return ScenarioResult(
        scenario=scenario, runs=runs, claims=claims, skips=skips, failed=(),
        control=Comparison(base="c", ratio=estimate(1.96, 0.01), direction="faster", paired=True),
        disturbed=0.0,
        warnings=("3.13 was built with PGO and LTO, 3.13t was not: up to 30 % of their difference may be the build's.",),
        timed_share=0.742,
        conditions=Conditions(busy=0.1234, stolen=0.0, throttled=0.0, involuntary=0.317, slow=0.1381, slowness=1.4321),
    )


def odd_run(number, affinity, metric, deep, threads=3):
    return Run(
        id=f"dd{number:08x}", scenario="odd/Ünïcode", kernel="odd", interpreter="3.13", threads=threads, affinity=affinity,
        gil="default", parameters=(("deep", deep), ("metric", metric)))


ODD_SCENARIO = Scenario(
    name="odd/Ünïcode", path="scenarios/odd/Ünïcode.yaml", title="=1+1 <script>alert(1)</script>\x1b[31m\nsecond",
    question="", kernel=ODD, interpreters=("3.13",),
    matrix=(("deep", (True, False)), ("metric", ("=1+1", "ünï, \"q\"")), ("affinity", ((((0,), (1,))), "spread")),
            ("threads", (3,)), ("gil", ("default",))),
    measure=replace(MEASURE, invocations_min=1, invocations_max=1), tags=("specialization",),
)


def odd():
    def result(number, affinity, metric, deep, seconds, **more):
        return RunResult(
            run=odd_run(number, affinity, metric, deep), gil=True, median_time=seconds, loops=1, invocations=1, iterations=5,
            metrics=(("time", estimate(seconds, count=1)), ("throughput", estimate(3 / seconds, count=1))),
            stop="interrupted", **more)

    runs = (
        result(1, ((0,), (1,)), "=1+1", True, 3e-9, flags=("oversubscribed", "GIL held elsewhere"),
               specialized=("COMPARE_OP_INT",)),
        result(2, "spread", "ünï, \"q\"", False, 1.25),
    )
    failed = (
        FailedRun(
            group="g3", label="3.13, deep false", count=3, of=3,
            failure=Failure(outcome="crashed", message="died of SIGSEGV\nbefore answering",
                            detail="Fatal Python error: Segmentation fault\n\tin run\n" + "\n".join(map(str, range(9))))),
    )
    return ScenarioResult(
        scenario=ODD_SCENARIO, runs=runs, claims=(), skips=(), failed=failed, control=None, disturbed=0.0, warnings=(), timed_share=NAN)


def summary(mean, *patterns):
    """Of patterns from the smallest ratio to the largest: id, padding, ratio, direction."""
    made = tuple(
        Pattern(scenario="memory/ordering/false_sharing", label=f"padding {padding}", run=run,
                comparison=Comparison(base="0", ratio=estimate(ratio), direction=direction, paired=True))
        for run, padding, ratio, direction in patterns)
    return Summary(
        mean=replace(estimate(mean), count=len(made)), quartiles=(patterns[0][2], patterns[0][2], patterns[-1][2]), patterns=made,
        lowest=made[0], highest=made[-1], scenarios=1)


def scorecard():
    """What `slots` says of its builds."""
    default = Build(interpreter="3.13", free_threaded=False, gil=True)
    locked = Build(interpreter="3.13t", free_threaded=True, gil=True)
    free = Build(interpreter="3.13t", free_threaded=True, gil=False)
    slow = ("0000000006", 0, 0.308, "slower")
    scaling = summary(0.771, slow, ("0000000009", 64, 1.93, "faster"))
    return Scorecard(
        base=default,
        costs=(
            Cost(build=locked, base=default, summary=summary(1.17, ("000000000a", 0, 1.17, "slower"))),
            Cost(build=free, base=default,
                 summary=summary(1.13, ("0000000008", 64, 1.126, "slower"), ("0000000005", 0, 1.133, "slower"))),
        ),
        speedups=(
            Speedup(build=default, threads=2, scaling=0, some=0, none=2, slower=(),
                    summary=summary(0.959, ("0000000002", 64, 0.95, "slower"), ("0000000004", 0, 0.968, "slower"))),
            Speedup(build=locked, threads=2, scaling=0, some=0, none=1, slower=(),
                    summary=summary(0.965, ("000000000b", 0, 0.965, "slower"))),
            Speedup(build=free, threads=2, scaling=1, some=0, none=1, summary=scaling, slower=scaling.patterns[:1]),
        ),
        gains=(
            Gain(build=locked, base=default, threads=2,
                 summary=summary(0.828, ("000000000b", 0, 0.828, "slower"))),
            Gain(build=free, base=default, threads=2,
                 summary=summary(0.682, ("0000000006", 0, 0.271, "slower"), ("0000000009", 64, 1.715, "faster"))),
        ),
        machine=(Machine(threads=2, disturbed=0.0, doubtful=0, summary=summary(1.96, ("c", 0, 1.96, "faster"))),),
    )


def results():
    return Results(
        version="0.1.0", started="2025-07-01T10:20:30+00:00", command="fteng run scenarios/ --fast", seed=42,
        host=Host(facts=(("CPU", "Example 9000, 2 CPUs"), ("memory", "8 GiB"), ("system", "Linux 6.12")),
                  warnings=("the CPU's frequency is not fixed (governor: powersave)",)),
        interpreters=INTERPRETERS, missing=MISSING, scenarios=(slots(), odd()), finished=False, location="median",
        scorecard=scorecard(),
    )


def iteration(start, *, warmup=False, threads=1):
    many = (1,) * threads
    return Iteration(
        warmup=warmup, start_ns=tuple(start + 7 * i for i in range(threads)),
        end_ns=tuple(start + 20_000_001 + i for i in range(threads)), cpu_ns=many, voluntary=many, involuntary=many,
        on_cpu=tuple(i - 1 for i in range(threads)), speed_ns=tuple(5100 + i for i in range(threads)) if threads > 1 else ())


def journal():
    runs = (slot_run(8, "3.13t", 1, 64), slot_run(9, "3.13t", 2, 64))
    group = Group(id="g1", scenario="memory/ordering/false_sharing", runs=runs)
    control = Group(id="gc", scenario="memory/ordering/false_sharing", runs=runs, control=True)
    odd_group = Group(id="g3", scenario="odd/Ünïcode", runs=(odd_run(1, ((0,), (1,)), "=1+1", True),))
    teams = (
        TeamRecord(threads=1, loops=500, iterations=(iteration(9_000_000_000, warmup=True), iteration(9_020_000_100))),
        TeamRecord(threads=2, loops=500, iterations=(iteration(10_040_000_000, threads=2),)),
    )
    crash = Failure(outcome="crashed", message="died of SIGSEGV")
    plan = Plan(
        seed=42, cpus=(0, 1), scenarios=(slots().scenario, ODD_SCENARIO), interpreters=INTERPRETERS, kernels=(SLOTS, ODD),
        missing=MISSING, groups=(group, control, odd_group),
        skips=(Skip(scenario="memory/ordering/false_sharing", what="3.14t (4 runs)", reason="not found on this machine",
                    hint="fteng interpreters install 3.14t"),))

    def made(name, round_, **more):
        return Invocation(group=name, round=round_, started="2025-07-01T10:20:31+00:00", duration=0.5, **more)

    return Journal(
        header=Header(format=1, version="0.1.0", started="2025-07-01T10:20:30+00:00", command="fteng run scenarios/ --fast",
                      host=Host(), plan=plan),
        invocations=(made("g1", 0, teams=teams[:1]), made("g1", 1, teams=teams), made("gc", 1, teams=teams),
                     made("g1", 2, teams=teams, failure=crash), made("g3", 1, failure=crash), made("g1", 3, teams=teams)),
        stops=(Stop(group="g1", reason="precision", invocations=2),),
    )
