"""A journal becomes results: every run, claim, failure and warning of every scenario. The order is the plan's."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine import stats
from engine.analysis.advice import Control, Facts, flags, warnings
from engine.analysis.claims import Evidence, judge
from engine.analysis.comparison import against, corrected, counterparts, net, scaled, single_thread, speedup
from engine.analysis.contamination import Surroundings
from engine.analysis.gather import Gathered, gather
from engine.analysis.labels import group_label, varying
from engine.analysis.metrics import estimate, estimates
from engine.analysis.pilots import iterations
from engine.analysis.profiles import by_run, profiles
from engine.analysis.scaling import scaling
from engine.analysis.scorecard import Judged, scorecard
from engine.analysis.series import Series, by_group
from engine.analysis.variance import Scatter, scatter, spending
from engine.analysis.warmup import warmup
from engine.model import (
    ClaimResult,
    Comparison,
    Estimate,
    FailedRun,
    Group,
    Invocation,
    Journal,
    Plan,
    Profile,
    Results,
    RunResult,
    Scaling,
    Scenario,
    ScenarioResult,
    StopReason,
    Warmup,
)
from engine.plan import grouped


def analyse(journal: Journal) -> Results:
    """Everything a report shows. Raises JournalError for a record that cannot be."""
    header, plan, members = journal.header, journal.header.plan, by_group(journal)
    stops: dict[str, StopReason] = {stop.group: stop.reason for stop in journal.stops}
    met = Surroundings((), {}, len(plan.cpus))  # of all groups, so nothing is judged before all are gathered
    groups = grouped(plan)
    gathered = [_Judgement(plan, one, groups[one.name], members, stops, met=met) for one in plan.scenarios]
    looked = by_run(journal)
    judged = [one.judged(looked) for one in gathered]
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
    groups, asked = grouped(plan), (scenario for scenario in plan.scenarios if scenario.name in names)
    return {one.name: _Judgement(plan, one, groups[one.name], members, {}).verdicts() for one in asked}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What is said of a run by its own iterations, which are not held afterwards."""

    metrics: dict[str, Estimate]
    warmup: Warmup
    scatter: Scatter | None


class _Judgement:
    """One scenario while it is judged. Its groups are gathered one after the other; what is kept of them is small."""

    def __init__(
        self,
        plan: Plan,
        scenario: Scenario,
        groups: Sequence[Group],
        members: Mapping[str, Sequence[Invocation]],
        stops: Mapping[str, StopReason],
        *,
        met: Surroundings | None = None,
    ) -> None:
        """`groups` are the scenario's. Without `met`, enough for the claims alone."""
        self.plan, self.scenario, self.members, self.stops, self.met = plan, scenario, members, stops, met
        self.confidence = scenario.measure.confidence
        self.groups = [group for group in groups if not group.control]
        self.controls = [group for group in groups if group.control]
        self.operations = {kernel.name: kernel.operations for kernel in (*plan.kernels, scenario.kernel)}
        self.planned = [run for group in self.groups for run in group.runs]
        self.names = varying(self.planned)
        self.drafts: dict[str, _Draft] = {}
        self.gathered = {group.id: self._gathered(group) for group in groups}
        self.series = {key: one for found in self.gathered.values() for key, one in found.series.items()}
        self.baselines = counterparts(scenario.baseline, self.planned, len(plan.cpus))
        measured = dict(self.series)
        for run, overhead in counterparts(scenario.overhead, self.planned, len(plan.cpus)).items():
            if run in measured and overhead.id in measured:
                self.series[run] = net(measured[run], measured[overhead.id])

    def _gathered(self, group: Group) -> Gathered:
        """What the records of a group say, its iterations left behind."""
        see = (self.met.see,) if self.met else ()
        found = gather(group, self.operations[group.runs[0].kernel], self.members[group.id], *see)
        if self.met and not group.control:
            self.drafts |= self._drafts(found)
        return found.light({"time", "throughput", *(claim.quantity for claim in self.scenario.claims)})

    def _drafts(self, found: Gathered) -> dict[str, _Draft]:
        operations = self.operations[found.group.runs[0].kernel]
        scatters = scatter(list(found.series.values()), operations, found.durations, self.confidence)
        return {
            key: _Draft(
                metrics=estimates(one, self.confidence),
                warmup=warmup(one, self.confidence),
                scatter=scatters.get(key),
            )
            for key, one in found.series.items()
        }

    def verdicts(self) -> Verdicts:
        """The claims alone, and how far the machine let them be judged."""
        control = self._control()
        return Verdicts(claims=self._claims(control), disturbed=control.disturbed if control else 0.0)

    def judged(self, looked: Mapping[str, Sequence[Profile]]) -> Judged:
        """The scenario's result with its profiles, and what the scorecard needs beside it."""
        seen, untold = profiles(self.planned, looked, self.scenario.kernel, self.names)
        ends = ((group.runs[-1], group.runs[0]) for group in self.controls)
        controls = (pair for pair in ends if all(run.id in self.series for run in pair) and pair[0] is not pair[1])
        result = dataclasses.replace(self.result(), profiles=seen, unprofiled=untold)
        return Judged(result=result, series=self.series, control=next(controls, None))

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
        duration, kept = sum(one.seconds for one in self.gathered.values()), self._kept()
        scatters = {key: one.scatter for key, one in self.drafts.items() if one.scatter}
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
            timed_share=sum(one.timed for one in self.gathered.values()) / duration if duration > 0 else 0.0,
            scaling=tuple(self._scaling(runs)),
            kept=kept,
            spending=spending(scatters, {one.run.id: dict(one.metrics)["time"] for one in runs}, kept, duration),
        )

    def _kept(self) -> int:
        """Iterations of each thread count in an invocation; 0 where `auto` has not come to any yet."""
        begun = next((one.kept for group in self.groups if (one := self.gathered[group.id]).kept), 0)
        asked = self.scenario.measure.iterations or begun
        if asked or not self.series:
            return asked
        pilots = [invocation for group in self.groups for invocation in self.members[group.id]]
        return iterations(self.scenario, self.groups, pilots)

    def _run(self, group: Group, one: Series, speedup: Comparison | None, against: Comparison | None) -> RunResult:
        draft, metrics = self.drafts[one.run.id], dict(self.drafts[one.run.id].metrics)
        if "net" in one.metrics:
            metrics["net"] = estimate(one, "net", self.confidence)
        result = RunResult(
            run=one.run,
            gil=one.gil,
            metrics=tuple(metrics.items()),
            median_time=one.median_time,
            loops=one.loops,
            invocations=len(one.times),
            iterations=one.iterations,
            speedup=speedup,
            efficiency=scaled(speedup.ratio, 1 / one.run.threads) if speedup else None,
            karp_flatt=stats.karp_flatt(speedup.ratio, one.run.threads) if speedup else None,
            against=against,
            stop=self.stops.get(group.id, "unfinished"),
            variance=draft.scatter.variance if draft.scatter else None,
            warmup=draft.warmup,
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
                above, below = one.times, many.times
                reached = tuple(above[number] / below[number] for number in below.keys() & above.keys())
                return Control(speedup=found, threads=most.threads, efficiencies=reached)
        return None

    def _failures(self) -> Iterable[FailedRun]:
        for group in (*self.groups, *self.controls):
            found = self.gathered[group.id]
            if found.failure:
                label = "control" if group.control else group_label(group.runs, self.names)
                yield FailedRun(
                    group=group.id, label=label, failure=found.failure, count=found.failures, of=found.count
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
