"""Threads add to slots of their own.

A small kernel for the tests: every type of parameter, a metric, several bodies.
"""

from itertools import repeat

PARAMS = {
    "padding": {
        "type": "integer",
        "minimum": 0,
        "maximum": 4096,
        "multipleOf": 8,
        "default": 0,
        "unit": "bytes",
        "description": "Bytes between two slots.",
    },
    "sharing": {"type": "string", "enum": ["private", "shared"], "default": "private", "description": "Whose slot it is."},
    "weight": {"type": "number", "exclusiveMinimum": 0, "default": 1, "description": "What is added."},
    "checked": {"type": "boolean", "default": True, "description": "Whether the sum is looked at."},
}
METRICS = {"lost_updates": {"unit": "", "description": "Share of the updates that are not in the sum."}}
OPERATION = "one addition"
OPERATIONS = 2


def setup(threads, *, padding, sharing, weight, checked):
    return {"slot": [0.0], "sharing": sharing, "checked": checked, "weight": weight}


def prepare(shared, index):
    return shared["slot"] if shared["sharing"] == "shared" else [0.0]


def choose(*, padding, sharing, weight, checked):
    return add


def add(own, loops):
    for _ in repeat(None, loops):
        own[0] += 1.0
        own[0] += 1.0


def check(shared, owns, loops):
    return {"lost_updates": 0}
