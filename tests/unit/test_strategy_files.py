"""A shop's own strategies.yaml and blueprints.yaml: overriding, parameters, and every mistake told."""

from __future__ import annotations

import contextlib
import io
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastjsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from stamgast.decide.blueprints import Asked, check, read_blueprints
from stamgast.decide.checking import Known, read_strategies
from stamgast.decide.fields import FIELDS
from stamgast.decide.models import NEED_FORMS, BlueprintsFile, StrategiesFile, StrategyForm
from stamgast.errors import InvalidDefinitions, UserError
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import load
from stamgast.language.schema import schema_of
from stamgast.retail import (
    BLUEPRINTS,
    NO_DEFINITIONS,
    QUESTIONS,
    STRATEGIES,
    shipped_file,
    shipped_files,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFINITIONS = read_definitions(shipped_files(), settings=LanguageSettings())
NAMES = read_blueprints([shipped_file(BLUEPRINTS)]).by_name
KNOWN = Known(
    stages=DEFINITIONS.lifecycle.labels,
    segments=DEFINITIONS.segments,
    blueprints=NAMES,
    parameters=DEFINITIONS.parameters,
)
STRATEGY = """\
version: 1
strategies:
  ours:
    title: {en: Ours, nl: Van ons}
    for: {segment: vip}
    goal: {en: a goal, nl: een doel}
    why: {en: a reason, nl: een reden}
    short: {en: Short, nl: Kort}
    measure: {what: {en: a, nl: b}, within: 30d}
"""


def own(text: str) -> Any:  # noqa: ANN401 - the strategy
    files = [shipped_file(STRATEGIES), SourceFile(name="definitions/strategies.yaml", text=text)]
    return read_strategies(files, KNOWN).by_name


def issues_of(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(InvalidDefinitions) as caught:
        own(text)
    return [(one.line, one.message, one.hint) for one in caught.value.issues]


def test_strategies_are_no_definitions() -> None:
    assert {STRATEGIES, BLUEPRINTS, QUESTIONS} == NO_DEFINITIONS
    assert not {file.name.removeprefix("retail/") for file in shipped_files()} & NO_DEFINITIONS


def test_one_language_will_do_for_a_shop() -> None:
    found = own(STRATEGY.replace("{en: Short, nl: Kort}", "{nl: '{Je|U} bent er'}"))["ours"]
    assert found.short["en"].render({}, "u") == "U bent er"


def test_a_parameter_of_a_shop_is_put_into_shipped_texts() -> None:
    found = own("version: 1\nparameters: {welcome_back_discount: 25%, welcome_back_days: 7d}\n")
    assert "25%" in found["sleeper"].subject["nl"].source
    assert found["sleeper"].offer.valid_us == 7 * 86_400_000_000
    assert "15%" not in found["sleeper"].offer.text["nl"].source


def test_parameters_of_the_definitions_are_known() -> None:
    known = Known(parameters={**DEFINITIONS.parameters, "lifecycle_active": "45d"})
    found = read_strategies([shipped_file(STRATEGIES)], known).by_name
    assert "45 days" in found["at_risk"].why.en
    assert "45 dagen" in found["at_risk"].why.nl


WRONG = [
    ("for: {segment: vip}", "for: {segment: vipp}", 5, "there is no segment `vipp`", "did you mean `vip`?"),
    ("for: {segment: vip}", "for: {stage: loyaal}", 5, "there is no stage `loyaal`", "did you mean `loyal`?"),
    ("for: {segment: vip}", "for: {segment: vip, stage: loyal}", 5, "`for` says for whom it is, in one way", ""),
    ("for: {segment: vip}", "for: {segment: vip, values: [x]}", 5, "`values` goes with `extension`", ""),
    ("goal:", "when: {stage: [loyal, loyaal]}\n    goal:", 6, "there is no stage `loyaal`", "did you mean `loyal`?"),
    ("for: {segment: vip}", "for: {stage: loyal}\n    when: {stage: loyal}", 6, "`for` names a stage already", ""),
    ("goal:", "gaol:", 6, "unknown key `gaol`", "did you mean `goal`?"),
    ("{en: Short, nl: Kort}", "{en: 'Hi {frist_name}', nl: Kort}", 8, "there is no merge field `frist_name`", "did you mean `first_name`?"),
    ("{en: Short, nl: Kort}", "{en: '{je|u}', nl: Kort}", 8, "English has one form of address", ""),
    ("{en: Short, nl: Kort}", "{en: '{first_name}', nl: Kort}", 8, "nothing is left of it when no field is known", ""),
    ("{en: Short, nl: Kort}", "{en: 'a [b', nl: Kort}", 8, "`[` has no closing bracket in its line", ""),
    ("{en: Short, nl: Kort}", "{en: 'Valid to {until}. Come', nl: Kort}", 3, "a text names {until}, and the offer has no end", ""),
    ("{en: Short, nl: Kort}", "{}", 8, "there is no text", ""),
    ("{en: Short, nl: Kort}", "{en: Over $nosuch, nl: Kort}", 8, "there is no parameter `nosuch`", ""),
    ("measure:", "channels: [emial]\n    measure:", 9, "`emial` is not known for `0`", "did you mean `email`?"),
    ("measure:", "sender: boss\n    measure:", 9, "there is no sender `boss`", ""),
    ("measure:", "needs: [winback]\n    measure:", 9, "there is no blueprint `winback`", "did you mean `win_back`?"),
    ("within: 30d", "within: 30", 9, "`within`: `30` is not a duration", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "message", "hint"), WRONG)
def test_mistakes(old: str, new: str, line: int, message: str, hint: str) -> None:
    assert old in STRATEGY
    found = issues_of(STRATEGY.replace(old, new))
    assert any(
        (line, message) == (where, what) and said.startswith(hint or said)
        for where, what, said in found
    ), found


def test_all_mistakes_at_once() -> None:
    text = STRATEGY.replace("goal:", "gaol:").replace("segment: vip", "segment: vip, stage: x")
    text += "strategie: {}\n"
    lines = [line for line, _, _ in issues_of(text)]
    assert len(lines) >= 3
    assert lines == sorted(lines, key=lambda line: line or 0)


def test_the_same_name_twice() -> None:
    files = [SourceFile(name=name, text=STRATEGY) for name in ("a.yaml", "b.yaml")]
    with pytest.raises(InvalidDefinitions, match="defined twice"):
        read_strategies([shipped_file(STRATEGIES), *files], KNOWN)


# --- blueprints -----------------------------------------------------------------------------------

BLUEPRINT = """\
version: 1
blueprints:
  ours:
    label: {en: Ours, nl: Van ons}
    about: {en: What it does, nl: Wat het doet}
    needs:
      - {orders: 2, at_least: 10}
      - {history: 30d}
      - {events: [Product Viewed, Product Added], optional: true}
"""


def test_a_blueprint_is_held_against_a_shop() -> None:
    files = [shipped_file(BLUEPRINTS), SourceFile(name="own.yaml", text=BLUEPRINT)]
    known = read_blueprints(files)
    assert next(iter(known.by_name)) == "ours"
    ours = known.by_name["ours"]
    orders, history, events = (need.asked for need in ours.needs)
    assert events == Asked(kind="events", names=("Product Viewed", "Product Added"))
    table = [
        ({}, False, 2, 1),
        ({orders: 9, history: 30}, False, 1, 1),
        ({orders: 10, history: 29}, False, 1, 1),
        ({orders: 10, history: 30}, True, 0, 1),
        ({orders: 10, history: 30, events: 1}, True, 0, 0),
    ]
    for held, ready, missing, better in table:
        (found,) = check([ours], held)
        assert (found.ready, len(found.missing), len(found.better_with)) == (ready, missing, better)
    assert known.label(orders, "nl") == "klanten die 2 keer of vaker kochten"
    assert known.label(history, "en") == "a history of 30 days"


def test_every_need_says_where_it_comes_from() -> None:
    known = read_blueprints([shipped_file(BLUEPRINTS)])
    for asked in known.asked:
        for language in ("en", "nl"):
            lang: Any = language
            for text in (known.label(asked, lang), known.how(asked, lang)):
                assert text
                assert not set("{}[]|$") & set(text)
        assert known.how(asked, "en") != known.how(asked, "nl")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{history: 30d}", "{histroy: 30d}", "unknown key `histroy`"),
        ("{history: 30d}", "{data: oders}", "is not known for `data`"),
        ("{history: 30d}", "{consent: fax}", "is not known for `consent`"),
        ("orders: 2", "orders: two", "`orders`"),
    ],
)
def test_mistakes_in_blueprints(old: str, new: str, message: str) -> None:
    files = [
        shipped_file(BLUEPRINTS),
        SourceFile(name="own.yaml", text=BLUEPRINT.replace(old, new)),
    ]
    with pytest.raises(InvalidDefinitions) as caught:
        read_blueprints(files)
    assert any(message in one.message for one in caught.value.issues), caught.value.issues


def test_every_strategy_names_blueprints_and_every_blueprint_is_named() -> None:
    found = read_strategies([shipped_file(STRATEGIES)], KNOWN).by_name.values()
    named = {name for one in found for name in one.needs}
    assert named <= set(NAMES)
    assert set(NAMES) - named == {"subscription_care", "store_service"}


# --- schemas --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "model", "wrong"),
    [
        (STRATEGIES, StrategiesFile, "strategies: {a: {title: {en: x}}}"),
        (STRATEGIES, StrategiesFile, "strategys: {}"),
        (BLUEPRINTS, BlueprintsFile, "blueprints: {a: {needs: []}}"),
        (BLUEPRINTS, BlueprintsFile, "blueprints: {A: {}}"),
    ],
)
def test_the_editors_schema_agrees(name: str, model: Any, wrong: str) -> None:  # noqa: ANN401
    fits = fastjsonschema.compile(schema_of(model, "test"))
    fits(data(shipped_file(name).text))
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        fits(data(wrong))


def data(text: str) -> dict[str, Any]:
    document = load(SourceFile(name="file", text=text), Issues())
    assert document is not None
    return dict(document.data)


def test_every_key_is_explained() -> None:
    for model in (StrategiesFile, BlueprintsFile):
        schema = schema_of(model, "test")
        for name, inner in schema["$defs"].items():
            assert inner.get("description"), name
            for key, described in inner.get("properties", {}).items():
                assert described.get("description"), (name, key)


def test_the_page_names_every_key_field_and_kind_of_data() -> None:
    page = (Path(__file__).parents[2] / "docs" / "advice.md").read_text(encoding="utf-8")
    keys = [*(field.alias or name for name, field in StrategyForm.model_fields.items())]
    keys += [one.name for one in FIELDS]
    keys += [key for key in NEED_FORMS if key != "data"]
    schema = schema_of(BlueprintsFile, "test")["$defs"]["HoldingNeed"]
    keys += schema["properties"]["data"]["enum"]
    assert [key for key in keys if f"`{key}" not in page] == []


def test_the_example_of_the_page_can_be_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "advice.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    found = own(example)["regulars_nearby"]
    assert "20%" in own(example)["sleeper"].subject["nl"].source
    said = found.body["nl"].render({"since_year": "2019", "until": "3 mei"}, "u")
    assert (
        said == "U komt hier al sinds 2019. Tot en met 3 mei zijn we op donderdagavond voor u open."
    )


# --- whatever is written ----------------------------------------------------------------------------

JUNK: list[Any] = [
    None, 5, -1, 1.5, True, "", [], {}, "x", "$lost_after", "{a", "[b", "{je|u}", [None],
    {"a": None}, {"en": None}, {"en": 5}, [["a"]], "30d", "é\u2028", "[" * 50, "[{x}|]" * 10,
]  # fmt: skip


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_whatever_is_written_is_read_or_refused(data_: st.DataObject) -> None:
    read = data(STRATEGY if data_.draw(st.booleans()) else BLUEPRINT)
    places = list(paths(read))
    for _ in range(data_.draw(st.integers(1, 2))):
        *above, last = data_.draw(st.sampled_from(places))
        inner: Any = read
        for step in above:
            inner = inner[step] if isinstance(inner, list) or step in inner else {}
        if isinstance(inner, list) or (isinstance(inner, dict) and last in inner):
            inner[last] = deepcopy(data_.draw(st.sampled_from(JUNK)))  # the next one may change it
            places = list(paths(read))
    out = io.StringIO()
    YAML().dump(read, out)
    file = SourceFile(name="own.yaml", text=out.getvalue())
    with contextlib.suppress(UserError):
        read_strategies([file], KNOWN)
    with contextlib.suppress(UserError):
        read_blueprints([file])


def paths(value: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a file but its top."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for step, below in inner:
        yield (*above, step)
        yield from paths(below, (*above, step))
