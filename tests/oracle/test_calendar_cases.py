"""Made-up years of purchases, against the rules in plain Python: edges that real sets seldom meet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from calendar_oracle import Judge, Sale
from engines import ENGINES, Engine, ask
from making import order
from shops import Shop
from tables import connect

from stamgast.clock import parse_instant
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.retail import shipped_files

ZONE = "Europe/London"
SALES = """
version: 1
calendars:
  sales:
    one: {from: 2011-03-27, to: 2011-04-05, early_access: 2011-03-26}
    two: {from: 2011-10-30, to: 2011-11-05}
    three: {from: 2012-01-02, to: 2012-01-31, early_access: 2011-12-31}
    four: {from: 2012-01-02, to: 2012-01-10}
"""
OPENS = [
    Sale(opens=date(2011, 3, 27), early=date(2011, 3, 26)),
    Sale(opens=date(2011, 10, 30), early=date(2011, 10, 30)),
    Sale(opens=date(2012, 1, 2), early=date(2011, 12, 31)),
    Sale(opens=date(2012, 1, 2), early=date(2012, 1, 2)),
]
NAMES = ("first_time_seasonal", "seasonal_due", "sale_shoppers", "fixed_rhythm", "due_now")
CUSTOMERS = 100


DEFINITIONS = read_definitions(
    [*shipped_files(), SourceFile(name="sales.yaml", text=SALES)],
    settings=LanguageSettings(zone=ZONE, country="GB"),
)
DATABASE = connect(DEFINITIONS.event_properties)


def midnight(day: date) -> int:
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE))
    return int(local.astimezone(UTC).timestamp()) * 1_000_000


def bought(dice: Random) -> list[int]:
    """A few weeks of the year, two or three years long, some on a day of a sale, some stray."""
    days: list[date] = []
    for _ in range(dice.choice((1, 1, 2, 2, 3))):
        place = dice.choice((0, 2, 57, 59, 60, 84, 120, 130, 302, 331, 335, 361, 364))
        spread = dice.choice((0, 1, 3, 13, 27, 29))
        years = dice.choice(((2011,), (2010, 2011), (2009, 2010, 2011), (2010, 2011, 2011)))
        days += [
            date(year, 1, 1) + timedelta(days=place + dice.randint(0, spread)) for year in years
        ]
    if dice.random() < 0.3:
        days += dice.sample([date(2011, 3, 26), date(2011, 3, 27), date(2012, 1, 1)], 2)
    if dice.random() < 0.1:
        days = [dice.choice((date(2011, 11, 21), date(2011, 11, 28), date(2011, 12, 1)))] * 2
    if dice.random() < 0.2:
        days.append(date(2009, 3, 1) + timedelta(days=dice.randrange(1000)))
    nudges = (0, 0, 1, -1, 43_200_000_000)
    return sorted(midnight(day) + dice.choice(nudges) for day in days)


DICE = Random(1)  # noqa: S311 - not for secrets
SHOP = {who: bought(DICE) for who in range(1, CUSTOMERS + 1)}
INSTANTS = (
    "2011-11-29T00:00:00Z",
    "2012-01-05T12:00:00Z",
    "2012-02-29T00:00:00Z",
    "2012-04-26T08:00:00Z",
    "2012-11-08T00:00:00Z",
    "2012-12-20T00:00:00Z",
)


@pytest.mark.parametrize("engine", ENGINES)
def test_as_the_rules_say(engine: Engine) -> None:
    orders = [
        order(f"{who}-{i}", at, of=who, seq=i)
        for who, instants in SHOP.items()
        for i, at in enumerate(instants)
    ]
    shop = Shop(profiles=CUSTOMERS, orders=tuple(orders), refunds=(), events=(), attributes=())
    told = dict.fromkeys(NAMES, 0)
    for t in map(parse_instant, INSTANTS):
        found = ask(engine, DEFINITIONS, shop, t, [*NAMES, "usual_days"], database=DATABASE)
        for who, instants in SHOP.items():
            judge = Judge(zone=ZONE, t=t, bought=tuple(at for at in instants if at <= t))
            if not judge.bought:
                continue
            expected = {
                "first_time_seasonal": judge.first_season() is not None,
                "seasonal_due": judge.seasonal_due(),
                "sale_shoppers": judge.sale_shopper(OPENS),
                "fixed_rhythm": bool(judge.slots()),
                "due_now": judge.due_now(),
            }
            assert {name: found[who, name].value for name in NAMES} == expected, (who, t)
            days = " ".join(f"{month:02}-{day:02}" for month, day in sorted(judge.usual_days()))
            assert found[who, "usual_days"].value == (days or None)
            told = {name: count + expected[name] for name, count in told.items()}
    assert min(told.values()) > 3, told
