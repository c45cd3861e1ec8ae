"""The editors' schemas agree with the reader on files that are right and files that are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastjsonschema
import pytest
from ruamel.yaml import YAML

from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.language.schema import json_schemas
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = Path(__file__).parents[1] / "cases"


def parsed(text: str) -> Any:  # noqa: ANN401 - any YAML
    yaml = YAML(typ="safe", pure=True)
    yaml.resolver.add_version_implicit_resolver  # noqa: B018 - dates are text in a schema
    yaml.constructor.yaml_constructors = {
        **yaml.constructor.yaml_constructors,
        "tag:yaml.org,2002:timestamp": lambda _, node: node.value,
    }
    return yaml.load(text)


@pytest.fixture(scope="module")
def checks() -> dict[str, Callable[[Any], Any]]:
    definitions = read_definitions(shipped_files(), settings=LanguageSettings())
    return {
        "plain": fastjsonschema.compile(json_schemas()["definitions"]),
        "named": fastjsonschema.compile(json_schemas(definitions)["definitions"]),
        "condition": fastjsonschema.compile(json_schemas()["condition"]),
        "trait": fastjsonschema.compile(json_schemas()["trait"]),
    }


@pytest.mark.parametrize("file", shipped_files(), ids=lambda file: file.name)
@pytest.mark.parametrize("kind", ["plain", "named"])
def test_shipped_files_fit(checks: dict[str, Any], file: Any, kind: str) -> None:  # noqa: ANN401
    checks[kind](parsed(file.text))


def test_good_definitions_fit(checks: dict[str, Any]) -> None:
    cases = parsed((CASES / "definitions_good.yaml").read_text(encoding="utf-8"))
    for case in cases["conditions"]:
        if not isinstance(case["where"], list):
            checks["condition"](case["where"])
    for case in cases["traits"]:
        checks["trait"](case["trait"])


WRONG = [
    "segmets: {}",
    "traits: {a: {count: order, withn: 30d}}",
    "traits: {a: {cuont: order}}",
    "traits: {a: {count: order, within: 30}}",
    "traits: {a: {count: order, within: 2y}}",
    "traits: {a: {count: order, within: null}}",
    "traits: {Big: {count: order}}",
    "segments: {a: {where: {top: 20, by: orders}}}",
    "segments: {a: {where: {did: order, at_least: 1.5}}}",
    "segments: {a: {where: {did: order, at_least: -1}}}",
    "segments: {a: {where: []}}",
    "segments: {a: {}}",
    "attributes: {a: float}",
    "lifecycle: {models: {a: {grid: []}}}",
    "version: 2",
]
WRONG_NAMES = [
    "segments: {a: {where: {trait: ordrs, gt: 1}}}",
    "segments: {a: {where: {segment: vipp}}}",
    "segments: {a: {where: {stage: [at_risk, at_rsk]}}}",
    "segments: {a: {where: {attribute: contry, is: NL}}}",
    "segments: {a: {where: {top: 20%, by: ordrs}}}",
]


@pytest.mark.parametrize("text", WRONG)
def test_wrong_files_do_not_fit(checks: dict[str, Any], text: str) -> None:
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        checks["plain"](parsed(text))


@pytest.mark.parametrize("text", WRONG_NAMES)
def test_wrong_names_do_not_fit_the_schema_with_names(checks: dict[str, Any], text: str) -> None:
    checks["plain"](parsed(text))
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        checks["named"](parsed(text))


def test_every_key_is_explained() -> None:
    for kind, schema in json_schemas().items():
        for name, model in schema["$defs"].items():
            assert model.get("description"), (kind, name)
            for key, described in model.get("properties", {}).items():
                assert described.get("description"), (kind, name, key)
