"""Real sets asked by Stamgast and by hand-written SQL: the shipped segments, RFM and the best buyers' share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import oracle_sql
import real_segments_sql
from calendar_oracle import Sale, seasons_of
from retail_oracle import RetailOracle, complete_journey, online_retail
from shop_calls import ShopCalls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stamgast.app.shop import Shop

OF_SHIPPED = ("best_buyers", "coupon_shoppers", "high_returners", "one_time_buyers")
"""Judged by ``oracle_sql``."""


def _days(text: str) -> list[Sale]:
    """``opens`` or ``opens/early`` days."""
    found = []
    for item in text.split():
        opens, _, early = item.partition("/")
        first = date.fromisoformat(opens)
        found.append(Sale(opens=first, early=date.fromisoformat(early) if early else first))
    return found


SALES = {
    "complete-journey": _days(
        "2017-01-03 2017-03-31/2017-03-30 2017-05-26 2017-07-01 2017-09-01 2017-11-20/2017-11-17 2017-12-26"
    ),
    "online-retail": _days(
        "2010-01-04 2010-07-01 2011-01-04/2011-01-03 2011-03-29/2011-03-27 2011-07-01 2011-10-06/2011-10-03"
        " 2011-11-17/2011-11-14"
    ),
}
"""No shop of these sets says when its sales were: days made up, the same for both sides."""
INSTANTS = {
    "complete-journey": ("2017-06-01", "2017-10-01", "2018-01-01T03:47:38Z", "2018-06-15T12:00:00Z"),
    "online-retail": (
        "2010-12-01T00:00:00Z",
        "2011-06-30T23:00:00Z",
        "2011-12-09T12:50:00Z",
        "2012-04-02T00:00:00Z",
        "2012-11-06T00:00:00Z",
    ),
    "retentioneering": ("2024-02-01", "2024-03-15T10:00:00Z", "2024-05-01T23:59:59Z", "2024-06-30"),
}  # fmt: skip
ENDS = {"complete-journey": "2018-01-02", "online-retail": "2011-12-10"}
"""The midnights after the last orders: ranks are those of midnight, so these hold every order."""


@dataclass(slots=True, kw_only=True)
class RealSet:
    """A set: the shop that was fed it, and the tables of the judge."""

    name: str
    calls: ShopCalls
    oracle: RetailOracle
    segments: tuple[str, ...]
    told: dict[str, int] = field(default_factory=dict)
    """Members found so far, by segment."""

    def theirs(self, segment: str, t: int) -> list[str]:
        """Members by hand."""
        if segment in OF_SHIPPED:
            return self.oracle.members(segment, t)
        if segment == "frequent_browsers":
            return [row[0] for row in self.ask(real_segments_sql.FREQUENT_BROWSERS, t)]
        return [row[0] for row in self.ask(real_segments_sql.SEGMENTS[segment], t)]

    def ours(self, shop: Shop, segment: str, t: int) -> list[str]:
        """Members by Stamgast."""
        return sorted(row["identifier"] for row in shop.segment(segment, as_of=t).rows())

    def rfm(self, t: int) -> dict[str, int]:
        """RFM by hand."""
        return dict(self.ask(real_segments_sql.RFM, t))

    def our_rfm(self, shop: Shop, t: int) -> dict[str, int]:
        """RFM by Stamgast."""
        rows = shop.sql("SELECT profile_id, identifier FROM profiles").rows()
        names = {row["profile_id"]: row["identifier"] for row in rows}
        values = shop.trait("rfm", as_of=t).rows()
        return {
            names[row["profile_id"]]: row["value"] for row in values if row["value"] is not None
        }

    def best_share(self, t: int) -> tuple[int, int, int, int]:
        """Best buyers, buyers, what those bring and what all bring, by hand."""
        members, buyers, net, all_net = self.ask(real_segments_sql.BEST_SHARE, t)[0]
        return int(members), int(buyers), int(net), int(all_net)

    def our_best_share(self, shop: Shop, t: int) -> tuple[int, int, int, int]:
        """The same by Stamgast."""
        row: dict[str, Any] = shop.insight.best_buyers(as_of=t).values[0]
        return row["members"], row["buyers"], row["revenue_minor"], row["all_minor"]

    def ask(self, query: str, t: int) -> list[tuple[Any, ...]]:
        """Rows of a query at t."""
        oracle = self.oracle
        oracle.connection.execute(oracle_sql.ASK, {"t": t, "cut": t, "zone": oracle.zone})
        values = {"zone": oracle.zone} if "$zone" in query else {}
        return oracle.connection.execute(query, values).fetchall()


def journey(folder: Path, file: Path) -> RealSet:
    """Complete Journey: groceries, coupons and discounts; no returns."""
    oracle = complete_journey(file)
    oracle.load(real_segments_sql.LOAD_PRICES_COMPLETE_JOURNEY, {"file": file})
    names = (*OF_SHIPPED, *real_segments_sql.SEGMENTS)
    return _made(folder, "complete-journey", [file], oracle, "US", names)


def retail(folder: Path, first: Path, second: Path) -> RealSet:
    """Online Retail II: gifts and returns; no coupons, no discounts."""
    oracle = online_retail(first, second)
    oracle.load(real_segments_sql.LOAD_NO_PRICES, {})
    names = (*OF_SHIPPED, *real_segments_sql.SEGMENTS)
    return _made(folder, "online-retail", [first, second], oracle, "GB", names)


def browsing(folder: Path, file: Path, mapping: Path) -> RealSet:
    """The click stream of Retentioneering, in which some never buy."""
    oracle = RetailOracle(zone="UTC")
    oracle.load(real_segments_sql.LOAD_BROWSING, {"file": file})
    calls = ShopCalls.of_files(folder, str(mapping), [file])
    names = ("frequent_browsers", "one_time_buyers")
    return RealSet(name="retentioneering", calls=calls, oracle=oracle, segments=names)


def _made(
    folder: Path,
    name: str,
    files: Sequence[Path],
    oracle: RetailOracle,
    country: str,
    segments: tuple[str, ...],
) -> RealSet:
    calls = ShopCalls.of_files(folder, name, files)
    sales = "\n".join(
        f"        - {{from: {one.opens}, to: {one.opens + timedelta(days=9)}, early_access: {one.early}}}"
        for one in SALES[name]
    )
    text = f"version: 1\ncalendars:\n  sales:\n    sale:\n      occurrences:\n{sales}\n"
    (folder / "definitions" / "sales.yaml").write_text(text, encoding="utf-8")
    db = oracle.connection
    db.execute("CREATE TABLE season (name VARCHAR, first_day DATE, last_day DATE)")
    for year in range(2007, 2022):
        for season, (first, last) in seasons_of(country, year).items():
            db.execute("INSERT INTO season VALUES (?, ?, ?)", [season, first, last])
    db.execute("CREATE TABLE first_day (begins DATE, ends DATE)")
    for one in SALES[name]:
        db.execute("INSERT INTO first_day VALUES (?, ?)", [one.early, one.opens])
    return RealSet(name=name, calls=calls, oracle=oracle, segments=segments)
