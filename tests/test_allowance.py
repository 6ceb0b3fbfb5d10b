"""How much memory a worker may have, on machines with and without control groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.host import allowance

GIB = 1 << 30


def machine(root: Path, total: int, groups: str = "", **limits: int | str) -> Path:
    """A tree with so many bytes of memory, and control groups with these limits: a path below /sys/fs/cgroup each."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(f"MemTotal:       {total // 1024} kB\nMemFree:        1 kB\n")
    (root / "proc/self/cgroup").write_text(groups)
    for name, value in limits.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n")
    return root


@pytest.mark.parametrize(("total", "allowed"), [(64 * GIB, 12 * GIB), (16 * GIB, 12 * GIB), (4 * GIB, 3 * GIB)])
def test_it_is_three_quarters_of_the_machine_and_12_gib_at_most(tmp_path: Path, total: int, allowed: int) -> None:
    assert allowance.memory(machine(tmp_path, total)) == allowed


def test_the_tightest_group_of_version_2_counts_wherever_it_is(tmp_path: Path) -> None:
    limits = {"memory.max": "max", "a/memory.max": 2 * GIB, "a/b/memory.max": 8 * GIB}
    assert allowance.memory(machine(tmp_path, 64 * GIB, "0::/a/b\n", **limits)) == 3 * GIB // 2


def test_a_group_of_version_1_counts_and_its_word_for_none_does_not(tmp_path: Path) -> None:
    groups = "5:memory:/job\n4:cpu,cpuacct:/job\n0::/\n"
    limits = {"memory/memory.limit_in_bytes": 9223372036854771712, "memory/job/memory.limit_in_bytes": GIB}
    assert allowance.memory(machine(tmp_path, 64 * GIB, groups, **limits)) == 3 * GIB // 4
    (tmp_path / "sys/fs/cgroup/memory/job/memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert allowance.memory(tmp_path) == 12 * GIB


def test_nonsense_in_the_files_is_no_limit(tmp_path: Path) -> None:
    limits = {"memory.max": "soon", "a/memory.max": "-1"}
    assert allowance.memory(machine(tmp_path, 8 * GIB, "nonsense\n0::/a\n", **limits)) == 6 * GIB


def test_this_machine_allows_something() -> None:
    assert 1 << 28 < allowance.memory() <= allowance.MOST
