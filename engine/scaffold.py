"""A name -> a commented scenario or kernel to start from, which validates and runs as it is. Overwrites nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

from engine import resources
from engine.errors import EngineError

NAME = re.compile(r"[a-z][a-z0-9_]*")

SCENARIO = """\
# yaml-language-server: $schema={schema}
#
# fteng validate {file}    every fault of this file
# fteng plan {file}        what would be run, and why not
# fteng run {file} --fast  a first look; without --fast, narrower intervals
#
# Every key is explained in docs/scenario.md, and by an editor that knows the line above.

title: {title}
question: Does pure Python code run faster on several threads?   # what this file answers

kernel: cpu_contention       # `fteng list kernels` lists them; or your own, ./mine.py (`fteng new kernel mine`)

interpreters: [3.13, 3.13t]  # t: the free-threaded build; those that are missing here are skipped

matrix:                      # every list is an axis; the runs are all combinations
  threads: [1, cpus]         # numbers, or words: cpus, cpus/2, cpus*2
  work: [integer, call]      # a parameter of this kernel
  # affinity: [none, spread] # which CPUs each thread may use
  # gil: [default, on]       # on: a free-threaded build with its lock

# exclude:                   # combinations to leave out
#   - {{threads: 1, work: call}}

baseline: {{interpreter: 3.13}}  # what the others are compared with

measure:
  time_limit: 2m             # everything else has a default: invocations, precision, ...

claims:                      # what you expect; the report says whether it holds
  - claim: Without the GIL, several threads do more than one
    ratio: throughput
    of: {{threads: cpus}}
    to: {{threads: 1}}
    where: {{gil: off}}
    above: 1.3

tags: [draft]
"""

KERNEL = '''\
"""Threads append to a list and pop from it: say here in one line what yours times.

Say here what it stresses, what to expect on which build, what it does not show, and where the idea comes from.
docs/kernel.md has the rules and the traps. Use it from a scenario with `kernel: ./{name}.py`.
"""

from itertools import repeat

# Literals only: fteng reads them without running this file. Each parameter is a small JSON Schema.
PARAMS = {{
    "sharing": {{
        "type": "string",
        "enum": ["private", "shared"],
        "default": "private",
        "description": "Each thread has a list of its own, or all have one.",
    }},
}}
METRICS = {{"left_over": {{"unit": "", "description": "Items that are still in the lists at the end."}}}}
OPERATION = "one append and one pop"
OPERATIONS = 1  # operations in one loop of `run`


def setup(threads, *, sharing):
    """What all threads share. Untimed, once for each number of threads, in the main thread."""
    return {{"sharing": sharing, "items": []}}


def prepare(shared, index):
    """What one thread works on. Untimed, in that thread: what it makes here, it owns."""
    return shared["items"] if shared["sharing"] == "shared" else []


def run(own, loops):
    """The timed part, in each thread. Everything it touches comes in `own`; no globals, no closures, no clock."""
    append, pop = own.append, own.pop  # looked up once, outside the loop
    for _ in repeat(None, loops):
        append(None)
        pop()


def check(shared, owns, loops):
    """Whether the answer is right. Untimed; `loops` is what each thread has run so far, warm-up included."""
    left = sum(len(own) for own in owns)
    assert left == 0, f"{{left}} items are left over"
    return {{"left_over": left}}
'''


def new_scenario(name: str, folder: Path | str = ".") -> Path:
    """Write `<folder>/<name>.yaml`; the name may have folders: `gil/mine`. Raises EngineError if that cannot be."""
    path = _path(name, folder, ".yaml")
    title = Path(name).name.replace("_", " ").capitalize()
    return _write(path, SCENARIO.format(schema=_schema_from(path.parent), file=path.name, title=title))


def new_kernel(name: str, folder: Path | str = ".") -> Path:
    """Write `<folder>/<name>.py`. Raises EngineError if that cannot be."""
    path = _path(name, folder, ".py")
    return _write(path, KERNEL.format(name=path.stem))


def _path(name: str, folder: Path | str, suffix: str) -> Path:
    name = name.removesuffix(suffix)
    if not all(NAME.fullmatch(part) for part in name.split("/")):
        raise EngineError(
            f"{name!r} is no name: small letters, digits and _, beginning with a letter, like lock_handover"
        )
    return Path(folder).expanduser() / f"{name}{suffix}"


def _schema_from(folder: Path) -> str:
    """The schema as an editor finds it from `folder`: relative inside a checkout, so that the file can be shared."""
    schema, home = resources.schema(), resources.home()
    folder = folder.resolve()
    return os.path.relpath(schema, folder) if folder.is_relative_to(home) else schema.as_uri()


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise EngineError(f"{path} exists already; take another name, or remove it first") from None
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}") from None
    return path
