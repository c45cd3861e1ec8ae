"""Which names are asked together, and how their answers become one."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from sqlglot import exp, parse_one

from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.language.sql.apart import apart, joined, made_before, out_of_step, told_once
from stamgast.language.sql.statement import STAGE
from stamgast.retail import shipped_files
from stamgast.store.beside import beside
from stamgast.store.scripts import Script

DEFINITIONS = read_definitions(shipped_files(), settings=LanguageSettings())


def test_every_name_is_asked_once() -> None:
    names = [*DEFINITIONS.traits, STAGE, *DEFINITIONS.segments]
    groups = apart([*names, "vip", STAGE], DEFINITIONS)
    asked = [name for group in groups for name in group]
    assert sorted(asked) == sorted(names)


def test_who_reads_the_same_is_asked_together() -> None:
    groups = apart(
        [
            *("orders", "fans", "vip", "first_visit_at", "usual_day", "favourite_brand", STAGE),
            *("acquisition_source", "recent_visits", "open_problems", "lost_customers"),
            *("browse_abandoners", "due_now", "newness_lovers", "dissatisfied"),
        ],
        DEFINITIONS,
    )
    assert {frozenset(group) for group in groups} == {
        frozenset({"orders", "vip", STAGE}),
        frozenset({"first_visit_at", "acquisition_source", "lost_customers"}),
        frozenset({"fans", "recent_visits", "browse_abandoners"}),
        frozenset({"favourite_brand", "newness_lovers"}),
        frozenset({"usual_day", "due_now"}),
        frozenset({"open_problems", "dissatisfied"}),
    }


def test_a_name_that_nobody_knows_is_left_to_the_statement() -> None:
    assert apart(["vipp"], DEFINITIONS) == [("vipp",)]


def test_rows_of_a_profile_are_told_apart_by_their_instant() -> None:
    groups = [("one", ["b"]), ("two", ["a", "c"])]
    db = duckdb.connect()
    db.execute(
        "CREATE TABLE one AS FROM (VALUES (1, 10, 'x', 7), (1, 20, 'y', NULL)) "
        "AS v(profile_id, t, b, b__until)"
    )
    db.execute(
        "CREATE TABLE two AS FROM (VALUES (1, 20, 3, 1, 4, 2), (1, 10, 5, 8, 6, 9)) "
        "AS v(profile_id, t, a, a__until, c, c__until)"
    )
    query = joined(["a", "b", "c"], groups, ["t"], in_step=False).sql("duckdb")
    found = db.sql(f"FROM ({query}) ORDER BY t")
    assert found.columns == ["profile_id", "t", "a", "a__until", "b", "b__until", "c", "c__until"]
    assert found.fetchall() == [(1, 10, 5, 8, "x", 7, 6, 9), (1, 20, 3, 1, "y", None, 4, 2)]


def test_rows_in_the_same_order_are_laid_side_by_side() -> None:
    db = duckdb.connect()
    for table, rows in (
        ("one", "(1, true, 'x', 7), (2, true, 'y', NULL)"),
        ("two", "(1, true, 3, 8), (2, true, 5, 9)"),
        ("other", "(2, true, 5, 9), (1, true, 3, 8)"),
        ("fewer", "(1, true, 3, 8)"),
    ):
        name = "b" if table == "one" else "a"
        db.execute(
            f'CREATE TABLE {table} AS FROM (VALUES {rows}) AS v(profile_id, "exists", {name}, {name}__until)'
        )
    query = joined(["a", "b"], [("one", ["b"]), ("two", ["a"])], ["exists"], in_step=True)
    found = db.sql(query.sql("duckdb"))
    assert found.columns == ["profile_id", "exists", "a", "a__until", "b", "b__until"]
    assert found.fetchall() == [(1, True, 3, 8, "x", 7), (2, True, 5, 9, "y", None)]

    def strays(table: str) -> list[tuple[int]]:
        return db.execute(out_of_step("one", table, ["profile_id"]).sql("duckdb")).fetchall()

    assert (strays("two"), strays("other"), strays("fewer")) == ([(0,)], [(2,)], [(1,)])


SAYS = (
    'SELECT "id" AS "profile_id", TRUE AS "exists", "n" AS "a", "u" AS "a__until", '
    '"m" AS "b", CAST(NULL AS BIGINT) AS "b__until", TRUE AS "c", "u" AS "c__until" FROM "known"'
)


def test_what_is_the_same_is_told_once() -> None:
    db = duckdb.connect()
    db.execute(
        'CREATE TABLE "known" AS FROM (VALUES (1, 3, 7, 2), (2, 5, NULL, 4)) AS v(id, n, u, m)'
    )
    query = parse_one(SAYS, dialect="duckdb")
    assert isinstance(query, exp.Select)
    same = told_once(query, ["profile_id", "exists"])
    assert query.named_selects == ["profile_id", "exists", "a", "a__until", "b", "c"]
    db.execute(f"CREATE TABLE one AS {query.sql('duckdb')}")
    whole = joined(["a", "b", "c"], [("one", ["a", "b", "c"])], ["exists"], in_step=True, same=same)
    found, wanted = db.sql(whole.sql("duckdb")), db.sql(SAYS)
    assert found.columns == wanted.columns
    assert found.types == wanted.types
    assert found.fetchall() == wanted.fetchall() != []


def test_parts_in_arrow_are_laid_side_by_side_in_whatever_order_they_come() -> None:
    query = parse_one(SAYS, dialect="duckdb")
    assert isinstance(query, exp.Select)
    same = told_once(query, ["profile_id", "exists"])
    script = Script(
        steps=(),
        last=None,
        groups=(("one", ("a", "c")), ("two", ("b",))),
        names=("a", "b", "c"),
        more=("exists",),
        same=same,
    )
    one = {"profile_id": [2, 1], "exists": [True, True], "a": [5, 3], "a__until": [None, 7]}
    two = {"profile_id": [1, 2], "exists": [True, True], "b": [2, 4]}
    found = beside(script, [pa.table({**one, "c": [False, True]}), pa.table(two)])
    first, second = found.to_pylist()
    assert first == {
        "profile_id": 1,
        "exists": True,
        "a": 3,
        "a__until": 7,
        "b": 2,
        "b__until": None,
        "c": True,
        "c__until": 7,
    }
    assert second == {
        "profile_id": 2,
        "exists": True,
        "a": 5,
        "a__until": None,
        "b": 4,
        "b__until": None,
        "c": False,
        "c__until": None,
    }


def test_steps_are_made_before_with_what_they_need() -> None:
    asked = """
        WITH a AS (SELECT range AS x FROM range(10)), b AS (SELECT x FROM a WHERE x > 3),
        c AS (SELECT sum(x) AS s FROM b), d AS (SELECT s + max(x) AS s FROM c, a GROUP BY s)
        SELECT d.s, (SELECT count(*) FROM b) AS n FROM d
    """
    db = duckdb.connect()
    expected = db.sql(asked).fetchall()
    query = parse_one(asked, dialect="duckdb")
    assert isinstance(query, exp.Query)
    steps = [("b", "made_b"), ("c", "made_c")]
    made = made_before(query, steps)
    assert [len(list(one.find_all(exp.CTE))) for one in made] == [1, 0]
    for (_, table), one in zip(steps, made, strict=True):
        db.execute(f"CREATE TABLE {table} AS {one.sql('duckdb')}")
    assert {cte.alias for cte in query.find_all(exp.CTE)} == {"a", "d"}
    assert db.sql(query.sql("duckdb")).fetchall() == expected == [(48, 6)]
