"""``shop.insight``: what the figures say; each exact, of an instant, with what is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stamgast.app.core import STAGE
from stamgast.app.insight_answer import Suggestion
from stamgast.app.insight_reports import Reports
from stamgast.app.own_figures import import_notes, read_own
from stamgast.app.past import known_by
from stamgast.app.snapshot import of_one_snapshot
from stamgast.app.suggesting import Times
from stamgast.errors import UserError
from stamgast.measure.figures import beside_own, months, our_figures
from stamgast.measure.flows import WON_BACK, flows
from stamgast.measure.groups import groups_of
from stamgast.measure.model import Note
from stamgast.measure.shopping import make_orders, make_revenue, of_nobody
from stamgast.measure.suggest import Gaps, find_gaps, moves, suggest, suggested
from stamgast.measure.upcoming import find_changes, not_foreseen, upcoming
from stamgast.measure.worth import worth
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stamgast.app.insight_answer import InsightAnswer
    from stamgast.app.insight_frame import Only
    from stamgast.app.instants import Moment
    from stamgast.model.log import Instant


@of_one_snapshot
class Insights(Reports):
    """Reports on segments and stages.

    ``only`` and ``split_by`` (``stage``, a segment, an attribute) are judged at the instant at which
    the report begins, where it does not say otherwise. Every answer is a table with ``.as_json()``,
    ``.facts``, ``.notes`` and ``.plot()``.
    """

    def upcoming(
        self,
        name: str,
        *,
        days: int = 14,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """Who enters and leaves a segment by themselves in the next days, when, and worth what.

        ``name``: also ``stage`` (every move) or ``stage:<one>``. One row per change, at its exact
        instant, as if nothing more were said after ``as_of``; ``worth_minor`` is the net revenue of
        the 365 days before it. A segment that rests on ranks or other figures of the whole shop is
        left out, and says so. Raises UserError ``segment.unknown`` and ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        known = self._name(name)
        bounds = (t, t + days * DAY_US)
        if known != STAGE and core.named_segment(known).uses_statistics:
            return self._answer(not_foreseen(name, bounds))
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        with known_by(core, t) as past:
            notes = (*self._groups(groups, t, past.core), Note(key="ahead"))
            find_changes(past.core.reader.db, past.engine, known, bounds, coming=past.coming)
            self._year_revenue(t, past.core)
            found = upcoming(past.core.reader.db, name, bounds, groups, notes)
        return self._answer(found)

    def worth(
        self,
        name: str = STAGE,
        *,
        days: int = 90,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """Of those in it ``days`` ago: how many bought since, and for how much (median and mean).

        ``name``: a segment, ``stage`` (a row per stage) or ``stage:<one>``. Nobody was treated
        specially for it: it is the baseline that a campaign has to beat. Raises UserError
        ``segment.unknown`` and ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        then = t - days * DAY_US
        known, groups = (
            self._name(name),
            groups_of(core.definitions, only, split_by, everybody=everybody),
        )
        notes = self._groups(groups, then)
        core.engine.create("insight_then", [known], then)
        make_revenue(core.reader.db, t)
        notes = (*notes, *of_nobody(core.reader.db, then, t))
        stages = list(core.definitions.lifecycle.labels)
        found = worth(core.reader.db, name, (then, t), groups, stages=stages, notes=notes)
        return self._answer(found)

    def flows(
        self,
        start: Moment,
        end: Moment = None,
        *,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """Moves between stages from one instant to another; who stayed is in it.

        ``before`` is empty of who came to exist. ``revenue_minor``: of the 365 days up to ``end``, of
        those who made the move. ``won_back``: how many of them came back after a long time away (the
        segment ``returned_customers``) and had not at ``start``. ``only`` and ``split_by`` are judged
        at ``end``. Raises UserError ``insight.backwards`` and ``insight.group``.
        """
        core = self._core
        bounds = (self._instant(start), self._instant(end))
        if bounds[0] >= bounds[1]:
            raise UserError(
                "insight.backwards",
                "the first instant is not before the second",
                hint="write the earlier one first",
            )
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        notes = self._groups(groups, bounds[1])
        won_back = WON_BACK in core.definitions.segments
        names = [STAGE, WON_BACK] if won_back else [STAGE]
        core.engine.create("flow_start", names, bounds[0])
        core.engine.create("flow_end", names, bounds[1])
        self._year_revenue(bounds[1])
        stages = list(core.definitions.lifecycle.labels)
        return self._answer(
            flows(core.reader.db, bounds, groups, stages=stages, won_back=won_back, notes=notes)
        )

    def suggest(
        self,
        *,
        as_of: Moment = None,
        every: bool = False,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> Suggestion:
        """Times for the lifecycle, read off the shop's own gaps between purchase days.

        The 50, 70, 80 and 95 % points (nearest rank) of the gaps that began at least 365 days before
        ``as_of``, or of all (``every``, or when there are no such ones; a note says so), up to whole weeks, in the place of
        ``lifecycle_new``, ``_promising``, ``_active`` and ``_lost``. ``by_gap``: every gap counts as
        one; ``by_person``: the gaps of one person count as one together. ``.moves``: who would be in
        another stage then. Raises UserError ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        notes = self._groups(groups, t)
        make_orders(core.reader.db, t)
        gaps, every = find_gaps(core.reader.db, t, core.definitions.zone, every=every)
        times = Times(core)
        notes = (*notes, Note(key="suggest_all" if every else "suggest_ripe"))
        if not times.complete:
            notes = (*notes, Note(key="suggest_own"))
        found = suggest(t, gaps, times.now, groups, notes)
        return Suggestion(found, core, self._moves(t, gaps, times))

    def figures(self, own: str | Path | None = None, *, as_of: Moment = None) -> InsightAnswer:
        """Orders and net revenue per month of the shop's calendar, orders of nobody included.

        ``own``: a CSV of the shop's own totals (month, orders, revenue); then each month stands beside
        them, and the difference is explained by what is known: cancelled orders, orders without a
        customer, refunds, VAT; what is left is said. One way of counting is taken for all months:
        the one that fits most of them. Notes say what became of lines that are in no figure. Raises
        UserError ``figures.unreadable`` and ``figures.invalid``.
        """
        core, t = self._core, self._instant(as_of)
        told = None if own is None else read_own(own, core.settings.currency)
        found = months(core.reader.db, t, core.definitions.zone)
        notes = list(import_notes(core))
        if told is None:
            return self._answer(our_figures(t, found, notes))
        return self._answer(beside_own(t, found, told, core.settings.country, notes))

    def _moves(self, t: Instant, gaps: Mapping[str, Gaps], times: Times) -> InsightAnswer:
        core, weighted = self._core, []
        self._year_revenue(t)
        core.engine.create("suggest_now", [STAGE], t)
        whole = Gaps(one for found in gaps.values() for one in found.counted)
        for weighting in ("by_gap", "by_person"):
            points = suggested(whole, by_person=weighting == "by_person")
            days = {name: value for name, value in points.items() if value is not None}
            if times.complete and len(days) == len(points):
                lifecycle = times.lifecycle_of(days)
                engine = core.engine_for(replace(core.definitions, lifecycle=lifecycle))
                engine.create(f"suggest_{weighting}", [STAGE], t)
                weighted.append(weighting)
        stages = list(core.definitions.lifecycle.labels)
        return self._answer(moves(core.reader.db, t, weighted, stages))
