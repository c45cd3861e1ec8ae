"""Aggregates with steps of their own, by their name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.sql.recurring import recurring
from stamgast.language.sql.rhythm import rhythm, rhythm_day
from stamgast.language.sql.seasons import only_season, sale_first_days, season_returns

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.language.ast import Aggregate
    from stamgast.language.sql.plan import Plan
    from stamgast.language.sql.values import Value

BY_CALENDAR: dict[str, Callable[[Aggregate, Plan], Value]] = {
    "only_season": only_season,
    "season_returns": season_returns,
    "sale_first_days_hit": sale_first_days,
    "sale_first_days_seen": sale_first_days,
    "rhythm": rhythm,
    "rhythm_day": rhythm_day,
    "recurring": recurring,
}
