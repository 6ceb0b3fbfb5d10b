"""Counts its loops."""

from itertools import repeat

METRICS = {"total": {"unit": "", "description": "Loops of all threads."}}


def setup(threads): return []
def prepare(shared, index): return [0]
def run(own, loops):
    for _ in repeat(None, loops):
        pass
    own[0] += loops
def check(shared, owns, loops):
    assert all(own == [loops] for own in owns), (owns, loops)
    return {"total": sum(own[0] for own in owns)}
