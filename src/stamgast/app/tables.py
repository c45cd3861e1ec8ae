"""``shop.sql``: a query of one's own over read-only tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from stamgast.app.relation import Relation
from stamgast.app.segments import shown
from stamgast.errors import UserError
from stamgast.language.types import Type
from stamgast.store.queries import ask_as_written

if TYPE_CHECKING:
    import pyarrow as pa

    from stamgast.app.core import Core
    from stamgast.model.log import Instant

TABLES = ("profiles", "orders", "lines", "events", "traits", "memberships")
"""The tables that ``docs/tables.md`` describes."""


def relation(core: Core, query: str, t: Instant) -> Relation:
    """The rows of a query. Raises UserError ``sql.invalid`` when it is not one SELECT."""
    parsed = _parsed(query)
    names = {table.name.lower() for table in parsed.find_all(exp.Table)}

    def ask() -> pa.Table:
        with core.snapshot():
            if "traits" in names:
                _make_traits(core, t)
            return ask_as_written(core.reader.db, query)

    return Relation(query.strip(), ask)


def _parsed(query: str) -> exp.Query:
    try:
        statements = [one for one in sqlglot.parse(query, dialect="duckdb") if one is not None]
    except sqlglot.errors.ParseError as error:
        raise _invalid(str(error).splitlines()[0]) from None
    found = statements[0] if len(statements) == 1 else None
    if not isinstance(found, exp.Query):
        raise _invalid("it is not one SELECT")
    return found


def _invalid(why: str) -> UserError:
    return UserError(
        "sql.invalid",
        f"the query cannot be asked: {why}",
        hint=f"one SELECT over {', '.join(TABLES)}; see docs/tables.md",
    )


def _make_traits(core: Core, t: Instant) -> None:
    """The table ``traits``: a row per existing profile, a column per trait."""
    traits = core.definitions.traits
    database = core.reader.db
    core.engine.create("stamgast_asked", list(traits), t)
    columns = ", ".join(f'{shown(trait)} AS "{name}"' for name, trait in traits.items())
    aged = any(trait.type is Type.AGE for trait in traits.values())
    database.run(
        "CREATE OR REPLACE TEMP TABLE traits AS "  # noqa: S608 - checked names
        f'SELECT profile_id, {columns} FROM stamgast_asked WHERE "exists"',
        {"t": t} if aged else None,
    )
