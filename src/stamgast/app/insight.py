"""``shop.insight``: what the figures say; each exact, of an instant, with what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stamgast.app.core import STAGE
from stamgast.app.figures import YEAR_REVENUE
from stamgast.app.insight_answer import InsightAnswer
from stamgast.app.instants import instant_of
from stamgast.app.past import known_by
from stamgast.errors import UserError, did_you_mean
from stamgast.measure.groups import groups_of
from stamgast.measure.model import Note
from stamgast.measure.shopping import make_revenue
from stamgast.measure.upcoming import find_changes, not_foreseen, upcoming
from stamgast.measure.worth import worth
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.measure.groups import Groups
    from stamgast.measure.model import Insight
    from stamgast.model.log import Instant

Only: TypeAlias = "str | Sequence[str] | None"
"""Of whom: ``stage:loyal``, a segment's name, ``attribute=value``; of several all must hold."""


class Insights:
    """Reports on segments and stages.

    ``only`` and ``split_by`` (``stage``, a segment, an attribute) are judged at the instant at which
    the report begins. Every answer has ``.as_json()``, ``.arrow()``, ``.plot()`` and the lines of
    ``.text()``.
    """

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def upcoming(
        self,
        name: str,
        *,
        days: int = 14,
        as_of: Moment = None,
        only: Only = None,
        split_by: str | None = None,
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
        groups = groups_of(core.definitions, only, split_by)
        with known_by(core, t) as past:
            ahead = Note(key="ahead_cut" if past.cut else "ahead")
            notes = (*self._groups(groups, t, past.core), ahead)
            find_changes(past.core.reader.db, past.engine, known, bounds, coming=past.coming)
            worth_of = past.core.with_traits([YEAR_REVENUE]).answers([YEAR_REVENUE.name], t)
            past.core.reader.db.register("insight_worth", worth_of)
            past.core.reader.db.run(_WORTH)
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
    ) -> InsightAnswer:
        """Of those in it ``days`` ago: how many bought since, and for how much (median and mean).

        ``name``: a segment, ``stage`` (a row per stage) or ``stage:<one>``. Nobody was treated
        specially for it: it is the baseline that a campaign has to beat. Raises UserError
        ``segment.unknown`` and ``insight.group``.
        """
        core, t = self._core, self._instant(as_of)
        then = t - days * DAY_US
        known, groups = self._name(name), groups_of(core.definitions, only, split_by)
        notes = self._groups(groups, then)
        core.engine.create("insight_then", [known], then)
        make_revenue(core.reader.db, t)
        stages = list(core.definitions.lifecycle.labels)
        found = worth(core.reader.db, name, (then, t), groups, stages=stages, notes=notes)
        return self._answer(found)

    # --- parts ------------------------------------------------------------------------------------

    def _instant(self, moment: Moment) -> Instant:
        return instant_of(moment, self._core.clock, self._core.settings.zone)

    def _answer(self, insight: Insight) -> InsightAnswer:
        return InsightAnswer(insight, self._core)

    def _groups(self, groups: Groups, t: Instant, core: Core | None = None) -> tuple[Note, ...]:
        used = core or self._core
        return groups.make(used.reader.db, used.with_traits, used.definitions, t)

    def _name(self, name: str) -> str:
        """What engines call it. Raises UserError ``segment.unknown`` and ``stage.unknown``."""
        kind, colon, one = name.partition(":")
        if kind != STAGE:
            return self._core.named_segment(name).name
        known = list(self._core.definitions.lifecycle.labels)
        if colon and one not in known:
            hint = did_you_mean(one, known) or f"known are {', '.join(known)}"
            raise UserError("stage.unknown", f"there is no stage {one!r}", hint=hint)
        return STAGE


_WORTH = f"""
    CREATE OR REPLACE TEMP VIEW worth AS
    SELECT profile_id, "{YEAR_REVENUE.name}" AS revenue FROM insight_worth WHERE "exists"
    """  # noqa: S608 - a constant of ours
