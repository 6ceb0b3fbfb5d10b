"""Machines within machines: a hypervisor, a container, and the time that the host took for itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine import units
from engine.host.sample import STEAL, cpu_ticks
from engine.host.seen import Seen
from engine.host.tree import Tree
from engine.model import Finding

STOLEN = 0.01
"""Share of the time taken by the host that counts: half of the precision that fteng measures to by default."""

MARKS = (
    (r"/(?:docker|moby)[/-]", "Docker"),
    (r"kubepods", "Kubernetes"),
    (r"/libpod|/machine\.slice/libpod", "Podman"),
    (r"/lxc", "LXC"),
    (r"containerd", "containerd"),
)
"""What paths of control groups are called inside containers, where these see the host's."""


def findings(seen: Seen) -> Iterator[Finding]:
    """Whether this is a virtual machine or a container, and what was stolen."""
    virtual = _virtual(seen.tree)
    yield Finding(
        name="virtualisation",
        value=virtual,
        seriousness="note" if virtual else "fine",
        effect="Neighbours on the host slow single CPUs down, by up to half, for milliseconds or seconds; only the "
        "control and the probe of a report show it."
        if virtual
        else "",
        touches=("times", "speedups", "scatter") if virtual else (),
        advice="Dedicated cores of the provider; else trust ratios measured side by side more than times, and see "
        "what this machine can show: fteng selfcheck."
        if virtual
        else "",
    )
    yield Finding(name="container", value=_container(seen.tree))
    yield from _steal(seen)


def _virtual(tree: Tree) -> str:
    """The hypervisor bit of CPUID in /proc/cpuinfo; Xen's and the device tree's own marks elsewhere."""
    flag = re.search(r"^flags\s*:.*\bhypervisor\b", tree.text("proc/cpuinfo"), re.MULTILINE)
    kind = tree.text("sys/hypervisor/type") or tree.text("proc/device-tree/hypervisor/compatible")
    product = " ".join(
        text for name in ("sys_vendor", "product_name") if (text := tree.text(f"sys/class/dmi/id/{name}"))
    )
    known = re.search(r"\b(?:KVM|QEMU|VMware|VirtualBox|Virtual Machine|Xen|Amazon EC2)\b", product)
    if not (flag or kind or known):
        return ""
    return f"a virtual machine ({product or kind})" if product or kind else "a virtual machine"


def _container(tree: Tree) -> str:
    """The marks that container managers leave (systemd, src/basic/virt.c, looks at the same)."""
    told = tree.text("run/systemd/container")
    if told:
        return told
    if tree.exists("run/.containerenv"):
        return "Podman"
    if tree.exists(".dockerenv"):
        return "Docker"
    groups = tree.text("proc/1/cgroup") + "\n" + tree.text("proc/self/cgroup")
    return next((name for pattern, name in MARKS if re.search(pattern, groups)), "")


def _steal(seen: Seen) -> Iterator[Finding]:
    """The column `steal` of /proc/stat (proc(5)): a CPU had work and the host ran somebody else."""
    ticks = list(cpu_ticks(seen.tree).values())
    total = sum(map(sum, ticks))
    stolen = sum(cpu[STEAL] for cpu in ticks)
    just = seen.sample.stolen if seen.sample else 0.0
    if not (stolen or just):
        return
    share = stolen / max(1, total)
    words = f"{units.percent(float(f'{share:.2g}'))} since the machine started"
    words += f", {units.percent(round(just, 3))} within the last second" if seen.sample else ""
    grave = just >= STOLEN or share >= STOLEN
    yield Finding(
        name="steal",
        value=words,
        seriousness="disturbs" if grave else "fine",
        effect="The host gives CPU time of this virtual machine to others: threads stand still without knowing it."
        if grave
        else "",
        touches=("times", "speedups", "scatter") if grave else (),
        advice="Another hour, or a machine with dedicated cores; `vmstat 1` shows it in the column st."
        if grave
        else "",
    )
