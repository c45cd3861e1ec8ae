"""Rows that stand for themselves: events, coupons redeemed, customers. A row per line of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from sqlglot import exp

from stamgast.collect.kinds import KINDS, OF_PERSONS, SQL_TYPES
from stamgast.collect.said import said
from stamgast.collect.sql import fill, text, union_all
from stamgast.collect.words import word_trouble
from stamgast.language.sql.terms import Sql, as_, col, not_, num, tab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.collect.compiled import Column
    from stamgast.collect.run import Group, Run


def make_single(run: Run, group: Group) -> None:
    """Make the group's table, or the view that stands for it.

    Of events only what tells them apart is kept; what they say is read again when it is written.
    """
    if group.kind in {*OF_PERSONS, "products"}:
        run.create(group.table, whole_rows(group))
    elif group.in_place:
        run.show(group.table, _told_apart(run, group, exp.false()))
    else:
        run.create(group.table, _told_apart(run, group, col("repeated")))


def mark_lines(run: Run, group: Group, repeated: exp.Select) -> None:
    """Mark the rows of a group whose ``first_line`` is among these."""
    if not group.in_place:
        run.db.run(
            f'UPDATE "{group.table}" SET repeated = TRUE '  # noqa: S608 - a name of our own
            f"WHERE first_line IN ({text(repeated)})",
            run.params.of(repeated),
        )
        return
    run.create(group.repeats, repeated)
    if run.fetch(exp.select(num(1)).from_(tab(group.repeats)).limit(1)):
        run.repeating.add(group.repeats)
        among = exp.In(this=col("first_line"), query=_lines_of(group.repeats))
        run.show(group.table, _told_apart(run, group, among))


MOST_SORTED = 100_000_000
"""So many hashes are sorted in memory."""


def same_hash(run: Run, groups: Sequence[Group]) -> bool:
    """Whether two events may have one ``stored_id``; FALSE is certain. If so, ``suspected`` tells which.

    Sorting hashes is several times cheaper than grouping the ids, and nearly always enough.
    """
    hashed: list[exp.Query] = [
        exp.select(as_(fill('hash("stored_id")'), "hashed")).from_(tab(group.table))
        for group in groups
    ]
    many = sum(group.rows.source.total for group in groups)
    if many > MOST_SORTED:
        every = union_all(hashed).subquery("every")
        grouped = exp.select(col("hashed")).from_(every).group_by(col("hashed"))
        run.create("same_hash", grouped.having(fill("count(*) > 1")))
        return bool(run.fetch(exp.select(num(1)).from_(tab("same_hash")).limit(1)))
    hashes, filled = np.empty(many, dtype=np.uint64), 0
    for query in hashed:
        for chunk in run.db.arrow(text(query), run.params.of(query)).column("hashed").chunks:
            hashes[filled : filled + len(chunk)] = chunk.to_numpy(zero_copy_only=False)
            filled += len(chunk)
    found = hashes[:filled]
    found.sort()
    twice = np.unique(found[1:][found[1:] == found[:-1]])
    run.db.register("same_hash", pa.table({"hashed": twice}))
    return len(twice) > 0


def suspected() -> Sql:
    """That the hash of an event's ``stored_id`` is that of another's, by ``same_hash``."""
    return fill('hash("stored_id") IN (SELECT "hashed" FROM "same_hash")')


def not_marked(run: Run, group: Group, first_line: Sql) -> Sql:
    """That a row of a view is not one of those that were marked."""
    if group.repeats not in run.repeating:
        return exp.true()
    return not_(exp.In(this=first_line, query=_lines_of(group.repeats)))


def _lines_of(table: str) -> exp.Subquery:
    return exp.select(col("first_line")).from_(tab(table)).subquery()


def _told_apart(run: Run, group: Group, repeated: Sql) -> exp.Select:
    kept = ["key", "first_line", "lines", "at", "trouble", "stored_id"]
    kept += [f"id_{kind}" for kind in group.section.identifiers]
    rows = _with_id(run, group, whole_rows(group)).subquery("t")
    return exp.select(*map(col, kept), as_(repeated, "repeated")).from_(rows)


def whole_rows(group: Group) -> exp.Select:
    """All fields of the rows of a section whose rows stand for themselves."""
    section = group.section
    kind = KINDS[group.kind]
    columns: dict[str, Sql] = {"key": col("line"), "first_line": col("line")}
    columns["lines"] = exp.cast(exp.Literal.number(1), "bigint")
    fields: dict[str, Sql] = {}
    for field in kind.fields:
        columns[field.name] = _of(section.fields.get(field.name), field.name, field.type)
    columns |= {f"x_{n}": column.text(col(f"x_{n}")) for n, column in section.further.items()}
    columns |= {f"id_{n}": column.text(col(f"id_{n}")) for n, column in section.identifiers.items()}
    columns["trouble"] = word_trouble(group)
    columns["repeated"] = exp.false()
    fields |= {n: column.sql for n, column in section.fields.items()}
    fields |= {f"x_{n}": column.sql for n, column in section.further.items()}
    fields |= {f"id_{n}": column.sql for n, column in section.identifiers.items()}
    chosen = [as_(sql, alias) for alias, sql in columns.items()]
    good = group.rows.good(section, fields)
    return exp.select(*chosen).from_(good.subquery("good"))


def given_id(run: Run, message_id: Sql) -> Sql:
    """The id under which an event with a message id is stored: unique in the log."""
    return fill("concat(_s, _x)", s=run.params.bind(run.source + ":"), x=message_id)


def _with_id(run: Run, group: Group, query: exp.Select) -> exp.Query:
    """With ``stored_id``: source and message id; of a row without one, its content and ordinal.

    The ordinal tells rows of the same content in one file apart: they are different events.
    """
    source = run.params.bind(run.source + ":")
    given = as_(given_id(run, col("message_id")), "stored_id")
    single = query.subquery("single")
    if group.rows.always(group.section, "message_id"):
        return exp.select("*", given).from_(single)
    made = as_(
        fill(
            "concat(_s, md5(_said), '-', row_number() OVER ("
            'PARTITION BY md5(_said) ORDER BY "first_line"))',
            s=source,
            said=said(group),
        ),
        "stored_id",
    )
    without = exp.select("*", made).from_(single)
    if "message_id" not in group.section.fields:
        return without
    return exp.union(
        exp.select("*", given).from_(single.copy()).where(fill('"message_id" IS NOT NULL')),
        without.where(fill('"message_id" IS NULL')),
        distinct=False,
    )


def _of(column: Column | None, field: str, type_: str) -> Sql:
    if column is None:
        return exp.cast(exp.null(), SQL_TYPES[type_])
    return exp.cast(column.text(col(field)), SQL_TYPES[type_])
