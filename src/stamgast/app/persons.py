"""A person in one line: who it is, and what it bought by all that is known now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.finding import Finder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.app.core import Core
    from stamgast.model.log import Instant
    from stamgast.store.people import Identifier

FOR_EVER = 2**62
_BOUGHT = """
    SELECT profile_id, count(*), sum(net_total), max(ordered_at) FROM order_version
    WHERE list_contains($profiles, profile_id) AND counts AND ordered_at <= $t AND valid_from <= $t
        AND (valid_to IS NULL OR valid_to > $t)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class InShort:
    """Somebody in a list: the name of now, and what it had bought by an instant."""

    name: str
    """Empty: none is known."""
    orders: int
    revenue_minor: int
    """Net total of its orders."""
    last_order_at: Instant | None


def in_short(core: Core, profiles: Sequence[int], t: Instant = FOR_EVER) -> dict[int, InShort]:
    """Each of these profiles, as of t."""
    bought = {
        int(profile): (int(orders), int(revenue or 0), int(last))
        for profile, orders, revenue, last in core.reader.db.run(
            _BOUGHT, {"profiles": [*profiles], "t": t}
        )
    }
    names = Finder(core).names(profiles)
    found = {}
    for one in profiles:
        orders, revenue, last = bought.get(one, (0, 0, None))
        found[one] = InShort(
            name=names.get(one, ""), orders=orders, revenue_minor=revenue, last_order_at=last
        )
    return found


def persons_now(core: Core, profiles: Sequence[int]) -> tuple[PersonNow, ...]:
    """These profiles, in this order."""
    return tuple(
        PersonNow(
            profile_id=one,
            name=short.name,
            identifiers=core.reader.identifiers(one),
            orders=short.orders,
            revenue_minor=short.revenue_minor,
        )
        for one, short in in_short(core, profiles).items()
    )
