"""What `perf c2c report --stats` says -> counts of samples: how often a load met a line that another CPU had changed.

Sources: perf-c2c(1); Documentation/kernel-hacking/false-sharing.rst of the Linux kernel. Starts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.model import Count

SOURCE = "perf c2c"
NAMES = {
    "Load Operations": "loads sampled",
    "Store Operations": "stores sampled",
    "Load Local HITM": "local HITM",
    "Load Remote HITM": "remote HITM",
    "Load Peer": "loads from another core's cache",
    "Total Shared Cache Lines": "shared cache lines",
}
"""Lines of its two tables. HITM: a hit in a line that is modified in another cache."""

_LINE = re.compile(r"^\s*([A-Za-z][^:]*?)\s*:\s*(\d+)\s*$", re.MULTILINE)


def words(perf: str) -> tuple[str, ...]:
    """The command around a worker. What comes before its first iteration is sampled too."""
    return (perf, "c2c", "record", "--", "-q", "-B", "-N", "-o", "{output}")


def report(perf: str) -> tuple[str, ...]:
    """The command that sums it up."""
    return (perf, "c2c", "report", "-i", "{output}", "--stdio", "--stats")


def counted(text: str) -> Iterator[Count]:
    """The lines that are worth knowing; none where the text is no such report."""
    found = {name: float(number) for name, number in _LINE.findall(text)}
    for line, name in NAMES.items():
        if line in found:
            yield Count(name=name, value=found[line], source=SOURCE)
    loads = found.get("Load Operations", 0.0)
    if loads:
        hits = sum(found.get(name, 0.0) for name in ("Load Local HITM", "Load Remote HITM"))
        yield Count(name="HITM share of loads", value=hits / loads, source=SOURCE)
