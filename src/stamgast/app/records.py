"""What is known of one customer, gathered for texts: the golden sentence and merge fields."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from stamgast.clock import from_micros
from stamgast.decide.fields import PriceAttitude, Record
from stamgast.decide.naming import name_of
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stamgast.app.core import Core
    from stamgast.app.customers import Customer
    from stamgast.app.labels import Carried
    from stamgast.decide.fields import Problem
    from stamgast.language.ast import Text
    from stamgast.model.log import Instant

_ORDERS = """
    SELECT order_key, ordered_at FROM {order_version}
    WHERE profile_id = $profile AND counts AND net_total > 0 AND ordered_at <= $t
        AND valid_from <= $t AND (valid_to IS NULL OR valid_to > $t)
    ORDER BY ordered_at, order_key
    """
_LINES = """
    SELECT order_key, coalesce(name, sku, product_id), category, brand, amount_minor FROM {lines}
    WHERE profile_id = $profile AND coalesce(line_kind, 'goods') = 'goods'
    ORDER BY order_key, amount_minor DESC NULLS LAST, line_no
    """
_EVENTS = """
    SELECT event, occurred_at, p_name, p_product_id, p_category, p_query FROM {event}
    WHERE profile_id = $profile AND occurred_at <= $t AND occurred_at > $since
        AND list_contains($names, event)
    ORDER BY occurred_at, message_id
    """
_NAMES = """
    SELECT product_id, max(name) FROM lake_order_line
    WHERE list_contains($products, product_id) AND name IS NOT NULL GROUP BY product_id
    """
_VIEW, _SEARCH, _ADD, _REMOVE = (
    "Product Viewed",
    "Products Searched",
    "Product Added",
    "Product Removed",
)
_BROWSED = (_VIEW, "Product List Viewed", _SEARCH, _ADD, _REMOVE)
_PRICES: tuple[tuple[str, PriceAttitude], ...] = (
    ("full_price_buyers", "full_price"),
    ("bargain_hunters", "bargain"),
    ("sale_shoppers", "sale"),
    ("coupon_shoppers", "coupon"),
)
"""What a segment says about what somebody pays; the first that holds."""
TIER = "loyalty_status"
"""The extension that says which level of the loyalty programme somebody has."""
_RECENT_DAYS = 30
_RHYTHM_DAYS = 1_095
_PART_NAMES = ("first_name", "infix", "last_name", "name", "gender")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A product that was bought."""

    order_key: str
    name: str | None
    category: str | None
    brand: str | None


def record_of(
    core: Core,
    found: Customer,
    *,
    problems: Iterable[Problem] = (),
    carried: Mapping[str, Carried] | None = None,
) -> Record:
    """The record of a customer as ``shop.customers.show`` found it.

    ``problems`` and ``carried`` (extensions by name) are said only if given.
    """
    labels = {name: one.label for name, one in (carried or {}).items()}
    settings = core.settings
    orders = core.reader.near(_ORDERS, found.profile_id, t=found.as_of)
    order_keys = {key for key, _ in orders}
    lines = [
        Line(order_key=key, name=name, category=category, brand=brand)
        for key, name, category, brand, _ in core.reader.near(_LINES, found.profile_id)
        if key in order_keys
    ]
    last = orders[-1] if orders else None
    browsed = _Browsed(core, found, last[1] if last else None)
    attributes = {key: str(value) for key, value in found.attributes.items()}
    said_since = found.attributes.get("customer_since")
    first = _day(found.first_order_at, settings.zone)
    label = core.definitions.lifecycle.labels.get(found.stage or "")
    season, returns_at = _season(core, found)
    birthday = found.attributes.get("birthday")
    return Record(
        shop=settings.name,
        zone=settings.zone,
        currency=found.currency,
        as_of=found.as_of,
        name=name_of(
            {key: attributes[key] for key in _PART_NAMES if key in attributes},
            country=attributes.get("country") or settings.country,
        ),
        birthday=birthday if isinstance(birthday, date) else None,
        stage=label,
        customer_since=said_since if isinstance(said_since, date) else first,
        orders=found.orders,
        last_order=_day(found.last_order_at, settings.zone),
        last_items=tuple(
            one.name for one in lines if last and one.order_key == last[0] and one.name
        ),
        favourite_category=next(iter(_favourites(lines, orders, "category", 1)), ""),
        favourite_brands=_favourites(lines, orders, "brand", 2),
        cart_items=browsed.cart,
        viewed_item=browsed.item,
        viewed_category=browsed.category,
        looked_for=browsed.looked_for,
        months=_months(found, orders, settings.zone),
        season=season,
        season_starts=_day(returns_at, settings.zone),
        price_attitude=next((kind for name, kind in _PRICES if name in found.segments), ""),
        problems=tuple(problems),
        extensions=labels,
        tier=labels.get(TIER),
    )


def _day(instant: Instant | None, zone: str) -> date | None:
    return None if instant is None else from_micros(instant).astimezone(ZoneInfo(zone)).date()


def _favourites(
    lines: Iterable[Line], orders: Iterable[tuple[str, Instant]], which: str, most: int
) -> tuple[str, ...]:
    """The values in at least two orders, in most orders first, then in the latest one."""
    when = dict(orders)
    found: dict[str, set[str]] = {}
    for one in lines:
        value = getattr(one, which)
        if value:
            found.setdefault(value, set()).add(one.order_key)
    often = [value for value, keys in found.items() if len(keys) > 1]
    often.sort(
        key=lambda value: (len(found[value]), max(when[key] for key in found[value]), value),
        reverse=True,
    )
    return tuple(often[:most])


def _months(found: Customer, orders: Iterable[tuple[str, Instant]], zone: str) -> tuple[int, ...]:
    """The months of the purchases of three years, of who buys in a fixed rhythm."""
    if "fixed_rhythm" not in found.segments:
        return ()
    since = found.as_of - _RHYTHM_DAYS * DAY_US
    days = [_day(at, zone) for _, at in orders if at > since]
    count = Counter(day.month for day in days if day)
    return tuple(sorted(month for month, times in count.items() if times > 1))


def _season(core: Core, found: Customer) -> tuple[Text | None, Instant | None]:
    """The only season somebody buys in, and when it returns, as the traits say."""
    said, returns_at = (found.traits.get(f"first_season{end}") for end in ("", "_returns_at"))
    name = str(said or "").rpartition(" ")[0]
    season = core.definitions.calendar.seasons.get(name)
    label = season.label if season else None
    return label, returns_at if isinstance(returns_at, int) else None


class _Browsed:
    """What somebody looked at, searched for and put in the cart lately."""

    def __init__(self, core: Core, found: Customer, last_order_at: Instant | None) -> None:
        rows = core.reader.near(
            _EVENTS,
            found.profile_id,
            t=found.as_of,
            since=found.as_of - _RECENT_DAYS * DAY_US,
            names=list(_BROWSED),
        )
        names = _product_names(core, {product for _, _, name, product, *_ in rows if not name})
        cart: dict[str, None] = {}
        self.item = self.category = ""
        for event, at, said, product, category, _ in rows:
            name = said or names.get(product)
            if event == _ADD and name and at > (last_order_at or 0):
                cart.pop(name, None)
                cart[name] = None
            elif event == _REMOVE and name:
                cart.pop(name, None)
            if event == _VIEW:
                self.item = name or self.item
            if event != _SEARCH:
                self.category = category or self.category
        self.cart = tuple(reversed(cart))
        self.looked_for = _most(
            query.casefold() for event, *_, query in rows if event == _SEARCH and query
        )


def _product_names(core: Core, products: set[str | None]) -> dict[str, str]:
    """The names of products that events only number, as orders have them."""
    asked = sorted(one for one in products if one)
    return dict(core.reader.db.run(_NAMES, {"products": asked})) if asked else {}


def _most(values: Iterable[str]) -> tuple[str, int] | None:
    """The value that comes most, with how often; None unless one comes twice."""
    found = Counter(values).most_common(1)
    return found[0] if found and found[0][1] > 1 else None
