"""The customers whose story is told by hand, as files like those of all others."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa

from stamgast.demo.generator import truth
from stamgast.demo.generator.making import Part, make_part
from stamgast.demo.generator.persons import Person
from stamgast.demo.generator.seasons import ZONE
from stamgast.demo.generator.stories import COPIES, stories

if TYPE_CHECKING:
    from datetime import date, datetime

    from stamgast.demo.generator.frame import Frame
    from stamgast.demo.generator.persons import Row
    from stamgast.demo.generator.stories import Story

PLANTED = pa.schema(
    [
        ("segment", pa.string()),
        ("belongs", pa.bool_()),
        ("person", pa.string()),
        ("identifier_kind", pa.string()),
        ("identifier", pa.string()),
        ("about", pa.string()),
    ]
)
"""``truth/planted``: ``segment`` is a name of a segment, or ``stage:NAME`` (of the model ``grid``), or
``buying_phase:NAME``; ``belongs`` false: just misses it."""
_TIMES = ("signed_up_at", "ordered_at", "refunded_at", "occurred_at", "at")


def planted_count(until: date) -> int:
    """How many there are on a day."""
    return sum(1 if story.alone else COPIES for story in stories(until))


class Planted:
    """The told customers of a shop."""

    def __init__(self, frame: Frame) -> None:
        """Tells every story."""
        self._frame = frame
        self._told: list[tuple[Story, Person]] = []
        for story in stories(frame.until):
            for copy in range(1 if story.alone else COPIES):
                person = Person(
                    frame=frame, place=len(self._told), later=copy, anonymous=story.anonymous
                )
                story.tell(person)
                if not story.anonymous and "customers" not in person.rows:
                    person.signs_up()
                self._told.append((story, person))

    @cached_property
    def part(self) -> Part:
        """Their files and truth; the columns are those of everybody's."""
        like = make_part(self._frame, 1, 2)
        files = {kind: self._table(kind, table.schema) for kind, table in like.files.items()}
        return Part(
            files=files,
            truth={
                "persons": self._persons(),
                "identifiers": self._identifiers(),
                "totals": self._totals(),
            },
        )

    def _rows(self, kind: str) -> list[Row]:
        return [row for _, person in self._told for row in person.rows.get(kind, [])]

    def _table(self, kind: str, like: pa.Schema) -> pa.Table:
        money = {field.name for field in like if pa.types.is_decimal(field.type)}
        rows = [
            {
                name: Decimal(value) / 100 if name in money and value is not None else value
                for name, value in row.items()
            }
            for row in self._rows(kind)
        ]
        plain = pa.schema(
            [
                pa.field(one.name, pa.string() if pa.types.is_dictionary(one.type) else one.type)
                for one in like
            ]
        )
        at = next((name for name in _TIMES if name in like.names), None)
        if at is not None:
            rows.sort(key=lambda row: row[at])
        return pa.Table.from_pylist(rows, schema=plain)

    @cached_property
    def table(self) -> pa.Table:
        """Who was planted where."""
        rows: list[Row] = []
        for story, person in self._told:
            kind = "anonymous_id" if story.anonymous else "customer_id"
            value = person.device if story.anonymous else person.number
            who = {"person": person.number, "identifier_kind": kind, "identifier": value}
            for belongs, names in ((True, story.belongs), (False, story.misses)):
                told = {"belongs": belongs, "about": story.about, **who}
                rows += [{"segment": name, **told} for name in names]
        return pa.Table.from_pylist(rows, schema=PLANTED)

    def _persons(self) -> pa.Table:
        known = [person for story, person in self._told if not story.anonymous]
        rows = [
            {"person": one.number, "kind": "planted", "employee": "extensions" in one.rows}
            for one in known
        ]
        return pa.Table.from_pylist(rows, schema=truth.PERSONS)

    def _identifiers(self) -> pa.Table:
        rows: list[Row] = []
        for story, person in self._told:
            known = {"anonymous_id": person.device}
            if not story.anonymous:
                known |= {"customer_id": person.number, "email": person.email}
            rows += [
                {"person": person.number, "kind": kind, "value": value}
                for kind, value in known.items()
            ]
        return pa.Table.from_pylist(rows, schema=truth.IDENTIFIERS)

    def _totals(self) -> pa.Table:
        months: dict[str, Row] = {}
        for row in self._rows("orders"):
            month = self._month(months, row["ordered_at"])
            month["orders"] += row["status"] == "completed"
            month["cancelled"] += row["status"] == "cancelled"
            month["revenue_cents"] += row["amount"] if row["status"] == "completed" else 0
        for row in self._rows("refunds"):
            self._month(months, row["refunded_at"])["refunds_cents"] += row["amount"]
        return pa.Table.from_pylist(list(months.values()), schema=truth.TOTALS)

    @staticmethod
    def _month(months: dict[str, Row], at: datetime) -> Row:
        name = at.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m")
        fresh = {"month": name, **dict.fromkeys(truth.TOTALS.names[1:], 0)}
        return months.setdefault(name, fresh)
