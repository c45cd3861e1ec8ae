"""The shop statistics of a midnight, kept from one refresh to the next.

They are of everybody, and the same until the next midnight unless something is said of the time before:
the rankings are in the lake (``standing``), numbers beside the refresh in the operational store. What is
kept is told apart by its place among all that the definitions need: it is for the same definitions only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stamgast.language.sql.parameters import ShopStatistics
from stamgast.language.sql.plan import score_key
from stamgast.store.lake import LAKE
from stamgast.store.midnight import SCORES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.language.ast import Score, Top
    from stamgast.language.sql.statistics import Needs
    from stamgast.store.database import Database
    from stamgast.store.writing import WriteSession

_TABLE = f"{SCORES}kept_"
"""Before the number of a ranking: a view of who is in it."""


def keep(
    session: WriteSession, database: Database, needs: Needs, known: ShopStatistics, midnight: int
) -> dict[str, Any] | None:
    """Write the rankings; returns what else is to be kept, as JSON. None: nothing can be.

    ``known``: all that ``needs`` names, as it was at the midnight, on ``database``.
    """
    values: list[list[Any]] = [
        [known.thresholds[one] for one in needs.tops],
        [known.numbers[one] for one in needs.percentiles],
        [known.sizes[score_key(one)] for one in needs.scores],
        [known.totals[one] for one in needs.totals],
    ]
    if not all(isinstance(one, int | float | None) for some in values for one in some):
        return None  # JSON gives it back as something else
    tables = _rankings(needs, known)
    rows = " UNION ALL ".join(
        f'SELECT {number} AS ranking, profile_id, score FROM "{table}"'  # noqa: S608 - our own names
        for number, table in enumerate(tables)
    )
    if rows:
        session.db.register("standing_to_save", database.arrow(rows))
        session.replace(
            "standing", "SELECT * FROM standing_to_save", order_by=LAKE["standing"].order
        )
    return {"midnight": midnight, "values": values, "rankings": len(tables)}


def kept(database: Database, needs: Needs, told: Mapping[str, Any]) -> ShopStatistics:
    """What ``keep`` kept, of the same needs; ``database``: of a reader of the lake as it was left."""
    for number in range(told["rankings"]):
        database.run(
            f"CREATE OR REPLACE TEMP VIEW {_TABLE}{number} AS "  # noqa: S608 - our own names
            f"SELECT profile_id, score FROM lake_standing WHERE ranking = {number:d}"
        )
    thresholds, numbers, sizes, totals = told["values"]
    places = {table: number for number, table in enumerate(_keys(needs))}
    return ShopStatistics(
        scores={key: f"{_TABLE}{number}" for key, number in places.items()},
        thresholds=dict(zip(needs.tops, thresholds, strict=True)),
        numbers=dict(zip(needs.percentiles, numbers, strict=True)),
        sizes=dict(zip(map(score_key, needs.scores), sizes, strict=True)),
        totals=dict(zip(needs.totals, totals, strict=True)),
    )


def covers(known: ShopStatistics, needs: Needs) -> bool:
    """Whether all that is needed is known."""
    return (
        all(one in known.thresholds for one in needs.tops)
        and all(one in known.numbers for one in needs.percentiles)
        and all(score_key(one) in known.sizes for one in needs.scores)
        and all(one in known.totals for one in needs.totals)
    )


def _keys(needs: Needs) -> list[tuple[object, ...]]:
    ranked: list[Top | Score] = [*needs.tops, *needs.scores]
    return list(dict.fromkeys(map(score_key, ranked)))


def _rankings(needs: Needs, known: ShopStatistics) -> list[str]:
    return [known.scores[key] for key in _keys(needs)]
