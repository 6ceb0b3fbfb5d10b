"""Counts its loops, and twice in each of its first three iterations: as if something had to be warmed up."""

from itertools import repeat

COLD = 3


def setup(threads): return []
def prepare(shared, index): return [0]
def run(own, loops):
    own[0] += 1
    for _ in repeat(None, loops * 2 if own[0] <= COLD else loops):
        pass
def check(shared, owns, loops): pass
