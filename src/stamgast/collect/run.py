"""What the stages of one import share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from stamgast.collect.convert import Reading
from stamgast.collect.sql import NOW, Params, Written, create, create_view, fill, rows, text
from stamgast.model.money import digits_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from sqlglot import exp

    from stamgast.collect import mapping as mappings
    from stamgast.collect.compiled import SectionRows
    from stamgast.collect.rows import FileRows
    from stamgast.language.sql.terms import Sql
    from stamgast.store.database import Database
    from stamgast.store.writing import WriteSession


class PlainTexts(Protocol):
    """A test for texts: see ``identity.plain.Plain``."""

    @property
    def shape(self) -> str:
        """What a whole text matches."""

    @property
    def max_length(self) -> int:
        """Its most characters."""

    @property
    def unlike(self) -> Sequence[str]:
        """What it must not match as a whole, in either case."""

    @property
    def never(self) -> frozenset[str]:
        """What it must not be, in small letters."""


class PersonResolver(Protocol):
    """What collect must know of identity, which lies in a later folder: the app passes it in."""

    @property
    def person_kinds(self) -> Sequence[str]:
        """Kinds that tell persons, strongest first."""

    @property
    def device_kinds(self) -> Sequence[str]:
        """Kinds that tell devices, strongest first."""

    def normalise(self, kind: str, texts: Iterable[str]) -> Mapping[str, str | None]:
        """Each text -> its one way of writing; None: nobody's, or no such identifier."""

    def plain(self, kind: str) -> PlainTexts | None:
        """Which texts are surely their own way of writing; None: no telling by their shape."""

    def shared(self, kind: str) -> frozenset[str]:
        """Normalised values of a device kind that mark nobody."""

    def settle(self, session: WriteSession) -> object:
        """Take in the links the session wrote: person, merge and rejected_link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One section of one file, grouped: a temporary table with a row per order, refund, event, ...

    Columns: ``key``, ``first_line``, ``lines``, ``trouble`` (a reason, or NULL), ``repeated``, the
    fields, ``id_<kind>``.
    """

    table: str
    rows: FileRows
    section: SectionRows

    @property
    def kind(self) -> str:
        """The kind of its rows."""
        return self.section.section.kind

    @property
    def file(self) -> int:
        """The number of its file."""
        return self.rows.source.number

    @property
    def in_place(self) -> bool:
        """Whether ``table`` is a view of the file: its rows need nothing that must be kept."""
        single = self.kind in {"coupons", "events"} and self.rows.source.in_place
        return single and self.rows.always(self.section, "message_id")

    @property
    def repeats(self) -> str:
        """Of a view: the table of the lines (``first_line``) that are repeated."""
        return f"repeats_of_{self.table}"


@dataclass(kw_only=True)
class Run:
    """One import under way."""

    session: WriteSession
    mapping: mappings.Mapping
    resolver: PersonResolver
    now: int
    currency: str
    """The shop's."""
    digits: int
    zone: str
    """The shop's."""
    knows_orders: bool = False
    """Whether some order of the files was said by this source before."""
    most_begun: int = 0
    """At how many instants at most something began to hold that was said before of one order."""
    joined: bool = False
    """Whether something was made of orders and lines that were said apart."""
    choices: bool = False
    """Whether this import changes which source's word counts of some refund."""
    rates: bool = False
    """Whether there is a table ``rate`` (currency, day, rate)."""
    params: Params = field(default_factory=Params)
    groups: list[Group] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    """The number of a file -> the place in the log from which its messages are counted."""
    refused: int = 0
    """How many distinct texts in the place of an identifier are none."""
    refused_such: str = ""
    """The first of them, such as ``email = 'n.v.t.'``."""
    again: bool = False
    """Whether files that were imported before are read as news."""
    older: int = 0
    """How many orders and refunds a file that was imported before says otherwise than a later one."""
    repeating: set[str] = field(default_factory=set)
    """The tables of repeated lines that have rows."""

    def __post_init__(self) -> None:
        """Let every statement know the time."""
        self.params.name(NOW.name, self.now)

    @property
    def received(self) -> Sql:
        """When the rows are received."""
        return fill("make_timestamptz(_now)", now=NOW)

    @property
    def db(self) -> Database:
        """The session's engine."""
        return self.session.db

    @cached_property
    def given_digits(self) -> int:
        """Decimals with which amounts are read that may be in another currency: the most of any.

        They are rounded to the shop's when they are converted, not before.
        """
        if not self.rates:
            return self.digits
        given = [self.mapping.currency]
        if any("currency" in section.fields for section in self.mapping.rows):
            given += [row[0] for row in self.db.run("SELECT DISTINCT currency FROM rate")]
        return max(self.digits, *map(digits_of, given))

    @property
    def source(self) -> str:
        """The source's name."""
        return self.mapping.source

    def reading(self, certain: frozenset[str] = frozenset()) -> Reading:
        """How the mapping's files are read, when those conditions hold for every row of one."""
        return Reading(
            read=self.mapping.read,
            zone=self.mapping.zone,
            digits=self.digits,
            given_digits=self.given_digits,
            params=self.params,
            certain=certain,
        )

    def of_kind(self, *kinds: str) -> list[Group]:
        """The groups of some kinds, in order of file and section."""
        return [group for group in self.groups if group.kind in kinds]

    def create(self, name: str, query: exp.Query | Written) -> None:
        """Keep rows in a temporary table."""
        create(self.db, name, query, self.params)

    def show(self, name: str, query: exp.Query) -> None:
        """Give a query a name."""
        create_view(self.db, name, query, self.params)

    def fetch(self, query: exp.Query | Written) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return rows(self.db, query, self.params)

    def write(self, table: str, query: exp.Query, order_by: Sequence[str]) -> int:
        """New rows for a table of the lake."""
        return self.session.write(table, text(query), self.params.of(query), order_by=order_by)
