"""Conditions become flags of a run, with lessons, and what they mean for a claim; knows no record and no probe.

Each limit is above what a quiet machine shows and no larger than what would change a verdict (docs/method.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine import stats
from engine.model import Conditions, Estimate, RunResult

OTHERS = 0.05
"""Share of the usable CPUs that other programs may use."""
MISSING = 0.25
"""Or how much of a CPU may be lacking where each thread should have one."""
LOST = stats.MARGIN
"""Share of the usable CPUs' time that a host or a quota may take: two that are called the same may differ as much."""
OFTEN = 0.10
"""Share of the iterations in which a CPU may be slow; that of the rounds in which the control may fail to scale."""
UNEVEN = 1.05
"""Ratio of the probe on two sides up to which they are called alike: beside two threads it is 1 to 4 % slower than
beside one, even where each has a core."""

TIMED = {"time", "throughput", "net", "fairness", "cpu", "switches", "skew"}
"""Quantities that a disturbance changes; what a kernel counts or CPython specialises it does not."""


def _disturbed(result: RunResult, found: Conditions, cpus: int) -> bool:
    if found.busy is None:
        return False
    lacking = result.run.threads + found.busy - cpus
    return found.busy > OTHERS * cpus or (result.run.threads <= cpus and lacking > MISSING)


def _stolen(_: RunResult, found: Conditions, __: int) -> bool:
    return found.stolen is not None and found.stolen > LOST


def _throttled(_: RunResult, found: Conditions, __: int) -> bool:
    return found.throttled is not None and found.throttled > LOST


def _slowed(_: RunResult, found: Conditions, __: int) -> bool:
    return found.slow is not None and found.slow > OFTEN


def _shared(result: RunResult, found: Conditions, __: int) -> bool:
    """Under a GIL threads take turns, and so do their probes."""
    return not result.gil and found.speedup is not None and found.speedup.low > UNEVEN


def _uneven(result: RunResult, found: Conditions, cpus: int) -> bool:
    ratios = [found.against, None if _shared(result, found, cpus) else found.speedup]
    return any(map(apart, ratios))


def apart(ratio: Estimate | None) -> bool:
    """Whether two sides surely met CPUs of different speed."""
    return ratio is not None and (ratio.low > UNEVEN or ratio.high < 1 / UNEVEN)


LESSONS: dict[str, tuple[Callable[[RunResult, Conditions, int], bool], str, str]] = {
    "disturbed": (
        _disturbed,
        "other programs used the CPUs",
        (
            "other programs used more than 5 % of the CPUs meanwhile, or left less than one for each thread: times "
            "are too long and speedups too small. Close what else is running (`top` shows it) and measure again."
        ),
    ),
    "stolen": (
        _stolen,
        "the host took CPU time",
        (
            "the host of this virtual machine took more than 1 % of the CPUs' time for others (steal): times are too "
            "long, those of several threads most. Measure on a machine of your own, or at a quieter hour."
        ),
    ),
    "throttled": (
        _throttled,
        "a quota stopped threads",
        (
            "the quota of a cgroup stopped threads for more than 1 % of the CPUs' time: several threads spend it "
            "sooner than one, so times hold the waiting and speedups say nothing. Lift it (docker run without --cpus; "
            "CPUQuota= of a systemd unit), or measure with as few threads as it allows."
        ),
    ),
    "slowed": (
        _slowed,
        "the CPUs were slow by turns",
        (
            "in more than 10 % of the iterations a fixed piece of work beside them took over 1.3 times its usual CPU "
            "time: the CPUs were slow by turns (another tenant on the core, heat, a power limit), which neither steal "
            "nor CPU time shows. No number is corrected: a time here is one of a mixture, and a ratio holds only as "
            "far as both sides met the same. Measure again when it is quiet, or on a machine of your own."
        ),
    ),
    "shared": (
        _shared,
        "the CPUs were slower together",
        (
            "each CPU was more than 5 % slower by the probe while these threads ran at once than while one ran alone: "
            "the CPUs share a core (SMT, which a virtual machine may hide) or their clock falls under load. So the "
            "speedup is what these CPUs can give, not what the code could. Give each thread a core (`affinity: "
            "cores`), or hold it against the control."
        ),
    ),
    "uneven": (
        _uneven,
        "the two sides met CPUs of different speed",
        (
            "the two sides of its ratio met CPUs of different speed: by the probe beside each iteration more than 5 % "
            "lie between them, proven. The ratio holds that difference, uncorrected, so it is no finding about the "
            "code. Measure again when the machine is quiet, with more invocations."
        ),
    ),
}
"""Flag -> when it applies, what it means for a claim, and what it means and what to do."""


def flags(result: RunResult, cpus: int) -> tuple[str, ...]:
    """The flags of a run that its conditions raise: keys of `LESSONS`, in their order."""
    found = result.conditions
    return tuple(flag for flag, (applies, *_) in LESSONS.items() if applies(result, found, cpus)) if found else ()


def remark(quantity: str, raised: Collection[str], *, lacking: bool = False) -> str:
    """What is to be said behind the verdict on a claim whose runs have these flags; "" where nothing is.

    `lacking`: by the control there was not a CPU for each thread, which is said of any quantity.
    """
    timed = [words for flag, (_, words, _) in LESSONS.items() if flag in raised] if quantity in TIMED else []
    said = ["the machine was disturbed"] * lacking + timed
    if not said:
        return ""
    return f" Meanwhile {', '.join(said)} (see Warnings): that may be the reason."
