"""Aggregates over rows, and when a row next enters or leaves their window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.errors import InternalError
from stamgast.language.ast import Between, Within
from stamgast.language.sql.filters import row_filter
from stamgast.language.sql.groups import Wish
from stamgast.language.sql.named import next_due
from stamgast.language.sql.sources import as_revenue, event_filter
from stamgast.language.sql.terms import (
    Sql,
    add,
    all_of,
    case,
    coalesce,
    col,
    count,
    gt,
    gte,
    is_null,
    lt,
    mul,
    never,
    num,
    present,
    sub,
    wrap,
)
from stamgast.language.sql.values import Value, earliest
from stamgast.language.sql.visited import in_visit, visited_rows
from stamgast.language.types import Type
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.language.ast import Aggregate, Rows, Window
    from stamgast.language.sql.dialect import Face
    from stamgast.language.sql.groups import Group
    from stamgast.language.sql.plan import Plan
    from stamgast.language.sql.sources import RowSet

SPLIT = ("count", "sum", "mean", "min", "max", "first", "last")
"""What can be said of revenue by putting together orders and loose refunds."""


def aggregate(a: Aggregate, plan: Plan) -> Value:
    """The value of an aggregate, over the columns that its groups make."""
    match a.op:
        case "visits" | "visit_days":
            return _visits(a, plan)
        case _ if a.visit is not None:
            return Value(sql=_of_visit(a, plan), until=None, level=0, type=a.type, nullable=True)
        case _ if a.rows.source == "revenue" and a.op in SPLIT:
            return _of_revenue(a, plan)
        case _:
            part = Part.of(a.rows, plan)
            value = part.value(a)
            return Value(
                sql=value,
                until=earliest([part.edge(a.rows.window), next_due(a.rows, plan)]),
                level=0,
                type=a.type,
                nullable=a.op not in ("count", "distinct", "days"),
            )


class Part:
    """The rows of one source that an aggregate is over: their group, filter and window."""

    def __init__(self, group: Group, rows: RowSet, where: Sql | None, plan: Plan) -> None:
        """Rows of the group, read through ``rows`` (which may give them other properties)."""
        self.group = group
        self.rows = rows
        self.where = where
        self.plan = plan

    @staticmethod
    def of(rows: Rows, plan: Plan, events: tuple[str, ...] = ()) -> Part:
        """The group of a source with the filter of ``rows``.

        ``events``: the group of these events, of which those of ``rows`` are some.
        """
        if rows.source != "event" or rows.events == events or not events:
            group = plan.group(rows.source, rows.events)
            return Part.over(group, group.rows, rows, plan)
        group = plan.group(rows.source, events)
        part = Part.over(group, group.rows, rows, plan)
        named = event_filter(rows.events, plan.moment)
        part.where = named if part.where is None else all_of([named, part.where])
        return part

    @staticmethod
    def over(group: Group, seen: RowSet, rows: Rows, plan: Plan) -> Part:
        """The same rows, whose properties are those of ``seen``."""
        where = (
            None
            if rows.where is None
            else row_filter(rows.where, seen.column, plan.moment.parameters)
        )
        return Part(group, seen, where, plan)

    def want(
        self,
        hint: str,
        aggregate_: Sql,
        window: Window | None,
        *,
        default: int | None = None,
        exact: bool = True,
    ) -> Sql:
        """A column of the group."""
        wish = Wish(where=self.where, window=window, exact=exact)
        return col(self.group.want(hint, aggregate_, wish, default=default).column)

    def edge(self, window: Window | None) -> Sql | None:
        """The least instant after u at which a row enters or leaves the window.

        ``COALESCE("order_oldest" + ($us_365d + 1), 9223372036854775807)``
        """
        match window:
            case Within(us=us):
                return after(self._oldest(window), us, self.plan)
            case Between(from_us=from_us, to_us=to_us):
                leaves = after(self._oldest(Within(us=to_us)), to_us, self.plan)
                enters = after(self._oldest(Within(us=from_us)), from_us, self.plan)
                return earliest([leaves, enters])
            case _:
                return None

    def _oldest(self, window: Window) -> Sql:
        return self.want("oldest", exp.Min(this=self.rows.at), window)

    def value(self, a: Aggregate) -> Sql:
        """The value; NULL when missing."""
        match a.op:
            case "count":
                return self.want("count", count(), a.rows.window, default=0)
            case "sum":
                return self.plan.face.in_64_bits(self.total(a))
            case "mean":
                total, many = self.total(a), self.many(a)
                return mean(total, many, a, self.plan)
            case "min" | "max":
                made = exp.Min if a.op == "min" else exp.Max
                return self.want(f"{a.op}_{a.of}", made(this=self._of(a)), a.rows.window)
            case "first" | "last":
                return self.end(a)
            case "distinct" | "most_frequent":
                return self._by_value(a)
            case "mean_gap" | "last_gap" | "first_gap" | "days":
                return self.by_day(a)
            case _:
                raise InternalError(f"no aggregate {a.op}")

    def _of(self, a: Aggregate) -> Sql:
        """The property, or a NULL of its type."""
        found = self.rows.column(a.of or "")
        if found is None:
            return exp.cast(exp.null(), "BIGINT")
        return found

    def total(self, a: Aggregate) -> Sql:
        """The sum, 0 of nothing."""
        return self.want(f"sum_{a.of}", exp.Sum(this=self._of(a)), a.rows.window, default=0)

    def many(self, a: Aggregate) -> Sql:
        """The number of values that are not missing."""
        return self.want(f"values_{a.of}", exp.Count(this=self._of(a)), a.rows.window, default=0)

    def end(self, a: Aggregate) -> Sql:
        """The value of the first or last row."""
        first = a.op == "first"
        if a.of == "occurred_at":
            made = exp.Min if first else exp.Max
            return self.want(f"{a.op}_at", made(this=self.rows.at), a.rows.window)
        wish = Wish(where=self.where, window=a.rows.window)
        column, field = self.group.want_end(self.rows, self._of(a), wish, first=first)
        return self.plan.face.field(col(column), field)

    def _by_value(self, a: Aggregate) -> Sql:
        """``distinct`` and ``most_frequent`` of a property share one GROUP BY of its values."""
        face = self.plan.face
        inner, outer = self.plan.groups_by(self.group, a.of or "", self._of(a))
        wish = Wish(where=self.where, window=a.rows.window)
        rows = inner.want("rows", count(), wish)
        if a.op == "distinct":
            return col(outer.want("distinct", count(), default=0, when=(inner, rows)).column)
        latest = inner.want("last", exp.Max(this=face.row(at=self.rows.at, id=self.rows.id)), wish)
        key = face.row(rows=col(rows.column), last=col(latest.column))
        most = outer.want(
            "most_frequent", face.value_of_greatest(col("key"), key), when=(inner, rows)
        )
        return col(most.column)

    def by_day(self, a: Aggregate) -> Sql:
        """The number of the different local days, and the gaps between them."""
        face = self.plan.face
        inner, outer = self.plan.groups_by(self.group, "day", self.rows.day)
        rows = inner.want("rows", count(), Wish(where=self.where, window=a.rows.window))

        def over(hint: str, made: Sql) -> Sql:
            return col(outer.want(hint, made, when=(inner, rows)).column)

        if a.op in ("days", "visit_days"):
            return col(outer.want("days", count(), default=0, when=(inner, rows)).column)
        if a.op == "first_gap":
            return _first_gap(over, face)
        last = over("last", exp.Max(this=col("key")))
        if a.op == "last_gap":
            before = face.element(over("last_two", face.latest(col("key"), 2)), 2)
            return exp.Mul(this=exp.Paren(this=sub(last, before)), expression=num(DAY_US))
        days = col(outer.want("days", count(), default=0, when=(inner, rows)).column)
        first = over("first", exp.Min(this=col("key")))
        span = exp.Mul(this=exp.Paren(this=sub(last, first)), expression=num(DAY_US))
        gap = exp.IntDiv(this=exp.Paren(this=span), expression=exp.Paren(this=sub(days, num(1))))
        return case((gt(days, num(1)), exp.cast(gap, "BIGINT")))


def _first_gap(over: Callable[[str, Sql], Sql], face: Face) -> Sql:
    """The days are numbers: the two latest of the negated ones are the two earliest."""
    first = over("first", exp.Min(this=col("key")))
    two = over("first_two", face.latest(exp.Neg(this=col("key")), 2))
    second = exp.Neg(this=face.element(two, 2))
    return exp.Mul(this=exp.Paren(this=sub(second, first)), expression=num(DAY_US))


def after(at: Sql, us: int, plan: Plan) -> Sql:
    """``at + us + 1``, never when there is no such instant."""
    return coalesce(add(plan.moment.later(at, us), num(1)), never())


def mean(total: Sql, many: Sql, a: Aggregate, plan: Plan) -> Sql:
    """One division: ``CAST(sum AS DOUBLE) / CAST(count * 100 AS DOUBLE)``."""
    scale = plan.definitions.scales[a.of_type or Type.INTEGER]
    below = many if scale == 1 else mul(many, num(scale))
    double = plan.face.double
    return case((gt(many, num(0)), exp.Div(this=double(total), expression=double(below))))


# --- revenue ---------------------------------------------------------------------------------------


def _of_revenue(a: Aggregate, plan: Plan) -> Value:
    """Put together from orders and loose refunds, so that orders are read once."""
    parts = []
    for source in ("order", "refund"):
        group = plan.group(source, ())
        parts.append(Part.over(group, as_revenue(group.rows), a.rows, plan))
    orders, refunds = parts
    match a.op:
        case "count":
            value = add(orders.value(a), refunds.value(a))
        case "sum":
            value = plan.face.in_64_bits(add(orders.total(a), refunds.total(a)))
        case "mean":
            total = add(orders.total(a), refunds.total(a))
            many = add(orders.many(a), refunds.many(a))
            value = mean(wrap(total), wrap(many), a, plan)
        case "min":
            value = _either(orders.value(a), refunds.value(a), lt)
        case "max":
            value = _either(orders.value(a), refunds.value(a), gt)
        case _:
            value = _end_of_revenue(a, orders, refunds)
    until = earliest([part.edge(a.rows.window) for part in parts])
    nullable = a.op != "count"
    return Value(sql=value, until=until, level=0, type=a.type, nullable=nullable)


def _either(one: Sql, other: Sql, better: Callable[[Sql, Sql], Sql]) -> Sql:
    """The better of two, the one that is there if one is missing."""
    test = better(one, other)
    return case((is_null(other), one), (test, one), otherwise=other)


def _end_of_revenue(a: Aggregate, orders: Part, refunds: Part) -> Sql:
    """An order comes before a refund at the same instant: ``o...`` < ``r...``."""
    window = a.rows.window
    made = exp.Min if a.op == "first" else exp.Max
    order_at = orders.want(f"{a.op}_at", made(this=orders.rows.at), window)
    refund_at = refunds.want(f"{a.op}_at", made(this=refunds.rows.at), window)
    later = gte(refund_at, order_at) if a.op == "last" else lt(refund_at, order_at)
    from_refund = exp.or_(is_null(order_at), later, copy=False)
    return case(
        (exp.and_(present(refund_at), exp.Paren(this=from_refund), copy=False), refunds.end(a)),
        otherwise=orders.end(a),
    )


# --- visits ----------------------------------------------------------------------------------------


def _visits(a: Aggregate, plan: Plan) -> Value:
    """The number of visit starts in the window, or of their local days."""
    part = Part.of(a.rows, plan)
    group = plan.visit_group(part, a)
    starts = Part(group, group.rows, None, plan)
    if a.op == "visits":
        value = starts.want("count", count(), a.rows.window, default=0)
    else:
        value = starts.by_day(a)
    return Value(sql=value, until=starts.edge(a.rows.window), level=0, type=a.type, nullable=False)


def _of_visit(a: Aggregate, plan: Plan) -> Sql:
    """The first or last row of the first or last visit."""
    group = visited_rows(a, plan)
    return Part(group, group.rows, in_visit(a), plan).end(a)
