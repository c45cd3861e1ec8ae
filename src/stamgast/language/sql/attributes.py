"""Attributes: the value of the statement that holds at ``u``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.dialect import STORED
from stamgast.language.sql.groups import Group, Wish
from stamgast.language.sql.sources import RowSet
from stamgast.language.sql.terms import (
    NEVER,
    Sql,
    any_of,
    case,
    coalesce,
    col,
    eq,
    is_null,
    lte,
    num,
    present,
)
from stamgast.language.sql.values import Value
from stamgast.language.types import Type

if TYPE_CHECKING:
    from stamgast.language.ast import AttributeRef
    from stamgast.language.sql.plan import Plan


def attribute_group(plan: Plan) -> Group:
    """The statements that hold at ``u``: dated and come, or undated, which hold from always."""
    now = plan.moment.now()
    undated = is_null(col("at", "r"))
    rows = RowSet(
        name="attribute",
        table=plan.moment.prefix + "attribute",
        come=(any_of([lte(col("at", "r"), now), undated]),),
        at=col("at", "r"),
        day=col("at", "r"),
        id=col("value", "r"),
        column=lambda _: None,
    )
    return Group(step=plan.new_step("of_attribute"), rows=rows, moment=plan.moment, mixed=True)


def attribute_value(ref: AttributeRef, plan: Plan) -> Value:
    """The value of the statement that is greatest by (at, received_at, value), undated ones least.

    ``CAST(STRUCT_EXTRACT(MAX({'at': COALESCE(at, least), 'received_at': ..., 'said': NOT value IS
    NULL, 'value': COALESCE(value, '')}) FILTER(WHERE name = $attribute), 'value') AS BIGINT)``;
    of an attribute with a rule the rank of the source comes before all.
    """
    group, face = plan.attributes(), plan.face
    value = col("value", "r")
    sources = plan.definitions.attribute_sources.get(ref.name, ())
    key = face.row(
        **({"rank": _rank(sources, plan)} if sources else {}),
        at=coalesce(col("at", "r"), num(-NEVER)),
        received_at=col("received_at", "r"),
        said=present(value),
        value=coalesce(value, exp.Literal.string("")),
    )
    name = plan.moment.parameters.bind(ref.name, "attribute")
    wish = Wish(where=eq(col("name", "r"), name))
    column = col(group.want(ref.name, exp.Max(this=key), wish).column)
    text = exp.If(this=face.field(column, "said"), true=face.field(column, "value"))
    said: Sql = exp.Case().when(text.this, text.args["true"])
    if ref.type is not Type.TEXT:
        said = exp.cast(said, STORED[ref.type])
    return Value(sql=said, until=None, level=0, type=ref.type)


def _rank(sources: tuple[str, ...], plan: Plan) -> Sql:
    """``CASE WHEN source = $source THEN 2 WHEN source = $source_2 THEN 1 ELSE 0 END``."""
    pairs = []
    for place, source in enumerate(sources):
        bound = plan.moment.parameters.bind(source, "source")
        pairs.append((eq(col("source", "r"), bound), num(len(sources) - place)))
    return case(*pairs, otherwise=num(0))
