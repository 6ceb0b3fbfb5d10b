"""Topologies as the kernel writes them below /sys, made in a temporary folder, and where threads are placed on them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.topology import Cpu, Topology, parse_list, place, read


@dataclass(frozen=True)
class Core:
    """One core of a made-up machine: its hardware threads, and where it sits."""

    cpus: tuple[int, ...]
    package: int = 0
    node: int = 0
    frequency: int = 0
    capacity: int = 0


def machine(root: Path, *cores: Core) -> Path:
    """A /sys that describes these cores."""
    folder = root / "sys/devices/system/cpu"
    for core in cores:
        for cpu in core.cpus:
            here = folder / f"cpu{cpu}"
            files = {
                "topology/thread_siblings_list": ",".join(map(str, core.cpus)),
                "topology/physical_package_id": core.package,
                "cpu_capacity": core.capacity,
                "cpufreq/cpuinfo_max_freq": core.frequency,
                "cache/index0/level": 1,
                "cache/index0/type": "Data",
                "cache/index0/size": "48K",
                "cache/index0/shared_cpu_list": ",".join(map(str, core.cpus)),
                "cache/index3/level": 3,
                "cache/index3/type": "Unified",
                "cache/index3/size": "32768K",
                "cache/index3/shared_cpu_list": "0-63",
            }
            for name, content in files.items():
                if content:
                    (here / name).parent.mkdir(parents=True, exist_ok=True)
                    (here / name).write_text(f"{content}\n")
            (here / f"node{core.node}").mkdir()
    everyone = sorted(cpu for core in cores for cpu in core.cpus)
    (folder / "online").write_text(",".join(map(str, everyone)) + "\n")
    return root


@pytest.fixture
def virtual(tmp_path: Path) -> Topology:
    """A virtual machine with two CPUs."""
    return read(machine(tmp_path, Core((0,)), Core((1,))))


@pytest.fixture
def desktop(tmp_path: Path) -> Topology:
    """Four cores with two hardware threads each, numbered as Linux does: 0-3 first, 4-7 their siblings."""
    return read(machine(tmp_path, *(Core((core, core + 4)) for core in range(4))))


@pytest.fixture
def server(tmp_path: Path) -> Topology:
    """Two packages of two nodes with two cores each, two hardware threads a core."""
    return read(machine(tmp_path, *(Core((n, n + 8), package=n // 4, node=n // 2) for n in range(8))))


@pytest.fixture
def laptop(tmp_path: Path) -> Topology:
    """Eight performance cores (two favoured ones clock higher) with two threads each, sixteen efficiency cores."""
    fast = [Core((2 * n, 2 * n + 1), frequency=5_800_000 if n in {2, 3} else 5_500_000) for n in range(8)]
    return read(machine(tmp_path, *fast, *(Core((n,), frequency=4_500_000) for n in range(16, 32))))


def single(*cpus: int) -> tuple[tuple[int, ...], ...]:
    return tuple((cpu,) for cpu in cpus)


def test_none_leaves_threads_to_the_scheduler(desktop: Topology) -> None:
    assert place("none", 4, desktop) is None


@pytest.mark.parametrize("policy", ["compact", "spread", "cores"])
def test_two_cpus_take_turns_when_there_are_more_threads(virtual: Topology, policy: str) -> None:
    assert place(policy, 1, virtual) == single(0)
    assert place(policy, 5, virtual) == single(0, 1, 0, 1, 0)


def test_compact_fills_a_core_before_it_takes_the_next(desktop: Topology) -> None:
    assert place("compact", 8, desktop) == single(0, 4, 1, 5, 2, 6, 3, 7)


def test_compact_fills_a_package_before_it_takes_the_next(server: Topology) -> None:
    assert place("compact", 9, server) == single(0, 8, 1, 9, 2, 10, 3, 11, 4)


def test_spread_takes_every_core_before_a_second_hardware_thread(desktop: Topology) -> None:
    assert place("spread", 8, desktop) == single(0, 1, 2, 3, 4, 5, 6, 7)


def test_spread_alternates_packages_then_nodes(server: Topology) -> None:
    assert place("spread", 16, server) == single(0, 4, 2, 6, 1, 5, 3, 7, 8, 12, 10, 14, 9, 13, 11, 15)


def test_cores_gives_each_thread_a_whole_core_in_the_order_of_spread(server: Topology) -> None:
    assert place("cores", 4, server) == ((0, 8), (4, 12), (2, 10), (6, 14))
    assert place("cores", 9, server)[8] == (0, 8)  # type: ignore[index]


def test_efficiency_cores_come_last_and_favoured_cores_count_as_the_others(laptop: Topology) -> None:
    fast, slow = [0, 2, 4, 6, 8, 10, 12, 14], list(range(16, 32))
    assert place("spread", 32, laptop) == single(*fast, *slow, *(cpu + 1 for cpu in fast))
    assert place("cores", 9, laptop) == (*((cpu, cpu + 1) for cpu in fast), (16,))
    assert place("compact", 17, laptop) == single(*range(16), 16)


def test_the_capacity_that_the_kernel_tells_comes_before_the_frequency(tmp_path: Path) -> None:
    little, big = Core((0,), capacity=400, frequency=3_000_000), Core((1,), capacity=1024, frequency=2_000_000)
    assert place("spread", 2, read(machine(tmp_path, little, big))) == single(1, 0)


def test_equal_capacities_tell_nothing_so_the_frequency_does(tmp_path: Path) -> None:
    efficient, fast = Core((0,), capacity=1024, frequency=3_800_000), Core((1,), capacity=1024, frequency=5_000_000)
    assert place("spread", 2, read(machine(tmp_path, efficient, fast))) == single(1, 0)


def test_an_explicit_list_gives_thread_i_the_set_i(desktop: Topology) -> None:
    assert place(((0, 4), (3,)), 3, desktop) == ((0, 4), (3,), (0, 4))


@pytest.mark.parametrize("policy", ["scatter", "", None, 3, (), True])
def test_another_policy_is_refused(policy: object, virtual: Topology) -> None:
    with pytest.raises(ValueError, match="no affinity policy"):
        place(policy, 2, virtual)


def test_only_usable_cpus_are_given_out(desktop: Topology) -> None:
    container = replace(desktop, cpus=tuple(cpu for cpu in desktop.cpus if cpu.id in {1, 5, 6}))
    assert place("spread", 3, container) == single(1, 6, 5)
    assert place("compact", 3, container) == single(1, 5, 6)
    assert place("cores", 2, container) == ((1, 5), (6,))
    assert container.smt


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one CPU cannot be fewer")
def test_the_affinity_of_this_process_limits_what_is_read() -> None:
    allowed = os.sched_getaffinity(0)
    last = max(allowed)
    try:
        os.sched_setaffinity(0, {last})
        topology = read()
    finally:
        os.sched_setaffinity(0, allowed)
    assert topology.ids == (last,)
    assert topology.online >= len(allowed)
    assert place("spread", 2, topology) == single(last, last)


def test_the_real_machine_offers_the_cpus_of_this_process() -> None:
    topology = read()
    assert set(topology.ids) == os.sched_getaffinity(0)
    assert sorted(cpu.id for core in topology.cores for cpu in core) == sorted(topology.ids)
    allowed = os.sched_getaffinity(0)
    try:
        for cpus in place("spread", 3, topology) or ():
            os.sched_setaffinity(0, cpus)  # the kernel takes each set
            assert os.sched_getaffinity(0) == set(cpus)
    finally:
        os.sched_setaffinity(0, allowed)


def test_packages_nodes_and_caches_are_read(server: Topology) -> None:
    assert len(server.cores) == 8
    assert server.online == 16
    assert server.cpus[13] == Cpu(id=13, core=5, package=1, node=2)
    assert dict(server.caches)[13] == ("L1 data 48K shared by 5,13", "L3 32768K shared by 0-63")


def test_where_sys_tells_nothing_each_cpu_is_a_core(tmp_path: Path) -> None:
    for cpu in (0, 1, 10):
        (tmp_path / f"sys/devices/system/cpu/cpu{cpu}").mkdir(parents=True)
    topology = read(tmp_path)
    assert topology.ids == (0, 1, 10)
    assert place("cores", 3, topology) == single(0, 1, 10)
    assert not topology.smt
    assert topology.caches == ()


def test_nonsense_below_sys_is_taken_as_nothing(tmp_path: Path) -> None:
    folder = machine(tmp_path, Core((0,)), Core((1,))) / "sys/devices/system/cpu"
    (folder / "cpu0/topology/thread_siblings_list").write_text("0-x")
    (folder / "cpu1/topology/thread_siblings_list").write_bytes(b"\xff\xfe")
    (folder / "cpu1/topology/physical_package_id").write_text("-1")
    assert read(tmp_path).cpus == (Cpu(id=0, core=0, package=0, node=0), Cpu(id=1, core=1, package=0, node=0))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0-3,8\n", (0, 1, 2, 3, 8)), ("5", (5,)), ("", ()), ("3-1", ()), ("a", ()), ("1,,2", (1, 2)), ("-1", ())],
)
def test_lists_of_the_kernel(text: str, numbers: tuple[int, ...]) -> None:
    assert parse_list(text) == numbers
