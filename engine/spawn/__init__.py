"""One request -> one child -> one reply; the only room with `import subprocess`. Knows nothing of scenarios or numbers.

`worker` asks one worker, `process` runs any command to its end, `output` holds what it reads and writes, `lifeline`
ends it when the engine dies, `leftovers` ends what it started, `threads` says what it did when its time was up, `tool`
is a profiler around it.
"""

from engine.spawn.leftovers import FILE_LIMIT
from engine.spawn.output import OUT_LIMIT
from engine.spawn.process import STACKS_GRACE, Finished, command
from engine.spawn.tool import Tool
from engine.spawn.worker import LAYOUT_SPAN, PASSED_ON, UNHEARD, ask, unheard, worker_environment

__all__ = [
    "FILE_LIMIT",
    "LAYOUT_SPAN",
    "OUT_LIMIT",
    "PASSED_ON",
    "STACKS_GRACE",
    "TAIL",
    "UNHEARD",
    "Finished",
    "Tool",
    "ask",
    "command",
    "tail",
    "unheard",
    "worker_environment",
]

TAIL = 4000
"""Characters of stderr, or of a traceback, that are kept."""


WIDTH = 400
"""Characters of a line that are kept, half of them from its end."""


def tail(text: str) -> str:
    """The last lines of a long output, none of them endless."""
    short = "\n".join(
        line if len(line) <= WIDTH else f"{line[: WIDTH // 2]} ... {line[-WIDTH // 2 :]}" for line in text.split("\n")
    )
    return short if len(short) <= TAIL else "..." + short[-TAIL:]
