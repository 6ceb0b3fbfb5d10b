"""What is asked and planned: kernels, scenarios, interpreters, runs. Does no I/O and knows no file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Value = Any
"""A value of an axis: int, float, bool, str, None, or (explicit affinity) a tuple of tuples of int."""

Pairs = tuple[tuple[str, Value], ...]
"""A mapping as a hashable value: (name, value) pairs sorted by name."""

GilSetting = Literal["default", "on", "off"]
ProfileLevel = Literal["none", "basic", "detailed"]
Relation = Literal["above", "below", "between", "equals"]

HARNESS_AXES = ("interpreter", "threads", "affinity", "gil", "switch_interval")
"""Axes every kernel has; all other axes are parameters of the kernel."""

UNITS = {
    "time": "s",
    "throughput": "1/s",
    "fairness": "",
    "cpu": "",
    "switches": "",
    "page_faults": "",
    "major_faults": "",
    "rss": "B",
    "specialized": "",
    "skew": "s",
    "net": "s",
}
"""The metrics every run has and their units (docs/method.md), `net` where the scenario names an `overhead`; a kernel's
`METRICS` adds its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number that a kernel's `check` returns beside the time."""

    name: str
    unit: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a kernel: a JSON Schema without nesting, and what it means."""

    name: str
    schema: Pairs
    """The keywords of its JSON Schema: type, enum, minimum, multipleOf, ..."""
    default: Value
    unit: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """The facts of a kernel file, read without running it."""

    name: str
    path: str
    title: str
    manual: str
    parameters: tuple[Parameter, ...] = ()
    metrics: tuple[Metric, ...] = ()
    operation: str = "operation"
    """What one operation is, in words: "one increment"."""
    operations: int = 1
    """Operations in one loop."""
    gc: bool = False
    """True: the collector stays enabled while the kernel is timed."""
    digest: str = ""
    """SHA-256 of the source: results of another kernel are not resumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """A set of runs: those that have, for every named axis, one of its values.

    Names: the axes, `interpreter`, `free_threaded` (bool) and `gil`, which matches the setting of the axis or, for
    "on" and "off", the effective state of the lock. Thread words (`cpus`) are still words here; a plan resolves them.
    """

    values: tuple[tuple[str, tuple[Value, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A falsifiable expectation: a quantity of some runs (or their ratio to others) against bounds."""

    text: str
    quantity: str
    """A metric: `time`, `throughput`, ... or one of the kernel's own."""
    ratio: bool
    """True: the quantity of `of` divided by that of `to`; False: the quantity itself, of the runs that `of` selects."""
    of: Selector = Selector()
    to: Selector = Selector()
    where: Selector = Selector()
    relation: Relation
    bounds: tuple[float, ...]
    """One number, or two for `between`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How a scenario is measured; every default stands in schema.json. Seconds and fractions, never percent."""

    invocations_min: int
    invocations_max: int
    iterations: int | None
    """Kept ones of each thread count in an invocation; None: as many as pilots show to be best, for all runs alike."""
    iteration_time: float
    warmup: int | None
    """Warm-up iterations of each thread count in an invocation; None: fteng's choice."""
    precision: float
    """Relative half-width of an interval at which a run stops: 0.02 is two percent."""
    confidence: float
    time_limit: float
    timeout: float
    memory_limit: int | None = None
    """Bytes of address space of a worker, beside what its interpreter takes; None: as much as the machine can spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question, as its file asks it, with every default filled in."""

    name: str
    path: str
    title: str
    question: str
    kernel: Kernel
    interpreters: tuple[str, ...]
    matrix: tuple[tuple[str, tuple[Value, ...]], ...]
    """Axis -> values, in the order of the file, without `interpreter`; `threads` may hold thread words; `threads`,
    `affinity`, `gil` and `switch_interval` are always there; parameters that the file leaves out have their default."""
    exclude: tuple[Selector, ...] = ()
    include: tuple[Pairs, ...] = ()
    baseline: Pairs = ()
    """Axis values (and `interpreter`) of the run that a run is compared with; what is not named stays as it is."""
    overhead: Pairs = ()
    """Axis values of the run whose time is taken off a run's own: what is left is its metric `net`."""
    measure: Measure
    claims: tuple[Claim, ...] = ()
    tags: tuple[str, ...] = ()
    digest: str = ""
    """SHA-256 of what decides the runs: kernel, interpreters, matrix, exclude, include and measure; not the words."""
    file_digest: str = ""
    """The digest before the command line overrode anything: a result is resumed only while its file says the same."""
    source: str = ""
    """The text of its file, for a reader of the report; "" in journals of older versions."""
    imported: str = ""
    """What measured it where fteng did not: "pyperf 2.10.0". Such a result has no kernel, and is not gone on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """Facts of one CPython, asked of itself."""

    spec: str
    """How scenarios and reports call it: "3.13t", or the path that was given."""
    executable: str
    version: str
    """As `3.13.5`, with a suffix for pre-releases (`3.14.0rc1`)."""
    implementation: str = "CPython"
    free_threaded: bool = False
    gil_option: bool = False
    """It has `-X gil=0|1` (free-threaded builds from 3.13)."""
    debug: bool = False
    optimized: bool = False
    """Built with profile-guided optimisation."""
    lto: bool = False
    jit: bool = False
    shared: bool = False
    compiler: str = ""
    config_args: str = ""
    cflags: str = ""
    machine: str = ""
    virtual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An interpreter that a scenario asks for and this machine lacks."""

    spec: str
    reason: str
    hint: str
    """The command that installs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One combination of axis values on one interpreter; the row of a report."""

    id: str
    """Ten hexadecimal digits, the same on every machine and for every order of keys and lists."""
    scenario: str
    kernel: str
    interpreter: str
    threads: int
    affinity: Value
    gil: GilSetting
    switch_interval: str = "default"
    """How long a thread may keep a GIL that another wants: "5ms", or "default", CPython's own."""
    parameters: Pairs

    def axis(self, name: str) -> Value:
        """The value of an axis by its name in a scenario; KeyError where there is none."""
        if name in HARNESS_AXES:
            return getattr(self, name)
        return dict(self.parameters)[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The runs that differ only in `threads`: one invocation measures them together."""

    id: str
    scenario: str
    runs: tuple[Run, ...]
    """Sorted by threads."""
    control: bool = False
    """The "two real CPUs" control, which no table of the scenario holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Something asked for that is not run, and why; `hint` is what would change that."""

    scenario: str
    what: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be run; pure data, the same for the same scenarios, interpreters, CPUs and seed."""

    seed: int
    cpus: tuple[int, ...]
    scenarios: tuple[Scenario, ...]
    interpreters: tuple[Interpreter, ...]
    kernels: tuple[Kernel, ...]
    """Every kernel that is run: those of the scenarios and the control's."""
    missing: tuple[Missing, ...]
    groups: tuple[Group, ...]
    skips: tuple[Skip, ...]
    profile: ProfileLevel = "basic"
    """What is read beside the clock: nothing; counters around each iteration; and more, in extra invocations."""
