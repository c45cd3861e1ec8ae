"""What every question of insight shares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from stamgast.app.core import STAGE
from stamgast.app.figures import YEAR_REVENUE
from stamgast.app.insight_answer import InsightAnswer
from stamgast.app.instants import instant_of
from stamgast.errors import UserError, did_you_mean
from stamgast.measure.model import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.measure.groups import Groups
    from stamgast.measure.model import Insight
    from stamgast.model.log import Instant

Only: TypeAlias = "str | Sequence[str] | None"
"""Of whom: ``stage:loyal``, a segment's name, ``attribute=value``; of several all must hold."""


class Asking:
    """One shop, asked."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def _instant(self, moment: Moment) -> Instant:
        return instant_of(moment, self._core.clock, self._core.settings.zone)

    def _answer(self, insight: Insight) -> InsightAnswer:
        by = insight.facts.get("split_by")
        if by is not None and by.value == STAGE and insight.columns[0].kind == "part":
            place = {stage: n for n, stage in enumerate(self._core.definitions.lifecycle.labels)}
            rows = sorted(insight.rows, key=lambda row: place.get(str(row[0]), len(place)))
            insight = replace(insight, rows=tuple(rows))
        if insight.rows and any(column.kind == "money" for column in insight.columns):
            basis = Note(key=self._core.settings.revenue_basis)
            insight = replace(insight, notes=(*insight.notes, basis))
        return InsightAnswer(insight, self._core)

    def _groups(self, groups: Groups, t: Instant, core: Core | None = None) -> tuple[Note, ...]:
        used = core or self._core
        return groups.make(used.reader.db, used.with_traits, used.definitions, t)

    def _year_revenue(self, t: Instant, core: Core | None = None) -> None:
        """Make the view ``worth``: ``profile_id``, ``revenue``."""
        used = core or self._core
        used.with_traits([YEAR_REVENUE]).create("insight_worth", [YEAR_REVENUE.name], t)
        used.reader.db.run(_WORTH)

    def _segment(self, name: str) -> bool:
        return name in self._core.definitions.segments

    def _name(self, name: str) -> str:
        """What engines call it. Raises UserError ``segment.unknown`` and ``stage.unknown``."""
        kind, colon, one = name.partition(":")
        if name in self._core.definitions.lifecycle.labels and not self._segment(name):
            hint = f"did you mean `{STAGE}:{name}`?"
            raise UserError("segment.unknown", f"there is no segment {name!r}", hint=hint)
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
