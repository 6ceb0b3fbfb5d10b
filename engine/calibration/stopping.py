"""What stopping at a precision does to coverage: the engine's rule, others, and no stopping at all."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.calibration.candidates import student
from engine.calibration.finding import CONFIDENCE, POPULATION, Finding, Tally, blocks
from engine.calibration.noise import CORRELATIONS, SHAPES, located, pseudo_median
from engine.runner import SPARE
from engine.stats.estimate import bounds
from engine.stats.sample import Floats

FEWEST, MOST, PRECISION = 10, 40, 0.02
"""What scenarios ask for by default: `invocations` and `precision`."""

FIRST = FEWEST - SPARE
"""Invocations of the first interval that is looked at: the engine spares the last ones."""

SCATTERS = (0.04, 0.06, 0.08)
"""Standard deviations of an iteration: so that some runs stop at once, some on the way and some at the end."""

NOISES = tuple(name for name in SHAPES if name != "log-normal")
"""Log-normal is normal here: on the log scale they differ in size alone."""

Booleans = NDArray[np.bool_]
Rule = Callable[[Booleans], Booleans]
"""Whether the interval is narrow enough after each invocation from `FIRST` on (checks, samples) -> where to stop."""


def _late(narrow: Booleans) -> Booleans:
    """Looked at from the fewest invocations on, not before."""
    late = narrow.copy()
    late[: FEWEST - FIRST] = False
    return late


def _ago(narrow: Booleans, checks: int) -> Booleans:
    """Whether it was narrow so many checks ago."""
    before = np.zeros_like(narrow)
    before[checks:] = narrow[:-checks]
    return before


def _only_at(*numbers: int) -> Rule:
    """Looks only at these numbers of invocations."""
    return lambda narrow: narrow & np.isin(np.arange(len(narrow)) + FIRST, numbers)[:, np.newaxis]


ENGINE: Final = f"without the last {SPARE}"
AT_ONCE: Final = "at once"
TIGHTER: Final = "at 90 % of the precision"
RULES: Final[Mapping[str, Rule]] = {
    AT_ONCE: _late,
    "checks at 10, 14, 20, 28, 40": _only_at(10, 14, 20, 28, 40),
    "twice in a row": lambda narrow: _late(narrow) & _ago(_late(narrow), 1),
    TIGHTER: _late,
    "one more": lambda narrow: _ago(_late(narrow), 1),
    "two more": lambda narrow: _ago(_late(narrow), 2),
    "without the last one": lambda narrow: _late(_ago(narrow, 1)),
    ENGINE: lambda narrow: _late(_ago(narrow, SPARE)),
    "never (40)": np.zeros_like,
}
"""When measuring stops, at `FEWEST` invocations or later. More: after the interval has become narrow. Without: the
interval is that of all invocations but the last."""

STUDENT: Final = f"{ENGINE}, Student t"


def experiment(
    samples: int,
    generator: np.random.Generator,
    *,
    noises: Collection[str] = NOISES,
    population: int = POPULATION,
) -> tuple[Finding, ...]:
    """Every rule in every noise, with the engine's interval; and Student's t by the engine's rule."""
    found = []
    for name in noises:
        for correlation in CORRELATIONS:
            for scatter in SCATTERS:
                shape = dataclasses.replace(SHAPES[name], scatter=scatter)
                every = located(shape, correlation, generator, (1, population))[0]
                ours, mean = pseudo_median(every), float(every.mean())
                tallies = {method: Tally() for method in (*RULES, STUDENT)}
                spent = dict.fromkeys(tallies, 0)
                for size in blocks(samples):
                    values = located(shape, correlation, generator, (size, MOST))
                    low, high = _checks(values, lambda some: bounds(some, CONFIDENCE))
                    for method, rule in RULES.items():
                        precision = 0.9 * PRECISION if method == TIGHTER else PRECISION
                        spent[method] += _stop(low, high, rule, tallies[method], ours, precision=precision)
                    low, high = _checks(values, student)
                    spent[STUDENT] += _stop(low, high, RULES[ENGINE], tallies[STUDENT], mean)
                case = (("noise", name), ("correlation", f"{correlation:g}"), ("scatter", f"{scatter:.0%}"))
                for method, tally in tallies.items():
                    figures = tally.figures() | {"invocations": spent[method] / samples}
                    found.append(Finding(case=case, method=method, figures=figures))
    return tuple(found)


def _checks(values: Floats, interval: Callable[[Floats], tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """The interval after each invocation from the first that is looked at: (checks, samples)."""
    ends = [interval(values[:, :count]) for count in range(FIRST, MOST + 1)]
    return np.array([low for low, _ in ends]), np.array([high for _, high in ends])


def _stop(low: Floats, high: Floats, rule: Rule, tally: Tally, truth: float, *, precision: float = PRECISION) -> int:
    """Count the intervals that are there when the rule says stop; how many invocations that took, in all."""
    done = rule((high - low) / 2 <= math.log1p(precision))
    done[-1] = True
    check, sample = done.argmax(axis=0), np.arange(low.shape[1])
    tally.add(low[check, sample], high[check, sample], truth)
    return int((check + FIRST).sum())
