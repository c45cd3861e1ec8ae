"""Orders: their statements and lines.

What a source says of an order (``group``) is one statement, from the order's own instant on; another
from ``changed_at``, when the source says since when; one wherever what it corrects began to hold; and
one that does not count, when it is cancelled. Lines hang on the first of them. See ``moved`` for what
held before the order's own instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.groups import good_lines
from stamgast.collect.kinds import LINE_FIELDS, SQL_TYPES
from stamgast.collect.messages import heads, stride
from stamgast.collect.money import converts
from stamgast.collect.moved import withdraw_statements
from stamgast.collect.parts import join_parts
from stamgast.collect.said import said
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, coalesce, col, name, num, tab
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
    withdraw_statements(run, groups)
    join_parts(run)
    columns = [name_ for name_, _ in LAKE["order_statement"].columns]
    run.write(
        "order_statement",
        exp.select(*map(col, columns)).from_(tab("fresh_statement")),
        LAKE["order_statement"].order,
    )
    lines = [_lines(run, group) for group in groups if group.kind == "order_lines"]
    if lines:
        run.write("order_line", union_all(lines), LAKE["order_line"].order)


def cancelled(run: Run, group: Group) -> Sql:
    """Whether what a group's row says is that the order is cancelled: by its date, or by its word."""
    found: list[Sql] = []
    if "cancelled_at" in group.section.fields:
        found.append(fill('"cancelled_at" IS NOT NULL'))
    statuses = group.section.section.statuses
    words = statuses.cancelled if statuses is not None else []
    if words:
        found.append(_is_word(run, words))
    return exp.or_(*found) if found else exp.false()


def cancelled_from(run: Run, group: Group, *, prior: bool) -> Sql:
    """Since when: its date, else that of the change, else as said before (``prior``), else now."""
    fields = group.section.fields
    known = [col(one) for one in ("cancelled_at", "changed_at") if one in fields]
    if prior:
        known.append(col("prior_gone_from"))
    since: Sql = run.received
    if known:
        since = coalesce(known[0], *known[1:], since)
    return fill('greatest(_x, "ordered_at")', x=since)


def changed_from(group: Group) -> Sql:
    """Since when what is said of the order holds, if the source says; not before the order's own instant."""
    if "changed_at" in group.section.fields:
        return fill('CASE WHEN "changed_at" > "ordered_at" THEN "changed_at" END')
    return exp.cast(exp.null(), "timestamptz")


def used_line_fields(group: Group) -> list[str]:
    """The fields of a line that the mapping gives."""
    return [field.name for field in LINE_FIELDS if field.name in group.section.fields]


def _is_word(run: Run, words: list[str]) -> Sql:
    bound = [run.params.bind(one.strip().lower()) for one in words]
    return fill("coalesce(_x, FALSE)", x=fill('lower("status")').isin(*bound))


def _with_identity(run: Run, group: Group) -> exp.Select:
    namespace = run.params.bind(run.mapping.order_namespace + ":")
    key = as_(fill("concat(_n, _x)", n=namespace, x=col("number", "g")), "order_key")
    query = heads(group).select(key)
    if not run.knows_orders:
        return query
    on = fill(
        '"p"."first_line" = "g"."first_line" AND "p"."file" = _file AND "p"."section" = _section',
        file=num(group.file),
        section=num(group.section.number),
    )
    return query.select(
        as_(fill('coalesce("p"."known", FALSE)'), "prior_known"),
        as_(col("begun", "p"), "prior_begun"),
        as_(fill('coalesce("p"."ordered" < "g"."ordered_at", FALSE)'), "prior_moved"),
        as_(col("gone_from", "p"), "prior_gone_from"),
    ).join(tab("prior", "p"), on=on, join_type="left")


def _statements(run: Run, group: Group) -> list[exp.Query]:
    """The statements of each order.

    The first holds from the order's own instant (of an order said before, and not of an earlier
    instant: from the change, if the source says when). Of the others one holds from the change. A correction without
    an instant is said anew wherever something said before began to hold later. The last says that
    the order is cancelled.
    """
    head = tab(f"{group.table}_head")
    changes = "changed_at" in group.section.fields
    begins: Sql = col("ordered_at")
    if changes and run.knows_orders:
        begins = fill(
            'CASE WHEN "prior_known" AND NOT "prior_moved" THEN greatest(coalesce("changed_at", "ordered_at"), "ordered_at") '
            'ELSE "ordered_at" END'
        )
    queries: list[exp.Query] = [_statement(run, group, num(0), begins).from_(head)]
    if changes:
        changed = fill('"changed_at" > "ordered_at"')
        if run.knows_orders:
            changed = fill('("prior_moved" OR NOT "prior_known") AND _x', x=changed)
        second = _statement(run, group, num(1), col("changed_at"))
        queries.append(second.from_(head.copy()).where(changed))
    if run.knows_orders:
        corrections = _statement(run, group, col("begun_no"), col("begun_at"))
        queries.append(corrections.from_(_corrections(head, changes=changes)))
    gone = cancelled(run, group)
    if not isinstance(gone, exp.Boolean):
        since = cancelled_from(run, group, prior=run.knows_orders)
        later = fill("_since > _begins", since=since, begins=begins)
        last = _statement(run, group, num(stride(run) - 1), since, cancels=True)
        queries.append(last.from_(head.copy()).where(gone, later))
    return queries


def _corrections(head: Sql, *, changes: bool) -> exp.Subquery:
    """The orders that are corrected, with each instant at which what was said before began (``begun_at``)."""
    corrected = exp.select("*", as_(fill('unnest("prior_begun")'), "begun_at")).from_(head.copy())
    corrected = corrected.where(col("prior_known"))
    if changes:
        corrected = corrected.where(fill('"changed_at" IS NULL'))
    number = fill('row_number() OVER (PARTITION BY "seq" ORDER BY "begun_at")')
    later = exp.select("*", as_(number, "begun_no")).from_(corrected.subquery("b"))
    return later.where(fill('"begun_at" > "ordered_at"')).subquery("corrected")


def _statement(
    run: Run, group: Group, place: Sql, since: Sql, *, cancels: bool = False
) -> exp.Select:
    """A statement from ``since`` on; it counts unless its word says never, or it is cancelled by then.

    ``place``: among the statements of one saying; the first has 0.
    """
    first = place == num(0)
    statuses = group.section.section.statuses
    gone = cancelled(run, group)
    reasons: list[Sql] = []
    if statuses is not None and statuses.never:
        reasons.append(_is_word(run, statuses.never))
    dated: Sql = exp.true()
    if not isinstance(gone, exp.Boolean):
        gone_from = cancelled_from(run, group, prior=run.knows_orders)
        reasons.append(
            fill("_gone AND _from <= _since", gone=gone, since=since, **{"from": gone_from})
        )
        known = [one for one in ("cancelled_at", "changed_at") if one in group.section.fields]
        dated = (
            exp.or_(*(fill("_x IS NOT NULL", x=col(one)) for one in known))
            if known
            else exp.false()
        )
    now = run.received
    approximate: Sql = exp.false()
    lacks: Sql = exp.false()
    if cancels:
        approximate = exp.Not(this=exp.Paren(this=dated))
    if run.mapping.joins:
        if group.kind == "orders":
            lacks = fill('"total" IS NULL')
        else:
            lacks = col("undated")
            approximate = lacks.copy() if first else approximate
            reasons.append(lacks.copy())
    found: dict[str, Sql] = {
        "identity_id": col("identity_id"),
        "order_key": col("order_key"),
        "source_rank": exp.cast(num(run.mapping.priority), "int"),
        "seq": col("seq") if first else fill('"seq" + _p', p=place),
        "ordered_at": col("ordered_at"),
        "valid_from": since,
        "received_at": now,
        "counts": exp.Not(this=exp.Paren(this=exp.or_(*reasons))) if reasons else exp.true(),
        "total": fill('coalesce("total", 0)') if run.mapping.joins else col("total"),
        "order_id": col("number"),
        **{field: col(field) for field in WHOLE},
        "source": exp.cast(run.params.bind(run.source), "varchar"),
        "currency": exp.cast(run.params.bind(run.currency), "varchar"),
        "approximate": approximate,
        "said": said(group) if first else exp.cast(exp.null(), "varchar"),
    }
    return exp.select(
        *(as_(found[column], column) for column, _ in LAKE["order_statement"].columns),
        as_(exp.Literal.string(group.kind), "part"),
        as_(col("seq"), "head_seq"),
        as_(lacks, "lacks"),
    )


def _lines(run: Run, group: Group) -> exp.Query:
    values: dict[str, Sql] = {
        "identity_id": col("identity_id", "h"),
        "order_key": col("order_key", "h"),
        "statement_seq": col("seq", "h"),
        "ordered_at": col("ordered_at", "h"),
        "line_no": fill('CAST("good"."line" - "h"."first_line" + 1 AS INTEGER)'),
        **line_values(group, "h" if converts(run, group) else None),
    }
    return (
        exp.select(*(as_(values[column], column) for column, _ in LAKE["order_line"].columns))
        .from_(good_lines(group, used_line_fields(group)))
        .join(tab(f"{group.table}_head", "h"), on=fill('"good"."key" = "h"."key"'))
    )


def line_values(group: Group, factor: str | None = None) -> dict[str, Sql]:
    """What a line says, by column of ``order_line``, over the alias ``good``.

    ``factor``: the alias of the table with the column ``factor``, if amounts are to be converted.
    """
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
    if factor is not None:
        for money in ("unit_price", "amount", "gross", "discount"):
            found[money] = fill(
                "CASE WHEN _f IS NULL THEN _x ELSE TRY_CAST(round(_x * _f) AS BIGINT) END",
                f=col("factor", factor),
                x=found[money],
            )
    further = group.section.further
    found["extra"] = exp.cast(exp.null(), "varchar")
    if further:
        parts = [
            exp.PropertyEQ(this=name(one), expression=column.text(col(f"x_{one}", "good")))
            for one, column in further.items()
        ]
        found["extra"] = fill("CAST(to_json(_x) AS VARCHAR)", x=exp.Struct(expressions=parts))
    return found
