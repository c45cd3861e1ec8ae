"""What was said, as text: the content by which a repeat is told from something new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.kinds import KINDS
from stamgast.collect.sql import fill
from stamgast.language.sql.terms import Sql, col, name

if TYPE_CHECKING:
    from stamgast.collect.run import Group


def said(group: Group) -> Sql:
    """What a row of a group says, as JSON text over its columns: mapped fields and identifiers.

    Of an order, what is said of the whole; its lines are compared beside it. The number is the key and
    not repeated here.
    """
    section = group.section
    keys = {"orders": "order", "order_lines": "order", "refunds": "refund"}
    fields = [
        field.name
        for field in KINDS[group.kind].fields
        if field.name in section.fields
        and field.name != keys.get(group.kind)
        and (field.level == "whole" or group.kind not in keys)
    ]
    if group.kind == "refunds":
        fields.append("lines_said")
    else:
        fields += [f"x_{one}" for one in section.further if group.kind != "order_lines"]
    fields += [f"id_{kind}" for kind in section.identifiers]
    values: dict[str, Sql] = {field: col(field) for field in fields}
    if group.kind == "order_lines" and group.rows.mapping.joins and "ordered_at" in values:
        # an instant that lines took from their order is nothing they say
        values["ordered_at"] = fill('CASE WHEN NOT "undated" THEN "ordered_at" END')
    parts = [
        exp.PropertyEQ(this=name(field.removeprefix("x_").removeprefix("id_")), expression=value)
        for field, value in values.items()
    ]
    if not parts:
        return exp.Literal.string("{}")
    return fill("CAST(to_json(_x) AS VARCHAR)", x=exp.Struct(expressions=parts))
