"""A kernel with a syntax error."""


def setup(threads)
    return None
