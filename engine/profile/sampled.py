"""What py-spy and perf wrote -> functions and their samples, of the timed code alone as far as it can be told.

py-spy (`--format raw`): a line for each stack, its frames from the outside in, joined by ";", and a number. perf
(`report -t '|'`): a line for each function, with its samples, its file and its name. Starts nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

RATE = 499
"""Samples that perf takes in a second of CPU time, and a prime number: nothing else beats at it."""
SPY_RATE = 97
"""Of py-spy, which stops the process for each."""

SPY_READY = "Sampling process"
OURS = ("worker.py", "inspection.py", "watch.py")
TIMED = "timed ("
KEPT = 30
"""Functions that are kept; the rest is summed up."""
REST = "others"

Hot = tuple[tuple[str, float], ...]


def spy_words(spy: str) -> tuple[str, ...]:
    """The command: native frames as well, so that a wait for the GIL is seen as one."""
    how = ("--native", "--function", "--format", "raw", "--rate", str(SPY_RATE), "--duration", "unlimited")
    return (spy, "record", *how, "--output", "{output}", "--pid", "{pid}")


def perf_words(perf: str) -> tuple[str, ...]:
    """The command."""
    how = ("-q", "-B", "-N", "-F", str(RATE), "-D", "-1", "--control", "{control}")
    return (perf, "record", *how, "-o", "{output}", "--")


def perf_report(perf: str) -> tuple[str, ...]:
    """The command that makes a list of functions of it."""
    return (perf, "report", "-i", "{output}", "--stdio", "-q", "-F", "sample,dso,sym", "-t", "|")


def of_spy(text: str) -> Hot:
    """The innermost function of each stack that lies in the timed code."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        stack, _, number = line.rpartition(" ")
        frames = stack.split(";")
        starts = [place for place, frame in enumerate(frames) if frame.startswith(TIMED) and "worker.py" in frame]
        if not starts or not number.isdecimal():
            continue
        within = [frame for frame in frames[starts[-1] + 1 :] if not frame.startswith("0x")]
        first = next((frame for frame in within if ".py" in frame), "")
        if first and not any(name in first for name in OURS):
            found[_function(within[-1])] += int(number)
    return _hottest(found.items())


def of_perf(text: str) -> Hot:
    """The functions that perf lists, those of the interpreter and of the kernel of the system."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|", 2)]
        if len(cells) == 3 and cells[0].isdecimal():
            place, name = cells[1].strip("[]").removesuffix(".kallsyms"), cells[2].partition("] ")[2].strip()
            named = bool(name) and not name.startswith("0x")
            found[f"{name} ({place})" if named else f"without a name ({place})"] += int(cells[0])
    return _hottest(found.items())


def _function(frame: str) -> str:
    """A frame without its line: "run (counting.py)"."""
    name, _, place = frame.rpartition(" (")
    file, _, line = place.rstrip(")").rpartition(":")
    return f"{name} ({Path(file).name})" if name and line.isdecimal() else frame


def _hottest(found: Iterable[tuple[str, int]]) -> Hot:
    ordered = sorted(found, key=lambda pair: (-pair[1], pair[0]))
    rest = sum(number for _, number in ordered[KEPT:])
    return (*((name, float(number)) for name, number in ordered[:KEPT]), *(((REST, float(rest)),) if rest else ()))
