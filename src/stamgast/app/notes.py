"""``shop.customers.notes``: what people of the shop wrote about a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.finding import Finder
from stamgast.app.instants import instant_of
from stamgast.app.snapshot import of_one_snapshot
from stamgast.errors import UserError
from stamgast.store.notes import add_note, notes_on, remove_note

if TYPE_CHECKING:
    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.store.notes import Note

LONGEST_NOTE = 2_000
"""Characters."""


@of_one_snapshot
class NoteDesk:
    """Notes: ``list``, ``add``, ``remove``. They change no answer, so they are no part of the log.

    A note is kept under the customer's strongest identifier: it follows that one when persons are
    merged or taken apart, and goes when the person is erased.
    """

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def list(self, customer: str | int, *, as_of: Moment = None) -> tuple[Note, ...]:
        """The notes written up to ``as_of``, the latest first. Errors as ``customers.find``."""
        core = self._core
        t = instant_of(as_of, core.clock, core.settings.zone)
        found = notes_on(core.store.catalogue, self._identities(customer))
        return tuple(one for one in found if one.at <= t)

    def add(self, customer: str | int, text: str, *, by: str) -> int:
        """Write a note; returns its number. Raises UserError ``note.text`` and as ``customers.find``."""
        said = "\n".join(line.rstrip() for line in text.strip().splitlines())
        if not said or len(said) > LONGEST_NOTE:
            raise UserError(
                "note.text",
                f"a note has 1 to {LONGEST_NOTE} characters",
                hint="write down in a few words what colleagues should know",
            )
        profile = self._profile(customer)
        known = self._core.reader.identifiers(profile)
        holder = known[0].id if known else profile
        return add_note(self._core.store.catalogue, holder, self._core.clock.now(), by, said)

    def remove(self, customer: str | int, number: int) -> None:
        """Take a note away. Raises UserError ``note.unknown`` and as ``customers.find``."""
        if not remove_note(self._core.store.catalogue, number, self._identities(customer)):
            raise UserError(
                "note.unknown",
                f"there is no note {number} on this customer",
                hint="it may have been removed already",
            )

    def _profile(self, customer: str | int) -> int:
        return customer if isinstance(customer, int) else Finder(self._core).one(customer)

    def _identities(self, customer: str | int) -> set[int]:
        profile = self._profile(customer)
        return {profile, *(one.id for one in self._core.reader.identifiers(profile))}
