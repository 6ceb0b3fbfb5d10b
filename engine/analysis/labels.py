"""Runs, groups and pairs of runs in words, as short as they can be told apart; knows no numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.model import HARNESS_AXES, Run, Value


def axes(run: Run) -> tuple[str, ...]:
    """The names of all axes of a run."""
    return (*HARNESS_AXES, *(name for name, _ in run.parameters))


def varying(runs: Iterable[Run]) -> tuple[str, ...]:
    """The axes in which these runs differ; `interpreter` is always among them, for no number means much without it."""
    found = tuple(runs)
    names = axes(found[0])[1:] if found else ()
    differing = [name for name in names if any(run.axis(name) != found[0].axis(name) for run in found)]
    return ("interpreter", *differing)


def run_label(run: Run, names: Sequence[str]) -> str:
    """A run by some of its axes: "3.13t, 2 threads, padding 64"."""
    return ", ".join(_words(name, run.axis(name)) for name in names)


def group_label(runs: Sequence[Run], names: Sequence[str]) -> str:
    """A group by what its runs share."""
    return run_label(runs[0], [name for name in names if name != "threads"])


def pair_label(of: Run, to: Run, names: Sequence[str]) -> str:
    """Two runs by what they share, then what sets them apart: "3.13t, padding 64: 2 threads against 1 thread"."""
    shared = [name for name in names if of.axis(name) == to.axis(name)]
    apart = [name for name in axes(of) if of.axis(name) != to.axis(name)]
    against = f"{run_label(of, apart)} against {run_label(to, apart)}"
    return f"{run_label(of, shared)}: {against}" if shared else against


def threads(count: Value) -> str:
    """How many, in words: "1 thread", "2 threads"."""
    return f"{count} thread" + ("s" if count != 1 else "")


def _words(name: str, value: Value) -> str:
    match name:
        case "interpreter":
            return str(value)
        case "threads":
            return threads(value)
        case "gil":
            return f"GIL {value}"
        case "switch_interval":
            return f"switch interval {value}"
        case "affinity" if isinstance(value, tuple):
            return "affinity " + " ".join("[" + ",".join(map(str, cpus)) + "]" for cpus in value)
        case _:
            return f"{name} {str(value).lower() if isinstance(value, bool) else value}"
