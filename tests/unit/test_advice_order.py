"""Which advice goes first: a table of facts and the strategies that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stamgast.decide.advice import Extension, Facts, advise
from stamgast.decide.checking import Known, read_strategies
from stamgast.decide.fields import Record
from stamgast.decide.messages import message_for
from stamgast.language.reader import SourceFile
from stamgast.retail import STRATEGIES, shipped_file

if TYPE_CHECKING:
    from stamgast.decide.strategies import Strategies


@pytest.fixture(scope="module")
def shipped() -> Strategies:
    return read_strategies([shipped_file(STRATEGIES)], Known(parameters=PARAMETERS))


PARAMETERS = {
    "lifecycle_new": "30d",
    "lifecycle_promising": "60d",
    "lifecycle_active": "90d",
    "lifecycle_lost": "365d",
    "lost_after": "365d",
    "loyal_from": 4,
    "elite_vip_share": "1%",
    "high_returner_share": "40%",
}
DNC, VULNERABLE = {"do_not_contact": Extension()}, {"vulnerable": Extension(priority=90)}


def facts(stage: str | None = None, *segments: str, **more: object) -> Facts:
    return Facts(stage=stage, segments=frozenset(segments), **more)  # type: ignore[arg-type]


# facts, strategies in order, what the first won by
ORDER: list[tuple[Facts, list[str], str]] = [
    (facts(), [], "only"),
    (facts("loyal"), ["loyal"], "only"),
    (facts("prospect"), ["prospect_known"], "only"),
    (facts("prospect", anonymous=True), ["prospect_anonymous"], "only"),
    (facts("loyal", "vip"), ["vip", "loyal"], "level"),
    (facts("at_risk", "best_buyers", "vip", "elite_vip"), ["best_buyers_away", "at_risk"], "level"),
    (facts("loyal", "best_buyers", "vip", "elite_vip"), ["elite_vip", "vip", "best_buyers", "loyal"], "order"),
    (facts("sleeper", "vip", "elite_vip"), ["sleeper"], "only"),
    (facts("red_alert", "best_buyers", "high_returners"), ["best_buyers_away", "high_returners", "red_alert"], "order"),
    (facts("loyal", "vip", "cart_abandoners"), ["cart_abandoners", "vip", "loyal"], "level"),
    (facts("loyal", "seasonal_due", "cart_abandoners"), ["cart_abandoners", "seasonal_due", "loyal"], "level"),
    (facts("sleeper", "due_now", "cart_abandoners"), ["due_now", "cart_abandoners", "sleeper"], "level"),
    (facts("at_risk", "due_now"), ["due_now", "at_risk"], "level"),
    (facts("new_buyer", "due_now", open_problems=1), ["open_problem", "due_now", "new_buyer"], "level"),
    (facts("drifting", "risk_customers", open_problems=2), ["risk_customers", "open_problem", "drifting"], "order"),
    (facts("drifting", "dissatisfied", "risk_customers"), ["dissatisfied", "risk_customers", "drifting"], "order"),
    (facts("drifting", "risk_customers", "due_now"), ["risk_customers", "due_now", "drifting"], "level"),
    (facts("drifting", "risk_customers", "due_now", troubled=False), ["due_now", "risk_customers", "drifting"], "level"),
    (facts("loyal", extensions=VULNERABLE, open_problems=1), ["vulnerable", "open_problem", "loyal"], "level"),
    (facts("loyal", extensions={**DNC, **VULNERABLE}), ["do_not_contact", "vulnerable", "loyal"], "level"),
    (facts("loyal", extensions={"employee": Extension()}), ["loyal"], "only"),
    (facts("sleeper", "not_a_segment"), ["sleeper"], "only"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected", "won_by"), ORDER)
def test_shipped_order(shipped: Strategies, given: Facts, expected: list[str], won_by: str) -> None:
    found = advise(shipped, given)
    assert [one.strategy.name for one in found.chosen] == expected
    assert found.won_by == won_by
    assert (found.top is None) == (not expected)


OWN = """
strategies:
  {name}:
    title: {{en: Own, nl: Eigen}}
    for: {for_}
    goal: {{en: a, nl: a}}
    why: {{en: a, nl: a}}
    short: {{en: a, nl: a}}
    measure: {{what: {{en: a, nl: a}}, within: 30d}}
"""


def with_own(*own: tuple[str, str]) -> Strategies:
    body = "version: 1\nstrategies:\n" + "".join(
        OWN.format(name=name, for_=for_).partition("strategies:\n")[2] for name, for_ in own
    )
    files = [shipped_file(STRATEGIES), SourceFile(name="own.yaml", text=body)]
    return read_strategies(files, Known(parameters=PARAMETERS))


def test_inside_a_level_the_priority_of_an_extension_goes_first() -> None:
    known = with_own(("press", "{extension: influencer}"), ("staff", "{extension: employee}"))
    carried = {"influencer": Extension(priority=5), "employee": Extension(priority=7)}
    found = advise(known, facts("loyal", "vip", extensions=carried))
    assert [one.strategy.name for one in found.chosen] == ["staff", "press", "vip", "loyal"]
    assert found.won_by == "priority"
    none = {"influencer": Extension(), "employee": Extension(priority=-1)}
    found = advise(known, facts("loyal", "vip", extensions=none))
    assert [one.strategy.name for one in found.chosen] == ["press", "vip", "staff", "loyal"]
    assert found.won_by == "order"


def test_an_extension_may_be_asked_with_its_values() -> None:
    known = with_own(("gold", "{extension: loyalty_status, values: [GOLD, PLATINUM]}"))
    for value, applies in (("GOLD", True), ("SILVER", False), ("", False)):
        found = advise(known, facts("loyal", extensions={"loyalty_status": Extension(value=value)}))
        assert ("gold" in [one.strategy.name for one in found.chosen]) == applies


@pytest.mark.parametrize("stage", ["drifting", "sleeper", "at_risk", "red_alert"])
def test_nobody_who_stays_away_is_thanked_on_top(shipped: Strategies, stage: str) -> None:
    best = ("best_buyers", "vip", "elite_vip", "high_returners", "one_time_buyers")
    found = advise(shipped, facts(stage, *best))
    assert found.chosen[0].strategy.name == "best_buyers_away"
    assert not {"best_buyers", "vip", "elite_vip"} & {one.strategy.name for one in found.chosen}


def test_what_a_shop_is_to_put_in_is_marked(shipped: Strategies) -> None:
    record = Record(as_of=0)
    for name, one in shipped.by_name.items():
        en = message_for(one, record, "en", "je").body.count("<<Fill in: ")
        nl = message_for(one, record, "nl", "je").body.count("<<Vul in: ")
        assert (en, nl) == ((1, 1) if one.add else (0, 0)), name


def test_a_shops_new_strategy_goes_before_the_shipped_ones_of_its_level() -> None:
    known = with_own(("ours", "{segment: vip}"))
    assert [one.strategy.name for one in advise(known, facts("loyal", "vip")).chosen] == [
        "ours",
        "vip",
        "loyal",
    ]
    overridden = with_own(("vip", "{segment: vip}"))
    found = advise(overridden, facts("loyal", "elite_vip", "vip", "best_buyers")).chosen
    assert [one.strategy.name for one in found] == ["elite_vip", "vip", "best_buyers", "loyal"]
    assert found[1].strategy.title.en == "Own"
    assert [one.strategy.own for one in found] == [False, True, False, False]
