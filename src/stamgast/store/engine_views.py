# ruff: noqa: S608 - a view takes no parameters: its text is made of our own names and quoted constants
"""The views that query engines and notebooks read, over the raw views ``lake_<table>``.

A view costs what its rows cost: persons are looked up only when some identifier has another profile,
devices by instant only when a device had several owners, dead rows only when orders were replaced.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from stamgast.language.types import Type
from stamgast.model import tables
from stamgast.store.attributes import source_rank
from stamgast.store.database import literal, quoted
from stamgast.store.lake import (
    PROPERTY_PREFIX,
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
from stamgast.store.owned import INSTANTS, OwnedRows, number
from stamgast.store.views import property_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stamgast.store.database import Database
    from stamgast.store.files import LakeFile
    from stamgast.store.owned import Shape, Vocabulary


_PROFILES = "SELECT unnest($profiles::BIGINT[]) AS profile_id"


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
        self._owned = OwnedRows(database, files, vocabulary, zone)
        self.told: tuple[str, ...] = ()
        """The columns of ``event`` that the catalogue fills; if any there is ``bare_event``."""

    @property
    def shape(self) -> Shape:
        """What the data needs of the views."""
        return self._owned.shape

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
            self._view(f"owned_{contract.name}", self._owned.rows(contract.name, instant))
            self._view(contract.name, self._engine(contract, instant))
        self._view("owned_event", self._owned.rows("event", "occurred_at"))
        self._lines()
        self._told_events()
        self._view("event", self._engine(tables.EVENT, "occurred_at"))
        self._view("seen", self._seen())
        held = {file.table for file in self._files}
        for contract in (tables.EXTENSION, tables.CONSENT):
            self._view(f"owned_{contract.name}", self._owned.rows(contract.name, "at"))
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
        return self._of(f"{prefix}identity")._few_sources(prefix)  # noqa: SLF001 - of its own class

    def near(self) -> Mapping[str, str]:
        """The rows of the ``$profiles``, maybe with rows of others: name -> a query in brackets.

        Names: the tables of ``model.tables`` that are of profiles, ``presence``, ``owned_refund_statement``,
        ``refund_of_order`` (of their orders, whoever a refund names), ``membership``, ``lines`` and
        ``lake_identifier``.
        """
        identities = self._owned.identities(f"({_PROFILES})")
        return self._of(f"({identities})")._near_sources()  # noqa: SLF001 - of its own class

    def _of(self, identities: str) -> Self:
        """Such views of few: of the identities in a table or query."""
        few = copy(self)
        few._owned = self._owned.of(identities)  # noqa: SLF001 - of its own class
        return few

    def _near_sources(self) -> Mapping[str, str]:
        found = {name: f"({text})" for name, text in self._few_sources("").rows.items()}
        refunds = self._owned.rows("refund_statement", "at")
        orders = (
            f"(SELECT order_key FROM {found['order_version']} WHERE profile_id IN ({_PROFILES}))"
        )

        def of_orders(table: str) -> str:
            return f"(SELECT * FROM {table} WHERE order_key IN {orders})"

        lines = lines_as_sold(
            of_orders("lake_order_statement"),
            of_orders("lake_order_line"),
            f"({self._owned.rows('order_statement', 'ordered_at')})",
        )
        return {
            **found,
            "owned_refund_statement": f"({refunds})",
            "refund_of_order": self._owned.that_count(
                "refund_statement", of_orders("lake_refund_statement")
            ),
            "membership": f"({self._membership()})",
            "presence": f"({self._presence(f'({self._seen()})')})",
            "lines": f"({lines})",
            "lake_identifier": "(SELECT * FROM lake_identifier WHERE identifier_id IN "
            f"(SELECT identity_id FROM {self._owned.within}))",
        }

    def _few_sources(self, prefix: str) -> FewSources:
        events = f"({self._owned.rows('event', 'occurred_at')})"
        rows = {
            contract.name: self._engine(contract, at, f"({self._owned.rows(contract.name, at)})")
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
            identity=self._owned.identities(f"{prefix}profile"),
            rows=rows,
            membership=self._membership(),
            lines=lambda versions: order_line(
                versions, self._zone, catalogue=self._owned.has("product")
            ),
        )

    def _view(self, name: str, body: str) -> None:
        self._db.run(f"CREATE OR REPLACE VIEW {quoted(name)} AS {body}")

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
        if not self._owned.has("product"):
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
        if name in INSTANTS:
            return f"{number(name)} AS {quoted(name)}"
        return quoted(name)

    def _property_names(self) -> list[str]:
        names = sorted(self._vocabulary.event_properties)
        return [quoted(PROPERTY_PREFIX + name) for name in names]

    def _seen(self) -> str:
        """From when somebody exists, by each of the identities: several rows of one profile."""
        if not self.shape.persons:
            seen = self._owned.those("lake_first_seen")
            return f"SELECT identity_id AS profile_id, epoch_us(first_at) AS first_at FROM {seen}"
        return (
            "SELECT coalesce(m.profile_id, f.identity_id) AS profile_id, "
            f"epoch_us(f.first_at) AS first_at FROM {self._owned.those('lake_first_seen')} AS f "
            f"LEFT JOIN {self._owned.those('first_profile_of')} AS m ON m.identity_id = f.identity_id"
        )

    def _presence(self, seen_by: str = "seen") -> str:
        seen = f"SELECT profile_id, first_at FROM {seen_by}"
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
        products = self._owned.has("product")
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
        if self._owned.within is not None:  # whoever is one of them now had one of their ids then
            known += f" WHERE profile_id IN (SELECT identity_id FROM {self._owned.within})"
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
            f"LEFT JOIN {self._owned.those('first_profile_of')} AS m ON m.identity_id = k.profile_id"
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
            "lines": lines_as_sold(),
            "events": f"""
                SELECT profile_id, event, occurred_at, received_at, message_id, source,
                    extra{properties}
                FROM owned_event
                """,
            "memberships": "SELECT profile_id, segment, entered_at, left_at FROM membership",
        }


def lines_as_sold(
    statements: str = "lake_order_statement",
    lines: str = "lake_order_line",
    owned: str = "owned_order_statement",
) -> str:
    """The public view ``lines``: of each order those of the statement in force, or of some orders only."""
    return f"""
        WITH statement AS (
            -- lines hang on the first statement of a saying, the only one with `said`
            SELECT s.*, coalesce(j.lines_seq, max(s.seq) FILTER (said IS NOT NULL) OVER (
                PARTITION BY s.order_key ORDER BY s.seq), s.seq) AS first_seq
            FROM {statements} AS s
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
        FROM {lines} AS l
        JOIN last_statement AS s
            ON s.order_key = l.order_key AND s.found.lines = l.statement_seq
        LEFT JOIN {owned} AS o
            ON o.order_key = l.order_key AND o.seq = s.found.seq
        """
