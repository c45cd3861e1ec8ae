"""Seasons, sales and rhythms over years of purchases: both engines the same, ``ask`` too."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from engines import by_duckdb, by_reference
from making import order
from shops import Shop
from tables import connect, load

from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.reference.answers import base
from stamgast.language.reference.days import local_day, midnight
from stamgast.language.reference.moments import NEVER, moment
from stamgast.model.log import DAY_US
from stamgast.retail import shipped_files
from stamgast.store.engine import DuckEngine

if TYPE_CHECKING:
    from stamgast.language.ast import Definitions, Segment, Trait
    from stamgast.model.log import OrderStatement

DATABASE = connect()
OWN = """
version: 1
calendars:
  seasons:
    new_year: {from: 12-28, to: 01-05}
    leap: {from: 02-29, to: 03-02}
    festival: {occurrences: [{from: 2024-11-28, to: 2024-12-01}, {from: 2025-11-28, to: 2025-11-29}]}
  sales:
    winter: {from: 2025-01-02, to: 2025-01-31, early_access: 2025-01-01T20:00}
    spring: {from: 2025-03-30T09:00, to: 2025-04-05, early_access: 2025-03-29}
    extra: {from: 2025-03-30, to: 2025-04-01, early_access: 2025-03-28}
    autumn:
      occurrences:
        - {from: 2024-10-27, to: 2024-11-10}
        - {from: 2025-10-26, to: 2025-11-10, early_access: 2025-10-20}
        - {from: 2025-11-28, to: 2025-11-30, early_access: 2025-11-24}
        - {from: 2026-01-02, to: 2026-01-31}
traits:
  season: {only_season: order}
  returns: {season_returns: order}
  hit_2: {sale_first_days_hit: order, latest: 2}
  hit_6: {sale_first_days_hit: order}
  seen_2: {sale_first_days_seen: order, latest: 2}
  seen_6: {sale_first_days_seen: order}
  usual: {rhythm: order}
  usual_day: {rhythm_day: order}
  usual_loose: {rhythm: order, slot: 60d, slots: 3, share: 50%, share_from: 1, least_days: 2}
  usual_day_loose: {rhythm_day: order, slot: 10d, slots: 4, before: 180d, after: 180d, share: 50%, share_from: 1}
  in_black_friday: {count: order, in: black_friday}
  in_several: {count: order, in: [christmas, winter, sinterklaas]}
  in_2025: {count: order, in: [black_friday, autumn], year: 2025}
segments:
  due: {where: {trait: usual_day, within_next: 14d}}
  back: {where: {trait: returns, within_next: 21d}}
  feast: {where: {did: order, at_least: 2, in: [christmas, sinterklaas]}}
"""


def definitions(zone: str, country: str) -> Definitions:
    settings = LanguageSettings(zone=zone, country=country)
    own = SourceFile(name="own.yaml", text=OWN.replace("sinterklaas", "easter"))
    return read_definitions([*shipped_files(), own], settings=settings)


def bought(dice: Random, who: int, zone: str) -> list[OrderStatement]:
    """Purchases in a few weeks of the year, year after year, and now and then elsewhere."""
    days: list[date] = []
    for _ in range(dice.choice((0, 1, 1, 2, 3))):
        place = dice.choice((0, 3, 58, 59, 60, 120, 300, 325, 330, 331, 364, dice.randrange(365)))
        width = dice.choice((0, 1, 5, 13, 27, 30))
        for year in dice.choice(((2025,), (2024, 2025), (2023, 2024, 2025), (2024, 2024, 2025))):
            start = date(year, 1, 1) + timedelta(days=place + dice.randint(0, width))
            days += [start] * dice.choice((1, 1, 1, 2))
    days += [
        date(2023, 1, 1) + timedelta(dice.randrange(1100)) for _ in range(dice.choice((0, 0, 1)))
    ]
    nudges = (0, 0, 1, -1, 12 * DAY_US // 24, 20 * DAY_US // 24)
    return [
        order(f"{who}-{i}", midnight(day, zone) + dice.choice(nudges), of=who, seq=i)
        for i, day in enumerate(days)
    ]


def shop_of(dice: Random, zone: str, *, profiles: int) -> Shop:
    orders = [one for who in range(1, profiles + 1) for one in bought(dice, who, zone)]
    return Shop(profiles=profiles, orders=tuple(orders), refunds=(), events=(), attributes=())


ZONES = [("Europe/Amsterdam", "NL"), ("America/Havana", "US"), ("Asia/Beirut", "FR")]
NAMES = [
    line.split(":")[0].strip() for line in OWN.split("traits:")[1].splitlines() if ": {" in line
]


@pytest.mark.parametrize(("zone", "country"), ZONES)
def test_engines_agree(zone: str, country: str) -> None:
    dice = Random(country)  # noqa: S311 - not for secrets
    shop = shop_of(dice, zone, profiles=120)
    known = definitions(zone, country)
    load(DATABASE, shop, zone)
    engine = DuckEngine(DATABASE, known, has_ahead=shop.has_ahead)
    told: set[str] = set()
    for t in instants(dice, shop, zone):
        expected = by_reference(known, shop, t, NAMES)
        assert by_duckdb(engine, shop, t, NAMES) == expected
        told |= {name for (_, name), one in expected.items() if one.value}
    assert told == set(NAMES)


def instants(dice: Random, shop: Shop, zone: str) -> list[int]:
    """Around the end of the year, and edges of rows and of days."""
    rows = [one.ordered_at for one in shop.orders]
    edges = [dice.choice(rows) + span + 1 for span in (365 * DAY_US, 1095 * DAY_US)]
    days = [date(2025, 11, 20), date(2025, 12, 27), date(2026, 2, 28), date(2026, 4, 27)]
    return [*edges, *(midnight(day, zone) + dice.choice((0, 1, -1)) for day in days)]


@pytest.mark.parametrize(("zone", "country"), ZONES[:2])
def test_an_instant_of_each_row_gives_the_same(zone: str, country: str) -> None:
    dice = Random(zone)  # noqa: S311 - not for secrets
    shop = shop_of(dice, zone, profiles=60)
    known = definitions(zone, country)
    load(DATABASE, shop, zone)
    engine = DuckEngine(DATABASE, known, has_ahead=shop.has_ahead)
    firsts = {
        who: min(o.ordered_at for o in shop.log(who).orders)
        for who in range(1, 61)
        if shop.log(who).orders
    }
    asks = sorted(
        {
            (who, max(first, at))
            for who, first in firsts.items()
            for at in dice.sample(instants(dice, shop, zone), 3)
        }
    )
    listed = ", ".join(f"({who}, {t})" for who, t in asks)
    found = engine.ask(NAMES, f"SELECT * FROM (VALUES {listed}) asks(profile_id, t)").to_pylist()
    assert len(found) == len(asks)
    every: dict[str, Trait | Segment] = {**known.traits, **known.segments}
    for row in found:
        m = moment(known, shop.log(row["profile_id"]), None, row["t"])
        for name in NAMES:
            _, value, w = base(every[name], m)
            told = (row[name], row[f"{name}__until"])
            assert told == (value, None if w == NEVER else w), (
                name,
                row["profile_id"],
                local_day(row["t"], zone),
            )
