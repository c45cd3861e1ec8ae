"""The rows that count at ``u``: orders and refunds as they stand, revenue, events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.lines import FIRST_LAUNCH, LAST_LAUNCH, LINE_PROPERTIES
from stamgast.language.sql.moment import epoch_day
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    as_,
    case,
    col,
    eq,
    gt,
    gte,
    is_null,
    lte,
    sub,
    tab,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stamgast.language.sql.moment import Moment
    from stamgast.language.types import Type

TABLES = {
    "order": "order_version",
    "line": "order_line",
    "refund": "loose_refund",
    "revenue": "revenue",
    "event": "event",
}
ID = {
    "order": "order_key",
    "line": "line_id",
    "refund": "refund_key",
    "revenue": "id",
    "event": "message_id",
}
AT = {
    "order": "ordered_at",
    "line": "ordered_at",
    "refund": "at",
    "revenue": "at",
    "event": "occurred_at",
}
ORDER_STATE = ("total", "refunded", "net_total")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSet:
    """Rows with ``profile_id`` (and ``t``, when asked per row) that have come by ``u``."""

    name: str
    """What the rows are called in names of steps."""
    table: str
    """A table or an earlier step, read under the alias ``r``."""
    come: tuple[Sql, ...]
    """The conditions of having come."""
    at: Sql
    day: Sql
    id: Sql
    column: Callable[[str], Sql | None]
    """The expression of a property; None: no row has it."""
    asked: bool = False
    """Whether the rows carry ``t`` already."""
    also: tuple[Sql, ...] = ()
    """What else a group asks of its rows, whoever has looked whether they have come."""


def base_rows(
    source: str, events: tuple[str, ...], moment: Moment, declared: Mapping[str, Type]
) -> RowSet:
    """The rows of a source.

    order: ``FROM "order_version" AS "r" WHERE "valid_from" <= $t AND ("valid_to" IS NULL OR
    "valid_to" > $t) AND "counts"``; event: ``FROM "event" AS "r" WHERE "event" = $event AND
    "occurred_at" <= $t``.
    """
    come: tuple[Sql, ...] = in_force(moment)
    if source == "event":
        come = (event_filter(events, moment), lte(col("occurred_at"), moment.now()))
    elif source in ("order", "line"):
        come = (*come, col("counts"))
    return RowSet(
        name=source_name(source, events),
        table=TABLES[source] if source == "revenue" else moment.prefix + TABLES[source],
        come=come,
        at=col(AT[source]),
        day=day_number(col(AT[source]), moment),
        id=col(ID[source]),
        column=_line_columns(moment) if source == "line" else _columns(source, declared),
    )


def day_number(at: Sql, moment: Moment) -> Sql:
    """The number of the local day; with an instant per row from the column ``day``."""
    if moment.t is None:
        return moment.face.days_between(epoch_day(), col("day"))
    return moment.day_number(at)


def event_filter(events: Sequence[str], moment: Moment) -> Sql:
    """``"event" = $event`` or ``"event" IN ($event, $event_2)``."""
    bound = [moment.parameters.bind(event, "event") for event in events]
    if len(bound) == 1:
        return eq(col("event"), bound[0])
    return exp.In(this=col("event"), expressions=bound)


def in_force(moment: Moment) -> tuple[Sql, ...]:
    """The state of an order, or a loose refund, at ``u``."""
    return (
        lte(col("valid_from"), moment.now()),
        any_of([is_null(col("valid_to")), gt(col("valid_to"), moment.now())]),
    )


def source_name(source: str, events: tuple[str, ...]) -> str:
    """``order``, ``page_viewed``, ``page_viewed_and_2_more``."""
    if source != "event":
        return source
    first = "".join(c if c.isalnum() else "_" for c in events[0].lower())
    return first if len(events) == 1 else f"{first}_and_{len(events) - 1}_more"


def as_revenue(rows: RowSet) -> RowSet:
    """Order or refund rows with the property ``amount`` of revenue."""
    amount = col("net_total") if rows.name == "order" else exp.Neg(this=col("amount"))

    def column(name: str) -> Sql | None:
        return amount.copy() if name == "amount" else rows.column(name)

    return RowSet(
        name=rows.name,
        table=rows.table,
        come=rows.come,
        at=rows.at,
        day=rows.day,
        id=rows.id,
        column=column,
    )


def _columns(source: str, declared: Mapping[str, Type]) -> Callable[[str], Sql | None]:
    known = set(ORDER_STATE) | set(declared)

    def column(name: str) -> Sql | None:
        if name == "occurred_at":
            return col(AT[source])
        if source == "event":
            return col("p_" + name) if name in declared else None
        if name == "amount":
            return None if source == "order" else col("amount")
        return col(name) if source != "refund" and name in known else None

    return column


def _line_columns(moment: Moment) -> Callable[[str], Sql | None]:
    def column(name: str) -> Sql | None:
        if name == "occurred_at":
            return col(AT["line"])
        if name == "product_age":
            return _product_age(moment)
        return col(name) if name in LINE_PROPERTIES else None

    return column


def _product_age(moment: Moment) -> Sql:
    """``CASE WHEN "launched" BETWEEN ... AND "ordered_at" >= <its midnight> THEN ... END``."""
    at, launched = col(AT["line"]), col("launched")
    first, last = (
        exp.cast(exp.Literal.string(day.isoformat().rjust(10, "0")), "DATE")
        for day in (FIRST_LAUNCH, LAST_LAUNCH)
    )
    possible = case((all_of([gte(launched, first), lte(launched, last)]), launched.copy()))
    begins = moment.midnight(launched.copy(), exp.Paren(this=possible))
    return case((gte(at, begins), sub(at.copy(), exp.Paren(this=begins.copy()))))


def revenue_step(declared: Mapping[str, Type], prefix: str = "") -> exp.Query:
    """The step ``revenue``: each order with its net total, each loose refund with minus its amount.

    Only for aggregates that cannot be put together from the two: ``SELECT ..., 'o' || "order_key"
    AS "id", "net_total" AS "amount" FROM "order_version" WHERE "counts" UNION ALL SELECT ...``
    """
    names = [*ORDER_STATE, *(name for name in declared if name not in (*ORDER_STATE, "amount"))]
    names = [name for name in names if name != "occurred_at"]
    orders = (
        exp.select(
            *map(col, ("profile_id", "valid_from", "valid_to", "day")),
            as_(col("ordered_at"), "at"),
            as_(_joined("o", col("order_key")), "id"),
            as_(col("net_total"), "amount"),
            *map(col, names),
        )
        .from_(tab(prefix + "order_version"))
        .where(col("counts"))
    )
    refunds = exp.select(
        *map(col, ("profile_id", "valid_from", "valid_to", "day")),
        col("at"),
        as_(_joined("r", col("refund_key")), "id"),
        as_(exp.Neg(this=col("amount")), "amount"),
        *(as_(exp.null(), name) for name in names),
    ).from_(tab(prefix + "loose_refund"))
    return exp.union(orders, refunds, distinct=False)


def _joined(prefix: str, key: Sql) -> Sql:
    return exp.DPipe(this=exp.Literal.string(prefix), expression=key)
