"""Every noun of the vocabulary as a frozen dataclass; does no I/O and knows no file format.

`question` (what is asked and planned), `record` (what was measured), `result` (what it means), `change` (what two of
these say of each other), `estimate` (numbers with intervals), `scorecard` (what all scenarios say together). Each is
imported when a noun of it is first asked for: making forty dataclasses takes as long as starting Python, and
`fteng validate` needs few of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.model.change import (
        Changes,
        ClaimChange,
        Gate,
        GateCase,
        GateKind,
        GateResult,
        RunChange,
        Sessions,
        Side,
        Uncompared,
    )
    from engine.model.estimate import Comparison, Direction, Estimate
    from engine.model.finding import Finding, Numbers, Seriousness
    from engine.model.history import ChangePoint, Course, History, Point, Steps, Tracked
    from engine.model.question import (
        HARNESS_AXES,
        UNITS,
        Claim,
        GilSetting,
        Group,
        Interpreter,
        Kernel,
        Measure,
        Metric,
        Missing,
        Pairs,
        Parameter,
        Plan,
        ProfileLevel,
        Relation,
        Run,
        Scenario,
        Selector,
        Skip,
        Value,
    )
    from engine.model.record import (
        Bytecode,
        Contamination,
        Count,
        Failure,
        Header,
        Host,
        Invocation,
        Invocations,
        Iteration,
        Iterations,
        Journal,
        Outcome,
        Per,
        Profile,
        ProfileKind,
        Stop,
        StopReason,
        TeamRecord,
    )
    from engine.model.result import (
        URGENCY,
        VERDICTS,
        ClaimCase,
        ClaimResult,
        Conditions,
        FailedRun,
        Law,
        Reading,
        Results,
        RunProfile,
        RunResult,
        Scaling,
        ScalingFit,
        ScenarioResult,
        Spending,
        Trace,
        Variance,
        Verdict,
        Warmup,
    )
    from engine.model.scorecard import (
        SCALES,
        Build,
        Cost,
        Gain,
        Machine,
        Pattern,
        Scorecard,
        Speedup,
        Summary,
    )
    from engine.model.selfcheck import Instrument, Limit, Quantity, SelfCheck, Start, Twins

__all__ = [
    "HARNESS_AXES",
    "SCALES",
    "UNITS",
    "URGENCY",
    "VERDICTS",
    "Build",
    "Bytecode",
    "ChangePoint",
    "Changes",
    "Claim",
    "ClaimCase",
    "ClaimChange",
    "ClaimResult",
    "Comparison",
    "Conditions",
    "Contamination",
    "Cost",
    "Count",
    "Course",
    "Direction",
    "Estimate",
    "FailedRun",
    "Failure",
    "Finding",
    "Gain",
    "Gate",
    "GateCase",
    "GateKind",
    "GateResult",
    "GilSetting",
    "Group",
    "Header",
    "History",
    "Host",
    "Instrument",
    "Interpreter",
    "Invocation",
    "Invocations",
    "Iteration",
    "Iterations",
    "Journal",
    "Kernel",
    "Law",
    "Limit",
    "Machine",
    "Measure",
    "Metric",
    "Missing",
    "Numbers",
    "Outcome",
    "Pairs",
    "Parameter",
    "Pattern",
    "Per",
    "Plan",
    "Point",
    "Profile",
    "ProfileKind",
    "ProfileLevel",
    "Quantity",
    "Reading",
    "Relation",
    "Results",
    "Run",
    "RunChange",
    "RunProfile",
    "RunResult",
    "Scaling",
    "ScalingFit",
    "Scenario",
    "ScenarioResult",
    "Scorecard",
    "Selector",
    "SelfCheck",
    "Seriousness",
    "Sessions",
    "Side",
    "Skip",
    "Speedup",
    "Spending",
    "Start",
    "Steps",
    "Stop",
    "StopReason",
    "Summary",
    "TeamRecord",
    "Trace",
    "Tracked",
    "Twins",
    "Uncompared",
    "Value",
    "Variance",
    "Verdict",
    "Warmup",
]

_ROOMS = ("question", "record", "estimate", "result", "change", "scorecard", "selfcheck", "finding", "history")


def __getattr__(name: str) -> Any:
    """The noun, from the module that has it (PEP 562)."""
    if name in __all__:
        for room in _ROOMS:
            found = vars(import_module(f"{__name__}.{room}"))
            if name in found:
                globals()[name] = found[name]
                return found[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
