"""A kernel for the tests whose facts are \x1b[31mhostile\x1b[0m: each is one fault."""

PARAMS = {
    "huge": {"type": "integer", "minimum": 0x1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000, "default": 1, "description": "Beyond any float."},
    "bytes": {"type": "string", "default": b"x", "description": "No text of JSON."},
    "sets": {"type": "string", "enum": {"a", "b"}, "default": "a", "description": "No list of JSON."},
    "several": {"type": "string", "enum": [{1, 2}, {1, 2}], "default": "a", "description": "No values of JSON."},
    "complex": {"type": "number", "default": 1 + 2j, "description": "No number of JSON."},
    "deep": {"type": "string", "pattern": "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((", "default": "", "description": "Never closed."},
    "many": {"type": "string", "pattern": "a{99999999999999999999}", "default": "", "description": "Too often."},
    "slow": {"type": "string", "pattern": "(a|aa)+$", "default": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "description": "For ever."},
    "ends": {"type": "string", "pattern": "^a$", "default": "a\n", "description": "A text with a line end."},
    "shown": {"type": "string", "enum": ["\u202e"], "default": "\u202e", "description": "\x07"},
    "none": None,
}
METRICS = {"=cmd": {"unit": "\x1b[31m"}, "time": {}}
OPERATION = "\x1b]0;owned\x07"
OPERATIONS = 10**400


def setup(threads, *, huge, bytes, sets, several, complex, deep, many, slow, ends, shown, none):
    pass


def prepare(shared, index):
    pass


def run(own, loops):
    pass


def check(shared, owns, loops):
    pass
