"""Who reads what was gathered, and who cannot."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse_one

from stamgast.language.sql.moment import Moment
from stamgast.language.sql.shared import Gathered, read_gathered

GATHERED = Gathered(
    of="order_version", table="kept", columns=frozenset({"profile_id", "ordered_at", "counts"})
)


@pytest.mark.parametrize(
    ("asked", "reads"),
    [
        ('SELECT "r"."profile_id", MAX("ordered_at") AS "m" FROM "order_version" AS "r" WHERE "counts"', "kept"),
        # a name of its own that no column has
        ('SELECT "r"."ordered_at" AS "since" FROM "order_version" AS "r" ORDER BY "since"', "kept"),
        ('SELECT "r"."profile_id", "store" FROM "order_version" AS "r"', "order_version"),
        ('SELECT "r"."profile_id" FROM "order_version" AS "r" WHERE "status" = \'x\'', "order_version"),
        ('SELECT * FROM "order_version" AS "r"', "order_version"),
        ('SELECT "r"."profile_id" FROM "order_line" AS "r"', "order_line"),
    ],
)  # fmt: skip
def test_who_needs_a_column_that_is_not_there_reads_the_orders_themselves(
    asked: str, reads: str
) -> None:
    query = parse_one(f'SELECT "x" FROM ({asked}) AS "made"', dialect="duckdb")
    assert isinstance(query, exp.Select)
    read_gathered({"step": query}, [GATHERED], Moment(zone="UTC", t=0))
    (table,) = query.find_all(exp.Table)
    assert (table.name, table.alias) == (reads, "r")


def test_rows_of_few_are_not_those_of_everybody() -> None:
    query = parse_one('SELECT "r"."profile_id" FROM "few_order_version" AS "r"', dialect="duckdb")
    assert isinstance(query, exp.Select)
    read_gathered({"step": query}, [GATHERED], Moment(zone="UTC", t=0))
    (table,) = query.find_all(exp.Table)
    assert table.name == "few_order_version"
