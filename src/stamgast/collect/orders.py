"""Orders: their statements and lines.

What a source says of an order (``group``) is one statement, from the order's own instant on; a
second from ``changed_at``, when the source says since when; a third, that does not count, when it is
cancelled. Lines hang on the first of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.groups import SQL_TYPES, good_lines
from stamgast.collect.kinds import KINDS, LINE_FIELDS
from stamgast.collect.messages import heads
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, col, name, num, tab
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from stamgast.collect.run import Group, Run

ORDERS = ("orders", "order_lines")
WHOLE = ("gross", "discount", "coupon", "coupon_used", "channel", "store", "status")


def write_orders(run: Run) -> None:
    """Write the new statements and lines; the statements are left in ``fresh_statement``."""
    groups = run.of_kind(*ORDERS)
    if not groups:
        return
    for group in groups:
        run.create(f"{group.table}_head", _with_identity(run, group))
    run.create("fresh_statement", union_all([q for g in groups for q in _statements(run, g)]))
    columns = [name_ for name_, _ in LAKE["order_statement"].columns]
    run.write(
        "order_statement",
        exp.select(*map(col, columns)).from_(tab("fresh_statement")),
        LAKE["order_statement"].order,
    )
    lines = [_lines(group) for group in groups if group.kind == "order_lines"]
    if lines:
        run.write("order_line", union_all(lines), LAKE["order_line"].order)


def _with_identity(run: Run, group: Group) -> exp.Select:
    namespace = run.params.bind(run.mapping.order_namespace + ":")
    key = as_(fill("concat(_n, _x)", n=namespace, x=col("number", "g")), "order_key")
    return heads(group).select(key)


def said(group: Group) -> Sql:
    """What the rows say of the whole, as JSON text: with the lines, the content of the statement."""
    fields = [
        field.name
        for field in KINDS[group.kind].fields
        if field.level == "whole" and field.name in group.section.fields and field.name != "order"
    ]
    parts = [exp.PropertyEQ(this=name(field), expression=col(field)) for field in fields]
    parts += [
        exp.PropertyEQ(this=name(kind), expression=col(f"id_{kind}"))
        for kind in group.section.identifiers
    ]
    return fill("CAST(to_json(_x) AS VARCHAR)", x=exp.Struct(expressions=parts))


def _statements(run: Run, group: Group) -> list[exp.Query]:
    head = tab(f"{group.table}_head")
    never, cancelled = _words(run, group)
    counts = fill("_x IS NOT TRUE", x=never)
    queries: list[exp.Query] = [
        _statement(run, group, 0, {"valid_from": col("ordered_at"), "counts": counts}).from_(head)
    ]
    if "changed_at" in group.section.fields:
        queries.append(
            _statement(run, group, 1, {"valid_from": col("changed_at"), "counts": counts})
            .from_(head.copy())
            .where(fill('"changed_at" > "ordered_at"'))
        )
    if not isinstance(cancelled, exp.Boolean):
        since: Sql = fill("make_timestamptz(_now)", now=num(run.now))
        dated: Sql = exp.false()
        if "cancelled_at" in group.section.fields:
            since = fill('greatest(coalesce("cancelled_at", _now), "ordered_at")', now=since)
            dated = fill('"cancelled_at" IS NOT NULL')
        since = fill('greatest(_x, "ordered_at")', x=since)
        queries.append(
            _statement(
                run,
                group,
                2,
                {
                    "valid_from": since,
                    "counts": exp.false(),
                    "approximate": exp.Not(this=exp.Paren(this=dated)),
                },
            )
            .from_(head.copy())
            .where(cancelled)
        )
    return queries


def _words(run: Run, group: Group) -> tuple[Sql, Sql]:
    """Whether the status says that it never counted, and whether it is cancelled."""
    statuses = group.section.section.statuses
    cancelled: list[Sql] = []
    if "cancelled_at" in group.section.fields:
        cancelled.append(fill('"cancelled_at" IS NOT NULL'))
    never: Sql = exp.false()
    if statuses is not None:
        word = fill('lower("status")')
        bound = [run.params.bind(one.strip().lower()) for one in statuses.never]
        never = word.isin(*bound) if bound else exp.false()
        bound = [run.params.bind(one.strip().lower()) for one in statuses.cancelled]
        if bound:
            cancelled.append(fill("coalesce(_x, FALSE)", x=word.isin(*bound)))
    return never, exp.or_(*cancelled) if cancelled else exp.false()


def _statement(run: Run, group: Group, variant: int, values: dict[str, Sql]) -> exp.Select:
    now = fill("make_timestamptz(_now)", now=num(run.now))
    found: dict[str, Sql] = {
        "identity_id": col("identity_id"),
        "order_key": col("order_key"),
        "source_rank": exp.cast(num(run.mapping.priority), "int"),
        "seq": fill('"seq" + _v', v=num(variant)) if variant else col("seq"),
        "ordered_at": col("ordered_at"),
        "received_at": now,
        "total": col("total"),
        "order_id": col("number"),
        **{field: col(field) for field in WHOLE},
        "source": exp.cast(run.params.bind(run.source), "varchar"),
        "currency": exp.cast(run.params.bind(run.currency), "varchar"),
        "approximate": exp.false(),
        "said": said(group) if variant == 0 else exp.cast(exp.null(), "varchar"),
        **values,
    }
    return exp.select(
        *(as_(found[column], column) for column, _ in LAKE["order_statement"].columns)
    )


def _lines(group: Group) -> exp.Query:
    fields = group.section.fields
    used = [field.name for field in LINE_FIELDS if field.name in fields]
    values: dict[str, Sql] = {
        "identity_id": col("identity_id", "h"),
        "order_key": col("order_key", "h"),
        "statement_seq": col("seq", "h"),
        "ordered_at": col("ordered_at", "h"),
        "line_no": fill('CAST("good"."line" - "h"."first_line" + 1 AS INTEGER)'),
        **line_values(group),
    }
    return (
        exp.select(*(as_(values[column], column) for column, _ in LAKE["order_line"].columns))
        .from_(good_lines(group, used))
        .join(tab(f"{group.table}_head", "h"), on=fill('"good"."key" = "h"."key"'))
    )


def line_values(group: Group) -> dict[str, Sql]:
    """What a line says, by column of ``order_line``, over the alias ``good``."""
    fields = group.section.fields
    found: dict[str, Sql] = {}
    for field in LINE_FIELDS:
        column = fields.get(field.name)
        found[field.name.removeprefix("line_") if field.name != "line_kind" else field.name] = (
            exp.cast(exp.null(), SQL_TYPES[field.type])
            if column is None
            else column.text(col(field.name, "good"))
        )
    if "line_gross" not in fields and {"amount", "line_discount"} <= fields.keys():
        found["gross"] = fill('"good"."amount" + coalesce(_d, 0)', d=col("line_discount", "good"))
    further = group.section.further
    found["extra"] = exp.cast(exp.null(), "varchar")
    if further:
        parts = [
            exp.PropertyEQ(this=name(one), expression=column.text(col(f"x_{one}", "good")))
            for one, column in further.items()
        ]
        found["extra"] = fill("CAST(to_json(_x) AS VARCHAR)", x=exp.Struct(expressions=parts))
    return found
