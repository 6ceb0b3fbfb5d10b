"""A file of pyperf (JSON 1.0, plain or gzip) -> its benchmarks as plain numbers, or one fault with its place.

Formats before 1.0 differ in what a warm-up value is; `python -m pyperf convert` brings them up to date. The rules are
those of pyperf's own loader (pyperf/_bench.py, _metadata.py), and some for what could not have been measured.
"""

from __future__ import annotations

import gzip
import json
import math
import stat
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError, visible

VERSION = "1.0"
LARGEST = 256 * 2**20
"""Bytes of JSON, unpacked, that are read: a file of a hundred benchmarks has a few million."""
LONGEST = 1e7
"""Seconds of one value: a third of a year."""
LOOPS = 2**53

Metadata = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One run of pyperf: a process."""

    values: tuple[float, ...]
    """Seconds per loop; at least one."""
    warmups: tuple[float, ...]
    loops: int
    """Outer times inner loops of each value."""
    metadata: Metadata
    """Of the file, the benchmark and the run, in this order of growing weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One benchmark that measured time."""

    name: str
    processes: tuple[Process, ...]
    """At least one; those that only calibrated are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What a file holds."""

    path: Path
    benchmarks: tuple[Benchmark, ...]
    """At least one."""
    skipped: tuple[tuple[str, str], ...]
    """Names of other benchmarks, and why they are not among these."""


class _FaultError(ValueError):
    """What is wrong at some place of the file."""


def read(path: Path) -> Suite:
    """The benchmarks of a file. Raises EngineError with the first fault, its place and what to do."""
    try:
        return _suite(path, _document(path))
    except _FaultError as fault:
        raise EngineError(f"{path}: {visible(str(fault), 500)}") from None


def _document(path: Path) -> Any:
    """The JSON of a file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _FaultError("is no regular file; name a JSON file of pyperf (python -m pyperf timeit ... -o FILE)")
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as source:
            text = source.read(LARGEST + 1)
    except FileNotFoundError:
        raise _FaultError("there is no such file; name a JSON file of pyperf") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _FaultError(f"cannot be read: {reason}") from None
    if len(text) > LARGEST:
        raise _FaultError(
            f"is larger than {LARGEST // 2**20} MiB; take parts of it: python -m pyperf convert --include-benchmark"
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _FaultError(f"is no JSON ({error}); name a JSON file of pyperf") from None


def _suite(path: Path, document: Any) -> Suite:
    if not isinstance(document, dict) or "benchmarks" not in document:
        raise _FaultError("is no file of pyperf: it has no `benchmarks`")
    if document.get("version") != VERSION:
        raise _FaultError(
            f"version {document.get('version')!r}: pyperf's format {VERSION} is read; python -m pyperf convert FILE -o "
            "NEW makes one of an older file"
        )
    common = _metadata(document, "metadata")
    found, skipped, names = [], [], set()
    for number, one in enumerate(_list(document["benchmarks"], "benchmarks")):
        where = f"benchmarks[{number}]"
        benchmark, why = _benchmark(_object(one, where), common, where)
        if benchmark.name in names:
            raise _FaultError(f"{where}: a benchmark called {benchmark.name!r} comes twice")
        names.add(benchmark.name)
        if why:
            skipped.append((benchmark.name, why))
        else:
            found.append(benchmark)
    if not found:
        told = "; ".join(f"{name}: {why}" for name, why in skipped[:3]) or "it has no benchmark"
        raise _FaultError(f"holds no times to import: {told}")
    return Suite(path=path, benchmarks=tuple(found), skipped=tuple(skipped))


def _benchmark(one: dict[str, Any], common: Metadata, where: str) -> tuple[Benchmark, str]:
    """A benchmark, and why it cannot be imported ("" if it can)."""
    own = {**common, **_metadata(one, f"{where}.metadata")}
    runs = _list(one.get("runs"), f"{where}.runs")
    told = [
        {**own, **_metadata(_object(run, f"{where}.runs[{k}]"), f"{where}.runs[{k}].metadata")}
        for k, run in enumerate(runs)
    ]
    name = told[0].get("name") if told else own.get("name")
    if not isinstance(name, str) or not name.strip():
        raise _FaultError(f"{where}: has no name in its metadata")
    unit = (told[0] if told else own).get("unit", "second")
    if unit != "second":
        return Benchmark(name=name, processes=()), f"its unit is {unit}, and only times are imported"
    processes = tuple(
        process
        for k, (run, metadata) in enumerate(zip(runs, told, strict=True))
        for process in _process(run, metadata, f"{where}.runs[{k}]")
    )
    return Benchmark(name=name, processes=processes), "" if processes else "it has no values, only calibration"


def _process(run: dict[str, Any], metadata: Metadata, where: str) -> Iterator[Process]:
    """The process of a run; nothing for one that only calibrated."""
    values = tuple(
        _seconds(value, f"{where}.values[{k}]", least=True)
        for k, value in enumerate(_list(run.get("values", []), f"{where}.values"))
    )
    warmups = tuple(
        _warmup(value, f"{where}.warmups[{k}]")
        for k, value in enumerate(_list(run.get("warmups") or [], f"{where}.warmups"))
    )
    if values:
        loops = _whole(metadata.get("loops", 1), f"{where}.metadata.loops")
        total = loops * _whole(metadata.get("inner_loops", 1), f"{where}.metadata.inner_loops")
        if max(values) * total > LONGEST or total > LOOPS:
            raise _FaultError(f"{where}: {max(values):g} s for each of {total:.4g} loops cannot have been measured")
        yield Process(values=values, warmups=warmups, loops=total, metadata=metadata)


def _warmup(pair: Any, where: str) -> float:
    """The value of a warm-up, which has its own number of loops beside it."""
    if not isinstance(pair, list) or len(pair) != 2:
        raise _FaultError(f"{where}: expected [loops, value], found {_shown(pair)}")
    _whole(pair[0], f"{where}[0]")
    return _seconds(pair[1], f"{where}[1]", least=False)


def _seconds(value: Any, where: str, *, least: bool) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0 or (least and value == 0) or value > LONGEST:
        wanted = "a number of seconds above 0" if least else "a number of seconds, 0 or more"
        raise _FaultError(f"{where}: expected {wanted} and at most {LONGEST:g}, found {_shown(value)}")
    return float(value)


def _whole(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LOOPS:
        raise _FaultError(f"{where}: expected a whole number of at least 1, found {_shown(value)}")
    return value


def _metadata(owner: dict[str, Any], where: str) -> dict[str, Any]:
    return dict(_object(owner.get("metadata") or {}, where))


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _FaultError(f"{where}: expected an object, found {_shown(value)}")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _FaultError(f"{where}: expected a list, found {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    """A value in a few letters; of a whole number too long to be written, its size."""
    if isinstance(value, int) and abs(value) > 10**30:
        return "a whole number of more than 30 digits"
    text = (
        json.dumps(value)
        if not isinstance(value, (dict, list))
        else ("an object" if isinstance(value, dict) else "a list")
    )
    return text if len(text) <= 60 else text[:57] + "..."
