"""Threads do nothing, without parameters."""


def setup(threads):
    return None


def prepare(shared, index):
    return None


def run(own, loops):
    pass


def check(shared, owns, loops):
    pass
