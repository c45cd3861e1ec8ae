"""A second coupon, offered or not: a shop that can be told by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stamgast.app.shop import Shop
from stamgast.measure.intervals import wilson

ORDERS = """\
version: 1
source: till
namespace: till
label: {en: Orders, nl: Bestellingen}
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    fields: {order: nr, ordered_at: at, total: total, discount: discount, coupon: coupon}
    identifiers: {customer_id: customer}
"""
OFFERS = """\
version: 1
source: mail
namespace: till
label: {en: Offers, nl: Aanbiedingen}
zone: UTC
currency: EUR
country: NL
rows:
  - kind: events
    fields: {event: {constant: Coupon Offered}, at: at, message_id: id}
    identifiers: {customer_id: customer}
"""
FIRST = datetime(2025, 1, 1, 9, tzinfo=UTC)
ASKED = "2026-01-01"

# Customer: days after the first order of the offer (None: none), and of later orders with what they
# gave up in euros. Offers fall at the middle of their day.
CUSTOMERS: dict[str, tuple[float | None, tuple[tuple[float, int], ...]]] = {
    "a": (10.5, ((20, 0),)),  # offered on day 10; again after 9.5 days, at full price
    "b": (10.5, ((20, 3),)),  # the same, with a discount, and never without
    "c": (10.5, ((101, 0),)),  # again after 90.5 days: not within 90, but at full price
    "d": (30.5, ()),  # offered on day 30
    "e": (30.5, ((40, 2), (60, 0))),  # again, and the third at full price
    "f": (None, ((5, 0),)),  # has a second order by day 10: nobody's match
    "g": (None, ((15, 0),)),  # without on day 10: again; not on day 30
    "h": (None, ()),  # without on both days: never again
    "i": (None, ((130, 2),)),  # without on both days; again too late, with a discount
    "j": (50.5, ((10, 0), (70, 0))),  # offered after the second order: only f's kind; not offered
}
# On day 10: offered a, b, c. Without: d, e (offered later), g, h, i. Again within 90 days of day 10.5:
# e (40), g (15): 2 of 5. Full price after it: e (60), g: 2 of 5. (j ordered on day 10, before its middle.)
# On day 30: offered d, e. Without: h, i. Again within 90 days of day 30.5: nobody (i: 99.5). Full: none.


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("second")
    orders, offers = ["nr,at,customer,total,discount,coupon"], ["id,at,customer"]
    for name, (offered, later) in CUSTOMERS.items():
        orders.append(f"{name}0,{FIRST},{name},50,5,WELCOME")
        for n, (days, discount) in enumerate(later, 1):
            orders.append(f"{name}{n},{FIRST + timedelta(days=days)},{name},50,{discount},")
        if offered is not None:
            offers.append(f"{name},{FIRST + timedelta(days=offered)},{name}")
    made = Shop.create(folder / "shop")
    for name, mapping, rows in (("orders", ORDERS, orders), ("offers", OFFERS, offers)):
        (folder / f"{name}.yaml").write_text(mapping)
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
        made.ingest(folder / f"{name}.csv", mapping=str(folder / f"{name}.yaml"))
    return made


def test_offered_against_the_same_day_without(shop: Shop) -> None:
    found = shop.insight.second_coupon(as_of=ASKED)
    offered, without = found.values
    # Offered: a, b, e of five came again within 90 days; a, c, e paid full price after it.
    assert (offered["customer_days"], without["customer_days"]) == (5, 7)
    assert (offered["again_share"], offered["full_price_share"]) == (3 / 5, 3 / 5)
    assert (offered["low"], offered["high"]) == pytest.approx(wilson(3, 5))
    # Weighted by day as those offered: three fifths of day 10, two fifths of day 30.
    assert without["again_share"] == pytest.approx(3 / 5 * 2 / 5)
    assert without["full_price_share"] == pytest.approx(3 / 5 * 2 / 5)
    # Worth 1 / ((3/5)2 / 5 + (2/5)2 / 2) = 1 / 0.152 customers.
    size = 1 / (0.36 / 5 + 0.16 / 2)
    z2 = 1.959963984540054**2
    p = 0.24
    middle = (p + z2 / (2 * size)) / (1 + z2 / size)
    half = (z2 * (p * (1 - p) / size + z2 / (4 * size * size))) ** 0.5 / (1 + z2 / size)
    assert (without["low"], without["high"]) == pytest.approx((middle - half, middle + half))
    assert found.facts["again_difference"] == pytest.approx(0.6 - 0.24)
    assert "not_causal" in {note.key for note in found.notes}


def test_only_with_time_left(shop: Shop) -> None:
    """At 100 days after the first orders only offers of day 10 have had 89 days, none 90."""
    later = (FIRST + timedelta(days=100)).isoformat()
    assert shop.insight.second_coupon(as_of=later).values == []
    offered, without = shop.insight.second_coupon(as_of=later, days=60).values
    assert (offered["customer_days"], without["customer_days"]) == (5, 7)
    assert offered["again_share"] == 3 / 5
