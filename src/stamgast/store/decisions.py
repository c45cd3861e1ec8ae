"""What went out through the gate: each export, and its decision on each profile with the reason.

A decision is kept under the profile of that moment, without the address. Erasing a person takes
theirs out; how many were sent stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from stamgast.store import catalogue as tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stamgast.model.log import Instant
    from stamgast.store.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOnRecord:
    """One export: ``members`` were looked at, ``sent`` of them went into ``file``."""

    at: Instant
    as_of: Instant
    segment: str
    channel: str
    purpose: str
    file: str
    members: int
    sent: int
    id: int = 0
    """Given when it is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionOnRecord:
    """What an export decided on one profile."""

    export: ExportOnRecord
    profile: int
    yes: bool
    reason: str


def record(
    catalogue: Catalogue, export: ExportOnRecord, decided: Iterable[tuple[int, bool, str]]
) -> int:
    """Record an export with its decisions (profile, yes, reason), together; returns its number."""
    said = {name: getattr(export, name) for name in ExportOnRecord.__slots__ if name != "id"}
    with catalogue.changing() as connection:
        made = connection.execute(tables.export.insert().values(**said))
        number = int(made.lastrowid)
        rows = [(number, profile, yes, reason) for profile, yes, reason in decided]
        if rows:
            connection.exec_driver_sql(
                "INSERT INTO decision (export, profile, yes, reason) VALUES (?, ?, ?, ?)", rows
            )
    return number


def exports(catalogue: Catalogue) -> list[ExportOnRecord]:
    """Every export, the latest first."""
    table = tables.export
    with catalogue.reading() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.id.desc())).mappings().all()
    return [ExportOnRecord(**row) for row in rows]


def decisions_on(catalogue: Catalogue, profiles: Sequence[int]) -> list[DecisionOnRecord]:
    """What exports decided on these profiles, in the order of the exports."""
    table, export = tables.decision, tables.export
    asked = (
        sa.select(table.c.profile, table.c.yes, table.c.reason, export)
        .join(export, export.c.id == table.c.export)
        .where(table.c.profile.in_(list(profiles)))
        .order_by(export.c.id, table.c.profile)
    )
    with catalogue.reading() as connection:
        rows = [dict(row) for row in connection.execute(asked).mappings()]
    return [
        DecisionOnRecord(
            profile=row.pop("profile"),
            yes=row.pop("yes"),
            reason=row.pop("reason"),
            export=ExportOnRecord(**row),
        )
        for row in rows
    ]
