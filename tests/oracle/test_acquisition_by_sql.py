"""Where customers came from, on a made shop of awkward visits, by plain SQL over its file."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = """
version: 1
source: site
namespace: site
label: {en: Site, nl: Site}
about: Views of the site.
zone: UTC
currency: EUR
country: NL
rows:
  - kind: events
    fields: {event: event, at: at, message_id: id}
    identifiers: {customer_id: customer, anonymous_id: device}
    properties:
      {url: url, referrer: referrer, utm_source: utm_source, utm_medium: utm_medium, utm_campaign: utm_campaign,
       gclid: gclid, fbclid: fbclid, msclkid: msclkid, ttclid: ttclid, category: category}
"""
COLUMNS = [
    "event", "at", "id", "customer", "device", "url", "referrer", "utm_source", "utm_medium",
    "utm_campaign", "gclid", "fbclid", "msclkid", "ttclid", "category",
]  # fmt: skip
PAUSES = [1, 60, 1799, 1800, 1801, 7200, 3 * 86_400]
COMES = [
    {"utm_source": "nieuwsbrief", "utm_medium": "email", "utm_campaign": "mei"},
    {"utm_source": "Beslist"},
    {"utm_medium": "referral", "referrer": "https://Woonblog.example/post?u=https://www.google.com/"},
    {"gclid": "x1", "referrer": "https://www.google.com/"},
    {"url": "https://shop.example/?gclid=x2"},
    {"fbclid": "x3"},
    {"url": "https://shop.example/?fbclid=x4", "referrer": "https://m.facebook.com/"},
    {"msclkid": "x5"},
    {"ttclid": "x6"},
    {"referrer": "https://www.bing.com/search?q=mok"},
    {"referrer": "android-app://com.instagram.android/"},
    {"referrer": "https://www.example.com/mokken"},
    {"referrer": "https://pay.mollie.com/ideal"},
    {"referrer": "https://www.krant.example:8080/weekend#tips"},
]  # fmt: skip
VIEWS = ["Page Viewed", "Product Viewed", "Product List Viewed", "Products Searched"]
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ASKED = ["2026-01-05T10:00:00Z", "2026-01-20T00:00:00Z", "2026-11-01T00:00:00Z"]

SQL = """
WITH whose AS (SELECT device, max(customer) AS customer FROM site GROUP BY device),
seen AS (
    SELECT coalesce(whose.customer, device) AS who, site.*,
        coalesce(utm_source, utm_medium, utm_campaign, gclid, fbclid, msclkid, ttclid) IS NOT NULL
        OR coalesce(regexp_matches(url, 'clk?id='), false) OR coalesce(NOT regexp_matches(
            referrer, 'www.example.com|mollie.com|adyen.com|paypal.com'), false) AS told,
        coalesce(epoch("at") - epoch(lag("at") OVER mine) >= 1800, true) AS begins
    FROM site JOIN whose USING (device) WHERE event LIKE 'P%' AND "at" <= $t
    WINDOW mine AS (PARTITION BY coalesce(whose.customer, device) ORDER BY "at")),
visit AS (SELECT *, sum(begins::INT) OVER (PARTITION BY who ORDER BY "at") AS n FROM seen),
edge AS (SELECT who, CASE $which WHEN 'first' THEN 1 ELSE max(n) END AS n FROM visit GROUP BY who),
mine AS (SELECT visit.* FROM visit JOIN edge USING (who, n)),
told AS (SELECT DISTINCT ON (who) *,
    regexp_extract(lower(referrer), '^(?:.*?://)?(?:www[.])?([^/?#:]*)', 1) AS site
    FROM mine WHERE told ORDER BY who, "at" DESC, id DESC),
landed AS (SELECT DISTINCT ON (who) who, category FROM mine WHERE category IS NOT NULL ORDER BY who, "at", id),
named AS (
    SELECT who, utm_source, utm_medium, utm_campaign, site,
        gclid IS NOT NULL OR coalesce(url LIKE '%gclid=%', false) AS google,
        fbclid IS NOT NULL OR coalesce(url LIKE '%fbclid=%', false) AS meta,
        msclkid IS NOT NULL AS microsoft, ttclid IS NOT NULL AS tiktok,
        regexp_extract(site, '(google|bing|facebook|instagram)[.]', 1) AS known
    FROM told)
SELECT who,
    CASE WHEN named.who IS NULL THEN 'direct' WHEN utm_source IS NOT NULL THEN utm_source WHEN google THEN 'google'
        WHEN meta THEN 'facebook' WHEN microsoft THEN 'bing' WHEN tiktok THEN 'tiktok' WHEN known <> '' THEN known
        ELSE site END,
    CASE WHEN named.who IS NULL THEN 'direct' WHEN utm_medium IS NOT NULL THEN utm_medium
        WHEN google OR microsoft THEN 'cpc' WHEN tiktok THEN 'paid_social' WHEN utm_source IS NOT NULL THEN 'not_told'
        WHEN meta THEN 'social' WHEN known IN ('google', 'bing') THEN 'organic' WHEN known <> '' THEN 'social'
        ELSE 'referral' END,
    utm_campaign, landed.category
FROM edge LEFT JOIN named USING (who) LEFT JOIN landed USING (who)
"""
WHO = """
WITH whose AS (SELECT device, max(customer) AS customer FROM site GROUP BY device)
SELECT id, coalesce(whose.customer, device) FROM site JOIN whose USING (device)
"""


def lines(seed: int) -> Iterator[dict[str, str]]:
    """Views of forty visitors on fifty devices, half of whom say later who they are."""
    draw = random.Random(seed)  # noqa: S311 - a made shop, the same each time
    number = 0
    for device in range(50):
        at = START + timedelta(minutes=draw.randrange(200_000 if device % 3 else 40))
        for view in range(draw.randrange(1, 12)):
            number += 1
            line = {
                "event": draw.choice([*VIEWS, "Order Reminded"]),
                "at": at.isoformat(),
                "id": f"m{number:05d}",
                "device": f"d{device:02d}",
            }
            if device % 2 and view > draw.randrange(6):
                line["customer"] = f"c{device % 40:02d}"  # some have two devices
            line |= draw.choice([{}, {}, *COMES])
            if draw.random() < 0.5:
                line["category"] = draw.choice(["Mokken", "Messen", "Kaarsen"])
            yield line
            at += timedelta(seconds=draw.choice(PAUSES))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Path]:
    folder = tmp_path_factory.mktemp("acquisition")
    rows, mapping = folder / "site.csv", folder / "site.yaml"
    with rows.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines(7))
    mapping.write_text(MAPPING, encoding="utf-8")
    shop = Shop.create(folder / "shop")
    shop.ingest(rows, mapping=str(mapping))
    return shop, rows


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(("which", "prefix"), [("first", "acquisition"), ("last", "last_visit")])
def test_it_is_what_plain_sql_says(
    made: tuple[Shop, Path], asked: str, which: str, prefix: str
) -> None:
    shop, rows = made
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        site = f"read_csv('{rows}', all_varchar = true)"
        connection.execute(
            f'CREATE TABLE site AS SELECT * REPLACE ("at"::TIMESTAMPTZ AS "at") FROM {site}'
        )
        sql = SQL.replace("$t", f"TIMESTAMPTZ '{asked}'").replace("$which", f"'{which}'")
        expected = {row[0]: row[1:] for row in connection.execute(sql).fetchall()}
        said = connection.execute(WHO).fetchall()
    names = ("source", "medium", "campaign", "landing_category")
    tables = [shop.trait(f"{prefix}_{name}", as_of=asked).rows() for name in names]
    profiles = {
        row["profile_id"]: row["message_id"].removeprefix("site:")
        for row in shop.sql("SELECT profile_id, message_id FROM events").rows()
    }
    who_of = dict(said)
    found = {
        who_of[profiles[cells[0]["profile_id"]]]: tuple(cell["value"] for cell in cells)
        for cells in zip(*tables, strict=True)
    }
    # who did something else than view did not visit
    assert {who: values for who, values in found.items() if values[0] is not None} == expected
    assert len({values[0] for values in expected.values()}) > 3


def test_insight_splits_by_it(made: tuple[Shop, Path]) -> None:
    shop, _ = made
    split = shop.insight.worth("stage:prospect", as_of=ASKED[2], split_by="acquisition_source")
    assert {row["part"] for row in split.values} > {"direct", "google", "Beslist"}
    whole = shop.insight.worth("stage:prospect", as_of=ASKED[2]).values[0]["members"]
    assert sum(int(str(row["members"])) for row in split.values) == whole
    only = shop.insight.worth(
        "stage:prospect", as_of=ASKED[2], only="acquisition_source=google"
    ).values
    assert [row["members"] for row in only] == [
        row["members"] for row in split.values if row["part"] == "google"
    ]
