"""One reader: the shop as it was when the reader was made, whatever is written meanwhile."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from stamgast.errors import UserError
from stamgast.store import catalogue as tables
from stamgast.store import recording
from stamgast.store.engine_views import EngineViews
from stamgast.store.few import Shortcuts
from stamgast.store.files import listed
from stamgast.store.lookup import RULES, VERSION, Lookup
from stamgast.store.owned import Vocabulary
from stamgast.store.people import People
from stamgast.store.profile_log import read_log
from stamgast.store.views import create_lake_views

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from stamgast.model.log import Log
    from stamgast.store.files import LakeFile
    from stamgast.store.people import Identifier
    from stamgast.store.shop import ShopStore

__all__ = ["Reader", "Vocabulary"]


_OF_ALL = {
    "refund_of_order": "(SELECT * FROM owned_refund_statement WHERE order_key IN "
    "(SELECT order_key FROM order_version WHERE profile_id IN (SELECT unnest($profiles::BIGINT[]))))"
}
"""Where the rows of everybody are, which ``near`` has otherwise."""


class Reader:
    """The shop's data at one commit, as views on ``db`` (one DuckDB connection, one thread at a time).

    Views: those of ``model.tables`` for engines; ``strongest_identifier`` (profile_id, kind, value);
    ``membership``; raw ``lake_<table>``; and for people ``profiles``, ``orders``, ``lines``,
    ``events``, ``memberships`` (see ``docs/tables.md``). Files that are dropped meanwhile stay for ten
    minutes; after that a query may raise UserError ``lake.file_missing``. ``cut``: its views are of the
    log cut at an instant (see ``store.cut``); ``cut_ahead``: with rows that are dated later.
    """

    def __init__(
        self,
        store: ShopStore,
        vocabulary: Vocabulary,
        files: tuple[LakeFile, ...] | None = None,
    ) -> None:
        """Made by ``ShopStore.reading``: one read transaction, then no more of the catalogue.

        ``files``: others than those listed, such as what a write session would commit.
        """
        with store.catalogue.reading() as connection:
            self.files = listed(connection) if files is None else files
            version = connection.execute(
                sa.select(tables.counter.c.last).where(tables.counter.c.name == "version")
            ).scalar()
            self._looked_up = recording.rules_read(connection, RULES) == VERSION
        self.data_version = int(version or 0)
        self.cut = self.cut_ahead = False
        self._log: Log | None = None
        """Of the profile that was asked last: a customer's page asks for it several times."""
        self.vocabulary = vocabulary
        self.zone = store.zone
        self.db = store.database()
        try:
            self.db.confine(store.lake)  # people's own queries run here
            create_lake_views(self.db, store.lake, self.files)
            self._views = EngineViews(self.db, self.files, vocabulary, store.zone)
            self._views.create()
        except BaseException:
            self.db.close()
            raise

    def __enter__(self) -> Self:
        """Itself; closed on leaving."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Give back memory and spilled files."""
        self.db.close()

    @property
    def has_ahead(self) -> bool:
        """Whether some row is dated after it was received; of a cut reader, after the cut."""
        if self.cut:
            return self.cut_ahead
        return any((file.max_lead_us or 0) > 0 for file in self.files)

    @property
    def shortcuts(self) -> Shortcuts:
        """What makes questions cheaper; of a reader that is cut, nothing."""
        if self.cut:
            return Shortcuts()
        views = self._views
        return Shortcuts(seen_often=views.shape.seen_often, told=views.told, few=views.few)

    @cached_property
    def _near(self) -> Mapping[str, str]:
        return self._views.near()

    def near(self, query: str, *profiles: int, **asked: object) -> list[tuple[Any, ...]]:
        """The rows of a query about some profiles, which reads their rows and hardly any others'.

        ``query``: with ``{order_version}`` and the like (``EngineViews.near``) for tables, ``$profiles``, of
        one alone ``$profile``, and what ``asked`` gives. Of a reader that is cut it reads the views.
        """
        names = {name: _OF_ALL.get(name, name) for name in self._near} if self.cut else self._near
        text = query.format(**names)
        given = {"profiles": list(profiles), "profile": next(iter(profiles), None), **asked}
        named = set(re.findall(r"\$(\w+)", text))
        return self.db.run(text, {key: value for key, value in given.items() if key in named})

    @property
    def last_instant(self) -> int | None:
        """The latest instant of any order, refund, event or attribute; None: there is none."""
        found = [file.max_instant for file in self.files if file.max_instant is not None]
        return max(found, default=None)

    @cached_property
    def people(self) -> People:
        """Who is who."""
        return People(self.db, self.vocabulary, self._views.shape)

    @cached_property
    def lookup(self) -> Lookup:
        """Who is called so, lives there or placed an order of this number."""
        return Lookup(self.db, made=self._looked_up)

    def find_profile(
        self, text: str, normalise: Callable[[str, str], str | None] | None = None
    ) -> int:
        """The profile that a person means: ``kind:value``, a bare value, or a profile id, old or new.

        ``normalise(kind, value)`` gives the stored form of a value, None when it cannot be one. A bare
        value is looked up as an identifier first; digits that are none are a profile id, and
        ``profile:123`` always is. Raises UserError ``profile.unknown`` and ``profile.ambiguous``.
        """
        return self.people.find(text, normalise)

    def identifiers(self, profile_id: int) -> tuple[Identifier, ...]:
        """Its identifiers, strongest kind first, then first seen; devices seen on its events too."""
        return self.people.identifiers(profile_id)

    def profile_log(self, profile_id: int) -> Log:
        """Everything that was said about one profile, as the reference engine reads it.

        Raises UserError ``profile.unknown`` when there is no such identifier.
        """
        if not self.people.exists(profile_id):
            raise UserError(
                "profile.unknown",
                f"there is no profile {profile_id}",
                hint="give an identifier of the customer, such as email:someone@example.org",
            )
        if self._log is None or self._log.profile_id != profile_id:
            self._log = read_log(self.db, self.people, self.vocabulary, profile_id)
        return self._log
