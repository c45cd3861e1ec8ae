"""Builders say the same as files, through the same checks."""

from __future__ import annotations

import ast
import doctest
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import stamgast
import stamgast.language.builders as sg
from stamgast.errors import InvalidDefinitions, UserError
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.reader.models import (
    CONDITION_MODELS,
    TRAIT_MODELS,
    Comparisons,
    Follow,
)
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from stamgast.language.ast import Condition
    from stamgast.language.built import Aggregate
    from stamgast.language.built import Condition as BuiltCondition
    from stamgast.language.reader.forms import Strict

CASES: list[tuple[BuiltCondition, str]] = [
    (sg.count("order", within="365d") >= 3, "{did: order, within: 365d, at_least: 3}"),
    (sg.count("order", within="365d") > 3, "{did: order, within: 365d, at_least: 4}"),
    (sg.count("order") < 3, "{did: order, at_most: 2}"),
    (sg.count("order") <= 3, "{did: order, at_most: 3}"),
    (sg.count("order") == 0, "{did: order, exactly: 0}"),
    (sg.trait("net_revenue") > 19.95, "{trait: net_revenue, gt: 19.95}"),
    (sg.trait("orders") != 1, "{trait: orders, is_not: 1}"),
    (sg.trait("orders").between(1, 3), "{trait: orders, between: [1, 3]}"),
    (
        sg.trait("net_revenue") >= sg.trait("net_revenue_365d"),
        "{trait: net_revenue, gte: {trait: net_revenue_365d}}",
    ),
    (
        sg.trait("orders") <= sg.percentile(50, of="orders", among=sg.attribute("country") == "NL"),
        "{trait: orders, lte: {percentile: 50, of: orders, among: {attribute: country, is: NL}}}",
    ),
    (
        sg.trait("since_last_order") > sg.percentile(50, of="order_gap", times=1.5),
        "{trait: since_last_order, gt: {percentile: 50, of: order_gap, times: 150%}}",
    ),
    (sg.extension("employee").carried(), "{extension: employee}"),
    (sg.extension("loyalty_status") == "GOLD", "{extension: loyalty_status, is: GOLD}"),
    (sg.consent("email_marketing"), "{consent: email_marketing}"),
    (sg.identified(), "{identified: true}"),
    (sg.always(True), "{always: true}"),
    (sg.any_of(sg.did("problem"), sg.always(False)), "{any: [{did: problem}, {always: false}]}"),
    (sg.attribute("country").is_in(["NL", "BE"]), "{attribute: country, in: [NL, BE]}"),
    (sg.attribute("country").not_in(("NL",)), "{attribute: country, not_in: [NL]}"),
    (sg.attribute("city").contains("dam"), "{attribute: city, contains: dam}"),
    (sg.attribute("city").starts_with("A"), "{attribute: city, starts_with: A}"),
    (sg.attribute("city").ends_with("m"), "{attribute: city, ends_with: m}"),
    (
        (sg.attribute("city") == "ede").ignoring_case(),
        "{attribute: city, is: ede, ignore_case: true}",
    ),
    (sg.attribute("city").present(), "{attribute: city, present: true}"),
    (sg.attribute("city").missing(), "{attribute: city, present: false}"),
    (
        sg.attribute("birthday") < date(2000, 1, 1),
        "{attribute: birthday, lt: 2000-01-01}",
    ),
    (
        sg.attribute("birthday").anniversary_within_next("14d"),
        "{attribute: birthday, anniversary: {within_next: 14d}}",
    ),
    (
        sg.trait("last_order_at").older_than(timedelta(days=90)),
        "{trait: last_order_at, older_than: 90d}",
    ),
    (
        sg.trait("last_order_at").newer_than(timedelta(hours=36)),
        "{trait: last_order_at, newer_than: 36h}",
    ),
    (
        sg.trait("last_order_at").within_next(timedelta(seconds=90)),
        "{trait: last_order_at, within_next: 90s}",
    ),
    (
        sg.trait("last_order_at") > datetime(2026, 5, 1, tzinfo=UTC),
        "{trait: last_order_at, gt: 2026-05-01T00:00:00Z}",
    ),
    (
        sg.did("Product Added", within="7d", not_followed_by=sg.follow("order", within="1h")),
        "{did: Product Added, within: 7d, not_followed_by: {event: order, within: 1h}}",
    ),
    (
        sg.did("Page Viewed", not_followed_by=sg.follow("Page Viewed", strictly=True)),
        "{did: Page Viewed, not_followed_by: {event: Page Viewed, strictly: true}}",
    ),
    (
        sg.did("order", followed_by=sg.follow("refund", where={"amount": {"gt": 5}})),
        "{did: order, followed_by: {event: refund, where: {amount: {gt: 5}}}}",
    ),
    (
        sg.did("order", at_least=2, from_="2026-01-01", where={"net_total": {"gt": 20}}),
        "{did: order, at_least: 2, from: 2026-01-01, where: {net_total: {gt: 20}}}",
    ),
    (
        sg.top(
            "20%",
            by=["orders", "net_revenue"],
            among=sg.trait("orders") >= 1,
            provided=sg.trait("net_revenue") > 0,
        ),
        (
            "{top: 20%, by: [orders, net_revenue], among: {trait: orders, gte: 1},"
            " provided: {trait: net_revenue, gt: 0}}"
        ),
    ),
    (
        (sg.stage("at_risk") | sg.stage("sleeper", "red_alert") | sg.member("vip"))
        & ~sg.member("lost_customers"),
        (
            "{all: [{any: [{stage: at_risk}, {stage: [sleeper, red_alert]}, {segment: vip}]},"
            " {not: {segment: lost_customers}}]}"
        ),
    ),
]


def from_file(where: str) -> Condition:
    text = f"segments:\n  case: {{where: {where}}}\n"
    files = [*shipped_files(), SourceFile(name="shop.yaml", text=text)]
    return read_definitions(files, settings=LanguageSettings()).segments["case"].where


@pytest.mark.parametrize(("built", "written"), CASES, ids=[written for _, written in CASES])
def test_a_builder_makes_what_the_file_says(built: BuiltCondition, written: str) -> None:
    made = sg.definitions(segments={"case": built}, files=shipped_files())
    assert made.segments["case"].where == from_file(written)


def test_an_unnamed_aggregate_becomes_a_trait() -> None:
    spend = sg.aggregate("sum", "amount", of="revenue", within="30d")
    made = sg.definitions(
        segments={"big": spend > 100, "small": sg.Segment(where=spend < 10, label="Small")},
        traits={"spend_90d": sg.aggregate("sum", "amount", of="revenue", within="90d")},
        files=shipped_files(),
    )
    unnamed = (
        set(made.traits)
        - {"spend_90d"}
        - set(read_definitions(shipped_files(), settings=LanguageSettings()).traits)
    )
    assert unnamed == {"unnamed_sum_amount_of_revenue_within_30d"}
    assert made.segments["small"].label.nl == "Small"


VALUES: list[Aggregate] = [
    sg.count("order", within="365d", label="Orders", about={"en": "Orders", "nl": "Orders"}),
    sg.visits("Page Viewed", gap="30m", between=["1d", "30d"]),
    sg.mean_gap("order", from_="2025-01-01", until="2026-01-01"),
    sg.last_gap("order", where={"any": [{"total": {"gt": 5}}, {"not": {"coupon": "X"}}]}),
    sg.aggregate("first", "coupon", of="order", unless_left_edge="90d"),
    *(
        sg.aggregate(op, "total", of="order")
        for op in ("sum", "mean", "min", "max", "last", "distinct", "most_frequent")
    ),
    sg.formula("net_revenue / orders"),
    sg.count("order", in_=["black_friday", "christmas"], year=2025),
    sg.only_season("order", unless_left_edge="90d"),
    sg.season_returns("order", where={"total": {"gt": 5}}),
    sg.sale_first_days_hit("order", latest=4),
    sg.sale_first_days_seen("order"),
    sg.rhythm("order", slot="14d", slots=3, recent="400d", reach="800d", least_days=4),
    sg.rhythm_day("order", before="7d", after="14d", share="90%", share_from=6),
    sg.days("order", within="365d"),
    sg.first_gap("order"),
    sg.recurring("category", ["Product Viewed", "line"], at_least=3, within="30d", gap="1h"),
    sg.recurring("category", "Product Viewed", at_least=2, within="30d", last_only=True),
    sg.recurring("category", "Product Viewed", at_least=2, within="30d", since="order"),
    sg.recurring("category", "Product Viewed", at_least=2, within="30d", visits_of="Page Viewed"),
    sg.visit_days(["Page Viewed"], gap="1h", between=["1d", "28d"]),
    sg.aggregate("first", "category", of=["Page Viewed"], visit="last", gap="1h"),
    sg.case(
        (sg.trait("orders") > 9, "often"),
        otherwise="seldom",
        type="text",
        labels={"often": "Often"},
    ),
    sg.score("net_revenue", among=sg.trait("orders") >= 1),
]


def test_what_a_file_can_say_a_builder_can_say() -> None:
    """Every key of every condition, comparison and trait is built by some case above."""
    built = {key for condition, _ in CASES for key in keys_in(condition.plain)}
    built |= {key for value in VALUES for key in keys_in(value.plain)}
    forms: list[type[Strict]] = [
        *CONDITION_MODELS.values(),
        *TRAIT_MODELS.values(),
        Comparisons,
        Follow,
    ]
    keys = {field.alias or name for form in forms for name, field in form.model_fields.items()}
    assert keys - built == set()
    names = {f"case_{n}": value for n, value in enumerate(VALUES)}
    assert set(names) <= set(sg.definitions(traits=names, files=shipped_files()).traits)


def keys_in(plain: object) -> set[str]:
    if isinstance(plain, dict):
        return set(plain).union(*(keys_in(inner) for inner in plain.values()))
    if isinstance(plain, list):
        return set().union(*(keys_in(inner) for inner in plain))
    return set()


def test_the_builders_are_at_hand() -> None:
    """``import stamgast as sg`` gives every builder."""
    assert {name: getattr(stamgast, name) for name in stamgast.BUILDERS} == {
        name: getattr(sg, name) for name in stamgast.BUILDERS
    }
    made = {
        name
        for name, one in vars(sg).items()
        if getattr(one, "__module__", "") == sg.__name__ and not name.startswith("_")
    }
    inside = {"Aggregate", "Condition", "Extension", "Value", "definitions", "plain_file"}
    assert made - inside == set(stamgast.BUILDERS)


TRAITS: list[tuple[Aggregate, str]] = [
    (
        sg.score("net_revenue", among=sg.count("order", within="365d") >= 1, bands=10),
        "{score: net_revenue, among: {did: order, within: 365d}, bands: 10}",
    ),
    (sg.days("order", within="365d"), "{days: order, within: 365d}"),
    (sg.first_gap("order"), "{first_gap: order}"),
    (sg.count("order", in_="christmas", year=2025), "{count: order, in: christmas, year: 2025}"),
    (sg.only_season("order"), "{only_season: order}"),
    (sg.season_returns("order"), "{season_returns: order}"),
    (sg.sale_first_days_hit("order", latest=4), "{sale_first_days_hit: order, latest: 4}"),
    (sg.sale_first_days_seen("order"), "{sale_first_days_seen: order}"),
    (sg.rhythm("order", slot=timedelta(days=14)), "{rhythm: order, slot: 14d}"),
    (sg.rhythm_day("order", before="7d"), "{rhythm_day: order, before: 7d}"),
    (sg.last_gap("order"), "{last_gap: order}"),
    (
        sg.case((sg.trait("orders") > 9, sg.trait("orders")), otherwise=0),
        "{case: [{when: {trait: orders, gt: 9}, then: {trait: orders}}], else: 0}",
    ),
    (
        sg.visit_days(["Page Viewed"], gap="1h", between=["1d", "28d"]),
        "{visit_days: Page Viewed, gap: 1h, between: [1d, 28d]}",
    ),
]


@pytest.mark.parametrize(("built", "written"), TRAITS, ids=[written for _, written in TRAITS])
def test_a_built_trait_is_what_the_file_says(built: Aggregate, written: str) -> None:
    made = sg.definitions(traits={"case": built}, files=shipped_files())
    text = f"traits:\n  case: {written}\n"
    files = [*shipped_files(), SourceFile(name="shop.yaml", text=text)]
    read = read_definitions(files, settings=LanguageSettings())
    assert made.traits["case"].expr == read.traits["case"].expr


def test_issues_say_where_without_lines() -> None:
    with pytest.raises(InvalidDefinitions) as caught:
        sg.definitions(
            segments={"a": sg.trait("ordrs") > 3, "b": sg.did("order", within="0d")},
            files=shipped_files(),
        )
    assert [str(issue).splitlines()[0] for issue in caught.value.issues] == [
        "python: segments.a.where.trait: there is no trait `ordrs`",
        "python: segments.b.where.within: `within`: a window of zero holds nothing",
    ]


def test_conditions_are_not_true_or_false() -> None:
    with pytest.raises(UserError, match="neither true nor false"):
        assert 1 < sg.trait("orders") < 3
    with pytest.raises(UserError, match="whole seconds"):
        sg.trait("last_order_at").older_than(timedelta(microseconds=1))


def test_the_examples_of_the_module_run() -> None:
    assert doctest.testmod(sg).failed == 0


def test_the_builders_are_listed_alike_everywhere() -> None:
    tree = ast.parse(Path(stamgast.__file__).read_text(encoding="utf-8"))
    [typed] = [
        {one.name for one in node.names}
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == sg.__name__
        and node.names[0].name != "*"
    ]
    others = {"BUILDERS", "Shop", "StamgastError", "UserError", "create", "open"}
    made_here = {
        name
        for name, found in vars(sg).items()
        if getattr(found, "__module__", "") == sg.__name__ and not name.startswith("_")
    }
    of_files = {"definitions", "plain_file"}  # for ourselves
    assert typed == set(stamgast.BUILDERS) == set(stamgast.__all__) - others
    assert typed == made_here - of_files
