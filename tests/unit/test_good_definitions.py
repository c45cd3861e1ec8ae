"""What can be written, read and said again in English and Dutch; and that the operator table is whole."""

from __future__ import annotations

import typing
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from stamgast.language import ast
from stamgast.language.operators import (
    AGGREGATES,
    COMPARISONS,
    CONDITIONS,
    FORMULAS,
    WINDOWS,
)
from stamgast.language.operators_judged import JUDGED
from stamgast.language.operators_labels import LABELS
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.sentences import sentence
from stamgast.language.types import Type
from stamgast.retail import shipped_files

TEXT = (Path(__file__).parents[1] / "cases" / "definitions_good.yaml").read_text(encoding="utf-8")
CASES: dict[str, Any] = YAML(typ="rt").load(TEXT)


def read(*texts: str, **settings: Any) -> ast.Definitions:  # noqa: ANN401 - settings of any type
    files = [SourceFile(name=f"{i}.yaml", text=text) for i, text in enumerate(texts)]
    return read_definitions([*shipped_files(), *files], settings=LanguageSettings(**settings))


def written(name: str, section: str, key: str, value: object) -> str:
    """A file that holds one definition, as the case has it."""
    yaml = YAML(typ="rt")
    yaml.width = 10_000
    stream = __import__("io").StringIO()
    yaml.dump({section: {name: {key: value} if key == "where" else value}}, stream)
    return str(stream.getvalue())


@pytest.mark.parametrize("case", CASES["conditions"], ids=lambda case: str(case["en"])[:70])
def test_a_condition_is_said_in_both_languages(case: dict[str, Any]) -> None:
    definitions = read(CASES["extra"], written("case", "segments", "where", case["where"]))
    segment = definitions.segments["case"]
    assert sentence(segment.where, "en", definitions) == case["en"]
    assert sentence(segment.where, "nl", definitions) == case["nl"]
    assert segment.uses_statistics == any(
        word in str(case["where"]) for word in ("top", "percentile", "vip")
    )


@pytest.mark.parametrize("case", CASES["traits"], ids=lambda case: str(case["en"])[:70])
def test_a_trait_is_typed_and_said_in_both_languages(case: dict[str, Any]) -> None:
    definitions = read(CASES["extra"], written("case", "traits", "trait", case["trait"]))
    trait = definitions.traits["case"]
    assert trait.type is Type(case["type"])
    assert sentence(trait, "en", definitions) == case["en"]
    assert sentence(trait, "nl", definitions) == case["nl"]


def test_no_operator_is_without_its_row_and_its_phrases() -> None:
    for literal, table in (
        (ast.CompareOp, COMPARISONS),
        (ast.AggregateOp, AGGREGATES),
        (ast.FormulaOp, FORMULAS),
    ):
        assert set(typing.get_args(literal)) == set(table)
    for table in (COMPARISONS, AGGREGATES, FORMULAS, CONDITIONS, WINDOWS, JUDGED, LABELS):
        for name, row in table.items():
            assert row.name == name
            assert row.about.endswith(".")
            assert row.phrase.en
            assert row.phrase.nl


@pytest.mark.parametrize("row", [*COMPARISONS.values(), *LABELS.values()], ids=lambda row: row.name)
def test_examples_of_conditions_can_be_read(row: Any) -> None:  # noqa: ANN401 - a row
    read(CASES["extra"], f"segments:\n  case:\n    where: {row.example}\n")


@pytest.mark.parametrize(
    "row",
    [*CONDITIONS.values(), *AGGREGATES.values(), *WINDOWS.values(), *JUDGED.values()],
    ids=lambda row: row.name,
)
def test_other_examples_can_be_read(row: Any) -> None:  # noqa: ANN401 - a row
    if row.name in CONDITIONS and row is CONDITIONS[row.name]:
        read(CASES["extra"], f"segments:\n  case:\n    where: {row.example}\n")
    else:
        read(CASES["extra"], f"traits:\n  case: {row.example}\n")


def test_definitions_come_in_dependency_order() -> None:
    definitions = read(
        """
        segments:
          a: {where: {segment: z}}
          z: {where: {trait: b, gt: 1}}
        traits:
          b: {formula: y + 1}
          y: {formula: x * 2}
          x: {count: order}
        """
    )
    traits, segments = list(definitions.traits), list(definitions.segments)
    assert traits.index("x") < traits.index("y") < traits.index("b")
    assert segments.index("z") < segments.index("a")


def test_a_shop_overrides_a_shipped_definition_and_just_a_number() -> None:
    definitions = read(
        "parameters: {loyal_from: 6, lost_after: 200d}\nsegments: {vip: {where: {did: order}}}\n"
    )
    loyal = next(rule for rule in definitions.lifecycle.rules if rule.stage == "loyal")
    assert loyal.any_of[0].ever_min == 6
    assert not definitions.segments["vip"].uses_statistics
    lost = definitions.segments["lost_customers"]
    assert lost.about is not None
    assert "200 dagen" in lost.about.nl
    assert "200 days" in sentence(lost, "en", definitions)


def test_the_left_edge_holds_first_purchase_traits_back_only_with_the_setting() -> None:
    plain = read()
    assert plain.traits["first_coupon_used"].only_if is None
    extra = """
    segments:
      positive: {where: {trait: first_coupon, is: A}}
      negative: {where: {trait: first_coupon, is_not: A}}
      ranked: {where: {top: 10%, by: first_order_at}}
    traits:
      age_as_customer: {formula: days_since(first_order_at)}
    """
    held = read(extra, history_from=0)
    edge = held.traits["first_coupon"].only_if
    assert isinstance(edge, ast.All)
    some_before, believed = edge.items
    assert isinstance(some_before, ast.Not)
    assert isinstance(believed, ast.AnyOf)
    never = believed.items[0]
    assert isinstance(never, ast.Did)
    assert never.rows.window == ast.Dates(from_at=None, until_at=90 * 86_400_000_000)
    assert (never.at_least, never.at_most) == (0, 0)
    assert held.traits["age_as_customer"].only_if == edge
    positive, negative = held.segments["positive"].where, held.segments["negative"].where
    assert isinstance(positive, ast.All)
    assert positive.items[0] == edge
    assert isinstance(negative, ast.AnyOf)
    assert negative.items[0] == ast.Not(item=edge)
    ranked = held.segments["ranked"].where
    assert isinstance(ranked, ast.Top)
    assert ranked.among == edge
    assert held.traits["orders"].only_if is None


def test_bare_dates_are_midnights_of_the_shop() -> None:
    text = "traits: {a: {count: order, from: 2026-05-01, until: 2026-05-01T00:00:00Z}}"
    window = read(text).traits["a"].expr
    assert isinstance(window, ast.Aggregate)
    assert window.rows.window == ast.Dates(
        from_at=1_777_586_400_000_000, until_at=1_777_593_600_000_000
    )


@pytest.mark.parametrize(
    ("label", "en", "nl"),
    [
        ("{en: Big, nl: Groot}", "Big", "Groot"),
        ("{en: Big}", "Big", "Big"),
        ("{nl: Groot}", "Groot", "Groot"),
        ("Big", "Big", "Big"),
        ("{}", "Big buyers", "Big buyers"),
    ],
)
def test_a_language_without_a_label_has_that_of_the_other(label: str, en: str, nl: str) -> None:
    text = f"segments:\n  big_buyers: {{label: {label}, where: {{segment: vip}}}}\n"
    own = SourceFile(name="own.yaml", text=text)
    known = read_definitions([*shipped_files(), own], settings=LanguageSettings())
    assert known.segments["big_buyers"].label == ast.Text(en=en, nl=nl)
