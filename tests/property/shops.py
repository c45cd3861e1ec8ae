"""Random logs of a whole shop: everything that real sources do wrong, near the edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from vocabulary import (
    ATTRIBUTES,
    EVENT_PROPERTIES,
    EVENTS,
    HOUR_US,
    MINOR,
    NUDGES,
    ORDER_PROPERTIES,
    pick,
    some,
)

from stamgast.model.log import (
    DAY_US,
    AttributeStatement,
    Event,
    Log,
    OrderStatement,
    RefundStatement,
)

if TYPE_CHECKING:
    from vocabulary import Scene

    from stamgast.language.types import Type
    from stamgast.model.log import Scalar

LATE = (0, 0, 0, 1, HOUR_US, 40 * DAY_US)
"""How much later a row reached us than it happened."""
AHEAD = (*LATE, -1, -HOUR_US, -DAY_US)
"""Likewise, some dated ahead."""
LETTERS = ("a", "B", "é", "~", "z")
ORDER_KEYS = ("s:1", "s:2", "S:10", "t:é")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What was said in a whole shop; profiles are 1, 2, ..."""

    profiles: int
    orders: tuple[OrderStatement, ...]
    refunds: tuple[RefundStatement, ...]
    events: tuple[tuple[int, Event], ...]
    attributes: tuple[tuple[int, AttributeStatement], ...]

    def log(self, profile: int) -> Log:
        """What concerns one profile."""
        keys = {s.order_key for s in self.orders if s.profile_id == profile}
        keys |= {r.order_key for r in self.refunds if r.profile_id == profile and r.order_key}
        return Log(
            profile_id=profile,
            orders=tuple(s for s in self.orders if s.order_key in keys),
            refunds=tuple(
                r for r in self.refunds if r.profile_id == profile or r.order_key in keys
            ),
            events=tuple(e for who, e in self.events if who == profile),
            attributes=tuple(a for who, a in self.attributes if who == profile),
        )

    @property
    def has_ahead(self) -> bool:
        """Whether any row is dated after it was received."""
        told = [(s.valid_from, s.received_at) for s in self.orders]
        told += [(r.at, r.received_at) for r in self.refunds]
        told += [(e.at, e.received_at) for _, e in self.events]
        told += [(a.at, a.received_at) for _, a in self.attributes if a.at is not None]
        return any(at > received_at for at, received_at in told)

    def logs(self) -> tuple[Log, ...]:
        """Of all profiles."""
        return tuple(self.log(profile) for profile in range(1, self.profiles + 1))


class _Teller:
    """Draws rows for a scene."""

    def __init__(self, draw: st.DrawFn, scene: Scene, profiles: int) -> None:
        self.draw = draw
        self.scene = scene
        self.profiles = profiles
        self.delays = pick(draw, (LATE, AHEAD))

    def pick(self, *options: Any) -> Any:  # noqa: ANN401 - of any type
        return pick(self.draw, options)

    def who(self) -> int:
        return int(self.pick(*range(1, self.profiles + 1)))

    def when(self) -> int:
        return int(self.pick(*self.scene.instants))

    def received(self, at: int) -> int:
        return at + int(self.pick(*self.delays))

    def value(self, type_: Type) -> Scalar:
        return None if self.pick(0, 0, 0, 0, 0, 1) else pick(self.draw, self.scene.values(type_))

    def properties(self, declared: dict[str, Type], many: int) -> dict[str, Scalar]:
        """A few of the declared properties; the others are missing."""
        names = some(self.draw, tuple(declared), least=many - 3, most=many)
        return {name: self.value(declared[name]) for name in names}

    def statement(self, seq: int) -> OrderStatement:
        valid_from = self.when()
        moved = self.pick(False, False, True)
        return OrderStatement(
            order_key=self.pick(*ORDER_KEYS),
            profile_id=self.pick(1, 1, *range(1, self.profiles + 1), None),
            source_rank=self.pick(100, 100, 10),
            seq=seq,
            ordered_at=valid_from - int(self.pick(*self.scene.spans)) if moved else valid_from,
            valid_from=valid_from,
            received_at=self.received(valid_from),
            counts=self.pick(True, True, True, False),
            total=self.pick(*MINOR),
            properties=self.properties(ORDER_PROPERTIES, 5),
        )

    def refund(self, i: int) -> RefundStatement:
        at = self.when()
        return RefundStatement(
            refund_key=f"{self.pick(*LETTERS)}{i}",
            order_key=self.pick(*ORDER_KEYS, None, None),
            profile_id=self.pick(*range(1, self.profiles + 1), None),
            at=at,
            received_at=self.received(at),
            amount=self.pick(100, 50, None, 1000, 5000),
        )

    def event(self, i: int) -> tuple[int, Event]:
        at = self.when()
        made = Event(
            name=self.pick(*EVENTS),
            at=at,
            received_at=self.received(at),
            message_id=f"{self.pick(*LETTERS)}{i}",
            properties=self.properties(EVENT_PROPERTIES, 7),
        )
        return self.who(), made

    def attribute(self) -> tuple[int, AttributeStatement]:
        name, type_ = self.pick(*ATTRIBUTES.items())
        at = None if self.pick(0, 1) else self.when()
        received = self.received(self.when() if at is None else at)
        made = AttributeStatement(
            name=name,
            value=self.value(type_),
            at=at,
            received_at=received + int(self.pick(*NUDGES)),
        )
        return self.who(), made


@st.composite
def shops(draw: st.DrawFn, scene: Scene) -> Shop:
    """A shop of one to three profiles."""
    teller = _Teller(draw, scene, pick(draw, (1, 2, 3)))
    few, many = (1, 2, 0, 3), (4, 3, 6, 8, 1, 0)
    return Shop(
        profiles=teller.profiles,
        orders=tuple(teller.statement(i) for i in range(pick(draw, many))),
        refunds=tuple(teller.refund(i) for i in range(pick(draw, few))),
        events=tuple(teller.event(i) for i in range(pick(draw, many))),
        attributes=tuple(teller.attribute() for _ in range(pick(draw, many))),
    )
