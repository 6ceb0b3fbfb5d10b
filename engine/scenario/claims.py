"""The claims of a draft -> Claims: one quantity, one relation, bounds that can hold, runs that exist."""

from __future__ import annotations

from typing import get_args

from engine.document import Keys
from engine.model import UNITS, Claim, Relation, Selector
from engine.scenario.axes import Known, selector
from engine.scenario.draft import Draft
from engine.schema import did_you_mean

RELATIONS: tuple[Relation, ...] = get_args(Relation)

RATIOS = ("speedup", "efficiency", "scaling", "slowdown")
"""Words for what fteng writes as a ratio of throughputs."""


def claims(draft: Draft, known: Known) -> tuple[Claim, ...]:
    """Every claim that is sound; the faults of the others go to the draft."""
    found = []
    for keys in draft.items("claims"):
        if not isinstance(draft.at(keys), dict):
            continue
        of, to, where = (_selector(draft, (*keys, name), known) for name in ("of", "to", "where"))
        quantity, relation = _quantity(draft, keys), _relation(draft, keys)
        if "to" in draft.at(keys) and of == to:
            draft.report((*keys, "to"), "`of` and `to` select the same runs", "their ratio is 1 whatever is measured")
        if quantity and relation and draft.sound(*keys):
            found.append(
                Claim(
                    text=draft.at(keys)["claim"].strip(),
                    quantity=draft.at(keys)[quantity],
                    ratio=quantity == "ratio",
                    of=of,
                    to=to,
                    where=where,
                    relation=relation,
                    bounds=_bounds(draft, (*keys, relation)),
                )
            )
    return tuple(found)


def _selector(draft: Draft, keys: Keys, known: Known) -> Selector:
    return selector(draft, keys, known) if keys[-1] in draft.at(keys[:-1]) else Selector()


def _quantity(draft: Draft, keys: Keys) -> str | None:
    """`ratio` or `metric`, whichever the claim has; faults are reported."""
    claim = draft.at(keys)
    given = [name for name in ("ratio", "metric") if name in claim]
    if len(given) != 1:
        found = "both" if given else "neither"
        draft.report(keys, f"expected either `ratio` or `metric`, found {found}", "for example ratio: throughput")
        return None
    lacking = [name for name in ("of", "to") if name not in claim]
    if given == ["ratio"] and lacking:
        draft.report(keys, f"a ratio needs {' and '.join(f'`{name}`' for name in lacking)}", "the runs to compare")
    if given == ["metric"] and "to" in claim:
        draft.report((*keys, "to"), "`to` has a meaning for ratios only", "write ratio instead of metric", at_key=True)
    if draft.sound(*keys, given[0]):
        _is_metric(draft, (*keys, given[0]))
    return given[0]


def _is_metric(draft: Draft, keys: Keys) -> None:
    name = draft.at(keys)
    own = [metric.name for metric in draft.kernel.metrics] if draft.kernel else []
    if name == "net" and "overhead" not in draft.data:
        hint = "`overhead:` names the run whose time is taken off, for example `overhead: {instruction: loop}`"
        draft.report(keys, "there is no metric 'net' in a scenario without `overhead`", hint)
        return
    if name in UNITS or name in own or draft.kernel is None:
        return
    hint = did_you_mean(name, (*UNITS, *own))
    if name in RATIOS:
        hint = "it is `ratio: throughput` with `of: {threads: cpus}` and `to: {threads: 1}`"
    draft.report(keys, f"there is no metric {name!r}", hint)


def _relation(draft: Draft, keys: Keys) -> Relation | None:
    """The one relation of the claim; faults are reported."""
    given = [name for name in RELATIONS if name in draft.at(keys)]
    if len(given) != 1:
        found = " and ".join(given) if given else "none"
        hint = "for a range, write between: [low, high]" if given else "for example above: 1.5"
        draft.report(keys, f"expected one of {', '.join(RELATIONS)}, found {found}", hint)
        return None
    if given[0] == "between" and draft.sound(*keys, "between"):
        low, high = draft.at((*keys, "between"))
        if low >= high:
            hint = f"write [{high}, {low}]" if low > high else f"write equals: {low}"
            draft.report((*keys, "between"), f"nothing lies between {low} and {high}", hint)
    return given[0]


def _bounds(draft: Draft, keys: Keys) -> tuple[float, ...]:
    found = draft.at(keys)
    return tuple(map(float, found)) if isinstance(found, list) else (float(found),)
