"""Who else uses the CPUs: the load of the last minute, and the programs of the last second.

Sources: proc_loadavg(5), proc_stat(5), proc_pid_stat(5).
"""

from __future__ import annotations

from collections.abc import Iterator

from engine import units
from engine.host.cpus import BUSY
from engine.host.seen import Seen
from engine.host.tree import whole
from engine.model import Finding
from engine.topology import cpu_words

HALF = 0.5
"""Load per CPU above which others are at work."""
NAMED = 4
"""Programs and CPUs that are named of many."""
SEEN = 0.7
"""Share of the CPU time used that the programs seen account for; below it others are said to be missing."""
SHOWN = 0.01
"""Share of a CPU below which a program is not named: one tick of a second."""


def findings(seen: Seen) -> Iterator[Finding]:
    """The load, and with a sample what was busy within it."""
    yield from _load(seen)
    yield from _now(seen)


def _load(seen: Seen) -> Iterator[Finding]:
    """The load counts every CPU of the machine, usable or not, so it is held against all of them.

    It is of the last minute: what has ended since, a measurement of ours perhaps, disturbs nobody any more.
    """
    words = seen.tree.text("proc/loadavg").split()
    try:
        load = float(words[0])
    except (ValueError, IndexError):
        return
    if not 0 <= load < 1e6:
        return
    cpus = max(seen.topology.online, len(seen.topology.cpus), 1)
    runnable = whole(words[3].partition("/")[0]) if len(words) > 3 else None
    busy = load > HALF * cpus
    if busy and _quiet_now(seen, runnable):
        yield Finding(
            name="load",
            value=f"{load:.2f} over the last minute on {units.count(cpus, 'CPU')}, nobody else at work now",
            seriousness="note",
            effect="Something was at work within the last minute; it may come back.",
            touches=("times", "speedups", "scatter"),
            advice="See what it was: `top` shows it when it does.",
        )
        return
    yield Finding(
        name="load",
        value=f"{load:.2f} over the last minute on {units.count(cpus, 'CPU')}"
        + (f", {runnable} runnable now" if runnable is not None else ""),
        seriousness="disturbs" if busy else "fine",
        effect="Other programs are at work and take turns with the threads that are measured." if busy else "",
        touches=("times", "speedups", "scatter") if busy else (),
        advice="End them, or wait for their end; `top` shows them." if busy else "",
    )


def _quiet_now(seen: Seen, runnable: int | None) -> bool:
    """Whether nobody but us is at work: in the second that was looked at or, without one, this very moment."""
    if seen.sample is not None:
        shares = [seen.sample.busy[cpu] for cpu in seen.topology.ids if cpu in seen.sample.busy]
        return bool(shares) and max(shares) < BUSY
    return runnable is not None and runnable <= 1


def _now(seen: Seen) -> Iterator[Finding]:
    """An iteration ends with its last thread: one busy CPU among many slows it as much as if all were."""
    if seen.sample is None:
        return
    shares = {cpu: seen.sample.busy[cpu] for cpu in seen.topology.ids if cpu in seen.sample.busy}
    if not shares:
        return
    busy = {cpu: share for cpu, share in shares.items() if share >= BUSY}
    named = [one for one in seen.sample.programs if one.share >= SHOWN][:NAMED]
    who = ", ".join(f"{one.name} ({one.pid}) {_percent(one.share)}" for one in named)
    most = sorted(busy, key=lambda cpu: -busy[cpu])[:NAMED]
    rest = f" and {len(busy) - len(most)} more" if len(busy) > len(most) else ""
    where = ", ".join(f"{cpu_words([cpu])} {_percent(busy[cpu])}" for cpu in sorted(most)) + rest
    if who and sum(one.share for one in seen.sample.programs) < SEEN * sum(seen.sample.busy.values()):
        who += ", the rest by processes that ended or cannot be seen from here"
    each = ", ".join(f"{cpu_words([cpu])} {_percent(share)}" for cpu, share in shares.items())
    at_most = f"usable CPUs at most {_percent(max(shares.values()))}"
    quiet = f"{each if len(shares) <= NAMED else at_most} busy within the last second"
    yield Finding(
        name="other programs",
        value=f"busy within the last second: {where}" + (f"; {who}" if who else "") if busy else quiet,
        seriousness="disturbs" if busy else "fine",
        effect="They take CPU from the threads that are measured; an iteration ends with its last thread, so one busy "
        "CPU slows all of it."
        if busy
        else "",
        touches=("times", "speedups", "scatter") if busy else (),
        advice="End or pause them, or wait for their end." if busy else "",
    )


def _percent(share: float) -> str:
    return units.percent(round(share, 2))
