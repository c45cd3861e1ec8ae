"""Random logs of a whole shop: everything that real sources do wrong, near the edges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from vocabulary import (
    CHANNELS,
    EVENT_PROPERTIES,
    EVENTS,
    EXTENSIONS,
    HOUR_US,
    MINOR,
    NUDGES,
    ORDER_PROPERTIES,
    PURPOSES,
    SOURCES,
    chooser,
    pick,
)

from stamgast.language.lines import LINE_PROPERTIES
from stamgast.model.log import (
    DAY_US,
    AttributeStatement,
    ConsentStatement,
    Event,
    ExtensionStatement,
    Log,
    OrderLine,
    OrderStatement,
    RefundStatement,
)

if TYPE_CHECKING:
    from vocabulary import Choose, Scene

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
    extensions: tuple[tuple[int, ExtensionStatement], ...] = ()
    consents: tuple[tuple[int, ConsentStatement], ...] = ()
    visitors: frozenset[int] = frozenset()
    """The profiles that are known by a device only."""

    def log(self, profile: int | None) -> Log:
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
            extensions=tuple(x for who, x in self.extensions if who == profile),
            consents=tuple(c for who, c in self.consents if who == profile),
            identified=profile not in self.visitors,
            known_by=frozenset(() if profile is None else kinds_of(profile, self.visitors)),
        )

    def nobody(self) -> Log:
        """The orders and refunds of nobody."""
        return replace(self.log(None), identified=False)

    @property
    def has_ahead(self) -> bool:
        """Whether any row is dated after it was received."""
        told = [(s.valid_from, s.received_at) for s in self.orders]
        told += [(r.at, r.received_at) for r in self.refunds]
        told += [(e.at, e.received_at) for _, e in self.events]
        told += [(a.at, a.received_at) for _, a in self.attributes if a.at is not None]
        told += [(x.at, x.received_at) for _, x in self.extensions]
        told += [(c.at, c.received_at) for _, c in self.consents if c.at is not None]
        return any(at > received_at for at, received_at in told)

    def logs(self) -> tuple[Log, ...]:
        """Of all profiles."""
        return tuple(self.log(profile) for profile in range(1, self.profiles + 1))


def kinds_of(profile: int, visitors: frozenset[int]) -> tuple[str, ...]:
    """By which kinds of identifiers a profile is known: in turn by each, by two, and by a card."""
    every = (("email",), ("customer_id", "email"), ("loyalty_card",), ("phone",))
    return () if profile in visitors else every[profile % len(every)]


class _Teller:
    """Draws rows for a scene."""

    def __init__(self, choose: Choose, scene: Scene, group: int) -> None:
        self.choose = choose
        self.scene = scene
        self.group = group
        self.profiles = pick(choose, (1, 2, 3))
        self.mark = f"-{group}" if group else ""
        self.keys = tuple(f"{key}{self.mark}" for key in ORDER_KEYS[: pick(choose, (1, 2, 4))])
        self.delays = pick(choose, (LATE, AHEAD))

    def pick(self, *options: Any) -> Any:  # noqa: ANN401 - of any type
        return pick(self.choose, options)

    def who(self) -> int:
        return int(self.pick(*range(1, self.profiles + 1)))

    def when(self) -> int:
        return int(self.pick(*self.pick(self.scene.busy, self.scene.busy, self.scene.instants)))

    def received(self, at: int) -> int:
        return at + int(self.pick(*self.delays))

    def value(self, type_: Type) -> Scalar:
        return None if self.pick(0, 0, 0, 0, 0, 1) else pick(self.choose, self.scene.values(type_))

    def properties(self, source: str, declared: dict[str, Type]) -> dict[str, Scalar]:
        """Values of the properties that are asked for; the others are missing."""
        wanted = self.scene.properties[source]
        return {name: self.value(type_) for name, type_ in wanted.items() if name in declared}

    def statement(self, seq: int) -> OrderStatement:
        valid_from = self.when()
        moved = self.pick(False, False, True)
        return OrderStatement(
            order_key=self.pick(*self.keys),
            profile_id=self.pick(1, 1, *range(1, self.profiles + 1), None),
            source_rank=self.pick(100, 100, 10),
            seq=seq,
            ordered_at=valid_from - int(self.pick(*self.scene.spans)) if moved else valid_from,
            valid_from=valid_from,
            received_at=self.received(valid_from),
            counts=self.pick(True, True, True, False),
            total=self.pick(*MINOR),
            properties=self.properties("order", ORDER_PROPERTIES),
            lines=tuple(self.line(n) for n in range(self.pick(0, 1, 1, 2, 11))),
        )

    def line(self, number: int) -> OrderLine:
        values: dict[str, Scalar] = {"line_kind": self.pick(None, None, "goods", "postage", "")}
        for name in ("category", "amount", "quantity", "launched"):
            values[name] = self.value(LINE_PROPERTIES[name])
        return OrderLine(line_no=number * 5, properties=values)

    def refund(self, i: int) -> RefundStatement:
        at = self.when()
        return RefundStatement(
            refund_key=f"{self.pick(*LETTERS)}{i}{self.mark}",
            order_key=self.pick(*self.keys, None),
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
            message_id=f"{self.pick(*LETTERS)}{i}{self.mark}",
            properties=self.properties("event", EVENT_PROPERTIES),
        )
        return self.who(), made

    def attribute(self) -> tuple[int, AttributeStatement]:
        name, type_ = self.pick(*self.scene.attributes.items())
        at = None if self.pick(0, 1) else self.when()
        received = self.received(self.when() if at is None else at)
        made = AttributeStatement(
            name=name,
            value=self.value(type_),
            at=at,
            received_at=received + int(self.pick(*NUDGES)),
            source=self.pick(*SOURCES),
        )
        return self.who(), made

    def extension(self, i: int) -> tuple[int, ExtensionStatement]:
        at, who = self.when(), self.who()
        name, type_ = self.pick(*EXTENSIONS.items())
        action: Any = self.pick("give", "give", "no", "take", "lift")
        by_hand = self.pick("hand:ann", "hand:bob")
        origin = self.pick(by_hand, "api:till", "import:1", "import:2", "rule:old")
        made = ExtensionStatement(
            holder=10 * who + self.pick(0, 1),
            name=name,
            origin=by_hand if action in ("no", "lift") else origin,
            action=action,
            value=None if type_ is None or action != "give" else self.value(type_),
            at=at,
            until=self.pick(None, None, at + self.pick(*self.scene.spans), self.when()),
            received_at=self.received(at),
            seq=i,
        )
        return who, made

    def consent(self, i: int) -> tuple[int, ConsentStatement]:
        at = self.pick(None, self.when(), self.when())
        made = ConsentStatement(
            purpose=self.pick(*PURPOSES),
            channel=self.pick(*CHANNELS),
            address=self.pick(None, "a@x", "b@x"),
            state=self.pick("granted", "withdrawn", "soft_opt_in"),
            at=at,
            received_at=self.received(self.when() if at is None else at),
            seq=i,
        )
        return self.who(), made

    def shop(self) -> Shop:
        few, many = (1, 3, 0, 2, 4), (4, 3, 6, 8, 1, 0)
        return Shop(
            profiles=self.profiles,
            orders=tuple(self.statement(i) for i in range(self.pick(*many))),
            refunds=tuple(self.refund(i) for i in range(self.pick(*few))),
            events=tuple(self.event(i) for i in range(self.pick(*many))),
            attributes=tuple(self.attribute() for _ in range(self.pick(*many))),
            extensions=tuple(self.extension(i) for i in range(self.pick(0, 0, 2, 4))),
            consents=tuple(self.consent(i) for i in range(self.pick(0, 0, 1, 3))),
            visitors=frozenset((self.who(),) if self.pick(False, True) else ()),
        )


@st.composite
def shops(draw: st.DrawFn, scene: Scene, *, crowd: int = 0) -> Shop:
    """A shop of one to three profiles, and a crowd: up to so many groups of one to three more.

    Of the crowd Hypothesis draws the size and a seed: it costs next to nothing, and is left out
    when what is found can be found without it.
    """
    shop = _Teller(chooser(draw), scene, 0).shop()
    groups = pick(chooser(draw), (0, crowd, crowd)) if crowd else 0
    if not groups:
        return shop
    dice = Random(draw(st.integers(0, 2**32 - 1)))  # noqa: S311 - not for secrets
    return _together(shop, crowd_of(scene, dice, groups=groups))


def crowd_of(scene: Scene, dice: Random, *, groups: int) -> Shop:
    """Groups of one to three profiles that have nothing to do with each other."""
    shop = _Teller(dice.randrange, scene, 1).shop()
    for group in range(2, groups + 1):
        shop = _together(shop, _Teller(dice.randrange, scene, group).shop())
    return shop


def _together(shop: Shop, more: Shop) -> Shop:
    """Two shops that share nobody and no order in one."""
    by = shop.profiles

    def moved(who: int | None) -> int | None:
        return None if who is None else who + by

    return Shop(
        profiles=by + more.profiles,
        orders=(
            *shop.orders,
            *(replace(s, profile_id=moved(s.profile_id)) for s in more.orders),
        ),
        refunds=(
            *shop.refunds,
            *(replace(r, profile_id=moved(r.profile_id)) for r in more.refunds),
        ),
        events=(*shop.events, *((who + by, e) for who, e in more.events)),
        attributes=(*shop.attributes, *((who + by, a) for who, a in more.attributes)),
        extensions=(*shop.extensions, *((who + by, x) for who, x in more.extensions)),
        consents=(*shop.consents, *((who + by, c) for who, c in more.consents)),
        visitors=shop.visitors | {who + by for who in more.visitors},
    )
