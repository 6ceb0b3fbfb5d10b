"""The throughputs of a group become its scaling law, or the reason why there is none; knows no other group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine import stats, units
from engine.analysis.series import Series
from engine.model import Group, Run, RunResult, Scaling

LEAST = 4
"""Thread counts that a law is fitted to: one more than the USL has parameters."""


def scaling(
    group: Group,
    label: str,
    results: Mapping[str, RunResult],
    series: Mapping[str, Series],
    *,
    confidence: float,
    cpus: int,
) -> Scaling | None:
    """What is said of how a group scales; None for one that has a single thread count, or no numbers at all.

    `results` and `series` are by the ids of runs. A thread count is usable if it is not oversubscribed and has numbers;
    only the rounds that all of these share enter the fit.
    """
    measured = [run for run in group.runs if run.id in results]
    if len(group.runs) < 2 or not measured:
        return None
    crowded = [run for run in measured if "oversubscribed" in results[run.id].flags]
    usable = [run for run in measured if run not in crowded]
    ids = tuple(run.id for run in usable)
    if len(usable) < LEAST:
        silent = [run for run in group.runs if run not in measured]
        return Scaling(label=label, runs=ids, why_not=_why_not(usable, crowded, silent, cpus))
    rates = [series[run.id].metrics["throughput"] for run in usable]
    rounds = sorted(set.intersection(*(set(of) for of in rates)))
    if len(rounds) < 2:
        why = f"it takes 2 invocations with {_listed(usable)} threads, not {len(rounds)}: ask for more"
        return Scaling(label=label, runs=ids, why_not=why)
    table = [[of[number] for of in rates] for number in rounds]
    return Scaling(label=label, runs=ids, fits=stats.scaling_fits(table, [run.threads for run in usable], confidence))


def _why_not(usable: list[Run], crowded: list[Run], silent: list[Run], cpus: int) -> str:
    """How many thread counts there are, why no more, and what would change that."""
    only = [_listed(usable)] if usable else []
    pinned = any(run.threads <= cpus for run in crowded)
    room = "the CPUs of their affinity" if pinned else units.count(cpus, "CPU")
    only += [f"{_listed(crowded)} oversubscribed on {room}"] if crowded else []
    only += [f"{_listed(silent)} without numbers"] if silent else []
    working = len(usable) + sum(run.threads <= cpus for run in silent)
    change = "pin them to more" if pinned else _change(working, cpus)
    return f"it takes {LEAST} usable thread counts, not {len(usable)} ({'; '.join(only)}): {change}"


def _change(working: int, cpus: int) -> str:
    if working >= LEAST:
        return "make these work"
    if cpus >= 2 * LEAST:
        return "ask for threads: [1, 2, 4, 8]"
    if cpus >= LEAST:
        return "ask for threads: [1, 2, 3, 4]"
    return "ask for threads: [1, 2, 4, 8] on 8 CPUs or more"


def _listed(runs: Iterable[Run]) -> str:
    """Their thread counts: "1, 2 and 4"."""
    *first, last = (str(run.threads) for run in runs)
    return f"{', '.join(first)} and {last}" if first else last
