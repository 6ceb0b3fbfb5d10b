"""The series of a run's iterations become what is known of its warm-up; knows no flag and no other run."""

from __future__ import annotations

import numpy as np

from engine import stats
from engine.analysis.series import Series
from engine.errors import JournalError
from engine.model import Warmup


def warmup(one: Series, confidence: float) -> Warmup:
    """From when on the iterations of a run are steady, as far as all its invocations reach.

    Where they had different numbers of warm-up iterations, the smallest counts. Raises JournalError for an iteration
    that cannot be.
    """
    common = min(walls.size for walls in one.walls)
    times, declared = np.array([walls[:common] for walls in one.walls]), min(one.warmups)
    if not (times > 0).all():
        raise JournalError(f"run {one.run.id}: the journal holds an iteration that cannot be (its clocks)")
    batches, width, first = stats.batches(times, declared)
    found = stats.settling(batches, confidence, kept=(declared - first) // width)
    return Warmup(
        relative=found.relative,
        declared=declared,
        settled=None if found.settled is None else first + width * found.settled if found.settled else 0,
        known=found.known,
        proven=found.proven,
        drift=found.drift if found.drifts else None,
        first=first,
        width=width,
    )
