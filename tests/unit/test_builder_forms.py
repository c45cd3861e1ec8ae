"""Segments in the builder's form: every definition comes back as it was, and what buttons do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stamgast.app.builder import tree
from stamgast.app.builder.plain import node_at, same, tree_of, written
from stamgast.app.builder.values import list_read, list_shown, read, shown
from stamgast.app.builder.vocabulary import OPERATORS, Vocabulary
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.reader.condition_models import CONDITION_MODELS, Comparisons
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import load
from stamgast.language.types import Type
from stamgast.retail import shipped_files
from stamgast.web.views.building import Building, slug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.report.words import Language

KNOWN = read_definitions(shipped_files(), settings=LanguageSettings())
CASES = Path(__file__).parents[1] / "cases" / "definitions_good.yaml"
LANGUAGES: tuple[Language, ...] = ("en", "nl")


def vocabulary(language: Language = "en") -> Vocabulary:
    return Vocabulary(definitions=KNOWN, language=language)


def shipped() -> Iterator[tuple[str, Any]]:
    for file in shipped_files():
        document = load(file, Issues())
        assert document is not None
        for name, entry in (document.data.get("segments") or {}).items():
            yield name, entry["where"]


SHIPPED = dict(shipped())
GOOD = load(SourceFile(name="cases", text=CASES.read_text(encoding="utf-8")), Issues())


def through_the_form(where: object, language: Language) -> Building:
    """As a browser sends it back: all fields of all rows, and no button pressed."""
    words = vocabulary(language)
    form = tree.to_form(tree_of(where, words))
    return Building.of_form(form, words)


def test_the_form_has_a_row_for_everything_of_the_language() -> None:
    assert {*tree.LEAVES, "all", "any", "not"} - {"text"} == set(CONDITION_MODELS)
    keys = {field.alias or name for name, field in Comparisons.model_fields.items()}
    assert {*OPERATORS, "ignore_case"} - {"missing"} == keys


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_segment_comes_back_as_it_was(name: str, language: Language) -> None:
    made = through_the_form(SHIPPED[name], language)
    found = made.written()
    assert same(found.where, SHIPPED[name])
    assert found.unfinished == {}
    kinds = {node.kind for node in made.top.walk()}
    assert "text" not in kinds, "each has fields of its own"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_of_the_cases_comes_back_as_it_was(language: Language) -> None:
    assert GOOD is not None
    many = 0
    for where in [case["where"] for case in GOOD.data["conditions"] if "where" in case]:
        found = through_the_form(where, language).written()
        assert same(found.where, where), where
        many += 1
    assert many > 60


@pytest.mark.parametrize(
    ("text", "type_", "language", "value"),
    [
        ("1.250", Type.MONEY, "nl", 1250),
        ("1,250", Type.MONEY, "en", 1250),
        ("19,95", Type.MONEY, "nl", Decimal("19.95")),
        ("19.95", Type.MONEY, "en", Decimal("19.95")),
        ("12,5%", Type.NUMBER, "nl", "12.5%"),
        ("007", Type.TEXT, "en", "007"),
        ("007", Type.INTEGER, "en", "007"),
        ("true", Type.BOOLEAN, "nl", True),
        ("$vip_share", Type.NUMBER, "nl", "$vip_share"),
        ("many", Type.INTEGER, "en", "many"),
    ],
)
def test_values_are_read_in_the_language(
    text: str, type_: Type, language: Language, value: object
) -> None:
    assert same(read(text, type_, language), value)


def test_lists_keep_commas_and_decimals() -> None:
    names = ["Boeken, strips", "cd's", "Spellen"]
    assert list_read(list_shown(names, Type.TEXT, "nl"), Type.TEXT, "nl") == names
    prices = [Decimal("1.5"), 20]
    assert list_shown(prices, Type.MONEY, "nl") == "1,5; 20"
    assert list_read("1,5; 20", Type.MONEY, "nl") == prices
    assert shown(Decimal("1.50"), Type.MONEY, "en") == "1.50"


def test_rows_that_are_not_finished_are_told_and_left_out() -> None:
    form = tree.to_form(tree_of([{"stage": "loyal"}], vocabulary()))
    made = Building.of_form({**form, "do": "add:root:trait"}, vocabulary())
    found = made.written()
    assert found.where == [{"stage": "loyal"}]
    assert found.unfinished == {made.opened: "name"}


def test_buttons_add_move_wrap_and_remove() -> None:
    words = vocabulary()
    made = Building(top=tree_of([{"stage": "loyal"}, {"segment": "vip"}], words), vocabulary=words)
    first, second = made.top.items
    made.act(f"wrap:{second.id}")
    assert made.written().where == [{"stage": "loyal"}, {"any": [{"segment": "vip"}]}]
    group = made.top.items[1]
    made.act(f"add:{group.id}:did")
    assert made.written().where[1] == {
        "any": [{"segment": "vip"}, {"did": "order", "within": "90d"}]
    }
    made.act(f"up:{second.id}")
    assert made.written().where[1] == {"segment": "vip"}
    made.act(f"drop:{first.id}")
    made.act(f"unwrap:{group.id}")
    assert made.written().where == [{"segment": "vip"}, {"did": "order", "within": "90d"}]
    made.top.items[0].fields["not"] = "1"
    made.act("drop:root")
    made.act("up:nothing")
    made.act("add:nothing:did")
    assert made.written().where == [
        {"not": {"segment": "vip"}},
        {"did": "order", "within": "90d"},
    ]


def test_none_of_several_and_a_row_by_itself() -> None:
    words = vocabulary()
    none = {"not": {"any": [{"stage": "loyal"}, {"segment": "vip"}]}}
    made = Building(top=tree_of(none, words), vocabulary=words)
    assert same(made.written().where, none)
    made.act(f"drop:{made.top.items[0].items[1].id}")
    assert made.written().where == {"not": {"stage": "loyal"}}
    made.act("add:root:always")
    assert made.written().where == {"all": [{"not": {"stage": "loyal"}}, {"always": True}]}


def test_another_trait_gets_a_comparison_that_fits() -> None:
    words = vocabulary()
    form = tree.to_form(tree_of({"trait": "orders", "gte": 3}, words))
    (row,) = [key for key, text in form.items() if text == "orders"]
    made = Building.of_form({**form, row: "first_coupon_used"}, words)
    assert made.written().where == {"trait": "first_coupon_used", "is": True}


def test_where_an_issue_belongs() -> None:
    words = vocabulary()
    where = [{"stage": "loyal"}, {"not": {"any": [{"segment": "vip"}, {"consent": "x_y"}]}}]
    made = tree_of(where, words)
    found = written(made, words)
    assert node_at(found, (0, "stage")) == made.items[0].id
    assert node_at(found, (1, "not", "any", 1, "consent")) == made.items[1].items[1].id
    assert node_at(found, ("elsewhere",)) == ""


def test_a_form_from_elsewhere_cannot_do_harm() -> None:
    words = vocabulary()
    loops = {"root.kind": "all", "root.items": "a a root", "a.kind": "any", "a.items": "root a"}
    assert Building.of_form(loops, words).written().where is None
    deep = {"root.kind": "none", "root.items": "n1"}
    for n in range(1, 300):
        deep |= {f"n{n}.kind": "none", f"n{n}.items": f"n{n + 1}"}
    assert Building.of_form(deep, words).written().where is None
    odd = {"root.kind": "all", "root.items": "a", "a.kind": "nothing"}
    assert Building.of_form(odd, words).top.items == []


def test_texts_that_were_not_touched_stay() -> None:
    before = {
        "label": "Same in both",
        "about": {"nl": "Alleen Nederlands"},
        "where": {"stage": "loyal"},
    }
    made = Building.of_entry("x", before, vocabulary())
    assert same(made.entry(before), before)
    made.texts["about_en"] = "English too"
    assert made.entry(before)["about"] == {"en": "English too", "nl": "Alleen Nederlands"}


def test_short_names() -> None:
    assert slug("Win back: Nederland én België!") == "win_back_nederland_en_belgie"
    assert slug("2 keer gekocht") == "s_2_keer_gekocht"
    assert slug("!!!") == ""
