"""A journal becomes results: every run, claim, failure and warning of every scenario. The order is the plan's."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine import stats
from engine.analysis.advice import Control, Facts, flags, warnings
from engine.analysis.claims import Evidence, judge
from engine.analysis.comparison import against, corrected, counterparts, net, scaled, single_thread, speedup
from engine.analysis.contamination import Surroundings
from engine.analysis.labels import group_label, varying
from engine.analysis.metrics import estimates
from engine.analysis.pilots import iterations
from engine.analysis.scaling import scaling
from engine.analysis.scorecard import Judged, scorecard
from engine.analysis.series import Series, by_group, series, timed_seconds, usable
from engine.analysis.variance import Scatter, scatter, spending
from engine.analysis.warmup import warmup
from engine.model import (
    ClaimResult,
    Comparison,
    FailedRun,
    Group,
    Invocation,
    Journal,
    Plan,
    Results,
    Run,
    RunResult,
    Scaling,
    Scenario,
    ScenarioResult,
    StopReason,
)
from engine.plan import groups_of


def analyse(journal: Journal) -> Results:
    """Everything a report shows. Raises JournalError for a record that cannot be."""
    header, plan, members = journal.header, journal.header.plan, by_group(journal)
    stops: dict[str, StopReason] = {stop.group: stop.reason for stop in journal.stops}
    met = Surroundings(plan.groups, members, len(plan.cpus))
    judged = [_Judgement(plan, scenario, members, stops, met).judged() for scenario in plan.scenarios]
    return Results(
        version=header.version,
        started=header.started,
        command=header.command,
        seed=plan.seed,
        host=header.host,
        interpreters=plan.interpreters,
        missing=plan.missing,
        scenarios=tuple(one.result for one in judged),
        finished=journal.finished,
        location=stats.LOCATION_NAME,
        scorecard=scorecard(judged, plan.interpreters),
        damage=journal.damage,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What a comparison of results needs of a scenario."""

    claims: tuple[ClaimResult, ...]
    disturbed: float
    """As in `ScenarioResult`."""


def verdicts(journal: Journal, names: Collection[str]) -> dict[str, Verdicts]:
    """The claims of these scenarios, and nothing that takes long. Raises JournalError as `analyse` does."""
    plan, members = journal.header.plan, by_group(journal)
    asked = (scenario for scenario in plan.scenarios if scenario.name in names)
    return {scenario.name: _Judgement(plan, scenario, members, {}).verdicts() for scenario in asked}


class _Judgement:
    """One scenario while it is judged."""

    def __init__(
        self,
        plan: Plan,
        scenario: Scenario,
        members: Mapping[str, Sequence[Invocation]],
        stops: Mapping[str, StopReason],
        met: Surroundings | None = None,
    ) -> None:
        self.plan, self.scenario, self.members, self.stops, self.met = plan, scenario, members, stops, met
        self.confidence = scenario.measure.confidence
        mine = groups_of(plan, scenario)
        self.groups = [group for group in mine if not group.control]
        self.controls = [group for group in mine if group.control]
        self.operations = {kernel.name: kernel.operations for kernel in (*plan.kernels, scenario.kernel)}
        self.planned = [run for group in self.groups for run in group.runs]
        self.names = varying(self.planned)
        found = (self._series(group, run) for group in mine for run in group.runs)
        self.series: dict[str, Series] = {one.run.id: one for one in found if one}
        self.baselines = counterparts(scenario.baseline, self.planned, len(plan.cpus))
        measured = dict(self.series)
        for run, overhead in counterparts(scenario.overhead, self.planned, len(plan.cpus)).items():
            if run in measured and overhead.id in measured:
                self.series[run] = net(measured[run], measured[overhead.id])

    def verdicts(self) -> Verdicts:
        """The claims alone, and how far the machine let them be judged."""
        control = self._control()
        return Verdicts(claims=self._claims(control), disturbed=control.disturbed if control else 0.0)

    def judged(self) -> Judged:
        """The scenario's result, and what the scorecard needs beside it."""
        ends = ((group.runs[-1], group.runs[0]) for group in self.controls)
        controls = (pair for pair in ends if all(run.id in self.series for run in pair) and pair[0] is not pair[1])
        return Judged(result=self.result(), series=self.series, control=next(controls, None))

    def result(self) -> ScenarioResult:
        measured = [
            (group, self.series[run.id]) for group in self.groups for run in group.runs if run.id in self.series
        ]
        speedups = corrected(_known((one.run.id, self._speedup(group, one)) for group, one in measured), rate=True)
        againsts = corrected(_known((one.run.id, self._against(one)) for _, one in measured))
        runs = tuple(
            self._run(group, one, speedups.get(one.run.id), againsts.get(one.run.id)) for group, one in measured
        )
        control = self._control()
        own = [invocation for group in (*self.groups, *self.controls) for invocation in self.members[group.id]]
        duration, kept = sum(invocation.duration for invocation in own), self._kept(own)
        return ScenarioResult(
            scenario=self.scenario,
            runs=runs,
            claims=self._claims(control, {one.run.id: one.flags for one in runs}),
            skips=tuple(skip for skip in self.plan.skips if skip.scenario == self.scenario.name),
            failed=tuple(self._failures()),
            control=control.speedup if control else None,
            disturbed=control.disturbed if control else 0.0,
            doubtful=bool(control and control.doubtful),
            conditions=self.met.of([one.run for one in runs]) if self.met else None,
            warnings=warnings(runs, self.plan.interpreters, control, self.names),
            timed_share=sum(map(timed_seconds, own)) / duration if duration > 0 else 0.0,
            scaling=tuple(self._scaling(runs)),
            kept=kept,
            spending=spending(self.scatters, {one.run.id: dict(one.metrics)["time"] for one in runs}, kept, duration),
        )

    @cached_property
    def scatters(self) -> dict[str, Scatter]:
        """Run id -> what scatters of it and what it costs."""
        found: dict[str, Scatter] = {}
        for group in self.groups:
            measured = [self.series[run.id] for run in group.runs if run.id in self.series]
            operations = self.operations[group.runs[0].kernel]
            durations = {one.round: one.duration for one in self.members[group.id] if usable(one)}
            found |= scatter(measured, operations, durations, self.confidence)
        return found

    def _kept(self, own: Sequence[Invocation]) -> int:
        """Iterations of each thread count in an invocation; 0 where `auto` has not come to any yet."""
        asked = self.scenario.measure.iterations
        return asked or (iterations(self.scenario, self.groups, own) if self.series else 0)

    def _series(self, group: Group, run: Run) -> Series | None:
        return series(run, self.operations[run.kernel], self.members[group.id])

    def _run(self, group: Group, one: Series, speedup: Comparison | None, against: Comparison | None) -> RunResult:
        result = RunResult(
            run=one.run,
            gil=one.gil,
            metrics=tuple(estimates(one, self.confidence).items()),
            median_time=one.median_time,
            loops=one.loops,
            invocations=len(one.times),
            iterations=one.iterations,
            speedup=speedup,
            efficiency=scaled(speedup.ratio, 1 / one.run.threads) if speedup else None,
            karp_flatt=stats.karp_flatt(speedup.ratio, one.run.threads) if speedup else None,
            against=against,
            stop=self.stops.get(group.id, "unfinished"),
            variance=self.scatters[one.run.id].variance if one.run.id in self.scatters else None,
            warmup=warmup(one, self.confidence),
            specialized=one.specialized,
            conditions=self.met.of([one.run], single_thread(group), self.baselines.get(one.run.id))
            if self.met
            else None,
        )
        facts = Facts(
            measure=self.scenario.measure, cpus=len(self.plan.cpus), operations=self.operations[one.run.kernel]
        )
        return dataclasses.replace(result, flags=flags(result, facts))

    def _scaling(self, runs: Sequence[RunResult]) -> Iterable[Scaling]:
        """Of each group that varies threads and has numbers."""
        results = {result.run.id: result for result in runs}
        for group in self.groups:
            label = group_label(group.runs, self.names)
            found = scaling(group, label, results, self.series, confidence=self.confidence, cpus=len(self.plan.cpus))
            if found:
                yield found

    def _speedup(self, group: Group, one: Series) -> Comparison | None:
        base = self._single(group)
        return speedup(one, base, self.confidence) if base and base is not one else None

    def _single(self, group: Group) -> Series | None:
        """What was measured at one thread."""
        run = single_thread(group)
        return self.series.get(run.id) if run else None

    def _against(self, one: Series) -> Comparison | None:
        base = self.baselines.get(one.run.id)
        measured = self.series.get(base.id) if base else None
        return against(one, measured, self.confidence) if measured else None

    def _control(self) -> Control | None:
        """What the control says of the machine, at its most threads; the first control that gave a speedup."""
        for group in self.controls:
            most = group.runs[-1]
            many, one = self.series.get(most.id), self._single(group)
            found = self._speedup(group, many) if many else None
            if found and many and one:
                reached = [one.times[number] / many.times[number] for number in many.times.keys() & one.times.keys()]
                return Control(speedup=found, threads=most.threads, efficiencies=tuple(reached))
        return None

    def _failures(self) -> Iterable[FailedRun]:
        for group in (*self.groups, *self.controls):
            failures = [i.failure for i in self.members[group.id] if i.failure]
            if failures:
                label = "control" if group.control else group_label(group.runs, self.names)
                yield FailedRun(
                    group=group.id,
                    label=label,
                    failure=failures[0],
                    count=len(failures),
                    of=len(self.members[group.id]),
                )

    def _claims(
        self, control: Control | None, flagged: Mapping[str, Sequence[str]] | None = None
    ) -> tuple[ClaimResult, ...]:
        evidence = self._evidence(control, flagged or {})
        return tuple(judge(claim, evidence) for claim in self.scenario.claims)

    def _evidence(self, control: Control | None, flagged: Mapping[str, Sequence[str]]) -> Evidence:
        return Evidence(
            scenario=self.scenario,
            runs=self.planned,
            series=self.series,
            interpreters={interpreter.spec: interpreter for interpreter in self.plan.interpreters},
            cpus=len(self.plan.cpus),
            missing=[m.spec for m in self.plan.missing if m.spec in self.scenario.interpreters],
            disturbed=bool(control and control.doubtful),
            flags=flagged,
            met=self.met,
        )


def _known(found: Iterable[tuple[str, Comparison | None]]) -> dict[str, Comparison]:
    return {key: comparison for key, comparison in found if comparison}
