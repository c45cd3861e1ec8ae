"""Who is who for one person at a time: from an identifier to a profile and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stamgast.store.database import Database
    from stamgast.store.owned import Shape, Vocabulary

PROFILE = "profile"
"""The kind in ``profile:123``: a profile id, not an identifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier: its id, kind and normalised value."""

    id: int
    kind: str
    value: str


class _Meant(NamedTuple):
    """An identifier, and whether it was named by its id, which stands for its first owner."""

    identifier: Identifier
    by_id: bool


class People:
    """Look-ups on the views of a reader."""

    def __init__(self, database: Database, vocabulary: Vocabulary, shape: Shape) -> None:
        """Made by ``Reader``."""
        self._db = database
        self._kinds = (*vocabulary.person_kinds, *vocabulary.device_kinds)
        self._devices = frozenset(vocabulary.device_kinds)
        self._shape = shape

    def exists(self, profile_id: int) -> bool:
        """Whether it is the id of an identifier that stands for itself."""
        found = self.by_ids([profile_id])
        return bool(found) and self.first_owner(profile_id) == profile_id

    def find(self, text: str, normalise: Callable[[str, str], str | None] | None = None) -> int:
        """See ``Reader.find_profile``."""
        found = self._meant(text, normalise)
        return (
            self.first_owner(found.identifier.id) if found.by_id else self.owner(found.identifier)
        )

    def identifier(
        self, text: str, normalise: Callable[[str, str], str | None] | None = None
    ) -> Identifier:
        """The identifier that a person means, as ``find`` takes it; a profile id is that identifier's.

        Of several of one profile the strongest. Raises UserError as ``find``.
        """
        return self._meant(text, normalise).identifier

    def meant(
        self, text: str, normalise: Callable[[str, str], str | None] | None = None
    ) -> tuple[Identifier, ...]:
        """Every identifier that is written so, as ``find`` reads it; a profile id is none."""
        kind, colon, value = text.strip().partition(":")
        if colon and kind in self._known_kinds():
            return tuple(self._named([kind], value, normalise))
        return tuple(self._named(self._known_kinds(), text.strip(), normalise))

    def beginning(self, kind: str, start: str, most: int = 1_000) -> tuple[Identifier, ...]:
        """The identifiers of a kind whose value begins so, by value; at most ``most``."""
        rows = self._db.run(
            "SELECT identifier_id, kind, value FROM lake_identifier "
            "WHERE kind = $kind AND value >= $start AND value < $start || chr(1114111) "
            "ORDER BY value LIMIT $most",
            {"kind": kind, "start": start, "most": most},
        )
        return tuple(Identifier(id=row[0], kind=row[1], value=row[2]) for row in rows)

    def _meant(self, text: str, normalise: Callable[[str, str], str | None] | None) -> _Meant:
        kind, colon, value = text.strip().partition(":")
        if colon and kind == PROFILE:
            return self._by_number(value, text)
        found = self.meant(text, normalise)
        profiles = {self.owner(one): one for one in found}
        if len(profiles) > 1:
            raise _ambiguous(text, profiles.values())
        if found:
            strongest = min(found, key=lambda one: (self._rank(one.kind), one.id))
            return _Meant(strongest, by_id=False)
        return self._by_number(text.strip(), text)

    def owner(self, identifier: Identifier) -> int:
        """The profile an identifier belongs to now; a device's: the person who marked it last."""
        if identifier.kind in self._devices and self._shape.marks:
            rows = self._db.run(
                "SELECT arg_max(profile_id, from_us) FROM device_owner WHERE identity_id = $id",
                {"id": identifier.id},
            )
            if rows[0][0] is not None:
                return int(rows[0][0])
        return self.first_owner(identifier.id)

    def first_owner(self, identifier_id: int) -> int:
        """The profile an id stands for; a visitor's: the first person who marked the device."""
        rows = self._db.run(
            "SELECT profile_id FROM first_profile_of WHERE identity_id = $id", {"id": identifier_id}
        )
        return int(rows[0][0]) if rows else identifier_id

    def persons_of(self, profile_id: int) -> list[int]:
        """Its person identifiers; an anonymous visitor's: the device."""
        rows = self._db.run(
            "SELECT identifier_id FROM lake_person WHERE profile_id = $id", {"id": profile_id}
        )
        return sorted({profile_id, *(int(row[0]) for row in rows)})

    def devices_of(self, profile_id: int) -> list[int]:
        """The devices that it marked, at any time."""
        if not self._shape.marks:
            return []
        rows = self._db.run(
            "SELECT DISTINCT identity_id FROM device_owner WHERE profile_id = $id",
            {"id": profile_id},
        )
        return sorted(int(row[0]) for row in rows)

    def identifiers(self, profile_id: int) -> tuple[Identifier, ...]:
        """See ``Reader.identifiers``."""
        found = self.by_ids([*self.persons_of(profile_id), *self.devices_of(profile_id)])
        return tuple(sorted(found, key=lambda one: (self._rank(one.kind), one.id)))

    def _rank(self, kind: str) -> int:
        return self._kinds.index(kind) if kind in self._kinds else len(self._kinds)

    def _known_kinds(self) -> list[str]:
        rows = self._db.run("SELECT DISTINCT kind FROM lake_identifier")
        return sorted({str(row[0]) for row in rows} | set(self._kinds))

    def by_ids(self, ids: Iterable[int]) -> list[Identifier]:
        """The identifiers of these ids, those that exist, in no order."""
        rows = self._db.run(
            "SELECT identifier_id, kind, value FROM lake_identifier "
            "WHERE identifier_id IN (SELECT unnest($ids))",
            {"ids": list(ids)},
        )
        return [Identifier(id=row[0], kind=row[1], value=row[2]) for row in rows]

    def _named(
        self,
        kinds: Iterable[str],
        value: str,
        normalise: Callable[[str, str], str | None] | None,
    ) -> list[Identifier]:
        """The identifiers of these kinds with this value, in its stored form for each kind."""
        stored = {kind: normalise(kind, value) if normalise else value for kind in kinds}
        rows = self._db.run(
            "SELECT identifier_id, kind, value FROM lake_identifier "
            "WHERE value IN (SELECT unnest($values))",
            {"values": sorted({one for one in stored.values() if one is not None} | {value})},
        )
        return [
            Identifier(id=row[0], kind=row[1], value=row[2])
            for row in sorted(rows)
            if row[2] == stored.get(row[1])
        ]

    def _by_number(self, number: str, text: str) -> _Meant:
        if number.isascii() and number.isdigit() and len(number) < 19:  # noqa: PLR2004 - a BIGINT
            found = self.by_ids([int(number)])
            if found:
                return _Meant(found[0], by_id=True)
        raise UserError(
            "profile.unknown",
            f"nobody is known as {text!r}",
            hint="give kind:value, such as email:someone@example.org, or a profile id; "
            f"kinds are {', '.join(self._known_kinds())}",
        )


def _ambiguous(text: str, found: Iterable[Identifier]) -> UserError:
    choices = sorted(f"{one.kind}:{one.value}" for one in found)
    return UserError(
        "profile.ambiguous",
        f"{text!r} is known as {', '.join(sorted(one.partition(':')[0] for one in choices))}",
        hint=f"say which: {', '.join(choices)}",
    )
