"""``shop.lifecycle``: who is in which stage, and who moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, overload

from stamgast.app.core import STAGE
from stamgast.app.figures import YEAR_REVENUE
from stamgast.app.instants import before, instant_of, instants_of
from stamgast.app.labels import out_of_reports
from stamgast.app.past import known_by
from stamgast.app.relation import Relation
from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant
from stamgast.report.model import Flow, FlowStep

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment, Moments
    from stamgast.app.thresholds import Thresholds
    from stamgast.model.log import Instant
    from stamgast.report.plot import Plot
    from stamgast.report.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleCounts:
    """How many profiles are in each stage at an instant; they sum to all existing profiles."""

    as_of: Instant
    model: str
    stages: Mapping[str, int]
    """Stage -> profiles, in the order they are shown; prospects include ``anonymous``."""
    anonymous: int
    """Existing profiles without a name."""

    def __repr__(self) -> str:
        """The stages with how many are in each, and the instant written out."""
        stages = ", ".join(f"{stage} {count}" for stage, count in self.stages.items())
        return f"<Lifecycle as of {format_instant(self.as_of)}: {stages}>"

    def _repr_html_(self) -> str:
        """The stages as a table, for notebooks."""
        rows = "".join(
            f"<tr><th>{escape(stage)}</th><td>{count}</td></tr>"
            for stage, count in self.stages.items()
        )
        return f"<table><caption>{format_instant(self.as_of)}</caption>{rows}</table>"

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "as_of": format_instant(self.as_of),
            "model": self.model,
            "stages": dict(self.stages),
            "anonymous": self.anonymous,
        }


class Flows(Sequence[FlowStep]):
    """Consecutive steps of moves between stages."""

    def __init__(self, steps: Sequence[FlowStep], core: Core) -> None:
        """Made by ``Lifecycle.flows``."""
        self._steps = tuple(steps)
        self._core = core

    @overload
    def __getitem__(self, index: int) -> FlowStep: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[FlowStep, ...]: ...
    def __getitem__(self, index: int | slice) -> FlowStep | tuple[FlowStep, ...]:
        """A step."""
        return self._steps[index]

    def __len__(self) -> int:
        """How many steps there are."""
        return len(self._steps)

    def __repr__(self) -> str:
        """From when to when."""
        ends = [format_instant(at) for at in (self._steps[0].start, self._steps[-1].end)]
        return f"<Flows {ends[0]} to {ends[1]}, {len(self)} steps>"

    def plot(self, language: Language | None = None) -> Plot:
        """The moves as a chart: shown in a notebook, or ``.save("flows.svg")``.

        ``language``: of its texts; else the shop's.
        """
        from stamgast.report.charts import flow_chart  # noqa: PLC0415 - only for charts
        from stamgast.report.plot import Plot  # noqa: PLC0415 - as above
        from stamgast.report.speaker import Speaker  # noqa: PLC0415 - as above

        settings, lifecycle = self._core.settings, self._core.definitions.lifecycle
        spoken = language or ("nl" if settings.language == "nl" else "en")
        speaker = Speaker(spoken, lambda: lifecycle, zone=settings.zone, currency=settings.currency)
        stages = list(lifecycle.labels)
        return Plot(flow_chart(speaker, self._steps, stages), stages)


@of_one_snapshot
class Lifecycle:
    """The lifecycle of a shop's customers."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    @cached_property
    def thresholds(self) -> Thresholds:
        """The times and numbers of the stages: ``now``, ``plan``, ``save``."""
        from stamgast.app.thresholds import Thresholds  # noqa: PLC0415 - rarely needed

        return Thresholds(self._core)

    @overload
    def counts(self, as_of: Moment = None) -> LifecycleCounts: ...
    @overload
    def counts(self, as_of: list[Any] | tuple[Any, ...]) -> list[LifecycleCounts]: ...
    def counts(self, as_of: Moments = None) -> LifecycleCounts | list[LifecycleCounts]:
        """Profiles per stage at one instant, or of a list at each, in one question."""
        instants, several = instants_of(as_of, self._core.clock, self._core.settings.zone)
        found = self.counts_at(instants)
        return found if several else found[0]

    def counts_at(self, instants: Sequence[Instant]) -> list[LifecycleCounts]:
        """Profiles per stage at each instant."""
        lifecycle = self._core.definitions.lifecycle
        asked = self._core.engine.stage_counts(instants)
        return [
            LifecycleCounts(
                as_of=t,
                model=lifecycle.model,
                stages={stage: asked[t].stages.get(stage, 0) for stage in lifecycle.labels},
                anonymous=asked[t].anonymous,
            )
            for t in instants
        ]

    def reported(
        self, t: Instant, without: Mapping[int, str] | None = None
    ) -> tuple[LifecycleCounts, dict[str, int]]:
        """The counts without who carries an extension that is excluded from reports.

        Also how many were left out by each such extension, a profile by the first one declared.
        ``without``: who that is, profile -> extension, where it is known already.
        """
        core, counts = self._core, self.counts_at([t])[0]
        left_out = out_of_reports(core, t) if without is None else without
        if not left_out:
            return counts, {}
        stages = dict(counts.stages)
        for row in core.answers([STAGE], t, sorted(left_out)).to_pylist():
            stages[row[STAGE]] -= bool(row["exists"])
        unknown = core.reader.db.run(
            "SELECT count(*) FROM presence WHERE anonymous AND list_contains($ids, profile_id)",
            {"ids": sorted(left_out)},
        )
        anonymous = counts.anonymous - int(unknown[0][0])
        return replace(counts, stages=stages, anonymous=anonymous), dict(Counter(left_out.values()))

    def valid_until(self, as_of: Moment = None) -> Instant | None:
        """The first instant after ``as_of`` at which anybody changes stage by itself; None: never.

        Exact; also of those who come to exist later, by what is dated ahead.
        """
        t = instant_of(as_of, self._core.clock, self._core.settings.zone)
        self._core.engine.create("asked_stage", [STAGE], t)
        found = self._core.reader.db.run(f'SELECT min("{STAGE}__until") FROM asked_stage')[0][0]  # noqa: S608 - a constant of ours
        return None if found is None else int(found)

    def stage(self, as_of: Moment = None) -> Relation:
        """``profile_id``, ``stage`` and ``valid_until`` of every existing profile."""
        t = instant_of(as_of, self._core.clock, self._core.settings.zone)
        return Relation(f"stage at {format_instant(t)}", lambda: self._stages(t))

    def _stages(self, t: Instant) -> pa.Table:
        with self._core.snapshot():
            self._core.reader.db.register("asked", self._core.answers([STAGE], t))
            return self._core.reader.db.arrow(
                'SELECT profile_id, stage, make_timestamptz("stage__until") AS valid_until '
                'FROM asked WHERE "exists" ORDER BY CAST(profile_id AS VARCHAR)'
            )

    def flows(
        self,
        last: str = "12 months",
        *,
        as_of: Moment = None,
        steps: int = 1,
        everybody: bool = True,
    ) -> Flows:
        """Moves between stages from ``last`` before ``as_of`` to ``as_of``, in equal steps.

        Who stayed is in it (before = after); who came to exist comes from ``""``. ``revenue`` of a
        move is that of the 365 days up to ``as_of``, of those who made it. ``everybody`` False: without
        who at ``as_of`` carries an extension that is excluded from reports. ``.plot()`` draws them.
        """
        end = instant_of(as_of, self._core.clock, self._core.settings.zone)
        start = before(end, last)
        bounds = [start + (end - start) * n // steps for n in range(steps + 1)]
        without = () if everybody else out_of_reports(self._core, end)
        return Flows(self.between(bounds, without), self._core)

    def ahead(
        self, until: Moment, *, as_of: Moment = None, without: Iterable[int] = ()
    ) -> FlowStep:
        """Moves between stages from ``as_of`` to the later ``until``, as if nothing more were said.

        What was said by ``as_of`` and is dated ahead happens. ``without``: profiles that are left out.
        """
        t = instant_of(as_of, self._core.clock, self._core.settings.zone)
        later = instant_of(until, self._core.clock, self._core.settings.zone)
        self._worth(t)
        self._core.reader.db.register("at_0", self._core.answers([STAGE], t))
        with known_by(self._core, t) as past:
            self._core.reader.db.register("at_1", past.engine.answers([STAGE], later))
        return self._step(0, (t, later), without)

    def between(self, bounds: Sequence[Instant], without: Iterable[int] = ()) -> list[FlowStep]:
        """Moves between consecutive instants; ``without``: profiles that are left out."""
        self._worth(bounds[-1])
        for n, t in enumerate(bounds):
            self._core.reader.db.register(f"at_{n}", self._core.answers([STAGE], t))
        return [self._step(n, (bounds[n], bounds[n + 1]), without) for n in range(len(bounds) - 1)]

    def _worth(self, t: Instant) -> None:
        engine = self._core.with_traits([YEAR_REVENUE])
        self._core.reader.db.register("year_worth", engine.answers([YEAR_REVENUE.name], t))

    def _step(self, n: int, ends: tuple[Instant, Instant], without: Iterable[int]) -> FlowStep:
        flows = tuple(
            Flow(before=row[0], after=row[1], count=int(row[2]), revenue=int(row[3]))
            for row in self._core.reader.db.run(_moves(n), {"without": sorted(without)})
        )
        return FlowStep(start=ends[0], end=ends[1], flows=flows)


def _moves(n: int) -> str:
    """Sample: ``('loyal', 'at_risk', 14, 1830000)``; not there yet is ``''``."""
    return f"""
        SELECT coalesce(a.stage, '') AS before, b.stage AS after, count(*),
            coalesce(sum(w."{YEAR_REVENUE.name}"), 0)
        FROM (SELECT * FROM at_{n + 1} WHERE "exists") AS b
        LEFT JOIN (SELECT * FROM at_{n} WHERE "exists") AS a USING (profile_id)
        LEFT JOIN year_worth AS w USING (profile_id)
        WHERE b.profile_id NOT IN (SELECT unnest($without::BIGINT[]))
        GROUP BY ALL ORDER BY ALL
        """  # noqa: S608 - a number and a constant of ours
