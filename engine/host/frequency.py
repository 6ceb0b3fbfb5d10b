"""How fast the CPUs run: driver, governor, preference, turbo, and the clock's limits.

Sources: Documentation/admin-guide/pm/cpufreq.rst, intel_pstate.rst and amd-pstate.rst;
Documentation/ABI/testing/sysfs-devices-system-cpu.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.host.seen import CPUS, Seen
from engine.host.tree import Tree, whole
from engine.model import Finding
from engine.topology import cpu_list

FAR = 0.7
"""Share of its highest clock below which a CPU under the governor `performance` is held down by something else."""


def findings(seen: Seen) -> Iterator[Finding]:
    """What decides the clock, where the kernel tells (a virtual machine has none of it)."""
    yield from _driver(seen.tree)
    governors = _by_value(seen, "scaling_governor")
    yield from _governor(governors)
    yield from _preference(seen, only_performance=set(governors) == {"performance"})
    turbo = _turbo_files(seen.tree)
    yield from _turbo(seen.tree, turbo)
    yield from _clock(seen, held=set(governors) == {"performance"}, turbo=_on(seen.tree, turbo))


def _by_value(seen: Seen, name: str) -> dict[str, list[int]]:
    """What each usable CPU has in this file of its policy -> the CPUs."""
    found: dict[str, list[int]] = defaultdict(list)
    for cpu in seen.topology.ids:
        if value := seen.tree.text(f"{CPUS}/cpu{cpu}/cpufreq/{name}"):
            found[value].append(cpu)
    return dict(found)


def _words(found: Mapping[str, list[int]]) -> str:
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{value} on {cpu_list(cpus)}" for value, cpus in sorted(found.items()))


def _driver(tree: Tree) -> Iterator[Finding]:
    names = dict.fromkeys(tree.texts(f"{CPUS}/cpu*/cpufreq/scaling_driver").values())
    modes = (tree.text(f"{CPUS}/{driver}/status") for driver in ("intel_pstate", "amd_pstate"))
    mode = next((mode for mode in modes if mode and mode != "off"), "")
    yield Finding(name="frequency driver", value=", ".join(names) + (f" ({mode})" if names and mode else ""))


def _governor(found: Mapping[str, list[int]]) -> Iterator[Finding]:
    """Every governor but `performance` lets the clock follow the load, with a delay of many milliseconds.

    `powersave` of intel_pstate and amd-pstate in active mode is one of them, not the lowest clock.
    """
    if not found:
        return
    slow = set(found) != {"performance"}
    differ = " CPUs under different governors differ as well." if len(found) > 1 else ""
    yield Finding(
        name="governor",
        value=_words(found),
        seriousness="disturbs" if slow else "fine",
        effect=f"The clock follows the load: it rises while a measurement runs and falls while threads wait.{differ}"
        if slow
        else "",
        touches=("times", "speedups", "scatter") if slow else (),
        remedy="sudo cpupower frequency-set -g performance" if slow else "",
    )


def _preference(seen: Seen, *, only_performance: bool) -> Iterator[Finding]:
    """The hint to the hardware's own choice of clock; `powersave` and a dynamic hint are named by the governor."""
    found = _by_value(seen, "energy_performance_preference")
    if not found:
        return
    saving = not set(found) <= {"performance", "0"} and (only_performance or any("power" in name for name in found))
    yield Finding(
        name="energy preference",
        value=_words(found),
        seriousness="note" if saving else "fine",
        effect="The hardware holds the clock below what it could be, the more the longer it is idle." if saving else "",
        touches=("times", "scatter") if saving else (),
        remedy=f"echo performance | sudo tee /{CPUS}/cpu*/cpufreq/energy_performance_preference" if saving else "",
    )


def _turbo_files(tree: Tree) -> dict[Path, str]:
    """The file that switches turbo -> what switches it off; intel_pstate has its own, the others one for all."""
    candidates = {Path(f"{CPUS}/intel_pstate/no_turbo"): "1", Path(f"{CPUS}/cpufreq/boost"): "0"}
    return {path: off for path, off in candidates.items() if tree.text(path) in {"0", "1"}}


def _on(tree: Tree, files: Mapping[Path, str]) -> bool:
    return any(tree.text(path) != off for path, off in files.items())


def _turbo(tree: Tree, files: Mapping[Path, str]) -> Iterator[Finding]:
    if not files:
        return
    on = _on(tree, files)
    switch = next((f"echo {off} | sudo tee /{path}" for path, off in files.items() if tree.text(path) != off), "")
    yield Finding(
        name="turbo",
        value="on" if on else "off",
        seriousness="disturbs" if on else "fine",
        effect="One busy core clocks higher than many, and a cool one higher than a warm one: speedups come out too "
        "low."
        if on
        else "",
        touches=("times", "speedups") if on else (),
        remedy=switch,
    )


def _clock(seen: Seen, *, held: bool, turbo: bool) -> Iterator[Finding]:
    """Limits and the present clock in kHz; an idle CPU's clock says nothing unless the governor holds it up."""
    low, high, limit, now, base = (
        [kilohertz for value in _by_value(seen, name) if (kilohertz := whole(value)) and kilohertz > 0]
        for name in ("cpuinfo_min_freq", "cpuinfo_max_freq", "scaling_max_freq", "scaling_cur_freq", "base_frequency")
    )
    if not high:
        return
    words = f"{_ghz(min(low))} to {_ghz(max(high))}" if low else f"up to {_ghz(max(high))}"
    words += f", now {_range(now)}" if now else ""
    goal = min(high) if turbo or not base else min(base)
    limited = bool(limit) and (turbo or not base) and max(limit) < max(high)
    down = held and bool(now) and max(now) < FAR * min(goal, *limit, goal)
    if limited:
        words += f", limited to {_ghz(max(limit))}"
    yield Finding(
        name="clock rate",
        value=words,
        seriousness="note" if limited or down else "fine",
        effect="The clock is held below its highest: times are longer than this machine needs; ratios are not touched."
        if limited
        else "The clock is far below its highest although the governor asks for it: heat or a power limit holds it."
        if down
        else "",
        touches=("times",) if limited else ("times", "scatter") if down else (),
        remedy=f"sudo cpupower frequency-set -u {max(high)}kHz" if limited else "",
        advice="Look at temperature and power limits: turbostat(8)." if down and not limited else "",
    )


def _range(kilohertz: list[int]) -> str:
    low, high = _ghz(min(kilohertz)), _ghz(max(kilohertz))
    return high if low == high else f"{low} to {high}"


def _ghz(kilohertz: int) -> str:
    return f"{kilohertz / 1e6:.1f} GHz"
