"""One run and how to look at it -> one extra invocation -> one Profile; in no estimate, whatever it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine import reply, resources, spawn
from engine.model import Count, Failure, Group, Profile, ProfileKind, Run
from engine.profile import counted, sampled, shared
from engine.profile.tools import HARDWARE, Tools, reason, tools, traceable

Request = Mapping[str, Any]

REPORTING = 60.0
"""Seconds that a tool may take to sum up what it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One run as its worker is to be asked."""

    group: Group
    """With this run alone."""
    executable: str
    options: tuple[str, ...]
    request: Callable[[ProfileKind], Request]
    timeout: float
    gil: bool
    """The state of the lock that it asks for."""
    memory_limit: int

    @property
    def run(self) -> Run:
        """The one run."""
        return self.group.runs[0]


class Profiler:
    """What is known of the profilers while a plan is measured."""

    def __init__(self, found: Tools | None = None) -> None:
        """`found` are the tools; those of this machine, if not given."""
        self.tools = found or tools()
        self.refused: dict[str, str] = {}
        """Interpreter -> why py-spy cannot look into it."""

    def kinds(self, run: Run) -> tuple[ProfileKind, ...]:
        """The extra invocations that a run can have here."""
        sampling: tuple[ProfileKind, ...] = ("sampled",) if self.tools.spy or self.tools.record else ()
        sharing: tuple[ProfileKind, ...] = ("shared",) if self.tools.shared and run.threads > 1 else ()
        return ("counted", *sampling, *sharing)

    def profile(self, kind: ProfileKind, asked: Asked) -> Profile:
        """One of them. Raises WorkerError where the interpreter cannot be started at all."""
        return {"counted": self._counted, "sampled": self._sampled, "shared": self._shared}[kind](asked)

    def _counted(self, asked: Asked) -> Profile:
        found = self.tools
        lacking = [*found.why_not, found.sampler]
        perf = found.perf if found.events else ""
        how = ("-x,", "-e", ",".join(found.events), "-D", "-1", "--control", "{control}", "--log-fd", "{descriptor}")
        with spawn.Tool((perf, "stat", *how, "--")) if perf else nullcontext() as tool:
            one = _Invocation(asked, "counted", tool, {"inside": True})
            counts: list[Count] = []
            try:
                counts += counted.by_perf(tool.text(), HARDWARE) if tool and not one.failure else ()
                counts += counted.by_itself(one.told) if one.told else ()
                lacking += counted.lacking(one.told, asked.run.interpreter) if one.told else ()
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                lacking.append(f"what the worker saw of itself does not fit: {reason(str(error))}.")
        return one.profile(counts=tuple(counts), unprofiled=tuple(filter(None, lacking)))

    def _sampled(self, asked: Asked) -> Profile:
        spec, found = asked.run.interpreter, self.tools
        if found.spy and spec not in self.refused:
            words = sampled.spy_words(found.spy)
            with spawn.Tool(words, attached=True, ready=sampled.SPY_READY, each=False) as tool:
                one = _Invocation(asked, "sampled", tool, {"traceable": traceable()})
                hot = sampled.of_spy(tool.text())
            if one.failure or (hot and not tool.failed):
                return one.profile(hot=hot, sampler="py-spy --native")
            self.refused[spec] = reason(tool.said) if tool.failed else "it took no sample of the timed code"
        instead = "perf sampled the interpreter's own functions instead" if found.record else found.no_sampler
        lacking: tuple[str, ...] = ()
        if spec in self.refused:
            why = f"py-spy cannot look into {spec}: {self.refused[spec]}; {instead}."
            lacking = (f"Python functions in the sampling profile: {why}",)
        if not found.record:
            return _Invocation.none(asked, "sampled", lacking)
        with spawn.Tool(sampled.perf_words(found.perf)) as tool:
            one = _Invocation(asked, "sampled", tool, {})
            hot = sampled.of_perf(_reported(tool, sampled.perf_report(found.perf)))
        return one.profile(hot=hot, sampler="perf record", unprofiled=lacking)

    def _shared(self, asked: Asked) -> Profile:
        perf = self.tools.perf
        with spawn.Tool(shared.words(perf), switched=False) as tool:
            one = _Invocation(asked, "shared", tool, {})
            counts = tuple(shared.counted(_reported(tool, shared.report(perf))))
        lacking = () if counts else ("cache lines that threads share: perf c2c report says nothing of them.",)
        return one.profile(counts=counts, unprofiled=lacking)


class _Invocation:
    """One worker with a tool beside it, and how it ended."""

    def __init__(self, asked: Asked, kind: ProfileKind, tool: spawn.Tool | None, looked: Request) -> None:
        self.asked, self.kind = asked, kind
        self.started = _now()
        request = {**asked.request(kind), "profile": looked}
        answer, finished = spawn.ask(
            asked.executable,
            resources.worker(),
            request,
            options=asked.options,
            timeout=asked.timeout,
            tool=tool,
        )
        record = reply.invocation(
            answer,
            finished,
            group=asked.group,
            number=0,
            started=self.started,
            gil=asked.gil,
            memory_limit=asked.memory_limit,
        )
        self.failure: Failure | None = record.failure
        self.duration = record.duration
        self.loops = record.teams[0].loops if record.teams else 0
        self.told: dict[str, Any] = {}
        if not record.failure and answer and isinstance(answer.get("profile"), dict):
            self.told = answer["profile"]

    def profile(self, **found: Any) -> Profile:
        """What is recorded of it."""
        return Profile(
            group=self.asked.group.id,
            run=self.asked.run.id,
            how=self.kind,
            started=self.started,
            duration=self.duration,
            loops=self.loops,
            iterations=int(self.told.get("iterations", 0)),
            failure=self.failure,
            **found,
        )

    @staticmethod
    def none(asked: Asked, kind: ProfileKind, why: tuple[str, ...]) -> Profile:
        """A record of an invocation that was of no use."""
        run = asked.run.id
        return Profile(group=asked.group.id, run=run, how=kind, started=_now(), duration=0.0, unprofiled=why)


def _reported(tool: spawn.Tool, words: tuple[str, ...]) -> str:
    """What a command makes of a tool's file."""
    done = spawn.command(words, timeout=REPORTING, environment=spawn.worker_environment(), tool=tool)
    return done.out if done.returncode == 0 else ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
