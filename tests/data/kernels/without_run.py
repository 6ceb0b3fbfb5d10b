"""Threads have nothing to run."""


def setup(threads):
    return None


def prepare(shared, index):
    return None




def check(shared, owns, loops):
    pass
