"""Each finding of fteng doctor on and off, from made-up files; the command on this machine, against other sources."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import host, topology
from engine.host.order import GRAVITY, PLAIN
from engine.host.sample import between
from engine.interpreter.findings import findings as of_interpreters
from engine.model import Finding, Interpreter
from engine.report.doctor import doctor_json, doctor_text, readiness
from engine.topology import Cpu, Topology

FOUR = Topology(cpus=tuple(Cpu(id=n, core=n, package=0, node=0) for n in range(4)), online=4)
SMT = Topology(cpus=tuple(Cpu(id=n, core=n % 2, package=0, node=0) for n in range(4)), online=4)
NODES = Topology(cpus=tuple(Cpu(id=n, core=n, package=n // 2, node=n // 2) for n in range(4)), online=4)
KINDS = Topology(cpus=tuple(Cpu(id=n, core=n, package=0, node=0, speed=5 - n // 2 * 2) for n in range(4)), online=4)
CPU = "sys/devices/system/cpu"
HEADLINE = "Limit                     Soft Limit           Hard Limit           Units\n"
STAT = "7 (sh) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 {nice} 1 0 1 0 0" + " 0" * 16 + " {policy} 0"
MEMORY = "MemTotal: 1000000 kB\nMemAvailable: {left} kB\nSwapTotal: {swap} kB\nSwapFree: 1000 kB"


def busy(*cpus: int, stolen: int = 0, tick: int = 0) -> str:
    """A /proc/stat of eight CPUs: at tick 0, or a second later with these at work for half of it."""
    each = [(50 * tick * (n in cpus), (100 - 50 * (n in cpus) - stolen) * tick, stolen * tick) for n in range(8)]
    lines = [
        f"cpu{n} {1000 + work} 0 0 {100000 + idle} 0 0 0 {steal} 0 0" for n, (work, idle, steal) in enumerate(each)
    ]
    return "\n".join(["cpu  0 0 0 0 0 0 0 0 0 0", *lines, "intr 0", "ctxt 1"])


def program(pid: int, name: str, ticks: int, start: int = 9) -> dict[str, str]:
    return {f"proc/{pid}/stat": f"{pid} ({name}) R 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 {start} 0 0"}


def lay_out(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content + "\n")
    return root


Examine = Callable[..., dict[str, Finding]]


@pytest.fixture
def examine(tmp_path: Path) -> Examine:
    """A function that examines the machine with these files, and those it had a second before."""

    def found(
        files: dict[str, str], usable: Topology = FOUR, before: dict[str, str] | None = None
    ) -> dict[str, Finding]:
        since = None if before is None else host.snapshot(lay_out(tmp_path / "before", before))
        every = host.examine(usable, lay_out(tmp_path / "now", files), since=since)
        assert {one.name for one in every} <= {*GRAVITY, *PLAIN}
        return {one.name: one for one in every}

    return found


Case = tuple[str, dict[str, str], str, str, str]
CASES: list[Case] = [
    # name, files, seriousness, a part of the value, a part of the remedy or advice
    ("governor", {f"{CPU}/cpu0/cpufreq/scaling_governor": "performance"}, "fine", "performance", ""),
    ("governor", {f"{CPU}/cpu0/cpufreq/scaling_governor": "schedutil"}, "disturbs", "schedutil", "-g performance"),
    (
        "governor",
        {f"{CPU}/cpu{n}/cpufreq/scaling_governor": "powersave" if n else "performance" for n in range(4)},
        "disturbs",
        "performance on 0, powersave on 1-3",
        "sudo cpupower",
    ),
    ("energy preference", {f"{CPU}/cpu1/cpufreq/energy_performance_preference": "performance"}, "fine", "perf", ""),
    ("energy preference", {f"{CPU}/cpu1/cpufreq/energy_performance_preference": "power"}, "note", "power", "tee"),
    ("turbo", {f"{CPU}/intel_pstate/no_turbo": "1"}, "fine", "off", ""),
    (
        "turbo",
        {f"{CPU}/intel_pstate/no_turbo": "0"},
        "disturbs",
        "on",
        f"echo 1 | sudo tee /{CPU}/intel_pstate/no_turbo",
    ),
    ("turbo", {f"{CPU}/cpufreq/boost": "1"}, "disturbs", "on", f"echo 0 | sudo tee /{CPU}/cpufreq/boost"),
    ("frequency driver", {f"{CPU}/cpu0/cpufreq/scaling_driver": "amd-pstate-epp"}, "fine", "amd-pstate-epp", ""),
    (
        "clock rate",
        {f"{CPU}/cpu0/cpufreq/cpuinfo_max_freq": "4000000", f"{CPU}/cpu0/cpufreq/cpuinfo_min_freq": "400000"},
        "fine",
        "0.4 GHz to 4.0 GHz",
        "",
    ),
    (
        "clock rate",
        {f"{CPU}/cpu0/cpufreq/cpuinfo_max_freq": "4000000", f"{CPU}/cpu0/cpufreq/scaling_max_freq": "2000000"},
        "note",
        "limited to 2.0 GHz",
        "frequency-set -u 4000000kHz",
    ),
    (
        "clock rate",
        {
            f"{CPU}/cpu0/cpufreq/cpuinfo_max_freq": "4000000",
            f"{CPU}/cpu0/cpufreq/scaling_cur_freq": "1500000",
            f"{CPU}/cpu0/cpufreq/scaling_governor": "performance",
        },
        "note",
        "now 1.5 GHz",
        "turbostat",
    ),
    (
        "power",
        {"sys/class/power_supply/AC/type": "Mains", "sys/class/power_supply/AC/online": "1"},
        "fine",
        "mains",
        "",
    ),
    (
        "power",
        {"sys/class/power_supply/BAT0/type": "Battery", "sys/class/power_supply/BAT0/status": "Discharging"},
        "disturbs",
        "battery",
        "Plug it in",
    ),
    (
        "power",
        {
            "sys/class/power_supply/AC/type": "Mains",
            "sys/class/power_supply/AC/online": "1",
            "sys/class/power_supply/m/type": "Battery",
            "sys/class/power_supply/m/status": "Discharging",
            "sys/class/power_supply/m/scope": "Device",
        },
        "fine",
        "mains",
        "",
    ),
    ("power profile", {"sys/firmware/acpi/platform_profile": "balanced"}, "fine", "balanced", ""),
    ("power profile", {"sys/firmware/acpi/platform_profile": "quiet"}, "disturbs", "quiet", "another profile"),
    (
        "power profile",
        {
            "sys/firmware/acpi/platform_profile": "quiet",
            "sys/firmware/acpi/platform_profile_choices": "quiet balanced",
        },
        "disturbs",
        "quiet",
        "echo balanced | sudo tee",
    ),
    (
        "temperature",
        {"sys/class/hwmon/hwmon0/name": "coretemp", "sys/class/hwmon/hwmon0/temp1_input": "55000"},
        "fine",
        "55 °C",
        "",
    ),
    (
        "temperature",
        {
            "sys/class/thermal/thermal_zone0/type": "cpu-thermal",
            "sys/class/thermal/thermal_zone0/temp": "99000",
            "sys/class/thermal/thermal_zone0/trip_point_0_type": "hot",
            "sys/class/thermal/thermal_zone0/trip_point_0_temp": "105000",
        },
        "disturbs",
        "99 °C, slowed down at 105 °C",
        "cool down",
    ),
    ("heat throttling", {f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "0"}, "fine", "never", ""),
    ("heat throttling", {f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "3"}, "note", "3 times", "fans"),
    ("clock source", {f"{CPU}/../clocksource/clocksource0/current_clocksource": "tsc"}, "fine", "tsc", ""),
    ("clock source", {f"{CPU}/../clocksource/clocksource0/current_clocksource": "hpet"}, "disturbs", "hpet", "dmesg"),
    (
        "clock source",
        {
            f"{CPU}/../clocksource/clocksource0/current_clocksource": "acpi_pm",
            f"{CPU}/../clocksource/clocksource0/available_clocksource": "tsc hpet acpi_pm",
        },
        "disturbs",
        "acpi_pm",
        "echo tsc | sudo tee",
    ),
    ("ASLR", {"proc/sys/kernel/randomize_va_space": "2"}, "fine", "on", ""),
    ("ASLR", {"proc/sys/kernel/randomize_va_space": "1"}, "note", "not for the heap", "randomize_va_space=2"),
    ("ASLR", {"proc/sys/kernel/randomize_va_space": "0"}, "disturbs", "off", "sudo sysctl kernel.randomize_va_space=2"),
    ("ASLR", {"proc/self/personality": "00040000"}, "disturbs", "setarch -R", "without setarch"),
    (
        "sched_ext",
        {"sys/kernel/sched_ext/state": "enabled", "sys/kernel/sched_ext/root/ops": "rusty"},
        "note",
        "rusty",
        "",
    ),
    ("scheduler statistics", {"proc/sys/kernel/sched_schedstats": "1"}, "note", "on", "sched_schedstats=0"),
    ("perf events", {"proc/sys/kernel/perf_event_paranoid": "-1"}, "fine", "paranoid -1", ""),
    (
        "transparent huge pages",
        {"sys/kernel/mm/transparent_hugepage/enabled": "always madvise [never]"},
        "fine",
        "nev",
        "",
    ),
    (
        "transparent huge pages",
        {"sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never"},
        "note",
        "always",
        "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled",
    ),
    ("NUMA balancing", {"proc/sys/kernel/numa_balancing": "1"}, "fine", "without effect on one node", ""),
    ("memory available", {"proc/meminfo": MEMORY.format(left=500000, swap=0)}, "fine", "488 MiB", ""),
    ("memory available", {"proc/meminfo": MEMORY.format(left=20000, swap=0)}, "disturbs", "19.5 MiB", "End what holds"),
    ("swap", {"proc/meminfo": MEMORY.format(left=500000, swap=1000)}, "fine", "0 B of", ""),
    ("swap", {"proc/meminfo": MEMORY.format(left=500000, swap=9000)}, "note", "7.81 MiB of 8.79 MiB in use", "swapoff"),
    ("cgroup quota", {"sys/fs/cgroup/cpu.max": "400000 100000"}, "fine", "4.00 CPUs", ""),
    ("cgroup quota", {"sys/fs/cgroup/cpu.max": "150000 100000"}, "disturbs", "1.50 CPUs", "echo max |"),
    (
        "cgroup quota",
        {"sys/fs/cgroup/a/cpu.max": "max 100000", "sys/fs/cgroup/cpu.max": "1000 2000", "proc/self/cgroup": "0::/a/b"},
        "disturbs",
        "0.50 CPUs",
        "sudo tee /sys/fs/cgroup/cpu.max",
    ),
    (
        "cgroup quota",
        {
            "proc/self/cgroup": "4:cpu,cpuacct:/job\n0::/",
            "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "200000",
            "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000",
        },
        "disturbs",
        "2.00 CPUs",
        "echo -1 | sudo tee /sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us",
    ),
    ("cgroup quota", {".dockerenv": "", "sys/fs/cgroup/cpu.max": "1000 2000"}, "disturbs", "0.50", "docker update"),
    ("cgroup throttling", {"sys/fs/cgroup/cpu.stat": "nr_periods 900\nnr_throttled 0"}, "fine", "never", ""),
    ("cgroup throttling", {"sys/fs/cgroup/cpu.stat": "nr_periods 900\nnr_throttled 3"}, "note", "in 3 of 900", "Lift"),
    (
        "cgroup throttling",
        {"sys/fs/cgroup/cpu.stat": "nr_periods 900\nnr_throttled 30\nthrottled_usec 2500000"},
        "disturbs",
        "in 30 of 900 periods, 2.50 s",
        "Lift",
    ),
    ("cgroup weight", {"sys/fs/cgroup/cpu.weight": "10"}, "note", "10 where 100", "echo 100 | sudo tee"),
    (
        "memory limit",
        {"sys/fs/cgroup/memory.max": "104857600", "proc/meminfo": "MemTotal: 9000000 kB"},
        "note",
        "100 MiB",
        "larger",
    ),
    (
        "memory limit",
        {"sys/fs/cgroup/memory.max": "4294967296", "proc/meminfo": "MemTotal: 9000000 kB"},
        "fine",
        "4.00 GiB",
        "",
    ),
    ("isolated CPUs", {f"{CPU}/isolated": "0-3"}, "disturbs", "all usable CPUs are", "taskset -c 0-3"),
    ("isolated CPUs", {f"{CPU}/isolated": "2-3"}, "disturbs", "CPUs 0-1 usable beside them", "taskset -c 2-3"),
    (
        "isolated CPUs",
        {f"{CPU}/isolated": "6", f"{CPU}/nohz_full": "6"},
        "note",
        "CPU 6, without ticks",
        "taskset -c 6",
    ),
    ("CPUs offline", {f"{CPU}/offline": "4-7", f"{CPU}/present": "0-5"}, "note", "CPUs 4-5", f"/{CPU}/cpu4/online"),
    (
        "CPUs offline",
        {f"{CPU}/offline": "4-7", f"{CPU}/present": "0-7", f"{CPU}/smt/control": "off"},
        "fine",
        "SMT is switched off",
        "",
    ),
    (
        "mitigations",
        {f"{CPU}/vulnerabilities/a": "Mitigation: x", f"{CPU}/vulnerabilities/b": "Vulnerable"},
        "fine",
        "",
        "",
    ),
    ("virtualisation", {"proc/cpuinfo": "flags\t: fpu hypervisor tsc"}, "note", "a virtual machine", "fteng selfcheck"),
    ("virtualisation", {"sys/class/dmi/id/product_name": "KVM Virtual Machine"}, "note", "KVM Virtual", "selfcheck"),
    ("container", {"run/systemd/container": "lxc"}, "fine", "lxc", ""),
    ("container", {"proc/1/cgroup": "3:cpu:/kubepods/pod1"}, "fine", "Kubernetes", ""),
    ("steal", {"proc/stat": "cpu0 100000 0 0 900000 0 0 0 100 0 0"}, "fine", "0.01 %", ""),
    ("steal", {"proc/stat": "cpu0 100000 0 0 900000 0 0 0 90000 0 0"}, "disturbs", "8.3 %", "vmstat"),
    ("load", {"proc/loadavg": "1.90 0 0 1/1 1"}, "fine", "1.90 over the last minute on 4 CPUs", ""),
    ("load", {"proc/loadavg": "2.01 0 0 3/1 1"}, "disturbs", "3 runnable now", "wait for their end"),
    ("load", {"proc/loadavg": "2.01 0 0 1/1 1"}, "note", "2.01 over the last minute on 4 CPUs, nobody else", "`top`"),
    ("scheduling", {"proc/self/stat": STAT.format(nice=0, policy=0)}, "fine", "class other, nice 0", ""),
    ("scheduling", {"proc/self/stat": STAT.format(nice=-5, policy=0)}, "fine", "nice -5", ""),
    ("scheduling", {"proc/self/stat": STAT.format(nice=10, policy=0)}, "disturbs", "nice 10", "renice -n 0"),
    ("scheduling", {"proc/self/stat": STAT.format(nice=0, policy=5)}, "disturbs", "class idle", "chrt --other"),
    ("scheduling", {"proc/self/stat": STAT.format(nice=0, policy=1)}, "disturbs", "class fifo", "chrt --other"),
    ("limits", {"proc/self/limits": f"{HEADLINE}Max processes             9000   9000  processes"}, "fine", "none", ""),
    (
        "limits",
        {"proc/self/limits": f"{HEADLINE}Max processes             90   90  processes"},
        "note",
        "90",
        "ulimit -u",
    ),
    (
        "limits",
        {"proc/self/limits": f"{HEADLINE}Max address space         1000000   unlimited  bytes"},
        "note",
        "max address space 1000000",
        "ulimit -v unlimited",
    ),
    (
        "limits",
        {"proc/self/limits": f"{HEADLINE}Max stack size            8192   1   bytes"},
        "note",
        "8192",
        "ulimit -s",
    ),
    ("environment", {"proc/self/environ": "HOME=/\0PYTHON_GIL=0\0A=PYTHONMALLOC=x"}, "note", "PYTHON_GIL set", "axes"),
    ("pidfd", {"proc/sys/kernel/osrelease": "5.3.0"}, "fine", "available", ""),
    ("pidfd", {"proc/sys/kernel/osrelease": "4.18.0-553.el8_10"}, "note", "not available", "Linux 5.3"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[2]}")
def test_a_finding_follows_its_files(case: Case, examine: Examine) -> None:
    name, files, seriousness, value, help_ = case
    files = {os.path.normpath(path): content for path, content in files.items()}
    found = examine(files)
    assert name in found, sorted(found)
    one = found[name]
    assert one.seriousness == seriousness, one
    assert value in one.value
    assert help_ in one.remedy + one.advice
    others = [other.name for other in found.values() if other.seriousness == "disturbs" and other.name != name]
    assert not others, "one cause, one finding"


def test_without_files_only_what_system_calls_tell_is_found(examine: Examine) -> None:
    assert set(examine({})) == {"engine's Python", "CPU", "CPUs", "SMT"}


@pytest.mark.parametrize(
    ("usable", "files", "name", "expected"),
    [
        (SMT, {}, "SMT", ("note", "beyond 2 threads")),
        (KINDS, {}, "kinds of CPU", ("disturbs", "CPUs 0-1 fast; CPUs 2-3 slower")),
        (NODES, {}, "memory nodes", ("note", "0-1 at node 0; 2-3 at node 1")),
        (NODES, {"proc/sys/kernel/numa_balancing": "1"}, "NUMA balancing", ("disturbs", "numa_balancing=0")),
        (NODES, {"proc/sys/kernel/numa_balancing": "0"}, "NUMA balancing", ("fine", "off")),
        (replace(FOUR, cpus=FOUR.cpus[:1]), {}, "CPUs", ("disturbs", "Only one usable CPU")),
        (replace(FOUR, online=64), {}, "cpuset", ("note", "CPUs 0-3 of 64")),
    ],
)
def test_a_finding_follows_the_usable_cpus(
    usable: Topology, files: dict[str, str], name: str, expected: tuple[str, str], examine: Examine
) -> None:
    one = examine(files, usable)[name]
    assert one.seriousness == expected[0]
    assert expected[1] in f"{one.value} {one.effect} {one.remedy}"


class TestWithinASecond:
    def test_nobody_at_work_is_no_disturbance(self, examine: Examine) -> None:
        one = examine({"proc/stat": busy(tick=1)}, before={"proc/stat": busy()})["other programs"]
        assert (one.seriousness, one.value) == (
            "fine",
            "CPU 0 0 %, CPU 1 0 %, CPU 2 0 %, CPU 3 0 % busy within the last second",
        )

    def test_a_sandbox_that_counts_nothing_is_not_called_quiet(self, examine: Examine) -> None:
        nothing = {
            "proc/stat": "cpu 0 0 0 0 0 0 0 0 0 0\n" + "\n".join(f"cpu{n} 0 0 0 0 0 0 0 0 0 0" for n in range(4))
        }
        assert "other programs" not in examine(nothing, before=nothing)

    def test_a_busy_cpu_and_its_program_are_named(self, examine: Examine) -> None:
        now = {"proc/stat": busy(2, tick=1), **program(7, "a (b) c", 150), **program(8, "idle", 3)}
        before = {"proc/stat": busy(), **program(7, "a (b) c", 100), **program(8, "idle", 3)}
        one = examine(now, before=before)["other programs"]
        assert one.seriousness == "disturbs"
        assert one.value == "busy within the last second: CPU 2 50 %; a (b) c (7) 50 %"

    def test_a_new_process_with_an_old_id_is_another(self, examine: Examine) -> None:
        now = {"proc/stat": busy(2, tick=1), **program(7, "new", 50, start=90)}
        before = {"proc/stat": busy(), **program(7, "old", 40)}
        assert "new (7) 50 %" in examine(now, before=before)["other programs"].value

    def test_work_of_nobody_that_is_seen_is_said_to_be_so(self, examine: Examine) -> None:
        now = {"proc/stat": busy(1, 2, 3, tick=1), **program(7, "seen", 50)}
        one = examine(now, before={"proc/stat": busy(), **program(7, "seen", 0)})["other programs"]
        assert one.value.endswith("seen (7) 50 %, the rest by processes that ended or cannot be seen from here")

    def test_work_on_cpus_that_are_not_ours_is_none_of_ours(self, examine: Examine) -> None:
        found = examine({"proc/stat": busy(6, 7, tick=1)}, before={"proc/stat": busy()})
        assert found["other programs"].seriousness == "fine"

    def test_unless_they_share_cores_with_ours(self, examine: Examine) -> None:
        siblings = {f"{CPU}/cpu{n}/topology/thread_siblings_list": f"{n},{n + 4}" for n in range(4)}
        quiet = examine({"proc/stat": busy(tick=1), **siblings}, before={"proc/stat": busy()})["SMT siblings"]
        assert (quiet.seriousness, quiet.value) == ("note", "CPUs 4-7 share cores with usable ones")
        noisy = examine({"proc/stat": busy(6, tick=1), **siblings}, before={"proc/stat": busy()})["SMT siblings"]
        assert noisy.seriousness == "disturbs"
        assert noisy.value.endswith("and are busy: CPU 6 50 %")
        assert noisy.remedy == "taskset -c 0-7 fteng run SCENARIO --affinity cores"

    def test_steal_within_the_second_counts_though_there_was_none_before(self, examine: Examine) -> None:
        one = examine({"proc/stat": busy(stolen=2, tick=1)}, before={"proc/stat": busy()})["steal"]
        assert one.seriousness == "disturbs"
        assert "2 % within the last second" in one.value

    @pytest.mark.parametrize(
        ("path", "before", "now", "name"),
        [
            ("proc/vmstat", "pswpin 5\npswpout 5", "pswpin 5\npswpout 9", "swapping"),
            (f"{CPU}/cpu0/thermal_throttle/package_throttle_count", "4", "6", "heat throttling"),
            (
                "sys/fs/cgroup/cpu.stat",
                "nr_periods 9000\nnr_throttled 1",
                "nr_periods 9010\nnr_throttled 2",
                "cgroup throttling",
            ),
        ],
    )
    def test_what_happens_now_disturbs_whatever_was_before(
        self, path: str, before: str, now: str, name: str, examine: Examine
    ) -> None:
        assert examine({path: now}, before={path: before})[name].seriousness == "disturbs"
        assert examine({path: now}, before={path: now}).get(name, Finding(name="", value="")).seriousness != "disturbs"

    def test_irqbalance_is_worth_a_note(self, examine: Examine) -> None:
        now = {"proc/stat": busy(tick=1), **program(9, "irqbalance", 1)}
        one = examine(now, before={"proc/stat": busy()})["interrupts"]
        assert (one.seriousness, one.remedy) == ("note", "sudo systemctl stop irqbalance")
        assert "interrupts" not in examine(now)


PLAIN_BUILD = Interpreter(spec="3.13", executable="/p", version="3.13.5", compiler="GCC 12", optimized=True)


class TestInterpreters:
    def test_without_one_the_command_that_installs_it_is_named(self) -> None:
        (one,) = of_interpreters(())
        assert (one.seriousness, one.value) == ("note", "none found")
        assert one.remedy == "fteng interpreters install 3.13t"

    def test_without_a_free_threaded_one_too(self) -> None:
        (one,) = of_interpreters((PLAIN_BUILD,))
        assert (one.seriousness, one.value) == ("note", "3.13; none is free-threaded")

    def test_builds_that_are_alike_are_fine(self) -> None:
        (one,) = of_interpreters((PLAIN_BUILD, replace(PLAIN_BUILD, spec="3.13t", free_threaded=True)))
        assert (one.seriousness, one.value) == ("fine", "3.13, 3.13t")

    def test_a_debug_build_and_one_that_was_built_differently_are_named(self) -> None:
        other = replace(PLAIN_BUILD, spec="3.13t", free_threaded=True, debug=True, optimized=False, version="3.13.0")
        _, debug, builds = of_interpreters((PLAIN_BUILD, other, replace(PLAIN_BUILD, spec="3.12", version="3.12.1")))
        assert (debug.name, debug.value, debug.seriousness) == ("debug build", "3.13t", "note")
        assert builds.value == "3.13 and 3.13t (profile-guided optimisation, patch level)"


class TestShowing:
    def test_nothing_to_say_is_said(self) -> None:
        text = doctor_text("1", ())
        assert "Nothing found disturbs." in text
        assert text.endswith("Ready to measure: `fteng selfcheck` says how small a difference this machine shows.\n")

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            ({"virtualisation": "note"}, "Ready as far as can be seen from inside a virtual machine"),
            ({"turbo": "disturbs"}, "Not ready for small differences: turbo disturbs;"),
            ({"turbo": "disturbs", "load": "disturbs"}, "load and 1 other finding disturb;"),
            ({"CPUs": "disturbs", "turbo": "disturbs"}, "Not fit to measure threads"),
        ],
    )
    def test_the_last_sentence_says_how_ready_it_is(self, names: dict[str, Any], words: str) -> None:
        found = [Finding(name=name, value="x", seriousness=seriousness) for name, seriousness in names.items()]
        assert words in readiness(host.by_gravity(found))

    def test_what_disturbs_comes_first_and_the_gravest_of_it_first(self) -> None:
        names = [("swap", "note"), ("memory", "fine"), ("turbo", "disturbs"), ("load", "disturbs"), ("CPU", "fine")]
        found = [Finding(name=name, value="x", seriousness=serious) for name, serious in names]  # type: ignore[arg-type]
        assert [one.name for one in host.by_gravity(found)] == ["load", "turbo", "swap", "memory", "CPU"]

    def test_a_hostile_value_moves_no_cursor(self) -> None:
        text = doctor_text("1", (Finding(name="CPU", value="\x1b[2J\rX\u202e"),))
        assert "\x1b" not in text
        assert "\u202e" not in text
        json.loads(doctor_json("1", (Finding(name="CPU", value="\x1b\ud800"),)).encode("utf-8", "replace"))


def doctor(*words: str, **how: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engine", "doctor", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **how,
    )


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What the command says of this machine."""
    done = doctor("--format", "json", env=os.environ | {"PYTHON_GIL": "1"})
    assert (done.returncode, done.stderr) == (0, "")
    return dict(json.loads(done.stdout))


class TestThisMachine:
    @pytest.fixture
    def values(self, told: dict[str, Any]) -> dict[str, str]:
        return {one["name"]: one["value"] for one in told["findings"]}

    def test_the_facts_are_those_of_other_sources(self, values: dict[str, str]) -> None:
        nproc = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout.strip()
        assert values["CPUs"].startswith(f"{nproc} usable of {os.sysconf('SC_NPROCESSORS_ONLN')} ")
        assert values["system"] == f"{os.uname().sysname} {os.uname().release} {os.uname().machine}"
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
        assert values["memory"] == f"{memory:.1f} GiB"
        assert f"nice {os.getpriority(os.PRIO_PROCESS, 0)}" in values["scheduling"]
        assert values["scheduling"].startswith("class other") is (os.sched_getscheduler(0) == os.SCHED_OTHER)

    @pytest.mark.parametrize(
        ("name", "path", "pattern"),
        [
            ("CPU", "/proc/cpuinfo", r"model name\s*: (.+)"),
            ("clock source", f"/{CPU}/../clocksource/clocksource0/current_clocksource", r"(\S+)"),
            ("governor", f"/{CPU}/cpu0/cpufreq/scaling_governor", r"(\S+)"),
            ("transparent huge pages", "/sys/kernel/mm/transparent_hugepage/enabled", r"\[(\w+)\]"),
            ("perf events", "/proc/sys/kernel/perf_event_paranoid", r"(-?\d+)"),
        ],
    )
    def test_a_fact_is_what_its_file_says(self, name: str, path: str, pattern: str, values: dict[str, str]) -> None:
        try:
            content = Path(path).read_text()
        except OSError:
            assert name not in values or name == "CPU"
            pytest.skip(f"this machine has no {path}")
        found = re.search(pattern, content)
        assert found
        assert found[1] in values[name]

    def test_a_variable_without_effect_is_named(self, values: dict[str, str]) -> None:
        assert "PYTHON_GIL" in values["environment"]

    def test_ready_is_what_the_findings_say(self, told: dict[str, Any]) -> None:
        assert set(told) == {"version", "ready", "summary", "readiness", "findings"}
        fields = {"name", "value", "seriousness", "effect", "touches", "remedy", "advice"}
        assert all(set(one) == fields for one in told["findings"])
        assert told["ready"] is all(one["seriousness"] != "disturbs" for one in told["findings"])

    def test_a_busy_process_is_found_within_the_second(self) -> None:
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as loop:
            try:
                before = host.snapshot()
                time.sleep(1)
                found = {one.name: one for one in host.examine(topology.read(), since=before)}
                programs = between(before, host.snapshot()).programs
            finally:
                loop.kill()
        assert found["other programs"].seriousness == "disturbs"
        assert loop.pid in {one.pid for one in programs}, "named too, unless four others were busier"

    def test_strict_fails_where_something_disturbs(self) -> None:
        """A nice value is inherited by workers: it disturbs on any machine."""
        assert doctor("--strict", preexec_fn=lambda: os.nice(3)).returncode == 1
        done = doctor(preexec_fn=lambda: os.nice(3))
        assert done.returncode == 0
        assert "! scheduling: class other, nice" in done.stdout

    def test_a_quota_that_stops_this_process_is_found(self) -> None:
        """In a group with a tenth of a CPU, the doctor itself is stopped."""
        mounts = [Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/cpu")]
        group = next(
            (mount for mount in mounts if (mount / "cpu.stat").exists() and (mount / "cgroup.procs").exists()), None
        )
        if group is None:
            pytest.skip("no control group of the CPU is mounted here")
        group /= f"fteng-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError as error:
            pytest.skip(f"no control group can be made here: {error}")
        try:
            old = (group / "cpu.cfs_quota_us").exists()
            (group / ("cpu.cfs_quota_us" if old else "cpu.max")).write_text("10000" if old else "10000 100000")
            done = doctor("--strict", preexec_fn=lambda: (group / "cgroup.procs").write_text(str(os.getpid())))
        except OSError as error:
            pytest.skip(f"no quota can be set here: {error}")
        finally:
            group.rmdir()
        assert done.returncode == 1
        assert "! cgroup quota: 0.10 CPUs" in done.stdout
        assert re.search(r"! cgroup throttling: in [1-9]\d* of \d+ period", done.stdout)

    def test_the_affinity_of_the_process_is_what_is_usable(self) -> None:
        only = min(os.sched_getaffinity(0))
        done = doctor(preexec_fn=lambda: os.sched_setaffinity(0, {only}))
        assert done.stdout.endswith("Not fit to measure threads: with one CPU they can only take turns.\n")

    def test_the_command_imports_no_numbers(self) -> None:
        program = (
            "import sys; from engine.cli import outcome; outcome(['doctor'])\n"
            "heavy = ('numpy', 'scipy', 'yaml', 'jsonschema', 'rich', 'cattrs')\n"
            "print([name for name in heavy if name in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]"


def test_the_manual_names_every_finding() -> None:
    manual = (Path(__file__).parent.parent / "docs" / "machine.md").read_text(encoding="utf-8")
    table = manual[manual.index("### What it finds") :]
    assert [name for name in (*GRAVITY, *PLAIN) if f"| {name} |" not in table] == []
