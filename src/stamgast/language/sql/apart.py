"""Names that read different things are asked apart: a statement per kind of rows, joined by profile.

One statement for everything keeps the rows of all its scans at once. Apart, a statement needs the
memory of its own kind of rows, and no scan is made twice but that of the orders, which are few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.ast import Aggregate, Rows, Segment
from stamgast.language.sql.by_calendar import BY_CALENDAR
from stamgast.language.sql.terms import all_of, as_, col, count, eq, every, form, not_, tab
from stamgast.language.walk import parts

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from stamgast.language.ast import Definitions
    from stamgast.language.sql.terms import Sql
    from stamgast.language.walk import Part

KINDS = ("visits", "named", "new_events", "old_events", "lines", "calendar", "rest")
"""What a name may read, the dearest first; a name that reads several goes with the dearest."""
MISSING = form(exp.cast(exp.null(), "BIGINT"))
TOGETHER = {"old_events": "visits"}
"""Both read events however long ago."""


def apart(names: Sequence[str], definitions: Definitions) -> list[tuple[str, ...]]:
    """The names in groups, each asked in a statement of its own; together all of them, once each."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name in dict.fromkeys(names):
        roots = _roots(name, definitions)
        read = {"rest", *(_kind(part) for root in roots for part in parts(root, definitions))}
        kind = next(kind for kind in KINDS if kind in read)
        found[TOGETHER.get(kind, kind)].append(name)
    return [tuple(group) for group in found.values() if group]


def joined(
    names: Sequence[str],
    groups: Iterable[tuple[str, Sequence[str]]],
    more: Sequence[str],
    *,
    in_step: bool,
    same: Mapping[str, Sql] | None = None,
) -> exp.Select:
    """The answers of some tables as one: the columns of ``answers`` in the order of the names.

    ``groups``: each table with its names; all have the same rows. ``more``: the columns that all of
    them have beside ``profile_id``; of these ``t`` tells rows of a profile apart. ``in_step``: all
    have the rows in the same order, as ``out_of_step`` tells; then nothing is looked up. ``same``: of
    columns that are in none of them what ``told_once`` says. Sample::

        SELECT "g1"."profile_id", "g1"."exists", "g1"."vip", "g1"."vip__until", "g2"."fan", ...
        FROM "part_1" AS "g1" JOIN "part_2" AS "g2" ON "g1"."profile_id" = "g2"."profile_id"
    """
    groups = list(groups)
    of = {name: f"g{n}" for n, (_, group) in enumerate(groups, start=1) for name in group}
    keys = ["profile_id", *more]
    columns: list[Sql] = [col(key, "g1") for key in keys]
    for name in names:
        columns += [_told(one, of[name], same or {}) for one in (name, f"{name}__until")]
    tables = [table for table, _ in groups]
    if in_step:
        return _side_by_side(columns, tables)
    select = exp.select(*columns).from_(tab(tables[0], "g1"), copy=False)
    for n, table in enumerate(tables[1:], start=2):
        on: list[Sql] = [eq(col(key, "g1"), col(key, f"g{n}")) for key in keys if key != "exists"]
        select = select.join(tab(table, f"g{n}"), on=all_of(on), copy=False)
    return select


def told_once(query: exp.Query, keys: Sequence[str]) -> dict[str, Sql]:
    """Take columns out of a query that are the same as others, or always missing.

    Returns of each of these the column that it is, or the missing value, a BIGINT. Of all that ships nearly half is
    such: what holds for ever has no end, and what rests on the same rows has the same one.
    """
    first: dict[Hashable, str] = {}
    found: dict[str, Sql] = {}
    kept: list[Sql] = []
    for one in query.selects:
        name, value = one.alias_or_name, one.unalias()
        missing = form(value) == MISSING
        if name in keys or not (missing or (known := first.setdefault(form(value), name)) != name):
            kept.append(one)
        else:
            found[name] = value if missing else col(known)
    query.set("expressions", kept)
    return found


def _told(name: str, table: str, same: Mapping[str, Sql]) -> Sql:
    match same.get(name):
        case None:
            return col(name, table)
        case exp.Column(name=other):
            return as_(col(other, table), name)
        case missing:
            return as_(missing.copy(), name)


def made_before(query: exp.Query, steps: Iterable[tuple[str, str]]) -> list[exp.Query]:
    """Take steps out of a query, each with those that it alone needs: the queries of their tables.

    ``steps``: each with the table that is read instead; one may read those before it.
    """
    ctes = {cte.alias: cte for cte in query.args["with_"].expressions}
    made: list[exp.Query] = []
    for step, table in steps:
        asked = ctes.pop(step).this
        needed = _needed(asked, ctes)
        if needed:
            asked.set("with_", exp.With(expressions=[ctes[one].copy() for one in needed]))
        made.append(asked)
        for other in (query, *(cte.this for cte in ctes.values())):
            for found in every(other, exp.Table):
                if found.name == step:
                    found.set("this", exp.to_identifier(table, quoted=True))
    rest = query.copy()
    rest.set("with_", None)
    left = _needed(rest, ctes)
    query.set("with_", exp.With(expressions=[ctes[one] for one in left]))
    return made


def _needed(query: exp.Query, ctes: Mapping[str, exp.CTE]) -> list[str]:
    """The steps that a query reads, and those that these read, in their order."""
    found: set[str] = set()
    todo: list[exp.Query] = [query]
    while todo:
        for table in every(todo.pop(), exp.Table):
            if table.name in ctes and table.name not in found:
                found.add(table.name)
                todo.append(ctes[table.name].this)
    return [name for name in ctes if name in found]


def out_of_step(one: str, other: str, keys: Sequence[str]) -> exp.Select:
    """How many rows of two tables, laid side by side, are not of the same profile.

    DuckDB keeps the order of rows where it can, and it is up to its plan whether it can.
    """
    same = all_of(exp.NullSafeEQ(this=col(key, "g1"), expression=col(key, "g2")) for key in keys)
    return _side_by_side([count()], [one, other]).where(not_(same), copy=False)


def _side_by_side(columns: Sequence[Sql], tables: Sequence[str]) -> exp.Select:
    """``SELECT columns FROM "part_1" AS "g1" POSITIONAL JOIN "part_2" AS "g2" ...``."""
    first, *rest = (tab(table, f"g{n}") for n, table in enumerate(tables, start=1))
    select = exp.select(*columns).from_(first, copy=False)
    for table in rest:
        select = select.join(exp.Join(this=table, method="POSITIONAL"), copy=False)
    return select


def _roots(name: str, definitions: Definitions) -> Iterator[Part]:
    """What is looked at for the answer; a name that nobody knows, and the stage, read little."""
    found = definitions.traits.get(name) or definitions.segments.get(name)
    if isinstance(found, Segment):
        yield found.where
    elif found is not None:
        yield found.expr
        if found.only_if is not None:
            yield found.only_if


def _kind(part: Part) -> str:
    """Which rows a part of a definition reads."""
    match part:
        case Aggregate(visit=str()):
            return "visits"
        case Aggregate(op=op) if op in BY_CALENDAR and op != "recurring":
            return "calendar"
        case Rows(source="event", window=window):
            return "old_events" if window is None else "new_events"
        case Rows(source="named"):
            return "named"
        case Rows(source="line"):
            return "lines"
        case _:
            return "rest"
