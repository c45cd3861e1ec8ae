# ruff: noqa: S608 - a view takes no parameters: its text is made of our own names and quoted constants
"""Whose a raw row is: the rows of the lake with the profile that they are of.

A row costs what it needs: persons are looked up only when some identifier has another profile,
devices by instant only when a device had several owners, dead rows only when orders were replaced.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from stamgast.language.types import Type
from stamgast.store.database import literal, quoted
from stamgast.store.lake import (
    BATCH,
    DERIVED_OF_ORDERS,
    LAKE,
    OF_REFUNDS,
    PROPERTY_PREFIX,
    SQL_TYPES,
)
from stamgast.store.refunds import DEAD_REFUNDS
from stamgast.store.renewals import SHOWN, told_renewals
from stamgast.store.views import property_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.store.database import Database
    from stamgast.store.files import LakeFile

ALWAYS_US = -(2**63)
"""Before every instant: where the stay of a device's first owner begins."""

INSTANTS = frozenset(
    {
        "at",
        "until",
        "ordered_at",
        "valid_from",
        "valid_to",
        "received_at",
        "occurred_at",
        "first_at",
    }
)

_FEW_PROFILES = "(SELECT * FROM profile_of WHERE xor(identity_id, identity_id) = 0)"  # always so
"""``profile_of`` for a plan to look up in.

DuckDB takes filtered events for far fewer than they are, and would keep all of them in memory to look
up the profiles in. A condition that it cannot see through makes it take the profiles for few instead.
"""

_FITS: Mapping[Type, str] = {
    Type.INTEGER: "regexp_full_match(value, '-?[0-9]{1,18}')",
    Type.NUMBER: "coalesce(isfinite(TRY_CAST(value AS DOUBLE)), false)",
    Type.BOOLEAN: "value IN ('true', 'false')",
    Type.DAY: "regexp_full_match(value, '[0-9]{4}-[0-9]{2}-[0-9]{2}') "
    "AND TRY_CAST(value AS DATE) IS NOT NULL",
}
"""Whether a text is a value of a type as the log keeps it; types that are not here are whole numbers."""


def number(instant: str) -> str:
    """The column of ``owned_<table>`` with an instant in microseconds."""
    return quoted(f"{instant} us")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What definitions and identifier kinds say about the columns of the views.

    ``event_properties``, ``attributes``, ``extensions``: the declared types. ``attribute_sources``: the
    sources that go before others. Kinds: strongest first.
    """

    event_properties: Mapping[str, Type] = field(default_factory=dict)
    attributes: Mapping[str, Type] = field(default_factory=dict)
    attribute_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extensions: Mapping[str, Type] = field(default_factory=dict)
    person_kinds: tuple[str, ...] = ("customer_id", "loyalty_card", "email", "phone")
    device_kinds: tuple[str, ...] = ("anonymous_id", "device_id", "idfa", "gaid")
    renewals_are_purchases: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the data needs of the views. ``several``: devices that had several owners."""

    persons: bool
    marks: bool
    several: bool
    devices: bool
    replaced: bool
    seen_often: bool
    """Whether a profile may be in ``seen`` more than once."""


class OwnedRows:
    """The raw rows of a reader with their profile at their instant.

    ``shape``: what the data needs of the views. Makes ``profile_of``, ``first_profile_of`` and, of shops
    with devices, ``device_stay`` and ``shared_device``.
    """

    def __init__(
        self, database: Database, files: Sequence[LakeFile], vocabulary: Vocabulary, zone: str
    ) -> None:
        """Zone: the IANA name of the shop's time zone, for local days."""
        self._db = database
        self._files = files
        self._vocabulary = vocabulary
        self._zone = zone
        self.within: str | None = None
        """A table of ``identity_id``: raw rows of others are not looked at."""
        self.shape = self._prepare()

    def of(self, identities: str) -> Self:
        """The same of few: a table of ``identity_id``."""
        few = copy(self)
        few.within = identities
        return few

    def has(self, table: str) -> bool:
        """Whether there are rows of a raw table."""
        return any(file.table == table for file in self._files)

    def those(self, table: str) -> str:
        """A table with ``identity_id``, maybe only of those whose rows are looked at."""
        if self.within is None:
            return table
        return (
            f"(SELECT * FROM {table} WHERE identity_id IN (SELECT identity_id FROM {self.within}))"
        )

    def identities(self, profiles: str) -> str:
        """A query of the identities that were ever of the profiles in a table."""
        own = f"SELECT profile_id AS identity_id FROM {profiles}"
        if not self.shape.persons:
            return own
        sources = ["profile_of", *(["device_stay"] if self.shape.marks else [])]
        others = (
            f"SELECT identity_id FROM {source} "
            f"WHERE profile_id IN (SELECT profile_id FROM {profiles})"
            for source in sources
        )
        return " UNION ".join((own, *others))

    def _prepare(self) -> Shape:
        """Look at what there is; make ``profile_of``, ``first_profile_of`` and ``device_stay``."""
        held = {file.table for file in self._files}
        marks = "mark" in held
        several = self._device_tables() if marks else False
        if not marks:
            self._db.run(
                "CREATE VIEW profile_of AS "
                "SELECT identifier_id AS identity_id, profile_id FROM lake_person"
            )
            self._db.run("CREATE VIEW first_profile_of AS SELECT * FROM profile_of")
        replaced = "replaced" in held and bool(held & set(DERIVED_OF_ORDERS))
        if replaced:
            self._db.run(
                "CREATE TEMP TABLE dead AS "
                "SELECT order_key, max(batch) AS batch FROM lake_replaced GROUP BY order_key"
            )
        persons = "person" in held or marks
        return Shape(
            persons=persons,
            marks=marks,
            several=several,
            devices="identifier" in held and self._has_devices(),
            replaced=replaced,
            seen_often=persons or sum(f.table == "first_seen" for f in self._files) > 1,
        )

    def _has_devices(self) -> bool:
        rows = self._db.run(
            "SELECT 1 FROM lake_identifier WHERE list_contains($kinds, kind) LIMIT 1",
            {"kinds": list(self._vocabulary.device_kinds)},
        )
        return bool(rows)

    def _device_tables(self) -> bool:
        """Who had which device from when; returns whether any device had several owners.

        ``device_stay``: only of those; from each instant at which the owner changes, the first from
        always. Of marks at one instant the last in the log counts. Nearly all devices have one owner,
        for whom instants need not be looked at.
        """
        self._db.run(
            f"""
            CREATE TEMP TABLE device_owner AS
            WITH named AS (SELECT device_id, person_id FROM lake_mark GROUP BY ALL),
            owned AS (
                SELECT n.device_id, min(coalesce(m.profile_id, n.person_id)) AS one,
                    max(coalesce(m.profile_id, n.person_id)) AS other
                FROM named AS n LEFT JOIN lake_person AS m ON m.identifier_id = n.person_id
                GROUP BY n.device_id
            ), marked AS (
                SELECT k.device_id, epoch_us(k."at") AS at_us,
                    arg_max(coalesce(m.profile_id, k.person_id),
                        struct_pack(seq := k.seq, id := k.person_id)) AS profile_id
                FROM lake_mark AS k LEFT JOIN lake_person AS m ON m.identifier_id = k.person_id
                WHERE k.device_id IN (SELECT device_id FROM owned WHERE one <> other)
                GROUP BY k.device_id, at_us
            ), compared AS (
                SELECT *, lag(profile_id) OVER (PARTITION BY device_id ORDER BY at_us) AS before_id
                FROM marked
            )
            SELECT device_id AS identity_id, one AS profile_id, {ALWAYS_US} AS from_us
            FROM owned WHERE one = other
            UNION ALL
            SELECT device_id, profile_id,
                CASE WHEN before_id IS NULL THEN {ALWAYS_US} ELSE at_us END
            FROM compared WHERE before_id IS DISTINCT FROM profile_id
            """
        )
        self._db.run(
            "CREATE TEMP TABLE device_stay AS SELECT * FROM device_owner WHERE identity_id IN "
            f"(SELECT identity_id FROM device_owner WHERE from_us > {ALWAYS_US})"
        )
        self._db.run(
            "CREATE TEMP TABLE shared_device AS SELECT DISTINCT identity_id FROM device_stay"
        )
        self._db.run(
            """
            CREATE TEMP TABLE profile_of AS
            SELECT identifier_id AS identity_id, profile_id FROM lake_person
            UNION ALL
            SELECT identity_id, profile_id FROM device_owner
            WHERE identity_id NOT IN (SELECT identity_id FROM shared_device)
            """
        )
        self._db.run(
            f"""
            CREATE TEMP TABLE first_profile_of AS
            SELECT identity_id, profile_id FROM profile_of
            UNION ALL
            SELECT identity_id, profile_id FROM device_stay WHERE from_us = {ALWAYS_US}
            """
        )
        return bool(self._db.run("SELECT 1 FROM shared_device LIMIT 1"))

    def rows(self, table: str, instant: str) -> str:
        """The rows of a raw table with their profile at their instant; undated: its last owner's."""
        source = self.those(f"lake_{table}")
        if table == "event":
            source = self._typed_events()
        elif table == "extension":
            source = self._typed_values(table, self._vocabulary.extensions)
        elif table == "attribute":
            source = self._typed_values(table, self._vocabulary.attributes)
        if self.shape.replaced and table in DERIVED_OF_ORDERS:
            source = f"({self._alive(table)})"
        owned = self._with_profile(table, self.that_count(table, source), instant)
        if table not in SHOWN or not self._vocabulary.renewals_are_purchases:
            return owned
        events = self.rows("event", "occurred_at")
        renewals = told_renewals(table, events, self._vocabulary.event_properties, self._zone)
        return f"{owned} UNION ALL BY NAME FROM {self._with_numbers(table, f'({renewals})')}"

    def _with_profile(self, table: str, source: str, instant: str) -> str:
        source = self._with_numbers(table, source)
        if not self.shape.persons:
            return f"SELECT x.*, x.identity_id AS profile_id FROM {source} AS x"
        known_to_be_few = self.within is not None or table != "event"
        owner = self.those("profile_of") if known_to_be_few else _FEW_PROFILES
        mapped = (
            "SELECT x.*, coalesce(m.profile_id, x.identity_id) AS profile_id "
            f"FROM {source} AS x LEFT JOIN {owner} AS m ON m.identity_id = x.identity_id"
        )
        if not self.shape.several:
            return mapped
        at = f"coalesce(x.{number(instant)}, {2**63 - 1})"
        return (
            f"{mapped} WHERE NOT EXISTS (SELECT 1 FROM shared_device AS s "
            "WHERE s.identity_id = x.identity_id) "
            "UNION ALL "
            f"SELECT x.*, s.profile_id FROM (SELECT y.* FROM {source} AS y "
            "SEMI JOIN shared_device AS d ON d.identity_id = y.identity_id) AS x "
            f"ASOF JOIN device_stay AS s ON s.identity_id = x.identity_id AND {at} >= s.from_us"
        )

    def that_count(self, table: str, source: str) -> str:
        """The rows without those that count nowhere."""
        if table == "order_statement" and any(
            f.table == "withdrawn_statement" for f in self._files
        ):
            source = (
                f"(SELECT y.* FROM {source} AS y ANTI JOIN lake_withdrawn_statement USING (seq))"
            )
        if table in OF_REFUNDS:
            for dead in sorted({file.table for file in self._files}.intersection(DEAD_REFUNDS)):
                source = f"(SELECT y.* FROM {source} AS y ANTI JOIN lake_{dead} USING (refund_key))"
        return source

    def _with_numbers(self, table: str, source: str) -> str:
        """The rows with each instant as microseconds, too: ``"occurred_at us"``.

        Made right above the scan: a condition on them is looked at there, before a row's profile is
        looked up. DuckDB moves no condition on ``epoch_us(...)``, which may fail, further down than to
        where that is made.
        """
        numbers = [
            f"epoch_us({quoted(name)}) AS {number(name)}"
            for name, _ in LAKE[table].columns
            if name in INSTANTS
        ]
        return f"(SELECT *, {', '.join(numbers)} FROM {source} AS raw)"

    def _alive(self, table: str) -> str:
        """The rows of a derived table that no later batch replaced.

        Rows older than every replacement, nearly all, meet a plain ANTI JOIN, which lets filters
        through to the scan; rows as new as the last one meet none.
        """
        batches = [file.batch for file in self._files if file.table == "replaced"]
        first, last = min(batches), max(batches)
        raw = self.those(f"lake_{table}")
        parts = [
            f"SELECT v.* FROM {raw} AS v ANTI JOIN dead USING (order_key) WHERE v.batch < {first}",
            f"SELECT * FROM {raw} WHERE batch >= {last}",
        ]
        own = [file.batch for file in self._files if file.table == table]
        if any(first <= batch < last for batch in own):
            # a plain hash join: NOT EXISTS with an inequality would group all orders first
            parts.append(
                f"SELECT v.* FROM {raw} AS v LEFT JOIN dead USING (order_key) "
                f"WHERE v.batch >= {first} AND v.batch < {last} "
                "AND (dead.batch IS NULL OR dead.batch <= v.batch)"
            )
        return " UNION ALL ".join(parts)

    def _typed_events(self) -> str:
        """The raw events with declared properties in their type, missing where no file has them."""
        fixed = [quoted(name) for name, _ in (*LAKE["event"].columns, BATCH)]
        held = property_columns(file for file in self._files if file.table == "event")
        typed = []
        for name, kind in sorted(self._vocabulary.event_properties.items()):
            column = quoted(PROPERTY_PREFIX + name)
            value = column if PROPERTY_PREFIX + name in held else "NULL"
            typed.append(f"TRY_CAST({value} AS {SQL_TYPES[kind]}) AS {column}")
        return f"(SELECT {', '.join((*fixed, *typed))} FROM {self.those('lake_event')})"

    def _typed_values(self, table: str, declared: Mapping[str, Type]) -> str:
        """The raw statements; a value that is not of the type its name is declared with is missing."""
        tests = {
            name: _FITS.get(kind, _FITS[Type.INTEGER])
            for name, kind in sorted(declared.items())
            if kind is not Type.TEXT
        }
        raw = self.those(f"lake_{table}")
        if not tests or not self.has(table):
            return raw
        cases = " ".join(
            f"WHEN name = {literal(name)} AND NOT ({test}) THEN NULL"
            for name, test in tests.items()
        )
        return f"(SELECT * REPLACE (CASE {cases} ELSE value END AS value) FROM {self.those(f'lake_{table}')})"
