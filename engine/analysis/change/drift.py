"""What was compared becomes the warning that the machine moved, or was not quiet; corrects no number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine import stats, units
from engine.analysis.advice import DOUBTFUL
from engine.analysis.results import Verdicts
from engine.model import Estimate, Journal, RunChange

SHIFTED = 6
"""Rows from which on their ratios can have an interval by ranks, and with it a common shift."""
NEARLY_ALL = 0.9
"""Share of the rows that go one way where the reason is common to them."""


def shift(rows: Sequence[RunChange], control: Estimate | None) -> Iterator[str]:
    """That nearly all runs moved one way, which a machine does more often than a change of code."""
    ratios = [row.comparison.ratio.value for row in rows]
    common = stats.positive_interval(ratios, 0.95)
    for way, count, beyond in (
        ("slower", sum(ratio > 1 for ratio in ratios), common.low > 1 + stats.MARGIN),
        ("faster", sum(ratio < 1 for ratio in ratios), common.high < 1 / (1 + stats.MARGIN)),
    ):
        if len(ratios) >= SHIFTED and beyond and count >= NEARLY_ALL * len(ratios):
            yield (
                f"Nearly all runs moved the same way: {count} of {len(ratios)} are {way}, the middle one "
                f"{units.interval(common.low, common.value, common.high)} times as long. The machine (its clock, other "
                "tenants, heat) is the likelier cause than what was changed, unless that touches all code. No "
                "estimate is corrected for it. To know, measure both in one run: two interpreters of one scenario are "
                f"measured in turns, and what moves the machine cancels.{_still(control)}"
            )
    yield from _moved(control)


def _still(control: Estimate | None) -> str:
    """That the control speaks against the machine."""
    if not control or not 1 / (1 + stats.MARGIN) <= control.low <= control.high <= 1 + stats.MARGIN:
        return ""
    held = units.interval(control.low, control.value, control.high)
    return f" The control, a checksum in C on the same build, kept its time ({held}): that speaks against the machine."


def _moved(control: Estimate | None) -> Iterator[str]:
    """That even the control moved."""
    if control and (control.low > 1 + stats.MARGIN or control.high < 1 / (1 + stats.MARGIN)):
        yield (
            "The machine itself changed its speed: the control, a checksum in C on the same build, took "
            f"{units.interval(control.low, control.value, control.high)} times as long on one thread. Expect every "
            "ratio to hold a part of that."
        )


def disturbed(before: Mapping[str, Verdicts], after: Mapping[str, Verdicts]) -> Iterator[str]:
    """The scenarios during which the machine had not a CPU for each thread."""
    for when, results in (("before", before), ("after", after)):
        names = [name for name, one in results.items() if one.disturbed > DOUBTFUL]
        if names:
            yield (
                f"Machine disturbed {when}: {', '.join(names[:3])}{' and more' if len(names) > 3 else ''}: work that "
                "needs no lock did not scale in many rounds, so times of several threads are too long on that side. "
                "Repeat it when the machine is quiet."
            )


def incomplete(journals: tuple[Journal, Journal], names: tuple[str, str]) -> Iterator[str]:
    """That one of them is only a part."""
    for journal, name in zip(journals, names, strict=True):
        if journal.damage:
            places = "; ".join(journal.damage[:3]) + ("; and more" if len(journal.damage) > 3 else "")
            yield f"{name} is damaged, and what its damaged lines held is missing here: {places}."
        if not journal.finished:
            yield f"{name} is not complete: it was interrupted, or is still being measured."
