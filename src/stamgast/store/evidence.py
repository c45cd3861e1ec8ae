"""What the store holds about how a person's identifiers came together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stamgast.store.people import Identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stamgast.store.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An identifier that was left out of what a message or a verdict joins."""

    seq: int | None
    identifier: Identifier
    from_: Identifier
    """The strongest identifier of the message, which it did not join."""
    reason: str
    batch: int
    profile_id: int
    """Whose the identifier is."""
    from_profile_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Two profiles that became one; ``seq`` None: by a verdict."""

    seq: int | None
    kept_id: int
    joined_id: int
    batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that a person marked: how often, and from when to when (microseconds)."""

    identifier: Identifier
    marks: int
    first_at: int
    last_at: int
    others: int
    """How many other profiles marked it too."""


class Evidence:
    """Looks up what speaks for a person; ``ids``: its person identifiers."""

    def __init__(self, reader: Reader, ids: Iterable[int]) -> None:
        """One person of a reader."""
        self._db = reader.db
        self._ids = {"ids": sorted(ids)}

    def links(self) -> list[tuple[int, list[int], int]]:
        """``first_seq, identifier_ids, batch`` of the links that hold one of the identifiers."""
        return self._run(
            "SELECT first_seq, identifier_ids, batch FROM lake_link "
            "WHERE list_has_any(identifier_ids, $ids) ORDER BY first_seq"
        )

    def first_seen(self) -> dict[int, tuple[int, int]]:
        """Identifier -> log position and batch of the message that first held it."""
        rows = self._run(
            "SELECT identifier_id, first_seq, batch FROM lake_identifier "
            "WHERE list_contains($ids, identifier_id)"
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def merges(self) -> list[Merged]:
        """The merges that made this person, in log order, verdicts first."""
        rows = self._run(
            "SELECT seq, kept_id, joined_id, batch FROM lake_merge "
            "WHERE list_contains($ids, joined_id) ORDER BY seq NULLS FIRST, joined_id"
        )
        return [Merged(seq=r[0], kept_id=r[1], joined_id=r[2], batch=r[3]) for r in rows]

    def left_out(self) -> list[LeftOut]:
        """What was left out on either side of a link of this person."""
        rows = self._run(
            """
            SELECT r.seq, r.identifier_id, i.kind, i.value, r.from_id, f.kind, f.value, r.reason,
                r.batch, coalesce(p.profile_id, r.identifier_id), coalesce(q.profile_id, r.from_id)
            FROM lake_rejected_link AS r
            JOIN lake_identifier AS i ON i.identifier_id = r.identifier_id
            JOIN lake_identifier AS f ON f.identifier_id = r.from_id
            LEFT JOIN lake_person AS p ON p.identifier_id = r.identifier_id
            LEFT JOIN lake_person AS q ON q.identifier_id = r.from_id
            WHERE list_contains($ids, r.identifier_id) OR list_contains($ids, r.from_id)
            ORDER BY r.seq NULLS FIRST, r.identifier_id
            """
        )
        return [
            LeftOut(
                seq=row[0],
                identifier=Identifier(id=row[1], kind=row[2], value=row[3]),
                from_=Identifier(id=row[4], kind=row[5], value=row[6]),
                reason=row[7],
                batch=row[8],
                profile_id=row[9],
                from_profile_id=row[10],
            )
            for row in rows
        ]

    def devices(self) -> list[Device]:
        """The devices that were marked as this person's, the most marked first."""
        rows = self._run(
            """
            SELECT i.identifier_id, i.kind, i.value,
                count(*) FILTER (list_contains($ids, k.person_id)),
                epoch_us(min(k."at") FILTER (list_contains($ids, k.person_id))),
                epoch_us(max(k."at") FILTER (list_contains($ids, k.person_id))),
                count(DISTINCT coalesce(p.profile_id, k.person_id))
                    FILTER (NOT list_contains($ids, k.person_id))
            FROM lake_mark AS k
            JOIN lake_identifier AS i ON i.identifier_id = k.device_id
            LEFT JOIN lake_person AS p ON p.identifier_id = k.person_id
            WHERE k.device_id IN (
                SELECT device_id FROM lake_mark WHERE list_contains($ids, person_id))
            GROUP BY ALL ORDER BY 4 DESC, 1
            """
        )
        return [
            Device(
                identifier=Identifier(id=row[0], kind=row[1], value=row[2]),
                marks=row[3],
                first_at=row[4],
                last_at=row[5],
                others=row[6],
            )
            for row in rows
        ]

    def messages(self, seqs: Iterable[int]) -> dict[int, tuple[str, str]]:
        """Log position -> what stands there: ``order`` and its number, ``event`` and its name, ...

        A position that holds a refund is not there: refunds do not keep theirs.
        """
        rows = self._db.run(
            """
            SELECT seq, 'order', coalesce(order_id, order_key) FROM lake_order_statement
            WHERE list_contains($seqs, seq)
            UNION ALL SELECT seq, 'event', event FROM lake_event WHERE list_contains($seqs, seq)
            UNION ALL SELECT seq, 'customer', source FROM lake_customer_statement
            WHERE list_contains($seqs, seq)
            """,
            {"seqs": sorted(set(seqs))},
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def _run(self, query: str) -> list[tuple[Any, ...]]:
        return self._db.run(query, self._ids)
