"""Which names mean something else after a change: of every kind of node one, and who names it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, get_args

import pytest

from stamgast.language.ast import AggregateOp, Definitions
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.retail import shipped_files
from stamgast.segments.changed import CALENDAR, STAGE, changed

SHIPPED = list(shipped_files())
OWN = """
version: 1
parameters: {often: 3}
events: {ticket: {type: text, label: {en: t, nl: t}}}
attributes: {shoe: {type: integer}}
calendars:
  seasons:
    carnival: {label: {en: C, nl: C}, from: 02-10, to: 02-13}
  sales:
    spring: {label: {en: S, nl: S}, from: 2024-03-05, to: 2024-03-20}
rows:
  trouble:
    label: {en: a, nl: a}
    plural: {en: b, nl: b}
    any_of: [{event: Complaint Opened}]
traits:
  hits: {label: {en: a, nl: a}, sale_first_days_hit: order, latest: 6}
  only: {label: {en: a, nl: a}, only_season: order}
  open_trouble: {label: {en: a, nl: a}, count: trouble}
  spent: {label: {en: a, nl: a}, sum: amount, of: revenue}
segments:
  by_sale: {label: {en: a, nl: a}, where: {trait: hits, gte: 1}}
  by_season: {label: {en: a, nl: a}, where: {trait: only, present: true}}
  by_rows: {label: {en: a, nl: a}, where: {did: trouble, at_least: 1}}
  by_rows_of_trait: {label: {en: a, nl: a}, where: {trait: open_trouble, gte: 1}}
  by_segment: {label: {en: a, nl: a}, where: {not: {segment: by_rows}}}
  by_window: {label: {en: a, nl: a}, where: {did: order, at_least: 1, in: carnival}}
  by_parameter: {label: {en: a, nl: a}, where: {did: order, at_least: $often}}
  by_attribute: {label: {en: a, nl: a}, where: {attribute: shoe, gte: 45}}
  by_rank: {label: {en: a, nl: a}, where: {top: 20%, by: spent}}
  by_stage: {label: {en: a, nl: a}, where: {stage: loyal}}
  plain: {label: {en: a, nl: a}, where: {did: order, at_least: 7}}
"""
SALE, ROWS = {"by_sale"}, {"by_rows", "by_rows_of_trait", "by_segment"}


def read(text: str = OWN, **settings: Any) -> Definitions:  # noqa: ANN401 - of any setting
    return read_definitions(
        [*SHIPPED, SourceFile(name="own.yaml", text=text)], settings=LanguageSettings(**settings)
    )


BEFORE = read()
MINE = {name for name in BEFORE.segments if name.startswith("by_") or name == "plain"}


@pytest.mark.parametrize(
    ("was", "is_", "others"),
    [
        ("2024-03-05, to: 2024-03-20", "2024-03-06, to: 2024-03-20", SALE),
        ("    spring:", "    autumn: {label: {en: S, nl: S}, from: 2024-10-05, to: 2024-10-20}\n    spring:", SALE),
        ("from: 02-10", "from: 02-09", {"by_season", "by_window"}),
        ("    carnival:", "    fair: {label: {en: F, nl: F}, from: 07-10, to: 07-13}\n    carnival:", {"by_season"}),
        ("[{event: Complaint Opened}]", "[{event: Complaint Opened}, {event: Ticket Opened}]", ROWS),
        ("[{event: Complaint Opened}]", "[{event: Complaint Opened, where: {reason: {is: late}}}]", ROWS),
        ("[{event: Complaint Opened}]", "[{event: Complaint Opened}]\n    closed_by: {event: Complaint Solved, same: [ticket]}", ROWS),
        ("plural: {en: b", "plural: {en: z", set()),
        ("often: 3", "often: 4", {"by_parameter"}),
        ("shoe: {type: integer}", "shoe: {type: decimal}", {"by_attribute"}),
        ("shoe: {type: integer}", "shoe: {type: integer, sources: [crm]}", {"by_attribute"}),
        ("of: revenue}", "of: revenue, within: 90d}", {"by_rank"}),
        ("at_least: 7", "at_least: 8", {"plain"}),
        ("plain: {label: {en: a", "plain: {label: {en: other", set()),
    ],
)  # fmt: skip
def test_who_means_something_else(was: str, is_: str, others: set[str]) -> None:
    assert was in OWN
    found = changed(BEFORE, read(OWN.replace(was, is_)))
    assert found & MINE == others
    assert STAGE not in found


def test_a_country_has_other_seasons() -> None:
    found = changed(read(country="NL"), read(country="DE"))
    assert found & MINE == {"by_season"}


def test_another_lifecycle_is_another_stage() -> None:
    rules = BEFORE.lifecycle.rules
    after = replace(BEFORE, lifecycle=replace(BEFORE.lifecycle, rules=(*rules[1:], rules[0])))
    found = changed(BEFORE, after)
    assert {STAGE, "by_stage"} <= found
    assert found & MINE == {"by_stage"}


def test_of_another_zone_or_currency_everything_is_new() -> None:
    every = {STAGE, *BEFORE.segments}
    assert changed(BEFORE, read(zone="Asia/Tokyo")) == every
    assert changed(BEFORE, read(currency="JPY")) == every
    assert changed(BEFORE, read(renewals_are_purchases=True)) == every
    assert changed(None, BEFORE) == every
    assert changed(BEFORE, read()) == frozenset()


def test_all_that_definitions_hold_is_thought_of() -> None:
    """Whoever adds a field, or an aggregate that looks at a calendar, says here how it is noticed."""
    named = {
        "traits",
        "attribute_sources",
        "segments",
        "lifecycle",
        "rows",
        "calendar",
        "first_days",
        "zone",
        "currency",
        "renewals_are_purchases",
    }
    in_nodes = {"order_properties", "event_properties", "attributes", "extensions", "parameters"}
    words = {"attribute_labels", "event_property_labels", "consents"}
    assert {one.name for one in fields(Definitions)} == named | in_nodes | words
    looks = {op for op in get_args(AggregateOp) if "season" in op or "first_days" in op}
    assert frozenset.union(*CALENDAR.values()) == looks
