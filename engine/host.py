"""/proc and /sys -> facts of the machine in words, and warnings that teach what makes it noisy; changes no setting.

A file that is missing costs its fact, never a failure. Also holds the lock that keeps two measurements of one host
apart.
"""

from __future__ import annotations

import json
import os
import platform
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from engine import units
from engine.errors import EngineError
from engine.model import Host
from engine.topology import Topology

BUSY = 0.5
"""Load per CPU above which others are at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """One fact, and what is to be known of it."""

    name: str
    value: str
    warning: str = ""


def describe(topology: Topology, root: Path = Path("/")) -> Host:
    """Facts of this machine in words, and a warning for each that spoils numbers.

    `root` is where /proc and /sys are read; what the system calls tell (kernel, libc, Python) is of this machine.
    """
    findings = [
        *_software(),
        *_cpu(topology, root),
        *_memory(root),
        *_virtual(root),
        *_frequency(root),
        *_power(root),
        *_clock(root),
        *_quota(topology, root),
        *_load(topology, root),
    ]
    return Host(
        facts=tuple((found.name, found.value) for found in findings if found.value),
        warnings=tuple(found.warning for found in findings if found.warning),
    )


@contextmanager
def measuring(wait: bool, say: Callable[[str], None], folder: Path | None = None) -> Iterator[None]:
    """Hold the one place that this host has for measuring; all its users share it.

    With `wait`, `say` is told once whom it waits for; without, raises EngineError if somebody measures already.
    `folder` is where the lock lies: by default the temporary folder of the system.
    """
    path = (folder or Path(tempfile.gettempdir())) / "fteng-measuring.lock"
    lock = _lock(path)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                raise EngineError(f"{_holder(path)} is measuring on this machine; wait for its end") from None
            say(f"{_holder(path)} is measuring on this machine; waiting for its end")
            lock.acquire()
    except OSError as error:
        raise EngineError(f"{path} cannot be locked: {error.strerror or error}") from error
    try:
        _sign(path, json.dumps({"pid": os.getpid()}))
        yield
    finally:
        _sign(path, "")
        lock.release()


def _lock(path: Path) -> FileLock:
    """A lock that every user can take: created writable for all, whatever the umask."""
    return FileLock(path, mode=0o666)


def _sign(path: Path, text: str) -> None:
    """Say who holds the lock, in a file beside it (some filelocks empty the lock's own when they try it).

    In a folder of all users the kernel may refuse to "create" a file that is another user's, so one that is there is
    only opened.
    """
    beside = path.with_suffix(".json")
    with suppress(OSError):
        flags = os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | (0 if beside.exists() else os.O_CREAT)
        descriptor = os.open(beside, flags, 0o666)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file, suppress(PermissionError):
            file.write(text)
            os.fchmod(descriptor, 0o666)


def _holder(path: Path) -> str:
    try:
        return f"another fteng (process {int(json.loads(path.with_suffix('.json').read_text('utf-8'))['pid'])})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another fteng"


def _software() -> Iterator[_Finding]:
    yield _Finding(
        name="system", value=" ".join(filter(None, (platform.system(), platform.release(), platform.machine())))
    )
    yield _Finding(name="libc", value=" ".join(platform.libc_ver()).strip())
    yield _Finding(name="engine's Python", value=f"{platform.python_implementation()} {platform.python_version()}")


def _cpu(topology: Topology, root: Path) -> Iterator[_Finding]:
    described = _text(root / "proc/cpuinfo")
    model = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", described, re.MULTILINE)
    yield _Finding(name="CPU", value=model[1].strip() if model else platform.machine())
    usable, cores = len(topology.cpus), len(topology.cores)
    nodes = len({cpu.node for cpu in topology.cpus})
    packages = len({cpu.package for cpu in topology.cpus})
    words = f"{usable} usable of {topology.online} on {units.count(cores, 'core')}, {units.count(packages, 'package')}"
    yield _Finding(
        name="CPUs",
        value=words + (f", {units.count(nodes, 'memory node')}" if nodes > 1 else ""),
        warning=""
        if usable > 1
        else "only one usable CPU: threads can only take turns, so no scaling can be seen here",
    )
    yield _Finding(name="SMT", value="usable CPUs share cores" if topology.smt else "no two usable CPUs share a core")
    yield _Finding(name="caches of a CPU", value=", ".join(topology.caches[0][1]) if topology.caches else "")


def _memory(root: Path) -> Iterator[_Finding]:
    total = re.search(r"^MemTotal:\s*(\d+) kB", _text(root / "proc/meminfo"), re.MULTILINE)
    yield _Finding(name="memory", value=f"{int(total[1]) / 2**20:.1f} GiB" if total else "")


def _virtual(root: Path) -> Iterator[_Finding]:
    if not re.search(r"^flags\s*:.*\bhypervisor\b", _text(root / "proc/cpuinfo"), re.MULTILINE):
        return
    product = " ".join(
        filter(None, (_text(root / "sys/class/dmi/id" / name) for name in ("sys_vendor", "product_name")))
    )
    yield _Finding(
        name="virtualisation",
        value=f"a virtual machine{f' ({product})' if product else ''}",
        warning="a virtual machine: neighbours may take CPU time unseen and the host moves its CPUs; repeat what "
        "matters, and trust ratios measured side by side more than times",
    )


def _frequency(root: Path) -> Iterator[_Finding]:
    governors = sorted(
        {_text(path) for path in _glob(root, "sys/devices/system/cpu/cpu*/cpufreq/scaling_governor")} - {""}
    )
    slow = [governor for governor in governors if governor != "performance"]
    yield _Finding(
        name="governor",
        value=", ".join(governors),
        warning=f"the CPU frequency governor is {', '.join(slow)}: the clock rises while a measurement runs; "
        "`sudo cpupower frequency-set -g performance` holds it"
        if slow
        else "",
    )
    no_turbo, boost = (
        _text(root / "sys/devices/system/cpu/intel_pstate/no_turbo"),
        _text(root / "sys/devices/system/cpu/cpufreq/boost"),
    )
    on = no_turbo == "0" or boost == "1"
    yield _Finding(
        name="turbo",
        value=("on" if on else "off") if no_turbo or boost else "",
        warning="turbo is on: one busy core clocks higher than many, which looks like bad scaling; switch it off for "
        "scaling measurements"
        if on
        else "",
    )


def _power(root: Path) -> Iterator[_Finding]:
    supplies = [path.parent for path in _glob(root, "sys/class/power_supply/*/type")]
    mains = [_text(path / "online") for path in supplies if _text(path / "type") in {"Mains", "USB"}]
    discharging = any(_text(path / "status") == "Discharging" for path in supplies if _text(path / "type") == "Battery")
    if supplies:
        battery = discharging and "1" not in mains
        yield _Finding(
            name="power",
            value="battery" if battery else "mains",
            warning="running on battery: the CPU saves power and slows down at will; plug it in" if battery else "",
        )
    profile = _text(root / "sys/firmware/acpi/platform_profile")
    yield _Finding(
        name="power profile",
        value=profile,
        warning=f"the power profile is {profile}: it caps the CPU's clock; choose balanced or performance"
        if profile in {"low-power", "quiet", "cool"}
        else "",
    )


def _clock(root: Path) -> Iterator[_Finding]:
    source = _text(root / "sys/devices/system/clocksource/clocksource0/current_clocksource")
    # kvm-clock and the clocks of arm64 are read without a system call, as tsc is.
    slow = source and source not in {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"}
    yield _Finding(
        name="clock source",
        value=source,
        warning=f"the clock source is {source}, not tsc: reading the time takes about a microsecond" if slow else "",
    )


def _quota(topology: Topology, root: Path) -> Iterator[_Finding]:
    cpus = _quota_cpus(root)
    if cpus is None:
        return
    yield _Finding(
        name="cgroup quota",
        value=f"{cpus:.2f} CPUs",
        warning=f"a cgroup gives {cpus:.2f} CPUs of time where {len(topology.cpus)} can be used: threads are stopped "
        "when it is spent, which looks like bad scaling; lift the quota (docker run without --cpus) or use few threads"
        if cpus < len(topology.cpus)
        else "",
    )


def _quota_cpus(root: Path) -> float | None:
    """CPUs of time that the tightest cgroup above this process allows; None where nothing limits it."""
    quotas = []
    for limit in _cgroup_files(root):
        words = _text(limit).split()
        if limit.name == "cpu.cfs_quota_us":
            words.append(_text(limit.with_name("cpu.cfs_period_us")))
        with suppress(ValueError, IndexError, ZeroDivisionError):
            if int(words[0]) > 0:  # "max" and -1 are no limit
                quotas.append(int(words[0]) / int(words[1]))
    return min(quotas, default=None)


def _cgroup_files(root: Path) -> Iterator[Path]:
    """The files of cgroup v2 and v1 that may hold a quota: of this process's group and of all above it."""
    for line in _text(root / "proc/self/cgroup").splitlines() or ["0::/"]:
        _, controllers, group = [*line.split(":", 2), "", ""][:3]
        mounted, name = ("sys/fs/cgroup", "cpu.max") if not controllers else ("sys/fs/cgroup/cpu", "cpu.cfs_quota_us")
        if controllers and "cpu" not in controllers.split(","):
            continue
        here = Path(group.lstrip("/"))
        for above in (here, *here.parents):
            yield root / mounted / above / name


def _load(topology: Topology, root: Path) -> Iterator[_Finding]:
    words = _text(root / "proc/loadavg").split()
    with suppress(ValueError, IndexError):
        load, cpus = float(words[0]), len(topology.cpus)
        busy = load > BUSY * cpus
        yield _Finding(
            name="load",
            value=f"{load:.2f} over the last minute",
            warning=f"the load is {load:.2f} on {units.count(cpus, 'usable CPU')}: other programs are at "
            "work and take turns with the measurement; close them or wait"
            if busy
            else "",
        )


def _glob(root: Path, pattern: str) -> list[Path]:
    try:
        return sorted(root.glob(pattern))
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
