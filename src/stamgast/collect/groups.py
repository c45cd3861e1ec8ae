"""From understood rows to what they speak of: one row per order, refund, event, customer.

Sample of what is made for one file (orders)::

    CREATE TEMP TABLE "group_0_0" AS
    SELECT "key", CAST("key" AS TEXT) AS "number", MIN("line") AS "first_line", COUNT(*) AS "lines",
           MIN("ordered_at") AS "ordered_at", CAST(ARG_MIN("store", "line") AS TEXT) AS "store",
           CAST(SUM("amount") AS BIGINT) AS "total", ...
    FROM (SELECT "line", "c0" AS "key", ... FROM (...) AS "raw" WHERE ...) AS "good"
    GROUP BY "key"
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.kinds import KINDS, LINE_FIELDS, SQL_TYPES
from stamgast.collect.run import Group
from stamgast.collect.singles import make_single
from stamgast.collect.sql import fill
from stamgast.language.sql.terms import Sql, as_, case, coalesce, col, name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.collect.compiled import SectionRows
    from stamgast.collect.rows import FileRows
    from stamgast.collect.run import Run

GROUPED = frozenset({"orders", "order_lines", "refunds"})
LINES = tuple(field.name for field in LINE_FIELDS)


def make_groups(run: Run, file: FileRows) -> None:
    """Make the temporary table of each section of a file, and put it on the run's list."""
    for section in file.sections:
        group = Group(
            table=f"group_{file.source.number}_{section.number}", rows=file, section=section
        )
        if group.kind in GROUPED:
            kept = file.kept(("grouped", section.number), partial(_grouped, group))
            run.create(group.table, kept)
        else:
            make_single(run, group)
        run.groups.append(group)


def key_field(section: SectionRows) -> str:
    """The field that says which order (refund) a row belongs to."""
    return "refund" if section.section.kind == "refunds" else "order"


def good_lines(group: Group, names: list[str]) -> exp.Subquery:
    """``(SELECT line, key, <fields> FROM ...) AS good``: the understood rows of a grouped section."""
    fields = {"key": group.section.fields[key_field(group.section)].sql}
    fields |= {name_: group.section.fields[name_].sql for name_ in names}
    fields |= {f"x_{name_}": column.sql for name_, column in group.section.further.items()}
    return _good(group, fields)


def _good(group: Group, fields: dict[str, Sql]) -> exp.Subquery:
    query = group.rows.good(group.section, fields)
    return exp.Subquery(this=query, alias=exp.TableAlias(this=name("good")))


def _grouped(group: Group) -> exp.Query:
    """Orders and refunds: a row per number. The first row that says a thing of the whole, says it."""
    section = group.section
    fields = {"key": section.fields[key_field(section)].sql}
    fields |= {n: c.sql for n, c in section.fields.items() if n in _summarised(group)}
    fields |= {f"id_{n}": column.sql for n, column in section.identifiers.items()}
    if group.kind == "refunds":
        fields |= {
            f"l_{n}": section.fields[n].text(c.sql) for n, c in section.fields.items() if n in LINES
        }
        fields |= {f"l_{n}": column.text(column.sql) for n, column in section.further.items()}
    columns: dict[str, Sql] = {
        "key": col("key"),
        "number": section.fields[key_field(section)].text(col("key")),
        "first_line": fill('min("line")'),
        "last_line": fill('max("line")'),
        "lines": fill("count(*)"),
    }
    columns |= dict(_wholes(group))
    columns |= {
        f"id_{n}": column.text(fill('arg_min(_x, "line")', x=col(f"id_{n}")))
        for n, column in section.identifiers.items()
    }
    if group.kind == "refunds":
        columns["lines_said"] = _lines_said([f for f in fields if f.startswith("l_")])
    chosen = [as_(sql, alias) for alias, sql in columns.items()]
    query = exp.select(*chosen).from_(_good(group, fields)).group_by(col("key"))
    summed = exp.Subquery(this=query, alias=exp.TableAlias(this=name("summed")))
    return exp.select("*", as_(_trouble(group), "trouble"), as_(exp.false(), "repeated")).from_(
        summed
    )


def _summarised(group: Group) -> set[str]:
    """Fields that the group's row needs: those of the whole, and the sums."""
    whole = {field.name for field in KINDS[group.kind].fields if field.level == "whole"}
    return (whole | {"amount", "line_gross", "line_discount", "line_coupon"}) - {
        key_field(group.section)
    }


def _wholes(group: Group) -> Iterator[tuple[str, Sql]]:
    section = group.section
    for field in KINDS[group.kind].fields:
        if field.level != "whole" or field.name == key_field(section):
            continue
        if field.name == "total" and group.kind == "refunds" and "total" not in section.fields:
            continue
        column = section.fields.get(field.name)
        said: Sql | None = None
        if column is not None:
            said = column.text(_first(field.name))
            if field.name in {"ordered_at", "at"}:
                said = fill("min(_x)", x=col(field.name))
            elif field.name == "coupon_used":
                said = fill("bool_or(_x)", x=col(field.name))
        yield field.name, _completed(group, field.name, field.type, said)
    if group.kind == "refunds" and "total" not in section.fields:
        amount: Sql = exp.cast(exp.null(), "bigint")
        if "amount" in section.fields:
            # one line without an amount: all that is left of the order
            amount = fill(
                "CASE WHEN count(*) = count(_x) THEN CAST(sum(_x) AS BIGINT) END", x=col("amount")
            )
        yield "total", amount


def _first(field: str) -> Sql:
    return fill('arg_min(_x, "line")', x=col(field))


def _completed(group: Group, field: str, type_: str, said: Sql | None) -> Sql:
    """A field of an order, from its lines where the order itself does not say it."""
    fields = group.section.fields
    sums = {"total": "amount", "gross": "line_gross", "discount": "line_discount"}
    found = [] if said is None else [said]
    if field in sums and sums[field] in fields:
        found.append(fill("CAST(sum(_x) AS BIGINT)", x=col(sums[field])))
    elif field == "gross" and {"amount", "line_discount"} <= fields.keys():
        found.append(
            fill(
                "CAST(sum(_a) + coalesce(sum(_d), 0) AS BIGINT)",
                a=col("amount"),
                d=col("line_discount"),
            )
        )
    elif field == "coupon" and "line_coupon" in fields:
        found.append(fields["line_coupon"].text(_first("line_coupon")))
    elif field == "coupon_used":
        codes = [one for one in ("coupon", "line_coupon") if one in fields]
        found += [fill("count(_x) > 0", x=col(one)) for one in codes]
        if len(found) > 1:
            return coalesce(exp.or_(*found), exp.false())
    elif field == "currency" and found:
        found = [fill("upper(_x)", x=found[0])]
    if not found:
        return exp.cast(exp.null(), SQL_TYPES[type_])
    return coalesce(found[0], *found[1:]) if found[1:] else found[0]


def _lines_said(fields: list[str]) -> Sql:
    """The lines of a refund as one text, the same whatever their order."""
    line = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=name(field[2:]), expression=col(field)) for field in fields
        ]
    )
    return fill(
        "concat('[', array_to_string(list_sort(list(CAST(to_json(_x) AS VARCHAR))), ','), ']')",
        x=line,
    )


def _trouble(group: Group) -> Sql:
    """Why the whole cannot be taken, or NULL."""
    branches: list[tuple[Sql, Sql]] = []
    joins = group.rows.mapping.joins
    if group.kind != "refunds":
        # where orders and lines are said apart, lines take their instant from the order and an
        # order its total from the lines
        if not (joins and group.kind == "order_lines"):
            missing = exp.Literal.string("ordered_at is missing in every row of the order")
            branches.append((fill("_x IS NULL", x=col("ordered_at")), missing))
        if not (joins and group.kind == "orders"):
            missing = exp.Literal.string("total and amount are missing in every row of the order")
            branches.append((fill("_x IS NULL", x=col("total")), missing))
    elif group.section.section.undated is None:
        missing = exp.Literal.string("at is missing in every row of the refund")
        branches.append((fill("_x IS NULL", x=col("at")), missing))
    otherwise = exp.cast(exp.null(), "varchar")
    return case(*branches, otherwise=otherwise) if branches else otherwise
