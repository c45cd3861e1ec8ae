"""Identifiers of the messages: written one way, given ids, linked; and the identity of each message.

From ``message`` come ``head`` (its columns ``seq``, ``file``, ``section``, ``first_line``, ``at``, and
``identity_id``; a view where rows are read in place), ``who`` (each distinct tuple of identifiers, with
``identity_id`` and its ``first_at`` and ``last_at``) and the rows of the lake tables identifier, link, mark, and, when links are new,
person, merge and rejected_link; ``first_seen`` comes last. Only distinct texts pass through Python.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from stamgast.collect.messages import MESSAGE, at_once, identifier_kinds
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    as_,
    case,
    coalesce,
    col,
    eq,
    not_,
    num,
    present,
    tab,
)
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.collect.run import Group, Run

LONGEST = 60
"""So many characters are shown of a text that is no identifier."""


def resolve(run: Run) -> None:
    """Make ``head`` and write what is new of identity."""
    kinds = identifier_kinds(run)
    if kinds:
        _gather(run, kinds)
        _see(run, kinds)
        _normalise(run, kinds)
        _identify(run)
        _who(run, kinds)
        _forget(run)
        _heads(run, kinds)
        if len(kinds) > 1:
            _marks(run, kinds)
            _links(run, [kind for kind in kinds if kind in run.resolver.person_kinds])
    else:
        _nobody(run)
    run.resolver.settle(run.session)


def _nobody(run: Run) -> None:
    nobody = as_(exp.cast(exp.null(), "bigint"), "identity_id")
    run.create("head", exp.select("*", nobody).from_(tab(MESSAGE)))
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE who AS SELECT NULL::BIGINT AS identity_id, "
        'min("at") AS first_at, max("at") AS last_at FROM message'
    )


def _gather(run: Run, kinds: Sequence[str]) -> None:
    """``tuple_said``: each distinct tuple of identifiers as said, its first place, first and last instant."""
    ids = [col(f"id_{kind}") for kind in kinds]
    firsts = [
        as_(fill('min("seq")'), "first_seq"),
        as_(fill('min("at")'), "first_at"),
        as_(fill('max("at")'), "last_at"),
    ]
    query = exp.select(*ids, *firsts).from_(tab(MESSAGE)).group_by(*(one.copy() for one in ids))
    run.create("tuple_said", query)


def _see(run: Run, kinds: Sequence[str]) -> None:
    """``seen``: kind, rank, said, first_seq, and whether the text is plainly its own way of writing."""
    seen = union_all(
        [
            exp.select(
                as_(_text(kind), "kind"),
                as_(exp.cast(num(rank), "int"), "rank"),
                as_(col(f"id_{kind}"), "said"),
                as_(fill('min("first_seq")'), "first_seq"),
                as_(_plain(run, kind, col(f"id_{kind}")), "plain"),
            )
            .from_(tab("tuple_said"))
            .where(present(col(f"id_{kind}")))
            .group_by(col(f"id_{kind}"))
            for rank, kind in enumerate(kinds)
        ]
    )
    run.create("seen", seen)


def _plain(run: Run, kind: str, said: Sql) -> Sql:
    test = run.resolver.plain(kind)
    if test is None:
        return exp.false()
    bind = run.params.bind
    never = exp.In(
        this=fill("lower(_x)", x=said), expressions=[bind(word) for word in sorted(test.never)]
    )
    unlike = "|".join(f"(?:{pattern})" for pattern in test.unlike)
    return all_of(
        [
            fill("length(_x) <= _most", x=said, most=num(test.max_length)),
            fill("regexp_full_match(_x, _shape)", x=said, shape=bind(test.shape)),
            not_(never) if test.never else exp.true(),
            fill("NOT regexp_full_match(_x, _unlike, 'i')", x=said, unlike=bind(unlike))
            if unlike
            else exp.true(),
        ]
    )


def _normalise(run: Run, kinds: Sequence[str]) -> None:
    """``written``: kind, said, value: each distinct text and how it is written."""
    found: dict[str, list[str]] = {"kind": [], "said": [], "value": []}
    for kind in kinds:
        others = run.db.run(
            "SELECT said FROM seen WHERE kind = $kind AND NOT plain", {"kind": kind}
        )
        values = run.resolver.normalise(kind, [row[0] for row in others])
        known = {text: value for text, value in values.items() if value is not None}
        run.refused += len(values) - len(known)
        if len(values) > len(known) and not run.refused_such:
            first = min(text for text, value in values.items() if value is None)
            run.refused_such = f"{kind} = {first[:LONGEST]!r}"
        found["kind"] += [kind] * len(known)
        found["said"] += known.keys()
        found["value"] += known.values()
    types = {column: pa.array(values, pa.string()) for column, values in found.items()}
    run.db.register("rewritten", pa.table(types))
    run.db.run(
        "CREATE OR REPLACE TEMP VIEW written AS SELECT kind, said, said AS value FROM seen WHERE plain "
        "UNION ALL SELECT kind, said, value FROM rewritten"
    )


def _identify(run: Run) -> None:
    """``identified``: kind, said, identifier_id; new ones get ids in order of first sight.

    One that was there before an import was undone gets its id back.
    """
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE valued AS "
        "SELECT w.kind, w.value, min(s.rank) AS rank, min(s.first_seq) AS first_seq, "
        "min(l.identifier_id) AS identifier_id, min(g.identifier_id) AS former_id "
        "FROM written AS w JOIN seen AS s USING (kind, said) "
        "LEFT JOIN lake_identifier AS l ON l.kind = w.kind AND l.value = w.value "
        "LEFT JOIN lake_former_identifier AS g ON g.kind = w.kind AND g.value = w.value "
        "GROUP BY w.kind, w.value"
    )
    many = run.db.run("SELECT count(*) FROM valued WHERE identifier_id IS NULL")[0][0]
    first = run.session.allot("identifier", many)
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE fresh AS "
        "SELECT coalesce(former_id, $first + row_number() OVER (ORDER BY first_seq, rank, value) - 1) "
        "AS identifier_id, kind, value, first_seq FROM valued WHERE identifier_id IS NULL",
        {"first": first},
    )
    run.session.write(
        "identifier",
        "SELECT CAST(identifier_id AS BIGINT) AS identifier_id, kind, value, first_seq FROM fresh",
        order_by=LAKE["identifier"].order,
    )
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE identified AS "
        "SELECT w.kind, v.rank, w.said, w.value, "
        "CAST(coalesce(v.identifier_id, f.identifier_id) AS BIGINT) AS identifier_id "
        "FROM written AS w JOIN valued AS v USING (kind, value) LEFT JOIN fresh AS f USING (kind, value)"
    )


def _who(run: Run, kinds: Sequence[str]) -> None:
    """``who``: the tuples of ``tuple_said`` with an identifier id per kind, and the strongest."""
    run.create("who", _looked_up(kinds, "tuple_said", ("first_seq", "first_at", "last_at")))


def _forget(run: Run) -> None:
    """Make room: ``identified`` and ``who`` are all that is read from here on."""
    run.db.run("DROP VIEW written")
    run.db.unregister("rewritten")
    for table in ("tuple_said", "seen", "valued", "fresh"):
        run.db.run(f"DROP TABLE {table}")


def _heads(run: Run, kinds: Sequence[str]) -> None:
    """``head``: the messages with an identifier id per kind (``i_<kind>``), and the strongest."""
    query = _looked_up(kinds, MESSAGE, ("seq", "file", "section", "first_line", "at"))
    if all(group.in_place for group in run.groups):
        run.show("head", query)
    else:
        run.create("head", query)


def _looked_up(kinds: Sequence[str], table: str, columns: Sequence[str]) -> exp.Select:
    """Columns of a table, and for its ``id_<kind>`` the identifier ids and the strongest of them."""
    ids: list[Sql] = [col("identifier_id", f"w_{kind}") for kind in kinds]
    query = exp.select(
        *(col(column, "m") for column in columns),
        *(as_(one.copy(), f"i_{kind}") for kind, one in zip(kinds, ids, strict=True)),
        as_(coalesce(ids[0], *ids[1:]) if ids[1:] else ids[0], "identity_id"),
    ).from_(tab(table, "m"))
    return joined_identifiers(query, kinds, "m")


def joined_identifiers(query: exp.Select, kinds: Sequence[str], table: str) -> exp.Select:
    """With the row of ``identified`` of each ``id_<kind>`` of a table, as ``w_<kind>``, if there is one."""
    for kind in kinds:
        found = f"w_{kind}"
        on = exp.and_(
            eq(col("said", found), col(f"id_{kind}", table)), eq(col("kind", found), _text(kind))
        )
        query = query.join(tab("identified", found), on=on, join_type="left")
    return query


def with_identity(run: Run, group: Group, query: exp.Select, table: str) -> tuple[exp.Select, Sql]:
    """A query over the rows of a group (called ``table``), and the identity of each of its rows.

    Where every text is an identifier, the strongest that a row says decides: that is one join.
    """
    kinds = [kind for kind in identifier_kinds(run) if kind in group.section.identifiers]
    if not kinds:
        return query, exp.cast(exp.null(), "bigint")
    if run.refused and len(kinds) > 1:
        ids = [col("identifier_id", f"w_{kind}") for kind in kinds]
        return joined_identifiers(query, kinds, table), coalesce(ids[0], *ids[1:])
    texts = [col(f"id_{kind}", table) for kind in kinds]
    ranks = {kind: num(rank) for rank, kind in enumerate(identifier_kinds(run))}
    rank = (
        case(
            *(
                (present(text), ranks[kind])
                for kind, text in zip(kinds[:-1], texts[:-1], strict=True)
            ),
            otherwise=ranks[kinds[-1]],
        )
        if kinds[1:]
        else ranks[kinds[0]]
    )
    strongest = coalesce(texts[0], *texts[1:]) if texts[1:] else texts[0]
    on = exp.and_(eq(col("said", "w"), strongest), eq(col("rank", "w"), rank))
    return query.join(tab("identified", "w"), on=on, join_type="left"), col("identifier_id", "w")


_SEEN = """
    SELECT identity_id, first_at AS "at" FROM who
    UNION ALL SELECT identity_id, "at" FROM new_consent
    """
_SEEN_AGAIN = """
    SELECT h.identity_id, h."at" FROM head AS h ANTI JOIN fresh_statement AS f ON f.seq = h.seq
    UNION ALL SELECT identity_id, valid_from FROM fresh_statement
    UNION ALL SELECT identity_id, "at" FROM new_consent
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
    both = any_of(all_of([present(col(f"i_{kind}")), present(person.copy())]) for kind in devices)
    if not run.fetch(exp.select(num(1)).from_(tab("who")).where(both).limit(1)):
        return
    parts: list[exp.Select] = []
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
    if not all(group.in_place for group in run.groups):
        run.write("mark", union_all([*parts]), LAKE["mark"].order)
        return
    for groups in at_once(run.groups):
        of_these = all_of(
            [
                eq(col("section"), num(groups[0].section.number)),
                col("file").isin(*(num(group.file) for group in groups)),
            ]
        )
        some: list[exp.Query] = [part.where(of_these.copy()) for part in parts]
        run.write("mark", union_all(some), LAKE["mark"].order)


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
    tuples = exp.select(col("first_seq"), as_(ids, "identifier_ids")).from_(tab("who"))
    tuples = tuples.where(several)
    run.create("tuple", tuples)
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE fresh_link AS "
        "SELECT min(first_seq) AS first_seq, identifier_ids FROM tuple WHERE identifier_ids NOT IN (SELECT identifier_ids FROM lake_link) GROUP BY identifier_ids"
    )
    run.session.write(
        "link", "SELECT first_seq, identifier_ids FROM fresh_link", order_by=LAKE["link"].order
    )


def _text(word: str) -> Sql:
    """A kind's name as a constant: it is one of the resolver's own, not of a file."""
    return exp.Literal.string(word)
