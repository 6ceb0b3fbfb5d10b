"""Facts and warnings of made-up machines, the real one, and the place for one measurement per host."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.host import describe, measuring
from engine.host.order import HEADER
from engine.model import Host
from engine.topology import Cpu, Topology, read

FOUR = Topology(cpus=tuple(Cpu(id=n, core=n, package=0, node=0) for n in range(4)), online=4)
HOLD = """
import sys, time
from pathlib import Path
from engine.host import measuring
with measuring(False, print, Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def host(root: Path, topology: Topology = FOUR, **files: str) -> Host:
    """The host that these files describe; a name's double underscores are its slashes."""
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    return describe(topology, root)


def test_the_real_machine_is_described() -> None:
    described = describe(read())
    facts = dict(described.facts)
    assert facts["system"].startswith(os.uname().sysname)
    assert f"{len(os.sched_getaffinity(0))} usable" in facts["CPUs"]
    assert facts["CPU"]
    assert all(isinstance(value, str) and value for value in facts.values())
    assert len(facts) == len(described.facts), "each fact has a name of its own"


def test_a_machine_that_tells_nothing_is_still_described(tmp_path: Path) -> None:
    described = describe(FOUR, tmp_path)
    assert dict(described.facts)["CPUs"] == "4 usable of 4 on 4 cores, 1 package"
    assert described.warnings == ()


QUIET = {
    "proc__cpuinfo": "processor\t: 0\nmodel name\t: AMD Ryzen 9 7950X\nflags\t\t: fpu tsc",
    "proc__meminfo": "MemTotal:       16777216 kB\nMemFree: 1 kB",
    "proc__loadavg": "0.10 0.20 0.30 1/100 1000",
    "proc__self__cgroup": "0::/user.slice",
    "sys__fs__cgroup__user.slice__cpu.max": "max 100000",
    "sys__devices__system__cpu__cpu0__cpufreq__scaling_governor": "performance",
    "sys__devices__system__cpu__cpufreq__boost": "0",
    "sys__devices__system__clocksource__clocksource0__current_clocksource": "tsc",
    "sys__class__power_supply__AC__type": "Mains",
    "sys__class__power_supply__AC__online": "1",
    "sys__class__power_supply__BAT0__type": "Battery",
    "sys__class__power_supply__BAT0__status": "Charging",
    "sys__firmware__acpi__platform_profile": "performance",
}


def test_a_quiet_machine_gets_no_warning(tmp_path: Path) -> None:
    described = host(tmp_path, **QUIET)
    assert described.warnings == ()
    facts = dict(described.facts)
    assert facts["CPU"] == "AMD Ryzen 9 7950X"
    assert facts["memory"] == "16.0 GiB"
    assert facts["governor"] == "performance"
    assert facts["turbo"] == "off"
    assert facts["clock source"] == "tsc"
    assert facts["power"] == "mains"
    assert "virtualisation" not in facts
    assert "cgroup quota" not in facts
    assert list(facts) == [name for name in HEADER if name in facts], "in the order of the list"


def test_a_header_warns_only_of_what_disturbs(tmp_path: Path) -> None:
    described = host(
        tmp_path,
        **QUIET
        | {
            "sys__devices__system__cpu__cpu3__cpufreq__scaling_governor": "powersave",
            "proc__cpuinfo": "flags\t\t: fpu hypervisor tsc",
            "sys__class__power_supply__AC__online": "0",
            "sys__class__power_supply__BAT0__status": "Discharging",
        },
    )
    power, governor = described.warnings
    assert power.startswith("power: battery: the CPU saves power")
    assert power.endswith("; plug it in")
    assert governor.startswith("governor: performance on 0, powersave on 3: the clock follows the load")
    assert governor.endswith("; `sudo cpupower frequency-set -g performance` changes it")
    assert dict(described.facts)["virtualisation"] == "a virtual machine"


def test_a_quota_of_the_old_cgroups_counts_too(tmp_path: Path) -> None:
    described = host(
        tmp_path,
        **{
            "proc__self__cgroup": "5:memory:/job\n4:cpu,cpuacct:/job\n0::/",
            "sys__fs__cgroup__cpu__job__cpu.cfs_quota_us": "200000",
            "sys__fs__cgroup__cpu__job__cpu.cfs_period_us": "100000",
            "sys__fs__cgroup__cpu__cpu.cfs_quota_us": "-1",
            "sys__fs__cgroup__cpu__cpu.cfs_period_us": "100000",
        },
    )
    assert dict(described.facts)["cgroup quota"] == "2.00 CPUs"
    assert len(described.warnings) == 1


def test_one_usable_cpu_cannot_show_scaling(tmp_path: Path) -> None:
    alone = Topology(cpus=FOUR.cpus[:1], online=4)
    (warning,) = host(tmp_path, alone, **QUIET).warnings
    assert warning.startswith("CPUs: 1 usable of 4 on 1 core, 1 package: only one usable CPU")


@pytest.mark.parametrize("name", [name for name in QUIET if not name.endswith("cpuinfo")])
@pytest.mark.parametrize("content", ["", "nonsense", "- - -", "\udcff"])
def test_nonsense_in_a_file_costs_at_most_its_fact(name: str, content: str, tmp_path: Path) -> None:
    host(tmp_path, **QUIET)
    (tmp_path / name.replace("__", "/")).write_text(content, errors="surrogateescape")
    assert dict(describe(FOUR, tmp_path).facts)["CPU"] == "AMD Ryzen 9 7950X"


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is measuring."""
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "held\n"
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_a_second_measurement_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    with (
        holder(tmp_path) as other,
        pytest.raises(EngineError, match=f"process {other.pid}\\) is measuring"),
        measuring(False, pytest.fail, tmp_path),
    ):
        pytest.fail("two measurements at the same time")


def test_a_second_measurement_waits_and_says_so_once(tmp_path: Path) -> None:
    said: list[str] = []
    with holder(tmp_path) as other:

        def say(line: str) -> None:
            said.append(line)
            other.send_signal(signal.SIGKILL)  # a killed measurement frees the place too

        with measuring(True, say, tmp_path):
            assert json.loads((tmp_path / "fteng-measuring.json").read_text()) == {"pid": os.getpid()}
    assert said == [f"another fteng (process {other.pid}) is measuring on this machine; waiting for its end"]


def test_the_place_is_free_after_a_measurement_even_a_failed_one(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), measuring(False, pytest.fail, tmp_path):
        raise KeyboardInterrupt
    with measuring(False, pytest.fail, tmp_path):
        pass


def test_every_user_can_take_the_lock(tmp_path: Path) -> None:
    mask = os.umask(0o077)
    try:
        with measuring(False, pytest.fail, tmp_path):
            pass
    finally:
        os.umask(mask)
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "fteng-measuring.lock": 0o666,
        "fteng-measuring.json": 0o666,
    }


AS_NOBODY = """
import json, os, sys
from pathlib import Path
from engine.host import measuring
place = Path(sys.argv[1])
with measuring(False, print, place):
    pass
os.setuid(65534)
with measuring(False, print, place):
    assert json.loads((place / "fteng-measuring.json").read_text()) == {"pid": os.getpid()}
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_can_take_a_lock_that_root_made() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not pytest's, which is closed to others
        Path(folder).chmod(0o1777)
        ended = subprocess.run([sys.executable, "-c", AS_NOBODY, folder], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_folder_that_cannot_hold_the_lock_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="cannot be locked"), measuring(False, pytest.fail, tmp_path / "file"):
        pytest.fail("measured without the lock")


def test_no_temporary_folder_at_all_is_one_message(tmp_path: Path) -> None:
    """As where every one of them is full: none can be written."""
    program = (
        "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/proc/nowhere']\n"
        "from engine.host import measuring\n"
        "from engine.errors import EngineError\n"
        "try:\n    with measuring(False, print): pass\nexcept EngineError as error: print('refused:', error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("refused: there is no folder for the lock of this machine: No usable temporary")
    assert "set TMPDIR" in done.stdout
