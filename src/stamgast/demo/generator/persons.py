"""A customer whose story is told by hand: every row of it, day by day before the day asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from stamgast.clock import from_micros
from stamgast.demo.generator import seasons
from stamgast.demo.generator.catalogue import SITE
from stamgast.errors import InternalError

if TYPE_CHECKING:
    from datetime import datetime

    from stamgast.demo.generator.frame import Frame

Row: TypeAlias = dict[str, Any]
FIRST_NUMBER = 9_000_000_000
"""Customer numbers of those whose story is told begin here."""
_MICROS = 1_000_000
_NAMES = (
    ("Anna", "", "Bakker", "f"), ("Bram", "de", "Vries", "m"), ("Carla", "van den", "Berg", "f"),
    ("Dirk", "", "Mulder", "m"), ("Els", "van der", "Meer", "f"), ("Fatima", "el", "Amrani", "f"),
    ("Gijs", "", "Smit", "m"), ("Hanna", "in 't", "Veld", "f"), ("Ivo", "ten", "Brink", "m"),
    ("Jolanda", "de", "Boer", "f"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order that was told of."""

    number: str
    day: date
    total: int
    """Cents."""


@dataclass(kw_only=True)
class Person:
    """Collects the rows of one customer. Days are counted back from the day asked: 1 is yesterday."""

    frame: Frame
    place: int
    rows: dict[str, list[Row]] = field(default_factory=dict)
    later: int = 0
    """So many hours later in the day than they are told does all happen."""
    anonymous: bool = False
    """Nothing but a device is known."""

    @property
    def number(self) -> str:
        """The customer's number."""
        return str(FIRST_NUMBER + self.place)

    @property
    def email(self) -> str:
        """The e-mail address."""
        return f"klant{self.number}@example.com"

    @property
    def usual(self) -> int:
        """A product that was always there: a row of the catalogue."""
        lasting = self.frame.catalogue.lasting
        return int(lasting[self.place * 7 % len(lasting)])

    @property
    def device(self) -> str:
        """The device."""
        return f"a-{self.number}"

    def day(self, ago: int) -> date:
        """The local day so many days before the day asked."""
        return self.frame.until - timedelta(days=ago)

    def moment(self, day: date | int, hour: int = 12, minute: int = 0) -> datetime:
        """A local time of a day."""
        on = self.day(day) if isinstance(day, int) else day
        return from_micros(
            (seasons.midnight(on) + (hour + self.later) * 3600 + minute * 60) * _MICROS
        )

    def _add(self, kind: str, **row: object) -> None:
        self.rows.setdefault(kind, []).append(dict(row))

    def _id(self, letter: str) -> str:
        return f"{letter}{self.number}-{sum(len(rows) for rows in self.rows.values()):05d}"

    # --- what happens ---------------------------------------------------------------------------

    def signs_up(self, day: date | int = 1000) -> Self:
        """Has an account since then."""
        first, infix, last, gender = _NAMES[self.place % len(_NAMES)]
        self._add(
            "customers",
            customer_id=self.number,
            email=self.email,
            first_name=first,
            infix=infix,
            last_name=last,
            gender=gender,
            language="nl",
            street="Dorpsstraat",
            house_number=str(self.place + 1),
            postcode="3511 AB",
            city="Utrecht",
            country="NL",
            signed_up_at=self.moment(day),
            newsletter="nee",
        )
        return self

    def buys(self, *days: date | int, cents: int = 5_000, **more: Any) -> Bought:  # noqa: ANN401 - columns
        """An order of one line on each of these days; gives the last.

        ``off``: percent; ``product``: a row of the catalogue; other names are columns.
        """
        bought = None
        for day in days:
            bought = self._order(day, cents, dict(more))
        if bought is None:
            raise InternalError("a story in which somebody buys on no day")
        return bought

    def _order(self, day: date | int, cents: int, more: Row) -> Bought:
        goods, off = self.frame.catalogue, int(more.pop("off", 0))
        product = int(more.pop("product", self.usual))
        hour = int(more.pop("hour", 12))
        discount = cents * off // 100
        count = len(self.rows.get("orders", []))
        number = f"{self.number}-{count:03d}"
        row: Row = {
            "order_no": number,
            "line_no": 1,
            "ordered_at": self.moment(day, hour),
            "customer_id": self.number,
            "email": self.email,
            "channel": "web",
            "status": "completed",
            "product_id": goods.ids[product],
            "name": goods.names[product],
            "category": goods.categories[product],
            "brand": goods.brands[product],
            "quantity": 1,
            "unit_price": cents,
            "line_discount": discount,
            "amount": cents - discount,
        }
        self._add("orders", **{**row, **more})
        on = self.day(day) if isinstance(day, int) else day
        return Bought(number=number, day=on, total=cents - discount)

    def sends_back(
        self, order: Bought, day: date | int, *, percent: int = 100, reason: str
    ) -> Self:
        """A part of an order, on that day."""
        self._add(
            "refunds",
            refund_no=f"R{order.number}",
            order_no=order.number,
            refunded_at=self.moment(day),
            customer_id=self.number,
            email=self.email,
            reason=reason,
            quantity=1,
            amount=order.total * percent // 100,
        )
        return self

    def says(self, what: str, day: date | int, **more: object) -> Self:
        """Something to the service: complaint, ticket, review, nps, resolved."""
        who = {"customer_id": self.number, "email": self.email}
        self._add(
            "service", message_id=self._id("s"), what=what, at=self.moment(day), **who, **more
        )
        return self

    def visits(
        self, day: date | int, *, hour: int = 12, product: int | None = None, **more: object
    ) -> Self:
        """The front page, and one product."""
        self.does("Page Viewed", day, hour=hour, url=f"{SITE}/", **more)
        self.does("Product Viewed", day, hour=hour, minute=1, product=product, **more)
        return self

    def does(self, event: str, day: date | int, **more: Any) -> Self:  # noqa: ANN401 - columns
        """Something in the web shop."""
        goods, product = self.frame.catalogue, more.pop("product", None)
        at = self.moment(day, more.pop("hour", 12), more.pop("minute", 0))
        if event.startswith("Product "):
            shown = self.usual if product is None else product
            more |= {
                "product_id": goods.ids[shown],
                "category": goods.categories[shown],
                "brand": goods.brands[shown],
                "price": int(goods.price[shown]),
            }
        known = {} if self.anonymous else {"customer_id": self.number}
        told = {"device": "desktop", "anonymous_id": self.device, **known, **more}
        self._add("events", message_id=self._id("w"), event=event, occurred_at=at, **told)
        return self

    def subscribes(self, *steps: tuple[str, date | int]) -> Self:
        """What became of a subscription: started, renewed, ended."""
        for what, day in steps:
            self._add(
                "subscriptions",
                message_id=self._id("p"),
                what=what,
                at=self.moment(day),
                customer_id=self.number,
                plan="koffie per maand",
            )
        return self

    def consents(self, state: str, day: date | int = 500) -> Self:
        """To marketing by e-mail."""
        self._add(
            "consents",
            customer_id=self.number,
            email=self.email,
            purpose="marketing",
            channel="email",
            address=self.email,
            state=state,
            at=self.moment(day),
            source="sign-up form",
            text_version="2025-1",
        )
        return self

    def is_called(self, name: str, value: str | None = None, day: date | int = 400) -> Self:
        """A label."""
        origin = "hand:marketing"
        self._add(
            "extensions",
            customer_id=self.number,
            name=name,
            value=value,
            origin=origin,
            at=self.moment(day),
        )
        return self
