"""Every shipped strategy says something good to everybody, in both languages and forms of address."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from stamgast.clock import to_micros
from stamgast.decide.blueprints import read_blueprints
from stamgast.decide.checking import Known, read_strategies
from stamgast.decide.fields import BY_NAME, FIELDS, PROBLEMS, Given, Problem, Record, field_values
from stamgast.decide.messages import for_colleagues, message_for
from stamgast.decide.models import COST
from stamgast.decide.naming import name_of
from stamgast.decide.template import WrongTemplate, parse
from stamgast.language.ast import Text
from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import load
from stamgast.retail import BLUEPRINTS, STRATEGIES, shipped_file, shipped_files

if TYPE_CHECKING:
    from stamgast.decide.messages import Message
    from stamgast.decide.strategies import Both, Strategies, Strategy
    from stamgast.decide.template import Address
    from stamgast.language.ast import Definitions
    from stamgast.language.wording import Language

DEFINITIONS: Definitions = read_definitions(shipped_files(), settings=LanguageSettings())
BLUEPRINT_NAMES = read_blueprints([shipped_file(BLUEPRINTS)]).by_name
SHIPPED: Strategies = read_strategies(
    [shipped_file(STRATEGIES)],
    Known(
        stages=DEFINITIONS.lifecycle.labels,
        segments=DEFINITIONS.segments,
        blueprints=BLUEPRINT_NAMES,
        parameters=DEFINITIONS.parameters,
    ),
)
AS_OF = to_micros(datetime(2026, 6, 1, 10, tzinfo=UTC))
NOBODY = Record(as_of=AS_OF)
THIJS = Record(
    shop="Klaver & Zoon",
    as_of=AS_OF,
    name=name_of({"first_name": "Thijs", "last_name": "van der Berg", "gender": "m"}),
    birthday=date(2003, 5, 14),
    stage=Text(en="Loyal", nl="Trouw"),
    customer_since=date(2024, 2, 1),
    orders=6,
    last_order=date(2026, 5, 3),
    last_items=("linnen theedoek", "garde"),
    favourite_category="servies",
    favourite_brands=("Bunzlau",),
    cart_items=("blauwe kom", "kan", "bord"),
    viewed_item="groene mok",
    viewed_category="servies",
    looked_for=("vaas", 2),
    months=(5, 10),
    season=Text(en="Mother's Day", nl="Moederdag"),
    season_starts=date(2027, 4, 25),
    price_attitude="full_price",
    problems=(Problem(kind="late", since=AS_OF - 5),),
    extensions={"loyalty_status": Text(en="Gold", nl="Goud")},
    tier=Text(en="Gold", nl="Goud"),
)
VOICES: list[tuple[Language, Address]] = [("nl", "je"), ("nl", "u"), ("en", "je")]
# the ready-made segments of the retail model, whether or not their rule ships already
READY_MADE = [
    "best_buyers",
    "vip",
    "elite_vip",
    "returned_customers",
    "first_time_seasonal",
    "seasonal_due",
    "coupon_shoppers",
    "frequent_browsers",
    "dissatisfied",
    "risk_customers",
    "sale_shoppers",
    "high_returners",
    "lost_customers",
    "lost_with_consent",
    "lost_without_consent",
    "one_time_buyers",
    "cart_abandoners",
    "browse_abandoners",
    "lapsed_with_consent",
    "bargain_hunters",
    "full_price_buyers",
    "fans",
    "newness_lovers",
    "fixed_rhythm",
    "due_now",
]
EVERY = pytest.mark.parametrize("strategy", SHIPPED.by_name.values(), ids=lambda one: one.name)


def test_every_stage_and_every_ready_made_segment_has_a_strategy() -> None:
    for_ = [one.for_ for one in SHIPPED.by_name.values()]
    stages = {one.stage for one in for_ if one.stage}
    assert stages == set(DEFINITIONS.lifecycle.labels)
    assert {one.anonymous for one in for_ if one.stage == "prospect"} == {True, False}
    assert {one.segment for one in for_ if one.segment} == set(READY_MADE)
    assert {one.extension for one in for_ if one.extension} == {"do_not_contact", "vulnerable"}
    assert sum(one.problem for one in for_) == 1


def test_every_shipped_segment_has_a_strategy() -> None:
    without = {name for name in DEFINITIONS.segments if name not in SHIPPED.by_name}
    assert without == set()


def test_every_text_is_written_in_both_languages() -> None:
    document = load(shipped_file(STRATEGIES), Issues())
    assert document is not None
    seen = list(texts(document.data["strategies"])) + list(texts(document.data["senders"]))
    assert len(seen) > 300
    for place, text in seen:
        assert set(text) == {"en", "nl"}, place
        assert text["en"] != text["nl"], place


def texts(value: object, place: str = "") -> list[tuple[str, dict[str, str]]]:
    """Every text of a file with its place."""
    if isinstance(value, dict):
        if value.keys() & {"en", "nl"}:
            return [(place, value)]
        return [one for key, inner in value.items() for one in texts(inner, f"{place}.{key}")]
    if isinstance(value, list):
        return [one for n, inner in enumerate(value) for one in texts(inner, f"{place}.{n}")]
    return []


@EVERY
def test_what_a_colleague_reads(strategy: Strategy) -> None:
    assert strategy.channels or strategy.level == "do_not_contact"
    assert all(cost == COST[channel] for channel, cost in strategy.channels)
    assert strategy.needs
    assert strategy.measure_within_us > 0
    plain = [strategy.title, strategy.goal, strategy.why, strategy.measure]
    said = [getattr(one, lang) for one in plain for lang in ("en", "nl")]
    for both in (
        strategy.offer and strategy.offer.text,
        strategy.escalate and strategy.escalate.task,
    ):
        if both:
            said += [for_colleagues(both, lang, "EUR") for lang in ("en", "nl")]
    for text in said:
        assert_whole(text)


@EVERY
@pytest.mark.parametrize("record", [NOBODY, THIJS], ids=["nobody", "thijs"])
def test_no_holes(strategy: Strategy, record: Record) -> None:
    for language, address in VOICES:
        message = message_for(strategy, record, language, address)
        for text in said_of(message):
            assert_whole(text)
            if language == "nl":
                assert_one_address(text, address)
        if message.body:
            assert message.subject
            assert len(message.body.split("\n\n")) >= 3, "a greeting, a text, a closing"


@EVERY
def test_without_any_one_field_nothing_breaks(strategy: Strategy) -> None:
    for name in (
        one.name for one in fields(Record) if one.name not in {"zone", "currency", "as_of"}
    ):
        record = replace(THIJS, **{name: getattr(NOBODY, name)})
        for text in said_of(message_for(strategy, record, "nl", "je")):
            assert_whole(text)


def said_of(message: Message) -> list[str]:
    return [one for one in (message.subject, message.body, message.short, message.script) if one]


def assert_whole(text: str) -> None:
    assert text == text.strip()
    assert not re.search(r"[{}\[\]|$]|  | [,.;:?!](?:\s|$)|,,|\.\.|^[,.;:]|, *\.|\n\n\n", text), (
        text
    )
    assert not re.search(r"\b(None|null)\b", text), text
    assert "!" not in text, "no shouting"
    assert text[0] == text[0].upper(), text


def assert_one_address(text: str, address: Address) -> None:
    forms = {"je": r"\b(u|uw|U|Uw)\b", "u": r"\b(je|jij|jou|jouw|Je|Jij|Jouw)\b"}
    assert not re.search(forms[address], text), text


def test_no_two_strategies_say_the_same() -> None:
    for language in ("en", "nl"):
        seen: dict[str, str] = {}
        for strategy in SHIPPED.by_name.values():
            for both in (strategy.subject, strategy.body, strategy.short, strategy.script):
                text = "" if both is None else template_of(both, language)
                for line in text.split("\n"):
                    if len(line) > 40:
                        assert line not in seen, (line, seen[line], strategy.name)
                        seen[line] = strategy.name


def template_of(both: Both, language: str) -> str:
    return both["nl" if language == "nl" else "en"].source


def test_every_field_is_used_or_offered_and_has_words() -> None:
    for one in FIELDS:
        assert one.en
        assert one.nl
    known = field_values(THIJS, Given(until=date(2026, 6, 15), code="TERUG"), "nl", "je")
    assert set(known) == set(BY_NAME)
    assert known["until"] == "15 juni"
    assert known["season_day"] == "25 april 2027"
    assert known["usual_months"] == "mei en oktober"
    assert known["cart_others"] == "2 andere producten"
    assert known["problem"] == "de late levering"
    assert field_values(NOBODY, Given(), "nl", "je").keys() == {"currency"}


def test_every_kind_of_problem_can_be_spoken_of() -> None:
    strategy = SHIPPED.by_name["open_problem"]
    for kind, (en, je, u) in PROBLEMS.items():
        record = replace(THIJS, problems=(Problem(kind=kind, since=AS_OF - 9),))
        for (language, address), words in zip(VOICES, (je, u, en), strict=True):
            assert words in message_for(strategy, record, language, address).body


def test_a_message_for_somebody() -> None:
    at_risk = SHIPPED.by_name["at_risk"]
    message = message_for(at_risk, THIJS, "nl", "u", code="TERUG15")
    assert message.subject == "We missen u bij Klaver & Zoon, en ik wil graag weten waarom"
    assert message.body.startswith(
        "Beste heer Van der Berg,\n\nU kocht 6 keer bij ons, en de laatste keer was op 3 mei."
    )
    assert "tot en met 15 juni gaat er 15%" in message.body
    assert "met de code TERUG15, bijvoorbeeld voor servies." in message.body
    assert message.body.endswith("Met hartelijke groet,\nde oprichter van Klaver & Zoon")
    assert message.missing == ()
    assert "<p>Beste heer Van der Berg,</p>" in message.html
    assert "Klaver &amp; Zoon</p>" in message.html


def test_html_escapes_what_a_customer_wrote() -> None:
    record = replace(THIJS, last_items=('<script>alert("x")</script>',))
    message = message_for(SHIPPED.by_name["one_time_buyers"], record, "nl", "je")
    assert "<script>" in message.body
    assert "<script>" not in message.html
    assert "&lt;script&gt;" in message.html


def test_a_value_is_never_read_as_a_template() -> None:
    record = replace(THIJS, last_items=("[{shop}|{je|u}] $lost_after",))
    message = message_for(SHIPPED.by_name["one_time_buyers"], record, "nl", "je")
    assert "[{shop}|{je|u}] $lost_after" in message.body


# --- the format itself ----------------------------------------------------------------------------

RENDERED = [
    ("Hoi {first_name}. Tot ziens.", {}, "Tot ziens."),
    ("Hoi {first_name}. Tot ziens.", {"first_name": "Jo"}, "Hoi Jo. Tot ziens."),
    ("Hoi[ {first_name}], welkom.", {}, "Hoi, welkom."),
    ("[{a} en {b}|{a}|niets] hier.", {"a": "x"}, "X hier."),
    ("[{a} en {b}|{a}|niets] hier.", {}, "Niets hier."),
    ("[In {a}, ]komen wij.", {}, "Komen wij."),
    ("[{a}[ met {b}]|zonder] klaar.", {"a": "x"}, "X klaar."),
    ("{a}: nieuw", {"a": "iPhone"}, "iPhone: nieuw"),
    ("Om 10.30 u. bij ons. {a} komt.", {}, "Om 10.30 u. bij ons."),
    ("Eén.\n\n{a} twee.\n\nDrie.", {}, "Eén.\n\nDrie."),
    ("{je|u} bent er", {}, "Je bent er"),
    ("Waarom? {a}! Dan zo.", {}, "Waarom? Dan zo."),
]


@pytest.mark.parametrize(("text", "values", "expected"), RENDERED)
def test_rendered(text: str, values: dict[str, str], expected: str) -> None:
    assert parse(text).render(values) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{first name}",
        "{}",
        "{a",
        "a}",
        "[a",
        "a]",
        "a|b",
        "{a|b|c}",
        "{|}",
        "[{a|b]",
        "{a.b}",
        "{a()}",
        "{{a}}",
    ],
)
def test_not_a_text(text: str) -> None:
    with pytest.raises(WrongTemplate):
        parse(text)
