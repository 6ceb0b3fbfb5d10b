"""The metadata of a benchmark -> the interpreter that ran it, the run it is, the machine. Believes nothing unchecked.

What `fteng export --to pyperf` wrote is taken up again (`fteng_run`, `fteng_build`, `fteng_host`), if it fits.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from engine.importing.pyperf import Metadata
from engine.model import Host, Interpreter, Run
from engine.plan import identified
from engine.selection import MOST_THREADS
from engine.serial import from_plain, to_plain

T = TypeVar("T")

NAME = "python"
"""What an interpreter is called whose file does not say it: the same in all files, so that their runs are compared."""
FLAGS = {
    "free_threaded": "--disable-gil",
    "optimized": "--enable-optimizations",
    "lto": "--with-lto",
    "debug": "--with-pydebug",
    "jit": "--enable-experimental-jit",
    "shared": "--enable-shared",
}
"""Fact of a build -> the option of CPython's configure that makes it so."""
MACHINE = re.compile(r"x86_64|amd64|AMD64|aarch64|arm64|i[3-6]86|armv\dl|ppc64le|s390x|riscv64|loongarch64")
"""As `platform.machine` says it."""
MOST_CPUS = 2**16
MOST = 2**62


def interpreter(metadata: Metadata, name: str | None) -> Interpreter:
    """The interpreter as the metadata tell of it, called `name` if that is given."""
    kept = _restored(metadata.get("fteng_build"), Interpreter)
    if kept:
        return replace(kept, spec=name or kept.spec)
    options = [option.partition("=")[0] for option in _words(_text(metadata, "python_config_args"))]
    version = _text(metadata, "python_version")
    free = metadata.get("free_threaded")
    built: dict[str, Any] = {fact: option in options for fact, option in FLAGS.items()}
    if isinstance(free, bool) or "free-threading" in version:
        built["free_threaded"] = free is True or "free-threading" in version
    found = re.match(r"\d[\w.+]*", version)
    implementation = _text(metadata, "python_implementation")
    return Interpreter(
        spec=name or NAME,
        executable=_text(metadata, "python_executable"),
        version=found[0] if found else version,
        implementation="CPython" if implementation in {"", "cpython"} else implementation,
        gil_option=built["free_threaded"],
        machine=machine[0] if (machine := MACHINE.search(_text(metadata, "platform"))) else "",
        compiler=_text(metadata, "python_compiler"),
        config_args=_text(metadata, "python_config_args"),
        cflags=_text(metadata, "python_cflags"),
        **built,
    )


def run(metadata: Metadata, spec: str) -> Run | None:
    """The run that a benchmark of ours was, on the interpreter of this name; None for all others."""
    kept = _restored(metadata.get("fteng_run"), Run)
    if kept is None or not (1 <= kept.threads <= MOST_THREADS) or not (kept.scenario and kept.kernel):
        return None
    try:
        found = identified(replace(kept, interpreter=spec))
        hash(found)
        json.dumps(to_plain(found), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return found


def host(metadata: Metadata) -> tuple[Host, tuple[int, ...]]:
    """Facts of the machine under the names that fteng gives them, and the CPUs that could be used."""
    ours = _plain(metadata.get("fteng_host"))
    facts, cpus = (ours.get("facts"), ours.get("cpus")) if isinstance(ours, dict) else (None, None)
    if not (isinstance(facts, dict) and all(isinstance(value, str) for value in facts.values())):
        facts = dict(_facts(metadata))
    if not (isinstance(cpus, list) and cpus and all(type(cpu) is int and 0 <= cpu < MOST_CPUS for cpu in cpus)):
        count = metadata.get("cpu_count")
        cpus = range(count if type(count) is int and 0 < count < MOST_CPUS else 1)
    return Host(facts=tuple(facts.items())), tuple(sorted(set(cpus)))


def number(metadata: Metadata, key: str) -> float:
    """A number above 0 of the metadata; 0 where there is none that can be."""
    value = metadata.get(key)
    sound = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < MOST
    return value if sound and isinstance(value, (int, float)) else 0


def moment(metadata: Metadata) -> datetime | None:
    """When a process began; pyperf's times have no zone and are taken for UTC. None where it is not told."""
    try:
        found = datetime.fromisoformat(_text(metadata, "date"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def source(metadata: Metadata) -> str:
    """What measured it."""
    ours = _text(metadata, "fteng_version")
    return f"fteng {ours} (through a file of pyperf)" if ours else f"pyperf {_text(metadata, 'perf_version')}".rstrip()


def _facts(metadata: Metadata) -> Iterator[tuple[str, str]]:
    """What pyperf tells of the machine."""
    for name, key in (("system", "platform"), ("CPU", "cpu_model_name"), ("CPUs", "cpu_count"), ("ASLR", "aslr")):
        if text := _text(metadata, key):
            yield name, text
    for name, key in (("frequency", "cpu_config"), ("load", "load_avg_1min")):
        if text := _text(metadata, key):
            yield name, f"{text} over the last minute" if name == "load" else text


def _text(metadata: Metadata, key: str) -> str:
    """A scalar as text; "" where there is none."""
    value = metadata.get(key)
    return str(value)[:100_000] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _plain(text: Any) -> Any:
    """What a text of JSON says; None where it is none."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _restored(text: Any, kind: type[T]) -> T | None:
    """A noun of the model from its JSON; None where that does not fit."""
    try:
        return from_plain(_plain(text), kind)
    except ValueError:
        return None
