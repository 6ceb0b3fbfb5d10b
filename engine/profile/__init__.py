"""One run, looked at closer -> Profiles: extra invocations under perf, py-spy and the interpreter's own eyes.

`tools` (what this machine lets us use, and why not), `counted` (counters and the interpreter itself), `sampled` (where
the time goes), `shared` (cache lines that threads fight for), `invocations` (starts them). Their numbers are in no
estimate; docs/profiles.md tells what each means and what permission it needs.
"""

from engine.profile.invocations import Asked, Profiler

__all__ = ["Asked", "Profiler"]
