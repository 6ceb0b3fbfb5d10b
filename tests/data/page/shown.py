"""Counts its loops, on purpose slowly for two."""
PARAMS = {"work": {"type": "string", "enum": ["few", "many", "wrong", "<b>x"], "default": "few", "description": "which", "unit": "<i>"}}
METRICS = {"odd": {"unit": "<u>", "description": "a metric"}}
def setup(threads, *, work): return work
def prepare(shared, index): return [0, shared]
def run(own, loops):
    total = 0
    if own[1] == "many":
        for number in range(loops):
            total += sum((number, 2, 3, 4, 5, 6, 7, 8))
    else:
        for number in range(loops):
            total += number
    own[0] += loops
def check(shared, owns, loops):
    assert shared != "wrong", "a wrong <answer>"
    return {"odd": float(len(owns))}
