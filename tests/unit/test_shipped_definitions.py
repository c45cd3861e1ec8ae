"""The shipped definitions read without an issue, and say what the retail rules say."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import pytest

from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import load
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from stamgast.language.ast import StageRule

DAY = 86_400_000_000

GRID: dict[tuple[int, int | None], str] = {
    (0, None): "prospect",
    (1, 0): "new_buyer",
    (1, 30): "new_buyer",
    (1, 31): "drifting",
    (1, 90): "drifting",
    (1, 91): "sleeper",
    (2, 60): "promising",
    (3, 60): "promising",
    (2, 61): "drifting",
    (3, 90): "drifting",
    (3, 91): "sleeper",
    (4, 90): "loyal",
    (40, 0): "loyal",
    (4, 91): "at_risk",
    (4, 365): "at_risk",
    (4, 366): "red_alert",
}
"""The table of the default lifecycle: purchases, days since the last one -> stage."""


def stage_of(rules: tuple[StageRule, ...], n: int, days: int | None) -> str:
    """A grid's stage, from the number of purchases and the age of the last one."""
    for rule in rules:
        for term in rule.any_of:
            most = term.ever_max if term.ever_max is not None else n
            inside = term.within_us is None or (days is not None and days * DAY <= term.within_us)
            assert term.at_least <= 1
            if term.ever_min <= n <= most and inside:
                return rule.stage
        if not rule.any_of:
            return rule.stage
    raise AssertionError


@pytest.mark.parametrize(("cell", "stage"), GRID.items())
def test_the_grid_is_the_published_table(cell: tuple[int, int | None], stage: str) -> None:
    definitions = read_definitions(shipped_files(), settings=LanguageSettings())
    assert stage_of(definitions.lifecycle.rules, *cell) == stage


def test_what_comes_with_us_is_read_as_a_shops_own_file_is() -> None:
    """The reader for our files is a quicker one: it says the same of every line."""
    found = list(resources.files("stamgast.retail").iterdir())
    texts = {one.name: one.read_text(encoding="utf-8") for one in found if one.name[-5:] == ".yaml"}
    assert {"segments.yaml", "strategies.yaml"} < texts.keys()
    for name, text in texts.items():
        issues = Issues()
        ours, own = (
            load(SourceFile(name=name, text=text, shipped=shipped), issues)
            for shipped in (True, False)
        )
        assert ours is not None
        assert own is not None
        assert (ours.data, ours.place.lines) == (own.data, own.place.lines)
        assert issues.found == []


def test_stage_rules_are_few_and_the_last_always_holds() -> None:
    definitions = read_definitions(shipped_files(), settings=LanguageSettings())
    assert [rule.stage for rule in definitions.lifecycle.rules] == [
        "prospect",
        "new_buyer",
        "promising",
        "drifting",
        "sleeper",
        "loyal",
        "at_risk",
        "red_alert",
    ]
    assert [len(rule.any_of) for rule in definitions.lifecycle.rules] == [1, 1, 1, 1, 1, 1, 1, 0]
    assert definitions.lifecycle.labels["at_risk"].nl == "Dreigt weg te gaan"


def test_ready_made_segments_are_shipped() -> None:
    definitions = read_definitions(shipped_files(), settings=LanguageSettings())
    assert set(definitions.segments) == {
        "best_buyers",
        "vip",
        "elite_vip",
        "coupon_shoppers",
        "high_returners",
        "one_time_buyers",
        "returned_customers",
        "lost_customers",
        "first_time_seasonal",
        "seasonal_due",
        "sale_shoppers",
        "fixed_rhythm",
        "due_now",
        "bargain_hunters",
        "full_price_buyers",
        "lapsed_with_consent",
        "lost_with_consent",
        "lost_without_consent",
        "frequent_browsers",
        "cart_abandoners",
        "dissatisfied",
        "risk_customers",
        "browse_abandoners",
        "fans",
        "newness_lovers",
    }
    ranked = {name for name, one in definitions.segments.items() if one.uses_statistics}
    assert ranked == {
        "best_buyers",
        "vip",
        "elite_vip",
        "bargain_hunters",
        "full_price_buyers",
        "dissatisfied",
    }
    for segment in definitions.segments.values():
        assert segment.about is not None
        assert segment.label.en != segment.name
