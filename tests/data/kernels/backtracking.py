"""A kernel for the tests: its pattern takes for ever on texts that almost match."""

PARAMS = {"word": {"type": "string", "pattern": "^(a|aa)+$", "default": "aaa", "description": "Any number of a."}}


def setup(threads, *, word):
    return [0]


def prepare(shared, index):
    return shared


def run(own, loops):
    for _ in range(loops):
        own[0] += 1


def check(shared, owns, loops):
    pass
