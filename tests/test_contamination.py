"""What others did to the CPUs around a worker: read from fixture trees, and from this machine while others work."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine import topology
from engine.contamination import Meter
from engine.host import groups
from engine.host.tree import Tree
from engine.model import Interpreter

TICK = 1 / os.sysconf("SC_CLK_TCK")
SPIN = "import os, sys\nos.sched_setaffinity(0, {int(sys.argv[1])})\nwhile True: pass"
STAT = """cpu  30 3 30 3000 30 3 3 60 0 0
cpu0 10 1 10 1000 10 1 1 20 0 0
cpu1 10 1 10 1000 10 1 1 20 0 0
cpu2 10 1 10 1000 10 1 1 20 0 0
intr 12345 0 0
"""


def tree(root: Path, files: dict[str, str]) -> Path:
    """Files below a root, by their path."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def stat(*lines: str) -> str:
    return "cpu  1 1 1 1 1 1 1 1 0 0\n" + "\n".join(lines) + "\nintr 5\n"


@contextmanager
def busy(*cpus: int) -> Iterator[None]:
    """A program that does nothing but compute, on each of these CPUs."""
    made = [subprocess.Popen([sys.executable, "-c", SPIN, str(cpu)]) for cpu in cpus]
    try:
        yield
    finally:
        for one in made:
            one.kill()
            one.wait()


class TestProcStat:
    def test_work_and_steal_of_the_usable_cpus_count_and_idle_time_and_other_cpus_do_not(self, tmp_path: Path) -> None:
        meter = Meter((0, 2), tree(tmp_path, {"proc/stat": STAT}))
        before = meter.read()
        tree(
            tmp_path,
            {
                "proc/stat": stat(
                    "cpu0 110 11 1010 91000 90010 1 1 20 7 7",  # 100 user, 10 nice, 1000 system
                    "cpu1 99999 1 10 1000 10 1 1 99999 0 0",
                    "cpu2 10 1 10 1000 10 10001 100001 53 0 0",  # 10000 irq, 100000 softirq, 33 stolen
                )
            },
        )
        found = meter.since(before)
        assert found.busy == pytest.approx(111_110 * TICK, abs=1)  # less what this test itself used meanwhile
        assert found.stolen == pytest.approx(33 * TICK)

    def test_the_time_of_the_worker_and_of_the_engine_is_not_that_of_others(self, tmp_path: Path) -> None:
        meter = Meter((0,), tree(tmp_path, {"proc/stat": stat("cpu0 500 0 0 9 0 0 0 0")}))
        before = meter.read()
        began = time.process_time()
        while time.process_time() - began < 0.2:
            pass
        subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
        assert meter.since(before).busy == pytest.approx(-0.5, abs=0.2), "no tick passed, but half a second of our own"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "cpu  1 2 3\n",
            stat("cpu0 1 1 1 1 1 1 1 1"),  # CPU 1 is not there (offline, or a container that shows its own)
            stat("cpu0 1 1 1 1 1 1 1 1", "cpu1 x 1 1 1 1 1 1 1"),
            stat("cpu0 1 1 1 1 1 1 1 1", "cpu1 1 1 1"),
            stat("cpu0 0 0 0 0 0 0 0 0 0 0", "cpu1 0 0 0 0 0 0 0 0 0 0"),  # a sandbox without the counters
            "\0\xff\n" * 9,
        ],
    )
    def test_what_is_not_told_is_none_and_not_nought(self, tmp_path: Path, text: str) -> None:
        meter = Meter((0, 1), tree(tmp_path, {"proc/stat": text}))
        found = meter.since(meter.read())
        assert (found.busy, found.stolen, found.throttled) == (None, None, None)

    def test_a_system_without_proc_tells_nothing(self, tmp_path: Path) -> None:
        meter = Meter((0, 1), tmp_path / "nowhere")
        found = meter.since(meter.read())
        assert (found.busy, found.stolen, found.throttled) == (None, None, None)

    def test_an_old_kernel_without_steal_still_tells_of_work(self, tmp_path: Path) -> None:
        meter = Meter((0,), tree(tmp_path, {"proc/stat": stat("cpu0 1 1 1 1 1 1 1")}))
        found = meter.since(meter.read())
        assert found.busy is not None
        assert found.stolen is None

    def test_steal_that_runs_backwards_is_not_told(self, tmp_path: Path) -> None:
        meter = Meter((0,), tree(tmp_path, {"proc/stat": stat("cpu0 1 1 1 1 1 1 1 900")}))
        before = meter.read()
        tree(tmp_path, {"proc/stat": stat("cpu0 1 1 1 1 1 1 1 5")})
        assert meter.since(before).stolen is None


V2 = "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = (
    "30 24 0:26 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755\n"
    "36 30 0:31 /docker/ab\\040c /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
    "37 30 0:32 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
)


class TestThrottling:
    def test_version_2_adds_up_the_group_and_all_above_it(self, tmp_path: Path) -> None:
        group = "sys/fs/cgroup/user.slice/session.scope"
        files = {"proc/self/mountinfo": V2, "proc/self/cgroup": "0::/user.slice/session.scope\n"}
        stats = {f"{group}/cpu.stat": "usage_usec 9\nnr_throttled 3\nthrottled_usec 1000\n"}
        stats |= {"sys/fs/cgroup/user.slice/cpu.stat": "throttled_usec 500\n"}
        stats |= {"sys/fs/cgroup/cpu.stat": "usage_usec 10\n"}  # the root has no quota, so no such line
        meter = Meter((0,), tree(tmp_path, files | stats))
        before = meter.read()
        tree(tmp_path, {f"{group}/cpu.stat": "throttled_usec 301000\n"})
        tree(tmp_path, {"sys/fs/cgroup/user.slice/cpu.stat": "throttled_usec 50500\n"})
        assert meter.since(before).throttled == pytest.approx(0.35)

    def test_version_1_in_a_container_whose_mount_begins_at_its_own_group(self, tmp_path: Path) -> None:
        files = {"proc/self/mountinfo": V1, "proc/self/cgroup": "4:memory:/x\n3:cpu,cpuacct:/docker/ab c/job\n0::/\n"}
        here = "sys/fs/cgroup/cpu,cpuacct/job/cpu.stat"
        meter = Meter((0,), tree(tmp_path, files | {here: "nr_periods 1\nthrottled_time 1000\n"}))
        assert meter.groups == (tmp_path / here.removesuffix("/cpu.stat"), tmp_path / "sys/fs/cgroup/cpu,cpuacct")
        before = meter.read()
        tree(tmp_path, {here: "nr_periods 2\nthrottled_time 2000001000\n"})
        assert meter.since(before).throttled == pytest.approx(2.0)

    @pytest.mark.parametrize("path", ["/../../elsewhere", "/not/mounted/here", ""])
    def test_a_group_that_lies_outside_of_what_is_mounted_falls_back_on_the_mount(
        self, tmp_path: Path, path: str
    ) -> None:
        tree(tmp_path, {"proc/self/mountinfo": V1, "proc/self/cgroup": f"3:cpu,cpuacct:{path}\n"})
        assert list(groups.folders(Tree(tmp_path), "cpu")) == [Path("sys/fs/cgroup/cpu,cpuacct")]

    @pytest.mark.parametrize("mounts", ["", "36 30\n- - - -\n", "\0\n", V1.replace("cpu,cpuacct\n", "pids\n")])
    @pytest.mark.parametrize("text", ["", "throttled_usec\n", "throttled_usec -5\n", "throttled_usec 1 2\n\0\n"])
    def test_nonsense_says_nothing(self, tmp_path: Path, mounts: str, text: str) -> None:
        tree(tmp_path, {"proc/self/mountinfo": mounts, "proc/self/cgroup": "nonsense\n::\n0::/\n"})
        tree(tmp_path, {"sys/fs/cgroup/cpu.stat": text})
        meter = Meter((0,), tmp_path)
        assert meter.since(meter.read()).throttled is None


@pytest.mark.real
class TestThisMachine:
    def test_programs_that_compute_on_every_cpu_take_about_all_of_them(self) -> None:
        cpus = topology.read().ids
        meter = Meter(cpus)
        with busy(*cpus):
            time.sleep(0.2)
            before, began = meter.read(), time.monotonic()
            time.sleep(1.5)
            found, passed = meter.since(before), time.monotonic() - began
        if found.busy is None:
            pytest.skip("/proc/stat does not tell here")
        taken = found.busy + (found.stolen or 0.0)
        assert 0.7 * len(cpus) * passed < taken < 1.1 * len(cpus) * passed + 0.1

    def test_a_quota_that_stops_this_process_is_seen(self) -> None:
        root = str(Path(__file__).parent.parent)
        with quota(5_000, 100_000) as procs:
            done = subprocess.run(
                [sys.executable, "-c", LIMITED, root, procs], capture_output=True, text=True, check=True
            )
        assert 0.5 < float(done.stdout) < 2.5, "of 1.5 seconds it may have a twentieth"


SCENARIO = """title: Small
question: Who else is at work?
kernel: arithmetic
interpreters: [3.13t]
matrix:
  threads: [1, 2]
measure:
  invocations: {min: 6, max: 6}
  iterations: 4
  warmup: 1
  time_limit: 15s
"""
ENTER = "import os, sys\nopen(sys.argv[1], 'w').write(str(os.getpid()))\nos.execv(sys.argv[2], sys.argv[2:])"
"""Enters a cgroup, then becomes another program."""


@pytest.fixture
def told(tmp_path: Path, free_threaded: Interpreter) -> Callable[..., tuple[str, list[set[str]]]]:
    """A function that measures a small scenario for some seconds: the report on one line, and each row's flags.

    `before` are words before the command.
    """
    (tmp_path / "small.yaml").write_text(SCENARIO)
    (tmp_path / "tmp").mkdir()

    def run(*before: str) -> tuple[str, list[set[str]]]:
        words = [*before, sys.executable, "-m", "engine", "run", "small.yaml", "--python", free_threaded.executable]
        done = subprocess.run(
            [*words, "--output", "out", "--formats", "csv,iterations,text"],
            cwd=tmp_path,
            env=os.environ | {"TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(Path(__file__).parent.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        with (tmp_path / "out" / "report.csv").open(newline="") as file:
            flags = [set(row["flags"].split(";")) for row in csv.DictReader(file)]
        return " ".join((tmp_path / "out" / "report.txt").read_text().split()), flags

    return run


@pytest.mark.real
class TestRealRuns:
    @pytest.mark.parametrize(
        "everywhere", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["one CPU", "every CPU"]
    )
    def test_programs_that_compute_meanwhile_are_flagged_with_about_what_they_took(
        self, told: Callable[..., tuple[str, list[set[str]]]], everywhere: bool
    ) -> None:
        cpus = topology.read().ids
        if len(cpus) > 8:
            pytest.skip("with more than 8 usable CPUs a few busy programs disturb nothing")
        with busy(*(cpus if everywhere else cpus[-1:])):
            text, flags = told()
        found = re.search(r"Machine: others used (\S+) CPUs", text)
        if not found:
            pytest.skip("/proc/stat does not tell here")
        taken = len(cpus) if everywhere else 1
        assert 0.35 * taken < float(found[1]) < len(cpus) + 0.1, "they share with the worker, and others may be at work"
        assert all("disturbed" in row for row in flags)
        assert "other programs used more than 5 % of the CPUs meanwhile" in text

    def test_a_quota_is_flagged(self, told: Callable[..., tuple[str, list[set[str]]]]) -> None:
        with quota(30_000, 100_000) as procs:
            text, flags = told(sys.executable, "-c", ENTER, str(procs))
        assert all("throttled" in row for row in flags)
        assert "the quota of a cgroup stopped threads" in text


LIMITED = """
import os, sys, time
root, procs = sys.argv[1:]
sys.path.insert(0, root)
from engine.contamination import Meter
with open(procs, "w") as file:
    file.write(str(os.getpid()))
meter = Meter((0,))
before, began = meter.read(), time.monotonic()
while time.monotonic() - began < 1.5:
    pass
print(meter.since(before).throttled)
"""
"""Computes in a cgroup, and prints for how long it was stopped."""


@contextmanager
def quota(microseconds: int, period: int) -> Iterator[Path]:
    """A cgroup with so much CPU time in each period; yields the file that a process writes itself into to enter it.

    Skips where none can be made.
    """
    folder = limited(microseconds, period)
    if folder is None:
        pytest.skip("no cgroup with a CPU quota can be made here: it takes root and a writable cpu controller")
    try:
        yield folder / "cgroup.procs"
    finally:
        remove(folder)


def limited(microseconds: int, period: int) -> Path | None:
    """A new cgroup with a quota, below that of this process or one above it; None where that cannot be."""
    for above in groups.folders(Tree(Path("/")), "cpu"):
        folder = Path("/") / above / f"fteng-test-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        if (folder / "cpu.cfs_quota_us").exists():
            (folder / "cpu.cfs_period_us").write_text(str(period))
            (folder / "cpu.cfs_quota_us").write_text(str(microseconds))
            return folder
        if (folder / "cpu.max").exists():
            (folder / "cpu.max").write_text(f"{microseconds} {period}")
            return folder
        remove(folder)
    return None


def remove(folder: Path) -> None:
    """A cgroup is busy for a moment after its last process has ended."""
    for _ in range(100):
        try:
            folder.rmdir()
        except OSError:
            time.sleep(0.02)
        else:
            return
