"""A journal becomes results: the one bridge from records to statistics. Reads no file, prints nothing.

`series` (records -> one value per invocation), `comparison` (speedup, baseline), `claims` (verdicts), `advice`
(warnings), `warmup` (the first iterations), `scaling` (laws), `variance` (where time tells most), `pilots` (what
`iterations: auto` comes to), `contamination` (what others did to the CPUs), `disturbance` (what that means), `labels`
(runs in words), `widths` (what the runner stops by), `traces` (invocations in the order of time), `results` (all of
it, for every scenario), `scorecard` (over them); `change` (two journals), `selfcheck` (each interpreter beside itself).
"""

from engine.analysis.change import changes
from engine.analysis.pilots import iterations
from engine.analysis.results import analyse
from engine.analysis.traces import traces
from engine.analysis.widths import timed, widths

__all__ = ["analyse", "changes", "iterations", "timed", "traces", "widths"]
