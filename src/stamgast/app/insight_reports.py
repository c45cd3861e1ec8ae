"""Reports on the shop as a whole: a part of ``shop.insight``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, get_args

from stamgast.app.core import STAGE
from stamgast.app.figures import YEAR_US, first_order_at
from stamgast.app.insight_frame import Asking
from stamgast.app.snapshot import of_one_snapshot
from stamgast.errors import UserError, did_you_mean
from stamgast.language.ast import Top
from stamgast.language.sql.calendar import last_midnight, local_day, midnight
from stamgast.measure.backtest import TRAIT as RHYTHM
from stamgast.measure.backtest import backtest, counted_at
from stamgast.measure.cohorts import cohorts
from stamgast.measure.coupons import Study, coupons
from stamgast.measure.groups import groups_of
from stamgast.measure.model import Note
from stamgast.measure.returns import By, returns
from stamgast.measure.second_coupon import second_coupon
from stamgast.measure.segments import best_buyers, overlap, sizes, sizes_at
from stamgast.measure.shopping import make_orders, of_nobody
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.app.insight_answer import InsightAnswer
    from stamgast.app.insight_frame import Only
    from stamgast.app.instants import Moment
    from stamgast.model.log import Instant

BEST = ("best_buyers", "vip", "elite_vip")
FIRST = "first_order_at"
"""The trait that is missing where the first known order may not be the first."""


@of_one_snapshot
class Reports(Asking):
    """Reports on the shop as a whole."""

    def overlap(
        self,
        names: Sequence[str] = (),
        *,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """How many members each pair of segments shares, and which share of the first they are.

        ``names``: of which; else of all. Pairs that share nobody are not there. Raises UserError
        ``segment.unknown`` and ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        chosen = [core.named_segment(name).name for name in names] or list(
            core.definitions.segments
        )
        chosen = list(dict.fromkeys(chosen))
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        notes = self._groups(groups, t)
        core.engine.create("insight_wide", chosen, t)
        return self._answer(overlap(core.reader.db, t, chosen, groups, notes))

    def best_buyers(
        self,
        *,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """Which share of the net revenue of the last 365 days' buyers the best of them bring.

        Ranked, and counted, at the last local midnight. Of the segments ``best_buyers``, ``vip`` and
        ``elite_vip``, as the shop defines them. Orders of nobody are in no buyer's revenue. Raises
        UserError ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        at = last_midnight(t, core.definitions.zone)
        names = [
            name
            for name in BEST
            if name in core.definitions.segments
            and isinstance(core.definitions.segments[name].where, Top)
        ]
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        notes = self._groups(groups, at)
        core.engine.create("insight_wide", names, at)
        self._year_revenue(at)
        make_orders(core.reader.db, at)
        instants = (t, at, at - YEAR_US)
        notes = (*notes, *of_nobody(core.reader.db, at - YEAR_US, at))
        return self._answer(best_buyers(core.reader.db, instants, names, groups, notes))

    def cohorts(
        self,
        *,
        days: int = 90,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """Per month of the first purchase: how many ordered again within ``days``, and ever.

        Months of the first 90 days of the history (the setting ``history_from``, else the first
        order) are pointed out in ``left_edge``. Raises UserError ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        notes = self._groups(groups, t)
        make_orders(core.reader.db, t)
        notes = (*notes, *of_nobody(core.reader.db, None, t))
        begins = core.settings.history_from or first_order_at(core, t)
        return self._answer(cohorts(core.reader.db, t, days, begins, groups, notes))

    def sizes(
        self,
        name: str = STAGE,
        *,
        months: int = 12,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """How many were in a segment at the ends of the last months, and at ``as_of``.

        ``name``: a segment, ``stage`` (all of them) or ``stage:<one>``. A month ends at the local
        midnight at which the next one begins. Everything is judged at each instant, ``only`` and
        ``split_by`` too. Raises UserError ``segment.unknown`` and ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        known, groups = (
            self._name(name),
            groups_of(core.definitions, only, split_by, everybody=everybody),
        )
        found: dict[Instant, list[tuple[str, str, int]]] = {}
        notes: tuple[Note, ...] = ()
        for at in (*self._month_ends(t, months), t):
            notes = self._groups(groups, at)
            core.engine.create("insight_wide", [known], at)
            found[at] = sizes_at(core.reader.db, name)
        stages = list(core.definitions.lifecycle.labels)
        return self._answer(sizes(name, found, stages, groups, notes))

    def _month_ends(self, t: Instant, months: int) -> list[Instant]:
        zone = self._core.definitions.zone
        day = local_day(t, zone).replace(day=1)
        found: list[Instant] = []
        while len(found) < months:
            at = midnight(day, zone)
            if at < t:
                found.append(at)
            day = (day - timedelta(days=1)).replace(day=1)
        return found[::-1]

    def returns(
        self,
        by: str = "category",
        *,
        days: int = 365,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """Refunds of the last days by ``category``, ``brand``, ``product`` or ``reason``.

        As far as the sources say it: the rest has no value. Beside it what was sold of it in the same
        days. Raises UserError ``insight.by`` and ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        known: tuple[By, ...] = get_args(By)
        chosen = next((one for one in known if one == by), None)
        if chosen is None:
            hint = did_you_mean(by, known) or f"known are {', '.join(known)}"
            raise UserError("insight.by", f"returns are not told apart by {by!r}", hint=hint)
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        notes = self._groups(groups, t)
        bounds = (t - days * DAY_US, t)
        return self._answer(returns(core.reader.db, bounds, chosen, groups, notes))

    def coupons(
        self,
        *,
        days: int = 90,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """Of who began with a coupon and who did not: how many ordered again within ``days``.

        With 95 % intervals (Wilson 1927; of the difference Newcombe 1998, method 10). It is not
        causal: who uses a coupon may be another kind of customer. Raises UserError
        ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        notes = self._groups(groups, t)
        make_orders(core.reader.db, t, self._not_coupons())
        notes = (*notes, *of_nobody(core.reader.db, None, t))
        best = BEST[0] if BEST[0] in core.definitions.segments else None
        first = FIRST if FIRST in core.definitions.traits else None
        asked = [one for one in (best, first) if one is not None]
        if asked:
            core.engine.create("insight_wide", asked, t)
        study = Study(t=t, days=days, first=first, best=best)
        return self._answer(coupons(core.reader.db, study, groups, notes))

    def _not_coupons(self) -> list[str]:
        """What the codes begin with that are no coupons: the parameter, one text or a list."""
        written = self._core.definitions.parameters.get("not_coupons", [])
        return [str(one) for one in (written if isinstance(written, list) else [written])]

    def second_coupon(
        self,
        *,
        days: int = 90,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """A second coupon offered (``Coupon Offered``, ``Email Sent`` with a coupon) between the first and second order.

        Against customers who on the same day since their first order had no offer and no second order
        yet: a second order within ``days``, and the share that ever pays full price later, each with
        95 % intervals. It is not causal. Raises UserError ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        notes = self._groups(groups, t)
        make_orders(core.reader.db, t, self._not_coupons())
        notes = (*notes, *of_nobody(core.reader.db, None, t))
        return self._answer(second_coupon(core.reader.db, t, days, groups, notes))

    def backtest(
        self,
        *,
        days: int = 90,
        times: int = 4,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
        everybody: bool = False,
    ) -> InsightAnswer:
        """What came of those whom the optional rule of ``risk_customers`` would have flagged.

        At ``times`` past instants, ``days`` apart, the latest ``days`` before ``as_of``: of the active
        customers whose rhythm is known (the trait ``rhythm_risk``), flagged and not flagged, how many
        bought nothing in the ``days`` after, with 95 % intervals. ``only`` and ``split_by`` are judged
        at each of them. Raises UserError ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        groups = groups_of(core.definitions, only, split_by, everybody=everybody)
        found, notes = {}, []
        for then in (t - days * DAY_US * n for n in range(times, 0, -1)):
            notes = list(self._groups(groups, then))
            core.engine.create("insight_risk", [RHYTHM], then)
            found[then] = counted_at(core.reader.db, then, days)
        on = core.definitions.parameters.get("risk_by_rhythm")
        notes.append(Note(key="risk_on" if on is True else "risk_off"))
        return self._answer(backtest(t, days, found, groups, notes))
