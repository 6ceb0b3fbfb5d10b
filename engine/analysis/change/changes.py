"""Two journals become their changes: the runs that both measured, matched by id and compared as independent series.

Nothing pairs the two results, so what moved the machine between them is in every ratio: intervals allow for as much of
it as the rows show together, `differences` and the common shift warn of it, and no estimate is corrected for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence

from engine import stats, units
from engine.analysis.advice import FEW
from engine.analysis.change.conditions import conditions
from engine.analysis.change.differences import changed_kernels, differences, same_build
from engine.analysis.change.drift import disturbed, incomplete, shift
from engine.analysis.change.matching import Measured, names, only, renamed
from engine.analysis.comparison import comparison, corrected, errors_by_side
from engine.analysis.labels import run_label
from engine.analysis.results import Verdicts, verdicts
from engine.analysis.series import Series
from engine.errors import EngineError
from engine.model import (
    Changes,
    ClaimChange,
    Comparison,
    Estimate,
    Journal,
    RunChange,
    Sessions,
    Side,
    Uncompared,
)

LEAST = 2
"""Invocations that an interval needs on each side."""


def changes(before: Journal, after: Journal, called: tuple[str, str] = ("before", "after")) -> Changes:
    """What `after` measured against `before`; `called` is how the user calls them.

    Raises EngineError where they have no run in common that both measured often enough, and JournalError for a record
    that cannot be.
    """
    sides = Measured(before), Measured(after)
    rows, sessions, uncompared = _compared(*sides)
    alone = only(sides[0], sides[1], "after"), only(sides[1], sides[0], "before")
    unnamed = tuple(renamed(*sides))
    if not rows:
        raise EngineError(_nothing(called, uncompared, alone, unnamed))
    found = {row.run.scenario for row in rows}
    shared = [one for one in after.header.plan.scenarios if one.name in found]
    judged = verdicts(before, found), verdicts(after, found)
    control = _control(*sides)
    unlike = differences(
        before.header,
        after.header,
        found,
        {row.run.kernel for row in rows},
        {row.run.interpreter for row in rows},
    )
    return Changes(
        before=_side(called[0], before),
        after=_side(called[1], after),
        titles=tuple((one.name, one.title) for one in shared),
        confidence=max(row.comparison.ratio.confidence for row in rows),
        rows=rows,
        sessions=sessions,
        overall=stats.allowed_ratio(_overall(rows, sides), sessions),
        control=control,
        uncompared=tuple(uncompared),
        only_before=alone[0],
        only_after=alone[1],
        claims=tuple(_claims(*judged)),
        warnings=(
            *incomplete((before, after), called),
            *unlike,
            *shift(rows, control),
            *conditions(rows, *sides),
            *disturbed(*judged),
            *unnamed,
        ),
    )


def _compared(before: Measured, after: Measured) -> tuple[tuple[RunChange, ...], Sessions | None, list[Uncompared]]:
    """The rows, what lies between the sessions, and the runs of both plans that have too few numbers for a row.

    The rows allow for the sessions and are corrected for their number.
    """
    pairs: dict[str, tuple[Series, Series, float]] = {}
    uncompared = []
    axes_of = names((before, after))
    earlier = {run.id: run for run in before.runs}
    for run in after.runs:
        if run.id not in earlier:
            continue
        was, now = before.series(run), after.series(run)
        if was and now and min(len(was.times), len(now.times)) >= LEAST:
            pairs[run.id] = was, now, max(side.confidence[run.scenario] for side in (before, after))
        else:
            reason, broke = _why_not(was, now, before.failure(run), after.failure(run))
            label = run_label(run, axes_of[run.scenario])
            uncompared.append(Uncompared(scenario=run.scenario, label=label, reason=reason, broke=broke))
    found = {
        key: stats.compared([*now.times.values()], [*was.times.values()], confidence, paired=False)
        for key, (was, now, confidence) in pairs.items()
    }
    sessions = stats.sessions_apart([one.ratio for one in found.values()])
    allowed = {key: comparison(key, stats.allowed(one, sessions), paired=False) for key, one in found.items()}
    family = corrected(allowed)
    changed = changed_kernels(before.journal.header, after.journal.header)
    rows = (
        _row(was, now, run_label(now.run, axes_of[now.run.scenario]), family[key], changed)
        for key, (was, now, _) in pairs.items()
    )
    return tuple(rows), sessions, uncompared


def _row(was: Series, now: Series, label: str, made: Comparison, changed: Collection[str]) -> RunChange:
    above, below = tuple(now.times.values()), tuple(was.times.values())
    confidence = made.ratio.confidence
    notes = (
        ("kernel changed", now.run.kernel in changed),
        ("few invocations", min(len(above), len(below)) < FEW),
    )
    return RunChange(
        run=now.run,
        label=label,
        before=stats.positive_interval(below, confidence),
        after=stats.positive_interval(above, confidence),
        before_values=below,
        after_values=above,
        comparison=made,
        notes=tuple(note for note, applies in notes if applies),
    )


def _why_not(was: Series | None, now: Series | None, failed: str, fails: str) -> tuple[str, bool]:
    """Why a run of both plans has no row, and whether it broke between them."""
    told = []
    for one, failure, when in ((was, failed, "before"), (now, fails, "after")):
        count = len(one.times) if one else 0
        if count < LEAST:
            few = f"only {units.count(count, 'invocation')} {when}, {LEAST} are needed"
            told.append((few if count else f"no numbers {when}") + (f" ({failure})" if failure else ""))
    return "; ".join(told), bool(was and not now and fails)


def _nothing(
    called: tuple[str, str],
    uncompared: Sequence[Uncompared],
    only: tuple[Sequence[Uncompared], Sequence[Uncompared]],
    renamed: Sequence[str],
) -> str:
    """Why there is no row at all."""
    told = [
        (
            f"{called[0]} and {called[1]} have no run in common that both measured ({len(only[0])} runs only before, "
            f"{len(only[1])} only after, {len(uncompared)} without numbers enough)"
        ),
        *renamed,
        *(f"{one.scenario}: {one.label}: {one.reason}" for one in uncompared[:3]),
    ]
    return "; ".join(text.rstrip(".") for text in told)


def _overall(rows: Sequence[RunChange], sides: tuple[Measured, Measured]) -> Estimate:
    """The geometric mean of the ratios of the rows, which weigh the same."""
    pairs = [tuple(side.series(row.run) for side in sides) for row in rows]
    confidence = max(row.comparison.ratio.confidence for row in rows)
    return _mean([(was, now) for was, now in pairs if was and now], confidence)


def _control(before: Measured, after: Measured) -> Estimate | None:
    """How the control's one thread changed over all scenarios: C code of a build that is the same on both sides.

    Where that is not so, its change says nothing of the machine: None.
    """
    changed = changed_kernels(before.journal.header, after.journal.header)
    builds = {one.spec: one for one in before.plan.interpreters}
    alike = {one.spec for one in after.plan.interpreters if one.spec in builds and same_build(builds[one.spec], one)}
    found = []
    for group in after.plan.groups:
        run = group.runs[0]
        if not group.control or run.id not in before.homes or run.kernel in changed or run.interpreter not in alike:
            continue
        was, now = before.series(run), after.series(run)
        if was and now and min(len(was.times), len(now.times)) >= LEAST:
            found.append((was, now))
    return _mean(found, max(after.confidence.values())) if found else None


def _mean(pairs: Sequence[tuple[Series, Series]], confidence: float) -> Estimate:
    """The geometric mean of the ratios, after by before. What was measured in one round of a scenario errs together."""
    ratios = [stats.unpaired_ratio([*now.times.values()], [*was.times.values()], confidence) for was, now in pairs]
    if len(ratios) == 1:
        return dataclasses.replace(ratios[0], count=1)
    members = [
        stats.Member(
            value=ratio.value,
            stratum="row",
            errors={(now.run.scenario, *when): share for when, share in errors_by_side(now.times, was.times).items()},
        )
        for ratio, (was, now) in zip(ratios, pairs, strict=True)
    ]
    return stats.geometric_mean(members, confidence)


def _claims(before: Mapping[str, Verdicts], after: Mapping[str, Verdicts]) -> Iterator[ClaimChange]:
    """The claims that both results hold, word for word, with another verdict now."""
    for name, result in after.items():
        earlier = {one.claim: one.verdict for one in before[name].claims} if name in before else {}
        for one in result.claims:
            was = earlier.get(one.claim)
            if was and was != one.verdict:
                yield ClaimChange(scenario=name, claim=one.claim.text, before=was, after=one.verdict, why=one.why)


def _side(name: str, journal: Journal) -> Side:
    header = journal.header
    return Side(
        name=name,
        version=header.version,
        started=header.started,
        command=header.command,
        host=header.host,
        interpreters=header.plan.interpreters,
        finished=journal.finished,
    )
