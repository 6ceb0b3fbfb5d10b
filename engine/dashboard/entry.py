"""A journal and what it says -> what a dashboard keeps of one result: small, plain, enough for every history."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine import stats
from engine.analysis import series
from engine.analysis.labels import axes, run_label
from engine.model import Estimate, Host, Interpreter, Journal, Results, RunResult, ScenarioResult, Tracked

IDENTITY = ("CPU", "CPUs", "SMT", "virtualisation", "container", "cgroup quota", "isolated CPUs")
"""Facts of a host that make it another machine: nothing measured on two is joined."""
SETTINGS = ("system", "governor", "turbo", "power profile", "memory")
"""Facts that may change on one machine, and are told when they do."""
PRIVATE = ("--prefix", "--exec-prefix", "--with-openssl", "--srcdir", "--enable-loadable-sqlite-extensions")
"""Options of CPython's configure that say where, not how, it was built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """An estimate, with None where there is no interval: JSON has no NaN."""

    value: float
    low: float | None
    high: float | None
    confidence: float
    count: int

    @classmethod
    def of(cls, one: Estimate) -> Level:
        """The same numbers."""
        low, high = (bound if math.isfinite(bound) else None for bound in (one.low, one.high))
        return cls(value=one.value, low=low, high=high, confidence=one.confidence, count=one.count)

    def estimate(self) -> Estimate:
        """The same numbers."""
        low, high = (math.nan if bound is None else bound for bound in (self.low, self.high))
        return Estimate(value=self.value, low=low, high=high, confidence=self.confidence, count=self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a result says of one run."""

    scenario: str
    run: str
    axes: tuple[tuple[str, str], ...]
    """Each with its value in words."""
    build: str
    version: str
    """Of the interpreter."""
    kernel: str
    """Digest of the kernel's source."""
    quantities: tuple[tuple[Tracked, Level], ...]
    flags: tuple[str, ...] = ()
    control: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A scenario of a result."""

    name: str
    title: str
    question: str
    verdicts: tuple[tuple[str, int], ...]
    """Of its claims."""
    runs: int
    failed: int
    """Invocations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One result."""

    name: str
    """Of its folder in the dashboard."""
    folder: str
    """Where it was found, below the folder that was asked for."""
    digest: str
    """SHA-256 of the journal."""
    started: str
    version: str
    """Of fteng."""
    command: str
    finished: bool
    host: str
    """Key of the machine."""
    settings: tuple[tuple[str, str], ...]
    interpreters: tuple[tuple[str, str], ...]
    """Name and version."""
    scenarios: tuple[Asked, ...]
    told: tuple[Told, ...]
    machine: tuple[tuple[str, str], ...]
    """Facts that make up the key of the machine."""
    builds: tuple[tuple[str, str], ...]
    """Key of a build and it in words."""


def entry(name: str, folder: str, digest: str, journal: Journal, results: Results) -> Entry:
    """What is kept of a result. Raises JournalError for a record that cannot be."""
    by_spec = {one.spec: one for one in results.interpreters}
    told = [one for scenario in results.scenarios for one in _runs(scenario, by_spec)]
    told += _controls(journal, by_spec)
    return Entry(
        name=name,
        folder=folder,
        digest=digest,
        started=results.started,
        version=results.version,
        command=results.command,
        finished=results.finished,
        host=key(*machine(results.host)),
        settings=tuple((name, str(value)) for name, value in results.host.facts if name in SETTINGS),
        interpreters=tuple((one.spec, one.version) for one in results.interpreters),
        scenarios=tuple(map(_asked, results.scenarios)),
        told=tuple(told),
        machine=machine(results.host),
        builds=tuple({build_key(one): build_words(one) for one in results.interpreters}.items()),
    )


def key(*facts: object) -> str:
    """A short name for facts."""
    return hashlib.sha256(repr(facts).encode("utf-8", "backslashreplace")).hexdigest()[:8]


def machine(host: Host) -> tuple[tuple[str, str], ...]:
    """The facts that make up the key of a machine. No name of a host is among them, for a journal has none."""
    facts = {name: str(value) for name, value in host.facts}
    words = facts.get("system", "").split()
    found = {"architecture": words[-1] if words else "", **{name: facts.get(name, "") for name in IDENTITY}}
    return tuple((name, value) for name, value in found.items() if value)


def build_key(one: Interpreter) -> str:
    """How an interpreter was built, without its version and where it lies."""
    how = [word for word in one.config_args.split() if not word.strip("'\"").startswith(PRIVATE)]
    flags = (one.free_threaded, one.debug, one.optimized, one.lto, one.jit, one.shared)
    return key(one.implementation, one.machine, flags, one.compiler, how, one.cflags.split())


def build_words(one: Interpreter) -> str:
    """The same for a reader."""
    kind = "free-threaded" if one.free_threaded else "with GIL"
    names = {"debug": one.debug, "JIT": one.jit, "PGO": one.optimized, "LTO": one.lto, "shared libpython": one.shared}
    had = [name for name, here in names.items() if here]
    return ", ".join([kind, *had, *filter(None, (one.compiler,))])


def _asked(one: ScenarioResult) -> Asked:
    verdicts = Counter(claim.verdict for claim in one.claims)
    return Asked(
        name=one.scenario.name,
        title=one.scenario.title,
        question=one.scenario.question,
        verdicts=tuple((word, number) for word, number in sorted(verdicts.items())),
        runs=len(one.runs),
        failed=sum(failed.count for failed in one.failed),
    )


def _runs(scenario: ScenarioResult, by_spec: Mapping[str, Interpreter]) -> Iterator[Told]:
    for one in scenario.runs:
        build = by_spec.get(one.run.interpreter)
        yield Told(
            scenario=scenario.scenario.name,
            run=one.run.id,
            axes=tuple((axis, run_label(one.run, [axis])) for axis in axes(one.run)),
            build=build_key(build) if build else "",
            version=build.version if build else "",
            kernel=scenario.scenario.kernel.digest,
            quantities=tuple(_quantities(one)),
            flags=one.flags,
        )


def _quantities(one: RunResult) -> Iterator[tuple[Tracked, Level]]:
    found: dict[Tracked, Estimate | None] = {
        "time": dict(one.metrics).get("time"),
        "speedup": one.speedup.ratio if one.speedup else None,
        "against": one.against.ratio if one.against and one.against.base != one.run.id else None,
    }
    for name, estimate in found.items():
        if estimate and math.isfinite(estimate.value) and estimate.value > 0:
            yield name, Level.of(estimate)


def _controls(journal: Journal, by_spec: Mapping[str, Interpreter]) -> Iterator[Told]:
    """The time of the control of each scenario on one thread: code that only the machine makes faster or slower."""
    plan = journal.header.plan
    confidence = {one.name: one.measure.confidence for one in plan.scenarios}
    kernels, members = {one.name: one for one in plan.kernels}, series.by_group(journal)
    for group in plan.groups:
        run = group.runs[0]
        loops = series.times(run, members[group.id]) if group.control and run.threads == 1 else {}
        if loops:
            build, kernel = by_spec.get(run.interpreter), kernels[run.kernel]
            times = [one / kernel.operations for one in loops.values()]
            yield Told(
                scenario=group.scenario,
                run=run.id,
                axes=(("interpreter", run.interpreter),),
                build=build_key(build) if build else "",
                version=build.version if build else "",
                kernel=kernel.digest,
                quantities=(("time", Level.of(stats.positive_interval(times, confidence[group.scenario]))),),
                control=True,
            )
