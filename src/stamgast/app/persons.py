"""A person in one line: who it is, and what it bought by all that is known now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.finding import Finder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.app.core import Core
    from stamgast.store.people import Identifier

_BOUGHT = """
    SELECT profile_id, count(*), sum(net_total) FROM order_version
    WHERE list_contains($profiles, profile_id) AND counts AND valid_to IS NULL
    GROUP BY profile_id
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNow:
    """Somebody, with as much as it takes to see whether two are one."""

    profile_id: int
    name: str
    """Empty: none is known."""
    identifiers: tuple[Identifier, ...]
    orders: int
    revenue_minor: int
    """Net total of its orders."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "profile_id": self.profile_id,
            "name": self.name,
            "identifiers": [
                {"id": one.id, "kind": one.kind, "value": one.value} for one in self.identifiers
            ],
            "orders": self.orders,
            "revenue_minor": self.revenue_minor,
        }


def persons_now(core: Core, profiles: Sequence[int]) -> tuple[PersonNow, ...]:
    """These profiles, in this order."""
    bought = {
        int(profile): (int(orders), int(revenue or 0))
        for profile, orders, revenue in core.reader.db.run(_BOUGHT, {"profiles": [*profiles]})
    }
    names = {one.profile_id: one.name for one in Finder(core).described(profiles)}
    return tuple(
        PersonNow(
            profile_id=one,
            name=names.get(one, ""),
            identifiers=core.reader.identifiers(one),
            orders=bought.get(one, (0, 0))[0],
            revenue_minor=bought.get(one, (0, 0))[1],
        )
        for one in profiles
    )
