"""Extensions and consents worked out by hand: what stands at an instant, and until when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from engines import ENGINES, Engine, ask
from making import DAY, at, event, order, refund
from shops import Shop
from tables import connect

from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.model.log import ConsentStatement, ExtensionStatement
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from stamgast.language.answer import Answer

T = at("2026-06-01T12:00:00Z")
TEXT = """
extensions:
  staff: {}
  tier: {type: text}
  leave_alone: {wins_on_merge: true}
  fan: {rule: {did: Visited, at_least: 1, within: 10d}}
segments:
  is_staff: {where: {extension: staff}}
  is_gold: {where: {extension: tier, is: GOLD}}
  is_silver: {where: {extension: tier, is: SILVER}}
  not_gold: {where: {extension: tier, is_not: GOLD}}
  is_left_alone: {where: {extension: leave_alone}}
  is_fan: {where: {extension: fan}}
  labelled: {where: {extension: high_returner}}
  agreed: {where: {consent: email_marketing}}
"""
DEFINITIONS = read_definitions(
    [*shipped_files(), SourceFile(name="labels.yaml", text=TEXT)], settings=LanguageSettings()
)
DATABASE = connect(DEFINITIONS.event_properties)
HAND, OTHER, API, IMPORT = "hand:ann", "hand:bob", "api:till", "import:7"


def said(days: float, action: Any, origin: str = HAND, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A saying so many days after T (before it: negative); ``ends`` likewise in days."""
    ends = more.pop("ends", None)
    until = None if ends is None else T + int(ends * DAY)
    when = T + int(days * DAY)
    return {"at": when, "action": action, "origin": origin, "until": until, **more}


def agreed(days: float | None, state: Any, address: str | None = "a@x") -> ConsentStatement:  # noqa: ANN401
    when = None if days is None else T + int(days * DAY)
    return ConsentStatement(
        purpose="marketing",
        channel="email",
        address=address,
        state=state,
        at=when,
        received_at=when or 0,
        seq=0,
    )


def answer(engine: Engine, segment: str, shop: Shop) -> Answer:
    found = ask(engine, DEFINITIONS, shop, T, [segment], database=DATABASE)
    return found[1, segment]


GIVE_NOW = said(-3, "give")
TIER: dict[str, Any] = {"name": "tier"}
ALONE: dict[str, Any] = {"name": "leave_alone"}
CASES: dict[str, tuple[str, list[dict[str, Any]], bool, float | None]] = {
    "given": ("is_staff", [GIVE_NOW], True, None),
    "given for a while": ("is_staff", [said(-3, "give", ends=2)], True, 2),
    "given until this instant": ("is_staff", [said(-3, "give", ends=0)], False, None),
    "taken by whom it was given": ("is_staff", [GIVE_NOW, said(-2, "take")], False, None),
    "taken by another": ("is_staff", [GIVE_NOW, said(-2, "take", OTHER)], True, None),
    "each origin its own": (
        "is_staff",
        [GIVE_NOW, said(-2, "give", IMPORT), said(-1, "take")],
        True,
        None,
    ),
    "no stands against an import that comes later": (
        "is_staff",
        [said(-3, "no"), said(-2, "give", IMPORT)],
        False,
        None,
    ),
    "no until it ends": (
        "is_staff",
        [said(-3, "no", ends=1), said(-2, "give", IMPORT)],
        False,
        1,
    ),
    "lifted by another hand": (
        "is_staff",
        [said(-3, "no"), said(-2, "give", IMPORT), said(-1, "lift", OTHER)],
        True,
        None,
    ),
    "given by a hand after the no": (
        "is_staff",
        [said(-3, "no"), said(-2, "give", OTHER)],
        True,
        None,
    ),
    "the later in the log of one instant": (
        "is_staff",
        [said(-3, "give"), said(-3, "no")],
        False,
        None,
    ),
    "given from tomorrow, said today": (
        "is_staff",
        [said(1, "give", received_at=T - DAY)],
        False,
        1,
    ),
    "said tomorrow": ("is_staff", [said(1, "give")], False, None),
    "a hand's value before an import's": (
        "is_gold",
        [said(-3, "give", value="GOLD", **TIER), said(-1, "give", IMPORT, value="SILVER", **TIER)],
        True,
        None,
    ),
    "when the hand's ends the import's": (
        "is_silver",
        [
            said(-3, "give", value="GOLD", ends=-2, **TIER),
            said(-5, "give", IMPORT, value="SILVER", **TIER),
        ],
        True,
        None,
    ),
    "of two imports the latest": (
        "is_silver",
        [
            said(-1, "give", IMPORT, value="SILVER", **TIER),
            said(-3, "give", "import:9", value="GOLD", **TIER),
        ],
        True,
        None,
    ),
    "nothing is not gold": ("not_gold", [], True, None),
    "a no for its holder only": (
        "is_left_alone",
        [said(-3, "give", holder=1, **ALONE), said(-1, "no", holder=2, **ALONE)],
        True,
        None,
    ),
    "a no for that holder": (
        "is_left_alone",
        [said(-3, "give", holder=1, **ALONE), said(-1, "no", holder=1, **ALONE)],
        False,
        None,
    ),
    "by rule": ("is_fan", [], True, 8),
    "a no against the rule": ("is_fan", [said(-1, "no", name="fan", ends=3)], False, 3),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_stands(
    case: tuple[str, list[dict[str, Any]], bool, float | None], engine: Engine
) -> None:
    segment, sayings, holds, days = case
    rows = [
        ExtensionStatement(
            **{"name": "staff", "holder": 1, "received_at": one["at"], "seq": i, **one}
        )
        for i, one in enumerate(sayings)
    ]
    visit = event("v", T - 2 * DAY, name="Visited")
    shop = Shop(
        profiles=1,
        orders=(),
        refunds=(),
        events=((1, visit),),
        attributes=(),
        extensions=tuple((1, row) for row in rows),
    )
    found = answer(engine, segment, shop)
    assert (found.exists, found.value) == (True, holds)
    expected = None if days is None else T + int(days * DAY)
    if segment == "is_fan" and holds:
        expected = T + 8 * DAY + 1
    assert found.valid_until == expected
    alone = replace(shop, events=())
    assert not answer(engine, segment, alone).exists


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ("2026-04-30T23:59:59.999999Z", False),
        ("2026-05-01", True),
        ("2026-05-09T23:59:59.999999Z", True),
        ("2026-05-10", False),
        ("2026-06-01", False),
    ],
)
def test_daan_of_row_31_the_rule_gives_it_and_a_hand_takes_it(
    asked: str, engine: Engine, *, label: bool
) -> None:
    """Half of what he bought went back on 1 May: the rule holds from then on, also after the hand's no."""
    bought = [at(day) for day in ("2026-04-01", "2026-04-10", "2026-04-20", "2026-04-25")]
    back = [(f"r{n}", at("2026-05-01"), f"o{n}") for n in (1, 2)]
    no = at("2026-05-10")
    daan = Shop(
        profiles=1,
        orders=tuple(order(f"o{n}", when, seq=n) for n, when in enumerate(bought)),
        refunds=tuple(refund(key, when, 1000, order_key=of) for key, when, of in back),
        events=(),
        attributes=(),
        extensions=(
            (
                1,
                ExtensionStatement(
                    name="high_returner",
                    holder=1,
                    origin=HAND,
                    action="no",
                    at=no,
                    received_at=no,
                    seq=1,
                ),
            ),
        ),
    )
    names = ["high_returners", "labelled"]
    found = ask(engine, DEFINITIONS, daan, at(asked), names, database=DATABASE)
    assert found[1, "high_returners"].value == (at(asked) >= at("2026-05-01"))
    assert found[1, "labelled"].value == label


CONSENTS: dict[str, tuple[list[ConsentStatement], bool | None]] = {
    "granted": ([agreed(-1, "granted")], True),
    "soft opt-in": ([agreed(-1, "soft_opt_in")], True),
    "withdrawn later": ([agreed(-2, "granted"), agreed(-1, "withdrawn")], False),
    "withdrawn of one address": (
        [agreed(-2, "granted"), agreed(-1, "withdrawn", "b@x")],
        True,
    ),
    "the undated comes first": ([agreed(None, "withdrawn"), agreed(-1, "granted")], True),
    "of one instant the later in the log": (
        [agreed(-1, "granted"), agreed(-1, "withdrawn")],
        False,
    ),
    "an undated consent makes nobody exist": ([agreed(None, "granted")], None),
    "without address": ([agreed(-1, "granted", None), agreed(-1, "withdrawn")], True),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CONSENTS.values(), ids=CONSENTS)
def test_what_is_agreed_to(
    case: tuple[list[ConsentStatement], bool | None], engine: Engine
) -> None:
    given, holds = case
    shop = Shop(
        profiles=1,
        orders=(),
        refunds=(),
        events=(),
        attributes=(),
        consents=tuple((1, replace(one, seq=i)) for i, one in enumerate(given)),
    )
    found = answer(engine, "agreed", shop)
    assert (found.exists, found.value) == (holds is not None, holds)


def test_shipped_extensions_say_everything_in_both_languages() -> None:
    assert list(DEFINITIONS.extensions)[:7] == [
        "employee",
        "no_reward",
        "influencer",
        "high_returner",
        "loyalty_status",
        "vulnerable",
        "do_not_contact",
    ]
    for one in list(DEFINITIONS.extensions.values())[:7]:
        assert one.about is not None
        assert one.guidance is not None
        said_of_values = [value.guidance for value in one.values.values()]
        for text in (one.label, one.about, one.guidance, *said_of_values):
            assert text is not None
            assert text.en
            assert text.nl
    assert list(DEFINITIONS.extensions["loyalty_status"].values) == [
        "BRONZE",
        "SILVER",
        "GOLD",
        "PLATINUM",
    ]
    assert DEFINITIONS.extensions["do_not_contact"].wins_on_merge
    assert set(DEFINITIONS.consents) == {"marketing", "service", "profiling"}
