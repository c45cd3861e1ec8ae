"""Every kind of generated statement, as text, for DuckDB and Spark.

The expected texts are the files in ``sql/``; ``STAMGAST_WRITE_SNAPSHOTS=1`` writes them anew, to be
read before they are committed. That they mean what they should is for other tests.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlglot
from sqlglot import exp

from stamgast.clock import parse_instant
from stamgast.language.ast import Did, Rows, Score, Top, Within
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.sql.ahead import chained
from stamgast.language.sql.dialect import DUCKDB, SPARK
from stamgast.language.sql.moment import Moment
from stamgast.language.sql.parameters import Parameters, ShopStatistics
from stamgast.language.sql.plan import score_key
from stamgast.language.sql.stage_counts import stage_counts
from stamgast.language.sql.statement import Request, Statement, answers
from stamgast.language.sql.statistics import (
    at_places,
    implied_rows,
    place,
    scored,
    statistics_of,
    totals,
    worse_than,
)
from stamgast.model.log import DAY_US
from stamgast.retail import shipped_files
from stamgast.store.orders import FoldSpec, fold_statements

if TYPE_CHECKING:
    from stamgast.language.ast import Definitions
    from stamgast.language.sql.dialect import Face

FOLDER = Path(__file__).parent / "sql"
FACES: dict[str, Face] = {"duckdb": DUCKDB, "spark": SPARK}
T = parse_instant("2026-10-01T12:00:00Z")
EVENTS = """
events:
  category: text
  price: money
  rating: number
  on_day: day
attributes:
  country: text
  birthday: day
  registered_at: instant
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Definitions, and how they are asked."""

    text: str
    per_row: bool = False
    """An instant per row of ``ask``, on another log than the whole one."""
    subset: str | None = None
    nobody: bool = False
    """Of the rows of nobody."""


RECURRING = """
traits:
  fan_of: {recurring: category, of: [Product Viewed, line], at_least: 3, gap: 30m, within: 30d}
"""
SEEN_SINCE = """
traits:
  again: {recurring: category, of: [Product Viewed, line], at_least: 2, gap: 30m, within: 14d, since: order}
  last_again: {recurring: category, of: Product Viewed, at_least: 2, within: 14d, last_only: true, since: Page Viewed}
"""
SEEN_LAST = """
traits:
  again: {recurring: category, of: Product Viewed, at_least: 2, gap: 30m, within: 14d, last_only: true}
"""
VISITS_OF_ALL = """
traits:
  fan_of: {recurring: category, of: [Product Viewed, line], visits_of: Page Viewed, at_least: 3, within: 30d}
  again: {recurring: category, of: Product Viewed, visits_of: Page Viewed, at_least: 2, within: 14d, last_only: true, since: order}
"""
OF_ONE_VISIT = """
traits:
  came_from: {last: category, of: [Page Viewed, Product Viewed], visit: first, where: {category: {present: true}}}
  came_by: {last: price, of: [Page Viewed, Product Viewed], visit: first, where: {category: {present: true}}}
  landed_on: {first: category, of: [Page Viewed, Product Viewed], visit: last}
"""
CASES = {
    "count_windows": Case(
        text="""
traits:
  orders: {count: order}
  orders_365d: {count: order, within: 365d}
  orders_30_90d: {count: order, between: [30d, 90d]}
  orders_2026: {count: order, from: 2026-01-01, until: 2027-01-01}
""",
    ),
    "seasons": Case(
        text="""
calendars:
  seasons:
    kings_day: {occurrences: [{from: 2025-04-20, to: 2025-04-27}, {from: 2026-04-20, to: 2026-04-27}]}
    carnival: {from: 02-12, to: 02-18}
  sales:
    winter: {from: 2026-01-02, to: 2026-01-31, early_access: 2026-01-01}
    spring: {from: 2026-03-20, to: 2026-04-05}
    autumn: {from: 2026-11-01, to: 2026-11-15}
traits:
  in_kings_day: {count: order, in: kings_day}
  in_one: {count: order, in: [kings_day, carnival], year: 2025}
  season: {only_season: order}
  returns: {season_returns: order}
  hit: {sale_first_days_hit: order}
  seen: {sale_first_days_seen: order}
""",
    ),
    "rhythm": Case(
        text="""
traits:
  usual: {rhythm: order}
  usual_day: {rhythm_day: order}
""",
    ),
    "revenue": Case(
        text="""
traits:
  net_revenue: {sum: amount, of: revenue, within: 365d}
  mean_amount: {mean: amount, of: revenue}
  least: {min: amount, of: revenue}
  last_amount: {last: amount, of: revenue}
  amounts: {distinct: amount, of: revenue}
""",
    ),
    "filters": Case(
        text="""
traits:
  filtered:
    count: Product Viewed
    within: 60d
    where:
      any:
        - {price: {gte: 10}, category: {in: [watch, ring]}}
        - {category: {contains: 'a'}, rating: {gt: 4}}
        - not: {category: {starts_with: w}}
        - {on_day: {present: false}}
        - {price: {between: [1, 2]}}
        - {category: {is_not: ring}}
        - {category: {not_in: [ring, watch]}}
        - {category: {in: [Bag, shoe], ignore_case: true}}
""",
    ),
    "first_and_last": Case(
        text="""
traits:
  first_order_at: {first: occurred_at, of: order}
  first_coupon: {first: coupon, of: order}
  first_channel: {first: channel, of: order}
  last_store: {last: store, of: order, within: 365d}
""",
    ),
    "by_value": Case(
        text="""
traits:
  viewed_categories: {distinct: category, of: Product Viewed, within: 60d}
  favourite_category: {most_frequent: category, of: Product Viewed, within: 60d, where: {price: {gte: 10}}}
""",
    ),
    "gaps": Case(
        text="""
traits:
  order_gap: {mean_gap: order}
  last_order_gap: {last_gap: order, within: 365d}
  first_order_gap: {first_gap: order}
  order_days: {days: order, within: 365d}
""",
    ),
    "visits": Case(text="traits: {visits_28d: {visits: [Page Viewed], gap: 30m, within: 28d}}\n"),
    "lines": Case(
        text="""
traits:
  brand_bought: {most_frequent: brand, of: line}
  bought_new: {count: line, within: 365d, where: {product_age: {lte: 30d}}}
""",
    ),
    "recurring": Case(text=RECURRING),
    "of_one_visit": Case(text=OF_ONE_VISIT),
    "of_one_visit_per_row": Case(text=OF_ONE_VISIT, per_row=True),
    "recurring_per_row": Case(text=RECURRING, per_row=True),
    "recurring_last": Case(text=SEEN_LAST),
    "of_nobody": Case(
        text="traits:\n  spent: {sum: amount, of: revenue}\n  bought: {count: order, within: 365d}",
        nobody=True,
    ),
    "known_by": Case(text="segments:\n  reachable: {where: {identified: [email, phone]}}"),
    "recurring_since": Case(text=SEEN_SINCE),
    "recurring_visits_of": Case(text=VISITS_OF_ALL),
    "recurring_visits_of_per_row": Case(text=VISITS_OF_ALL, per_row=True),
    "recurring_since_per_row": Case(text=SEEN_SINCE, per_row=True),
    "visit_days": Case(
        text="""
traits:
  visits_28d: {visits: [Page Viewed], gap: 30m, within: 28d}
  visit_days_28d: {visit_days: [Page Viewed], gap: 30m, within: 28d}
""",
        per_row=True,
    ),
    "formulas": Case(
        text="""
traits:
  orders: {count: order}
  net_revenue: {sum: amount, of: revenue}
  gap: {mean_gap: order}
  last_order_at: {last: occurred_at, of: order}
  average_order: {formula: net_revenue / orders}
  more: {formula: 'max(net_revenue + 5, coalesce(net_revenue, 0))'}
  patience: {formula: '1.5 * gap'}
  since_last_order: {formula: days_since(last_order_at)}
  age: {formula: years_since(attribute.birthday)}
""",
    ),
    "case": Case(
        text="""
traits:
  orders: {count: order}
  orders_30d: {count: order, within: 30d}
  how_often:
    case:
      - {when: {trait: orders_30d, gte: 3}, then: often}
      - {when: {did: order, within: 365d}, then: now and then}
    else: seldom
  recent: {case: [{when: {stage: [new_buyer, loyal]}, then: {trait: orders_30d}}]}
segments:
  seldom: {where: {trait: how_often, is: seldom}}
""",
    ),
    "did": Case(
        text="""
segments:
  buyers: {where: {did: order, within: 365d}}
  some: {where: {did: order, at_least: 2, at_most: 4, within: 365d}}
  nobody: {where: {did: Product Viewed, exactly: 0, within: 7d}}
  between: {where: {did: order, between: [30d, 90d]}}
  ever: {where: {did: [Page Viewed, Product Viewed], at_least: 3}}
""",
    ),
    "named_rows_ask": Case(
        text="""
rows:
  trouble:
    any_of:
      - {event: Complaint, where: {category: {is_not: praise}}}
      - {event: Promised, due: {day: on_day, unless: [Delivered, Cancelled], same: category}}
    closed_by: {event: Solved, where: {rating: {gte: 4}}, same: category}
traits:
  last_trouble_at: {last: occurred_at, of: trouble}
segments:
  troubled: {where: {did: trouble, within: 90d, not_followed_by: {event: order}}}
""",
        per_row=True,
    ),
    "named_rows": Case(
        text="""
rows:
  trouble:
    any_of:
      - {event: Complaint, where: {category: {is_not: praise}}}
      - {event: Promised, due: {day: on_day, unless: [Delivered, Cancelled], same: category, latest: true}}
    closed_by: {event: Solved, where: {rating: {gte: 4}}, same: category}
traits:
  last_trouble_at: {last: occurred_at, of: trouble}
segments:
  troubled: {where: {did: trouble, within: 90d, not_followed_by: {event: order}}}
""",
    ),
    "sequences": Case(
        text="""
segments:
  left_behind: {where: {did: Product Added, within: 7d, not_followed_by: {event: order, within: 1h}}}
  added_again: {where: {did: Product Added, followed_by: {event: [Product Added, Page Viewed], within: 1d}}}
  ended: {where: {did: Subscription Ended, not_followed_by: {event: Subscription Started}}}
  added_last: {where: {did: Product Added, not_followed_by: {event: [Product Added, Page Viewed], strictly: true}}}
  back: {where: {did: Subscription Ended, within: 90d, followed_by: {event: order}}}
""",
    ),
    "conditions": Case(
        text="""
traits:
  last_order_at: {last: occurred_at, of: order}
  since_last_order: {formula: days_since(last_order_at)}
  gap: {mean_gap: order}
segments:
  dutch: {where: {attribute: country, is: NL}}
  old: {where: {trait: last_order_at, older_than: 365d}}
  patient: {where: {trait: since_last_order, gt: {trait: gap}}}
  between: {where: {trait: since_last_order, between: [30d, 90d]}}
  due: {where: {attribute: registered_at, within_next: 7d}}
  birthday: {where: {attribute: birthday, anniversary: {within_next: 14d}}}
  nested:
    where:
      any:
        - {segment: dutch}
        - not: {all: [{segment: old}, {stage: [at_risk, red_alert]}, {attribute: birthday, present: true}]}
""",
    ),
    "statistics": Case(
        text="""
traits:
  orders: {count: order}
  net_revenue: {sum: amount, of: revenue}
segments:
  best:
    where:
      top: 20%
      by: [orders, net_revenue]
      among: {trait: orders, gte: 1}
      provided: {trait: net_revenue, gt: 0}
  above_median: {where: {trait: orders, gt: {percentile: 50, of: orders}}}
""",
    ),
    "shop_numbers": Case(
        text="""
traits:
  orders: {count: order}
  net_revenue: {sum: amount, of: revenue}
  money: {score: net_revenue, among: {trait: orders, gte: 1}, bands: 5}
  frequency: {score: orders, among: {trait: orders, gte: 1}, bands: 5}
  both: {formula: whole(10 * frequency + money)}
  per_order: {formula: 'ratio(net_revenue, orders)'}
  much_per_order: {formula: 'ratio(shop(net_revenue), shop(orders), 1.5)'}
segments:
  spenders: {where: {trait: per_order, gte: {trait: much_per_order}}}
  often: {where: {trait: orders, gte: {percentile: 50, of: orders, times: 1.5}}}
""",
    ),
    "labels": Case(
        text="""
extensions:
  staff: {rule: {did: Badge Scanned, within: 30d}}
  tier: {type: text}
  leave_alone: {wins_on_merge: true}
consents: {marketing: {}}
segments:
  colleagues: {where: {extension: staff}}
  best: {where: {extension: tier, in: [GOLD, PLATINUM]}}
  reachable: {where: [{consent: email_marketing}, {not: {extension: leave_alone}}, {identified: true}]}
""",
    ),
    "labels_ask": Case(
        text="""
extensions:
  points: {type: integer}
consents: {marketing: {}}
segments:
  many: {where: [{extension: points, gte: 100}, {consent: post_marketing}]}
""",
        per_row=True,
    ),
    "stage": Case(text="", subset="chosen"),
    "ask_calendar": Case(
        text="""
calendars:
  seasons:
    kings_day: {occurrences: [{from: 2025-04-20, to: 2025-04-27}, {from: 2026-04-20, to: 2026-04-27}]}
  sales:
    winter: {from: 2026-01-02, to: 2026-01-31, early_access: 2026-01-01}
    spring: {from: 2026-03-20, to: 2026-04-05}
traits:
  returns: {season_returns: order}
  hit: {sale_first_days_hit: order, latest: 2}
  usual_day: {rhythm_day: order, slots: 1}
""",
        per_row=True,
    ),
    "ask": Case(
        text="""
traits:
  orders_365d: {count: order, within: 365d}
  order_gap: {mean_gap: order}
segments:
  left_behind: {where: {did: Product Added, within: 7d, not_followed_by: {event: order, within: 1h}}}
  birthday: {where: {attribute: birthday, anniversary: {within_next: 14d}}}
  visitors: {where: {did: Page Viewed, at_least: 3, within: 28d}}
""",
        per_row=True,
    ),
}


def check(name: str, dialect: str, query: exp.Query, values: dict[str, object]) -> None:
    text = "".join(f"-- {key} = {value!r}\n" for key, value in values.items())
    text += query.sql(dialect, pretty=True) + "\n"
    path = FOLDER / f"{name}.{dialect}.sql"
    if os.environ.get("STAMGAST_WRITE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name}: the statement has changed"
    assert sqlglot.parse_one(text, dialect=dialect).find(exp.Select)


def read(text: str) -> Definitions:
    settings = LanguageSettings(zone="Europe/Amsterdam", currency="EUR")
    lifecycle = [file for file in shipped_files() if file.name.endswith("lifecycle.yaml")]
    own = SourceFile(name="own.yaml", text=f"version: 1\n{EVENTS}{text}", shipped=False)
    return read_definitions([*lifecycle, own], settings=settings)


def asked(case: Case, face: Face) -> Statement:
    definitions = read(case.text)
    names = [*definitions.traits, *definitions.segments] or ["stage"]
    needs = statistics_of(names, definitions)
    ranked: list[Top | Score] = [*needs.tops, *needs.scores]
    statistics = ShopStatistics(
        next_midnight=parse_instant("2026-10-01T22:00:00Z") if needs.found else None,
        scores={score_key(one): "scores" for one in ranked},
        sizes={score_key(one): 11 for one in needs.scores},
        totals=dict.fromkeys(needs.totals, 1234),
        thresholds=dict.fromkeys(needs.tops, 7),
        numbers=dict.fromkeys(needs.percentiles, 3),
    )
    moment = Moment(
        zone=definitions.zone,
        t=None if case.per_row else T,
        face=face,
        prefix="cut_" if case.per_row else "",
        statistics=statistics,
    )
    request = Request(names=tuple(names), subset=case.subset, nobody=case.nobody)
    return answers(definitions, moment, request)


@pytest.mark.parametrize("dialect", FACES)
@pytest.mark.parametrize("name", CASES)
def test_answers(name: str, dialect: str) -> None:
    statement = asked(CASES[name], FACES[dialect])
    check(name, dialect, statement.query, dict(statement.parameters))


@pytest.mark.parametrize("dialect", FACES)
def test_stage_counts(dialect: str) -> None:
    definitions = read("")
    instants = [parse_instant("2026-09-01"), parse_instant("2026-10-01")]
    statement = stage_counts(definitions, instants, FACES[dialect])
    check("stage_counts", dialect, statement.query, dict(statement.parameters))


@pytest.mark.parametrize("dialect", FACES)
def test_shop_statistics(dialect: str) -> None:
    ranked = scored("at_midnight", ["orders", "net_revenue"], "holds 1", "holds 2")
    check("scored", dialect, ranked, {})
    parameters = Parameters()
    places = [place(share, 11) for share in (Fraction(1, 5), Fraction(1, 100))]
    found = at_places("scores", "rank_score", places, parameters, best=True)
    check("at_places", dialect, found, parameters.values)
    check("worse_than", dialect, worse_than("scores", "value_1"), {})
    sums = [("orders", None), ("net_revenue", "holds 1")]
    check("totals", dialect, totals("at_midnight", sums, FACES[dialect]), {})


@pytest.mark.parametrize("dialect", FACES)
def test_population_of_those_who_did_something(dialect: str) -> None:
    definitions = read(CASES["statistics"].text)
    among = Did(rows=Rows(source="order", window=Within(us=365 * DAY_US)), at_least=1)
    request = Request(
        names=("net_revenue",),
        conditions=(("holds 1", among),),
        until=False,
        only_with=implied_rows(among),
    )
    moment = Moment(zone=definitions.zone, t=T, face=FACES[dialect])
    statement = answers(definitions, moment, request)
    check("population", dialect, statement.query, dict(statement.parameters))


@pytest.mark.parametrize("dialect", FACES)
def test_chain_over_rows_dated_ahead(dialect: str) -> None:
    parameters = Parameters()
    query = chained(["orders", "best"], ["best"], parse_instant("2026-10-01"), parameters)
    check("chained", dialect, query, parameters.used_in(query))


@pytest.mark.parametrize("dialect", FACES)
def test_fold_of_orders(dialect: str) -> None:
    spec = FoldSpec(who="identity_id", order_columns=("coupon", "received_at"))
    versions, loose = fold_statements(spec)
    check("fold_order_version", dialect, versions, {})
    check("fold_loose_refund", dialect, loose, {})


def test_no_snapshot_is_left_over() -> None:
    made = {f"{name}.{dialect}.sql" for name in CASES for dialect in FACES}
    others = (
        "stage_counts",
        "scored",
        "at_places",
        "worse_than",
        "totals",
        "chained",
        "population",
    )
    folds = ("fold_order_version", "fold_loose_refund")
    made |= {f"{name}.{dialect}.sql" for name in (*others, *folds) for dialect in FACES}
    assert {path.name for path in FOLDER.iterdir()} == made
