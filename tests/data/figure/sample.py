"""Journals of whole measurements that nobody made: the engine's own plans, and noise from a seeded generator."""

import random
from array import array

from engine import plan
from engine.model import Group, Header, Host, Interpreter, Invocation, Iterations, Journal, TeamRecord

NAMES = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t")
BUILDS = {
    name: Interpreter(
        spec=name,
        executable=f"python{name}",
        version=f"{name.rstrip('t')}.1",
        free_threaded=name.endswith("t"),
        gil_option=name.endswith("t"),
    )
    for name in NAMES
}
LOOPS = 1000


def journal(
    scenarios,
    *,
    cpus=(0, 1),
    rounds=6,
    kept=3,
    warmup=2,
    seed=1,
    noise=0.02,
    builds=("3.13", "3.13t"),
    pause=0.0,
    slow=(),
):
    """`slow` are rounds in which the probe and everything else took twice as long; `pause` seconds lie before round 4."""
    known = {name: BUILDS[name] for one in scenarios for name in one.interpreters if name in builds}
    made = plan.make(
        scenarios, {**{n: plan_missing(n) for one in scenarios for n in one.interpreters}, **known}, cpus, seed=1
    )
    chance, clock, found = random.Random(seed), 0.0, []
    for number in range(1, rounds + 1):
        clock += pause if number == 4 else 0.0
        for group in plan.order(made.seed, made.groups, number):
            clock += 0.2
            found.append(invocation(chance, group, number, clock, kept, warmup, noise, 2.0 if number in slow else 1.0))
    header = Header(format=3, version="0", started=moment(0.0), command="fteng run", host=Host(), plan=made)
    return Journal(header=header, invocations=tuple(found), finished=True)


def plan_missing(name):
    from engine.model import Missing

    return Missing(spec=name, reason="not here", hint="")


def moment(seconds):
    whole, part = divmod(round(seconds * 1000), 1000)
    return (
        f"2026-01-{1 + whole // 86400:02}T{whole // 3600 % 24:02}:{whole // 60 % 60:02}:{whole % 60:02}.{part:03}+00:00"
    )


def invocation(chance, group: Group, number, clock, kept, warmup, noise, slow):
    free = group.runs[0].interpreter.endswith("t") and group.runs[0].gil != "on"
    process = chance.lognormvariate(0, noise) * slow
    teams = tuple(team(chance, run, free, process, kept, warmup, noise, slow) for run in group.runs)
    return Invocation(
        group=group.id,
        round=number,
        started=moment(clock),
        duration=0.19,
        teams=teams,
        gil=(not free,) * 4,
        rss=12 << 20,
    )


def team(chance, run, free, process, kept, warmup, noise, slow):
    threads, starts, ends, speeds = run.threads, [], [], []
    kind = random.Random(run.id[:6] + str(run.parameters)).uniform(0.5, 2.0)
    level = 1e-6 * LOOPS * process * kind * (1.1 if free else 1.0) * (threads**0.15 if free else threads)
    for place in range(warmup + kept):
        start = 10**12 + place * 10**9
        for _ in range(threads):
            wall = level * chance.lognormvariate(0, noise) * (1.5 if place == 0 else 1.0)
            starts.append(start + chance.randrange(1000))
            ends.append(start + round(wall * 1e9) + 1000)
            speeds.append(round(9000 * slow * chance.lognormvariate(0, 0.01)))
    zeros = array("q", [0]) * len(starts)
    return TeamRecord(
        threads=threads,
        loops=LOOPS,
        iterations=Iterations(
            warmup=bytes([1] * warmup + [0] * kept),
            start_ns=array("q", starts),
            end_ns=array("q", ends),
            cpu_ns=array("q", (e - s for s, e in zip(starts, ends, strict=True))),
            voluntary=zeros,
            involuntary=zeros,
            on_cpu=zeros,
            speed_ns=array("q", speeds),
        ),
    )
