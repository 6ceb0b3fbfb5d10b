"""Journals made by hand: what two results measured, with every time known."""

from dataclasses import replace

from engine.model import (
    Claim, Failure, Group, Header, Host, Interpreter, Invocation, Iteration, Journal, Kernel, Measure, Missing, Plan, Run,
    Scenario, Selector, TeamRecord,
)

LOOPS = 1000
MEASURE = Measure(
    invocations_min=10, invocations_max=20, iterations=3, iteration_time=0.02, warmup=1, precision=0.02,
    confidence=0.95, time_limit=300.0, timeout=60.0,
)
KERNEL = Kernel(name="count", path="count.py", title="Counts", manual="", digest="k1")
CONTROL = Kernel(name="real_cpus", path="real_cpus.py", title="Control", manual="", digest="c1")
BUILDS = (
    Interpreter(
        spec="3.13", executable="/opt/3.13", version="3.13.5", optimized=True, lto=True, compiler="GCC 14.2.0",
        config_args="'--enable-optimizations' '--with-lto'", cflags="-O3 -DNDEBUG", machine="x86_64",
    ),
    Interpreter(spec="3.13t", executable="/opt/3.13t", version="3.13.5", free_threaded=True, gil_option=True),
)
HOST = Host(facts=(("system", "Linux 6.1"), ("CPU", "Fast 9000"), ("memory", "7.8 GiB"), ("load", "0.10")))
CLAIM = Claim(
    text="One thread is quick", quantity="time", ratio=False, of=Selector(values=(("threads", (1,)),)), relation="below",
    bounds=(1.05e-6,),
)


def run(scenario, interpreter, threads, kernel="count", **parameters):
    identity = f"{scenario}/{interpreter}/{threads}/{kernel}/{sorted(parameters.items())}"
    return Run(
        id=identity, scenario=scenario, kernel=kernel, interpreter=interpreter, threads=threads, affinity="none",
        gil="default", parameters=tuple(sorted(parameters.items())),
    )


def invocation(group, number, nanoseconds, failure=None):
    """One process; `nanoseconds` per loop of each thread count, in the order of the runs."""
    teams = () if failure else tuple(
        TeamRecord(
            threads=member.threads,
            loops=LOOPS,
            iterations=tuple(iteration(member.threads, round(time * LOOPS), warmup) for warmup in (True, False, False, False)),
        )
        for member, time in zip(group.runs, nanoseconds, strict=True)
    )
    return Invocation(
        group=group.id, round=number, started="", duration=1.0, teams=teams, gil=(False,) * 3, failure=failure
    )


def iteration(threads, wall, warmup):
    each = (0,) * threads
    return Iteration(
        warmup=warmup, start_ns=(5,) * threads, end_ns=(5 + wall,) * threads, cpu_ns=(wall,) * threads, voluntary=each,
        involuntary=each, on_cpu=each,
    )


def scenario(name="s", **changes):
    facts = {
        "name": name, "path": f"{name}.yaml", "title": f"About {name}", "question": "", "kernel": KERNEL,
        "interpreters": ("3.13", "3.13t"), "matrix": (("threads", (1, 2)),), "measure": MEASURE,
    }
    return Scenario(**(facts | changes))


def journal(
    times, *, scenarios=None, kernels=(KERNEL, CONTROL), builds=BUILDS, host=HOST, cpus=(0, 1), version="0.1.0",
    started="2026-11-24T10:00:00+00:00", finished=True, missing=(), command="fteng run s.yaml",
):
    """A result from (scenario, interpreter, parameters...) -> {threads: [nanoseconds per loop of each invocation]}.

    The interpreter "control" is the two-CPUs control of the scenario. Instead of the mapping, a Failure: all ten
    invocations failed with it.
    """
    groups, invocations = [], []
    for key, found in times.items():
        where, spec, *pairs = key
        kernel, control = ("real_cpus", True) if spec == "control" else ("count", False)
        counts = (1, 2) if isinstance(found, Failure) else tuple(found)
        runs = tuple(run(where, "3.13" if control else spec, n, kernel, **dict(pairs)) for n in counts)
        group = Group(id=f"g {key}", scenario=where, runs=runs, control=control)
        groups.append(group)
        if isinstance(found, Failure):
            invocations += [invocation(group, number, (), found) for number in range(1, 11)]
            continue
        rows = list(zip(*found.values(), strict=True))
        invocations += [invocation(group, number, row) for number, row in enumerate(rows, start=1)]
    names = list(dict.fromkeys(group.scenario for group in groups))
    plan = Plan(
        seed=1, cpus=cpus, scenarios=tuple(scenarios or map(scenario, names)), interpreters=builds, kernels=kernels,
        missing=missing, groups=tuple(groups), skips=(),
    )
    header = Header(format=1, version=version, started=started, command=command, host=host, plan=plan)
    return Journal(header=header, invocations=tuple(invocations), finished=finished)


def around(center, count=10, spread=0.01, shift=0):
    """So many values about a center, evenly within its spread; `shift` turns their order."""
    values = [center * (1 + spread * (2 * (place + 0.5) / count - 1)) for place in range(count)]
    return values[shift % count :] + values[: shift % count]


LATER = "2026-11-25T10:00:00+00:00"


def before():
    """Two scenarios, a control, a run that will fail, one that is gone later."""
    return journal(
        {
            ("gil/count", "3.13", ("padding", 0)): {1: around(1000), 2: around(2000)},
            ("gil/count", "3.13t", ("padding", 0)): {1: around(1000, 12), 2: around(1010, 12)},
            ("gil/count", "3.13", ("padding", 64)): {1: around(1000), 2: around(1000)},
            ("gil/count", "control"): {1: around(50), 2: around(50)},
            ("gil/lock", "3.13t"): {1: around(0.5), 2: around(30)},
            ("gil/lock", "3.13"): {1: around(0.5)},
            ("gil/old", "3.13"): {1: around(10), 2: around(10)},
        },
        scenarios=(scenario("gil/count", claims=(CLAIM,)), scenario("gil/lock"), scenario("gil/old")),
    )


def after():
    """Slower by a fifth in one place, faster in another, the same, unknown, failed; another kernel and build."""
    crashed = Failure(outcome="crashed", message="SIGSEGV")
    return journal(
        {
            ("gil/count", "3.13", ("padding", 0)): {1: around(1200, 14), 2: around(2400, 14)},
            ("gil/count", "3.13t", ("padding", 0)): {1: around(1000, 12, shift=3), 2: around(900, 12)},
            ("gil/count", "3.13", ("padding", 64)): crashed,
            ("gil/count", "control"): {1: around(50, shift=2), 2: around(50)},
            ("gil/lock", "3.13t"): {1: around(0.502, 20, 0.2), 2: around(30, 20, 0.002)},
            ("gil/lock", "3.13"): {1: around(0.5, 4, 0.2)},
            ("gil/new", "3.13t"): {1: around(10), 2: around(10)},
        },
        scenarios=(scenario("gil/count", claims=(CLAIM,)), scenario("gil/lock"), scenario("gil/new")),
        started=LATER,
        builds=(BUILDS[0], replace(BUILDS[1], version="3.13.6")),
    )


MISSING = Missing(spec="3.13t", reason="not found", hint="fteng interpreters install 3.13t")
