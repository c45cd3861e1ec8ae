"""Grouparoo's 108 rule cases, on both engines; see ``grouparoo`` for how their rules are read."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from engines import ENGINES, Engine, ask
from grouparoo import ASKED_AT, CASES, DECLARED, CannotExpress, Plain, RuleCase, shop
from ruamel.yaml import YAML
from tables import connect

from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.retail import shipped_files

CANNOT_BE_SAID: dict[str, str] = {}


def sayable() -> dict[str, tuple[RuleCase, Plain]]:
    """Segment name -> the case and its condition."""
    found = {}
    for i, case in enumerate(CASES):
        if case.name not in CANNOT_BE_SAID:
            found[f"case_{i}"] = (case, case.where())
    return found


SAYABLE = sayable()


def written() -> str:
    """All conditions as one definition file."""
    label = {"en": "Case", "nl": "Geval"}
    segments = {name: {"label": label, "where": where} for name, (_, where) in SAYABLE.items()}
    text = io.StringIO()
    YAML(typ="safe").dump({"segments": segments}, text)
    return DECLARED + text.getvalue()


@pytest.fixture(scope="module", params=ENGINES)
def members(request: pytest.FixtureRequest) -> Counter[str]:
    """How many profiles are in each segment, by one engine."""
    engine: Engine = request.param
    files = [SourceFile(name="cases.yaml", text=written())]
    files += [one for one in shipped_files() if one.name.endswith("lifecycle.yaml")]
    definitions = read_definitions(files, settings=LanguageSettings())
    database = connect(definitions.event_properties)
    found = ask(engine, definitions, shop(), ASKED_AT, list(SAYABLE), database=database)
    assert all(answer.exists for answer in found.values())
    return Counter(name for (_, name), answer in found.items() if answer.value is True)


@pytest.mark.parametrize("name", SAYABLE, ids=lambda name: SAYABLE[name][0].name)
def test_as_many_members_as_theirs(name: str, members: Counter[str]) -> None:
    case, _ = SAYABLE[name]
    assert members[name] == case.members


def test_what_cannot_be_said_is_known() -> None:
    reasons = {}
    for case in CASES:
        try:
            case.where()
        except CannotExpress as reason:
            reasons[case.name] = str(reason)
    assert reasons == CANNOT_BE_SAID
    assert (len(CASES), len(SAYABLE)) == (108, 108)
