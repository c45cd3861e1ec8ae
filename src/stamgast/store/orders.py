"""The fold of what was said about orders and refunds into the states they were in.

``docs/meaning.md`` ("Rows") is what it computes: an order changes state at the ``valid_from`` of its
statements and at the instants of the refunds that name it; the statement in force has the lowest
source rank, then the latest ``valid_from``, then the latest ``received_at``, then the highest ``seq``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    as_,
    asc,
    case,
    coalesce,
    col,
    count,
    desc,
    eq,
    greatest,
    gt,
    gte,
    is_null,
    lt,
    lte,
    num,
    present,
    sub,
    tab,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER_COLUMNS = (
    "gross",
    "discount",
    "order_id",
    "coupon",
    "coupon_used",
    "channel",
    "store",
    "status",
)
"""What a version carries of its statement when nobody asks for more (``model.tables``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldSpec:
    """The tables to fold, and the columns that ride along.

    ``statements`` and ``refunds`` are tables (or views, or steps of the statement around) with the
    columns of ``model.tables.ORDER_STATEMENT`` and ``REFUND_STATEMENT``; instants may be BIGINT or
    TIMESTAMPTZ. ``who`` is the column that says whose: ``profile_id``, in the lake ``identity_id``.
    """

    statements: str = "order_statement"
    refunds: str = "refund_statement"
    who: str = "profile_id"
    order_columns: tuple[str, ...] = ORDER_COLUMNS
    refund_columns: tuple[str, ...] = ()


def fold_statements(spec: FoldSpec) -> tuple[exp.Select, exp.Select]:
    """The selects of ``order_version`` and of ``loose_refund``.

    ``order_version``: one row per order and state: who, order_key, version (1, 2, ...), ordered_at,
    valid_from, valid_to, counts, total, refunded, net_total, and ``order_columns``.
    ``loose_refund``: one row per refund while it belongs to no known order: who, refund_key, at,
    valid_from, valid_to, amount, and ``refund_columns``. ``day`` is the business of a view.
    An order with one statement and no refund (nearly all are) is copied and meets no join but the
    look-up of its key among the few others.
    """
    simple = exp.select(*map(col, _version_columns(spec))).from_(tab("version_simple"))
    versions = exp.union(
        simple,
        exp.select(*map(col, _version_columns(spec))).from_(tab("version_changed")),
        distinct=False,
        copy=False,
    )
    steps = order_steps(spec)
    result = exp.select("*").from_(exp.Subquery(this=versions, alias=_alias("v")))
    return _with(result, steps), loose_refunds(spec)


def order_steps(spec: FoldSpec) -> dict[str, exp.Query]:
    """The named steps whose last two, ``version_simple`` and ``version_changed``, are the versions.

    ``changed_order`` (the keys of orders with several statements or a refund) ->
    ``version_simple`` (the others, copied); ``changed_statement`` -> ``change`` (order, instant) ->
    ``in_force`` (the statement in force at each) and ``refunded_by`` -> ``version_changed``.
    """
    return {
        "changed_order": _changed_orders(spec),
        "version_simple": _simple(spec),
        "changed_statement": _changed_statements(spec),
        "change": _changes(spec),
        "in_force": _in_force(spec),
        "refunded_by": _refunded_by(spec),
        "version_changed": _changed(spec),
    }


def loose_refunds(spec: FoldSpec) -> exp.Select:
    """Refunds that name no order, or one without a statement yet (then ``valid_to`` is set).

    ``SELECT ... FROM refund_statement r LEFT JOIN (SELECT order_key, MIN(valid_from) ... GROUP BY
    order_key) f ON r.order_key = f.order_key WHERE f.first_at IS NULL OR r.at < f.first_at``
    """
    named = exp.select(col("order_key")).from_(tab(spec.refunds)).where(present(col("order_key")))
    first = (
        exp.select(col("order_key"), as_(exp.Min(this=col("valid_from")), "first_at"))
        .from_(tab(spec.statements))
        .where(exp.In(this=col("order_key"), query=exp.Subquery(this=named)))
        .group_by(col("order_key"))
    )
    columns = [
        col(spec.who, "r"),
        col("refund_key", "r"),
        col("at", "r"),
        as_(col("at", "r"), "valid_from"),
        as_(col("first_at", "f"), "valid_to"),
        col("amount", "r"),
        *(col(one, "r") for one in spec.refund_columns),
    ]
    return (
        exp.select(*columns)
        .from_(tab(spec.refunds, "r"))
        .join(
            exp.Subquery(this=first, alias=_alias("f")),
            on=eq(col("order_key", "r"), col("order_key", "f")),
            join_type="left",
        )
        .where(any_of([is_null(col("first_at", "f")), lt(col("at", "r"), col("first_at", "f"))]))
    )


def _changed_orders(spec: FoldSpec) -> exp.Query:
    several = (
        exp.select(col("order_key"))
        .from_(tab(spec.statements))
        .group_by(col("order_key"))
        .having(gt(count(), num(1)))
    )
    refunded = (
        exp.select(col("order_key")).from_(tab(spec.refunds)).where(present(col("order_key")))
    )
    return exp.union(several, refunded, distinct=True)


def _simple(spec: FoldSpec) -> exp.Query:
    columns = _values(
        spec,
        "s",
        {
            "version": num(1),
            "valid_to": exp.Nullif(this=col("valid_from", "s"), expression=col("valid_from", "s")),
            "refunded": exp.cast(num(0), "bigint"),
            "net_total": col("total", "s"),
        },
    )
    return (
        exp.select(*columns)
        .from_(tab(spec.statements, "s"))
        .join(
            tab("changed_order", "c"),
            on=eq(col("order_key", "s"), col("order_key", "c")),
            join_type="anti",
        )
    )


def _changed_statements(spec: FoldSpec) -> exp.Query:
    return (
        exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("s", quoted=True)))
        .from_(tab(spec.statements, "s"))
        .join(
            tab("changed_order", "c"),
            on=eq(col("order_key", "s"), col("order_key", "c")),
            join_type="semi",
        )
    )


def _changes(spec: FoldSpec) -> exp.Query:
    said = exp.select(col("order_key"), as_(col("valid_from"), "changed_at")).from_(
        tab("changed_statement")
    )
    first = (
        exp.select(col("order_key"), as_(exp.Min(this=col("valid_from")), "first_at"))
        .from_(tab("changed_statement"))
        .group_by(col("order_key"))
    )
    refunded = (
        exp.select(col("order_key", "r"), as_(col("at", "r"), "changed_at"))
        .from_(tab(spec.refunds, "r"))
        .join(
            exp.Subquery(this=first, alias=_alias("f")),
            on=all_of(
                [
                    eq(col("order_key", "r"), col("order_key", "f")),
                    gte(col("at", "r"), col("first_at", "f")),
                ]
            ),
        )
    )
    return exp.union(said, refunded, distinct=True)


def _in_force(spec: FoldSpec) -> exp.Query:
    best = window(
        exp.RowNumber(),
        [col("order_key", "c"), col("changed_at", "c")],
        [
            asc(col("source_rank", "s")),
            desc(col("valid_from", "s")),
            desc(col("received_at", "s")),
            desc(col("seq", "s")),
        ],
    )
    statement = [col(one, "s") for one in _statement_columns(spec)]
    ranked = (
        exp.select(*statement, col("changed_at", "c"), as_(best, "place"))
        .from_(tab("change", "c"))
        .join(
            tab("changed_statement", "s"),
            on=all_of(
                [
                    eq(col("order_key", "c"), col("order_key", "s")),
                    lte(col("valid_from", "s"), col("changed_at", "c")),
                ]
            ),
        )
    )
    return (
        exp.select("*")
        .from_(exp.Subquery(this=ranked, alias=_alias("ranked")))
        .where(eq(col("place"), num(1)))
    )


def _refunded_by(spec: FoldSpec) -> exp.Query:
    return (
        exp.select(
            col("order_key", "c"),
            col("changed_at", "c"),
            as_(coalesce(exp.Sum(this=col("amount", "r")), num(0)), "amount"),
            as_(gt(count(), exp.Count(this=col("amount", "r"))), "rest"),
        )
        .from_(tab("change", "c"))
        .join(
            tab(spec.refunds, "r"),
            on=all_of(
                [
                    eq(col("order_key", "c"), col("order_key", "r")),
                    lte(col("at", "r"), col("changed_at", "c")),
                ]
            ),
        )
        .group_by(col("order_key", "c"), col("changed_at", "c"))
    )


def _changed(spec: FoldSpec) -> exp.Query:
    order = [asc(col("changed_at", "s"))]
    key = [col("order_key", "s")]
    refunded = exp.cast(
        case(
            (col("rest", "r"), greatest([col("amount", "r"), col("total", "s")])),
            otherwise=coalesce(col("amount", "r"), num(0)),
        ),
        "bigint",
    )
    columns = _values(
        spec,
        "s",
        {
            "version": exp.cast(window(exp.RowNumber(), key, order), "int"),
            "valid_from": col("changed_at", "s"),
            "valid_to": window(exp.Lead(this=col("changed_at", "s")), key, order),
            "refunded": refunded,
            "net_total": sub(col("total", "s"), refunded.copy()),
        },
    )
    return (
        exp.select(*columns)
        .from_(tab("in_force", "s"))
        .join(
            tab("refunded_by", "r"),
            on=all_of(
                [
                    eq(col("order_key", "s"), col("order_key", "r")),
                    eq(col("changed_at", "s"), col("changed_at", "r")),
                ]
            ),
            join_type="left",
        )
    )


def _version_columns(spec: FoldSpec) -> list[str]:
    return [
        spec.who,
        "order_key",
        "version",
        "ordered_at",
        "valid_from",
        "valid_to",
        "counts",
        "total",
        "refunded",
        "net_total",
        *spec.order_columns,
    ]


def _statement_columns(spec: FoldSpec) -> list[str]:
    computed = {"version", "valid_from", "valid_to", "refunded", "net_total"}
    return [one for one in _version_columns(spec) if one not in computed]


def _values(spec: FoldSpec, table: str, computed: Mapping[str, Sql]) -> list[Sql]:
    return [
        as_(computed[one], one) if one in computed else col(one, table)
        for one in _version_columns(spec)
    ]


def _alias(alias: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(alias, quoted=True))


def _with(query: exp.Select, steps: Mapping[str, exp.Query]) -> exp.Select:
    for step, select in steps.items():
        query = query.with_(exp.to_identifier(step, quoted=True), as_=select, copy=False)
    return query
