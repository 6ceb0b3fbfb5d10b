"""Results -> pyperf's JSON 1.0: a file for each interpreter and state of its GIL, whose benchmarks pair by name.

One run of pyperf is one invocation, a value one iteration: seconds per operation, pooled over processes by pyperf. What
its loader refuses (pyperf/_bench.py, _metadata.py) is never written: values of 0, null, lists but `tags`, empty texts,
line ends, a name twice. `fteng_run` and `fteng_host` are for `fteng import`, which makes the same runs of them again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from engine import units
from engine.errors import EngineError
from engine.export.names import Name, named
from engine.export.samples import Measured, Sample, measured
from engine.export.shape import Export, File, Wishes
from engine.model import Interpreter, Journal, Results, Value
from engine.report.cells import plain, word
from engine.serial import to_plain

TARGET = "pyperf"
OPTIONS = ("--equalize", "--per-invocation")

Metadata = dict[str, Value]
VERBATIM = ("fteng_run", "fteng_host", "fteng_build")
"""JSON in one line, which no reader sees."""

Counts = dict[str, dict[str, list[int]]]
"""Name of a benchmark -> file -> the values of each of its runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """How much of a benchmark is written."""

    runs: int
    values: int


def export(results: Results, journal: Journal, wishes: Wishes) -> Export:
    """A file for each build. What is in it is read when it is written.

    Raises EngineError where `equalize` has nothing to make equal.
    """
    names = named(results)
    builds: dict[str, str] = {}
    counts: Counts = {}
    for one in measured(results, journal, wishes.pythons):
        name = names[one.result.run.id]
        builds[name.build] = one.result.run.interpreter
        kept = [1 if wishes.per_invocation else len(sample.values) for sample in one.samples]
        counts.setdefault(name.short, {})[name.build] = kept
    if wishes.equalize and len(builds) < 2:
        raise EngineError(
            "--equalize makes the files of several interpreters equal, and this is one; to compare two results: "
            "fteng compare"
        )
    shares = {name: _share(files.values()) for name, files in counts.items()} if wishes.equalize else {}

    def pieces(build: str) -> Iterator[str]:
        here = measured(results, journal, (builds[build],))
        benchmarks = (
            _benchmark(one, name, results, wishes, shares.get(name.short))
            for one in here
            if (name := names[one.result.run.id]).build == build
        )
        yield from _file(_common(results, journal, builds[build]), benchmarks)

    files = tuple(File(name=f"{build}.json", pieces=pieces(build)) for build in builds)
    return Export(files=files, notices=tuple(_notices(counts, shares, equalized=wishes.equalize)))


def _share(files: Iterable[Sequence[int]]) -> _Share:
    """What every file has of a benchmark: so many runs of so many values."""
    found = tuple(files)
    return _Share(runs=min(map(len, found)), values=min(chain.from_iterable(found)))


def _notices(counts: Counts, shares: Mapping[str, _Share], *, equalized: bool) -> Iterator[str]:
    """What `compare_to` would make of the files, or what was left out that it may be right."""
    paired = {name: files for name, files in counts.items() if len(files) > 1}
    uneven = {name: files for name, files in paired.items() if len({sum(found) for found in files.values()}) > 1}
    if equalized:
        total = sum(sum(found) for files in paired.values() for found in files.values())
        kept = sum(shares[name].runs * shares[name].values * len(files) for name, files in paired.items())
        yield (
            f"--equalize: {units.count(total - kept, 'value')} of {units.count(total)} left out, the last invocations "
            "and iterations of each benchmark"
        )
    elif uneven:
        name, files = next(iter(uneven.items()))
        told = ", ".join(f"{sum(found)} in {build}" for build, found in files.items())
        yield (
            f"warning: {len(uneven)} of {units.count(len(paired), 'benchmark')} have not the same number of values in "
            f"every file ({name}: {told}): pyperf compare_to cannot test those, and calls every difference "
            "significant. --equalize keeps the same number; fteng's own verdicts do not need it"
        )


def _file(common: Metadata, benchmarks: Iterable[Mapping[str, object]]) -> Iterator[str]:
    yield f'{{"version":"1.0","metadata":{_json(common)},"benchmarks":['
    for number, benchmark in enumerate(benchmarks):
        yield ("," if number else "") + "\n" + _json(benchmark)
    yield "\n]}\n"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _benchmark(one: Measured, name: Name, results: Results, wishes: Wishes, share: _Share | None) -> dict[str, object]:
    """One run of ours: its metadata, and a run of pyperf's for each invocation."""
    samples = one.samples[: share.runs] if share else one.samples
    runs = [_run(sample, wishes, share.values if share else len(sample.values)) for sample in samples]
    return {"metadata": _metadata(one, name, results), "runs": runs}


def _run(sample: Sample, wishes: Wishes, values: int) -> dict[str, object]:
    about = {
        "date": _date(sample.started),
        "duration": sample.duration,
        "loops": sample.loops,
        "mem_max_rss": sample.rss or None,
        "fteng_round": sample.round,
    }
    kept = [sample.location] if wishes.per_invocation else sample.values[:values]
    warmups = [] if wishes.per_invocation else [(sample.loops, value) for value in sample.warmups]
    return {"values": kept, **({"warmups": warmups} if warmups else {}), "metadata": _told(about)}


def _metadata(one: Measured, name: Name, results: Results) -> Metadata:
    """What is the same for all invocations of a run."""
    run, row, scenario = one.result.run, one.result, one.scenario
    time = dict(row.metrics)["time"]
    tags = [tag for tag in map(plain, scenario.tags) if tag and tag != "all"]
    told = {
        "name": name.short,
        "description": scenario.title,
        "inner_loops": scenario.kernel.operations,
        "threads": run.threads,
        "affinity": run.affinity,
        "gil": run.gil,
        "gil_enabled": row.gil,
        "switch_interval": run.switch_interval,
        **{f"parameter_{key}": value for key, value in run.parameters},
        "fteng_location": results.location,
        "fteng_time": time.value,
        "fteng_time_low": time.low,
        "fteng_time_high": time.high,
        "fteng_confidence": time.confidence,
        "fteng_flags": ", ".join(row.flags),
        "fteng_run": _json(to_plain(run)),
    }
    return _told(told) | ({"tags": tags} if tags else {})


def _common(results: Results, journal: Journal, spec: str) -> Metadata:
    """What is the same for a whole file: the interpreter, the machine, fteng."""
    here = next((one for one in results.interpreters if one.spec == spec), None)
    facts, cpus = dict(results.host.facts), journal.header.plan.cpus
    told = {
        "unit": "second",
        "fteng_version": results.version,
        "fteng_interpreter": spec,
        "fteng_command": results.command,
        "fteng_host": _json({"facts": facts, "cpus": cpus}),
        "cpu_count": len(cpus),
        "cpus": units.ranges(cpus),
        "cpu_model_name": facts.get("CPU"),
        "platform": facts.get("system"),
        "aslr": facts.get("ASLR"),
        **(_interpreter(here) if here else {}),
    }
    return _told(told)


def _interpreter(here: Interpreter) -> Metadata:
    """Under pyperf's names what it would tell, under ours what it does not."""
    return {
        "python_version": f"{here.version} (64-bit)" if here.machine.endswith("64") else here.version,
        "python_implementation": here.implementation.lower(),
        "python_executable": here.executable,
        "python_compiler": here.compiler,
        "python_config_args": here.config_args,
        "python_cflags": here.cflags,
        "free_threaded": here.free_threaded,
        "fteng_build": _json(to_plain(here)),
    }


def _told(found: Mapping[str, Value]) -> Metadata:
    """What pyperf accepts of it: numbers, and texts of one line that are not empty."""
    made: Metadata = {}
    for key, value in found.items():
        if isinstance(value, (bool, int)):
            made[plain(key)] = value
        elif isinstance(value, float):
            if math.isfinite(value):
                made[plain(key)] = value
        elif value is not None and (text := value if key in VERBATIM else plain(word(value))):
            made[plain(key)] = text
    return made


def _date(started: str) -> str | None:
    """As pyperf writes it, but in UTC; None for what is no time."""
    try:
        return f"{datetime.fromisoformat(started).astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return None
