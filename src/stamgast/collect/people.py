"""Identifiers of the messages: written one way, given ids, linked; and the identity of each message.

From ``message`` come ``head`` (its columns ``seq``, ``file``, ``section``, ``first_line``, ``at``, and
``identity_id``) and the rows of the lake tables identifier, link, mark, and, when links are new,
person, merge and rejected_link; ``first_seen`` comes last. Only distinct texts pass through Python.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from stamgast.collect.messages import MESSAGE, identifier_kinds
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, coalesce, col, eq, num, present, tab
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.collect.run import Run


def resolve(run: Run) -> None:
    """Make ``head`` and write what is new of identity."""
    kinds = identifier_kinds(run)
    if kinds:
        _normalise(run, kinds)
        _identify(run, kinds)
        _heads(run, kinds)
        if len(kinds) > 1:
            _marks(run, kinds)
            _links(run, [kind for kind in kinds if kind in run.resolver.person_kinds])
    else:
        nobody = as_(exp.cast(exp.null(), "bigint"), "identity_id")
        run.create("head", exp.select("*", nobody).from_(tab(MESSAGE)))
    run.resolver.settle(run.session)


def _normalise(run: Run, kinds: Sequence[str]) -> None:
    """``written``: kind, said, value: each distinct text and how it is written."""
    found: dict[str, list[str]] = {"kind": [], "said": [], "value": []}
    for kind in kinds:
        said = col(f"id_{kind}")
        distinct = exp.select(said).distinct().from_(tab(MESSAGE)).where(present(said))
        values = run.resolver.normalise(kind, [row[0] for row in run.fetch(distinct)])
        known = {text: value for text, value in values.items() if value is not None}
        found["kind"] += [kind] * len(known)
        found["said"] += known.keys()
        found["value"] += known.values()
    types = {column: pa.array(values, pa.string()) for column, values in found.items()}
    run.db.register("written", pa.table(types))


def _identify(run: Run, kinds: Sequence[str]) -> None:
    """``identified``: kind, said, identifier_id; new ones get ids in order of first sight."""
    seen = union_all(
        [
            exp.select(
                as_(_text(kind), "kind"),
                as_(exp.cast(num(rank), "int"), "rank"),
                as_(col(f"id_{kind}"), "said"),
                as_(fill('min("seq")'), "first_seq"),
            )
            .from_(tab(MESSAGE))
            .where(present(col(f"id_{kind}")))
            .group_by(col(f"id_{kind}"))
            for rank, kind in enumerate(kinds)
        ]
    )
    run.create("seen", seen)
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE valued AS "
        "SELECT w.kind, w.value, min(s.rank) AS rank, min(s.first_seq) AS first_seq, "
        "min(l.identifier_id) AS identifier_id "
        "FROM written AS w JOIN seen AS s USING (kind, said) "
        "LEFT JOIN lake_identifier AS l ON l.kind = w.kind AND l.value = w.value "
        "GROUP BY w.kind, w.value"
    )
    many = run.db.run("SELECT count(*) FROM valued WHERE identifier_id IS NULL")[0][0]
    first = run.session.allot("identifier", many)
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE fresh AS "
        "SELECT $first + row_number() OVER (ORDER BY first_seq, rank, value) - 1 AS identifier_id, "
        "kind, value, first_seq FROM valued WHERE identifier_id IS NULL",
        {"first": first},
    )
    run.session.write(
        "identifier",
        "SELECT CAST(identifier_id AS BIGINT) AS identifier_id, kind, value, first_seq FROM fresh",
        order_by=LAKE["identifier"].order,
    )
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE identified AS "
        "SELECT w.kind, w.said, w.value, "
        "CAST(coalesce(v.identifier_id, f.identifier_id) AS BIGINT) AS identifier_id "
        "FROM written AS w JOIN valued AS v USING (kind, value) LEFT JOIN fresh AS f USING (kind, value)"
    )


def _heads(run: Run, kinds: Sequence[str]) -> None:
    """``head``: the messages with an identifier id per kind (``i_<kind>``), and the strongest."""
    ids: list[Sql] = [col("identifier_id", f"w_{kind}") for kind in kinds]
    query = exp.select(
        *(col(column, "m") for column in ("seq", "file", "section", "first_line", "at")),
        *(as_(one.copy(), f"i_{kind}") for kind, one in zip(kinds, ids, strict=True)),
        as_(coalesce(ids[0], *ids[1:]) if ids[1:] else ids[0], "identity_id"),
    ).from_(tab(MESSAGE, "m"))
    for kind in kinds:
        table = f"w_{kind}"
        on = exp.and_(
            eq(col("said", table), col(f"id_{kind}", "m")), eq(col("kind", table), _text(kind))
        )
        query = query.join(tab("identified", table), on=on, join_type="left")
    run.create("head", query)


_SEEN = 'SELECT identity_id, "at" FROM head'
_SEEN_AGAIN = """
    SELECT h.identity_id, h."at" FROM head AS h ANTI JOIN fresh_statement AS f ON f.seq = h.seq
    UNION ALL SELECT identity_id, valid_from FROM fresh_statement
    """


def write_first_seen(run: Run) -> None:
    """From when the identities of the messages exist; to be called when the orders are written.

    Of an order said before that is from when the new statement holds: until then it was another's.
    """
    seen = _SEEN_AGAIN if run.knows_orders or run.joined else _SEEN
    run.session.write(
        "first_seen",
        f'SELECT identity_id, min("at") AS first_at FROM ({seen}) AS seen '  # noqa: S608 - constants
        'WHERE identity_id IS NOT NULL AND "at" IS NOT NULL GROUP BY identity_id',
        order_by=LAKE["first_seen"].order,
    )


def _marks(run: Run, kinds: Sequence[str]) -> None:
    """A dated message with a device and a person marks the device, unless it is shared."""
    persons = [col(f"i_{kind}") for kind in kinds if kind in run.resolver.person_kinds]
    devices = [kind for kind in kinds if kind in run.resolver.device_kinds]
    if not persons or not devices:
        return
    person = coalesce(persons[0], *persons[1:]) if persons[1:] else persons[0]
    parts: list[exp.Query] = []
    for kind in devices:
        query = (
            exp.select(
                as_(col(f"i_{kind}"), "device_id"),
                col("at"),
                col("seq"),
                as_(person.copy(), "person_id"),
            )
            .from_(tab("head"))
            .where(present(col(f"i_{kind}")), present(col("at")), present(person.copy()))
        )
        shared = sorted(run.resolver.shared(kind))
        if shared:
            ids = (
                exp.select(col("identifier_id"))
                .from_(tab("identified"))
                .where(
                    eq(col("kind"), _text(kind)),
                    col("value").isin(*(run.params.bind(value) for value in shared)),
                )
            )
            query = query.where(exp.Not(this=exp.In(this=col(f"i_{kind}"), query=ids.subquery())))
        parts.append(query)
    run.write("mark", union_all(parts), LAKE["mark"].order)


def _links(run: Run, persons: Sequence[str]) -> None:
    """Distinct tuples of two or more person identifiers."""
    if len(persons) < 2:  # noqa: PLR2004 - two make a link
        return
    lists = [
        fill("CASE WHEN _x IS NULL THEN CAST([] AS BIGINT[]) ELSE [_x] END", x=col(f"i_{kind}"))
        for kind in persons
    ]
    ids = exp.func("list_concat", lists[0], lists[1])
    for further in lists[2:]:
        ids = exp.func("list_concat", ids, further)
    here = [fill("CAST(_x IS NOT NULL AS INTEGER)", x=col(f"i_{kind}")) for kind in persons]
    several = fill("_n > 1", n=reduce(lambda a, b: fill("_a + _b", a=a, b=b), here))
    tuples = exp.select(col("seq"), as_(ids, "identifier_ids")).from_(tab("head")).where(several)
    run.create("tuple", tuples)
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE fresh_link AS "
        "SELECT min(seq) AS first_seq, identifier_ids FROM tuple WHERE identifier_ids NOT IN (SELECT identifier_ids FROM lake_link) GROUP BY identifier_ids"
    )
    run.session.write(
        "link", "SELECT first_seq, identifier_ids FROM fresh_link", order_by=LAKE["link"].order
    )


def _text(word: str) -> Sql:
    """A kind's name as a constant: it is one of the resolver's own, not of a file."""
    return exp.Literal.string(word)
