# ruff: noqa: S608 - a view takes no parameters: its text is made of our own names and quoted constants
"""The views that query engines and notebooks read, over the raw views ``lake_<table>``.

A view costs what its rows cost: persons are looked up only when some identifier has another profile,
devices by instant only when a device had several owners, dead rows only when orders were replaced.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stamgast.language.types import Type
from stamgast.model import tables
from stamgast.store.attributes import source_rank
from stamgast.store.database import literal, quoted
from stamgast.store.lake import (
    BATCH,
    DERIVED_OF_ORDERS,
    LAKE,
    OF_REFUNDS,
    PROPERTY_PREFIX,
    SQL_TYPES,
)
from stamgast.store.lines import (
    FROM_CATALOGUE,
    PRODUCT_KEYS,
    event_product,
    line_holder,
    order_line,
    product_version,
    statement_line,
    told_event,
)
from stamgast.store.refunds import DEAD_REFUNDS
from stamgast.store.renewals import SHOWN, told_renewals
from stamgast.store.views import property_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stamgast.store.database import Database
    from stamgast.store.files import LakeFile

ALWAYS_US = -(2**63)
"""Before every instant: where the stay of a device's first owner begins."""

_INSTANTS = frozenset(
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


def _number(instant: str) -> str:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FewSources:
    """Queries of the rows of the profiles in ``<prefix>profile``, maybe with rows of others.

    ``identity``: of their identities, for the table ``<prefix>identity``, which ``rows`` read: table of
    ``model.tables`` -> its rows, ``bare_event`` too. ``lines``: the rows of ``order_line`` for a table of
    order versions, which has ``lines_seq`` too. ``membership``: their stays in segments.
    """

    identity: str
    rows: Mapping[str, str]
    membership: str
    lines: Callable[[str], str]


class EngineViews:
    """Makes the views on a connection that has the raw ones."""

    def __init__(
        self, database: Database, files: Sequence[LakeFile], vocabulary: Vocabulary, zone: str
    ) -> None:
        """Zone: the IANA name of the shop's time zone, for local days."""
        self._db = database
        self._files = files
        self._vocabulary = vocabulary
        self._zone = zone
        self._within: str | None = None
        """A table of ``identity_id``: raw rows of others are not looked at."""
        self.told: tuple[str, ...] = ()
        """The columns of ``event`` that the catalogue fills; if any there is ``bare_event``."""
        self.shape = self._prepare()

    def create(self) -> None:
        """Make every view of ``model.tables``, ``owned_<table>`` below them, and the public ones."""
        self._view("strongest_identifier", self._strongest())
        self._db.run(source_rank(self._vocabulary.attribute_sources))
        for contract, instant in (
            (tables.ORDER_VERSION, "ordered_at"),
            (tables.LOOSE_REFUND, "at"),
            (tables.ORDER_STATEMENT, "ordered_at"),
            (tables.REFUND_STATEMENT, "at"),
            (tables.ATTRIBUTE, "at"),
        ):
            self._view(f"owned_{contract.name}", self._owned(contract.name, instant))
            self._view(contract.name, self._engine(contract, instant))
        self._view("owned_event", self._owned("event", "occurred_at"))
        self._lines()
        self._told_events()
        self._view("event", self._engine(tables.EVENT, "occurred_at"))
        self._view("seen", self._seen())
        held = {file.table for file in self._files}
        for contract in (tables.EXTENSION, tables.CONSENT):
            self._view(f"owned_{contract.name}", self._owned(contract.name, "at"))
            some = contract.name in held
            self._view(
                contract.name, self._engine(contract, "at") if some else self._empty(contract)
            )
        self._view("presence", self._presence())
        self._view("known_by", self._known_by())
        self._view("membership", self._membership())
        for name, body in self._public().items():
            self._view(name, body)

    def few(self, prefix: str) -> FewSources:
        """The same rows for few profiles, found by their identities as the raw rows are read.

        Through the views each row's profile would be looked up before it is known whose it is.
        """
        near = copy(self)
        near._within = f"{prefix}identity"  # noqa: SLF001 - of its own class
        return near._few_sources(prefix)  # noqa: SLF001 - as above

    def _few_sources(self, prefix: str) -> FewSources:
        events = f"({self._owned('event', 'occurred_at')})"
        rows = {
            contract.name: self._engine(contract, at, f"({self._owned(contract.name, at)})")
            for contract, at in (
                (tables.ORDER_VERSION, "ordered_at"),
                (tables.LOOSE_REFUND, "at"),
                (tables.ATTRIBUTE, "at"),
                (tables.EXTENSION, "at"),
                (tables.CONSENT, "at"),
            )
        }
        told = told_event(events, self._known_products())
        rows[tables.EVENT.name] = self._engine(tables.EVENT, "occurred_at", f"({told})")
        rows["bare_event"] = self._engine(tables.EVENT, "occurred_at", events)
        return FewSources(
            identity=self._identities(f"{prefix}profile"),
            rows=rows,
            membership=self._membership(),
            lines=lambda versions: order_line(versions, self._zone, catalogue=self._has("product")),
        )

    def _identities(self, few: str) -> str:
        """A query of the identities that were ever of the profiles in a table."""
        own = f"SELECT profile_id AS identity_id FROM {few}"
        if not self.shape.persons:
            return own
        sources = ["profile_of", *(["device_stay"] if self.shape.marks else [])]
        others = (
            f"SELECT identity_id FROM {source} WHERE profile_id IN (SELECT profile_id FROM {few})"
            for source in sources
        )
        return " UNION ".join((own, *others))

    def _has(self, table: str) -> bool:
        return any(file.table == table for file in self._files)

    def _raw(self, table: str) -> str:
        """The raw rows of a table with identities."""
        return self._of_those(f"lake_{table}")

    def _of_those(self, table: str) -> str:
        """A table with ``identity_id``, maybe only of those whose rows are looked at."""
        if self._within is None:
            return table
        those = f"SELECT identity_id FROM {self._within}"
        return f"(SELECT * FROM {table} WHERE identity_id IN ({those}))"

    def _view(self, name: str, body: str) -> None:
        self._db.run(f"CREATE OR REPLACE VIEW {quoted(name)} AS {body}")

    # --- whose a row is ---------------------------------------------------------------------------

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

    def _owned(self, table: str, instant: str) -> str:
        """The rows of a raw table with their profile at their instant; undated: its last owner's."""
        source = self._raw(table)
        if table == "event":
            source = self._typed_events()
        elif table == "extension":
            source = self._typed_values(table, self._vocabulary.extensions)
        elif table == "attribute":
            source = self._typed_values(table, self._vocabulary.attributes)
        if self.shape.replaced and table in DERIVED_OF_ORDERS:
            source = f"({self._alive(table)})"
        owned = self._with_profile(table, self._that_count(table, source), instant)
        if table not in SHOWN or not self._vocabulary.renewals_are_purchases:
            return owned
        events = self._owned("event", "occurred_at")
        renewals = told_renewals(table, events, self._vocabulary.event_properties, self._zone)
        return f"{owned} UNION ALL BY NAME FROM {self._with_numbers(table, f'({renewals})')}"

    def _with_profile(self, table: str, source: str, instant: str) -> str:
        source = self._with_numbers(table, source)
        if not self.shape.persons:
            return f"SELECT x.*, x.identity_id AS profile_id FROM {source} AS x"
        known_to_be_few = self._within is not None or table != "event"
        owner = self._of_those("profile_of") if known_to_be_few else _FEW_PROFILES
        mapped = (
            "SELECT x.*, coalesce(m.profile_id, x.identity_id) AS profile_id "
            f"FROM {source} AS x LEFT JOIN {owner} AS m ON m.identity_id = x.identity_id"
        )
        if not self.shape.several:
            return mapped
        at = f"coalesce(x.{_number(instant)}, {2**63 - 1})"
        return (
            f"{mapped} WHERE NOT EXISTS (SELECT 1 FROM shared_device AS s "
            "WHERE s.identity_id = x.identity_id) "
            "UNION ALL "
            f"SELECT x.*, s.profile_id FROM (SELECT y.* FROM {source} AS y "
            "SEMI JOIN shared_device AS d ON d.identity_id = y.identity_id) AS x "
            f"ASOF JOIN device_stay AS s ON s.identity_id = x.identity_id AND {at} >= s.from_us"
        )

    def _that_count(self, table: str, source: str) -> str:
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
            f"epoch_us({quoted(name)}) AS {_number(name)}"
            for name, _ in LAKE[table].columns
            if name in _INSTANTS
        ]
        return f"(SELECT *, {', '.join(numbers)} FROM {source} AS raw)"

    def _alive(self, table: str) -> str:
        """The rows of a derived table that no later batch replaced.

        Rows older than every replacement, nearly all, meet a plain ANTI JOIN, which lets filters
        through to the scan; rows as new as the last one meet none.
        """
        batches = [file.batch for file in self._files if file.table == "replaced"]
        first, last = min(batches), max(batches)
        raw = self._raw(table)
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

    # --- the contract of model.tables -------------------------------------------------------------

    def _engine(self, contract: tables.Table, instant: str, source: str | None = None) -> str:
        columns = [self._column(name, instant) for name, _ in contract.columns]
        if contract is tables.EVENT:
            columns += self._property_names()
        if source is None:
            source = "told_event" if contract is tables.EVENT else f"owned_{contract.name}"
        return f"SELECT {', '.join(columns)} FROM {source}"

    def _told_events(self) -> None:
        """``told_event``, what engines know of events, and ``event_product``."""
        known = self._known_products()
        self._view("event_product", event_product("owned_event", known))
        self._view("told_event", told_event("owned_event", known))
        if known & {*FROM_CATALOGUE} and known & {*PRODUCT_KEYS}:
            self.told = tuple(PROPERTY_PREFIX + name for name in FROM_CATALOGUE)
            self._view("bare_event", self._engine(tables.EVENT, "occurred_at", "owned_event"))

    def _known_products(self) -> set[str]:
        """The text properties of events, of ids of products those that some file has."""
        if not self._has("product"):
            return set()
        declared = self._vocabulary.event_properties
        texts = {name for name, kind in declared.items() if kind is Type.TEXT}
        held = property_columns(file for file in self._files if file.table == "event")
        keys = {name for name in PRODUCT_KEYS if PROPERTY_PREFIX + name in held}
        return (texts & keys) | (texts - set(PRODUCT_KEYS))

    def _empty(self, contract: tables.Table) -> str:
        """A view without rows: nothing of this was ever said, which spares plans two joins."""
        columns = (f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in contract.columns)
        return f"SELECT {', '.join(columns)} WHERE false"

    def _column(self, name: str, instant: str) -> str:
        if name == "day":
            day = f"CAST(timezone({literal(self._zone)}, {quoted(instant)}) AS DATE)"
            return f"{day} AS day"
        if name == "holder":
            return "identity_id AS holder"
        if name in _INSTANTS:
            return f"{_number(name)} AS {quoted(name)}"
        return quoted(name)

    def _property_names(self) -> list[str]:
        names = sorted(self._vocabulary.event_properties)
        return [quoted(PROPERTY_PREFIX + name) for name in names]

    def _typed_events(self) -> str:
        """The raw events with declared properties in their type, missing where no file has them."""
        fixed = [quoted(name) for name, _ in (*LAKE["event"].columns, BATCH)]
        held = property_columns(file for file in self._files if file.table == "event")
        typed = []
        for name, kind in sorted(self._vocabulary.event_properties.items()):
            column = quoted(PROPERTY_PREFIX + name)
            value = column if PROPERTY_PREFIX + name in held else "NULL"
            typed.append(f"TRY_CAST({value} AS {SQL_TYPES[kind]}) AS {column}")
        return f"(SELECT {', '.join((*fixed, *typed))} FROM {self._raw('event')})"

    def _typed_values(self, table: str, declared: Mapping[str, Type]) -> str:
        """The raw statements; a value that is not of the type its name is declared with is missing."""
        tests = {
            name: _FITS.get(kind, _FITS[Type.INTEGER])
            for name, kind in sorted(declared.items())
            if kind is not Type.TEXT
        }
        if not tests or not self._has(table):
            return self._raw(table)
        cases = " ".join(
            f"WHEN name = {literal(name)} AND NOT ({test}) THEN NULL"
            for name, test in tests.items()
        )
        return f"(SELECT * REPLACE (CASE {cases} ELSE value END AS value) FROM {self._raw(table)})"

    def _seen(self) -> str:
        """From when somebody exists, by each of the identities: several rows of one profile."""
        if not self.shape.persons:
            return "SELECT identity_id AS profile_id, epoch_us(first_at) AS first_at FROM lake_first_seen"
        return (
            "SELECT coalesce(m.profile_id, f.identity_id) AS profile_id, "
            "epoch_us(f.first_at) AS first_at FROM lake_first_seen AS f "
            "LEFT JOIN first_profile_of AS m ON m.identity_id = f.identity_id"
        )

    def _presence(self) -> str:
        seen = "SELECT profile_id, first_at FROM seen"
        if self.shape.seen_often:
            seen = f"SELECT profile_id, min(first_at) AS first_at FROM ({seen}) GROUP BY profile_id"
        if not self.shape.devices:
            return f"SELECT profile_id, first_at, false AS anonymous FROM ({seen})"
        kinds = ", ".join(literal(kind) for kind in self._vocabulary.device_kinds)
        return (
            "SELECT s.profile_id, s.first_at, d.identifier_id IS NOT NULL AS anonymous "
            f"FROM ({seen}) AS s LEFT JOIN (SELECT identifier_id FROM lake_identifier "
            f"WHERE kind IN ({kinds})) AS d ON d.identifier_id = s.profile_id"
        )

    def _known_by(self) -> str:
        """Per profile the kinds of its person identifiers, as is known now."""
        kinds = ", ".join(literal(kind) for kind in self._vocabulary.person_kinds)
        if not self.shape.persons:
            return (
                "SELECT identifier_id AS profile_id, kind FROM lake_identifier "
                f"WHERE kind IN ({kinds})"
            )
        return (
            "SELECT DISTINCT coalesce(m.profile_id, i.identifier_id) AS profile_id, i.kind "
            "FROM lake_identifier AS i LEFT JOIN lake_person AS m USING (identifier_id) "
            f"WHERE i.kind IN ({kinds})"
        )

    def _lines(self) -> None:
        """``order_line`` and the views below it; what no definition reads costs nothing."""
        products = self._has("product")
        self._view("product_version", product_version(some=products))
        self._view("line_holder", line_holder())
        self._view("statement_line", statement_line())
        self._view("order_line", order_line("order_version", self._zone, catalogue=products))

    # --- for people -------------------------------------------------------------------------------

    def _strongest(self) -> str:
        """Per profile its strongest identifier: by kind, then the first seen."""
        if not self.shape.persons:
            return "SELECT identifier_id AS profile_id, kind, value FROM lake_identifier"
        kinds = (*self._vocabulary.person_kinds, *self._vocabulary.device_kinds)
        ranks = " ".join(f"WHEN {literal(kind)} THEN {rank}" for rank, kind in enumerate(kinds))
        return f"""
            SELECT profile_id, best.kind AS kind, best.value AS value FROM (
                SELECT coalesce(m.profile_id, i.identifier_id) AS profile_id,
                    arg_min(struct_pack(kind := i.kind, value := i.value), struct_pack(
                        strength := CASE i.kind {ranks} ELSE {len(kinds)} END,
                        id := i.identifier_id)) AS best
                FROM lake_identifier AS i
                LEFT JOIN first_profile_of AS m ON m.identity_id = i.identifier_id
                GROUP BY ALL)
            """

    def _membership(self) -> str:
        """Stays in segments as last known, under today's profile ids."""
        known = "SELECT profile_id, segment, entered_at, left_at FROM lake_membership"
        if self._within is not None:  # whoever is one of them now had one of their ids then
            known += f" WHERE profile_id IN (SELECT identity_id FROM {self._within})"
        if sum(file.table == "membership" for file in self._files) > 1:
            known += (
                " QUALIFY row_number() OVER (PARTITION BY profile_id, segment, entered_at "
                "ORDER BY batch DESC) = 1"
            )
        if not self.shape.persons:
            return known
        return (
            "SELECT coalesce(m.profile_id, k.profile_id) AS profile_id, k.segment, "
            f"k.entered_at, k.left_at FROM ({known}) AS k "
            f"LEFT JOIN {self._of_those('first_profile_of')} AS m ON m.identity_id = k.profile_id"
        )

    def _public(self) -> dict[str, str]:
        properties = "".join(f", {column}" for column in self._property_names())
        return {
            "profiles": """
                SELECT p.profile_id, make_timestamptz(p.first_at) AS first_seen_at, p.anonymous,
                    s.kind AS identifier_kind, s.value AS identifier
                FROM presence AS p LEFT JOIN strongest_identifier AS s USING (profile_id)
                """,
            "orders": """
                SELECT profile_id, order_key, order_id, ordered_at, counts, total AS total_minor,
                    refunded AS refunded_minor, net_total AS net_total_minor, gross AS gross_minor,
                    discount AS discount_minor, coupon, coupon_used, channel, store, status
                FROM owned_order_version WHERE valid_to IS NULL
                """,
            "lines": """
                WITH statement AS (
                    -- lines hang on the first statement of a saying, the only one with `said`
                    SELECT s.*, coalesce(j.lines_seq, max(s.seq) FILTER (said IS NOT NULL) OVER (
                        PARTITION BY s.order_key ORDER BY s.seq), s.seq) AS first_seq
                    FROM lake_order_statement AS s
                    LEFT JOIN lake_joined_order AS j ON j.seq = s.seq),
                last_statement AS (
                    SELECT order_key, arg_min(struct_pack(lines := first_seq, seq := seq), struct_pack(
                        source_rank := source_rank, valid := -epoch_us(valid_from),
                        received := -epoch_us(received_at), seq := -seq)) AS found
                    FROM statement ANTI JOIN lake_withdrawn_statement USING (seq)
                    GROUP BY order_key)
                SELECT o.profile_id, l.order_key, o.ordered_at, l.line_no, l.product_id, l.sku, l.name,
                    l.category, l.brand, l.quantity, l.unit_price AS unit_price_minor,
                    l.amount AS amount_minor, l.gross AS gross_minor, l.discount AS discount_minor,
                    l.coupon, l.line_kind, l.extra
                FROM lake_order_line AS l
                JOIN last_statement AS s
                    ON s.order_key = l.order_key AND s.found.lines = l.statement_seq
                LEFT JOIN owned_order_statement AS o
                    ON o.order_key = l.order_key AND o.seq = s.found.seq
                """,
            "events": f"""
                SELECT profile_id, event, occurred_at, received_at, message_id, source,
                    extra{properties}
                FROM owned_event
                """,
            "memberships": "SELECT profile_id, segment, entered_at, left_at FROM membership",
        }
