import os

COUNT = os.cpu_count()
PARAMS = {
    "threads": {"type": "int", "default": 1, "description": "A name that is taken, a type that is none."},
    "padding": {"type": "integer", "multipleOf": 8, "default": 7, "description": "A default that does not fit."},
    "mode": {"type": "string", "enum": ["fast", 1], "default": "fats", "description": "Nor do these."},
    "sharing": {"type": "string", "enum": ["private", 1], "default": "privat", "description": "", "help": "?"},
    "nothing": {},
    "nothing": {},
    "sort key": {"type": "string", "pattern": "[", "default": "a", "description": "No argument, no pattern."},
}
METRICS = {"time": {"unit": "s"}, "lost": {"units": "s"}}
OPERATION = ""
OPERATIONS = COUNT
GC = 1


def setup(threads, padding):
    pass


async def prepare(shared, index):
    pass


def run(own, loops, *, padding):
    pass


def choose(*, padding):
    return run


def check(*arguments):
    pass
