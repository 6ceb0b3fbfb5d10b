"""Counts its loops, and in each iteration half as many again as in the one before: as if something grew."""

from itertools import repeat


def setup(threads): return []
def prepare(shared, index): return [0]
def run(own, loops):
    own[0] += 1
    for _ in repeat(None, int(loops * 1.5 ** own[0])):
        pass
def check(shared, owns, loops): pass
