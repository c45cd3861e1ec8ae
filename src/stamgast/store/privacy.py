# ruff: noqa: S608 - names of our own tables and columns; values are bound
"""All that the lake holds about one person: to show it, and to take it out.

A table is of a person by its column ``identity_id``, ``identifier_id`` or ``profile_id``; a new table
with one of them is covered without a word here. Rows of a device are of whom it was at their instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stamgast.store.database import literal, quoted
from stamgast.store.lake import LAKE, PROPERTY_PREFIX
from stamgast.store.undo import DERIVED, OF_ERASED, OF_PERSONS
from stamgast.store.views import create_lake_view, property_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from stamgast.store.reading import Reader
    from stamgast.store.writing import WriteSession

OWNED = {
    "order_statement": "seq",
    "refund_statement": "refund_key",
    "event": "message_id",
    "attribute": "seq",
    "extension": "seq",
    "consent": "seq",
}
"""Tables whose rows may be of a device, with the column that tells a row (with its identity)."""

MADE_OF_ORDERS = ("order_version", "loose_refund")
"""What statements say in another form: nothing of its own to show."""

KEYS = ("identity_id", "identifier_id", "profile_id")
SPECIAL = frozenset({"link", "mark", "order_line", *OF_PERSONS})
KEPT_OF_NOBODY = ("order_statement", "order_line", "refund_statement")
"""What the books need: amounts stay, of nobody, without anything personal."""

FREE_TEXT = {
    "order_statement": ("said",),
    "order_line": ("extra",),
    "refund_statement": ("said",),
    "customer_statement": ("said",),
    "attribute": ("value",),
    "event": ("extra",),
    "extension": ("value", "reason"),
    "consent": ("address", "obtained"),
}
"""Columns that may hold an identifier of somebody else than the row is of."""

JSON_TEXT = ("said", "extra")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person: the profile, its person identifiers and the devices that nobody else marked."""

    profile_id: int
    identifiers: tuple[int, ...]
    devices: tuple[int, ...]

    @property
    def ids(self) -> list[int]:
        """All of them."""
        return sorted({self.profile_id, *self.identifiers, *self.devices})


def person_of(reader: Reader, profile_id: int) -> Person:
    """The person that a profile is."""
    people = reader.people
    members = people.persons_of(profile_id)
    rows = reader.db.run(
        """
        SELECT k.device_id FROM lake_mark AS k
        LEFT JOIN lake_person AS p ON p.identifier_id = k.person_id
        WHERE k.device_id IN (SELECT device_id FROM lake_mark WHERE list_contains($ids, person_id))
        GROUP BY k.device_id
        HAVING bool_and(coalesce(p.profile_id, k.person_id) = $profile)
        """,
        {"ids": members, "profile": profile_id},
    )
    return Person(
        profile_id=profile_id,
        identifiers=tuple(members),
        devices=tuple(sorted(int(row[0]) for row in rows)),
    )


def held(reader: Reader, person: Person) -> Iterator[tuple[str, pa.Table]]:
    """Every row of the lake about a person, table by table; tables without any are left out.

    They are the rows that ``take_out`` takes, and those that are made of them.
    """
    for name, table in LAKE.items():
        mine = None if name in MADE_OF_ORDERS else _mine(name)
        if mine is None:
            continue
        own = [f"own_{one} AS ({_own(one)})" for one in OWNED if f"own_{one}" in mine]
        query = f"{'WITH ' if own else ''}{', '.join(own)} SELECT x.* FROM lake_{name} AS x WHERE {mine}"
        params: dict[str, object] = {"ids": person.ids} if "$ids" in mine else {}
        rows = reader.db.arrow(query, params | ({"profile": person.profile_id} if own else {}))
        if rows.num_rows:
            kept = [
                one
                for one in rows.column_names
                if one in table.types or one.startswith(PROPERTY_PREFIX) or one == "batch"
            ]
            yield name, rows.select(kept)


def _own(name: str) -> str:
    """The rows of a table that are of ``$profile``, those of a device among them."""
    return f"SELECT identity_id, {OWNED[name]} AS key FROM owned_{name} WHERE profile_id = $profile"


def _of_person(name: str) -> str | None:
    """Which rows of a table are of a person, by ``$ids``; None: it is of nobody."""
    special = {
        "link": "list_has_any(identifier_ids, $ids)",
        "mark": "list_contains($ids, person_id) OR list_contains($ids, device_id)",
        "merge": "list_contains($ids, kept_id) OR list_contains($ids, joined_id)",
        "rejected_link": "list_contains($ids, identifier_id) OR list_contains($ids, from_id)",
        "person": "list_contains($ids, identifier_id) OR list_contains($ids, profile_id)",
    }
    if name in special:
        return special[name]
    key = next((one for one in KEYS if one in LAKE[name].types), None)
    return None if key is None else f"list_contains($ids, {key})"


def take_out(session: WriteSession, reader: Reader, person: Person) -> dict[str, int]:
    """Take a person out of the tables of what was said; returns the rows per table.

    Orders and refunds stay, of nobody: amounts, dates, products and the order's number. What is
    derived must be made again afterwards.
    """
    for name in OWNED:
        rows = reader.db.arrow(_own(name), {"profile": person.profile_id})
        session.db.register(f"own_{name}", rows)
    many: dict[str, int] = {}
    for name in LAKE:
        if name in DERIVED and name != "former_identifier":
            continue
        mine = _mine(name)
        if mine is None:
            continue
        params = {"ids": person.ids} if "$ids" in mine else None
        count = session.db.run(f"SELECT count(*) FROM lake_{name} AS x WHERE {mine}", params)[0][0]
        if count:
            many[name] = int(count)
            _rewrite(session, name, mine, params)
    for name in OF_PERSONS:
        session.drop(file.path for file in session.files if file.table == name)
    return many


def _mine(name: str) -> str | None:
    """Which rows ``x`` of a table are of a person, by ``$ids`` and ``own_<table>``; None: it is of nobody."""
    if name == "order_line":
        return (
            "x.statement_seq IN (SELECT key FROM own_order_statement UNION ALL "
            "SELECT lines_seq FROM lake_joined_order WHERE seq IN "
            "(SELECT key FROM own_order_statement)) OR list_contains($ids, x.identity_id)"
        )
    if name in OWNED:
        key = OWNED[name]
        return (
            f"EXISTS (SELECT 1 FROM own_{name} AS e "
            f"WHERE e.key = x.{key} AND e.identity_id = x.identity_id) "
            "OR list_contains($ids, x.identity_id)"
        )
    return _of_person(name)


def _rewrite(
    session: WriteSession, name: str, mine: str, params: dict[str, list[int]] | None
) -> None:
    """The files that hold such rows, without them."""
    table = LAKE[name]
    touched = []
    for file in (file for file in session.files if file.table == name):
        create_lake_view(session.db, table, session.lake, [file], prefix="one_")
        if session.db.run(f"SELECT 1 FROM one_{name} AS x WHERE {mine} LIMIT 1", params):
            touched.append(file)
    create_lake_view(session.db, table, session.lake, touched, prefix="touched_")
    columns = [*table.types, *property_columns(touched), "batch"]
    if name in KEPT_OF_NOBODY:
        blank = {"identity_id": "NULL", "coupon": "NULL", "extra": "NULL"}
        blank["said"] = f"CASE WHEN x.said IS NOT NULL THEN {literal(OF_ERASED)} END"
        shown = ", ".join(
            f"CASE WHEN ({mine}) THEN {blank[one]} ELSE x.{quoted(one)} END AS {quoted(one)}"
            if one in blank
            else f"x.{quoted(one)}"
            for one in columns
        )
        body = f"SELECT {shown} FROM touched_{name} AS x"
    elif name == "link":
        # a message of the person itself tells nothing of others; of others', the rest stands
        body = """
            SELECT min(first_seq) AS first_seq, kept AS identifier_ids, min(batch) AS batch
            FROM (SELECT first_seq, batch,
                    list_filter(identifier_ids, lambda one: NOT list_contains($ids, one)) AS kept
                FROM touched_link WHERE NOT list_contains($ids, identifier_ids[1]))
            WHERE len(kept) > 1 GROUP BY kept
            """
    else:
        shown = ", ".join(f"x.{quoted(one)}" for one in columns)
        body = f"SELECT {shown} FROM touched_{name} AS x WHERE ({mine}) IS NOT TRUE"
    session.write(name, body, params, order_by=table.order, keep_batch=True)
    session.drop(file.path for file in touched)


def scrub(session: WriteSession, said: list[tuple[str, str]], texts: list[str]) -> int:
    """Blank what tells of a person in the free text of others' rows; returns how many rows had it.

    ``said``: kind and text of an identifier, taken out where a message says it as that kind; ``texts``:
    taken out wherever they stand, whatever their case. To be called after ``continue_as``: it reads what is left.
    """
    many = 0
    kinds = "|".join(sorted({kind for kind, _ in said}))
    keyed = f'("(?:{kinds})":)"(?:{"|".join(sorted({_escaped(text) for _, text in said}))})"'
    anywhere = "|".join(_escaped(text) for text in texts)
    pattern = f"{keyed}|{anywhere}" if anywhere else keyed
    for name, free in FREE_TEXT.items():
        files = [file for file in session.as_files() if file.table == name]
        types = dict(session.db.describe(f"SELECT * FROM lake_{name}"))
        columns = [one for one in (*free, *property_columns(files)) if types[one] == "VARCHAR"]
        hit = " OR ".join(
            f"regexp_matches(x.{quoted(one)}, $pattern, 'i') IS TRUE" for one in columns
        )
        found = session.db.run(
            f"SELECT count(*) FROM lake_{name} AS x WHERE {hit}", {"pattern": pattern}
        )[0][0]
        if found:
            many += int(found)
            shown = ", ".join(
                f"{_blanked(one)} AS {quoted(one)}" if one in columns else f"x.{quoted(one)}"
                for one in types
            )
            session.replace(
                name,
                f"SELECT {shown} FROM lake_{name} AS x",
                {
                    "anywhere": anywhere or "$^",
                    **({"keyed": keyed} if set(columns) & set(JSON_TEXT) else {}),
                },
                order_by=LAKE[name].order,
                keep_batch=True,
            )
    return many


def _blanked(column: str) -> str:
    """In JSON an identifier becomes null, as a re-import without it says; elsewhere nothing."""
    here = f"x.{quoted(column)}"
    if column in JSON_TEXT:
        here = f"regexp_replace({here}, $keyed, '\\1null', 'gi')"
        here = f"regexp_replace({here}, '\"(' || $anywhere || ')\"', 'null', 'gi')"
    return f"regexp_replace({here}, $anywhere, '', 'gi')"


def _escaped(text: str) -> str:
    return "".join(
        one if one.isascii() and one.isalnum() else f"\\x{{{ord(one):x}}}" for one in text
    )


def names_of(reader: Reader, ids: list[int]) -> list[tuple[int, str, str]]:
    """``identifier_id, kind, value`` of identifiers."""
    rows: list[tuple[Any, ...]] = reader.db.run(
        "SELECT identifier_id, kind, value FROM lake_identifier WHERE list_contains($ids, identifier_id) "
        "ORDER BY identifier_id",
        {"ids": ids},
    )
    return [(int(row[0]), str(row[1]), str(row[2])) for row in rows]


def said_beside(reader: Reader, ids: list[int]) -> list[str]:
    """What messages said that hold identifiers of a person, also those of others: JSON texts."""
    rows = reader.db.run(
        " UNION ".join(
            f"""
            SELECT said FROM lake_{name} WHERE said IS NOT NULL AND (
                list_contains($ids, identity_id) OR identity_id IN (
                    SELECT identifier_ids[1] FROM lake_link WHERE list_has_any(identifier_ids, $ids)))
            """
            for name in ("order_statement", "refund_statement", "customer_statement")
        ),
        {"ids": ids},
    )
    return [str(row[0]) for row in rows]
