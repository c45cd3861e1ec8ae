"""Notes about customers: who wrote what and when, under the identifier of whom it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from stamgast.clock import format_instant
from stamgast.store import catalogue as tables

if TYPE_CHECKING:
    from collections.abc import Collection

    from stamgast.model.log import Instant
    from stamgast.store.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody of the shop wrote about a customer."""

    id: int
    identity: int
    at: Instant
    by: str
    text: str

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        at = format_instant(self.at)
        return {"note": self.id, "at": at, "by": self.by, "text": self.text}


def notes_on(catalogue: Catalogue, identities: Collection[int]) -> tuple[Note, ...]:
    """The notes under any of these, the latest first."""
    note = tables.note
    asked = sa.select(note).where(note.c.identity.in_(identities))
    with catalogue.reading() as connection:
        rows = connection.execute(asked.order_by(note.c.at.desc(), note.c.id.desc()))
        return tuple(Note(**row) for row in rows.mappings())


def add_note(catalogue: Catalogue, identity: int, at: Instant, by: str, text: str) -> int:
    """Keep a note; returns its number."""
    values = {"identity": identity, "at": at, "by": by, "text": text}
    with catalogue.changing() as connection:
        made = connection.execute(tables.note.insert().values(**values))
        return int(made.lastrowid)


def remove_note(catalogue: Catalogue, number: int, identities: Collection[int]) -> bool:
    """Take a note away that is under one of these; whether there was one."""
    note = tables.note
    mine = (note.c.id == number) & note.c.identity.in_(identities)
    with catalogue.changing() as connection:
        return connection.execute(note.delete().where(mine)).rowcount > 0
